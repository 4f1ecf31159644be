"""Pumps of a laboratory, and pumps nobody can tell apart: where they may stand."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.bed_schema import PumpIn
from daemon.protocols.faults import Fault
from drivers.values import PumpCapabilities

BENCH = "bench"


def bench_faults(file: str, place: str, pump: PumpIn, caps: PumpCapabilities, use: object) -> Iterator[Fault]:
    """A laboratory pump needs a bed marked for the bench; one without serial number one solution (F13)."""
    if caps.laboratory and use != BENCH:
        yield Fault(
            file,
            "use",
            f'"{use}"' if isinstance(use, str) else "",
            f"{pump.model} in {place} is a laboratory pump: it is not built for patients",
            'name a pump for patients; for trials without one write use = "bench" at the top of the file',
            "laboratory_only",
        )
    if caps.has_serial_number:
        return
    if len(pump.solutions) > 1:
        yield Fault(
            file,
            f"{place}.solutions",
            f"{len(pump.solutions)} solutions",
            f"{pump.model} states no serial number: its port cannot tell which bag it is to have (F13)",
            "leave one solution to this pump",
            "one_solution",
        )
    if pump.serial is not None:
        yield Fault(
            file,
            f"{place}.serial",
            f'"{pump.serial}"',
            f"{pump.model} states no serial number: nothing could be compared with it",
            "leave serial out, and name the port by its path, such as serial:/dev/serial/by-path/...",
            "no_serial_number",
        )
