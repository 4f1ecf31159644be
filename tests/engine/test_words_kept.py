"""Words and defaults that stand in records and on pages: an older file, a reader say the same (F8, F29)."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarm_view import AlarmView
from daemon.engine.bedside import Check
from daemon.engine.decide import decide
from daemon.engine.doubts import DoubtView
from daemon.engine.events_pump import OrderKind
from daemon.engine.hand_view import STOP_OVERDUE, HandView
from daemon.engine.inputs_alarms import PAUSE_MAX_MIN, PauseAudio
from daemon.engine.line import Handling
from daemon.engine.phases import Mode, Phase
from daemon.engine.state import GapView, LimitView, RunState
from daemon.engine.watched import Agreement, ApartView, SignalView, WatchedView
from tests.engine.stories import in_phase

D = Decimal
STATUS = (Path(__file__).parents[2] / "docs" / "reference" / "status-json.md").read_text(encoding="utf-8")


@pytest.fixture
def run() -> RunState:
    """Just opened."""
    return in_phase(Phase.PLANNED).state


def row(key: str) -> str:
    """What the page says of a key of the whole status."""
    (found,) = re.findall(
        rf"^\| `{key}` \| (.*) \|$", STATUS.partition("## `infusiond status --json`")[2], re.MULTILINE
    )
    return str(found)


@pytest.mark.parametrize(("key", "kind"), [("mode", Mode), ("phase", Phase)])
def test_f8_every_word_of_the_page_is_one_of_the_engine(run: RunState, key: str, kind: type[StrEnum]) -> None:
    """F8: in the order of the page; the sentence after them speaks of one of them again."""
    words = row(key).partition(". ")[0]
    assert re.findall(r'"([^"]+)"', words) == [one.value for one in kind]
    assert str(getattr(run, key)).lower() in ("planned", "ready")


def test_f12_the_checks_of_the_page_are_those_of_the_engine(run: RunState) -> None:
    assert run.bedside.checked == {}
    assert re.findall(r"`(\w+)`", row("checks")) == [one.value for one in Check]


def test_f29_words_of_the_record_stay(run: RunState) -> None:
    """F29: a run that is taken up from its journal was written with these."""
    assert (run.pump.pending, run.watched.apart) == (None, {})
    assert [one.value for one in OrderKind] == ["start", "change", "renew", "disarm", "program"]
    assert [one.value for one in Agreement] == ["apart", "told", "together", "over"]


def test_f29_what_a_record_leaves_out_is_the_plain_case(run: RunState) -> None:
    """F29: no cuff, no switch, no valves, nobody's bench, said now."""
    assert not run.bench
    assert not ev.VitalsSeen({}).cuff_measuring
    assert ev.VitalsEntered({}, "ann").minutes_ago == 0
    assert not ev.GapClosed(1, 2).switch
    assert not ev.LineConfirmed("ann", Handling.CONNECTED, D(0)).valves
    assert not ev.RunOpened.__dataclass_fields__["bench"].default


def test_what_a_person_does_not_say_is_the_plain_case(run: RunState) -> None:
    """A code typed and not scanned, no epinephrine, a reaction now, valves not seen; the pause of (A) A3."""
    fields = {
        (inp.ConfirmSolution, "scanned"): False,
        (inp.ReportReaction, "epinephrine"): False,
        (inp.ReportReaction, "minutes_ago"): 0,
        (inp.ConfirmLine, "valves"): False,
        (inp.OrderFailed, "half"): False,
        (PauseAudio, "minutes"): 2,
    }
    for (kind, name), value in fields.items():
        assert kind.__dataclass_fields__[name].default == value, f"{kind.__name__}.{name}"  # type: ignore[attr-defined]
    assert PAUSE_MAX_MIN == 10
    paused = decide(run, PauseAudio("1", "ann"), run.at_ms).state
    assert paused.audio.until_ms in (None, run.at_ms + 120_000)


def test_f40_a_run_that_was_just_opened_has_nothing_behind_it(run: RunState) -> None:
    """F40, F35: step 1 is not begun, no limit is known not to be crossed, disk and clock are believed."""
    state = run
    assert (state.step, state.begun, state.last_step, state.completed, state.goal_ms) == (1, False, 1, 0, 0)
    assert (state.watched_from_ms, state.orders, state.bench) == (0, 0, False)
    assert (state.journal_ok, state.clock_trusted) == (True, True)
    assert state.gap == GapView(None, None, None, granted=(0, 0), unknown=False)
    assert state.gap.granted == (0, 0)
    assert not state.gap.unknown
    assert LimitView().excluded
    bare = type(state).__dataclass_fields__
    assert [bare[name].default for name in ("at_ms", "phase_ms", "screen")] == [0, 0, 0]
    bedside = type(state.bedside).__dataclass_fields__
    assert [bedside[name].default for name in ("patient_due", "vitals_due", "wrong_codes")] == [
        False,
        False,
        0,
    ]


def test_f27_f32_what_was_just_seen_for_the_first_time_says_no_more_than_that(run: RunState) -> None:
    assert run.pump.hand == HandView()
    hand = HandView()
    assert (hand.told, hand.right, hand.off, hand.shown) == (False, 0, 0, None)
    assert not SignalView().by_hand
    assert (ApartView(5).told, ApartView(5).together_ms) == (False, None)
    alarm = AlarmView(5, "x")
    assert (alarm.called_ms, alarm.escalated, alarm.latched, alarm.ended_ms) == (0, 0, False, None)
    assert (WatchedView().grade, DoubtView().pressure_step, DoubtView().pressure_facts) == (None, 0, 0)
    assert {"stop_not_confirmed", "stop_by_hand"} == STOP_OVERDUE


def test_f8_f20_of_a_pump_that_was_never_read_nothing_is_known(run: RunState) -> None:
    """F8, F20: neither that it stands nor that it answers; nothing was asked of it and nothing failed."""
    pump = run.pump
    assert not any((pump.linked, pump.silent_long, pump.certain, pump.compare, pump.stopped, pump.disarmed))
    assert (pump.unsent, pump.failures, pump.hand_stops) == (0, 0, 0)
    assert (pump.read_ms, pump.approved_ms, pump.pending_ms, pump.still_to_ms) == (0, 0, 0, 0)
    assert (pump.reading, pump.approved, pump.pending, pump.stop_ms, pump.still_from_ms) == (None,) * 5
