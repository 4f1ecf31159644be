"""One row of a table of metrics: a name, what it means, and where in the daemon's words it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from daemon.feeds.following import Heard
from daemon.feeds.metrics.exposition import Family, Kind, Sample, Value

Read = Callable[[Heard], Iterable[Sample]]


@dataclass(frozen=True, slots=True)
class Metric:
    """`read` yields its samples of one word; KeyError, TypeError where that word is of another version."""

    name: str
    help: str
    read: Read
    kind: Kind = Kind.GAUGE

    def family(self, heard: Heard) -> Family:
        """Its samples now."""
        return Family(self.name, self.kind, self.help, tuple(self.read(heard)))


def one(value: Value | None) -> Iterator[Sample]:
    """A single sample without labels; what is not known is left out, never 0."""
    if value is not None:
        yield {}, value


def each(label: str, values: Iterable[tuple[str, Value | None]]) -> Iterator[Sample]:
    """A sample for each value of a label."""
    for name, value in values:
        if value is not None:
            yield {label: name}, value


def which(label: str, known: Iterable[str], now: Iterable[str]) -> Iterator[Sample]:
    """1 for what is, 0 for everything else that could be."""
    there = set(now)
    for name in known:
        yield {label: name}, name in there
