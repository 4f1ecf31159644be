"""Acts at the drug line: what is recorded, and what is refused by which code, at the bound (F3, F4, F26)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.account import Account, Span
from daemon.engine.acts import line
from daemon.engine.acts.refusal import Refusal
from daemon.engine.doubts import CounterFault, Jump
from daemon.engine.draft import Draft
from daemon.engine.line import FlushTo, Geometry, Handling, Line
from daemon.engine.lingering import full_of
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.tube import FREE, Fluid, Plug, Tube
from drivers.values import PumpAlarm
from tests.engine.states import read, with_second
from tests.engine.test_course_while_it_stands import stands

D = Decimal
NOW = 90_000
A, B = Fluid("A", D(1)), Fluid("B", D(10))
GEOMETRY = Geometry(D(2), D(1))
NOTHING = Span(D(0), D(0))
JUMP = Jump(CounterFault.JUMPED, "A", 1, Span(D(0), D(3)), D(3), NOTHING)
DONE = ""


def holds(fluid: Fluid, ml: str = "3", low: Fluid | None = None, **changes: Any) -> RunState:
    """Held in step 1, which is given from bag A; of 3 mL of line so much may be full of this."""
    state = stands(Phase.HELD, begun=True)
    rest = Plug(FREE, 3 - D(ml))
    least, most = (Tube((Plug(one, D(ml)), rest)) for one in (fluid if low is None else low, fluid))
    drug = Line(least, most, hung=A, geometry=GEOMETRY, lingering=full_of(fluid, D(ml)))
    drug = replace(drug, stretch=Account.opened(state.pump.odometer), **changes)
    odometer = replace(state.pump.odometer, hidden=NOTHING)
    return replace(state, line=drug, pump=replace(state.pump, odometer=odometer))


def leapt(state: RunState) -> RunState:
    return replace(state, doubts=replace(state.doubts, jumps=(JUMP,)))


def delivers(state: RunState) -> RunState:
    return read(state, alarms=frozenset({PumpAlarm.KVO_RUNNING}))


def y_site(state: RunState) -> RunState:
    return with_second(state)


def code(state: RunState, act: Callable[[Draft], object]) -> str:
    """The code of a refusal, which has changed nothing; "" = done."""
    draft = Draft(state, NOW)
    try:
        act(draft)
    except Refusal as refusal:
        assert draft.events == []
        return refusal.code
    return DONE


def confirm(handling: Handling, cleared: str = "0", *, valves: bool = False) -> Callable[[Draft], str]:
    given = inp.ConfirmLine("1", "ann", handling, D(cleared), valves)
    return lambda draft: line.confirm_line(draft, given)


CONNECTED, REPLACED, CLEARED = Handling.CONNECTED, Handling.REPLACED, Handling.CLEARED


@pytest.mark.parametrize(
    ("state", "act", "refused"),
    [
        (lambda: holds(A), confirm(CONNECTED), DONE),
        (lambda: holds(A), confirm(REPLACED), DONE),
        (lambda: holds(A), confirm(CLEARED, "0.1"), DONE),
        (lambda: holds(A), confirm(CLEARED), "cleared_volume"),
        (lambda: holds(A), confirm(CLEARED, "-1"), "cleared_volume"),
        (lambda: holds(B), confirm(CONNECTED), "line_stronger"),
        (lambda: holds(B), confirm(REPLACED), DONE),
        (lambda: holds(B), confirm(CLEARED, "2.9"), "cleared_too_little"),
        (lambda: holds(B), confirm(CLEARED, "3"), DONE),
        (lambda: delivers(holds(A)), confirm(CONNECTED), DONE),
        (lambda: delivers(holds(A)), confirm(REPLACED), "line_running"),
        (lambda: delivers(holds(A)), confirm(CLEARED, "1"), "line_running"),
        (lambda: leapt(holds(A)), confirm(CONNECTED), DONE),
        (lambda: leapt(holds(A)), confirm(REPLACED), "unclassified"),
        (lambda: leapt(holds(A)), confirm(CLEARED, "1"), "unclassified"),
        (lambda: holds(A, asked=True), confirm(CONNECTED), DONE),
        (lambda: holds(A, asked=True), confirm(REPLACED), "flush_first"),
        (lambda: holds(A, asked=True), confirm(CLEARED, "1"), "flush_first"),
        (lambda: holds(A, "0.5", asked=True), confirm(REPLACED), "flush_first"),
        (lambda: holds(A, low=FREE, asked=True), confirm(REPLACED), "flush_first"),
        (lambda: holds(FREE, asked=True), confirm(REPLACED), DONE),
        (lambda: y_site(holds(A)), confirm(CONNECTED), "no_valves"),
        (lambda: y_site(holds(A)), confirm(CONNECTED, valves=True), DONE),
    ],
    ids=range(23),
)
def test_f4_f26_a_word_about_the_line_is_taken_where_it_can_be_true(
    state: Callable[[], RunState], act: Callable[[Draft], str], refused: str
) -> None:
    """F4: all 3 mL of a stronger drug; F26, F3: nothing is done to a line whose content is in doubt."""
    assert code(state(), act) == refused


@pytest.mark.parametrize(
    ("handling", "cleared", "recorded"), [(CONNECTED, "5", "0"), (REPLACED, "5", "0"), (CLEARED, "5", "5")]
)
def test_f4_only_what_was_cleared_is_recorded_as_cleared(
    handling: Handling, cleared: str, recorded: str
) -> None:
    draft = Draft(holds(A), NOW)
    answer = confirm(handling, cleared, valves=True)(draft)
    assert draft.events == [ev.LineConfirmed("ann", handling, D(recorded), True)]
    assert ("5" in answer) is (handling is CLEARED)


def flush(to: FlushTo, volume: str) -> Callable[[Draft], str]:
    return lambda draft: line.flush(draft, inp.FlushLine("1", "ann", to, D(volume)))


PATIENT, DISCARDED, NOBODY = FlushTo.PATIENT, FlushTo.DISCARDED, FlushTo.NOBODY


def asked() -> RunState:
    return holds(A, asked=True)


@pytest.mark.parametrize(
    ("state", "to", "volume", "refused"),
    [
        (lambda: holds(A), PATIENT, "0.1", DONE),
        (lambda: holds(A), DISCARDED, "0.1", DONE),
        (lambda: holds(A), NOBODY, "0", "flush_not_asked"),
        (asked, NOBODY, "0", DONE),
        (asked, NOBODY, "1", "flush_volume"),
        (asked, NOBODY, "-1", "flush_volume"),
        (asked, PATIENT, "0", "flush_volume"),
        (asked, PATIENT, "-1", "flush_volume"),
        (asked, DISCARDED, "0", "flush_volume"),
        (lambda: leapt(asked()), PATIENT, "1", "unclassified"),
        (lambda: leapt(asked()), DISCARDED, "1", "unclassified"),
        (lambda: leapt(asked()), NOBODY, "0", DONE),
        (lambda: holds(A, hung=None), PATIENT, "1", "nothing_hung"),
    ],
    ids=range(13),
)
def test_f3_a_flush_has_a_volume_and_a_place_it_went_to(
    state: Callable[[], RunState], to: FlushTo, volume: str, refused: str
) -> None:
    """F3, F26: that there was none is said only where it was asked."""
    assert code(state(), flush(to, volume)) == refused


def test_f3_a_flush_is_recorded_as_said() -> None:
    draft = Draft(asked(), NOW)
    answer = flush(PATIENT, "1.5")(draft)
    assert draft.events == [ev.LineFlushed(PATIENT, D("1.5"), "ann", known=True)]
    assert "1.5" in answer


@pytest.mark.parametrize(
    ("state", "assumed"),
    [
        (asked, True),
        (lambda: holds(A), False),
        (lambda: holds(A, "0.5", asked=True), True),
        (lambda: holds(A, low=FREE, asked=True), True),
        (lambda: holds(FREE, asked=True), False),
    ],
    ids=range(5),
)
def test_f3_an_unanswered_flush_is_assumed_with_the_whole_line(
    state: Callable[[], RunState], *, assumed: bool
) -> None:
    """F3: 3 mL to the patient, said by nobody; a line without drug gives none."""
    draft = Draft(state(), NOW)
    line.assume_flushed(draft)
    assert draft.events == ([ev.LineFlushed(PATIENT, D(3), "", known=False)] if assumed else [])


def bag(made: str = "0", *, primed: bool = False) -> inp.ConfirmSolution:
    return inp.ConfirmSolution("1", "ann", "pump 1", "code", primed, D(made))


def hangs(given: inp.ConfirmSolution, needed: str = "A") -> Callable[[Draft], None]:
    return lambda draft: line.check_bag(draft.state, needed, given)


@pytest.mark.parametrize(
    ("state", "act", "refused"),
    [
        (lambda: holds(A), hangs(bag()), DONE),
        (lambda: leapt(holds(A)), hangs(bag()), "unclassified"),
        (lambda: holds(A), hangs(bag("-0.1")), "bag_made_ahead"),
        (lambda: holds(A), hangs(bag("0.5")), DONE),
        (lambda: holds(A), hangs(bag("1430")), DONE),
        (lambda: holds(A), hangs(bag("1430.0001")), "bag_expires"),
        (lambda: holds(A), hangs(bag("1439.5")), "bag_expires"),
        (lambda: holds(A), hangs(bag("1440")), "bag_expired"),
        (lambda: holds(B), hangs(bag()), "line_stronger"),
        (lambda: holds(B), hangs(bag(), "B"), DONE),
        (asked, hangs(bag()), DONE),
        (asked, hangs(bag(primed=True)), "flush_first"),
        (lambda: holds(A), hangs(bag(primed=True)), DONE),
        (lambda: replace(asked(), hung=None), hangs(bag(primed=True)), DONE),
        (lambda: replace(asked(), hung=None), hangs(bag()), DONE),
    ],
    ids=range(15),
)
def test_f4_a_bag_hangs_that_lasts_to_the_end_of_its_steps(
    state: Callable[[], RunState], act: Callable[[Draft], object], refused: str
) -> None:
    """F4: stable for 24 h, steps 1 and 2 take 10 minutes; F3: its line is not changed before the question."""
    assert code(state(), act) == refused


def test_f4_the_rest_of_a_step_needs_the_bag_for_less() -> None:
    """F4: 4 of 10 minutes are given: 6 are left; a step not begun is needed whole."""
    state = holds(A)
    state = replace(state, account=replace(state.account, proven_ms=4 * 60_000))
    assert code(state, hangs(bag("1434"))) == DONE
    assert code(state, hangs(bag("1434.001"))) == "bag_expires"
    assert code(replace(state, begun=False), hangs(bag("1434"))) == "bag_expires"


def test_f4_how_long_it_lasts_is_told_in_hours() -> None:
    """F4: 93 of 132 minutes: 1.6 of 2.2 hours."""
    state = holds(A)
    first, *rest = state.plan.steps
    longer = replace(state, plan=replace(state.plan, steps=(replace(first, minutes=D(127)), *rest)))
    with pytest.raises(Refusal, match=r"1\.6 .*2\.2 "):
        line.check_bag(longer, "A", bag("1347"))
