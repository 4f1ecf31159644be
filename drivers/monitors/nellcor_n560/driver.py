"""A Nellcor N-560 in the two methods every monitor has."""

from __future__ import annotations

from drivers.interfaces import Link
from drivers.monitors.listening import Listener
from drivers.monitors.nellcor_n560.capabilities import CAPABILITIES
from drivers.monitors.nellcor_n560.vitals import Reader
from drivers.values import Signal


class NellcorN560(Listener):
    """A pulse oximeter that prints a row every 2 s; it names neither itself nor a patient in a row."""

    def __init__(self, link: Link, *, signals: frozenset[Signal] | None = None) -> None:
        self.reader = Reader()
        super().__init__(link, CAPABILITIES, self.reader, signals)
