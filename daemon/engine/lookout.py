"""What time alone does to the watch: exclusions end, values by hand grow old, holds add up to an advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from daemon.engine import events as ev
from daemon.engine import sources
from daemon.engine.draft import Draft
from daemon.engine.evolve_watched import HOUR_MS
from daemon.engine.phases import OPEN
from daemon.engine.state import RunState
from daemon.engine.texts import say
from daemon.protocols.rules import HoldCause

SOON_MS = 120_000
"""A value by hand is asked for anew this long before it no longer counts (F32)."""

ADVICE: Mapping[str, str] = {
    HoldCause.MONITOR_LOST: (say("advice_cuff")),
    HoldCause.PUMP_ALARM: say("advice_line"),
    HoldCause.PUMP_LOST: say("advice_cable"),
    HoldCause.RESTART: say("advice_service"),
    HoldCause.CLOCK: say("advice_clock"),
    HoldCause.JOURNAL: say("advice_disk"),
    HoldCause.GUARD: say("advice_manual"),
}
"""What to change where the same technical cause holds again and again (F31)."""


def settle(draft: Draft) -> None:
    """Everything of this kind that is due now."""
    for name, until in draft.state.watched.excluded.items():
        if draft.now >= until:
            draft.emit(ev.SourceIncluded(name))
    _by_hand(draft)
    _advise(draft)


def _by_hand(draft: Draft) -> None:
    state = draft.state
    soon = [
        signal
        for signal in state.watched.by_hand
        if (view := sources.seen(state, signal, draft.now)) is not None
        and view.by_hand
        and (left := sources.hand_left_ms(state, signal, draft.now)) is not None
        and left <= SOON_MS
    ]
    if soon and state.phase in OPEN:
        draft.alarm("by_hand_ending", ", ".join(soon))
    else:
        draft.clear("by_hand_ending")


def holds_last_hour(state: RunState, now: int) -> Counter[str]:
    """How often each cause held the run within the last hour."""
    return Counter(cause for cause, at in state.watched.held_at if at > now - HOUR_MS)


def _advise(draft: Draft) -> None:
    state = draft.state
    if not state.watched.held_at:
        draft.clear("set_up_advice")
        return
    most = state.plan.rules.patient.advice_per_hour
    often = [
        say("advice", cause=cause, times=times, advice=ADVICE[cause])
        for cause, times in sorted(holds_last_hour(state, draft.now).items())
        if times > most and cause in ADVICE
    ]
    if often and state.phase in OPEN:
        draft.alarm("set_up_advice", "; ".join(often))
    else:
        draft.clear("set_up_advice")
