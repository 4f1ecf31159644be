"""The infusion's segments out of the record: START, STOP and COMP of every step (PCD-10, (A) H2). Pure.

A segment is one stretch of delivery within one attempt at one step. The volumes of all STOPs of a run add
up to what the pump counted; what it counted while it was read standing is in the segment that follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine.bedside import Check
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.feeds.mirror import Passed

ZERO = Decimal(0)
OVER = frozenset({Phase.COMPLETED, Phase.ABORTED})


@dataclass(frozen=True, slots=True)
class Infusion:
    """One event of the infusion. `what`: START, STOP or COMP; volumes as the pump counted, mL."""

    what: str
    run: str
    """When it was opened, UTC to the millisecond: another journal's runs have other names."""
    step: int
    at: datetime
    pump: str
    serial: str
    solution: str
    drug: str
    concentration: Decimal
    dose_unit: str
    rate_ml_h: Decimal
    left_ml: Decimal
    segment_ml: Decimal
    total_ml: Decimal
    simulated: bool
    patient: str
    """Empty = nobody had matched the wristband ((A) H5)."""


@dataclass(frozen=True, slots=True)
class _Open:
    step: int
    attempt: int
    complete: bool = False


class Infusions:
    """Fed with every record in order; the same records give the same events."""

    def __init__(self) -> None:
        self._run = ""
        self._total_ml = ZERO
        self._told_ml = ZERO
        self._attempt = 0
        self._open: _Open | None = None

    def passed(self, one: Passed) -> Iterator[Infusion]:
        """What this record means for the infusion."""
        event, state = one.event, one.after
        if isinstance(event, ev.RunOpened):
            self._run, self._total_ml, self._told_ml = f"{one.at:%Y%m%d%H%M%S%f}"[:17], ZERO, ZERO
            self._attempt, self._open = 0, None
            return
        if isinstance(event, ev.PumpSeen):
            self._total_ml += max(event.moved.counter_ml, ZERO)
        if isinstance(event, ev.StepBegun):
            self._attempt += 1
        if isinstance(event, ev.StepEnded) and self._open is not None:
            self._open = replace(self._open, complete=True)
        wanted = self._wanted(state)
        if self._open is not None and wanted != (self._open.step, self._open.attempt):
            yield from self._close(one.before or state, one.at)
        if self._open is None and wanted is not None:
            yield self._begin(wanted, state, one.at)
        if isinstance(event, ev.PhaseEntered) and event.phase in OVER and self._told_ml < self._total_ml:
            if self._open is None:
                yield self._begin((state.last_step, self._attempt), state, one.at)
            yield from self._close(state, one.at)

    def _wanted(self, state: RunState) -> tuple[int, int] | None:
        """The segment that is on; what flows between a full step and the next one is the full one's."""
        if not state.running:
            return None
        return (state.step if state.begun else state.last_step), self._attempt

    def _begin(self, wanted: tuple[int, int], state: RunState, at: datetime) -> Infusion:
        self._open = _Open(*wanted)
        return self._event("START", state, wanted[0], at, ZERO)

    def _close(self, state: RunState, at: datetime) -> Iterator[Infusion]:
        segment, self._open = self._open, None
        if segment is None:
            return
        volume_ml, self._told_ml = self._total_ml - self._told_ml, self._total_ml
        yield self._event("STOP", state, segment.step, at, volume_ml)
        if segment.complete:
            yield self._event("COMP", state, segment.step, at, volume_ml)

    def _event(self, what: str, state: RunState, step: int, at: datetime, segment_ml: Decimal) -> Infusion:
        solution = state.plan.solution(state.plan.step(step).solution)
        reading, identity = state.pump.reading, state.pump.identity
        return Infusion(
            what=what,
            run=self._run,
            step=step,
            at=at,
            pump=state.pump_name,
            serial=identity.serial if identity is not None else "",
            solution=solution.id,
            drug=state.plan.drug,
            concentration=solution.concentration,
            dose_unit=state.plan.dose_unit,
            rate_ml_h=reading.rate_ml_h if reading is not None else ZERO,
            left_ml=(reading.limit_left_ml or ZERO) if reading is not None else ZERO,
            segment_ml=segment_ml,
            total_ml=self._total_ml,
            simulated=state.simulated,
            patient=patient_of(state),
        )


def patient_of(state: RunState) -> str:
    """The patient a named person has matched at the bed; empty = nobody has, and nobody guesses ((A) H5)."""
    return state.bedside.patient if Check.PATIENT in state.bedside.checked else ""
