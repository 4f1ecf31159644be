"""Metrics of pump, monitors, and what can sound at the bed."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.feeds.following import Heard
from daemon.feeds.metrics.exposition import Kind, Sample
from daemon.feeds.metrics.metric import Metric, each, one, which
from drivers.values import Motion, Validity


def _motion(heard: Heard) -> Iterator[Sample]:
    motion = heard.status["pump"]["motion"]
    if motion is not None:
        yield from which("motion", Motion, [motion])


def _validity(heard: Heard) -> Iterator[Sample]:
    for signal, said in heard.status["vitals"].items():
        for labels, value in which("validity", Validity, [said["validity"]]):
            yield {"signal": signal, **labels}, value


def _vital_ages(heard: Heard) -> Iterator[Sample]:
    return each("signal", ((name, said["age_s"]) for name, said in heard.status["vitals"].items()))


def _silent(heard: Heard) -> Iterator[Sample]:
    return each("device", ((name, said["silent"]) for name, said in heard.status["sources"].items()))


def _counted(heard: Heard, key: str) -> Iterator[Sample]:
    return each("device", ((name, said[key]) for name, said in heard.health["devices"].items()))


METRICS = (
    Metric(
        "infusiond_pump_linked",
        "The pump answers. While 0, motion and rate are the last that were read.",
        lambda h: one(h.status["pump"]["linked"]),
    ),
    Metric(
        "infusiond_pump_reading_age_seconds",
        "Engine time since the pump was read.",
        lambda h: one(h.status["pump"]["read_s"]),
    ),
    Metric("infusiond_pump_motion", "1 for what the motor does; all but stopped give drug.", _motion),
    Metric(
        "infusiond_pump_rate_ml_per_hour",
        "Rate as read from the pump.",
        lambda h: one(h.status["pump"]["rate_ml_h"]),
    ),
    Metric(
        "infusiond_pump_approved_rate_ml_per_hour",
        "Rate last ordered and read back; no sample: none is approved.",
        lambda h: one(h.status["pump"]["approved_ml_h"]),
    ),
    Metric(
        "infusiond_pump_stop_unconfirmed",
        "1 while a STOP has been sent and the pump was not seen standing.",
        lambda h: one(h.status["pump"]["stop_since_s"] is not None),
    ),
    Metric(
        "infusiond_vital_age_seconds", "Engine time since the last valid measurement, at most.", _vital_ages
    ),
    Metric(
        "infusiond_vital_validity", "1 for why the last value of a signal counts, or does not.", _validity
    ),
    Metric("infusiond_monitor_silent", "1 while the link of a monitor has failed.", _silent),
    Metric(
        "infusiond_sound_available",
        "Something at the bed can sound and answers.",
        lambda h: one(h.status["sound"] is not None),
    ),
    Metric(
        "infusiond_device_misses_total",
        "Answers that did not come, since the daemon began.",
        lambda h: _counted(h, "misses"),
        Kind.COUNTER,
    ),
    Metric(
        "infusiond_device_losses_total",
        "Connections given up or not obtained, since the daemon began.",
        lambda h: _counted(h, "losses"),
        Kind.COUNTER,
    ),
    Metric(
        "infusiond_device_connects_total",
        "Connections on which the device said what it is, since the daemon began.",
        lambda h: _counted(h, "connects"),
        Kind.COUNTER,
    ),
)
