"""Acts that match bag, patient, monitor and sound, or end driving: each refusal at its bound (F12, F13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.account import Account, Span
from daemon.engine.acts import doubtful, finishing, identifying
from daemon.engine.acts.refusal import Refusal
from daemon.engine.codes import Mismatch
from daemon.engine.doubts import CounterFault, Jump
from daemon.engine.draft import Draft
from daemon.engine.line import FlushTo
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.engine.watched import SignalView
from daemon.protocols.rules import Choice, ChoiceKind
from drivers.values import Authority, PumpAlarm, Signal, Validity
from simulators.campaign.engine.labels import PATIENT, code_of
from tests.engine.follows import told
from tests.engine.states import at_pump, raised, read, with_second
from tests.engine.test_acts_at_the_line import DONE, A, code, holds
from tests.engine.test_course_while_it_stands import empty, stands

D = Decimal
NOW = 90_000
NOTHING = Span(D(0), D(0))
Act = Callable[[Draft], object]


def facts(state: RunState, act: Act) -> list[ev.Event]:
    draft = Draft(state, NOW)
    act(draft)
    return draft.events


def leapt(state: RunState) -> RunState:
    jump = Jump(CounterFault.JUMPED, "A", 1, Span(D(0), D(3)), D(2), NOTHING)
    other = replace(jump, why=CounterFault.FELL, counted_ml=D(-2))
    return replace(state, doubts=replace(state.doubts, jumps=(jump, other)))


def another(state: RunState) -> RunState:
    return at_pump(state, own_serial="S7")


def occluded(state: RunState) -> RunState:
    return replace(state, doubts=replace(state.doubts, pressure_of="A", pressure_step=1, bolus_ml=D("0.1")))


def waits(**changes: Any) -> RunState:
    """A bag is awaited in step 1, on a pump that stands disarmed."""
    return replace(stands(Phase.AWAITING_SOLUTION), **changes)


# -- the bag and its pump ------------------------------------------------------------------------------


def bag(solution: str = "A", pump: str = " pump 1 ", witness: str = "bob", *, scanned: bool = False) -> Act:
    def act(draft: Draft) -> str:
        words = (code_of(solution), False, D(10), witness, scanned)
        return identifying.confirm_solution(draft, inp.ConfirmSolution("1", "ann", pump, *words))

    return act


@pytest.mark.parametrize(
    ("state", "act", "refused"),
    [
        (waits, bag(), DONE),
        (lambda: read(waits(), alarms=frozenset({PumpAlarm.KVO_RUNNING})), bag(), "pump_running"),
        (waits, bag(witness=""), "second_person"),
        (waits, bag(witness="", scanned=True), DONE),
        (waits, bag(pump="pump 2"), "wrong_pump"),
        (lambda: at_pump(waits(), disarmed=False), bag(), "not_disarmed"),
        (lambda: at_pump(stands(Phase.HELD), disarmed=False), bag(), DONE),
        (lambda: leapt(waits()), bag(), "unclassified"),
    ],
    ids=range(8),
)
def test_f13_a_bag_is_confirmed_on_the_pump_that_stands_for_it(
    state: Callable[[], RunState], act: Act, refused: str
) -> None:
    """F13, F6: two persons or a scanner, the pump of this bag, disarmed at a change of bags."""
    assert code(state(), act) == refused


def test_f13_what_was_read_off_is_recorded() -> None:
    (fact,) = facts(waits(), bag(scanned=True))
    assert fact == ev.SolutionConfirmed("A", "ann", "pump 1", False, D(10), "bob", True)


@pytest.mark.parametrize(
    ("phase", "wrong", "next_"),
    [
        (Phase.CHECKING, 1, ["CodeRefused"]),
        (Phase.CHECKING, 2, ["CodeRefused", "held", "held operator", "+held_operator", "stop"]),
        (Phase.AWAITING_SOLUTION, 1, ["CodeRefused"]),
        (Phase.AWAITING_SOLUTION, 2, ["CodeRefused", "held operator", "+held_operator", "stop"]),
    ],
)
def test_f13_the_third_wrong_code_is_a_hold(phase: Phase, wrong: int, next_: list[str]) -> None:
    """F13: counted each time, refused each time; also before the start."""
    state = waits(phase=phase)
    draft = Draft(replace(state, bedside=replace(state.bedside, wrong_codes=wrong)), NOW)
    with pytest.raises(Refusal) as refusal:
        bag("B")(draft)
    assert refusal.value.code == "code_other_bag"
    assert told(draft.events) == next_
    assert draft.events[0] == ev.CodeRefused(Mismatch.OTHER_BAG, "ann")
    held = [one.by for one in draft.events if isinstance(one, ev.Held)]
    assert held == ["ann"][: wrong - 1]


# -- patient, monitor, sound ---------------------------------------------------------------------------

EARLY = {Phase.PLANNED, Phase.CHECKING}


def patient(name: str = f" {PATIENT} ") -> Act:
    return lambda draft: identifying.confirm_patient(draft, inp.ConfirmPatient("1", "ann", name))


def vitals(draft: Draft) -> str:
    return identifying.confirm_vitals(draft, inp.ConfirmVitals("1", "ann"))


def sound(draft: Draft) -> str:
    return identifying.confirm_sound(draft, inp.ConfirmSound("1", "ann"))


MATCH_MS = 60_000
"""Compared with values of the last minute."""


def shown(hr_ms: int | None = 0, spo2_ms: int | None = 0, joined_ms: int | None = None) -> RunState:
    """So long ago the monitor measured both."""
    state = waits()
    signals = {
        signal: SignalView(D(80), Validity.VALID, None if ago is None else NOW - ago)
        for signal, ago in ((Signal.HR, hr_ms), (Signal.SPO2, spo2_ms))
    }
    return replace(state, signals=signals, bedside=replace(state.bedside, joined_ms=joined_ms))


def questionable() -> RunState:
    state = shown()
    bad = replace(state.signals[Signal.HR], validity=Validity.QUESTIONABLE)
    return replace(state, signals={**state.signals, Signal.HR: bad})


def unseen() -> RunState:
    return replace(shown(), signals={Signal.HR: shown().signals[Signal.HR]})


def watches(*signals: Signal) -> RunState:
    """A protocol that watches these alone."""
    state = shown()
    kept = tuple(rule for rule in state.plan.rules.signals if rule.signal in signals)
    return replace(state, plan=replace(state.plan, rules=replace(state.plan.rules, signals=kept)))


@pytest.mark.parametrize(
    ("state", "act", "refused"),
    [
        (waits, patient(), DONE),
        (waits, patient("somebody"), "other_patient"),
        (waits, sound, DONE),
        (lambda: waits(bedside=replace(waits().bedside, sound="")), sound, "no_sound"),
        (shown, vitals, DONE),
        (lambda: shown(MATCH_MS), vitals, DONE),
        (lambda: shown(MATCH_MS + 1), vitals, "vitals_old"),
        (lambda: shown(0, MATCH_MS + 1), vitals, "vitals_old"),
        (lambda: shown(None), vitals, "vitals_old"),
        (lambda: shown(5, 5, NOW - 5), vitals, DONE),
        (lambda: shown(5, 5, NOW - 4), vitals, "vitals_old"),
        (questionable, vitals, "vitals_old"),
        (unseen, vitals, "vitals_old"),
        (lambda: watches(Signal.HR), vitals, DONE),
        (lambda: watches(Signal.NIBP_SYS), vitals, "vitals_old"),
    ],
    ids=range(15),
)
def test_f9_f12_what_is_compared_at_the_bed_is_there_to_be_compared(
    state: Callable[[], RunState], act: Act, refused: str
) -> None:
    """F12: valid, measured within the minute and since the monitor joined; F9: something sounds."""
    assert code(state(), act) == refused


@pytest.mark.parametrize("phase", list(Phase))
def test_f12_after_a_run_nothing_is_confirmed_any_more(phase: Phase) -> None:
    expected = DONE if phase in EARLY | OPEN else "phase"
    for act in (patient(), vitals, sound):
        assert code(replace(shown(), phase=phase), act) == expected


def test_f12_each_confirmation_is_a_fact_with_a_name() -> None:
    assert facts(waits(), patient()) == [ev.PatientConfirmed("ann")]
    assert facts(waits(), sound) == [ev.SoundConfirmed("ann")]
    replaced = raised(shown(), "monitor_replaced", "pump_lost")
    assert told(facts(replaced, vitals)) == ["VitalsConfirmed", "-monitor_replaced"]


def test_f40_out_of_a_hold_before_the_start_the_checks_begin_anew() -> None:
    state = raised(stands(Phase.HELD), "held_operator", "pump_lost")
    given = inp.Resume("1", "ann", choice=Choice(ChoiceKind.SAME_STEP), reason="well", witness="bob")
    found = facts(state, lambda draft: identifying.check_again(draft, given))
    assert told(found) == ["checking", "-held_operator"]
    assert found[0] == ev.PhaseEntered(Phase.CHECKING, "well (ann, bob)")


# -- by hand, and the empty bag ------------------------------------------------------------------------


def by_hand(reason: str = "") -> Act:
    return lambda draft: finishing.manual(draft, inp.GoManual("1", "ann", reason=reason))


@pytest.mark.parametrize("phase", list(Phase))
def test_f8_a_run_that_was_started_and_is_not_over_may_be_finished_by_hand(phase: Phase) -> None:
    expected = "already" if phase is Phase.MANUAL else DONE if phase in OPEN else "phase"
    assert code(stands(phase), by_hand()) == expected
    assert code(replace(stands(phase), started_ms=None), by_hand()) == "phase"


@pytest.mark.parametrize(
    ("reason", "entered", "said"),
    [("", "manual (ann)", say("taken_over", by="ann")), ("drip", "drip (ann)", "drip")],
)
def test_f8_the_hand_that_drives_is_said(reason: str, entered: str, said: str) -> None:
    alarms = ("held_operator", "hand_more", "observing", "gate_waiting", "pump_lost")
    found = facts(raised(stands(Phase.HELD), *alarms), by_hand(reason))
    assert told(found) == [*(f"-{alarm}" for alarm in alarms[:-1]), "manual", "+manual"]
    assert found[-2:] == [ev.PhaseEntered(Phase.MANUAL, entered), ev.AlarmRaised("manual", said)]


def emptied(released: bool | None = None) -> Act:
    return lambda draft: finishing.confirm_empty(draft, inp.ConfirmEmpty("1", "ann", released=released))


def last() -> RunState:
    """The bag of the last step, step 3, is empty."""
    state = empty(step=3)
    steps = tuple(replace(step, until_empty=True) for step in state.plan.steps)
    return replace(state, plan=replace(state.plan, steps=steps))


@pytest.mark.parametrize(
    ("state", "act", "refused"),
    [
        (empty, emptied(), DONE),
        (last, emptied(), DONE),
        (lambda: empty("4.499"), emptied(), "not_empty"),
        (lambda: at_pump(empty(), stop_ms=5), emptied(), "stop_not_confirmed"),
        (lambda: another(empty()), emptied(), "another_pump"),
        (lambda: leapt(empty()), emptied(), "unclassified"),
        (lambda: occluded(empty()), emptied(), "pressure"),
        (lambda: occluded(empty()), emptied(released=True), DONE),
        (lambda: occluded(empty()), emptied(released=False), "pressure_given"),
        (lambda: occluded(last()), emptied(released=False), DONE),
        (empty, emptied(released=False), DONE),
    ],
    ids=range(11),
)
def test_f14_f30_an_empty_bag_ends_its_step_when_nothing_is_in_doubt(
    state: Callable[[], RunState], act: Act, refused: str
) -> None:
    """F30, F14, F26: the run's own pump, its counter explained, its pressure not let go into the patient."""
    assert code(state(), act) == refused


def test_f30_what_follows_an_empty_bag() -> None:
    for state, ended in (
        (empty(), ["StepEnded 1", "awaiting_solution"]),
        (last(), ["StepEnded 3", "after_watch"]),
    ):
        found = facts(raised(state, "held_pump_alarm", "pump_lost"), emptied())
        assert told(found) == ["-held_pump_alarm", *ended]
    assert finishing.confirm_empty(Draft(empty(), NOW), inp.ConfirmEmpty("1", "ann")) == say(
        "bag_empty_next", step=2
    )
    assert finishing.confirm_empty(Draft(last(), NOW), inp.ConfirmEmpty("1", "ann")) == say(
        "bag_empty", step=3
    )


def test_f3_f14_the_answer_about_the_pressure_and_the_line_are_facts_of_the_end() -> None:
    """F14, F3: first where the pressure went; then the line, which nobody spoke of, counts as flushed."""
    line = replace(holds(A, asked=True).line, hung=A)
    state = occluded(replace(empty(), line=line))
    found = facts(state, emptied(released=True))
    assert found[:2] == [
        ev.PressureAnswered(True, "ann"),
        ev.LineFlushed(FlushTo.PATIENT, D(3), "", known=False),
    ]


# -- what is in doubt before a resume ------------------------------------------------------------------


def resume(kind: ChoiceKind = ChoiceKind.REST_OF_STEP, released: bool | None = None) -> inp.Resume:
    return inp.Resume("1", "ann", choice=Choice(kind), reason="well", witness="", released=released)


def unsettled() -> RunState:
    """Between 4.9 and 5.6 mL of 5."""
    state = stands(Phase.HELD, begun=True)
    account = Account(Span(D("4.9"), D("5.6")), NOTHING, NOTHING, D(0), 0)
    return replace(state, account=account)


def unstarted(state: RunState) -> RunState:
    return replace(state, started_ms=None)


REST, SAME = resume(), resume(ChoiceKind.SAME_STEP)


@pytest.mark.parametrize(
    ("state", "given", "refused"),
    [
        (lambda: stands(Phase.HELD), REST, DONE),
        (lambda: another(stands(Phase.HELD)), REST, "another_pump"),
        (lambda: at_pump(another(stands(Phase.HELD)), identity=None), REST, DONE),
        (lambda: leapt(stands(Phase.HELD)), REST, "unclassified"),
        (lambda: occluded(stands(Phase.HELD)), REST, "pressure"),
        (lambda: occluded(stands(Phase.HELD)), resume(released=True), DONE),
        (lambda: occluded(stands(Phase.HELD)), resume(released=False), DONE),
        (lambda: stands(Phase.HELD), resume(released=False), DONE),
        (unsettled, REST, "unsettled"),
        (unsettled, SAME, DONE),
        (lambda: unstarted(another(stands(Phase.HELD))), REST, DONE),
        (lambda: unstarted(unsettled()), REST, DONE),
    ],
    ids=range(12),
)
def test_f14_f21_f26_what_a_person_at_the_bed_can_answer_is_asked_first(
    state: Callable[[], RunState], given: inp.Resume, refused: str
) -> None:
    """F14, F21, F26: whose pump, what leapt, where the pressure went, how much of the step is in."""
    assert code(state(), lambda draft: doubtful.check(draft.state, given)) == refused


def test_f26_the_oldest_leap_is_asked_first() -> None:
    with pytest.raises(Refusal, match="jumped") as refusal:
        doubtful.explained(leapt(stands(Phase.HELD)))
    assert refusal.value.code == "unclassified"


def test_f23_f26_every_pump_of_the_bed_is_the_runs_own() -> None:
    state = with_second(stands(Phase.HELD), own_serial="S7")
    with pytest.raises(Refusal) as refusal:
        doubtful.own_pump(state)
    assert refusal.value.code == "another_pump"


@pytest.mark.parametrize("released", [None, True, False])
def test_f14_the_pressure_is_answered_where_it_was_asked_for(*, released: bool | None) -> None:
    given = resume(released=released)
    answer = [] if released is None else [ev.PressureAnswered(released, "ann")]
    assert facts(occluded(stands(Phase.HELD)), lambda draft: doubtful.answer(draft, given)) == answer
    assert facts(stands(Phase.HELD), lambda draft: doubtful.answer(draft, given)) == []


def test_f27_by_hand_the_words_are_of_the_hand() -> None:
    """F27: nothing was sent that could be confirmed or disarmed."""
    hand = replace(at_pump(empty(), stop_ms=5), authority=Authority.MONITOR)
    assert code(hand, emptied()) == "stop_not_confirmed_by_hand"
