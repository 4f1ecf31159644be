"""Which patient, which monitor: what must be matched at the bed before more drug (F12)."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import sources
from daemon.engine.bedside import Check
from daemon.engine.draft import Draft
from daemon.engine.state import RunState
from drivers.values import Measurement, Signal, Validity, VitalsSample

COMPARED = frozenset({Signal.HR, Signal.PULSE, Signal.SPO2})
"""What a person compares between screen and monitor, as far as it is watched."""


def confirmed(state: RunState, check: Check, now: int) -> bool:
    """Confirmed, and not longer ago than confirmations before a start hold (F12)."""
    at = state.bedside.checked.get(check)
    return at is not None and now - at <= int(state.plan.rules.checking.expires_min * 60_000)


def patient_due(state: RunState, now: int) -> bool:
    """The wristband must be read again: bag change, restart, or a hold longer than ordered."""
    if state.bedside.patient_due:
        return True
    longest_ms = int(state.plan.rules.checking.patient_again_min * 60_000)
    if state.hold is None or now - state.hold.since_ms <= longest_ms:
        return False
    at = state.bedside.checked.get(Check.PATIENT)
    return at is None or now - at > longest_ms


def vitals_due(state: RunState, now: int) -> bool:
    """A monitor was replaced and not compared; not while a hand replaces all it would say (F12, F32)."""
    signals = (rule.signal for rule in state.plan.rules.signals)
    return state.bedside.vitals_due and not all(_without_it(state, signal, now) for signal in signals)


def _without_it(state: RunState, signal: Signal, now: int) -> bool:
    """A hand told this signal; one that is not compared may also be left from before the monitor joined."""
    view, joined_ms = sources.seen(state, signal, now), state.bedside.joined_ms
    if view is None or view.by_hand:
        return view is not None
    measured_ms = view.measured_ms
    older = measured_ms is not None and joined_ms is not None and measured_ms < joined_ms
    return older and signal not in COMPARED


def shut_reasons(state: RunState, now: int) -> tuple[str, ...]:
    """What about patient and monitor shuts the gate of a run that was started, as stable codes."""
    if state.started_ms is None:
        return ()
    found = (
        ("patient:unconfirmed", patient_due(state, now)),
        ("vitals:unconfirmed", vitals_due(state, now)),
    )
    return tuple(code for code, shut in found if shut)


def is_ours(state: RunState, sample: VitalsSample) -> bool:
    """The monitor names this patient, this bed, or nobody."""
    bed = state.bed.rpartition("/")[2]
    return sample.subject.strip() in ("", state.bedside.patient, state.bed, bed)


def ours(state: RunState, sample: VitalsSample) -> Mapping[Signal, Measurement]:
    """The signals of a sample; every one is missing where the monitor names another patient or bed."""
    if is_ours(state, sample):
        return sample.signals
    return {signal: Measurement(None, Validity.OTHER_PATIENT) for signal in sample.signals}


def identified(draft: Draft, given: inp.MonitorIdentified) -> None:
    """A monitor other than the one that was confirmed, or that may be, is compared with the patient again."""
    known = draft.state.bedside.monitors.get(given.name)
    if known == given.identity and not _was_away(draft.state, given.name, draft.now):
        return
    draft.emit(ev.MonitorJoined(given.name, given.identity))
    if known is not None and draft.state.started_ms is not None:
        draft.alarm("monitor_replaced", f"{given.name}: {given.identity.model} {given.identity.detail}")


def _was_away(state: RunState, name: str, now: int) -> bool:
    """Its link was lost in the run for longer than a signal may be missing: perhaps plugged in elsewhere."""
    if name not in state.watched.silent or state.ended_ms is not None:
        return False
    source = state.watched.sources.get(name)
    views = source.signals.values() if source is not None else ()
    known = [view.measured_ms for view in views if view.measured_ms is not None]
    shortest_s = min(rule.missing_hold_s for rule in state.plan.rules.signals)
    return now - max(known, default=state.watched_from_ms) > int(shortest_s * 1000)
