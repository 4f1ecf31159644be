"""F12: which patient, which monitor, and how long a confirmation counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.engine.reflex import stops
from daemon.protocols.rules import CheckingRule
from drivers.values import Measurement, MonitorIdentity, Motion, Signal, Validity, VitalsSample
from simulators.campaign.engine.labels import PATIENT
from simulators.campaign.engine.world import WELL, World
from tests.engine.plans import REST, small
from tests.engine.stories import FAST, in_phase, infusing
from tests.engine.test_sources import enter

MINUTE = 60_000
CHECKS: dict[str, Callable[[World], object]] = {
    "patient": World.match,
    "solution": lambda world: world.hang("A"),
    "line": lambda world: world.do(inp.ConfirmLine),
    "vitals": lambda world: world.do(inp.ConfirmVitals),
    "sound": lambda world: world.do(inp.ConfirmSound),
}


def gate(world: World) -> tuple[str, ...]:
    """Why the gate is shut now."""
    return world.state.gate_shut


def ready(**ordered: Any) -> World:
    """Before the start, the pump read and the patient measured; nothing confirmed."""
    rule = replace(CheckingRule(Decimal(15), Decimal(60), Decimal(30), 3), **ordered)
    world = World(small(checking=rule), timing=FAST)
    world.run(3_000)
    world.measure()
    return world


def start(world: World) -> str:
    return world.do(inp.Start, witness="bob")


def sample(subject: str, **values: str) -> inp.MonitorRead:
    found = {Signal(name): Measurement(Decimal(value), Validity.VALID) for name, value in values.items()}
    return inp.MonitorRead(VitalsSample(found, source="monitor-1", subject=subject))


@pytest.mark.parametrize("left_out", CHECKS)
def test_f9_f12_f13_no_drug_flows_until_everything_is_confirmed(left_out: str) -> None:
    """F9, F12, F13: with one of the five left out the start is refused by name, and nothing flows."""
    world = ready()
    world.nurse_on = False
    for check, confirm in CHECKS.items():
        if check != left_out:
            confirm(world)
    answer = start(world)
    assert answer.startswith("no: ")
    assert f"confirm {left_out}" in answer
    world.run(5 * MINUTE)
    assert world.flowed_dose() == 0
    assert world.motion() is Motion.STOPPED
    CHECKS[left_out](world)
    assert not start(world).startswith("no: ")
    world.run(MINUTE)
    assert world.flowed_dose() > 0


@pytest.mark.parametrize("early", CHECKS)
def test_f12_a_confirmation_before_the_start_expires(early: str) -> None:
    """F12: what was confirmed longer ago than ordered is confirmed again, or nothing flows."""
    world = ready()
    CHECKS[early](world)
    world.run(15 * MINUTE + 1_000)
    world.measure()
    for check, confirm in CHECKS.items():
        if check != early:
            confirm(world)
    assert f"confirm {early}" in start(world)
    world.run(MINUTE)
    assert world.flowed_dose() == 0
    CHECKS[early](world)
    assert not start(world).startswith("no: ")


def test_f12_how_long_a_confirmation_counts_is_ordered() -> None:
    """F12: one minute where the protocol says one."""
    world = ready(expires_min=1)
    world.check()
    world.run(MINUTE - 1_000)
    assert world.state.bedside.checked
    world.run(2_000)
    assert "confirm patient" in start(world)


@pytest.mark.parametrize("other", ["4711-0816", "", "47110815", PATIENT.replace("-", " "), PATIENT * 2])
def test_f12_another_wristband_is_refused_and_the_right_one_is_not_said(other: str) -> None:
    """F12: nobody can read the answer off the refusal, and nothing flows."""
    world = ready()
    world.check()
    world.state = replace(world.state, bedside=replace(world.state.bedside, checked={}))
    answer = world.do(inp.ConfirmPatient, patient=other)
    assert answer.startswith("no: ")
    assert PATIENT not in answer
    assert "confirm patient" in start(world)
    assert world.flowed_dose() == 0


def test_f12_the_wristband_is_compared_exactly_but_for_spaces_around_it() -> None:
    """F12: a scanner may add a line end."""
    assert not ready().do(inp.ConfirmPatient, patient=f" {PATIENT}\n").startswith("no: ")


def test_f12_at_a_bag_change_the_patient_is_matched_again() -> None:
    """F12: bag and line alone do not let the next bag flow, and a match from before does not count."""
    world = infusing()
    world.nurse_on = False
    world.match()
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(5_000)
    assert world.state.pump.disarmed
    world.hang("B")
    world.do(inp.ConfirmLine)
    world.run(30_000)
    assert world.flowed_ml("B") == 0
    assert "patient:unconfirmed" in world.state.gate_shut
    world.match()
    world.run(30_000)
    assert world.phase() is Phase.INFUSING
    assert world.flowed_ml("B") > 0


def test_f12_a_hold_in_the_middle_of_a_bag_change_does_not_spare_the_match() -> None:
    """F12: bag hung, held, resumed: the new bag still waits for the wristband."""
    world = in_phase(Phase.AWAITING_SOLUTION)
    world.hang("B")
    world.do(inp.HoldNow, reason="")
    world.run(5_000)
    world.measure()
    assert "match the patient" in world.resume(REST)
    assert world.flowed_ml("B") == 0


def test_f12_after_a_restart_no_more_drug_before_the_patient_is_matched() -> None:
    """F12: observed, but not driven on."""
    world = in_phase(Phase.OBSERVING)
    world.measure()
    assert "match the patient" in world.do(inp.ConfirmRunning)
    assert world.phase() is Phase.OBSERVING
    world.match()
    assert not world.do(inp.ConfirmRunning).startswith("no: ")


@pytest.mark.parametrize(("minutes", "again"), [(1, False), (3, False), (4, True)])
def test_f12_after_a_long_hold_the_patient_is_matched_again(minutes: int, again: bool) -> None:
    """F12: longer than ordered, and the start's match no longer counts."""
    rule = replace(small().rules.checking, patient_again_min=Decimal(3))
    world = World(small(checking=rule), timing=FAST).start()
    world.run(60_000)
    world.do(inp.HoldNow, reason="")
    world.run(minutes * MINUTE - 5_000 if not again else minutes * MINUTE)
    world.measure()
    flowed = world.flowed_dose()
    answer = world.resume(REST)
    assert ("match the patient" in answer) is again
    if again:
        world.run(10_000)
        assert world.flowed_dose() == flowed
        world.match()
        answer = world.resume(REST)
    assert not answer.startswith("no: "), answer
    world.run(30_000)
    assert world.flowed_dose() > flowed


def test_f12_pulse_and_spo2_are_compared_only_on_values_just_measured() -> None:
    """F12: nothing was measured, one is missing, or it is too long ago."""
    world = World(small(), timing=FAST)
    world.monitor_on = False
    world.run(3_000)
    assert "hr, spo2" in world.do(inp.ConfirmVitals)
    world.give(sample("", hr="75"))
    assert "spo2" in world.do(inp.ConfirmVitals)
    world.give(sample("", hr="75", spo2="98"))
    assert not world.do(inp.ConfirmVitals).startswith("no: ")
    world.run(61_000)
    assert world.do(inp.ConfirmVitals).startswith("no: ")


def test_f12_vitals_of_another_patient_are_missing_and_the_drug_stops() -> None:
    """F12: the monitor names the neighbour; the gate shuts at once, and the run holds within its limit."""
    world = infusing()
    world.monitor_on = False
    begun = world.now
    well = {signal.value: str(value) for signal, value in WELL.items()}
    while world.phase() is not Phase.HELD:
        assert world.now - begun < 70_000
        world.give(sample("neighbour", **well))
        assert "hr:other_patient" in world.state.gate_shut
        world.run(1_000)
    assert world.state.hold is not None
    assert "monitor_lost" in world.state.hold.causes
    assert "other_patient" in world.state.hold.reasons[0]
    world.run(5_000)
    assert world.motion() is Motion.STOPPED
    world.monitor_on = True
    world.measure()
    assert not world.resume(REST).startswith("no: ")


@pytest.mark.parametrize("subject", ["", PATIENT, f" {PATIENT} ", "bed 1"])
def test_f12_vitals_that_name_this_patient_or_this_bed_count(subject: str) -> None:
    """F12: and those of a monitor that names nobody."""
    world = infusing()
    world.give(sample(subject, hr="75", spo2="98", nibp_sys="120"))
    assert world.state.gate_shut == ()


def test_f12_a_neighbour_in_danger_does_not_stop_this_pump_and_starts_nothing() -> None:
    """F12: the reflex and the decision agree that these are not this patient's values."""
    world = infusing()
    bad = sample("neighbour", nibp_sys="60")
    assert not stops(world.state, bad.sample, world.now)
    world.give(bad)
    assert world.phase() is Phase.INFUSING
    assert stops(world.state, replace(bad.sample, subject=PATIENT), world.now)


def test_f12_another_monitor_shuts_the_gate_until_it_is_compared() -> None:
    """F12: the same link, another device; nothing is renewed until a person has compared."""
    world = infusing()
    world.give(inp.MonitorIdentified("monitor", MonitorIdentity("model", "serial 1")))
    assert gate(world) == ()
    world.give(inp.MonitorIdentified("monitor", MonitorIdentity("model", "serial 1")))
    assert gate(world) == ()
    world.give(inp.MonitorIdentified("monitor", MonitorIdentity("model", "serial 2")))
    assert gate(world) == ("vitals:unconfirmed",)
    assert "monitor_replaced" in world.state.alarms
    step = world.state.step
    ordered = len(world.seen(ev.SettingOrdered))
    world.run_until(Phase.WAITING_GATE)
    assert world.state.step == step
    more = world.seen(ev.SettingOrdered)[ordered:]
    assert not [e for e in more if isinstance(e, ev.SettingOrdered) and e.kind is not ev.OrderKind.DISARM]
    world.measure()
    assert not world.do(inp.ConfirmVitals).startswith("no: ")
    assert "monitor_replaced" not in world.state.alarms
    world.run(10_000)
    assert world.phase() is Phase.INFUSING


def test_f12_another_monitor_before_the_start_is_compared_anew() -> None:
    """F12: what was compared with the one before does not count."""
    world = ready()
    world.give(inp.MonitorIdentified("monitor", MonitorIdentity("model", "serial 1")))
    world.check()
    world.give(inp.MonitorIdentified("monitor", MonitorIdentity("model", "serial 2")))
    assert "confirm vitals" in start(world)


def replaced() -> World:
    """A run whose monitor is another one now, which has not said a word yet."""
    world = infusing()
    world.give(inp.MonitorIdentified("monitor-1", MonitorIdentity("model", "serial 1")))
    world.measure()
    world.run(1_000)
    world.monitor_on = False
    world.give(inp.MonitorIdentified("monitor-1", MonitorIdentity("model", "serial 2")))
    assert gate(world) == ("vitals:unconfirmed",)
    return world


def test_f12_what_the_monitor_before_said_is_not_compared_with_the_new_one() -> None:
    """F12: fresh values of the old device are no values of the new one; it has to speak first."""
    world = replaced()
    world.run(1_000)
    assert "hr, spo2" in world.do(inp.ConfirmVitals)
    world.give(sample("", hr="75"))
    assert "spo2" in world.do(inp.ConfirmVitals)
    assert gate(world) == ("vitals:unconfirmed",)
    world.measure()
    world.monitor_on = True
    world.measure()
    assert not world.do(inp.ConfirmVitals).startswith("no: ")
    assert gate(world) == ()
    assert world.replayed()[0] == world.state


def test_f12_f33_a_comparison_on_the_screen_of_the_monitor_before_is_refused() -> None:
    """F12, F33: who saw the old one's values has not seen the new one's."""
    world = infusing()
    world.give(inp.MonitorIdentified("monitor-1", MonitorIdentity("model", "serial 1")))
    seen = world.state.screen
    world.give(inp.MonitorIdentified("monitor-1", MonitorIdentity("model", "serial 2")))
    world.measure()
    assert "screen" in world.do(inp.ConfirmVitals, seen=seen)


def test_f12_f32_values_by_hand_replace_a_new_monitor_that_is_dead_and_compare_nothing() -> None:
    """F12, F32: no trap while it is silent, and no comparison either: its first word shuts the gate."""
    world = replaced()
    world.give(inp.MonitorSilent("monitor-1", "dead"))
    world.run_until(Phase.HELD, most_ms=200_000)
    world.run(3_000)
    enter(world)
    assert "hr, spo2" in world.do(inp.ConfirmVitals)
    world.match()
    assert gate(world) == ()
    assert not world.resume(REST).startswith("no: ")
    flowed = world.flowed_dose()
    world.run(60_000)
    assert world.flowed_dose() > flowed
    world.monitor_on = True
    world.measure()
    assert "vitals:unconfirmed" in gate(world)
    assert not world.do(inp.ConfirmVitals).startswith("no: ")
    assert gate(world) == ()


def back_after(ms: int) -> World:
    """The link of the only monitor is gone; so long after its last word it says the same of itself again."""
    world = infusing()
    itself = inp.MonitorIdentified("monitor-1", MonitorIdentity("s5-dri", "interface level 4"))
    world.give(itself)
    world.measure()
    last = world.now
    world.monitor_on = False
    world.give(inp.MonitorSilent("monitor-1", "unplugged"))
    world.run(ms - 1_000)
    world.advance(last + ms - world.now)
    world.give(itself)
    world.monitor_on = True
    world.measure()
    return world


def test_f12_a_monitor_that_was_away_may_watch_the_neighbour_now() -> None:
    """F12: it names no serial number: away for more than the 60 s that hold the run, it is compared anew."""
    world = back_after(60_001)
    world.run_until(Phase.HELD, most_ms=5_000)
    world.run(5_000)
    assert gate(world) == ("vitals:unconfirmed",)
    assert world.alarms().count("monitor_replaced") == 1
    assert "unconfirmed" in world.resume(REST)
    flowed = world.flowed_dose()
    assert not world.do(inp.ConfirmVitals).startswith("no: ")
    assert "monitor_replaced" not in world.state.alarms
    assert not world.resume(REST).startswith("no: ")
    world.run(60_000)
    assert world.flowed_dose() > flowed
    assert world.replayed()[0] == world.state


@pytest.mark.parametrize("ms", [2_000, 30_000, 60_000])
def test_f12_f31_a_link_that_blinks_asks_nobody(ms: int) -> None:
    """F12, F31: as long as the run is not held for it, the same words are the same monitor."""
    world = back_after(ms)
    assert gate(world) == ()
    assert "monitor_replaced" not in world.state.alarms
    assert world.phase() is Phase.INFUSING


def test_f12_after_the_end_a_monitor_that_was_away_asks_nobody() -> None:
    """F12: there is no drug left to keep back, and nobody could confirm."""
    world = in_phase(Phase.AFTER_WATCH)
    itself = inp.MonitorIdentified("monitor-1", MonitorIdentity("s5-dri", "interface level 4"))
    world.give(itself)
    world.monitor_on = False
    world.give(inp.MonitorSilent("monitor-1", "unplugged"))
    world.run(90_000)
    world.give(itself)
    assert "monitor_replaced" not in world.state.alarms
