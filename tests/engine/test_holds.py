"""Holds, STOP and severe reactions: what is stopped, for how long, and what may follow."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.alarms import CATALOGUE, LINE_FIRST
from daemon.engine.phases import Mode, Phase
from daemon.protocols.rules import Grade, HoldCause
from drivers.values import Motion, PumpAlarm, Signal
from simulators.campaign.engine.world import World
from tests.engine.plans import BACK, OVER, REST, SAME, small
from tests.engine.stories import FAST, in_phase, infusing

D = Decimal


@pytest.mark.parametrize(
    "phase", [Phase.INFUSING, Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.HELD, Phase.OBSERVING]
)
@pytest.mark.parametrize("act", ["hold", "reaction", "abort", "unnamed abort"])
def test_f6_f10_every_stop_reaches_the_pump_from_every_phase(phase: Phase, act: str) -> None:
    """F6, F10, DESIGN 3.1: a STOP is decided at once, also against a pump that stands."""
    world = in_phase(phase)
    decided = world.channel.stops_decided
    match act:
        case "hold":
            world.do(inp.HoldNow, by="", reason="")
        case "reaction":
            world.react(Grade.MILD)
        case "abort":
            world.do(inp.Abort, reason="enough")
        case _:
            world.do(inp.Abort, by="", reason="enough")
    if act != "reaction" or phase is not Phase.HELD:
        assert world.channel.stops_decided > decided
    world.run(2_000)
    assert world.motion() is Motion.STOPPED
    assert world.phase() is (Phase.ABORTED if act == "abort" else Phase.HELD)


def test_f33_abort_without_a_name_holds_and_with_a_name_ends() -> None:
    """F33: abort stops first; without a name the run stays held."""
    world = infusing()
    assert "held" in world.do(inp.Abort, by=" ", reason="")
    assert world.phase() is Phase.HELD
    world.do(inp.Abort, by="ann", reason="")
    assert world.phase() is Phase.ABORTED


def test_f10_stop_stands_while_the_link_is_down_and_is_the_first_frame_after() -> None:
    """F10: reaction with the port gone: NOT CONFIRMED, HIGH alarm, STOP before anything else."""
    world = infusing()
    world.channel.link_up = False
    world.run(1_500)
    world.react(Grade.MILD)
    assert world.state.mode is Mode.STOP_NOT_CONFIRMED
    world.run(10_000)
    assert "stop_not_confirmed" in world.state.alarms
    assert world.motion() is Motion.INFUSING
    assert world.phase() is Phase.HELD
    sent = len(world.channel.sent)
    world.channel.link_up = True
    world.run(1_500)
    assert world.motion() is Motion.STOPPED
    assert str(world.state.mode) == Mode.HELD.value
    assert "stop_not_confirmed" not in world.state.alarms
    assert all(o.kind is ev.OrderKind.DISARM for o in world.channel.sent[sent:])


def test_f10_a_refused_stop_is_sent_again() -> None:
    """F10: NAK 04 for 10 s: STOP is repeated at least each second and works as soon as it is taken."""
    world = infusing()
    world.channel.refuse_stop = True
    world.do(inp.HoldNow, reason="")
    world.run(10_000)
    assert world.state.mode is Mode.STOP_NOT_CONFIRMED
    assert world.resume(REST).startswith("no: STOP is not confirmed")
    world.channel.refuse_stop = False
    world.run(1_000)
    assert world.motion() is Motion.STOPPED


def test_f10_a_person_may_confirm_the_stop_by_name_only() -> None:
    """F10: 'stopped by hand, line clamped' ends a STOP, with a name."""
    world = infusing()
    world.channel.link_up = False
    world.do(inp.HoldNow, reason="")
    world.run(3_000)
    assert world.do(inp.ConfirmStopped, by="").startswith("no: ")
    assert not world.do(inp.ConfirmStopped).startswith("no: ")
    assert world.state.pump.stop_ms is None
    assert world.do(inp.ConfirmStopped).startswith("no: no STOP")
    assert world.resume(REST).startswith("no: ")


@pytest.mark.parametrize("before", [Phase.HELD, Phase.INFUSING])
def test_f10_a_pending_stop_survives_a_restart(before: Phase) -> None:
    """F10: the journal keeps a STOP; after a restart it is sent again and nothing is observed."""
    world = infusing()
    world.channel.link_up = False
    world.do(inp.HoldNow, reason="")
    world.run(1_000)
    world.restart(3_000)
    assert world.phase() is Phase.HELD
    assert world.channel.stop_since is not None
    world.channel.link_up = True
    world.run(1_500)
    assert world.motion() is Motion.STOPPED


@pytest.mark.parametrize("end", [Phase.AFTER_WATCH, Phase.ABORTED, Phase.MANUAL])
def test_f10_a_pending_stop_survives_a_restart_after_the_run(end: Phase) -> None:
    """F10: kept across restart by the journal, in whatever phase it was decided."""
    world = infusing()
    world.channel.refuse_stop = True
    if end is Phase.ABORTED:
        world.do(inp.Abort, reason="")
    elif end is Phase.MANUAL:
        world.do(inp.GoManual, reason="")
        world.do(inp.HoldNow, reason="")
    else:
        world.channel.refuse_stop = False
        world.run_until(Phase.INFUSING)
        while world.state.step < 3 or world.phase() is not Phase.INFUSING:
            world.run(5_000)
        world.channel.refuse_stop = True
        world.run_until(Phase.AFTER_WATCH)
    assert world.phase() is end
    assert world.state.pump.stop_ms is not None
    world.restart(2_000)
    assert world.channel.stop_since is not None


def test_f6_a_stopped_pump_is_disarmed_in_every_hold_and_before_a_bag_change() -> None:
    """F6: lowest rate and smallest limit stand on the pump; START there gives at most the limit."""
    for phase in (Phase.AWAITING_SOLUTION, Phase.HELD):
        world = in_phase(phase)
        assert world.state.pump.disarmed
        assert world.pump.stored().limit_ml == D("0.1")
        assert world.pump.stored().rate_ml_h == D("0.1")
        before = world.flowed_dose()
        world.pump.start()
        world.run(10_000)
        strongest = max(s.concentration for s in world.state.plan.solutions)
        assert world.flowed_dose() - before <= D("0.1") * strongest
        assert world.motion() is Motion.STOPPED


def test_f6_the_bag_may_be_confirmed_only_on_a_disarmed_pump() -> None:
    """F6: only after the disarm was read back is a bag change taken."""
    world = World(small(), timing=FAST).start()
    world.nurse_on = False
    while world.phase() is not Phase.AWAITING_SOLUTION:
        world.run(100)
    assert world.hang("B").startswith("no: ")
    while not world.state.pump.stopped:
        world.run(20)
    assert not world.state.pump.disarmed
    assert world.hang("B").startswith("no: wait")
    world.run(3_000)
    assert not world.hang("B").startswith("no: ")


def test_f6_start_programs_anew_and_reads_back() -> None:
    """F6: every START order carries rate and limit; the pump is programmed on the stopped pump."""
    world = infusing()
    world.do(inp.HoldNow, reason="")
    world.run(5_000)
    assert not world.resume(REST).startswith("no: ")
    world.run(2_000)
    assert world.channel.sent[-1].kind is ev.OrderKind.START
    assert world.pump.stored().rate_ml_h == D(60)


def test_f7_running_without_a_limit_is_stopped_at_once() -> None:
    """F7: an empty limit read back from a running pump: STOP and HIGH at the next reading."""
    world = infusing()
    world.pump.set_limit(None)
    world.run(1_000)
    assert world.motion() is Motion.STOPPED
    assert world.phase() is Phase.HELD
    assert "unlimited" in world.state.alarms


@pytest.mark.parametrize("alarm", [PumpAlarm.OCCLUSION, PumpAlarm.AIR, PumpAlarm.EMPTY, PumpAlarm.UNKNOWN])
@pytest.mark.parametrize("stands", [True, False])
def test_a_stopping_pump_alarm_holds(alarm: PumpAlarm, stands: bool) -> None:
    """DESIGN 5: a stopping alarm holds whether or not the pump stopped by itself."""
    world = infusing()
    world.pump.alarms.add(alarm)
    if stands:
        world.pump.motion = Motion.STOPPED
    world.run(1_000)
    assert world.state.hold is not None
    restarted = alarm is PumpAlarm.OCCLUSION and not stands
    by_hand = {HoldCause.HAND_CHANGE} if restarted else set()
    assert world.state.hold.causes == {HoldCause.PUMP_ALARM} | by_hand, "F14: its own restart is a hand"
    assert world.resume(REST).startswith("no: ")


def test_f21_a_hold_gathers_causes_and_the_highest_grade() -> None:
    """F21, (A) R2: the set of causes and the highest grade; a lower grade does not lower it."""
    world = infusing()
    world.do(inp.HoldNow, reason="")
    world.run(3_000)
    assert REST in resume.options(world.state, world.now).allowed
    world.react(Grade.MODERATE)
    world.react(Grade.MILD)
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.MODERATE
    assert world.state.hold.causes == {HoldCause.OPERATOR, HoldCause.REACTION}
    assert REST not in resume.options(world.state, world.now).allowed
    assert SAME not in resume.options(world.state, world.now).allowed


def test_f22_severe_is_never_resumed_whatever_the_file_orders() -> None:
    """F22: the hard rule stands above the protocol's own rule for severe."""
    world = infusing()
    world.react(Grade.SEVERE)
    world.run(3_000)
    assert resume.options(world.state, world.now).allowed == ()
    for choice in (REST, SAME, BACK, OVER):
        assert world.resume(choice, witness="bob").startswith("no: ")
    assert "severe" in world.resume(SAME)


def test_f22_severe_is_not_forgotten_by_way_of_manual() -> None:
    """F22: hold severe -> manual -> back to automatic: still never."""
    world = infusing()
    world.react(Grade.SEVERE)
    world.run(3_000)
    world.do(inp.GoManual, reason="")
    world.run(3_000)
    world.do(inp.GoAutomatic, witness="bob")
    world.run(3_000)
    assert resume.options(world.state, world.now).allowed == ()


def test_f22_severe_reported_in_manual_counts() -> None:
    """F22: a reaction can be entered in every phase; severe in manual forbids the way back."""
    world = infusing()
    world.do(inp.GoManual, reason="")
    world.react(Grade.SEVERE)
    world.do(inp.HoldNow, reason="")
    world.run(3_000)
    world.do(inp.GoAutomatic, witness="bob")
    world.run(3_000)
    assert resume.options(world.state, world.now).allowed == ()


def test_f21_moderate_is_not_forgotten_by_way_of_manual() -> None:
    """F21: the strictest rule of all causes over the whole length of the standstill."""
    world = infusing()
    world.react(Grade.MODERATE)
    world.run(3_000)
    world.do(inp.GoManual, reason="")
    world.do(inp.GoAutomatic, witness="bob")
    world.run(3_000)
    assert SAME not in resume.options(world.state, world.now).allowed


@pytest.mark.parametrize(
    "phase", [Phase.CHECKING, Phase.MANUAL, Phase.AFTER_WATCH, Phase.COMPLETED, Phase.ABORTED]
)
def test_f22_a_reaction_is_taken_in_every_phase(phase: Phase) -> None:
    """F22: also before, after and beside the automatic run it alarms HIGH and is recorded."""
    world = in_phase(phase)
    assert not world.react(Grade.MODERATE).startswith("no: ")
    raised = [name for name in world.state.alarms if CATALOGUE[name].priority == "HIGH"]
    assert raised


def test_f22_a_bad_value_in_after_watch_prolongs_it_without_flooding_the_record() -> None:
    """F22: one reaction, one prolongation; not an event at every tick."""
    world = in_phase(Phase.AFTER_WATCH)
    world.vitals[Signal.SPO2] = D(80)
    world.run(60_000)
    assert "reaction_late" in world.state.alarms
    again = [e for e in world.seen(ev.PhaseEntered) if isinstance(e, ev.PhaseEntered)]
    assert sum(1 for e in again if e.phase is Phase.AFTER_WATCH) <= 5


def test_f22_a_value_exactly_on_the_limit_counts_and_relative_limits_use_the_first_baseline() -> None:
    """F22: SpO2 92 is beyond 'below 92'; systolic 84 is a fall of 30 % from 120."""
    for signal, value, grade in ((Signal.SPO2, 92, Grade.SEVERE), (Signal.NIBP_SYS, 84, Grade.SEVERE)):
        world = infusing()
        world.vitals[signal] = D(value)
        world.measure()
        world.run(11_000)
        assert world.state.hold is not None
        assert world.state.hold.grade is grade
        world = infusing()
        world.vitals[signal] = D(value) + 1 if signal is Signal.NIBP_SYS else D(95)
        world.measure()
        world.run(30_000)
        assert world.phase() is Phase.INFUSING


def test_f3_every_hold_alarm_begins_with_the_three_line_instructions() -> None:
    """F3: clamp, do not flush, other access."""
    for cause in HoldCause:
        kind = CATALOGUE[f"held_{cause}"]
        assert kind.text.startswith(LINE_FIRST)
    for word in ("CLAMP", "DO NOT FLUSH", "ANOTHER ACCESS"):
        assert word in LINE_FIRST


def test_f10_only_a_reading_asked_after_the_stop_confirms_it() -> None:
    """F10, F18: an answer to a question from before the STOP proves nothing."""
    world = infusing()
    world.channel.refuse_stop = True
    world.do(inp.HoldNow, reason="")
    stop_ms = world.state.pump.stop_ms
    assert stop_ms is not None
    stands = replace(world.pump.reading(), motion=Motion.STOPPED)
    world.give(inp.PumpRead(stands, stop_ms - 1))
    assert world.state.pump.stop_ms == stop_ms
    world.give(inp.PumpRead(stands, stop_ms + 1))
    assert world.state.pump.stop_ms is None


def test_f21_a_rule_is_used_max_times_and_no_more() -> None:
    """F21: each cause and grade has its max_times over the whole run."""
    ordered = tuple(replace(rule, max_times=min(rule.max_times, 2)) for rule in small().rules.resume)
    world = World(small(resume=ordered), timing=FAST).start()
    for turn in range(3):
        world.run(25_000)
        world.do(inp.HoldNow, reason="")
        world.run(3_000)
        assert bool(resume.options(world.state, world.now).allowed) is (turn < 2)
        world.resume(REST, witness="bob")
    assert "already resumed 2 times" in world.resume(REST, witness="bob")
