"""Pumps that are known and not driven by this version: refused by name, with what to do instead."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.bed_schema import PumpIn
from daemon.engine import advising
from daemon.protocols.faults import Fault
from drivers.values import PumpCapabilities


def undriven_faults(file: str, place: str, pump: PumpIn, caps: PumpCapabilities) -> Iterator[Fault]:
    """Too slow even to watch (F27)."""
    slow = advising.refusal(caps) if pump.authority == "monitor" else ""
    if slow:
        yield Fault(file, f"{place}.model", f'"{pump.model}"', slow, "use a faster pump or link", "too_slow")
