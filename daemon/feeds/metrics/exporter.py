"""The newest word of one daemon as a page of metrics; a daemon that is silent has no figures left on it."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from daemon.feeds.following import Heard
from daemon.feeds.metrics import devices, program, run
from daemon.feeds.metrics.exposition import Family, Kind, Sample, page
from daemon.feeds.newest import Newest

METRICS = (*run.METRICS, *devices.METRICS, *program.METRICS)
"""What a living daemon tells of."""

log = structlog.get_logger()


class Exporter:
    """`text` is what a scrape is answered: nothing on it is older than a silent daemon is waited for."""

    def __init__(self, bed: str, newest: Newest) -> None:
        self._bed = bed
        self._newest = newest

    def text(self) -> str:
        """The page."""
        heard = self._newest.heard
        if heard is not None:
            try:
                return page([*self._own(heard), *(metric.family(heard) for metric in METRICS)])
            except (KeyError, TypeError, AttributeError) as error:
                log.warning("metrics.not_understood", why=f"{type(error).__name__}: {error}")
        return page(self._own(None))

    def _own(self, heard: Heard | None) -> Iterator[Family]:
        living = "The daemon is heard. While 0, nothing more of it is told."
        yield _family("infusiond_up", living, heard is not None)
        losses = "How often the daemon fell silent, for this listener."
        yield _family("infusiond_daemon_losses_total", losses, self._newest.losses, kind=Kind.COUNTER)
        if heard is not None:
            age_s = self._newest.age_ms() / 1000
            yield _family("infusiond_heard_age_seconds", "Time since the daemon's last word.", age_s)
            simulated, bench = heard.status["simulated"], heard.status["bench"]
            labels = {"bed": self._bed, "simulated": str(simulated).lower(), "bench": str(bench).lower()}
            yield _family("infusiond_bed_info", "Always 1: which bed this is.", 1, labels)


def _family(
    name: str, text: str, value: float, labels: dict[str, str] | None = None, kind: Kind = Kind.GAUGE
) -> Family:
    samples: tuple[Sample, ...] = ((labels or {}, value),)
    return Family(name, kind, text, samples)
