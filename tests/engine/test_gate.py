"""Gate, slices and what the bag still holds: nothing is renewed past a shut gate (F5, F16, F11)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.alarms import CATALOGUE
from daemon.engine.phases import Phase
from daemon.protocols.rules import GateAction, GateRule, Grade
from drivers.values import Motion, Signal
from simulators.campaign.engine.world import World
from tests.engine.plans import BACK, REST, SAME, SMALL_ROWS, bag, plan_of, rules, small
from tests.engine.stories import FAST, in_phase, infusing

D = Decimal
DWELL = GateRule(GateAction.DWELL, D(2))


def late_gate(gate: GateRule) -> World:
    """Full at step 1 with an assessment that has just become overdue."""
    world = World(small(gate=gate, assessment_every_min=D(5)), timing=FAST)
    world.nurse_on = False
    return world.start()


def test_f16_stop_stops_before_the_limit_and_waits() -> None:
    """F16: gate shut at a full step, `stop`: STOP before the limit, waiting_gate; then on by itself."""
    world = late_gate(GateRule(GateAction.STOP, None))
    world.run_until(Phase.WAITING_GATE)
    world.run(3_000)
    assert world.motion() is Motion.STOPPED
    assert world.pump.limit_ends == 0
    assert "gate_waiting" in world.state.alarms
    assert "assessment:overdue" in world.state.gate_shut
    world.do(inp.Assess)
    world.run(3_000)
    assert world.phase() is Phase.INFUSING
    assert world.state.step == 2
    assert "gate_waiting" not in world.state.alarms


@pytest.mark.parametrize("late_s", [5, 60, 110])
def test_f16_dwell_goes_on_at_the_same_rate_and_then_advances(late_s: int) -> None:
    """F16: `dwell`: the same rate goes on as dose until the gate opens."""
    world = late_gate(DWELL)
    while not world.seen(ev.DwellBegun):
        world.run(500)
    world.run(late_s * 1_000)
    assert world.phase() is Phase.INFUSING
    assert world.state.step == 1
    assert world.pump.rate_ul_h == 60_000
    world.do(inp.Assess)
    world.run(2_000)
    assert world.state.step == 2
    assert world.pump.rate_ul_h == 120_000
    ended = [e for e in world.seen(ev.StepEnded) if isinstance(e, ev.StepEnded)]
    assert ended[0].given.low >= D(5) + D(late_s) / 60 - D("0.2")
    assert world.pump.limit_ends == 0


def test_f16_dwell_ends_after_its_ordered_minutes() -> None:
    """F16: at most dwell_max_min, never into the limit."""
    world = late_gate(DWELL)
    world.run_until(Phase.WAITING_GATE)
    world.run(3_000)
    assert world.motion() is Motion.STOPPED
    assert world.pump.limit_ends == 0
    assert D(6) <= world.flowed_ml("A") <= D("7.4")


def test_f16_what_the_gate_will_need_is_announced_before() -> None:
    """F16: 5 min and 2 min before the step is full."""
    world = World(small(assessment_every_min=D(4)), timing=FAST)
    world.nurse_on = False
    world.start().run(60_000)
    assert "gate_needs" in world.alarms()
    assert "gate_needs_now" not in world.alarms()
    world.run(150_000)
    assert "gate_needs_now" in world.alarms()
    world.do(inp.Assess)
    assert not {"gate_needs", "gate_needs_now"} & set(world.state.alarms)


@pytest.mark.parametrize("late_s", [-8, 0, 4, 8, 12, 16])
def test_a12_a_need_at_the_very_end_of_a_step_is_one_alarm(late_s: int) -> None:
    """F16, (A) A12: the foreseen end moves with every unit of the counter, the alarm does not."""
    every = small().steps[0].minutes + D(late_s) / 60
    world = World(small(assessment_every_min=every)).start()
    world.nurse_on = False
    while world.state.step == 1:
        world.run(500)
    counts = [world.alarms().count(alarm) for alarm in ("gate_needs", "gate_needs_now")]
    assert max(counts) <= 1, counts


@pytest.mark.parametrize("signal", [Signal.HR, Signal.SPO2])
@pytest.mark.parametrize("begin_s", [20, 50, 70, 100, 200])
def test_f5_nothing_is_renewed_after_the_last_fresh_vital(signal: Signal, begin_s: int) -> None:
    """F5, DESIGN 3.6, (A) R6: renewals end with freshness; what flows after is at most one slice."""
    world = infusing(begin_s)
    world.missing = {signal}
    at = world.flowed_ml("A")
    world.measure()
    sent = len(world.channel.sent)
    world.run(58_000)
    assert len(world.channel.sent) <= sent + 1, "at most what was already on its way"
    world.run(200_000)
    assert world.motion() is Motion.STOPPED
    assert world.flowed_ml("A") - at <= D(2) + D("0.6")


@pytest.mark.parametrize(
    "phase", [Phase.INFUSING, Phase.AWAITING_SOLUTION, Phase.OBSERVING, Phase.WAITING_GATE]
)
def test_f29_service_stopping_is_a_hold(phase: Phase) -> None:
    """F29, DESIGN 3.7: SIGTERM at every phase: STOP, hold, HIGH alarm in the same decision."""
    world = in_phase(phase)
    world.give(inp.ServiceStopping("SIGTERM"))
    assert world.phase() is Phase.HELD
    assert "service_stopping" in world.state.alarms
    assert CATALOGUE["service_stopping"].priority == "HIGH"
    assert world.state.pump.stop_ms is not None


def test_a_broken_journal_holds_and_only_a_mended_one_is_resumed() -> None:
    """DESIGN 3.1, F32: no record, no more drug; STOP, manual and abort still work."""
    world = infusing()
    world.give(inp.JournalBroken("disk full"))
    assert world.phase() is Phase.HELD
    world.run(3_000)
    assert "journal:broken" in world.resume(REST)
    world.give(inp.JournalMended())
    assert not world.resume(REST).startswith("no: ")
    world = infusing()
    world.give(inp.JournalBroken("disk full"))
    assert not world.do(inp.GoManual, reason="").startswith("no: ")
    assert not world.do(inp.Abort, reason="").startswith("no: ")


def test_f6_a_refused_disarm_is_told_and_tried_again() -> None:
    """F6: a stopped pump that keeps its old rate is a HIGH alarm; no bag is confirmed, nothing resumed."""
    world = infusing()
    world.do(inp.HoldNow, reason="")
    world.run(1_000)
    world.channel.at = lambda point: setattr(
        world.channel, "lose_requests", 1 if point == "programmed" else 0
    )
    world.state = replace(world.state, pump=replace(world.state.pump, disarmed=False))
    world.judge = lambda *_args: None
    world.run(15_000)
    assert "not_disarmed" in world.alarms()
    assert world.resume(REST).startswith("no: ")
    world.channel.at = lambda _point: None
    world.run(6_000)
    assert world.state.pump.disarmed
    assert "not_disarmed" not in world.state.alarms


def test_f11_a_choice_beyond_the_total_dose_is_refused_with_a_number() -> None:
    """F11: the upper bound given plus what the choice would give."""
    world = World(small(ceilings=replace(rules().ceilings, max_total_dose=D(66))), timing=FAST).start()
    world.run(100_000)
    world.do(inp.HoldNow, reason="")
    world.run(3_000)
    assert resume.options(world.state, world.now).allowed == (REST,)
    assert "66" in world.resume(SAME)


def test_f11_an_empty_account_is_no_order_of_nothing() -> None:
    """F11, F7: where bag or total dose are used up nothing is ordered, also not a limit of zero."""
    world = World(small(ceilings=replace(rules().ceilings, max_total_dose=D(10))), timing=FAST).start()
    world.run(900_000)
    assert world.phase() is Phase.HELD, world.why()
    assert "held_guard" not in world.alarms()
    assert world.flowed_dose() <= D(10)
    assert world.motion() is Motion.STOPPED


def test_f11_a_choice_that_empties_the_bag_for_a_later_step_is_refused() -> None:
    """F11: repeating step 1 leaves too little of bag A for step 2: refused, naming the bag."""
    plan = plan_of(SMALL_ROWS, (bag("A", "16", "1"), bag("B", "100", "10")), rules())
    world = World(plan, timing=FAST).start()
    world.run(200_000)
    world.do(inp.HoldNow, reason="")
    world.run(3_000)
    assert SAME not in resume.options(world.state, world.now).allowed


@pytest.mark.parametrize("grade", [Grade.MILD, Grade.MODERATE])
def test_f2_f21_a_reaction_between_two_steps_never_leads_on(grade: Grade) -> None:
    """F21, F2: the step reacted to is the last that gave drug; no choice goes to a higher dose rate."""
    world = World(small(ceilings=replace(rules().ceilings, max_total_dose=D(120))), timing=FAST).start()
    world.nurse_on = False
    world.run_until(Phase.AWAITING_SOLUTION)  # step 2 is over, step 3 not begun
    world.run(4_000)
    world.react(grade)
    world.run(3_000)
    left = resume.options(world.state, world.now).allowed
    assert left
    reached = {resume.target_step(world.state, choice) for choice in left}
    assert max(reached) <= (2 if grade is Grade.MILD else 1)
    world.hang("A")
    world.match()
    assert not world.resume(left[0]).startswith("no: ")
    world.run(60_000)
    assert world.state.step <= 2


@pytest.mark.parametrize("first", ["reaction", "hand"])
def test_f3_back_from_manual_is_a_hold_with_its_alarms(first: str) -> None:
    """F3, DESIGN 3.7: held again: at least one hold alarm with the line instructions is active."""
    world = infusing()
    if first == "reaction":
        world.react(Grade.MODERATE)
    else:
        world.pump.stop()
    world.run(4_000)
    world.do(inp.GoManual, reason="")
    world.do(inp.GoAutomatic, witness="bob")
    assert world.phase() is Phase.HELD
    active = {name for name in world.state.alarms if CATALOGUE[name].hold}
    assert active
    assert first != "reaction" or "held_reaction" in active


def test_f13_f15_a_bag_is_confirmed_only_standing_and_only_the_one_needed() -> None:
    """F15, F13: never on a running pump, never another than the plan's."""
    world = infusing()
    assert "F15" in world.hang("A")
    world = in_phase(Phase.AWAITING_SOLUTION)
    assert world.hang("A").startswith("no: that is not the bag")
    assert world.hang("C").startswith("no: that bag is of another run")


def test_f4_back_over_a_bag_needs_the_old_bag_and_the_line_anew() -> None:
    """F4: resuming onto the weaker bag waits for its confirmation and a new word about the line."""
    world = World(small(ceilings=replace(rules().ceilings, max_total_dose=D(120))), timing=FAST).start()
    while world.state.step != 3 or world.phase() is not Phase.INFUSING:
        world.run(5_000)
    world.run(60_000)
    world.nurse_on = False
    world.do(inp.HoldNow, reason="")
    world.run(3_000)
    assert not world.resume(BACK).startswith("no: ")
    assert world.phase() is Phase.AWAITING_SOLUTION
    assert world.state.line_by == ""
    starts = world.pump.starts
    world.run(5_000)
    assert not world.hang("A").startswith("no: ")
    world.run(5_000)
    assert world.pump.starts == starts
    world.do(inp.ConfirmLine)
    world.match()
    world.run(5_000)
    assert world.pump.starts == starts + 1
    assert world.pump.rate_ul_h == 120_000


def test_design_3_14_a_way_out_of_every_phase() -> None:
    """F32, DESIGN 3.14: resume, manual or abort from each phase."""
    from simulators.campaign.engine.checks import way_out  # noqa: PLC0415 - the judge of this test

    for phase in Phase:
        world = in_phase(phase)
        way_out(world.state, world.now)
        world.channel.link_up = False
        world.give(inp.JournalBroken("dead"))
        way_out(world.state, world.now)


@pytest.mark.parametrize("kind", ["start", "renew"])
def test_f18_a_setting_is_asked_three_times_and_then_the_run_is_held(kind: str) -> None:
    """F18, (A) D4: one write, then status, up to three times; then STOP, held, HIGH."""
    world = World(small(), timing=FAST)
    asked: list[object] = []

    def lose(point: str) -> None:
        order = world.channel.order
        if point == "programmed" and order is not None and order.kind.value == kind:
            asked.append(order)
            world.channel.lose_requests = 1

    world.channel.at = lose
    world.start().run(130_000)
    assert world.phase() is Phase.HELD, world.why()
    assert len(asked) == 3
    assert "held_pump_alarm" in world.alarms()
    assert world.motion() is Motion.STOPPED


def test_f31_a_value_that_is_not_measured_anew_grows_stale() -> None:
    """F31, DESIGN 3.6, (A) R6: at fresh_s the gate is shut with a reason of its own, before anything is
    missing.

    Trap 10: what is exported may stop at any time; stale data stop the drug.
    """
    world = infusing(62)
    world.monitor_on = False
    last = world.state.signals[Signal.HR].measured_ms
    assert last is not None
    world.run(last + 14_500 - world.now)
    assert world.state.gate_shut == ()
    world.run(1_500)
    assert "hr:stale" in world.state.gate_shut
    assert world.phase() is Phase.INFUSING
