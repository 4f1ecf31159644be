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
from daemon.protocols.rules import HoldCause

SOON_MS = 120_000
"""A value by hand is asked for anew this long before it no longer counts (F32)."""

ADVICE: Mapping[str, str] = {
    HoldCause.MONITOR_LOST: (
        "put the cuff on the other arm, change sensor or cable, or have another missing_hold_s ordered"
    ),
    HoldCause.PUMP_ALARM: "change line, access or bag height, or the pump",
    HoldCause.PUMP_LOST: "change the cable and the port of the pump, or the pump",
    HoldCause.RESTART: "call the engineer: the service does not stay up",
    HoldCause.CLOCK: "call the engineer: the clock of the host is not believable",
    HoldCause.JOURNAL: "call the engineer: the disk of the record fails again and again",
    HoldCause.GUARD: "go to manual or abort, and call the engineer",
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
    most = state.plan.rules.patient.advice_per_hour
    often = [
        f"{cause}: {times} holds in an hour: {ADVICE[cause]}"
        for cause, times in sorted(holds_last_hour(state, draft.now).items())
        if times > most and cause in ADVICE
    ]
    if often and state.phase in OPEN:
        draft.alarm("set_up_advice", "; ".join(often))
    else:
        draft.clear("set_up_advice")
