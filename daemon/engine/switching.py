"""From one pump to the next: break before make (F23).

The next pump is programmed and read back while it stands and the one in charge still runs. That one is then
stopped, seen standing by two readings and disarmed. Only then the other takes over and START goes out.
"""

from __future__ import annotations

from daemon.changed import replace
from daemon.engine import beside, disarming, gap, slices
from daemon.engine import events as ev
from daemon.engine.charge import in_charge
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause
from drivers.values import PumpSetting


def ready(draft: Draft, name: str) -> bool:
    """Have the coming pump programmed while it stands; True once it has been read back so.

    Where the worst that may have been given leaves nothing to grant, nothing is ordered: the next reading
    says more, and a change that comes too late is held (F7, F11).
    """
    state, pump = draft.state, draft.state.view(name)
    if pump.programmed is not None:
        return True
    busy = pump.pending is not None or disarming.just_withdrawn(state, pump, draft.now)
    if not busy and pump.stopped and pump.stop_ms is None and pump.certain:
        step = beside.following(state)
        setting = None if step is None else _setting(state, name, step, draft.now)
        if setting is not None and setting.limit_ml:
            draft.order(ev.OrderKind.PROGRAM, setting, step=step, pump=name)
    return False


def _setting(state: RunState, name: str, step: int, now: int) -> PumpSetting:
    """What the step would begin with on that pump."""
    there = in_charge(state, name)
    stretch = state.stretch if state.stretch is not None and state.stretch.again else None
    plan = state.plan.step(step)
    goal_ml = stretch.goal_ml if stretch is not None else plan.volume_ml
    there = replace(there, step=step, stretch=stretch, begun=True, goal_ml=goal_ml, dwell_ms=None)
    return PumpSetting(there.rate_ml_h, slices.slice_ml(there, now))


def begin(draft: Draft, name: str) -> None:
    """The step is over: the one in charge is stopped, and it alone."""
    old = draft.state.pump_name
    draft.emit(ev.SwitchBegun(name))
    draft.emit(ev.StopOrdered(say("another_takes_over", pump=name), old))


def may_take_over(draft: Draft) -> bool:
    """The old pump stands for certain and is disarmed, the next one stands programmed; else wait or hold."""
    state, name = draft.state, beside.coming(draft.state)
    late = max(gap.current_ms(state, draft.now), draft.now - state.phase_ms) > gap.switch_limit_ms(state)
    if late or not name:
        draft.hold(HoldCause.PUMP_ALARM, say("switch_late", pump=name or state.pump_name))
        return False
    programmed, old = ready(draft, name), state.pump
    proven = old.linked and old.stopped and old.stop_ms is None and old.disarmed and old.pending is None
    if not proven or not beside.still(state, old) or state.delivering:
        return False
    if state.gate_shut:
        reason = ", ".join(state.gate_shut)
        draft.emit(ev.PhaseEntered(Phase.WAITING_GATE, reason))
        return False
    return programmed


def take_over(draft: Draft, solution: str) -> None:
    """The pump that carries a solution is in charge from now on; every pump stands."""
    name = draft.state.carrier(solution)
    if name != draft.state.pump_name:
        draft.emit(ev.TookOver(name))
