"""What each fact of an alarm changes in what is shown and heard, field by field ((A) A3, A4, F9, F40)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.engine import events as ev
from daemon.engine import events_alarms as eva
from daemon.engine.alarm_view import AlarmView, AudioView
from daemon.engine.evolve import evolve
from daemon.engine.state import RunState
from tests.engine.facts import told
from tests.engine.stories import infusing

STOP = "stop_not_confirmed"
ONE = AlarmView(
    100,
    "first",
    acknowledged_by="ann",
    acknowledged_ms=150,
    signs=frozenset({"hr"}),
    called_ms=120,
    escalated=1,
    ward_by="eve",
    ward_station="desk",
    ward_feed="mqtt",
)
FLAPS_MS = 30_000
"""Away for less, and back with the same words, it is the same occurrence."""


@pytest.fixture(scope="module")
def quiet() -> RunState:
    """No alarm; the sound at the bed is paused."""
    return replace(infusing().state, audio=AudioView("ann", 9_000), alarms={}, ended={})


def sounding(state: RunState, *alarms: str) -> RunState:
    return replace(state, alarms=dict.fromkeys(alarms, ONE), audio=AudioView())


def test_a3_a_pause_begins_and_ends(quiet: RunState) -> None:
    heard = replace(quiet, audio=AudioView())
    paused = {"audio.paused_by": "bob", "audio.until_ms": 700}
    assert told(heard, eva.AudioPaused(700, "bob"), 500) == paused
    assert told(quiet, eva.AudioPauseEnded(), 500) == {"audio.paused_by": "", "audio.until_ms": None}


def test_a3_a_new_alarm_is_shown_and_ends_the_pause(quiet: RunState) -> None:
    """(A) A3: it waits for an answer from now; one of that name that was over is gone."""
    before = replace(quiet, ended={"hand_less": replace(ONE, ended_ms=200)})
    assert told(before, eva.AlarmRaised("hand_less", "new", ("hr", "spo2")), 500) == {
        "alarms": {"hand_less": AlarmView(500, "new", signs=frozenset({"hr", "spo2"}), called_ms=500)},
        "ended": {},
        "audio.paused_by": "",
        "audio.until_ms": None,
    }


@pytest.mark.parametrize("latched", [True, False])
def test_an_alarm_that_is_over_is_shown_on(quiet: RunState, *, latched: bool) -> None:
    before = replace(quiet, alarms={"hand_less": ONE})
    over = replace(ONE, ended_ms=500, latched=latched)
    found = told(before, eva.AlarmEnded("hand_less", latched), 500)
    assert found == {"alarms": {}, "ended": {"hand_less": over}}
    assert told(quiet, eva.AlarmEnded("hand_less", latched), 500) == {}


def test_an_alarm_that_is_cleared_or_reset_is_gone_and_no_other(quiet: RunState) -> None:
    over = replace(ONE, ended_ms=200, latched=True)
    before = replace(quiet, alarms={"hand_less": ONE, "observing": ONE}, ended={"unlimited": over})
    assert told(before, eva.AlarmCleared("hand_less"), 500) == {"alarms": {"observing": ONE}}
    assert told(before, eva.AlarmReset("unlimited", "ann"), 500) == {"ended": {}}


@pytest.mark.parametrize(
    ("alarm", "away_ms", "detail", "same"),
    [
        ("pump_warning", FLAPS_MS - 1, "first", True),
        ("pump_warning", FLAPS_MS, "first", False),
        ("pump_warning", FLAPS_MS - 1, "other", False),
        ("held_operator", FLAPS_MS - 1, "first", False),
    ],
)
def test_a12_what_flaps_stays_acknowledged_and_what_is_news_sounds(
    quiet: RunState, alarm: str, away_ms: int, detail: str, *, same: bool
) -> None:
    """(A) A12: shown as lasting, the occurrence it was; only a row that may flap is no news."""
    over = replace(ONE, ended_ms=1_000, latched=True)
    before = replace(quiet, ended={alarm: over})
    at = 1_000 + away_ms
    back = replace(over, ended_ms=None, latched=False, detail=detail)
    if not same:
        back = replace(back, acknowledged_by="", acknowledged_ms=None, called_ms=at, ward_by="")
    expected: dict[str, object] = {"alarms": {alarm: back}, "ended": {}}
    if not same:
        expected |= {"audio.paused_by": "", "audio.until_ms": None}
    assert told(before, eva.AlarmReturned(alarm, detail), at) == expected


def test_what_was_never_over_does_not_return(quiet: RunState) -> None:
    assert told(quiet, eva.AlarmReturned("hand_less", "x"), 500) == {}


ANSWERS = [
    (
        eva.AlarmAcknowledged("A", "bob"),
        {"acknowledged_by": "bob", "acknowledged_ms": 500, "signs": frozenset()},
    ),
    (eva.AcknowledgementEnded("A"), {"acknowledged_by": "", "acknowledged_ms": None, "called_ms": 500}),
    (eva.AlarmEscalated("A", 2), {"escalated": 2, "called_ms": 500}),
    (
        eva.AcknowledgedAtWard("A", "flo", "hall", "hl7"),
        {"ward_by": "flo", "ward_station": "hall", "ward_feed": "hl7"},
    ),
]


@pytest.mark.parametrize(("event", "changes"), ANSWERS)
def test_a4_an_answer_changes_that_alarm_alone(
    quiet: RunState, event: ev.Event, changes: dict[str, object]
) -> None:
    """(A) A4: lasting or over; one that is not there is nobody's."""
    after = replace(ONE, **changes)  # type: ignore[arg-type]
    lasting = replace(quiet, alarms={"A": ONE, "B": ONE})
    assert told(lasting, event, 500) == {"alarms": {"A": after, "B": ONE}}
    over = replace(ONE, ended_ms=200, latched=True)
    shown = replace(quiet, ended={"A": over, "B": over})
    ended = replace(over, **changes)  # type: ignore[arg-type]
    assert told(shown, event, 500) == {"ended": {"A": ended, "B": over}}
    assert told(quiet, event, 500) == {}


def test_a4_what_came_over_a_lost_feed_is_no_answer_any_more(quiet: RunState) -> None:
    """(A) A4: of that feed alone; without a name, over any."""
    other = replace(ONE, ward_feed="hl7")
    nobody = replace(ONE, ward_by="", ward_feed="mqtt")
    over = replace(ONE, ended_ms=200)
    before = replace(quiet, alarms={"A": ONE, "B": other, "C": nobody}, ended={"D": over})
    blank = {"ward_by": "", "ward_station": "", "ward_feed": "", "called_ms": 500}
    gone = replace(ONE, **blank)  # type: ignore[arg-type]
    late = replace(over, **blank)  # type: ignore[arg-type]
    found = told(before, eva.WardAcknowledgementsRevoked("mqtt", "gone"), 500)
    assert found == {"alarms": {"A": gone, "B": other, "C": nobody}, "ended": {"D": late}}
    every = told(before, eva.WardAcknowledgementsRevoked("", "gone"), 500)
    assert every["alarms"] == {"A": gone, "B": replace(other, **blank), "C": nobody}  # type: ignore[arg-type]


@pytest.mark.parametrize("alarm", [STOP, "stop_by_hand"])
def test_f40_since_when_a_stop_is_silent_and_when_it_was_heard_again(quiet: RunState, alarm: str) -> None:
    """F40: silent while paused or acknowledged; the first moment counts, and the alarm's end ends it."""
    fresh = replace(ONE, acknowledged_by="", acknowledged_ms=None)
    heard = replace(quiet, alarms={alarm: fresh}, audio=AudioView())
    paused = evolve(heard, eva.AudioPaused(9_000, "ann"), 500)
    assert paused.audio == AudioView("ann", 9_000, hushed_ms=500)
    both = evolve(paused, eva.AlarmAcknowledged(alarm, "ann"), 600)
    assert both.audio.hushed_ms == 500
    still = evolve(both, eva.AudioPauseEnded(), 700)
    assert still.audio == AudioView(hushed_ms=500)
    again = evolve(still, eva.AcknowledgementEnded(alarm), 800)
    assert again.audio == AudioView(heard_ms=800)
    assert evolve(again, eva.AlarmEscalated(alarm, 1), 850).audio == AudioView(heard_ms=800)
    assert evolve(again, eva.AlarmCleared(alarm), 900).audio == AudioView()
    assert evolve(paused, eva.AlarmCleared(alarm), 900).audio == AudioView("ann", 9_000)
    silent = evolve(sounding(quiet, "hand_less"), eva.AudioPaused(9_000, "ann"), 500)
    assert silent.audio.hushed_ms is None, "any other alarm may be paused"


def test_a4_a_new_process_pauses_nothing_and_has_nobodys_answer(quiet: RunState) -> None:
    before = replace(quiet, alarms={"A": ONE})
    after = evolve(before, ev.Restarted(gap_known=True), 500)
    assert after.audio == AudioView()
    assert after.alarms["A"] == replace(ONE, ward_by="", ward_station="", ward_feed="", called_ms=500)
