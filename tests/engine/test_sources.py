"""Ways back from lost and lying monitors: values by hand, one of two left out, never the last (F32)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.evolve_watched import WORSE_IS_HIGHER, worst
from daemon.engine.phases import OPEN, Phase
from daemon.engine.reflex import stops
from daemon.engine.watched import SignalView
from daemon.protocols.rules import Choice, Grade, HoldCause
from drivers.plausible import PLAUSIBLE
from drivers.values import Measurement, Motion, Signal, Validity, VitalsSample
from simulators.campaign.engine.checks import way_out
from simulators.campaign.engine.world import WELL, World
from tests.engine.plans import PATIENT_RULES, REST, SAME, small
from tests.engine.stories import FAST, in_phase

D = Decimal
ALL: Mapping[Signal, Decimal] = {Signal.HR: D(80), Signal.SPO2: D(97), Signal.NIBP_SYS: D(118)}


def enter(world: World, values: Mapping[Signal, Decimal] = ALL, by: str = "ann", minutes_ago: int = 0) -> str:
    return world.do(inp.ManualVitals, by=by, values=values, minutes_ago=minutes_ago)


def running() -> World:
    world = World(small(), timing=FAST).start()
    world.run(60_000)
    return world


def bereft() -> World:
    """A run held because its only monitor is gone for good."""
    world = running()
    world.monitor_on = False
    world.give(inp.MonitorSilent("monitor-1", "broken"))
    world.run_until(Phase.HELD, most_ms=300_000)
    world.run(3_000)
    assert world.state.hold is not None
    assert world.state.hold.causes == {HoldCause.MONITOR_LOST}
    return world


def go_on(world: World, *choices: Choice) -> bool:
    return any(not world.resume(choice, witness="bob").startswith("no: ") for choice in choices)


def test_f32_a_dead_monitor_and_values_by_hand_lead_to_the_end_of_the_plan() -> None:
    """F32: monitor broken for good: entered by hand every 3 min; the patient gets the whole dose."""
    world = bereft()
    assert world.resume(REST).startswith("no: the gate is shut")
    assert not enter(world).startswith("no: ")
    assert not world.resume(REST).startswith("no: ")
    for _ in range(40):
        world.run(180_000)
        enter(world)
        if world.phase() is Phase.AFTER_WATCH:
            break
        assert world.phase() is not Phase.HELD, world.why()
    assert str(world.phase()) in (Phase.AFTER_WATCH.value, Phase.COMPLETED.value)
    total = world.state.plan.total_dose
    assert abs(world.flowed_dose() - total) < total * D("0.02")


def test_f32_a_value_by_hand_is_marked_ages_and_stops_when_it_is_too_old() -> None:
    """F32: fresh for max_age_min (5 min), asked for anew before, then the gate shuts and the run is held."""
    world = bereft()
    enter(world)
    go_on(world, REST)
    world.run(30_000)
    seen = view(world.state, world.now)["vitals"]["hr"]
    assert (seen["by_hand"], seen["value"], seen["fresh_s"]) == (True, D(80), D(300))
    assert 25 <= seen["age_s"] <= 40
    world.run(160_000)
    assert "by_hand_ending" in world.state.alarms
    assert world.motion() is Motion.INFUSING or world.phase() is Phase.WAITING_GATE
    world.run(130_000)
    assert world.phase() is Phase.HELD
    assert "hr:stale" in world.state.gate_shut
    world.run(2_000)
    assert world.motion() is Motion.STOPPED


def test_f32_values_by_hand_are_judged_by_the_limits() -> None:
    """F32, F22: a source like any other: SpO2 90 typed in is a severe reaction after its 10 s."""
    world = bereft()
    enter(world, {**ALL, Signal.SPO2: D(90)})
    assert "spo2:limit" in world.state.gate_shut
    world.run(12_000)
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.SEVERE
    enter(world)
    assert "spo2:limit" not in world.state.gate_shut


def test_f32_a_monitor_that_is_fresh_counts_before_a_value_by_hand() -> None:
    """F32: a hand does not outvote a monitor: the worse of both is judged, the monitor's value is shown."""
    world = running()
    world.vitals[Signal.SPO2] = D(80)
    world.run(5_000)
    enter(world)
    assert "spo2:limit" in world.state.gate_shut
    assert not view(world.state, world.now)["vitals"]["spo2"]["by_hand"]
    world.run(15_000)
    assert world.phase() is Phase.HELD


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "at least one"),
        ({Signal.TEMP: D(37)}, "may not be entered by hand"),
        ({Signal.SPO2: D("100.1")}, "living patient"),
        ({Signal.HR: D(-1), Signal.SPO2: D(97)}, "living patient"),
        ({Signal.HR: D(351)}, "living patient"),
    ],
    ids=str,
)
def test_f32_what_makes_no_sense_is_refused_whole(values: Mapping[Signal, Decimal], why: str) -> None:
    """F32: ordered signals and plausible values only; one bad value takes none."""
    world = bereft()
    assert why in enter(world, values)
    assert world.seen(ev.VitalsEntered) == []


def test_f32_no_value_by_hand_without_an_order_and_without_a_name() -> None:
    """F32, F33: `manual_vitals` is ordered by the protocol; a named person enters it."""
    world = World(small(patient=replace(PATIENT_RULES, by_hand=())), timing=FAST).start()
    assert "none" in enter(world)
    assert enter(running(), by=" ").startswith("no: this needs the name")


def test_f32_a_restart_believes_no_value_by_hand() -> None:
    """F32, F35: a new process has seen nothing: entered again, or held."""
    world = bereft()
    enter(world)
    go_on(world, REST)
    world.run(20_000)
    world.restart(2_000)
    world.run(3_000)
    assert "hr:missing" in world.state.gate_shut


class Two(World):
    """A bed with two monitors giving the same signals; the second one may lie or fall silent."""

    other: Mapping[Signal, Decimal] = WELL
    other_on = True

    def _measure(self, signals: frozenset[Signal]) -> None:
        super()._measure(signals)
        if self.other_on:
            found = {
                one: Measurement(self.other[one], Validity.VALID) for one in signals if one in self.other
            }
            self.give(inp.MonitorRead(VitalsSample(found, source="monitor-2")))


def two() -> Two:
    world = Two(small(), timing=FAST)
    world.start()
    world.run(60_000)
    return world


def exclude(world: World, source: str = "monitor-2", minutes: int = 30, reason: str = "probe off") -> str:
    return world.do(inp.ExcludeSource, source=source, minutes=minutes, reason=reason)


def test_f32_of_two_sources_the_worse_counts() -> None:
    """F32: one bad SpO2 holds, whatever the other says; alternating samples do not clear each other.

    Trap 7: by the protocol's limits, judged here; no alarm of a monitor is waited for.
    """
    world = two()
    world.other = {**WELL, Signal.SPO2: D(80)}
    world.run(16_000)
    assert world.phase() is Phase.HELD
    assert world.state.signals[Signal.SPO2].value == D(80)
    silent = two()
    silent.other_on = False
    silent.run(70_000)
    assert silent.phase() is Phase.HELD


def test_f32_one_of_two_is_left_out_by_name_and_reason_and_comes_back_by_itself() -> None:
    """F32: the liar is left out, the run goes on; after its minutes it counts again and holds again."""
    world = two()
    world.other = {**WELL, Signal.HR: D(160)}
    world.run(40_000)
    assert world.state.hold is not None
    assert world.state.hold.causes == {HoldCause.VITALS}
    assert world.resume(SAME).startswith("no: ")
    assert "20 min" in exclude(world, minutes=20)
    world.run(2_000)
    assert "hr:limit" not in world.state.gate_shut
    assert not world.resume(SAME).startswith("no: ")
    world.run(19 * 60_000)
    assert world.phase() in (Phase.INFUSING, Phase.AFTER_WATCH)
    assert view(world.state, world.now)["sources"]["monitor-2"]["excluded_s"] is not None
    world.run(60_000)
    assert world.state.watched.excluded == {}
    assert len(world.seen(ev.SourceIncluded)) == 1
    assert world.state.signals[Signal.HR].value == D(160)


def test_f32_an_excluded_liar_stops_nothing_and_its_return_does() -> None:
    """F32, F31: left out it judges no limit; back after 1 min it holds with the limit's own time."""
    world = two()
    exclude(world, minutes=1)
    world.other = {**WELL, Signal.SPO2: D(80)}
    world.run(50_000)
    assert world.phase() is Phase.INFUSING
    world.run(30_000)
    assert str(world.phase()) == Phase.HELD.value


def test_f32_an_excluded_source_crosses_no_limit_that_stops_at_once() -> None:
    """F32: neither the decision nor the reflex before it believes a source that is left out."""
    world = two()
    liar = VitalsSample({Signal.NIBP_SYS: Measurement(D(60), Validity.VALID)}, source="monitor-2")
    assert stops(world.state, liar, world.now)
    exclude(world)
    assert not stops(world.state, liar, world.now)
    world.give(inp.MonitorRead(liar))
    assert world.phase() is Phase.INFUSING
    assert "nibp_sys:limit" not in world.state.gate_shut


@pytest.mark.parametrize(
    ("source", "minutes", "reason", "why"),
    [
        ("monitor-3", 10, "x", "known: monitor-1, monitor-2"),
        ("monitor-2", 0, "x", "1 to 30"),
        ("monitor-2", 31, "x", "1 to 30"),
        ("monitor-2", 10, " ", "reason"),
    ],
)
def test_f32_what_is_no_exclusion_is_refused(source: str, minutes: int, reason: str, why: str) -> None:
    """F32: by name and reason, at most as long as ordered."""
    assert why in exclude(two(), source, minutes, reason)


def test_f32_the_last_source_is_never_left_out() -> None:
    """F32: with one monitor always refused; of two the second after the first; a silent one is no other."""
    assert "the last source of hr, nibp_sys, spo2" in exclude(running(), "monitor-1").replace(
        "hr, spo2, nibp_sys", "hr, nibp_sys, spo2"
    )
    world = two()
    assert not exclude(world, "monitor-2").startswith("no: ")
    assert "last source" in exclude(world, "monitor-1")
    world = two()
    world.other_on = False
    world.give(inp.MonitorSilent("monitor-2", "unplugged"))
    assert "last source" in exclude(world, "monitor-1")
    world = two()
    world.other = {Signal.HR: D(75)}
    gone = replace(
        world.state.watched.sources["monitor-2"], signals={Signal.HR: world.state.signals[Signal.HR]}
    )
    sources = {**world.state.watched.sources, "monitor-2": gone}
    world.state = replace(world.state, watched=replace(world.state.watched, sources=sources))
    assert "last source of spo2, nibp_sys" in exclude(world, "monitor-1")


def test_f32_the_worse_of_two_by_signal() -> None:
    """F32: not valid before valid, the older age, the lower SpO2 and pressure, the higher rate."""
    for signal in Signal:
        views = [SignalView(D(90), Validity.VALID, 5), SignalView(D(95), Validity.VALID, 3)]
        found = worst(signal, views)
        assert found.value == (D(95) if signal in WORSE_IS_HIGHER else D(90))
        assert found.measured_ms == 3
        bad = worst(signal, [*views, SignalView(None, Validity.INVALID, 9)])
        assert (bad.value, bad.validity, bad.measured_ms) == (None, Validity.INVALID, 3)
        assert worst(signal, [*views, SignalView(None, Validity.INACTIVE, None)]).measured_ms is None


def test_f32_one_silent_monitor_of_two_stays_told_while_the_other_speaks() -> None:
    """F32: the word of one monitor does not end the alarm about the other."""
    world = two()
    world.other_on = False
    world.give(inp.MonitorSilent("monitor-2", "unplugged"))
    world.run(20_000)
    assert "monitor_silent" in world.state.alarms
    assert world.alarms().count("monitor_silent") == 1
    exclude(world, "monitor-2")
    world.run(60_000)
    assert world.phase() is Phase.INFUSING
    world.other_on = True
    world.run(6_000)
    assert "monitor_silent" not in world.state.alarms


def test_f31_f32_a_monitor_that_reconnects_changes_neither_baseline_nor_windows() -> None:
    """F31, F35: a limit's time runs on over a reconnect; the baseline is that of before step 1."""
    world = running()
    baseline = dict(world.state.baseline)
    world.vitals[Signal.HR] = D(110)
    world.run(6_000)
    crossed = [view.beyond_ms for view in world.state.limits if view.beyond_ms is not None]
    assert len(crossed) == 1
    world.monitor_on = False
    world.give(inp.MonitorSilent("monitor-1", "cable"))
    world.run(12_000)
    world.monitor_on = True
    world.run(6_000)
    assert [view.beyond_ms for view in world.state.limits if view.beyond_ms is not None] == crossed
    assert world.state.baseline == baseline
    world.run(crossed[0] + 31_000 - world.now)
    assert world.state.hold is not None
    assert world.state.hold.causes == {HoldCause.VITALS}


DEVICES = ("pump", "monitor", "disk", "clock", "pump and monitor", "everything")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("phase", sorted(OPEN))
def test_f32_every_device_failed_for_good_leaves_a_way_out_of_every_state(phase: Phase, device: str) -> None:
    """F32: pump, monitor, disk, clock dead for good, alone or together: STOP, manual and abort work."""
    world = in_phase(phase)
    if device in ("pump", "pump and monitor", "everything"):
        world.channel.link_up = False
    if device in ("monitor", "pump and monitor", "everything"):
        world.monitor_on = False
        world.give(inp.MonitorSilent("monitor-1", "broken"))
    if device in ("disk", "everything"):
        world.disk_on = False
        world.give(inp.JournalBroken("read-only"))
    if device in ("clock", "everything"):
        world.give(inp.ClockStepped(10_000_000))
    for _ in range(4):
        way_out(world.state, world.now)
        world.run(100_000)
    decided = world.channel.stops_decided
    before = world.state.pump.stop_ms
    assert not world.do(inp.HoldNow, by="", reason="").startswith("no: ")
    assert world.channel.stops_decided > decided or before is not None
    if world.phase() is not Phase.MANUAL:
        assert not world.do(inp.GoManual, reason="by hand").startswith("no: ")
    assert not world.do(inp.Abort, reason="enough").startswith("no: ")
    assert str(world.phase()) == Phase.ABORTED.value


@pytest.mark.parametrize("device", ["pump", "monitor", "disk"])
def test_f32_a_device_that_comes_back_leads_back_to_the_plan(device: str) -> None:
    """F32: held for what was lost; mended, a named person resumes in one act."""
    world = running()
    if device == "pump":
        world.channel.link_up = False
    elif device == "monitor":
        world.monitor_on = False
    else:
        world.disk_on = False
        world.give(inp.JournalBroken("full"))
    world.run_until(Phase.HELD, most_ms=400_000)
    world.channel.link_up = world.monitor_on = world.disk_on = True
    world.give(inp.JournalMended())
    world.run(10_000)
    world.measure()
    allowed = resume.options(world.state, world.now).allowed
    assert allowed
    assert go_on(world, *allowed), world.why()


def test_f32_the_ranges_are_those_of_the_drivers() -> None:
    """F32: what a driver would call implausible may not be typed in either."""
    assert set(PLAUSIBLE) == set(Signal)
    assert all(low < high for low, high in PLAUSIBLE.values())
