"""Table (A) A1, A12: delay, latching and time off of every row, read a second time, and what they do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.alarm_view import AlarmView
from daemon.engine.alarms import CATALOGUE
from daemon.engine.draft import Draft
from daemon.engine.sounding import settle
from daemon.engine.state import RunState
from tests.engine.states import raised
from tests.engine.test_alarm_table import row
from tests.engine.test_course_of_a_step import running

NOW = 900_000
DELAYS = {
    **dict.fromkeys(("held_reaction", "held_vitals", "reaction_late"), "limits.for_s"),
    **dict.fromkeys(("vitals_manual", "vitals_after"), "limits.for_s"),
    "held_monitor_lost": "signals.missing_hold_s",
    "sources_disagree": "disagreement.for_s",
    "sound_lost": "sound.lost_s",
    "stop_not_confirmed": "2",
    "held_journal": "2",
    "journal_broken": "2",
    "pump_lost": "5",
    "feed_lost": "10",
    "feed_unconfirmed": "5",
}
"""What takes time to tell; every other row is decided with the first reading or fact that shows it."""
LATCHED = {
    "runs_unrecorded": "drug may have gone in that no record shows",
    "sound_lost": "an alarm may have been heard by nobody",
    "journal_broken": "the record may lack what was done",
}
"""Over before anybody came, it leaves something behind that nothing else shows."""
FLAPPING = {
    *("runs_unrecorded", "pump_silent", "pump_lost", "order_failed", "monitor_silent"),
    *("volume_time_differ", "pump_warning"),
    *("sound_lost", "feed_lost", "feed_unconfirmed", "journal_broken"),
}
"""Conditions of a link, a value or a disk: they come and go by themselves."""
OFF_MS = 30_000


def over(alarm: str) -> list[ev.Event]:
    """What its end says where the bed file is silent."""
    draft = Draft(raised(running(), alarm), NOW)
    draft.clear(alarm)
    return draft.events


def test_a1_what_is_not_decided_at_once_and_after_how_long() -> None:
    """(A) A1: seconds, or the key that orders them; 0 for all others."""
    assert {alarm: row(alarm).decided for alarm in CATALOGUE} == {
        alarm: DELAYS.get(alarm, "0") for alarm in CATALOGUE
    }
    assert DELAYS.keys() <= CATALOGUE.keys()


@pytest.mark.parametrize("alarm", CATALOGUE)
def test_a1_what_stays_shown_where_the_site_says_nothing(alarm: str) -> None:
    """(A) A1: latched until a named person resets it; shown for a while; or gone with its condition."""
    if alarm in LATCHED:
        end: ev.Event = ev.AlarmEnded(alarm, latched=True)
    elif alarm in FLAPPING:
        end = ev.AlarmEnded(alarm, latched=False)
    else:
        end = ev.AlarmCleared(alarm)
    assert over(alarm) == [end]


def faded(alarm: str, gone_ms: int, factor: int = 1) -> bool:
    """It is taken off by itself so long after its condition has gone."""
    state: RunState = replace(
        running(), wire_factor=Decimal(factor), ended={alarm: AlarmView(1, "x", ended_ms=NOW - gone_ms)}
    )
    draft = Draft(state, NOW)
    settle(draft)
    return ev.AlarmCleared(alarm) in draft.events


@pytest.mark.parametrize("alarm", sorted(FLAPPING))
@pytest.mark.parametrize("factor", [1, 20])
def test_a12_what_flaps_is_over_when_it_has_been_away_for_30_seconds(alarm: str, factor: int) -> None:
    """(A) A12: not one millisecond earlier, and of a person's seconds where a simulation runs faster."""
    assert not faded(alarm, OFF_MS * factor - 1, factor)
    assert faded(alarm, OFF_MS * factor, factor)


@pytest.mark.parametrize("away_ms", [OFF_MS - 1, OFF_MS])
def test_a12_within_30_seconds_it_is_what_was_acknowledged(away_ms: int) -> None:
    """(A) A12: later it is news, also where it is still shown."""
    before = AlarmView(1, "x", acknowledged_by="N. Nurse", acknowledged_ms=2, ended_ms=NOW - away_ms)
    draft = Draft(replace(running(), ended={"feed_lost": before}), NOW)
    draft.alarm("feed_lost", "x")
    assert draft.state.alarms["feed_lost"].acknowledged_by == ("N. Nurse" if away_ms < OFF_MS else "")


@pytest.mark.parametrize("alarm", CATALOGUE)
def test_a_row_says_what_is_not_known_only_where_something_is_not(alarm: str) -> None:
    kind = CATALOGUE[alarm]
    assert kind.text.count("Not known: ") == (1 if kind.unknown else 0)
    assert f"Not known: {kind.unknown}" in kind.text or not kind.unknown
