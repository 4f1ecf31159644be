"""A Masimo Rad-8 or Radical-7 in ASCII1 mode, in the two methods every monitor has."""

from __future__ import annotations

from drivers.interfaces import Link
from drivers.monitors.listening import Listener
from drivers.monitors.masimo_ascii1.capabilities import CAPABILITIES
from drivers.monitors.masimo_ascii1.vitals import Reader
from drivers.values import Signal


class MasimoAscii1(Listener):
    """A pulse oximeter that prints a line every second, most models with their serial number in it."""

    def __init__(self, link: Link, *, signals: frozenset[Signal] | None = None) -> None:
        self.reader = Reader()
        super().__init__(link, CAPABILITIES, self.reader, signals)
