"""Table (A) A2 to A5, F40: what persons and time do to the signals of alarms, and not to the run."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from daemon.control.audible import loudest
from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarm_kind import FLAPS_S, Priority
from daemon.engine.alarms import CATALOGUE
from daemon.engine.phases import Phase
from daemon.engine.sounding import HEARD_MS
from drivers.values import Signal
from simulators.campaign.engine.world import World
from tests.engine.stories import infusing

NO_FEED = inp.FeedsLost("mqtt: no broker")
NO_SOUND = inp.SoundLost("no answer")
SOUND = inp.SoundAlive("terminal")
TIMES = 50
TURN_MS = 2_000
"""What one turn takes at the most while the pump does not answer."""


def shown(world: World, alarm: str) -> dict[str, Any]:
    """The alarm as status, pages and feeds show it; empty = it is not."""
    found = [one for one in view(world.state, world.now)["alarms"] if one["id"] == alarm]
    return found[0] if found else {}


def sounds(world: World) -> Priority | None:
    """What is heard at the bed."""
    return loudest(view(world.state, world.now))


def held() -> World:
    """Held by a person, for a reason of HIGH priority."""
    world = infusing()
    world.vitals[Signal.HR] = Decimal(170)
    world.run(60_000)
    assert shown(world, "held_vitals")
    return world


def unstoppable() -> World:
    """STOP is not confirmed, and nothing else comes or goes."""
    world = infusing()
    world.channel.link_up = False
    world.do(inp.HoldNow, reason="")
    world.run(10_000)
    assert "stop_not_confirmed" in world.state.alarms
    return world


def key(world: World, alarm: str) -> str:
    return f"{alarm}-{shown(world, alarm)['raised_ms']}"


# A2


def test_a2_acknowledge_silences_and_never_clears_a_condition() -> None:
    """(A) A2: the condition lasts, and so do hold and STOP."""
    world = held()
    before = world.state
    assert sounds(world) is Priority.HIGH
    world.do(inp.Acknowledge, alarm="held_vitals")
    assert sounds(world) is None
    assert shown(world, "held_vitals")["state"] == "active"
    assert shown(world, "held_vitals")["audio"] == "off"
    assert (world.state.hold, world.state.phase) == (before.hold, before.phase)


def test_a2_a_latched_alarm_stays_and_sounds_until_a_named_person_resets_it() -> None:
    """(A) A2: over, shown, still heard; acknowledged it is silent; reset it is gone; none of it is
    automatic."""
    world = infusing()
    world.give(NO_SOUND)
    assert world.do(inp.ResetAlarm, alarm="sound_lost").startswith("no: ")
    world.give(SOUND)
    assert world.state.gate_shut == ()
    world.run(600_000)
    one = shown(world, "sound_lost")
    assert one["state"] == "latched"
    assert one["text"].startswith("OVER")
    assert sounds(world) is Priority.HIGH
    world.do(inp.Acknowledge, alarm="sound_lost")
    assert sounds(world) is None
    assert world.do(inp.ResetAlarm, by="", alarm="sound_lost").startswith("no: ")
    assert shown(world, "sound_lost")
    assert world.do(inp.ResetAlarm, alarm="sound_lost") == "sound_lost is reset"
    assert not shown(world, "sound_lost")
    assert world.do(inp.ResetAlarm, alarm="sound_lost").startswith("no: ")
    assert world.replayed()[0] == world.state


def test_a2_a_latched_condition_that_returns_is_the_same_alarm_and_sounds() -> None:
    """(A) A2: acknowledged and latched, it comes back: active, heard, one occurrence."""
    world = infusing()
    world.give(NO_SOUND)
    occurrence = key(world, "sound_lost")
    world.do(inp.Acknowledge, alarm="sound_lost")
    world.give(SOUND)
    world.run(FLAPS_S * 1_000 + 1_000)
    world.give(NO_SOUND)
    assert shown(world, "sound_lost")["state"] == "active"
    assert sounds(world) is Priority.HIGH
    assert key(world, "sound_lost") == occurrence
    assert world.alarms().count("sound_lost") == 1


def test_a2_what_is_not_latched_goes_by_itself_once_it_stayed_away() -> None:
    """(A) A2: shown a while longer, silent; then gone."""
    world = infusing()
    world.give(NO_FEED)
    world.give(inp.FeedsBack())
    assert shown(world, "feed_lost")["state"] == "active"
    assert sounds(world) is None
    world.run(FLAPS_S * 1_000 - 1_000)
    assert shown(world, "feed_lost")
    world.run(2_000)
    assert not shown(world, "feed_lost")
    assert world.replayed()[0] == world.state


# A3


@pytest.mark.parametrize("minutes", [1, 2, 10])
def test_a3_a_pause_ends_by_itself(minutes: int) -> None:
    """(A) A3: to the second."""
    world = held()
    world.do(inp.PauseAudio, minutes=minutes)
    assert sounds(world) is None
    assert shown(world, "held_vitals")["audio"] == "paused"
    assert view(world.state, world.now)["audio_pause"]["by"] == "ann"
    world.run(minutes * 60_000 - 1_000)
    assert sounds(world) is None
    world.run(2_000)
    assert sounds(world) is Priority.HIGH
    assert view(world.state, world.now)["audio_pause"] is None
    assert world.replayed()[0] == world.state


@pytest.mark.parametrize("minutes", [-1, 0, 11, 1_000])
def test_a3_no_pause_is_longer_than_ten_minutes(minutes: int) -> None:
    """(A) A3: refused, with what may be given; nameless too."""
    world = held()
    assert "1 to 10" in world.do(inp.PauseAudio, minutes=minutes)
    assert world.do(inp.PauseAudio, by="").startswith("no: ")
    assert sounds(world) is Priority.HIGH


def test_a3_two_minutes_where_nothing_else_is_said() -> None:
    """(A) A3: the default."""
    assert inp.PauseAudio("a", "ann").minutes == 2


@pytest.mark.parametrize(
    ("news", "alarm"),
    [
        (NO_FEED, "feed_lost"),
        (NO_SOUND, "sound_lost"),
        (inp.ClockStepped(9_000), "clock_stepped"),
    ],
)
def test_a3_a_new_alarm_breaks_a_pause_at_once(news: inp.Input, alarm: str) -> None:
    """(A) A3: lower, higher or the same: all sound again in the same decision."""
    world = held()
    world.do(inp.PauseAudio, minutes=10)
    world.give(news)
    assert sounds(world) is Priority.HIGH
    assert shown(world, alarm)["audio"] == "on"


def test_a3_a_new_process_knows_of_no_pause() -> None:
    """(A) A3: nobody can say how long it is still meant."""
    world = held()
    world.do(inp.PauseAudio, minutes=10)
    world.restart(2_000)
    assert sounds(world) is Priority.HIGH


def test_a3_with_nothing_to_hear_there_is_no_pause() -> None:
    """(A) A3: silence is not stored up for what comes."""
    world = infusing()
    assert world.do(inp.PauseAudio).startswith("no: ")


# F40


def silent_ms(world: World, ms: int, meddle: Callable[[World], object]) -> int:
    """The longest time STOP NOT CONFIRMED was silent while somebody meddled every second."""
    longest, end, heard = 0, world.now + ms, world.now
    while world.now < end:
        meddle(world)
        world.run(1_000)
        if shown(world, "stop_not_confirmed")["audio"] == "on":
            heard = world.now
        longest = max(longest, world.now - heard)
    return longest


@pytest.mark.parametrize("meddling", ["ack", "pause", "both", "in turn"])
def test_f40_nobody_silences_stop_not_confirmed_longer_than_30_s_whatever_is_tried(meddling: str) -> None:
    """F40: acknowledged or paused again every second it still sounds after 30 s."""
    world = unstoppable()
    turns = 0

    def meddle(one: World) -> None:
        nonlocal turns
        turns += 1
        if meddling in ("ack", "both") or (meddling == "in turn" and turns % 2):
            one.do(inp.Acknowledge, alarm="stop_not_confirmed")
        if meddling in ("pause", "both") or (meddling == "in turn" and not turns % 2):
            one.do(inp.PauseAudio, minutes=10)

    assert 25_000 <= silent_ms(world, 100_000, meddle) <= 30_000 + TURN_MS


def test_f40_after_its_silence_it_is_heard_before_it_is_silenced_again() -> None:
    """F40: the refusal says for how long."""
    world = unstoppable()
    world.do(inp.Acknowledge, alarm="stop_not_confirmed")
    world.run(31_000)
    assert "must be heard" in world.do(inp.Acknowledge, alarm="stop_not_confirmed")
    assert "must be heard" in world.do(inp.PauseAudio)
    world.run(HEARD_MS)
    assert not world.do(inp.Acknowledge, alarm="stop_not_confirmed").startswith("no: ")


# A5


def test_a5_high_without_an_answer_escalates_each_minute() -> None:
    """(A) A5: at 60 s, 120 s, 180 s; acknowledged it stops, and what sounds again begins anew."""
    world = infusing()
    world.give(NO_SOUND)
    for minute in range(1, 4):
        world.run(58_000)
        assert shown(world, "sound_lost")["escalated"] == minute - 1
        world.run(3_000)
        assert shown(world, "sound_lost")["escalated"] == minute
    world.do(inp.Acknowledge, alarm="sound_lost")
    world.run(300_000)
    assert shown(world, "sound_lost")["escalated"] == 3
    assert world.replayed()[0] == world.state


def test_a5_only_high_escalates() -> None:
    """(A) A5: MEDIUM and LOW wait."""
    world = infusing()
    world.give(NO_FEED)
    world.give(inp.ClockStepped(9_000))
    world.run(300_000)
    assert world.seen(ev.AlarmEscalated) == []


def test_a5_a_pause_is_no_answer() -> None:
    """(A) A5: the pause stays, the ward is called."""
    world = held()
    world.run(30_000)
    world.do(inp.PauseAudio, minutes=5)
    world.run(90_000)
    assert shown(world, "held_vitals")["escalated"] >= 1
    assert sounds(world) is None


# A4 and the ward


def test_f9_f40_what_the_ward_acknowledges_is_recorded_and_pauses_nothing_here() -> None:
    """F9, F40: who, which occurrence, which station; the bed sounds on, the run stands as it stood."""
    world = held()
    before = world.state
    world.give(inp.WardAcknowledged(key(world, "held_vitals"), "eve", "desk", "mqtt"))
    assert shown(world, "held_vitals")["acknowledged_at_ward_by"] == "eve"
    assert shown(world, "held_vitals")["acknowledged_by"] == ""
    assert sounds(world) is Priority.HIGH
    assert world.seen(ev.AcknowledgedAtWard) == [ev.AcknowledgedAtWard("held_vitals", "eve", "desk", "mqtt")]
    after = world.state
    assert (after.hold, after.phase, after.gate_shut, after.pump) == (
        before.hold,
        before.phase,
        before.gate_shut,
        before.pump,
    )
    world.run(200_000)
    assert shown(world, "held_vitals")["escalated"] == 0, "somebody with a name has answered"
    world.give(inp.WardAcknowledged(key(world, "held_vitals"), "eve", "desk", "mqtt"))
    assert len(world.seen(ev.AcknowledgedAtWard)) == 1, "said twice it is recorded once"


def test_f40_stop_not_confirmed_is_heard_at_the_bed_whatever_the_ward_says() -> None:
    """F40: not for a moment is it silent."""
    world = unstoppable()
    occurrence = key(world, "stop_not_confirmed")
    given = inp.WardAcknowledged(occurrence, "eve", "desk", "mqtt")
    assert silent_ms(world, 60_000, lambda one: one.give(given)) == 0


@pytest.mark.parametrize("wrong", ["held_vitals-1", "held_vitals", "", "sound_lost-5000", "x" * 500])
def test_an_acknowledgement_of_another_occurrence_is_dropped(wrong: str) -> None:
    """No event, no mark."""
    world = held()
    count = len(world.events)
    world.give(inp.WardAcknowledged(wrong, "eve", "desk", "mqtt"))
    assert shown(world, "held_vitals")["acknowledged_at_ward_by"] == ""
    assert not any(isinstance(event, ev.AcknowledgedAtWard) for _, event in world.events[count:])


def test_a4_a_lost_link_revokes_what_came_over_it() -> None:
    """(A) A4: and only that; then nobody has answered, and the minute begins anew."""
    world = held()
    world.give(inp.WardAcknowledged(key(world, "held_vitals"), "eve", "desk", "mqtt"))
    world.give(inp.WardUnheard("hl7", "refused"))
    assert shown(world, "held_vitals")["acknowledged_at_ward_by"] == "eve"
    world.run(120_000)
    world.give(inp.WardUnheard("mqtt", "no word"))
    assert shown(world, "held_vitals")["acknowledged_at_ward_by"] == ""
    assert world.seen(ev.WardAcknowledgementsRevoked)[-1:] == [
        ev.WardAcknowledgementsRevoked("mqtt", "no word")
    ]
    world.run(59_000)
    assert shown(world, "held_vitals")["escalated"] == 0
    world.run(2_000)
    assert shown(world, "held_vitals")["escalated"] == 1
    assert world.replayed()[0] == world.state


# A12: what comes and goes


def toggled(world: World, there: Callable[[World], None], gone: Callable[[World], None], ms: int) -> None:
    """Fifty times there and fifty times gone."""
    for _ in range(TIMES):
        there(world)
        world.run(ms)
        gone(world)
        world.run(ms)


def heart(rate: int) -> Callable[[World], None]:
    def beats(world: World) -> None:
        world.vitals[Signal.HR] = Decimal(rate)
        world.measure()

    return beats


def link(*, up: bool) -> Callable[[World], None]:
    def switched(world: World) -> None:
        world.channel.link_up = up

    return switched


def told(given: inp.Input) -> Callable[[World], None]:
    return lambda world: world.give(given)


@pytest.mark.parametrize(
    ("alarm", "there", "gone", "ms"),
    [
        ("held_vitals", heart(170), heart(75), 40_000),
        ("feed_lost", told(NO_FEED), told(inp.FeedsBack()), 5_000),
        ("feed_unconfirmed", told(inp.AlarmsUnconfirmed("x")), told(inp.AlarmsUnconfirmed("")), 5_000),
        ("sound_lost", told(NO_SOUND), told(SOUND), 5_000),
        ("monitor_silent", told(inp.MonitorSilent("monitor-1", "gone")), lambda w: w.measure(), 3_000),
        ("journal_broken", told(inp.JournalBroken("full")), told(inp.JournalMended()), 5_000),
        ("pump_silent", link(up=False), link(up=True), 3_500),
    ],
)
def test_a12_what_flaps_fifty_times_is_one_alarm(
    alarm: str, there: Callable[[World], None], gone: Callable[[World], None], ms: int
) -> None:
    """(A) A12: one occurrence, and not fifty; nor does it raise others, one for each time."""
    world = infusing()
    toggled(world, there, gone, ms)
    assert world.alarms().count(alarm) == 1
    counts = {one: world.alarms().count(one) for one in world.alarms()}
    assert max(counts.values()) == 1, counts
    assert len(counts) <= 3, counts
    assert world.replayed()[0] == world.state


def test_a12_what_flaps_stays_acknowledged_and_something_else_does_not() -> None:
    """(A) A12: seen once is enough for the same; another text is news."""
    world = infusing()
    world.give(NO_FEED)
    world.do(inp.Acknowledge, alarm="feed_lost")
    world.give(inp.FeedsBack())
    world.give(NO_FEED)
    assert sounds(world) is None
    world.give(inp.FeedsBack())
    world.give(inp.FeedsLost("hl7: refused"))
    assert sounds(world) is Priority.MEDIUM


def test_every_row_that_may_flap_is_one_of_a_link_or_a_value() -> None:
    """What a person ends is over at once."""
    assert not any(kind.off_s for kind in CATALOGUE.values() if kind.hold)


def test_a2_phase_and_course_go_by_conditions_not_by_what_is_still_shown() -> None:
    """(A) A2: A latched or fading alarm shuts no gate."""
    world = infusing()
    world.give(NO_SOUND)
    world.give(SOUND)
    world.run_until(Phase.AFTER_WATCH, Phase.COMPLETED)
    assert shown(world, "sound_lost")["state"] == "latched"
