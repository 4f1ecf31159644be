"""Classes of states: everything a decision branches on, with numbers put into their intervals.

What one class merges: how far inside a coarse turn a step is, how many of several reasons shut a gate, which
cause of a hold it was, what was said to whom and when, alarms shown, and volumes beside the step's. With a
device dead for good the question is the way out, and the course of the step makes no difference.
"""

from __future__ import annotations

from collections.abc import Hashable

from daemon.engine import beside, gap, slices
from daemon.engine.bedside import Check
from daemon.engine.course import may_be_empty
from daemon.engine.matching import confirmed
from daemon.engine.phases import OPEN, RUNNING, Phase
from daemon.engine.pump_view import PumpView
from daemon.engine.settling import unsettled
from daemon.engine.state import RunState
from daemon.protocols.rules import Grade, HoldCause
from drivers.values import Motion
from tests.smallworld.bed import COARSE_MS, Devices, Node

MOST_REASONS = 3
"""From so many reasons on, a gate is as shut as can be."""


def kind(node: Node) -> Hashable:
    """The class of a state."""
    state, devices = node.state, node.devices
    if state.phase not in OPEN:
        return _undriven(node)
    seen = (state.phase, _link(state), _stands(state, devices), _beside(state, devices))
    if state.phase is Phase.MANUAL:
        return (*seen, devices.dead, state.journal_ok, state.stop_ms is None, state.hold is None)
    common = (*seen, *_pump(state))
    if devices.dead or not state.journal_ok:
        return (*common, devices.dead, state.step, state.hold is None)
    return (*common, state.step, state.hung == state.current.solution, *_course(state, node.now))


def _stands(state: RunState, devices: Devices) -> bool:
    return devices.pumps[state.pump_name].motion is Motion.STOPPED


def _beside(state: RunState, devices: Devices) -> tuple[str, ...]:
    """Each pump that is not in charge, in one word; and whether a bag hangs on it."""
    return tuple(
        f"{name} {_in_a_word(one.pump, devices.pumps[name].motion)}{'' if one.hung else ', no bag'}"
        for name, one in state.others.items()
    )


def _in_a_word(pump: PumpView, motion: Motion) -> str:
    if pump.stop_ms is not None:
        return "stop sent"
    if motion is not Motion.STOPPED:
        return "delivers"
    if not pump.linked or not pump.stopped:
        return "silent"
    if pump.programmed is not None:
        return "programmed"
    return "disarmed" if pump.disarmed and pump.pending is None else "armed"


def _link(state: RunState) -> str:
    if not state.pump.linked:
        return "lost" if state.pump.silent_long and state.phase is not Phase.HELD else "silent"
    return "compare" if state.pump.compare else "read"


def _pump(state: RunState) -> tuple[Hashable, ...]:
    pump = state.pump
    standing = "stop sent" if pump.stop_ms is not None else "stopped" if pump.stopped else "runs"
    return (
        "disarmed" if pump.disarmed else standing,
        pump.pending.kind if pump.pending else None,
        (pump.hand.told, pump.hand.right) if state.advisory else None,
        state.phase is Phase.HELD or (pump.approved is None, pump.hand_stops > 0),
    )


def _course(state: RunState, now: int) -> tuple[Hashable, ...]:
    most = 1 if state.phase is Phase.HELD else MOST_REASONS
    held = state.phase is Phase.HELD
    course = (may_be_empty(state),) if held else (_progress(state), _dwell(state, now), bool(state.line_by))
    return (min(len(state.gate_shut), most), *course, unsettled(state), _hold(state, now))


def _undriven(node: Node) -> Hashable:
    """Before the start and after the end nothing is ordered: fewer things make a difference."""
    state, pumps = node.state, node.state.pumps
    return (
        state.phase,
        _checks(state, node.now),
        bool(state.gate_shut),
        bool(state.signals),
        all(pump.linked for _, pump in pumps),
        all(beside.still(state, one.pump) for one in state.others.values()),
        state.stop_ms is None,
        node.devices.moves,
        any(pump.dead for pump in node.devices.pumps.values()),
        node.devices.monitor_dead,
        state.journal_ok,
    )


def _checks(state: RunState, now: int) -> int:
    """How many of the checks are confirmed, counted in one order up to the first that is not."""
    if state.phase not in (Phase.PLANNED, Phase.CHECKING):
        return 0
    missing = [number for number, check in enumerate(Check) if not confirmed(state, check, now)]
    hung = [name for name, _ in state.pumps if state.hung_on(name) is None]
    return min([*missing, *(1 for _ in hung)], default=len(Check))


def _progress(state: RunState) -> int:
    """How many coarse turns the step still needs; while it stands only whether it has begun."""
    if not state.begun:
        return -1
    return -(-slices.left_ms(state) // COARSE_MS) if state.phase in RUNNING else 0


def _dwell(state: RunState, now: int) -> int:
    """How many coarse turns an ordered dwell still lasts; -1 = there is none."""
    return -1 if state.dwell_ms is None else -(-slices.dwell_left_ms(state, now) // COARSE_MS)


def _hold(state: RunState, now: int) -> Hashable:
    """What a hold leaves, rather than how it came: the gap's order, the grade, a reaction."""
    gap_orders = gap.judge(state, now).action if state.gap.open_from_ms is not None else None
    if state.hold is None:
        return gap_orders
    return (gap_orders, state.hold.grade is Grade.SEVERE, HoldCause.REACTION in state.hold.causes)
