"""F22, F31: what begins after an alarm was acknowledged is said anew, in every phase that is watched."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import Phase
from daemon.protocols.rules import Grade
from drivers.values import Motion, Signal
from simulators.campaign.engine.world import WELL, World
from tests.engine.stories import in_phase, infusing

D = Decimal


def raised(world: World, since: int) -> list[str]:
    """Names of the alarms raised since so many events, in their order."""
    return [event.alarm for _, event in world.events[since:] if isinstance(event, ev.AlarmRaised)]


def well_again(world: World, ms: int) -> int:
    """Every sign is good for so long; how many events there are then."""
    world.vitals.update(WELL)
    world.monitor_on = True
    world.measure()
    world.run(ms)
    return len(world.events)


def acknowledge(world: World, alarm: str) -> None:
    """It was active, and somebody has seen it."""
    assert alarm in world.state.alarms, world.why()
    world.do(inp.Acknowledge, alarm=alarm)


def in_manual() -> World:
    """Driven by hand, the pump running as it was."""
    world = in_phase(Phase.MANUAL)
    assert world.motion() is Motion.INFUSING
    return world


def fast_heart(world: World) -> None:
    world.vitals[Signal.HR] = D(170)


def low_spo2(world: World) -> None:
    world.vitals[Signal.SPO2] = D(80)


def low_pressure(world: World) -> None:
    world.vitals[Signal.NIBP_SYS] = D(50)
    world.measure()


def lost(world: World) -> None:
    world.monitor_on = False


@pytest.mark.parametrize("later", [fast_heart, lost])
@pytest.mark.parametrize("first", [fast_heart, lost])
def test_f22_manual_says_what_happens_after_an_acknowledgement(
    first: Callable[[World], None], later: Callable[[World], None]
) -> None:
    """F22: driven by hand: the second time a heart races or a monitor is lost is alarmed as the first."""
    world = in_manual()
    first(world)
    world.run(70_000)
    acknowledge(world, "vitals_manual")
    since = well_again(world, 60_000)
    assert "vitals_manual" not in world.state.alarms
    later(world)
    world.run(70_000)
    assert raised(world, since).count("vitals_manual") == 1
    assert not world.state.alarms["vitals_manual"].acknowledged_by
    assert world.replayed()[0] == world.state


def test_f22_manual_says_a_second_cause_while_the_first_lasts() -> None:
    """F22: the monitor's SpO2 is lost and acknowledged; a racing heart is another thing."""
    world = in_manual()
    world.missing.add(Signal.SPO2)
    world.run(70_000)
    acknowledge(world, "vitals_manual")
    since = len(world.events)
    fast_heart(world)
    world.run(70_000)
    assert raised(world, since) == ["vitals_manual"]
    assert "hr" in world.state.alarms["vitals_manual"].detail


def test_f22_what_nobody_has_seen_stands_after_it_is_over() -> None:
    """F22: driven by hand: an alarm that nobody acknowledged does not vanish with the good value."""
    world = in_manual()
    fast_heart(world)
    world.run(70_000)
    well_again(world, 60_000)
    acknowledge(world, "vitals_manual")
    world.run(2_000)
    assert "vitals_manual" not in world.state.alarms


@pytest.mark.parametrize("phase", [Phase.MANUAL, Phase.AFTER_WATCH])
def test_f22_a_second_reaction_of_the_same_grade_is_alarmed_and_recorded(phase: Phase) -> None:
    """F22: SpO2 80, acknowledged, well for 2 min; then SpO2 70 and a pressure of 50 are told, each once."""
    world = in_phase(phase)
    low_spo2(world)
    world.run(60_000)
    acknowledge(world, "reaction_late")
    since = well_again(world, 120_000)
    assert len(world.seen(ev.ReactionRecorded)) == 1
    low_spo2(world)
    world.run(30_000)
    low_pressure(world)
    world.run(60_000)
    assert raised(world, since) == ["reaction_late"] * 2
    assert len(world.seen(ev.ReactionRecorded)) == 3
    assert "nibp_sys 50" in world.state.alarms["reaction_late"].detail
    assert world.replayed()[0] == world.state


def test_f22_a_second_reaction_in_the_after_watch_prolongs_it_again() -> None:
    """F22: the watch lasts as ordered after the last reaction, not after the first one."""
    world = in_phase(Phase.AFTER_WATCH)
    low_spo2(world)
    world.run(60_000)
    well_again(world, 120_000)
    first = world.state.last_reaction_ms
    low_spo2(world)
    world.run(30_000)
    assert first is not None
    assert world.state.last_reaction_ms is not None
    assert world.state.last_reaction_ms > first + 120_000


@pytest.mark.parametrize(
    ("story", "alarm"),
    [(low_spo2, "held_reaction"), (fast_heart, "held_vitals"), (lost, "held_monitor_lost")],
)
def test_f22_held_says_the_same_again_after_it_was_acknowledged(
    story: Callable[[World], None], alarm: str
) -> None:
    """F22: held, acknowledged, well for 60 s: the next time is an alarm, and the pump stands all along."""
    world = infusing()
    story(world)
    world.run(70_000)
    acknowledge(world, alarm)
    since = well_again(world, 60_000)
    assert world.state.alarms[alarm].acknowledged_by == "ann"
    flowed = world.flowed_dose()
    story(world)
    world.run(90_000)
    assert raised(world, since) == [alarm]
    assert not world.state.alarms[alarm].acknowledged_by
    assert world.flowed_dose() == flowed
    assert world.replayed()[0] == world.state


def test_f22_f31_one_sign_that_stays_bad_is_said_once() -> None:
    """F22, F31: beyond the severe and the moderate limit: one alarm, one record, in each phase."""
    for world, alarm in (
        (infusing(), "held_reaction"),
        (in_manual(), "reaction_late"),
        (in_phase(Phase.AFTER_WATCH), "reaction_late"),
    ):
        since = len(world.events)
        low_spo2(world)
        world.run(120_000)
        assert [name for name in raised(world, since) if name != "stop_not_confirmed"] == [alarm]
        assert len(world.seen(ev.ReactionRecorded)) == 1


def test_f22_taken_over_by_hand_with_the_limit_still_crossed_is_not_silent() -> None:
    """F22: the alarm of the hold ends with it; what the monitor still shows is said in manual."""
    world = infusing()
    low_spo2(world)
    world.run(30_000)
    world.do(inp.GoManual, reason="")
    world.run(2_000)
    assert "reaction_late" in world.state.alarms


def test_f22_a_lower_grade_told_by_a_person_still_says_nothing_new() -> None:
    """F22: only a limit that is crossed anew is news; a person who tells knows."""
    world = infusing()
    world.react(Grade.SEVERE)
    world.run(3_000)
    acknowledge(world, "held_reaction")
    world.react(Grade.MILD)
    assert world.state.alarms["held_reaction"].acknowledged_by == "ann"


@pytest.mark.parametrize("story", [fast_heart, lost])
def test_f22_f31_the_after_watch_says_every_limit_and_every_loss(story: Callable[[World], None]) -> None:
    """F22, F31: after the last drop a racing heart and a lost monitor are HIGH, once, and again next time."""
    world = in_phase(Phase.AFTER_WATCH)
    since = len(world.events)
    story(world)
    world.run(70_000)
    assert raised(world, since) == ["vitals_after"]
    assert CATALOGUE["vitals_after"].priority is Priority.HIGH
    acknowledge(world, "vitals_after")
    since = well_again(world, 20_000)
    assert "vitals_after" not in world.state.alarms
    story(world)
    world.run(70_000)
    assert raised(world, since) == ["vitals_after"]
    assert world.replayed()[0] == world.state


def test_f31_the_after_watch_says_a_link_that_failed_and_then_what_is_missing() -> None:
    """F31: MEDIUM at once; HIGH after the ordered time, which then says it alone."""
    world = in_phase(Phase.AFTER_WATCH)
    since = len(world.events)
    lost(world)
    world.give(inp.MonitorSilent("monitor-1", "broken"))
    world.run(20_000)
    assert raised(world, since) == ["monitor_silent"]
    world.run(60_000)
    assert raised(world, since) == ["monitor_silent", "vitals_after"]
    assert "monitor_silent" not in world.state.alarms
    assert "hr" in world.state.alarms["vitals_after"].detail


def test_f31_a_calm_after_watch_alarms_nothing() -> None:
    """F31: a monitor that measures good values is no reason to alarm."""
    world = in_phase(Phase.AFTER_WATCH)
    since = len(world.events)
    world.run_until(Phase.COMPLETED)
    assert raised(world, since) == []
