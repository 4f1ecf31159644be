"""Any sequence of acts, readings, vitals, silence, restarts and time: nothing raises, nothing is violated.

Every decision is judged by `checks.check`; replay == live at every decision; a way out from every state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.protocols.rules import GateAction, GateRule, Grade
from drivers.values import (
    LocalChange,
    Measurement,
    Motion,
    PumpAlarm,
    PumpReading,
    PumpSetting,
    Signal,
    Validity,
    VitalsSample,
)
from simulators.campaign.engine.checks import way_out
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.fractions import HALF, THEN_REPEAT, THEN_SAME, mild, with_rule
from tests.engine.plans import BACK, BACK_2, NEVER, OVER, REST, SAME, rules, small
from tests.engine.random_doubts import DOUBTS, SPARE, doubt

D = Decimal
Op = tuple[str, Any]

CHOICES = st.sampled_from([REST, SAME, HALF, BACK, BACK_2, OVER, NEVER])
NAMES = st.sampled_from(["ann", "bob", "", " ", "ANN"])
VALUES = st.sampled_from([D(0), D("0.1"), D(1), D(2), D(30), D(60), D(120), D(500), D("0.05")])
SECONDS = st.sampled_from([1, 3, 7, 20, 61, 61, 130, 320])

ACTS = st.one_of(
    st.tuples(st.just("hold"), NAMES),
    st.tuples(st.just("react"), st.sampled_from(list(Grade))),
    st.tuples(st.just("resume"), CHOICES),
    st.tuples(st.just("resume"), CHOICES),
    st.tuples(st.just("resume any"), st.integers(0, 3)),
    st.tuples(st.just("resume any"), st.integers(0, 3)),
    st.tuples(st.just("hang"), st.sampled_from(["A", "B", "Z"])),
    st.tuples(st.just("plain"), st.sampled_from(["line", "running", "stopped", "assess", "empty"])),
    st.tuples(st.just("start"), NAMES),
    st.tuples(st.just("manual"), NAMES),
    st.tuples(st.just("automatic"), NAMES),
    st.tuples(st.just("abort"), st.just("")),
    st.tuples(st.just("ack"), st.sampled_from(["manual", "held_operator"])),
    st.tuples(st.just("repeat"), st.integers(1, 9)),
    st.tuples(st.just("tell"), st.sampled_from([("urticaria",), ("collapse",), ("itch",), ()])),
    st.tuples(st.just("enter"), st.tuples(st.sampled_from(list(Signal)[:4]), VALUES)),
    st.tuples(st.just("exclude"), st.sampled_from(["monitor-1", "monitor-2"])),
    st.tuples(st.just("correct"), st.sampled_from(list(Grade))),
    DOUBTS,
)
FAULTS = st.one_of(
    SPARE,
    st.tuples(st.just("link"), st.booleans()),
    st.tuples(st.just("lose requests"), st.integers(1, 6)),
    st.tuples(st.just("lose replies"), st.integers(1, 6)),
    st.tuples(st.just("refuse stop"), st.booleans()),
    st.tuples(st.just("key"), st.sampled_from(["start", "stop", "bolus", "clear", "no limit"])),
    st.tuples(st.just("rate"), VALUES),
    st.tuples(st.just("limit"), VALUES),
    st.tuples(st.just("alarm"), st.sampled_from(list(PumpAlarm))),
    st.tuples(st.just("remote"), st.booleans()),
    st.tuples(st.just("counter"), st.sampled_from([0, 500, 850, 1000, 1000, 1200])),
    st.tuples(st.just("vital"), st.tuples(st.sampled_from(list(Signal)[:4]), VALUES)),
    st.tuples(st.just("monitor"), st.booleans()),
    st.tuples(st.just("disk"), st.booleans()),
    st.tuples(st.just("clock"), st.sampled_from([-10_000_000, 3_000])),
    st.tuples(st.just("restart"), st.booleans()),
    st.tuples(st.just("sigterm"), st.just("")),
    st.tuples(st.just("journal"), st.booleans()),
)
READINGS = st.builds(
    PumpReading,
    motion=st.sampled_from(list(Motion)),
    rate_ml_h=VALUES,
    limit_left_ml=st.none() | VALUES,
    counter_ml=VALUES,
    remote=st.booleans(),
    alarms=st.frozensets(st.sampled_from(list(PumpAlarm)), max_size=2),
    local=st.frozensets(st.sampled_from(list(LocalChange)), max_size=1),
    mains=st.booleans(),
)
SAMPLES = st.dictionaries(
    st.sampled_from(list(Signal)),
    st.builds(
        Measurement,
        value=st.none() | VALUES,
        validity=st.sampled_from(list(Validity)),
        measured=st.booleans(),
        age_s=st.sampled_from([D(0), D(5), D(400)]),
    ),
    max_size=4,
)
RAW = st.one_of(
    st.builds(inp.PumpRead, READINGS, st.integers(0, 10**7)),
    st.builds(inp.MonitorRead, st.builds(VitalsSample, SAMPLES)),
    st.builds(inp.OrderDone, st.integers(0, 6), st.just(PumpSetting(D(60), D(2)))),
    st.builds(inp.OrderFailed, st.integers(0, 6), st.just("no")),
    st.builds(inp.GuardRefused, st.integers(0, 6), st.just("no")),
    st.builds(inp.PumpSilent, st.just("no"), st.booleans()),
    st.builds(inp.StopUnverified, st.just("no")),
    st.builds(inp.MonitorSilent, st.just("m"), st.just("no")),
)
TIME = st.tuples(st.just("time"), SECONDS)
OPS = st.lists(st.one_of(TIME, TIME, ACTS, FAULTS), min_size=1, max_size=12)
WILD = st.lists(st.one_of(TIME, ACTS, FAULTS, st.tuples(st.just("raw"), RAW)), min_size=1, max_size=12)


def act(world: World, name: str, value: Any) -> None:
    match name:
        case "hold":
            world.do(inp.HoldNow, by=value, reason="")
        case "react":
            world.react(value)
        case "resume":
            world.resume(value, witness="bob")
        case "resume any":
            for choice in (HALF, REST, SAME, BACK, OVER)[value:]:
                world.resume(choice, witness="bob")
        case "hang":
            if not world.state.running:
                world.hang(value)
        case "plain":
            kinds: dict[str, type[inp.Act]] = {
                "line": inp.ConfirmLine,
                "running": inp.ConfirmRunning,
                "stopped": inp.ConfirmStopped,
                "assess": inp.Assess,
                "empty": inp.ConfirmEmpty,
            }
            world.do(kinds[value])
        case "start":
            world.do(inp.Start, by="ann", witness=value)
        case "manual":
            world.do(inp.GoManual, by=value, reason="")
        case "automatic":
            world.do(inp.GoAutomatic, by="ann", witness=value)
        case "abort":
            world.do(inp.Abort, by=value, reason="")
        case "tell":
            world.do(inp.ReportReaction, grade=None, text="", symptoms=value, minutes_ago=len(value) * 2)
        case "enter":
            world.do(inp.ManualVitals, values=dict([value]), minutes_ago=0)
        case "exclude":
            world.do(inp.ExcludeSource, source=value, reason="why", minutes=2)
        case "correct":
            world.do(inp.CorrectGrade, by="dr. grey", grade=value, reason="why", witness="bob")
        case "ack":
            world.do(inp.Acknowledge, alarm=value)
        case _:
            before = len(world.events)
            answers = [world.do(inp.Assess, act_id=f"again-{value}") for _ in range(2)]
            assert answers[0] == answers[1], "F40: a double tap has one answer"
            assert len([e for _, e in world.events[before:] if isinstance(e, ev.ActTaken)]) <= 1


def fault(world: World, name: str, value: Any) -> None:
    pump, channel = world.pump, world.channel
    simple: dict[str, Callable[[], object]] = {
        "link": lambda: setattr(channel, "link_up", value),
        "lose requests": lambda: setattr(channel, "lose_requests", value),
        "lose replies": lambda: setattr(channel, "lose_replies", value),
        "refuse stop": lambda: setattr(channel, "refuse_stop", value),
        "rate": lambda: setattr(pump, "rate_ul_h", int(value * 1000)),
        "limit": lambda: pump.set_limit(value),
        "alarm": lambda: pump.alarms.add(value),
        "remote": lambda: setattr(pump, "remote", value),
        "counter": lambda: setattr(pump, "counter_permille", value),
        "vital": lambda: world.vitals.__setitem__(*value),
        "monitor": lambda: setattr(world, "monitor_on", value),
        "disk": lambda: setattr(world, "disk_on", value),
        "clock": lambda: world.give(inp.ClockStepped(value)),
        "restart": lambda: world.restart(2_000, gap_known=value),
        "sigterm": lambda: world.give(inp.ServiceStopping("sigterm")),
        "journal": lambda: world.give(inp.JournalMended() if value else inp.JournalBroken("full")),
        "raw": lambda: world.give(value),
    }
    if name in simple:
        simple[name]()
        return
    match value:
        case "start":
            pump.start()
        case "stop":
            pump.stop()
        case "bolus":
            pump.motion = Motion.BOLUS
        case "clear":
            pump.counter = 0
        case _:
            pump.set_limit(None)


FAULT_NAMES = {
    "link", "lose requests", "lose replies", "refuse stop", "key", "rate", "limit", "alarm", "remote",
    "counter", "vital", "monitor", "disk", "clock", "restart", "sigterm", "journal", "raw",
}  # fmt: skip


def live(world: World, ops: list[Op]) -> None:
    for name, value in ops:
        if name == "time":
            world.run(value * 1_000)
        elif doubt(world, name, value):
            pass
        elif name in FAULT_NAMES:
            fault(world, name, value)
        else:
            act(world, name, value)
        way_out(world.state, world.now)
    state, _guard = world.replayed()
    assert state == world.state, "replay == live"
    event(world.phase().value)


def world_of(skip_s: int, *, dwell: bool, begun: bool) -> World:
    ordered = rules(ceilings=replace(rules().ceilings, max_total_dose=D(100)))
    if dwell:
        ordered = replace(ordered, gate=GateRule(GateAction.DWELL, D(2)))
    rule = mild(THEN_REPEAT if dwell else THEN_SAME, "2", allow=(SAME, HALF, BACK), first=(SAME,))
    plan = with_rule(replace(small(), rules=ordered, ordered_by="dr. grey"), rule)
    world = World(plan, timing=Timing(poll_ms=1_500, latency_ms=60, disk_ms=200, tick_ms=3_000), sound=False)
    world.channel.jitter = lambda: 0
    if begun:
        world.start().run(skip_s * 1_000)
    else:
        world.run(2_000)
    return world


PROFILE = settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))


@PROFILE
@given(OPS, st.sampled_from([0, 5, 40, 290, 330, 600, 680]), st.booleans(), st.integers(0, 9))
def test_physical_worlds_keep_every_invariant(ops: list[Op], skip_s: int, dwell: bool, begun: int) -> None:
    """(A) D6, D10, R2, R9: F1, F5, F6, F7, F8, F10, F11, F22, F33, F40, DESIGN 3.1-3.3, 3.7, 3.14: pumps
    that can exist."""
    live(world_of(skip_s, dwell=dwell, begun=begun > 0), ops)


@PROFILE
@given(WILD, st.sampled_from([0, 40, 330, 680]), st.booleans())
def test_impossible_inputs_keep_every_invariant(ops: list[Op], skip_s: int, dwell: bool) -> None:
    """(A) D6, R9: The same for readings, orders and samples that no device could have sent."""
    live(world_of(skip_s, dwell=dwell, begun=True), ops)


@PROFILE
@given(st.lists(st.one_of(TIME, ACTS), min_size=1, max_size=12), st.sampled_from([5, 290, 680]))
def test_f11_f38_no_acts_of_persons_make_more_than_the_total_dose_flow(ops: list[Op], skip_s: int) -> None:
    """F11, (A) D10: any sequence of holds and resumes: the dose that really flowed stays below
    max_total_dose."""
    world = world_of(skip_s, dwell=False, begun=True)
    world.sound = True
    live(world, [op for op in ops if op[0] != "hang"])
    assert world.flowed_dose() <= world.state.plan.rules.ceilings.max_total_dose
    assert world.peak_dose_rate <= D(300)
