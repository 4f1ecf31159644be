"""How facts about the pump change the state."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from daemon.engine import events as ev
from daemon.engine import trail
from daemon.engine.account import ZERO, Moved, Odometer, volume_ml
from daemon.engine.changed import replace
from daemon.engine.hand_view import HandView
from daemon.engine.patient_end import dry as dry_end
from daemon.engine.phases import RUNNING, Phase
from daemon.engine.state import GapView, PumpView, RunState
from drivers.pairs import restart_is_gap
from drivers.values import Motion, PumpReading, PumpSetting

PumpEvent = (
    ev.PumpJoined
    | ev.PumpWentSilent
    | ev.SettingOrdered
    | ev.SettingConfirmed
    | ev.SettingFailed
    | ev.SettingWithdrawn
    | ev.Told
    | ev.HandSeen
    | ev.StopOrdered
    | ev.HandOverruled
    | ev.StopConfirmed
    | ev.Disarmed
)


def pump_after(state: RunState, event: PumpEvent, at: int) -> PumpView:
    """What is known of the pump after an order, its outcome, or a change of the link."""
    pump = state.pump
    match event:
        case ev.PumpJoined():
            return _joined(state, event)
        case ev.PumpWentSilent():
            return replace(
                pump,
                linked=False,
                silent_long=event.long,
                certain=False,
                disarmed=False,
                hand=replace(pump.hand, right=0),
            )
        case ev.SettingOrdered():
            starting = event.kind is ev.OrderKind.START or (
                event.kind in ev.RESTARTED and not state.caps.gapless
            )
            may_run = event.setting.rate_ml_h if starting else pump.may_run_ml_h
            shown_ml = pump.odometer.shown_ml
            asked = replace(pump, pending=event, pending_ms=at, pending_ml=shown_ml, hand=HandView())
            return replace(asked, may_run_ml_h=may_run)
        case ev.Told():
            return replace(pump, hand=HandView(told=True))
        case ev.HandSeen():
            return replace(pump, hand=replace(pump.hand, right=event.right, off=event.off, shown=event.shown))
        case ev.SettingConfirmed():
            return _setting_confirmed(state, at)
        case ev.SettingFailed():
            return replace(pump, pending=None, failures=pump.failures + 1)
        case ev.SettingWithdrawn():
            return replace(pump, pending=None, withdrawn_ms=at, unsent=pump.unsent + 1)
        case ev.StopOrdered():
            stop_ms = pump.stop_ms if pump.stop_ms is not None else at
            return replace(
                pump, stop_ms=stop_ms, stopped=False, pending=None, disarmed=False, hand=HandView()
            )
        case ev.HandOverruled():
            return replace(pump, hand_stops=pump.hand_stops + 1)
        case ev.StopConfirmed():
            return replace(pump, stop_ms=None, stopped=True, approved=None)
        case ev.Disarmed():
            return replace(pump, disarmed=True, pending=None, failures=0, unsent=0)
        case _:
            assert_never(event)


def _joined(state: RunState, event: ev.PumpJoined) -> PumpView:
    """Before the start any pump is the run's own; afterwards another one has to be put in its place (F26)."""
    pump, serial = state.pump, event.identity.serial
    same = pump.identity is None or pump.identity.serial == serial
    return replace(
        pump,
        linked=True,
        silent_long=False,
        identity=event.identity,
        own_serial=serial if state.started_ms is None else pump.own_serial,
        certain=False,
        compare=True,
        approved=pump.approved if same else None,
        stopped=pump.stopped and same,
        disarmed=pump.disarmed and same,
    )


def _setting_confirmed(state: RunState, at: int) -> PumpView:
    pump = state.pump
    order = pump.pending
    if order is None:
        return pump
    stopped = pump.stopped and order.kind is not ev.OrderKind.START
    return replace(
        pump,
        pending=None,
        failures=0,
        unsent=0,
        approved=order.setting,
        approved_ms=at,
        approved_ml=pump.odometer.shown_ml - (_run_ml(state, order.setting) if state.advisory else ZERO),
        ordered_ml=pump.pending_ml,
        stopped=stopped,
        disarmed=False,
        hand=HandView(),
    )


def _run_ml(state: RunState, setting: PumpSetting) -> Decimal:
    """What a limit set by hand had given by the time it was seen: of one cycle at most (F27)."""
    reading = state.pump.reading
    if reading is None or reading.limit_left_ml is None or setting.limit_ml is None:
        return ZERO
    cycle_ml = volume_ml(setting.rate_ml_h, int(state.caps.cycle_s * 1000 * state.wire_factor))
    return min(max(setting.limit_ml - reading.limit_left_ml, ZERO), cycle_ml + state.caps.counter_unit_ml)


def seen(state: RunState, reading: PumpReading, moved: Moved, at: int) -> RunState:
    """A readback counted into odometer, step, bag and gap."""
    pump = state.pump
    unit_ml = state.caps.counter_unit_at(reading.counter_ml)
    odometer = replace(pump.odometer, unit_ml=unit_ml).advance(moved, state.caps.accuracy)
    bags = dict(state.bags)
    if state.hung is not None and state.hung in bags:
        bags[state.hung] = bags[state.hung].add(moved)
    state = replace(state, account=state.account.add(moved), bags=bags, line=state.line.moved(moved))
    reach = state.commissioned.occlusion_ml + state.unit_ml
    marks = trail.after(state.doubts.trail, at, odometer.shown_ml, reach)
    state = replace(state, doubts=replace(state.doubts, trail=marks))
    state = replace(state, gap=_gap_seen(state, reading, moved, odometer, at))
    stopped = reading.motion is Motion.STOPPED and pump.stop_ms is None
    pump = replace(
        pump,
        odometer=odometer,
        reading=reading,
        read_ms=at,
        certain=True,
        compare=False,
        read_serial=pump.identity.serial if pump.identity is not None else "",
        stopped=stopped,
        may_run_ml_h=pump.may_run_ml_h if pump.pending is not None else ZERO,
        untimed_ml=None,
    )
    return replace(state, pump=pump)


def _gap_seen(state: RunState, reading: PumpReading, moved: Moved, odometer: Odometer, at: int) -> GapView:
    gap = state.gap
    if gap.proven_ms is None:
        return gap
    dry = dry_end(state, odometer)
    if moved.counter_ml > 0 and state.pump.reading is not None and not dry:
        gap = replace(gap, proven_ms=max(state.pump.read_ms, gap.proven_ms))
    meant = state.phase in RUNNING | {Phase.MANUAL}
    not_stopped_yet = state.advisory and state.pump.stop_ms is not None
    delivering = reading.motion is Motion.INFUSING and (meant or not_stopped_yet)
    if not dry and reading.motion is Motion.STOPPED and _only_programmed(state, at):
        return gap
    if not delivering or dry:
        open_from = gap.open_from_ms if gap.open_from_ms is not None else gap.proven_ms
        return replace(gap, open_from_ms=open_from, delivering_from_ms=None)
    if gap.delivering_from_ms is None:
        return replace(gap, delivering_from_ms=at, delivering_from_ml=odometer.shown_ml)
    return gap


def _only_programmed(state: RunState, at: int) -> bool:
    """It stands no longer than a restart may take: no gap begins, and none is proven over anew (F15)."""
    standing_s = Decimal(at - state.pump.pending_ms) / (1000 * state.wire_factor)
    return state.restarting and not restart_is_gap(standing_s)
