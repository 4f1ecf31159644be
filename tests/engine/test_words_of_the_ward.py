"""What the feeds say of themselves and of the ward, and what it changes at the bed ((A) A4, A5, A11, F9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarm_view import AlarmView
from daemon.engine.decide import decide
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from tests.engine.stories import in_phase

RINGS = AlarmView(100, "x")
OVER = AlarmView(100, "x", ended_ms=200, latched=True)


@pytest.fixture(scope="module")
def run() -> RunState:
    """Nothing is under way at this bed; one alarm lasts and another one is shown on."""
    state = in_phase(Phase.PLANNED).state
    return replace(state, alarms={"hand_less": RINGS}, ended={"held_reaction": OVER})


def after(state: RunState, given: inp.Input) -> tuple[ev.Event, ...]:
    return decide(state, given, state.at_ms).events


def test_a11_a_lost_feed_is_an_alarm_at_the_bed_until_all_are_heard_again(run: RunState) -> None:
    lost = decide(run, inp.FeedsLost("mqtt: gone"), run.at_ms).state
    assert lost.alarms["feed_lost"].detail == "mqtt: gone"
    assert "feed_lost" not in decide(lost, inp.FeedsBack(), run.at_ms).state.alarms


def test_a5_an_alarm_no_station_confirms_is_told_until_each_is_confirmed_or_over(run: RunState) -> None:
    told = decide(run, inp.AlarmsUnconfirmed("hand_less"), run.at_ms).state
    assert told.alarms["feed_unconfirmed"].detail == "hand_less"
    assert "feed_unconfirmed" not in decide(told, inp.AlarmsUnconfirmed(""), run.at_ms).state.alarms


@pytest.mark.parametrize(
    ("key", "alarm"),
    [
        ("hand_less-100", "hand_less"),
        ("held_reaction-100", "held_reaction"),
        ("hand_less-101", ""),  # an earlier or later occurrence
        ("observing-100", ""),
    ],
)
def test_a4_the_ward_acknowledges_the_very_occurrence_it_names(run: RunState, key: str, alarm: str) -> None:
    """(A) A4, F9: with who, where and over which feed; said again by the same it is no news."""
    given = inp.WardAcknowledged(key, "eve", "desk", "mqtt")
    expected = (ev.AcknowledgedAtWard(alarm, "eve", "desk", "mqtt"),) if alarm else ()
    assert after(run, given) == expected
    known = decide(run, given, run.at_ms).state
    assert after(known, given) == ()
    for other in (replace(given, by="flo"), replace(given, station="hall")):
        assert len(after(known, other)) == len(expected)


def test_a4_acknowledgements_over_a_feed_that_is_not_heard_count_no_more(run: RunState) -> None:
    gone = inp.WardUnheard("mqtt", "silent")
    revoked = (ev.WardAcknowledgementsRevoked("mqtt", "silent"),)
    assert after(run, gone) == ()
    for key in ("hand_less-100", "held_reaction-100"):
        said = decide(run, inp.WardAcknowledged(key, "eve", "desk", "mqtt"), run.at_ms).state
        assert after(said, gone) == revoked
        assert after(said, inp.WardUnheard("hl7", "silent")) == ()
    feed = replace(run, alarms={"hand_less": replace(RINGS, ward_feed="mqtt")})
    assert after(feed, gone) == (), "nobody has acknowledged it"
