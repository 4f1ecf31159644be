"""What the channel of a pump tells beside its readings: who answers, silence, what became of an order."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.standing import of
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause

MOST_FAILURES = 3
MOST_UNSENT = 5
"""So many orders in a row that could not be sent are told: the link is too slow to give more (F28)."""


def identified(draft: Draft, given: inp.PumpIdentified) -> None:
    """A pump answers again, or another one does."""
    name = given.pump or draft.state.pump_name
    before = draft.state.view(name).identity
    draft.emit(ev.PumpJoined(given.identity, given.away_long, name))
    if all(pump.linked for _, pump in draft.state.pumps):
        draft.clear("pump_lost", "pump_silent")
    driven = name == draft.state.pump_name and draft.state.phase is Phase.INFUSING
    if given.away_long and driven:
        draft.emit(ev.PhaseEntered(Phase.OBSERVING, say("out_of_reach")))
        draft.alarm("observing", say("out_of_reach"))
    own, serial = draft.state.view(name).own_serial, given.identity.serial
    if serial != own:
        another = say("another_answers", serial=serial, own=own)
        draft.hold(HoldCause.PUMP_LOST, of(draft.state, name, another))
    elif before is not None and _nameless(draft.state, name):
        draft.hold(HoldCause.PUMP_LOST, of(draft.state, name, say("nameless_again")))
    if (
        before is not None
        and before.serial != serial
        and draft.state.phase is Phase.HELD
        and not draft.stopping
    ):
        draft.stop(say("another_answers_stop"))


def _nameless(state: RunState, name: str) -> bool:
    """It states no serial number and would be started by itself: only a person sees whose it is (F13, F26).

    One that delivers is compared with the record instead.
    """
    if state.fit(name).caps.has_serial_number:
        return False
    stopping = state.phase is Phase.INFUSING and state.view(name).stop_ms is not None
    return stopping or state.phase in (Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING)


def silent(draft: Draft, given: inp.PumpSilent) -> None:
    """A pump does not answer; after 5 s of wire time nothing automatic is left of the one in charge (F17).

    Another one may be started by hand unseen: nothing is renewed and nothing advances until it answers.
    Where that alarm stands or stood a moment ago, and may be acknowledged, leaving automatic is a second
    thing to be told (DESIGN 3.7).
    """
    name = given.pump or draft.state.pump_name
    pump, reason = draft.state.view(name), of(draft.state, name, given.reason)
    if draft.state.phase not in OPEN:
        if pump.linked:
            draft.emit(ev.PumpWentSilent(given.reason, given.long, name))
        return
    if pump.linked or given.long != pump.silent_long:
        draft.emit(ev.PumpWentSilent(given.reason, given.long, name))
    if not given.long:
        if pump.stop_ms is None:
            draft.alarm("pump_silent", reason)
        return
    draft.clear("pump_silent")
    told = "pump_lost" in draft.state.alarms or "pump_lost" in draft.state.ended
    draft.alarm("pump_lost", reason)
    if draft.state.phase is Phase.INFUSING and name == draft.state.pump_name:
        draft.emit(ev.PhaseEntered(Phase.OBSERVING, say("pump_does_not_answer")))
        if told:
            draft.alarm("observing", reason)


def order_done(draft: Draft, given: inp.OrderDone) -> None:
    """The pump has what was asked."""
    name = given.pump or draft.state.pump_name
    pending = draft.state.view(name).pending
    if pending is None or pending.order != given.order:
        return
    if pending.kind is ev.OrderKind.DISARM:
        draft.emit(ev.Disarmed(name))
        if not any(pump.failures for _, pump in draft.state.pumps):
            draft.clear("not_disarmed")
        return
    draft.emit(ev.SettingConfirmed(given.order, name))
    draft.clear("order_failed")


def order_failed(draft: Draft, given: inp.OrderFailed) -> None:
    """Tried again twice, computed anew each time; then, or at once with half of it taken, held (F15, F18)."""
    name = given.pump or draft.state.pump_name
    pending = draft.state.view(name).pending
    if pending is None or pending.order != given.order:
        return
    draft.emit(ev.SettingFailed(given.order, given.reason, name))
    reason, tired = of(draft.state, name, given.reason), draft.state.view(name).failures >= MOST_FAILURES
    if pending.kind is ev.OrderKind.DISARM:
        if tired:
            draft.alarm("not_disarmed", reason)
        return
    draft.alarm("order_failed", reason)
    if pending.kind is ev.OrderKind.START:
        draft.stop(say("start_not_read_back", reason=reason))
    if given.half or tired:
        draft.hold(HoldCause.PUMP_ALARM, say("setting_not_taken", reason=reason))


def order_told(draft: Draft, given: inp.OrderTold) -> None:
    """It passed the guard and its record is on disk: now it stands on the screen (F27)."""
    name = given.pump or draft.state.pump_name
    pending = draft.state.view(name).pending
    if pending is not None and pending.order == given.order:
        draft.emit(ev.Told(given.order, name))


def order_unsent(draft: Draft, given: inp.OrderUnsent) -> None:
    """Nothing was sent; if it is still wanted it is ordered anew, computed from what is known by then."""
    name = given.pump or draft.state.pump_name
    pending = draft.state.view(name).pending
    if pending is not None and pending.order == given.order:
        draft.emit(ev.SettingWithdrawn(given.order, given.reason, name))
        if draft.state.view(name).unsent >= MOST_UNSENT:
            draft.alarm("order_failed", of(draft.state, name, given.reason))
