"""Which reading is a new occlusion, which a pump that restarted itself, and how far back is chosen (F14)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from daemon.engine import events as ev
from daemon.engine import occlusion
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.protocols.commissioned import Commissioned
from daemon.protocols.rules import Choice, ChoiceKind, HoldCause
from drivers.values import Motion, PumpAlarm, PumpReading, PumpSetting
from tests.engine.plans import BACK, BACK_2, NEVER, OVER, REST, SAME
from tests.engine.plans import pump as pump_with
from tests.engine.stories import infusing

D = Decimal
BLOCKED = frozenset({PumpAlarm.OCCLUSION})
BACK_3 = Choice(ChoiceKind.BACK, 3)


@pytest.fixture(scope="module")
def run() -> RunState:
    """1.25 mL in the set and a release bolus of half a mL; the pump is never stopped to be set."""
    state = infusing().state
    fitted = replace(
        state.fitted, caps=pump_with(gapless=True), commissioned=Commissioned(D("1.25"), D("0.5"), D(2))
    )
    return replace(state, fitted=fitted)


def reading(motion: Motion, alarms: frozenset[PumpAlarm]) -> PumpReading:
    return PumpReading(motion, D(60), D(3), D(10), remote=True, alarms=alarms)


def looked_at(state: RunState, last: PumpReading | None, now: PumpReading, kind: str = "") -> Draft:
    """After a reading that followed on another one; `kind` = of the order on its way."""
    order = (
        ev.SettingOrdered(9, ev.OrderKind(kind), PumpSetting(D(60), D(2)), 1, "A", "pump 1") if kind else None
    )
    before = replace(state, pump=replace(state.pump, reading=last, pending=order))
    draft = Draft(replace(before, pump=replace(before.pump, reading=now)), state.at_ms)
    occlusion.notice(draft, before, "pump 1")
    return draft


def causes(draft: Draft) -> set[HoldCause]:
    return {event.cause for event in draft.events if isinstance(event, ev.Held)}


LAST = [
    None,
    *(
        reading(motion, alarms)
        for motion, alarms in product((Motion.INFUSING, Motion.STOPPED), (BLOCKED, frozenset()))
    ),
]


@pytest.mark.parametrize("last", LAST, ids=lambda one: one and f"{one.motion}-{len(one.alarms)}")
@pytest.mark.parametrize("alarms", [BLOCKED, frozenset()], ids=["blocked", "free"])
@pytest.mark.parametrize("motion", [Motion.STOPPED, Motion.INFUSING, Motion.BOLUS])
@pytest.mark.parametrize("kind", ["", "start", "renew", "disarm"])
def test_f14_every_pair_of_readings(
    run: RunState, last: PumpReading | None, alarms: frozenset[PumpAlarm], motion: Motion, kind: str
) -> None:
    """F14: an alarm counts once; running over it, or untold after standing with it, is the pump's doing."""
    draft = looked_at(run, last, reading(motion, alarms), kind)
    was_blocked = last is not None and last.alarms == BLOCKED
    occluded = alarms == BLOCKED and not was_blocked
    stood = was_blocked and last is not None and last.motion is Motion.STOPPED
    itself = motion is not Motion.STOPPED and (alarms == BLOCKED or stood) and kind != "start"
    found = [event for event in draft.events if isinstance(event, ev.Occluded)]
    assert found == ([ev.Occluded(D("1.25"), D("0.5"), "pump 1")] if occluded else [])
    assert causes(draft) == ({HoldCause.PUMP_ALARM} if occluded else set()) | (
        {HoldCause.HAND_CHANGE} if itself else set()
    )


@pytest.mark.parametrize(
    ("kind", "ours"), [("renew", True), ("change", True), ("disarm", False), ("", False)]
)
def test_f15_a_pump_that_is_stopped_to_be_set_is_started_by_us(
    run: RunState, kind: str, *, ours: bool
) -> None:
    caps = replace(run.caps, gapless=False)
    slow = replace(run, fitted=replace(run.fitted, caps=caps))
    draft = looked_at(slow, reading(Motion.STOPPED, BLOCKED), reading(Motion.INFUSING, frozenset()), kind)
    assert causes(draft) == (set() if ours else {HoldCause.HAND_CHANGE})


@pytest.mark.parametrize("phase", list(Phase))
def test_f14_in_every_phase_of_a_run_that_was_started(run: RunState, phase: Phase) -> None:
    """F14, F8: also while the patient is only watched; before the start and after the end it is history."""
    blocked = reading(Motion.INFUSING, BLOCKED)
    for started in (1, None):
        draft = looked_at(replace(run, phase=phase, started_ms=started), None, blocked)
        over = started is None or phase in (Phase.COMPLETED, Phase.ABORTED)
        told = [type(event) for event in draft.events].count(ev.Occluded)
        assert told == (0 if over else 1)
        held = phase in OPEN - {Phase.MANUAL} and not over
        assert causes(draft) == ({HoldCause.PUMP_ALARM, HoldCause.HAND_CHANGE} if held else set())
    assert not looked_at(replace(run, phase=phase), blocked, blocked).events or phase in OPEN


EVERY = (REST, SAME, BACK, BACK_2, BACK_3, OVER, NEVER)


@pytest.mark.parametrize(
    ("step", "occluded", "sets", "left"),
    [
        (3, 3, [EVERY], (BACK, BACK_2, BACK_3, OVER)),
        (3, 3, [(REST, SAME)], (BACK,)),  # one step back is always left
        (3, 3, [(SAME, BACK_2), (OVER,)], (BACK, BACK_2, OVER)),
        (4, 3, [EVERY], (BACK_2, BACK_3, OVER)),  # step 3 was counted as given since
        (4, 2, [EVERY], (BACK_3, OVER)),
        (3, 5, [EVERY], (BACK, BACK_2, BACK_3, OVER)),  # the run has gone back since
        (3, 0, [EVERY], (BACK, BACK_2, BACK_3, OVER)),  # of no step: as of this one
        (1, 1, [EVERY], (OVER,)),
        (3, 1, [EVERY], (OVER,)),  # there is no step before the first
        (1, 2, [(REST, SAME)], (OVER,)),
        (2, 2, [(REST, SAME)], (BACK,)),
    ],
)
def test_f14_after_a_release_into_the_patient_the_step_before_is_the_most_that_is_left(
    step: int, occluded: int, sets: list[tuple[Choice, ...]], left: tuple[Choice, ...]
) -> None:
    assert occlusion.at_most_back(sets, step, occluded) == left
