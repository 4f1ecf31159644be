"""What is wrong between the pumps of a bed: a solution or a serial number that is named twice (F23)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemon.bed_schema import PumpIn
from daemon.protocols.faults import Fault


def between_pumps(file: str, pumps: Sequence[PumpIn | None]) -> Iterator[Fault]:
    """A solution on two pumps, two pumps with one serial number."""
    carried: dict[str, str] = {}
    serials: dict[str, str] = {}
    for index, pump in enumerate(pumps):
        if pump is None:
            continue
        if len(pumps) > 1 and pump.authority != "control":
            yield Fault(
                file,
                f"pumps[{index}].authority",
                f'"{pump.authority}"',
                "several pumps are changed by the program, which must be able to stop each of them (F23)",
                'write authority = "control", or keep one [[pumps]] block for a run by hand',
                "several_by_hand",
            )
        place = f"pumps[{index}]"
        for number, solution in enumerate(pump.solutions):
            if solution in carried:
                yield Fault(
                    file,
                    f"{place}.solutions[{number}]",
                    f'"{solution}"',
                    f"{carried[solution]} carries this solution too (F23)",
                    "name every solution in one [[pumps]] block only",
                    "solution_twice",
                )
            carried.setdefault(solution, pump.name)
        if pump.serial is not None and pump.serial in serials:
            yield Fault(
                file,
                f"{place}.serial",
                f'"{pump.serial}"',
                f"{serials[pump.serial]} has this serial number too",
                "give each pump its own, as on its label",
                "double",
            )
        if pump.serial is not None:
            serials.setdefault(pump.serial, pump.name)
