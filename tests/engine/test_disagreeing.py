"""Two monitors that give one vital sign: who is shown, who is judged, and when they disagree (F32)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import Phase
from daemon.protocols.shared_signal import SharedSignal
from daemon.terminal.sentences import vital
from drivers.values import Measurement, Signal, Validity, VitalsSample
from simulators.campaign.engine.world import WELL
from tests.engine.plans import small
from tests.engine.stories import FAST
from tests.engine.test_sources import Two, enter, exclude

D = Decimal
SHARED = (
    SharedSignal(Signal.HR, "monitor-2", D(10), D(20)),
    SharedSignal(Signal.SPO2, "monitor-1", D(2), D(30)),
)
ALARM = "sources_disagree"


def pair(shared: tuple[SharedSignal, ...] = SHARED) -> Two:
    world = Two(small(), timing=FAST, shared=shared)
    world.start()
    world.run(5_000)
    assert world.phase() is Phase.INFUSING
    return world


def spo2(world: Two, first: int, second: int) -> None:
    world.vitals[Signal.SPO2] = D(first)
    world.other = {**WELL, Signal.SPO2: D(second)}


def shown(world: Two, signal: Signal = Signal.SPO2) -> dict[str, Any]:
    found: dict[str, Any] = view(world.state, world.now)["vitals"][signal]
    return found


def times(world: Two) -> int:
    return world.alarms().count(ALARM)


def test_f32_the_lead_is_shown_and_the_worse_is_judged() -> None:
    """F32: monitor-1 leads SpO2 and is shown with 97; monitor-2 says 92 and holds the run all the same."""
    world = pair()
    spo2(world, 97, 92)
    world.run(6_000)
    assert (shown(world)["value"], world.state.signals[Signal.SPO2].value) == (D(97), D(92))
    told = vital(view(world.state, world.now), Signal.SPO2)
    assert told.startswith("SpO2 97 %")
    assert "monitor-2: 92" in told
    world.run(12_000)
    assert world.phase() is Phase.HELD
    assert "spo2 92" in world.state.alarms["held_reaction"].detail


def test_f32_each_signal_has_a_lead_of_its_own() -> None:
    """F32: of heart rate monitor-2 leads; both are in the status, by name."""
    world = pair()
    world.other = {**WELL, Signal.HR: D(75)}
    world.vitals[Signal.HR] = D(84)
    world.run(6_000)
    hr = shown(world, Signal.HR)
    assert hr["value"] == D(75)
    assert {name: (one["value"], one["leads"]) for name, one in hr["sources"].items()} == {
        "monitor-1": (D(84), False),
        "monitor-2": (D(75), True),
    }
    assert not hr["disagree"]


def test_f32_disagreement_for_long_enough_is_one_alarm_with_both_values() -> None:
    """F32: 2 apart is apart (on the limit is beyond it); 30 s of it are an alarm, MEDIUM, and no hold."""
    world = pair()
    spo2(world, 98, 96)
    world.run(28_000)
    assert ALARM not in world.state.alarms
    world.run(10_000)
    assert world.state.alarms[ALARM].detail == "spo2: monitor-1 98, monitor-2 96; 2 or more apart"
    assert CATALOGUE[ALARM].priority is Priority.MEDIUM
    assert shown(world)["disagree"]
    assert "monitor-2: 96" in vital(view(world.state, world.now), Signal.SPO2)
    assert world.phase() is Phase.INFUSING
    assert world.replayed()[0] == world.state


def test_f32_what_is_less_apart_than_stated_is_no_disagreement() -> None:
    world = pair()
    spo2(world, 98, 97)
    world.run(60_000)
    assert world.state.watched.apart == {}
    assert times(world) == 0


def test_f32_flapping_is_one_alarm_not_fifty() -> None:
    """F31, F32: apart and together every few seconds for 6 min: raised once; over after 30 s of agreement."""
    world = pair()
    for _ in range(24):
        spo2(world, 98, 95)
        world.run(8_000)
        spo2(world, 98, 98)
        world.run(7_000)
    assert times(world) == 1
    assert ALARM in world.state.alarms
    world.run(20_000)
    assert ALARM in world.state.alarms, "agreement has to last as well"
    world.run(12_000)
    assert ALARM not in world.state.alarms
    assert world.state.watched.apart == {}


def test_f32_one_short_difference_is_forgotten() -> None:
    """F32: a moment of difference, then agreement: another one a minute later begins anew."""
    world = pair()
    for _ in range(5):
        spo2(world, 98, 95)
        world.run(10_000)
        spo2(world, 98, 98)
        world.run(50_000)
    assert times(world) == 0


def test_f32_a_second_signal_raises_it_anew_and_names_both() -> None:
    """F32: who acknowledged SpO2 has not heard of the heart rate."""
    world = pair()
    spo2(world, 98, 95)
    world.run(40_000)
    world.do(inp.Acknowledge, alarm=ALARM)
    world.other = {**WELL, Signal.SPO2: D(95), Signal.HR: world.vitals[Signal.HR] + 12}
    world.run(40_000)
    assert world.state.alarms[ALARM].acknowledged_ms is None
    assert "hr: monitor-2 " in world.state.alarms[ALARM].detail
    assert "spo2: monitor-1 98" in world.state.alarms[ALARM].detail
    assert times(world) == 2


def test_f32_leaving_one_out_ends_it_and_the_other_is_shown() -> None:
    """F32: the lead itself is left out: nothing to compare, and what remains is shown."""
    world = pair()
    spo2(world, 95, 98)
    world.run(40_000)
    assert ALARM in world.state.alarms
    exclude(world, "monitor-1", minutes=5)
    assert ALARM not in world.state.alarms
    assert shown(world)["value"] == D(98)
    assert not shown(world)["sources"]["monitor-1"]["counts"]
    world.run(6 * 60_000)
    assert shown(world)["value"] == D(95)
    assert ALARM in world.state.alarms


def test_f32_a_monitor_that_is_lost_does_not_disagree() -> None:
    """F31, F32: one cause, one alarm: what is not fresh is missing, not apart."""
    world = pair()
    spo2(world, 98, 95)
    world.run(10_000)
    world.other_on = False
    world.run(90_000)
    assert times(world) == 0
    assert world.phase() is Phase.HELD
    assert world.state.watched.apart == {}


def test_f32_a_value_by_hand_is_shown_where_the_lead_is_lost() -> None:
    """F32: by hand while neither is fresh; the lead again as soon as it speaks."""
    world = pair()
    world.monitor_on = world.other_on = False
    world.run(90_000)
    enter(world)
    assert shown(world)["by_hand"]
    world.monitor_on = True
    world.run(6_000)
    assert not shown(world)["by_hand"]
    assert shown(world)["value"] == world.vitals[Signal.SPO2]


def test_f32_values_that_do_not_count_are_not_compared() -> None:
    """F31: questionable numbers are no measurement, however far apart they are."""
    world = pair()
    world.other_on = False
    doubtful = {Signal.SPO2: Measurement(D(80), Validity.QUESTIONABLE)}
    for _ in range(50):
        world.give(inp.MonitorRead(VitalsSample(doubtful, source="monitor-2")))
        world.run(1_000)
    assert times(world) == 0


@pytest.mark.parametrize("shared", [(), SHARED])
def test_f32_before_the_start_and_after_the_end_nothing_is_compared(
    shared: tuple[SharedSignal, ...],
) -> None:
    """F32: no run is watched, or no disagreement is ordered: no alarm."""
    world = Two(small(), timing=FAST, shared=shared)
    spo2(world, 98, 95)
    world.run(90_000)
    assert times(world) == 0
    assert world.seen(ev.SourcesCompared) == []


def test_f35_a_restart_compares_anew() -> None:
    """F35: a new process has seen no difference: the alarm ends and comes back after its time."""
    world = pair()
    spo2(world, 98, 95)
    world.run(40_000)
    world.restart(2_000)
    world.run(3_000)
    assert ALARM not in world.state.alarms
    world.run(60_000)
    assert times(world) == 2
