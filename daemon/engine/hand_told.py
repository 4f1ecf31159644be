"""What is asked of the hand, as alarms: they end when it was done, and say anew what changed (F27).

A hold is an instruction: STOP THE PUMP BY HAND, said again until the pump is seen standing (F10).
"""

from __future__ import annotations

from collections.abc import Iterator

from daemon.engine import slices
from daemon.engine.account import MS_PER_HOUR
from daemon.engine.advising import CYCLES
from daemon.engine.draft import Draft
from daemon.engine.events import OrderKind
from daemon.engine.hand_reading import told
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.engine.texts import say
from drivers.values import PumpSetting

REMIND_MS = 30_000
"""STOP THE PUMP BY HAND is said again this often, whoever has acknowledged it (F27)."""
PLANNED_MS = 60_000
"""A stop at the end of a step is a HIGH alarm after this time: the pump's own limit should have ended it."""
LIMIT_ENDS_MS = 180_000
"""What is left of a limit when its renewal becomes urgent."""
AHEAD = (("rate_soon", 300_000), ("rate_soon_now", 120_000))
"""The next rate is said so long before it is to be set (F16)."""
PLANNED = (Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.AFTER_WATCH)

_ALARMS = {
    OrderKind.START: "told_start",
    OrderKind.CHANGE: "told_change",
    OrderKind.RENEW: "told_limit",
}


def settle(draft: Draft) -> None:
    """Bring the alarms up to what is asked now."""
    if not draft.state.advisory:
        return
    wanted = dict(_asked(draft.state, draft.now))
    for alarm in (*_ALARMS.values(), "limit_ends", *(name for name, _ in AHEAD)):
        view = draft.state.alarms.get(alarm)
        if view is not None and view.detail != wanted.get(alarm):
            draft.clear(alarm)
        if alarm in wanted:
            draft.alarm(alarm, wanted[alarm])
    if draft.state.pump.approved is None:
        draft.clear("hand_wrong")
    _stop(draft)


def _asked(state: RunState, now: int) -> Iterator[tuple[str, str]]:
    order = told(state)
    if order is not None:
        yield _ALARMS[order.kind], text(order.setting)
        if order.kind is OrderKind.RENEW and _limit_left_ms(state, now) <= LIMIT_ENDS_MS:
            yield "limit_ends", text(order.setting)
    following = next_rate(state)
    if following is not None and (order is None or order.kind is not OrderKind.CHANGE):
        left_ms = slices.left_ms(state)
        for alarm, ahead_ms in AHEAD:
            if left_ms <= ahead_ms:
                yield alarm, following


def text(setting: PumpSetting) -> str:
    """A setting as it is told."""
    return say("set_as_told", rate_ml_h=setting.rate_ml_h, limit_ml=setting.limit_ml)


def next_rate(state: RunState) -> str | None:
    """The rate that follows on the running pump, in words; None where none is set while it runs."""
    if state.phase is not Phase.INFUSING or not state.running or state.stretch is not None:
        return None
    if state.gate_shut or state.pump.approved is None or state.step == len(state.plan.steps):
        return None
    following = state.plan.step(state.step + 1)
    if following.solution != state.current.solution:
        return None
    return say("next_rate", rate_ml_h=following.rate_ml_h)


def _limit_left_ms(state: RunState, now: int) -> int:
    approved = state.pump.approved
    if approved is None:
        return 0
    return int(slices.limit_left_ml(state, now) * MS_PER_HOUR / approved.rate_ml_h)


def _stop(draft: Draft) -> None:
    """Asked for until it is seen: at the end of a step first in a low voice, in a hold at once."""
    state, pump = draft.state, draft.state.pump
    if pump.stop_ms is None:
        draft.clear("press_stop", "stop_by_hand")
        return
    since_ms = draft.now - pump.stop_ms
    two_cycles_ms = slices.wire_ms(state, int(CYCLES * state.caps.cycle_s * 1000))
    nearly_seen = pump.linked and pump.certain and not state.running
    if (nearly_seen or state.phase in PLANNED) and since_ms <= two_cycles_ms:
        return
    if state.phase in PLANNED and since_ms <= slices.wire_ms(state, PLANNED_MS) and not _faster(state):
        draft.alarm("press_stop", say("stop_asked"))
        return
    draft.clear("press_stop")
    view = state.alarms.get("stop_by_hand")
    if view is not None and draft.now - view.raised_ms >= slices.wire_ms(state, REMIND_MS):
        draft.clear("stop_by_hand")
    draft.alarm("stop_by_hand", say("stop_asked"))


def _faster(state: RunState) -> bool:
    reading, approved = state.pump.reading, state.pump.approved
    return reading is not None and (approved is None or reading.rate_ml_h > approved.rate_ml_h)
