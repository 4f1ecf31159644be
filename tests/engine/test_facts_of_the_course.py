"""What each fact of the course changes in place, phase and gap, field by field (F2, F19, F21, F22)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine.account import Account, Span
from daemon.engine.evolve import evolve
from daemon.engine.phases import Phase
from daemon.engine.state import HoldView, RunState
from daemon.engine.stretch import Stretch
from daemon.protocols.rules import Choice, ChoiceKind, GapAction, Grade, HoldCause, Then, ThenKind
from drivers.values import PumpSetting
from tests.engine.facts import changed, told
from tests.engine.stories import infusing

D = Decimal
MIN = 60_000
AT = 900_000
GIVEN = Span(D(1), D(2))
ORDER = ev.SettingOrdered(9, ev.OrderKind.RENEW, PumpSetting(D(60), D(2)), 2, "A", "pump 1")
STRETCH = Stretch(D(6), D(10), Then(ThenKind.REPEAT), 2, "reaction:mild")
HELD = HoldView(800_000, frozenset({HoldCause.OPERATOR}), None, ("first",))


@pytest.fixture(scope="module")
def run() -> RunState:
    """A minute into step 2, in a dwell; step 2 was given whole once before."""
    state = infusing().state
    watched = replace(state.watched, begun=((100, 1),), onset_step=1, grade=Grade.MILD)
    return replace(
        state, step=2, last_step=1, completed=2, dwell_ms=5, line_by="ann", watched=watched, phase_ms=77
    )


def opened(state: RunState) -> dict[str, object]:
    """A new account: everything of the old one that was not nothing."""
    return changed(state.account, Account.opened(state.pump.odometer), "account")


def test_f40_a_run_begins_with_everything_counted_from_now(run: RunState) -> None:
    before = replace(run, phase=Phase.CHECKING, started_ms=None, assessed_ms=None, started_by=("", ""))
    before = replace(before, gap=replace(before.gap, proven_ms=None), watched_from_ms=0)
    assert told(before, ev.RunStarted("ann", "bob"), AT) == {
        "phase": Phase.INFUSING,
        "phase_ms": AT,
        "started_ms": AT,
        "started_by": ("ann", "bob"),
        "assessed_ms": AT,
        "watched_from_ms": AT,
        "gap.proven_ms": AT,
    }


@pytest.mark.parametrize(("step", "completed"), [(1, 0), (2, 1), (3, 2)])
def test_f2_a_step_begins_with_its_goal_and_nothing_given(run: RunState, step: int, completed: int) -> None:
    """F2: what was given whole is no longer what lies above it; a dwell, and a late reaction, are over."""
    found = told(run, ev.StepBegun(step, D(7), 420_000), AT)
    expected: dict[str, object] = {
        "last_step": step,
        "goal_ml": D(7),
        "goal_ms": 420_000,
        "dwell_ms": None,
        "watched.begun": ((100, 1), (AT, step)),
        "watched.onset_step": None,
        **opened(run),
    }
    expected |= {"step": step} if step != 2 else {}
    expected |= {"completed": completed} if completed != 2 else {}
    if step == 1:
        del expected["last_step"]
    assert found == expected
    waits = replace(run, phase=Phase.WAITING_GATE, begun=False)
    entered = {"phase": Phase.INFUSING, "phase_ms": AT, "begun": True}
    assert told(waits, ev.StepBegun(step, D(7), 420_000), AT) == expected | entered


def test_f2_a_step_that_waits_for_its_bag_is_placed_and_not_begun(run: RunState) -> None:
    assert told(run, ev.StepPlaced(2), AT) == {"begun": False, "dwell_ms": None, "completed": 1}
    assert told(run, ev.StepPlaced(3), AT) == {"begun": False, "dwell_ms": None, "step": 3}


def test_f21_a_step_ends_given_whole(run: RunState) -> None:
    """F2, F21: the next one is due; after the last one the place stays."""
    ended = {"begun": False, "dwell_ms": None, **opened(run)}
    assert told(run, ev.StepEnded(2, GIVEN, 1), AT) == {"step": 3, **ended}
    assert told(replace(run, step=3), ev.StepEnded(3, GIVEN, 1), AT) == {"completed": 3, **ended}
    assert told(run, ev.StepEnded(1, GIVEN, 1), AT) == {"completed": 1, **ended}


def test_f16_a_dwell_a_shut_gate_and_a_phase(run: RunState) -> None:
    assert told(run, ev.DwellBegun(), AT) == {"dwell_ms": AT}
    assert told(run, ev.GateShut(("hr:stale",)), AT) == {"gate_shut": ("hr:stale",)}


@pytest.mark.parametrize("again", [True, False])
def test_f2_a_stretch_that_is_over_begins_again_or_is_gone(run: RunState, *, again: bool) -> None:
    """F2: again it uses up the rule once more; onto another bag the line is to be confirmed anew."""
    before = replace(run, stretch=STRETCH, resumed={"reaction:mild": 1, "operator": 4}, completed=2)
    found = told(before, ev.StretchEnded(2, GIVEN, 1, 2, again), AT)
    expected: dict[str, object] = {"begun": False, "completed": 1, "dwell_ms": None, **opened(run)}
    if again:
        expected |= {"stretch.again": 1, "resumed": {"reaction:mild": 2, "operator": 4}}
    else:
        expected |= {"stretch": None}
    assert found == expected
    onto_b = told(before, ev.StretchEnded(2, GIVEN, 1, 3, again), AT)
    del expected["completed"]
    assert onto_b == expected | {"step": 3, "line_by": ""}


@pytest.mark.parametrize("phase", list(Phase))
def test_f40_entering_a_phase_leaves_what_belongs_to_the_one_before(run: RunState, phase: Phase) -> None:
    """F40: no order is on its way any more; a hold lasts into manual, the end is marked once."""
    before = replace(run, hold=HELD, pump=replace(run.pump, pending=ORDER), phase=Phase.SWITCHING)
    after = evolve(before, ev.PhaseEntered(phase, "x"), AT)
    assert (after.phase, after.phase_ms) == (phase, AT)
    assert after.pump.pending is None
    assert after.hold == (HELD if phase in (Phase.HELD, Phase.MANUAL) else None)
    ends = phase in (Phase.AFTER_WATCH, Phase.ABORTED)
    assert after.ended_ms == (AT if ends else None)
    assert after.line_by == ("" if phase is Phase.CHECKING else "ann")
    assert after.stops == ((("gate", AT),) if phase is Phase.WAITING_GATE else ())
    later = evolve(after, ev.PhaseEntered(Phase.ABORTED, "x"), AT + 1)
    assert later.ended_ms == (AT if ends else AT + 1)


def held(state: RunState, cause: HoldCause, grade: Grade | None = None) -> RunState:
    return evolve(state, ev.Held(cause, grade, "then", "ann"), AT)


def test_f21_the_first_hold_stops_the_run_and_counts(run: RunState) -> None:
    found = told(run, ev.Held(HoldCause.OPERATOR, None, "why", "ann"), AT)
    assert found == {
        "phase": Phase.HELD,
        "phase_ms": AT,
        "hold": HoldView(AT, frozenset({HoldCause.OPERATOR}), None, ("why",)),
        "stops": (("operator", AT),),
        "dwell_ms": None,
        "watched.holds": {"operator": 1},
        "watched.held_at": (("operator", AT),),
    }


def test_f22_of_more_causes_each_counts_and_the_worst_grade_holds(run: RunState) -> None:
    """F22, F31: the run was held once; what it was first held for, and since when, stays."""
    before = replace(run, phase=Phase.HELD, hold=replace(HELD, grade=Grade.MODERATE), dwell_ms=None)
    mild = held(before, HoldCause.REACTION, Grade.MILD)
    assert mild.hold == HoldView(
        800_000, HELD.causes | {HoldCause.REACTION}, Grade.MODERATE, ("first", "then")
    )
    assert mild.hold is not None
    severe = held(mild, HoldCause.REACTION, Grade.SEVERE)
    assert severe.hold is not None
    assert severe.hold.grade is Grade.SEVERE
    assert (mild.phase_ms, mild.stops) == (77, ())
    assert (mild.last_reaction_ms, mild.reactions_at) == (AT, {1: 1})
    assert severe.reactions_at == {1: 1}, "one hold, one reaction"
    assert severe.watched.holds == {"reaction": 1}


def test_f21_a_reaction_counts_at_the_step_it_belongs_to(run: RunState) -> None:
    """F21: told late, the step it began in; in the next hold of that step it is the second."""
    first = held(replace(run, reactions_at={1: 1, 3: 2}), HoldCause.REACTION, Grade.MILD)
    assert first.reactions_at == {1: 2, 3: 2}
    assert held(run, HoldCause.VITALS).reactions_at == {}
    assert held(run, HoldCause.VITALS).last_reaction_ms is None


@pytest.mark.parametrize("phase", [Phase.MANUAL, Phase.AFTER_WATCH, Phase.PLANNED])
def test_f8_where_nothing_is_driven_a_hold_is_remembered_and_changes_no_phase(
    run: RunState, phase: Phase
) -> None:
    after = held(replace(run, phase=phase), HoldCause.REACTION, Grade.MILD)
    assert (after.phase, after.phase_ms, after.stops) == (phase, 77, ())
    assert after.hold is not None


def resumed(gap_ms: int | None = 0, step: int = 2, stretch: Stretch | None = None) -> ev.Resumed:
    choice = Choice(ChoiceKind.SAME_STEP)
    return ev.Resumed(choice, step, gap_ms, GapAction.CONTINUE, "ann", "", "well", stretch)


def test_f21_who_goes_on_uses_every_rule_of_the_hold_once(run: RunState) -> None:
    """F21, F22, F8: of the reaction by its grade; a hand may be stopped once more, failures are forgotten."""
    hold = HoldView(1, frozenset({HoldCause.REACTION, HoldCause.OPERATOR}), Grade.MILD, ())
    pump = replace(run.pump, hand_stops=1, failures=2)
    before = replace(run, phase=Phase.HELD, hold=hold, pump=pump, resumed={"operator": 1})
    before = replace(before, line=replace(before.line, asked=True), undated=frozenset({"B"}))
    assert told(before, resumed(stretch=STRETCH), AT) == {
        "hold": None,
        "stretch": STRETCH,
        "resumed": {"operator": 2, "reaction:mild": 1},
        "watched.onset_step": None,
        "line.asked": False,
        "pump.hand_stops": 0,
        "pump.failures": 0,
    }
    onto_b = evolve(before, resumed(step=3), AT)
    assert (onto_b.step, onto_b.line_by, onto_b.hung) == (3, "", "A")


def test_f20_a_bag_whose_age_nobody_knows_does_not_hang_any_more(run: RunState) -> None:
    before = replace(run, phase=Phase.HELD, hold=HELD, undated=frozenset({"A"}))
    after = evolve(before, resumed(), AT)
    assert (after.hung, after.line_by) == (None, "")
    assert after.bag_given("A") == before.bag_given("A")


@pytest.mark.parametrize(
    ("gap_ms", "granted"),
    [(0, 0), (5 * MIN - 1, 0), (5 * MIN, 1), (20 * MIN, 2), (60 * MIN, 3), (99 * MIN, 3), (None, 3)],
)
def test_f19_going_on_was_granted_by_the_strictest_rule_of_the_gap(
    run: RunState, gap_ms: int | None, granted: int
) -> None:
    """F19, F20: on a shared bound the stricter one; an unknown gap by the strictest of all."""
    rules = run.plan.rules.gap.rules
    after = evolve(replace(run, phase=Phase.HELD, hold=HELD), resumed(gap_ms), AT)
    assert after.gap.granted == rules[granted].strictness


def test_f19_a_gap_that_is_over_counts_for_its_window(run: RunState) -> None:
    """F19: of 60 minutes; one of a change of pumps is none, and nothing granted lasts beyond it."""
    window = 60 * MIN
    at = 10 * window
    old, young = (1, at - window), (2, at - window + 1)
    gap = replace(run.gap, open_from_ms=5, closed=(old, young), unknown=True, granted=(2, 1))
    before = replace(run, gap=gap)
    ended: dict[str, Any] = {"gap.open_from_ms": None, "gap.unknown": False, "gap.granted": (0, 0)}
    found = told(before, ev.GapClosed(5, at), at)
    assert found == ended | {"gap.closed": (young, (5, at))}
    assert told(before, ev.GapClosed(5, at, switch=True), at) == ended | {"gap.closed": (young,)}
