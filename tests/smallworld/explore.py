"""Breadth first through every class of states the small world can reach."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace

from daemon.engine import changed, gap, slices
from daemon.engine.bedside import Check
from daemon.engine.course import may_be_empty
from daemon.engine.matching import confirmed
from daemon.engine.phases import OPEN, RUNNING, Phase
from daemon.engine.settling import unsettled
from daemon.engine.state import RunState
from daemon.protocols.plan import Plan
from daemon.protocols.rules import Grade, HoldCause
from drivers.values import Motion
from simulators.campaign.engine.world import World
from tests.engine.plans import small
from tests.smallworld.bed import COARSE_MS, DEAD, Devices, Life, Node, Step
from tests.smallworld.moves import moves

MOST_REASONS = 3
"""From so many reasons on, a gate is as shut as can be."""


@dataclass(frozen=True)
class Edge:
    """One move from one class of states to another."""

    node: Node
    move: str
    steps: tuple[Step, ...]
    after: Node


def first() -> Node:
    """A run just opened, before anything has answered."""
    world = World(_plan())
    return Node(world.state, Devices(), world.now)


def _plan() -> Plan:
    """The three steps of the small plan, the last one to the empty bag."""
    plan = small(checking=replace(small().rules.checking, wrong_codes_max=1))
    last = replace(plan.steps[-1], until_empty=True)
    strong = replace(plan.solution("B"), volume_ml=last.volume_ml)
    return replace(plan, steps=(*plan.steps[:-1], last), solutions=(plan.solution("A"), strong))


def explore(most: int) -> Iterator[Edge]:
    """Every move from one state of each class; AssertionError where the classes do not end."""
    start = first()
    seen: set[Hashable] = {kind(start)}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for name, move in moves(node):
            life = Life(node)
            try:
                move(life)
            except AssertionError as error:
                raise AssertionError(f"{error}; story: {', '.join((*node.story, name))}") from error
            after = Node(changed.replace(life.state, acts={}), life.devices, life.now, (*node.story, name))
            yield Edge(node, name, tuple(life.steps), after)
            its = kind(after)
            if its not in seen:
                seen.add(its)
                assert len(seen) <= most, f"more than {most} classes of states"
                waiting.append(after)


def kind(node: Node) -> Hashable:
    """The class of a state: everything a decision branches on, with numbers put into their intervals.

    With a device dead for good the question is the way out: the course of the step makes no difference.
    """
    state, devices = node.state, node.devices
    if state.phase not in OPEN:
        return _undriven(node)
    seen = (state.phase, _link(state), devices.motion is Motion.STOPPED)
    if state.phase is Phase.MANUAL:
        return (*seen, _dead(devices), state.journal_ok, state.pump.stop_ms is None, state.hold is None)
    common = (*seen, *_pump(state))
    if _dead(devices) or not state.journal_ok:
        return (*common, _dead(devices), state.step, state.hold is None)
    return (*common, state.step, state.hung == state.current.solution, *_course(state, node.now))


def _link(state: RunState) -> str:
    if not state.pump.linked:
        return "lost" if state.pump.silent_long and state.phase is not Phase.HELD else "silent"
    return "compare" if state.pump.compare else "read"


def _dead(devices: Devices) -> str:
    return "".join(name for name in DEAD if getattr(devices, name))


def _pump(state: RunState) -> tuple[Hashable, ...]:
    pump = state.pump
    standing = "stop sent" if pump.stop_ms is not None else "stopped" if pump.stopped else "runs"
    return (
        "disarmed" if pump.disarmed else standing,
        pump.pending.kind if pump.pending else None,
        state.phase is Phase.HELD or (pump.approved is None, pump.hand_stops > 0),
    )


def _course(state: RunState, now: int) -> tuple[Hashable, ...]:
    most = 1 if state.phase is Phase.HELD else MOST_REASONS
    held = state.phase is Phase.HELD
    course = (may_be_empty(state),) if held else (_progress(state), bool(state.line_by))
    return (min(len(state.gate_shut), most), *course, unsettled(state), _hold(state, now))


def _undriven(node: Node) -> Hashable:
    """Before the start and after the end nothing is ordered: fewer things make a difference."""
    state, pump = node.state, node.state.pump
    return (
        state.phase,
        _checks(state, node.now),
        bool(state.gate_shut),
        bool(state.signals),
        pump.linked,
        pump.stop_ms is None,
        node.devices.motion is Motion.STOPPED,
        node.devices.pump_dead,
        node.devices.monitor_dead,
        state.journal_ok,
    )


def _checks(state: RunState, now: int) -> int:
    """How many of the checks are confirmed, counted in one order up to the first that is not."""
    if state.phase not in (Phase.PLANNED, Phase.CHECKING):
        return 0
    missing = [number for number, check in enumerate(Check) if not confirmed(state, check, now)]
    return missing[0] if missing else len(Check)


def _progress(state: RunState) -> int:
    """How many coarse turns the step still needs; while it stands only whether it has begun."""
    if not state.begun:
        return -1
    return -(-slices.left_ms(state) // COARSE_MS) if state.phase in RUNNING else 0


def _hold(state: RunState, now: int) -> Hashable:
    """What a hold leaves, rather than how it came: the gap's order, the grade, a reaction."""
    gap_orders = gap.judge(state, now).action if state.gap.open_from_ms is not None else None
    if state.hold is None:
        return gap_orders
    return (gap_orders, state.hold.grade is Grade.SEVERE, HoldCause.REACTION in state.hold.causes)
