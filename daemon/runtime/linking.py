"""Earlier runs of the same order for the same patient: their dose counts into the total (F11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from daemon.clock import Clock
from daemon.engine import totals
from daemon.engine.account import ZERO, Span
from daemon.engine.events_file import EarlierRun, Moment
from daemon.engine.state import RunState
from daemon.journal.records import Record
from daemon.protocols.plan import Plan
from daemon.runtime.replay import Replayed


def moment_of(record: Record) -> Moment:
    """When a record was made."""
    content = record.content()
    return Moment(
        str(content["boot"]), int(content["wire_ms"]), str(content["utc"]), sync=bool(content["sync"])
    )


def present(clock: Clock) -> Moment:
    """Now."""
    return Moment(clock.boot, clock.wire_ms(), clock.utc().isoformat(), sync=clock.synchronised)


def hours_between(first: Moment, later: Moment) -> Decimal | None:
    """Hours between the two; None = no clock can tell."""
    if first.boot == later.boot:
        return Decimal(later.wire_ms - first.wire_ms) / 3_600_000
    between = datetime.fromisoformat(later.utc) - datetime.fromisoformat(first.utc)
    between_ms = int(between.total_seconds() * 1000)
    known = first.sync and later.sync and between_ms >= 0
    return Decimal(between_ms) / 3_600_000 if known else None


def earlier_runs(runs: Iterable[Replayed]) -> tuple[EarlierRun, ...]:
    """Those of a journal that may have given something, oldest first."""
    found = []
    for run in runs:
        state = run.state
        high = _most(state)
        if run.first_given is None or run.last_given is None or high <= 0:
            continue
        dose = Span(totals.exposure(state).low, high)
        first, last = moment_of(run.first_given), moment_of(run.last_given)
        found.append(EarlierRun(state.plan.protocol_id, state.bedside.patient, dose, first, last))
    return tuple(found)


def _most(state: RunState) -> Decimal:
    """The most a run may have given; where nobody read the pump to the end, one whole grant beyond."""
    grant_ms = int(state.plan.rules.ceilings.unattended_max_min * 60_000)
    until = min(state.at_ms, max(pump.read_ms for _, pump in state.pumps) + grant_ms)
    return max(state.dose_by(until).high, totals.exposure_by(state, until).high)


def linked(runs: Sequence[EarlierRun], plan: Plan, patient: str, clock: Clock) -> Span:
    """Dose of the runs a new one is linked to: each within `link_hours` of the next, or time unknown."""
    low = high = ZERO
    later = present(clock)
    for run in reversed(runs):
        if (run.protocol_id, run.patient) != (plan.protocol_id, patient):
            continue
        hours = hours_between(run.last, later)
        if hours is not None and hours > plan.rules.ceilings.link_hours:
            break
        low, high = low + run.dose.low, high + run.dose.high
        later = run.first
    return Span(low, high)
