"""A bed whose pump is set by hand, and a nurse with slips, for whole stories on virtual time (F27)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from daemon.engine.alarms import CATALOGUE, Priority
from daemon.protocols.plan import Plan
from daemon.protocols.rules import GateAction
from drivers.values import Authority, Motion
from simulators.campaign.hand_nurse import HandNurse, Slips
from simulators.campaign.nurse import Nurse
from simulators.campaign.world import World
from simulators.options import choose
from tests.engine.plans import bag, plan_of
from tests.patient.scene import watched
from tests.patient.tap import Tap
from tests.runtime.conftest import records_of

STEPS = (("A", "30", "4"), ("A", "60", "4"), ("B", "20", "4"), ("B", "40", "4"))
"""Two bags of two rates; 20 mL/h of the second bag are six times what 60 of the first give in an hour."""


DUST = Decimal("1e-20")
"""What the simulated motor's own divisions leave behind."""


def plan(when_closed: GateAction = GateAction.DWELL, *, unattended_min: int = 15) -> Plan:
    """Four short steps that a person sets."""
    made = plan_of(STEPS, (bag("A", "20", "0.1"), bag("B", "20", "2")))
    gate = replace(
        made.rules.gate,
        when_closed=when_closed,
        dwell_max_min=Decimal(5) if when_closed is GateAction.DWELL else None,
    )
    ceilings = replace(made.rules.ceilings, unattended_max_min=Decimal(unattended_min))
    first, *others = made.rules.gap.rules
    gap = replace(
        made.rules.gap,
        rules=(replace(first, to_min=Decimal(15)), replace(others[0], from_min=Decimal(15)), *others[1:]),
    )
    return watched(made, gate=gate, gap=gap, ceilings=ceilings, assessment_every_min=Decimal(600))


@dataclass
class Bed:
    """The world, what went over the pump's wire, and who stands at the bed."""

    world: World
    tap: list[Tap]
    nurse: Nurse
    hands: HandNurse

    def high(self) -> set[str]:
        """Active HIGH alarms."""
        return {name for name in self.world.state.alarms if CATALOGUE[name].priority is Priority.HIGH}

    def moves(self) -> bool:
        """The motor turns."""
        self.world.settle()
        return self.world.bed.lanes[0].pump.motion is not Motion.STOPPED

    def books_hold(self) -> None:
        """What really left the pump is what the books say (F25)."""
        self.world.settle()
        truth, books = self.world.bed.left.total_dose, self.world.dose_now()
        assert books.low - DUST <= truth <= books.high + DUST, (books, truth)


def bed_of(
    folder: Path,
    slips: Slips | None = None,
    made: Plan | None = None,
    *,
    model: str = "dianet-star",
    **options: str,
) -> Bed:
    """A bed with a pump of authority monitor."""
    tap: list[Tap] = []

    def wrap(link: Any) -> Any:
        tap.append(Tap(link))
        return tap[-1]

    texts = {"flow_error": "0", **options}
    world = World(
        made or plan(),
        folder / "journal.db",
        options=choose(texts),
        wrap_pump=wrap,
        authority=Authority.MONITOR,
        pump_model=model,
    )
    return Bed(world, tap, Nurse(world), HandNurse(world, slips))


@asynccontextmanager
async def at_work(bed: Bed) -> AsyncIterator[None]:
    """The run is started; both halves of the nurse do what is asked of them."""
    await bed.nurse.start()
    tasks = [asyncio.create_task(one) for one in (_looking(bed), bed.hands.look_after())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def _looking(bed: Bed) -> None:
    """Her eyes for the screen, also after the service has gone and come again."""
    while True:
        with contextlib.suppress(RuntimeError):
            await bed.nurse.look_after()


def raised(folder: Path) -> Iterator[tuple[int, str, str]]:
    """Every alarm of the journal: engine time, id, detail."""
    for record in records_of(folder / "journal.db"):
        content = record.content()
        if content["type"] == "AlarmRaised":
            yield int(content["at_ms"]), content["data"]["alarm"], content["data"]["detail"]
