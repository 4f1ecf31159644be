"""Acts after which drug flows again: each refusal by its code, and what follows from each (F5, F6, F33)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import gate
from daemon.engine import inputs as inp
from daemon.engine.account import Account, Span
from daemon.engine.phases import Phase
from daemon.engine.state import HoldView, RunState
from daemon.engine.texts import say
from daemon.protocols.rules import Choice, Grade, HoldCause
from drivers.values import Motion, PumpSetting
from tests.engine.answers import DONE, Answer, answered
from tests.engine.follows import told
from tests.engine.plans import BACK, OVER, REST, SAME
from tests.engine.states import at_pump, raised, read, with_second
from tests.engine.stories import in_phase
from tests.engine.test_slice_sizes import D

NOTHING = Span(D(0), D(0))
PENDING = ev.SettingOrdered(9, ev.OrderKind.DISARM, PumpSetting(D(1), D(1)), 1, "A", "pump 1")


@cache
def _phase(phase: Phase) -> tuple[RunState, int]:
    world = in_phase(phase)
    world.measure()
    return replace(world.state, alarms={}, ended={}), world.now


# -- what runs is confirmed ---------------------------------------------------------------------------


def observed(**changes: Any) -> RunState:
    """After a restart, with the patient's wristband read again."""
    state = _phase(Phase.OBSERVING)[0]
    return replace(state, **({"bedside": replace(state.bedside, patient_due=False)} | changes))


def confirmed(state: RunState) -> Answer:
    return answered(state, inp.ConfirmRunning("a1", "ann"), _phase(Phase.OBSERVING)[1])


def test_f17_f20_what_runs_as_recorded_goes_on_and_ends_what_was_said_of_it() -> None:
    """F17, F20: observed, slowed or lost; what was said of something else stays."""
    about = ("observing", "hand_less", "pump_lost")
    done = confirmed(raised(observed(), *about, "pump_warning"))
    assert done.code == DONE
    assert done.facts[0] == ev.StepContinued(1)
    assert sorted(told(done.facts[1:])) == sorted(f"-{alarm}" for alarm in about)
    assert done.draft.state.alarms.keys() == {"pump_warning"}
    assert done.draft.state.phase is Phase.INFUSING


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (lambda: observed(phase=Phase.INFUSING), "nothing_observed"),
        (lambda: observed(phase=Phase.HELD), "nothing_observed"),
        (lambda: at_pump(observed(), linked=False), "not_seen_running"),
        (lambda: at_pump(observed(), reading=None), "not_seen_running"),
        (lambda: at_pump(observed(), approved=None), "not_seen_running"),
        (lambda: read(observed(), motion=Motion.STOPPED), "not_seen_running"),
        (lambda: read(observed(), rate_ml_h=D(59)), "runs_different"),
        (lambda: read(observed(), rate_ml_h=D(61)), "runs_different"),
        (lambda: observed(bedside=_phase(Phase.OBSERVING)[0].bedside), "patient_again"),
        (lambda: observed(journal_ok=False), "gate_shut"),
        (lambda: observed(exposed_steps=(1,)), "gate_shut"),
    ],
    ids=range(11),
)
def test_f20_what_is_not_as_recorded_is_not_confirmed(state: Callable[[], RunState], code: str) -> None:
    done = confirmed(state())
    assert (done.code, done.facts) == (code, [])


# -- a hold is left -----------------------------------------------------------------------------------


def held(*causes: HoldCause, grade: Grade | None = None, **changes: Any) -> RunState:
    """Held in step 2, which has begun; the pump stands disarmed, the gate is open."""
    state = _phase(Phase.HELD)[0]
    hold = HoldView(state.at_ms, frozenset(causes or {HoldCause.OPERATOR}), grade, ("test",))
    place: dict[str, Any] = {"step": 2, "last_step": 2, "completed": 1, "begun": True, "hold": hold}
    place |= {"goal_ml": D(10), "goal_ms": 300_000}
    return replace(state, **(place | changes))


def resumed(state: RunState, choice: Choice = SAME, reason: str = "well", witness: str = "") -> Answer:
    given = inp.Resume("a1", "ann", choice, reason, witness)
    return answered(state, given, _phase(Phase.HELD)[1])


def two(**second: Any) -> RunState:
    """With another pump beside, which stands as this one does."""
    return with_second(held(), **second)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (lambda: held(phase=Phase.INFUSING), "not_held"),
        (lambda: held(phase=Phase.MANUAL), "not_held"),
        (lambda: held(hold=None), "not_held"),
        (lambda: at_pump(held(), stop_ms=5), "stop_not_confirmed"),
        (lambda: at_pump(held(), stopped=False), "stop_not_confirmed"),
        (lambda: two(stopped=False), "stop_not_confirmed"),
        (lambda: two(stop_ms=5), "stop_not_confirmed"),
        (lambda: at_pump(two(), stopped=False), "stop_not_confirmed"),
        (lambda: at_pump(held(), disarmed=False), "not_disarmed"),
        (lambda: two(disarmed=False), "not_disarmed"),
        (lambda: at_pump(held(), pending=PENDING), "not_disarmed"),
        (lambda: two(pending=PENDING), "not_disarmed"),
        (lambda: at_pump(two(), pending=PENDING), "not_disarmed"),
        (lambda: held(journal_ok=False), "gate_shut"),
    ],
    ids=range(14),
)
def test_f5_f6_nothing_goes_on_unless_every_pump_stands_disarmed(
    state: Callable[[], RunState], code: str
) -> None:
    """F5, F6, F10: of all pumps of the bed; the refusal names the first that is missing."""
    done = resumed(state())
    assert (done.code, done.facts) == (code, [])


def test_f33_a_reason_is_needed_and_two_names_for_the_strictest_choice() -> None:
    assert resumed(held(), reason=" ").code == "no_reason"
    assert resumed(held(), OVER).code == "second_person"
    assert resumed(held(), OVER, witness="bob").code == DONE


def test_f21_a_choice_that_is_not_left_is_refused_with_those_that_are() -> None:
    """F21: the rest of the step is no choice after a reaction; after a severe one nothing is."""
    mild = resumed(held(HoldCause.REACTION, grade=Grade.MILD), REST)
    assert mild.code == "choice"
    assert "left: same_step, back=1." in mild.words
    assert say("nothing_left") not in mild.words
    severe = resumed(held(HoldCause.REACTION, grade=Grade.SEVERE), SAME, witness="bob")
    assert severe.code == "choice"
    assert f"left: {say('nothing_left')}." in severe.words


def test_f4_the_gate_is_asked_for_the_step_that_is_gone_to() -> None:
    """F4, F39: exposure in step 1 forbids to go back to it, and not to go on with step 2."""
    state = held(exposed_steps=(1,))
    assert resumed(state, BACK).code == "gate_shut"
    assert "exposure" in resumed(state, BACK).words
    assert resumed(state, SAME).code == DONE
    assert resumed(held(exposed_steps=(2,)), SAME).code == "gate_shut"


OVER_WITH_IT = (
    *("hand_more", "unlimited", "counter_broken", "volume_time_differ", "gap_running", "not_disarmed"),
    *("held_operator", "held_pump_alarm"),
)


@pytest.mark.parametrize("alarm", OVER_WITH_IT)
def test_f31_what_was_said_of_the_hold_is_over_with_it(alarm: str) -> None:
    """F31, (A) A12: what is of something else stays."""
    done = resumed(raised(held(), alarm, "feed_lost"))
    assert done.code == DONE
    assert alarm not in done.draft.state.alarms
    assert "feed_lost" in done.draft.state.alarms


@pytest.mark.parametrize(
    ("choice", "facts"),
    [
        (REST, ["Resumed", "StepContinued 2", "start"]),
        (SAME, ["Resumed", "begins 2: 10 mL in 300000 ms", "start"]),
        (BACK, ["Resumed", "begins 1: 5 mL in 300000 ms", "start"]),
    ],
    ids=str,
)
def test_f2_f6_a_resume_begins_or_continues_its_step_and_starts_the_pump(
    choice: Choice, facts: list[str]
) -> None:
    """F2, F6: nothing else is asked of the pump; who, why and with which choice is recorded."""
    done = resumed(held(), choice)
    found = [one for one in told(done.facts) if not one.startswith(("-", "GateShut"))]
    assert [one.split(" ")[0] if one.startswith("start") else one for one in found] == facts
    (fact,) = (one for one in done.facts if isinstance(one, ev.Resumed))
    step = 1 if choice is BACK else 2
    assert (fact.choice, fact.step, fact.by, fact.reason) == (choice, step, "ann", "well")
    assert done.words == say("resumed", choice=choice, step=step), "and not a word of a severe reaction"


@pytest.mark.parametrize(("begun", "placed"), [(True, False), (False, True)])
def test_f4_where_another_bag_is_next_the_run_waits_for_it(*, begun: bool, placed: bool) -> None:
    """F4: solution B of step 3, while A hangs; what was said of the hold is over all the same."""
    state = raised(held(step=3, last_step=3, completed=2, begun=begun), *OVER_WITH_IT, "feed_lost")
    done = resumed(state, REST)
    assert done.code == DONE
    assert done.draft.state.phase is Phase.AWAITING_SOLUTION
    assert done.draft.state.alarms.keys() == {"feed_lost"}
    found = [one for one in told(done.facts) if not one.startswith("-")]
    assert found == ["Resumed", "awaiting_solution", *(["StepPlaced 3"] if placed else [])]
    assert done.words == say("resumed_other_bag", step=3, solution="B")


@pytest.mark.parametrize("choice", [REST, SAME], ids=str)
def test_f25_time_and_volume_that_differ_do_not_keep_a_named_person_from_going_on(choice: Choice) -> None:
    """F25: the account begins anew, or goes on with both bounds and nothing to differ from."""
    apart = Account(NOTHING, NOTHING, Span(D(3), D(3)), D(2), 90_000)
    state = held(account=apart)
    assert gate.reasons(state, _phase(Phase.HELD)[1]) == ("volume:differs",)
    done = resumed(state, choice)
    assert done.code == DONE
    assert done.draft.state.gate_shut == ()
    orders = [one.kind for one in done.facts if isinstance(one, ev.SettingOrdered)]
    assert orders == [ev.OrderKind.START]


# -- back from manual ---------------------------------------------------------------------------------


def test_f8_back_from_manual_is_a_stop_and_a_hold_with_its_alarms() -> None:
    """F8, F33: what was said of manual is over; from there the rules of a hold lead on."""
    state, now = _phase(Phase.MANUAL)
    about = ("manual", "vitals_manual", "reaction_late")
    done = answered(raised(state, *about, "feed_lost"), inp.GoAutomatic("a1", "ann", "bob"), now)
    assert done.code == DONE
    after = done.draft.state
    assert after.phase is Phase.HELD
    assert after.alarms.keys() == {"feed_lost", "held_hand_change"}
    assert after.hold is not None
    assert after.hold.causes == {HoldCause.HAND_CHANGE}
    assert after.stop_ms is not None
    assert answered(held(), inp.GoAutomatic("a1", "ann", "bob"), now).code == "not_manual"
