"""Plans to prove the core on: the published ones, and a small world of three steps and two solutions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from daemon.protocols.load import load_protocol
from daemon.protocols.patient_rules import ByHandRule, CuffRule, PatientRules, ReactionRule
from daemon.protocols.plan import Plan, Solution, Step
from daemon.protocols.rules import (
    Ceilings,
    CheckingRule,
    Choice,
    ChoiceKind,
    GapAction,
    GapRule,
    GapRules,
    GateAction,
    GateRule,
    Grade,
    HoldCause,
    LimitKind,
    LimitRule,
    ResumeRule,
    Rules,
    SignalRule,
)
from drivers.values import PumpCapabilities, Signal
from simulators.campaign.engine.world import DIANET

D = Decimal
PROTOCOLS = Path(__file__).parents[2] / "config" / "protocols"
REST = Choice(ChoiceKind.REST_OF_STEP)
SAME = Choice(ChoiceKind.SAME_STEP)
BACK = Choice(ChoiceKind.BACK, 1)
BACK_2 = Choice(ChoiceKind.BACK, 2)
OVER = Choice(ChoiceKind.START_OVER)
NEVER = Choice(ChoiceKind.NEVER)


@cache
def published(name: str) -> Plan:
    """A protocol of the repository, compiled for the pump we have."""
    plan = load_protocol(PROTOCOLS / f"{name}.toml", pump=DIANET)
    assert isinstance(plan, Plan), plan
    return plan


def steps_of(rows: Sequence[tuple[str, str, str]], bags: Sequence[Solution]) -> tuple[Step, ...]:
    """Steps from (solution, rate, minutes)."""
    concentration = {bag.id: bag.concentration for bag in bags}
    steps: list[Step] = []
    total = elapsed = D(0)
    for number, (solution, rate, minutes) in enumerate(rows, 1):
        volume = D(rate) * D(minutes) / 60
        dose = volume * concentration[solution]
        total, elapsed = total + dose, elapsed + D(minutes)
        rate_h = D(rate) * concentration[solution]
        row = (number, solution, D(rate), D(minutes), volume, dose, total, rate_h, elapsed, total)
        steps.append(Step(*row, until_empty=False, by_time=False))
    return tuple(steps)


def bag(name: str, volume_ml: str, concentration: str) -> Solution:
    """A bag of so many mL at so many mg/mL."""
    volume, per_ml = D(volume_ml), D(concentration)
    return Solution(name, name, volume * per_ml, volume, per_ml, D(0), True, D(0), D(24), flush=False)


def _resume() -> tuple[ResumeRule, ...]:
    technical = tuple(
        ResumeRule(cause, None, (REST, SAME, BACK, OVER), 50)
        for cause in HoldCause
        if cause not in (HoldCause.REACTION, HoldCause.HAND_CHANGE, HoldCause.GUARD)
    )
    return (
        ResumeRule(HoldCause.REACTION, Grade.MILD, (SAME, BACK), 5, at_first_step=(SAME,)),
        ResumeRule(HoldCause.REACTION, Grade.MODERATE, (BACK, BACK_2), 5),
        ResumeRule(HoldCause.REACTION, Grade.SEVERE, (SAME, BACK), 5),  # the hard rule must win over this
        ResumeRule(HoldCause.HAND_CHANGE, None, (SAME, BACK), 50),
        ResumeRule(HoldCause.GUARD, None, (SAME, BACK), 50),
        *technical,
    )


PATIENT_RULES = PatientRules(
    reaction=ReactionRule(D(6)),
    cuff=CuffRule(D(90), (Signal.HR,)),
    by_hand=(
        ByHandRule(Signal.HR, D(5)),
        ByHandRule(Signal.SPO2, D(5)),
        ByHandRule(Signal.NIBP_SYS, D(10)),
    ),
    advice_per_hour=3,
    exclude_max_min=D(30),
)


def rules(**changes: object) -> Rules:
    """Ordered rules of the small world."""
    signals = (
        SignalRule(Signal.HR, D(15), D(60), baseline=True),
        SignalRule(Signal.SPO2, D(15), D(60), baseline=True),
        SignalRule(Signal.NIBP_SYS, D(600), D(1200), baseline=True),
    )
    limits = (
        LimitRule(Signal.SPO2, LimitKind.BELOW, D(92), D(10), Grade.SEVERE),
        LimitRule(Signal.SPO2, LimitKind.BELOW, D(94), D(20), Grade.MODERATE),
        LimitRule(Signal.NIBP_SYS, LimitKind.FALL_PERCENT, D(30), D(0), Grade.SEVERE),
        LimitRule(Signal.HR, LimitKind.RISE_BY, D(30), D(30), None),
    )
    gap = GapRules(
        D(60),
        (
            GapRule(D(0), D(5), GapAction.CONTINUE),
            GapRule(D(5), D(20), GapAction.BACK, 1),
            GapRule(D(20), D(60), GapAction.START_OVER),
            GapRule(D(60), None, GapAction.ABANDON),
        ),
        proof_s=D(60),
        flicker_max=3,
        flicker_window_min=D(10),
    )
    whole = Rules(
        grade_scale="brown-2004",
        signals=signals,
        limits=limits,
        gate=GateRule(GateAction.STOP, None),
        assessment_every_min=D(30),
        resume=_resume(),
        gap=gap,
        ceilings=Ceilings(D(300), D(80), D(3), D(2), D(72)),
        after_watch_min=D(5),
        checking=CheckingRule(D(15), D(60), D(30), 3),
        patient=PATIENT_RULES,
        reactions_per_step_max=2,
        empty_from_percent=D(90),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def plan_of(
    rows: Sequence[tuple[str, str, str]], bags: Sequence[Solution], ordered: Rules | None = None
) -> Plan:
    """A plan made by hand."""
    steps = steps_of(rows, bags)
    return Plan(
        protocol_id="small",
        title="small world",
        drug="test drug",
        source="none",
        dose_unit="mg",
        target_dose=steps[-1].cumulative,
        solutions=tuple(bags),
        steps=steps,
        rules=ordered or rules(),
        findings=(),
        sha256="0" * 64,
    )


SMALL_ROWS = (("A", "60", "5"), ("A", "120", "5"), ("B", "30", "10"))
SMALL_BAGS = (bag("A", "100", "1"), bag("B", "100", "10"))


def small(**changes: object) -> Plan:
    """Three steps, two solutions: 60 and 120 mL/h of A, then 30 mL/h of B at ten times the strength."""
    return plan_of(SMALL_ROWS, SMALL_BAGS, rules(**changes))


def pump(**changes: object) -> PumpCapabilities:
    """The pump we have, with other numbers."""
    return replace(DIANET, **changes)  # type: ignore[arg-type]
