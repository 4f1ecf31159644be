"""Drug-free time in numbers: present gap, window, which rule holds, how long it may go on (F19, F20)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from daemon.engine import events as ev
from daemon.engine import gap, patient_end
from daemon.engine.account import Odometer, Span
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import GapView, RunState, Standby
from daemon.protocols.rules import GapAction, GapRule
from drivers.values import Motion
from tests.engine.stories import in_phase, infusing

D = Decimal
MIN = 60_000


@cache
def _held() -> RunState:
    return in_phase(Phase.HELD).state


def gone(**view: object) -> RunState:
    return replace(_held(), gap=GapView(**view))  # type: ignore[arg-type]


def test_f19_the_present_gap_counts_from_its_opening() -> None:
    assert gap.current_ms(gone(proven_ms=0, open_from_ms=None), 9 * MIN) == 0
    assert gap.current_ms(gone(proven_ms=0, open_from_ms=2 * MIN), 9 * MIN) == 7 * MIN
    assert gap.current_ms(gone(proven_ms=0, open_from_ms=2 * MIN), MIN) == 0


def test_f20_time_without_drug_by_the_engines_own_clock() -> None:
    """F20: from the gap's opening, or from the last proven instant; 0 where nothing was ever proven."""
    assert gap.proven_ms(gone(), 9 * MIN) == 0
    assert gap.proven_ms(gone(proven_ms=3 * MIN), 9 * MIN) == 6 * MIN
    assert gap.proven_ms(gone(proven_ms=3 * MIN, open_from_ms=2 * MIN), 9 * MIN) == 7 * MIN
    assert gap.proven_ms(gone(proven_ms=0), 0) == 0
    assert gap.proven_ms(gone(proven_ms=3 * MIN), MIN) == 0


@pytest.mark.parametrize(
    ("opened", "closed", "now", "judged"),
    [
        (None, ((10, 12), (20, 23)), 60, 5),
        (58, ((10, 12), (20, 23)), 60, 7),
        (58, ((10, 12), (20, 23)), 71, 17),
        (58, ((10, 12), (20, 23)), 81, 25),
        (30, (), 100, 70),
        (30, ((10, 12),), 100, 70),
        (39, ((38, 39),), 99, 60),
        (40, ((38, 40),), 99, 60),
    ],
)
def test_f19_gaps_of_the_last_hour_are_judged_together(
    opened: int | None, closed: tuple[tuple[int, int], ...], now: int, judged: int
) -> None:
    """F19 (b), minutes: what lies within the window, and at least the present gap however long."""
    ms = tuple((start * MIN, end * MIN) for start, end in closed)
    state = gone(proven_ms=0, open_from_ms=None if opened is None else opened * MIN, closed=ms)
    assert gap.judged_ms(state, now * MIN) == judged * MIN


def test_f20_an_unknown_gap_is_judged_as_the_longest() -> None:
    known = gone(proven_ms=0, open_from_ms=0)
    assert gap.judge(known, MIN).action is GapAction.CONTINUE
    assert gap.judge(replace(known, gap=replace(known.gap, unknown=True)), MIN).action is GapAction.ABANDON


def test_f19_how_long_the_run_may_simply_go_on() -> None:
    """F19: five minutes in this plan; without an end for ever; where none may, it stopped as it began."""
    assert gap.continue_left_ms(gone(proven_ms=0, open_from_ms=0), MIN) == 4 * MIN
    assert gap.continue_left_ms(gone(proven_ms=0, open_from_ms=0), 6 * MIN) == -MIN
    state = gone(proven_ms=0, open_from_ms=0)

    def ordering(*rules: GapRule) -> RunState:
        ordered = replace(state.plan.rules, gap=replace(state.plan.rules.gap, rules=rules))
        return replace(state, plan=replace(state.plan, rules=ordered))

    forever = ordering(GapRule(D(0), None, GapAction.CONTINUE))
    assert gap.continue_left_ms(forever, MIN) is None
    at_once = ordering(GapRule(D(0), None, GapAction.START_OVER))
    assert gap.continue_left_ms(at_once, MIN) == -MIN
    twice = ordering(
        GapRule(D(0), D(5), GapAction.CONTINUE),
        GapRule(D(5), D(9), GapAction.CONTINUE),
        GapRule(D(9), None, GapAction.ABANDON),
    )
    assert gap.continue_left_ms(twice, MIN) == 8 * MIN


@pytest.mark.parametrize(("minutes", "action"), [("5", "back"), ("4.99", "continue"), ("20", "start_over")])
def test_f19_on_a_shared_bound_the_stricter_rule_holds(minutes: str, action: str) -> None:
    assert gap.rule_for(gone(), int(D(minutes) * MIN)).action == action


def test_f23_the_slowest_pump_of_the_bed_bounds_a_switch() -> None:
    """F23: five seconds for this pump, of a slower wire more."""
    state = replace(gone(), wire_factor=D(1))
    assert gap.switch_limit_ms(state) == 5_000
    assert gap.switch_limit_ms(replace(state, wire_factor=D(3))) == 15_000


NONE = Span(D(0), D(0))


def delivering(
    shown: str = "1", *, from_ms: int = 10_000, read_ms: int = 70_000, opened: int | None = 0, **view: object
) -> RunState:
    """Infusing again since 10 s after a gap that opened at 0; now the counter shows so much."""
    state = _running()
    gap_view = GapView(
        proven_ms=0,
        open_from_ms=opened,
        delivering_from_ms=from_ms,
        delivering_from_ml=D("0.5"),
        **view,  # type: ignore[arg-type]
    )
    pump = replace(state.pump, odometer=Odometer(D(shown), NONE, D("0.1")), read_ms=read_ms)
    return replace(state, phase=Phase.INFUSING, wire_factor=D(1), pump=pump, gap=gap_view)


@cache
def _running() -> RunState:
    return infusing(60).state


def closed(state: RunState, now: int = 80_000) -> list[ev.Event]:
    draft = Draft(state, now)
    gap.settle(draft)
    return draft.events


@pytest.mark.parametrize(
    ("shown", "read_ms", "ends"),
    [("1", 70_000, 1), ("1", 69_999, 0), ("0.6", 70_000, 1), ("0.59", 70_000, 0), ("0.5", 900_000, 0)],
)
def test_f19_a_gap_ends_after_sixty_seconds_and_one_unit(shown: str, read_ms: int, *, ends: int) -> None:
    """F19: both proven, to the millisecond and the unit; it lasted until delivery began."""
    told = closed(delivering(shown, read_ms=read_ms))
    assert told == ([ev.GapClosed(0, 10_000, switch=False)] if ends else [])


def test_f19_where_no_gap_is_open_none_ends() -> None:
    assert closed(delivering(opened=None)) == []


def test_f20_an_unknown_gap_ends_with_proven_delivery_of_a_run_that_is_driven() -> None:
    """F20: it is as long as nothing; a person must have confirmed what runs."""
    ran_on = delivering(opened=None, unknown=True)
    assert closed(ran_on) == [ev.GapClosed(10_000, 10_000, switch=False)]
    for phase in (Phase.OBSERVING, Phase.HELD):
        assert closed(replace(ran_on, phase=phase)) == []
    assert closed(delivering("0.5", opened=None, unknown=True)) == []


@pytest.mark.parametrize(
    ("switched", "from_ms", "is_switch"),
    [
        (None, 5_000, 0),
        (0, 5_000, 1),
        (2_000, 5_000, 1),
        (5_000, 5_000, 1),
        (5_001, 5_000, 0),
        (-1, 5_000, 0),
        (2_000, 5_001, 0),
    ],
)
def test_f23_a_gap_in_which_another_pump_took_over_is_none_if_it_was_short(
    switched: int | None, from_ms: int, *, is_switch: int
) -> None:
    """F23: five seconds at most, and the taking over lies inside."""
    state = delivering(from_ms=from_ms, switched_ms=switched)
    assert closed(state) == [ev.GapClosed(0, from_ms, switch=bool(is_switch))]
    late = replace(state, gap=replace(state.gap, open_from_ms=100_000, delivering_from_ms=100_000 + from_ms))
    late = replace(late, pump=replace(late.pump, read_ms=300_000))
    if switched is not None:
        late = replace(late, gap=replace(late.gap, switched_ms=100_000 + switched))
    assert closed(late, 300_000) == [ev.GapClosed(100_000, 100_000 + from_ms, switch=bool(is_switch))]


def test_f19_the_alarm_of_a_gap_ends_with_it() -> None:
    state = delivering()
    draft = Draft(state, 80_000)
    draft.alarm("gap_running", "test")
    gap.settle(draft)
    assert "gap_running" not in draft.state.alarms


def beside(state: RunState, seconds: str) -> RunState:
    """The same bed with a second pump that takes so long to take over."""
    caps = replace(state.caps, switch_limit_s=D(seconds))
    fitted = replace(state.fitted, name="other", caps=caps)
    return replace(state, others={"other": Standby(fitted, replace(state.pump, reading=None))})


def test_f23_of_two_pumps_the_slower_bounds_a_switch() -> None:
    state = replace(gone(), wire_factor=D(1))
    assert gap.switch_limit_ms(beside(state, "8")) == 8_000
    assert gap.switch_limit_ms(beside(state, "3")) == 5_000


@pytest.mark.parametrize(
    ("minutes", "judged_min", "held"), [(4, 0, 0), (6, 0, 1), (6, 6, 0), (19, 6, 0), (21, 6, 1), (61, 21, 1)]
)
def test_f19_no_drug_at_the_patient_is_held_once_more_is_ordered_than_was_judged(
    monkeypatch: pytest.MonkeyPatch, minutes: int, judged_min: int, *, held: int
) -> None:
    """F19: the pump runs and pushes fluid without drug; a person went on when the gap was so long."""
    monkeypatch.setattr(patient_end, "dry", lambda *_: True)
    rules = _running().plan.rules.gap
    view = GapView(proven_ms=0, open_from_ms=0, granted=patient_end.granted(rules, judged_min * MIN))
    state = replace(_running(), gap=view)
    now = minutes * MIN
    draft = Draft(state, now)
    gap.settle(draft)
    assert (draft.state.phase is Phase.HELD) is bool(held)
    assert state.pump.reading is not None
    stands = replace(state.pump, reading=replace(state.pump.reading, motion=Motion.STOPPED))
    assert closed(replace(state, pump=stands), now) == []
    assert closed(replace(state, phase=Phase.OBSERVING), now) == []
    monkeypatch.setattr(patient_end, "dry", lambda *_: False)
    assert closed(state, now) == []
