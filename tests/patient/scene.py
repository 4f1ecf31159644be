"""A short plan under the shipped daemon, and what leaves the simulated pump."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.plan import Plan
from daemon.protocols.rules import GapAction, GapRule
from drivers.values import Signal
from simulators.campaign.world import World
from simulators.options import choose
from tests.engine.plans import SMALL_BAGS, bag, plan_of, small

ZERO = Decimal(0)
WATCHED = (Signal.HR, Signal.SPO2)
"""Signals of the short plans; without a cuff nobody waits for a blood pressure."""
ALWAYS_ON = replace(small().rules.gap, rules=(GapRule(ZERO, None, GapAction.CONTINUE),))
"""No gap is too long: for tests of something else."""


def watched(plan: Plan, **changes: object) -> Plan:
    """The plan with heart rate and SpO2 only, and with other rules."""
    ordered = plan.rules
    ordered = replace(
        ordered,
        signals=tuple(rule for rule in ordered.signals if rule.signal in WATCHED),
        limits=tuple(rule for rule in ordered.limits if rule.signal in WATCHED),
    )
    return replace(plan, rules=replace(ordered, **changes))  # type: ignore[arg-type]


def patience(plan: Plan, missing_hold_s: Decimal) -> Plan:
    """The plan with signals that may be missing for so long before the run is held."""
    signals = tuple(replace(rule, missing_hold_s=missing_hold_s) for rule in plan.rules.signals)
    return replace(plan, rules=replace(plan.rules, signals=signals))


def short(**changes: object) -> Plan:
    """Three steps in 20 minutes: 60 and 120 mL/h of A, then 30 mL/h of B, ten times as strong."""
    return watched(small(), **changes)


def two_bags() -> Plan:
    """One minute of 40 mL/h, then the strong bag: 40 mL/h of it would be ten times the dose rate."""
    return watched(plan_of((("A", "40", "1"), ("B", "10", "5")), SMALL_BAGS))


def last_step(minutes: int) -> Plan:
    """The end of castells-600mg-12step-3bag: 80 mL/h of the strong bag until it is empty, 15 min a slice."""
    volume = Decimal(80) * minutes / 60
    strong = replace(bag("B", str(volume), "2.3811"), volume_ml=volume)
    made = plan_of((("B", "80", str(minutes)),), (strong,))
    steps = (replace(made.steps[0], until_empty=True),)
    ceilings = replace(made.rules.ceilings, unattended_max_min=Decimal(15), max_total_dose=Decimal(600))
    return watched(replace(made, steps=steps), ceilings=ceilings, assessment_every_min=Decimal(600))


def bed_of(
    folder: Path,
    plan: Plan | None = None,
    *,
    seed: int = 1,
    carried: tuple[tuple[str, ...], ...] = (),
    **options: str,
) -> World:
    """A bed whose pump counts exactly and runs on when its link is gone: the worst for the patient."""
    texts = {"flow_error": "0", "link_loss": "continue", **options}
    chosen = choose(texts)
    return World(plan or short(), folder / "journal.db", seed=seed, options=chosen, carried=carried)


def in_step(state: RunState, number: int) -> bool:
    """Drug of this step flows as approved, and nothing is on its way."""
    place = state.phase is Phase.INFUSING and state.step == number
    return place and state.running and state.pump.pending is None


async def stands(world: World) -> None:
    """STOP is confirmed and the pump disarmed."""
    await world.until(lambda s: s.pump.stop_ms is None and s.pump.stopped and s.pump.disarmed, minutes=1)
