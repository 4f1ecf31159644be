"""Pumps that are known and not driven by this version: refused by name, with what to do instead."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.bed_schema import PumpIn
from daemon.engine import advising
from daemon.protocols.faults import Fault
from drivers.values import PumpCapabilities

_OTHER_PUMP = "use a pump that takes a volume limit while it runs"


def undriven_faults(file: str, place: str, pump: PumpIn, caps: PumpCapabilities) -> Iterator[Fault]:
    """No limit while running (F15), and too slow even to watch (F27)."""
    if pump.authority == "control" and not caps.gapless:
        yield Fault(
            file,
            f"{place}.model",
            f'"{pump.model}"',
            "it takes no volume limit while it runs: not driven by this version (F15)",
            _OTHER_PUMP,
            "not_gapless",
        )
    slow = advising.refusal(caps) if pump.authority == "monitor" else ""
    if slow:
        yield Fault(file, f"{place}.model", f'"{pump.model}"', slow, "use a faster pump or link", "too_slow")
