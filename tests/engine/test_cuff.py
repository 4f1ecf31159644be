"""A cuff on the arm of the SpO2 probe, slow monitors, one cause one alarm, holds per hour (F31)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.lookout import ADVICE
from daemon.engine.phases import Phase
from daemon.protocols.patient_rules import CuffRule, PatientRules
from daemon.protocols.plan import Plan
from daemon.protocols.rules import HoldCause, SignalRule
from drivers.links.memory import NullModem
from drivers.monitors.s5_dri.driver import S5Dri
from drivers.values import Signal, Validity, VitalsSample
from simulators.build import make_bed, make_device
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from simulators.options import choose
from simulators.pace import Pace
from simulators.virtual_time import VirtualTimeLoop
from tests.engine.plans import PATIENT_RULES, REST, bag, plan_of, rules, small
from tests.engine.stories import FAST

D = Decimal
DAY_S = 86_400
INTERVAL_S = 10
FRESH_S = 2 * INTERVAL_S
SLOW = (
    SignalRule(Signal.HR, D(FRESH_S), D(30), baseline=True),
    SignalRule(Signal.SPO2, D(FRESH_S), D(30), baseline=True),
    SignalRule(Signal.NIBP_SYS, D(600), D(1200), baseline=True),
)
"""As tight as a 10 s interval allows: a blank of 45 s would hold without the rule."""
NO_OTHER = replace(PATIENT_RULES, cuff=CuffRule(D(90), ()))

Timed = tuple[int, VitalsSample]


def recorded_like(seconds: int, seed: int) -> list[Timed]:
    """What an S/5 with a 10 s interval says of a patient whose cuff sits on the arm of the SpO2 probe."""
    loop = VirtualTimeLoop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_listen(seconds, seed))
    finally:
        loop.close()
        asyncio.set_event_loop(None)


async def _listen(seconds: int, seed: int) -> list[Timed]:
    options = choose({"cuff_on_spo2_arm": "on", "nibp_interval_s": "300", "nibp_measure_s": "45"})
    pace = Pace(make_bed([], options, seed), D(1))
    cable = NullModem("m")
    device = make_device("s5-dri", cable.b, pace, options, seed)
    await device.start()
    signals = frozenset({Signal.HR, Signal.SPO2, Signal.NIBP_SYS})
    monitor = S5Dri(cable.a, interval_s=INTERVAL_S, signals=signals)
    loop = asyncio.get_running_loop()
    found: list[Timed] = []
    task = asyncio.create_task(
        monitor.run(lambda _: None, lambda sample: found.append((round(loop.time() * 1000), sample)))
    )
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await device.close()
    return found


def long_plan(patient: PatientRules) -> Plan:
    """One step of 25 hours."""
    ceilings = replace(rules().ceilings, unattended_max_min=D(10))
    ordered = rules(signals=SLOW, patient=patient, ceilings=ceilings)
    return plan_of((("A", "10", "1500"),), (replace(bag("A", "300", "0.1"), stable_h=D(48)),), ordered)


class Played(World):
    """A bed whose monitor says what was recorded."""

    def __init__(self, plan: Plan, said: list[Timed], timing: Timing) -> None:
        super().__init__(plan, timing=timing)
        self._said = list(reversed(said))
        self._from = self.now

    def _measure(self, signals: frozenset[Signal]) -> None:
        while self._said and self._said[-1][0] <= self.now - self._from:
            _, sample = self._said.pop()
            wanted = {one: m for one, m in sample.signals.items() if one in {rule.signal for rule in SLOW}}
            self.give(inp.MonitorRead(replace(sample, signals=wanted, source="monitor-1")))


def day(seconds: int, patient: PatientRules = PATIENT_RULES) -> tuple[Played, list[Timed]]:
    said = recorded_like(seconds + 600, seed=7)
    world = Played(long_plan(patient), said, Timing(poll_ms=4_000, tick_ms=4_000))
    world.run(60_000)
    world.check()
    world.pump.set_limit(D("0.1"))
    answer = world.do(inp.Start, by="ann", witness="bob")
    assert not answer.startswith("no: "), answer
    world.run(seconds * 1000)
    return world, said


def test_f31_a_day_with_the_cuff_on_the_probes_arm_and_a_slow_monitor_has_no_hold() -> None:
    """F31: 24 h of noise, a 10 s interval, the cuff every 5 min on the SpO2 arm: 0 holds, dose as ordered."""
    world, said = day(DAY_S)
    blanked = [s for _, s in said if s.signals[Signal.SPO2].validity is Validity.INVALID]
    assert len(blanked) > 500
    assert all(sample.cuff_measuring for sample in blanked)
    assert world.seen(ev.Held) == []
    assert world.phase() in (Phase.INFUSING, Phase.WAITING_GATE)
    assert world.flowed_dose() > D("0.99") * 24


def test_f31_without_another_pulse_the_same_cuff_holds() -> None:
    """F31: only if another pulse source is fresh: nothing ordered, nothing excused."""
    world, _ = day(1_200, NO_OTHER)
    held = world.seen(ev.Held)
    assert held
    assert isinstance(held[0], ev.Held)
    assert held[0].cause is HoldCause.MONITOR_LOST
    assert "spo2 missing" in held[0].reason


def blanking() -> World:
    """A run whose cuff begins to measure and takes SpO2 away."""
    world = World(small(), timing=FAST).start()
    world.run(30_000)
    world.cuff_measuring = True
    world.missing.add(Signal.SPO2)
    return world


def test_f31_a_blank_of_the_cuff_shuts_the_gate_and_does_not_hold() -> None:
    """F31: 85 s of measuring with SpO2 gone (60 s hold): gate shut, no hold; then the probe has its time."""
    world = blanking()
    world.run(85_000)
    assert "spo2:inactive" in world.state.gate_shut
    assert world.seen(ev.Held) == []
    world.cuff_measuring = False
    world.run(50_000)
    assert world.seen(ev.Held) == []
    world.run(20_000)
    assert world.state.hold is not None
    assert world.state.hold.causes == {HoldCause.MONITOR_LOST}


def test_f31_a_cuff_that_never_ends_excuses_nothing_after_its_bound() -> None:
    """F31: at most 90 s; a flag that is stuck is no excuse."""
    world = blanking()
    world.run(88_000)
    assert world.seen(ev.Held) == []
    world.run(15_000)
    assert world.state.hold is not None


def test_f31_a_probe_that_was_off_before_the_cuff_began_is_missing() -> None:
    """F31: the cuff explains only what it took away; fresh until it began."""
    world = World(small(), timing=FAST).start()
    world.run(30_000)
    world.missing.add(Signal.SPO2)
    world.run(30_000)
    world.cuff_measuring = True
    world.run(35_000)
    assert world.state.hold is not None


def test_f31_cuff_after_cuff_does_not_hide_a_probe_that_fell_off() -> None:
    """F31: the second cycle finds the signal stale already."""
    world = blanking()
    for _ in range(3):
        world.cuff_measuring = True
        world.run(30_000)
        world.cuff_measuring = False
        world.run(10_000)
    assert world.state.hold is not None


@pytest.mark.parametrize("gone", [Signal.HR, Signal.NIBP_SYS])
def test_f31_the_cuff_excuses_no_other_signal(gone: Signal) -> None:
    """F31: the heart rate of the ECG does not come from the arm; without it SpO2 is not excused either."""
    world = blanking()
    if gone is Signal.HR:
        world.missing.add(Signal.HR)
        world.run(75_000)
        assert world.state.hold is not None
        reason = world.state.hold.reasons[0]
        assert "hr missing" in reason
        assert "spo2 missing" in reason
        return
    world.missing = {Signal.NIBP_SYS}
    world.cuff_measuring = True
    world.run(1_300_000)
    assert world.state.hold is not None


def test_f31_the_cuff_does_not_excuse_a_sensor_that_is_on_no_arm() -> None:
    """F31: SpO2 and pleth pulse only: breathing lost while the cuff measures is missing."""
    breathing = SignalRule(Signal.RR, D(15), D(30), baseline=False)
    world = World(small(signals=(*small().rules.signals, breathing)), timing=FAST)
    world.vitals[Signal.RR] = D(14)
    beat: list[int] = []

    def breathe(ms: int) -> None:
        for _ in range(ms // 5_000):
            beat.append(world.now)
            world._measure(frozenset({Signal.RR}))
            world.run(5_000)

    world._measure(frozenset({Signal.RR}))
    world.start()
    breathe(30_000)
    world.cuff_measuring = True
    world.missing.add(Signal.RR)
    breathe(45_000)
    assert beat
    assert world.state.hold is not None
    assert "rr missing" in world.state.hold.reasons[0]


def test_f31_nibp_is_judged_by_its_measurement_time_alone() -> None:
    """F31: an old pressure repeated in every frame grows stale; a cuff that measures does not refresh it."""
    world = World(small(), timing=FAST).start()
    measured = world.state.signals[Signal.NIBP_SYS].measured_ms
    assert measured is not None
    world.cuff_measuring = True
    world._next["nibp"] = 10**9
    world.run(measured + 600_000 - world.now)
    assert "nibp_sys:stale" not in world.state.gate_shut
    world.run(2_000)
    assert "nibp_sys:stale" in world.state.gate_shut


def test_f31_one_cause_raises_one_alarm_and_the_rest_are_lines_in_it() -> None:
    """F31: a dead monitor: one alarm at a time, never gate_waiting beside it; what is shut is a line."""
    world = World(small(), timing=FAST).start()
    world.run(90_000)
    raised = len(world.alarms())
    world.monitor_on = False
    world.give(inp.MonitorSilent("monitor-1", "no reply"))
    world.run(30_000)
    assert set(world.state.alarms) == {"monitor_silent"}
    (alarm,) = view(world.state, world.now)["alarms"]
    assert {"hr:stale", "spo2:stale"} <= set(alarm["lines"])
    world.run(60_000)
    assert set(world.state.alarms) == {"held_monitor_lost"}
    (alarm,) = view(world.state, world.now)["alarms"]
    assert {"hr:stale", "spo2:stale"} <= set(alarm["lines"])
    assert world.alarms()[raised:] == ["monitor_silent", "held_monitor_lost"]
    assert world.state.hold is not None
    assert "hr missing" in world.state.hold.reasons[0]
    assert "spo2 missing" in world.state.hold.reasons[0]


def test_f31_the_drug_that_stands_for_a_told_cause_is_no_second_alarm() -> None:
    """F31: monitor dead, the slice ends before the hold is due: one alarm, the waiting is a line of it."""
    patient = tuple(replace(rule, missing_hold_s=D(1200)) for rule in small().rules.signals)
    world = World(small(signals=patient), timing=FAST).start()
    world.run(60_000)
    world.monitor_on = False
    world.give(inp.MonitorSilent("monitor-1", "no reply"))
    world.run_until(Phase.WAITING_GATE, most_ms=200_000)
    world.run(5_000)
    assert set(world.state.alarms) == {"monitor_silent"}
    (alarm,) = view(world.state, world.now)["alarms"]
    assert "hr:stale" in alarm["lines"]


def test_f31_a_shut_gate_without_another_alarm_is_told() -> None:
    """F31: no cause is swallowed: where nobody has said it, the waiting gate is an alarm."""
    world = World(small(), timing=FAST).start()
    world.nurse_on = False
    world.run(200_000)
    world.pump.remote = False
    world.run_until(Phase.WAITING_GATE, most_ms=130_000)
    assert "gate_waiting" in world.state.alarms


def held_often(times: int) -> World:
    """A run held so often for a missing sensor, and resumed, within an hour."""
    world = World(small(), timing=FAST).start()
    for _ in range(times):
        world.run(20_000)
        world.missing.add(Signal.HR)
        world.run(75_000)
        assert world.phase() is Phase.HELD
        world.missing.clear()
        world.run(6_000)
        assert not world.resume(REST, witness="bob").startswith("no: ")
    return world


@pytest.mark.parametrize(("times", "advised"), [(3, False), (4, True)])
def test_f31_more_than_three_holds_an_hour_for_one_cause_raise_an_advice(times: int, advised: bool) -> None:
    """F31: > 3 per hour for the same technical cause: LOW, and it names what to change."""
    world = held_often(times)
    assert ("set_up_advice" in world.state.alarms) is advised
    assert view(world.state, world.now)["holds"] == {"monitor_lost": {"times": times, "last_hour": times}}
    if advised:
        assert CATALOGUE["set_up_advice"].priority is Priority.LOW
        assert "cuff on the other arm" in world.state.alarms["set_up_advice"].detail


def test_f31_holds_of_persons_and_patients_are_no_fault_of_the_set_up() -> None:
    """F31: only technical causes advise."""
    assert set(HoldCause) - {HoldCause(cause) for cause in ADVICE} == {
        HoldCause.REACTION,
        HoldCause.VITALS,
        HoldCause.HAND_CHANGE,
        HoldCause.OPERATOR,
    }
    world = World(small(), timing=FAST).start()
    for _ in range(5):
        world.run(20_000)
        world.do(inp.HoldNow, reason="")
        world.run(3_000)
        world.resume(REST, witness="bob")
    assert "set_up_advice" not in world.state.alarms
    assert Counter(cause for cause, _ in world.state.watched.held_at) == {"operator": 5}
