"""How facts about the pump change the state."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from daemon.changed import replace
from daemon.engine import events as ev
from daemon.engine import trail
from daemon.engine.account import ZERO, Moved, Odometer, volume_ml
from daemon.engine.charge import looking_at, on, with_every, with_view
from daemon.engine.hand_view import HandView
from daemon.engine.patient_end import dry as dry_end
from daemon.engine.phases import RUNNING, Phase
from daemon.engine.pump_view import PumpView, delivers
from daemon.engine.state import GapView, RunState
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


@dataclass(frozen=True, slots=True)
class Seen:
    """A readback, and when it was asked for."""

    reading: PumpReading
    asked_ms: int


def pumps_after(state: RunState, event: PumpEvent, at: int) -> RunState:
    """What is known of the pumps after an order, its outcome, or a change of a link."""
    if isinstance(event, ev.StopOrdered) and not event.pump:
        return with_every(state, lambda pump: _stop_ordered(pump, at))
    there = looking_at(state, event.pump)
    return with_view(state, event.pump, _pump_after(there, event, at))


def _pump_after(state: RunState, event: PumpEvent, at: int) -> PumpView:
    """What is known of the pump that `state` looks at."""
    pump = state.pump
    match event:
        case ev.PumpJoined():
            return _joined(pump, event, started=state.started_ms is not None)
        case ev.PumpWentSilent():
            silent = replace(pump, linked=False, silent_long=event.long, certain=False, disarmed=False)
            hand = replace(pump.hand, right=0)
            return replace(silent, still_from_ms=None, programmed=None, hand=hand)
        case ev.SettingOrdered():
            return _setting_ordered(pump, event, at, gapless=state.caps.gapless)
        case ev.Told():
            return replace(pump, hand=HandView(told=True))
        case ev.HandSeen():
            return replace(pump, hand=replace(pump.hand, right=event.right, off=event.off, shown=event.shown))
        case ev.SettingConfirmed():
            return _setting_confirmed(state, at)
        case ev.SettingFailed():
            return replace(pump, pending=None, failures=pump.failures + 1, programmed=None)
        case ev.SettingWithdrawn():
            return replace(pump, pending=None, withdrawn_ms=at, unsent=pump.unsent + 1)
        case ev.StopOrdered():
            return _stop_ordered(pump, at)
        case ev.HandOverruled():
            return replace(pump, hand_stops=pump.hand_stops + 1)
        case ev.StopConfirmed():
            return replace(pump, stop_ms=None, stopped=True, approved=None)
        case ev.Disarmed():
            shown_ml = pump.reading.limit_left_ml if pump.reading is not None else None
            disarmed = replace(pump, disarmed=True, least_left_ml=shown_ml)
            return replace(disarmed, pending=None, failures=0, unsent=0, programmed=None)
        case _:
            assert_never(event)


def _setting_ordered(pump: PumpView, event: ev.SettingOrdered, at: int, *, gapless: bool) -> PumpView:
    starting = event.kind is ev.OrderKind.START or (event.kind in ev.RESTARTED and not gapless)
    ordered = replace(pump, pending=event, pending_ms=at, pending_ml=pump.odometer.shown_ml)
    ordered = replace(ordered, programmed=None, hand=HandView())
    return replace(ordered, may_run_ml_h=event.setting.rate_ml_h) if starting else ordered


def _stop_ordered(pump: PumpView, at: int) -> PumpView:
    stop_ms = pump.stop_ms if pump.stop_ms is not None else at
    return replace(
        pump,
        stop_ms=stop_ms,
        stopped=False,
        pending=None,
        disarmed=False,
        programmed=None,
        still_from_ms=None,
        hand=HandView(),
    )


def _joined(pump: PumpView, event: ev.PumpJoined, *, started: bool) -> PumpView:
    """Before the start any pump is the run's own; afterwards another one has to be put in its place (F26)."""
    serial = event.identity.serial
    same = pump.identity is None or pump.identity.serial == serial
    return replace(
        pump,
        linked=True,
        silent_long=False,
        identity=event.identity,
        own_serial=pump.own_serial if started else serial,
        certain=False,
        compare=True,
        approved=pump.approved if same else None,
        stopped=pump.stopped and same,
        disarmed=pump.disarmed and same,
        still_from_ms=None,
        programmed=None,
    )


def _setting_confirmed(state: RunState, at: int) -> PumpView:
    pump = state.pump
    order = pump.pending
    if order is None:
        return pump
    pump = replace(pump, pending=None, failures=0, unsent=0, disarmed=False)
    if order.kind is ev.OrderKind.PROGRAM:
        return replace(pump, programmed=order.setting)
    return replace(
        pump,
        approved=order.setting,
        approved_ms=at,
        approved_ml=pump.odometer.shown_ml - (_run_ml(state, order.setting) if state.advisory else ZERO),
        ordered_ml=pump.pending_ml,
        stopped=pump.stopped and order.kind is not ev.OrderKind.START,
        hand=HandView(),
    )


def _run_ml(state: RunState, setting: PumpSetting) -> Decimal:
    """What a limit set by hand had given by the time it was seen: of one cycle at most (F27)."""
    reading = state.pump.reading
    if reading is None or reading.limit_left_ml is None or setting.limit_ml is None:
        return ZERO
    cycle_ml = volume_ml(setting.rate_ml_h, int(state.caps.cycle_s * 1000 * state.wire_factor))
    return min(max(setting.limit_ml - reading.limit_left_ml, ZERO), cycle_ml + state.caps.counter_unit_ml)


def seen(state: RunState, name: str, found: Seen, moved: Moved, at: int) -> RunState:
    """A readback counted into odometer, bag and line; of the pump in charge also into the step."""
    if name == state.pump_name:
        after = _counted(state, found, moved, at)
        before = replace(state, line=after.line)
        gap = _gap_seen(before, found.reading, moved, after.pump.odometer, at)
        return replace(after, account=state.account.add(moved), gap=gap)
    if moved.counter_ml > 0 or moved.timed.high > 0:
        return on(state, name, lambda there: _counted(there, found, moved, at))
    there = _counted(looking_at(state, name), found, moved, at)
    one = replace(state.others[name], pump=there.pump, trail=there.doubts.trail)
    return replace(state, others={**state.others, name: one})


def _counted(state: RunState, found: Seen, moved: Moved, at: int) -> RunState:
    pump, reading = state.pump, found.reading
    unit_ml = state.caps.counter_unit_at(reading.counter_ml)
    same_unit = unit_ml == pump.odometer.unit_ml
    odometer = (pump.odometer if same_unit else replace(pump.odometer, unit_ml=unit_ml)).advance(
        moved, state.caps.accuracy
    )
    bags = dict(state.bags)
    if state.hung is not None and state.hung in bags:
        bags[state.hung] = bags[state.hung].add(moved)
    reach = state.commissioned.occlusion_ml + state.unit_ml
    marks = trail.after(state.doubts.trail, at, odometer.shown_ml, reach)
    stopped = reading.motion is Motion.STOPPED and pump.stop_ms is None
    still = _still(pump, reading, moved)
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
        still_from_ms=(pump.still_from_ms if still else at) if not delivers(reading) else None,
        still_to_ms=found.asked_ms,
        least_left_ml=_least_left(pump, reading),
    )
    doubts = replace(state.doubts, trail=marks)
    return replace(state, bags=bags, line=state.line.moved(moved), doubts=doubts, pump=pump)


def _least_left(pump: PumpView, reading: PumpReading) -> Decimal | None:
    if pump.least_left_ml is None or reading.limit_left_ml is None:
        return pump.least_left_ml
    return min(pump.least_left_ml, reading.limit_left_ml)


def _still(pump: PumpView, reading: PumpReading, moved: Moved) -> bool:
    """The reading before showed it standing too, and the counter has not moved since."""
    before = pump.reading is not None and pump.reading.counter_ml == reading.counter_ml
    return pump.still_from_ms is not None and before and not moved.counter_ml


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
