"""The guard between decision and wire (F34): own copy of the plan, own place, kept from readbacks.

It refuses and never changes a value. STOP does not pass here: it is never asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from daemon.protocols.margin import margin_ml
from daemon.protocols.plan import Plan, Step
from drivers.values import Motion, PumpCapabilities, PumpReading, PumpSetting

ZERO = Decimal(0)
EARNED = Decimal("0.9")
"""Share of a step's minutes and volume that must be counted before the place may rise by one."""

LATE_S = 1
"""Wire time by which the guard's last readback may be newer than the one a grant was computed from."""


class GrantKind(StrEnum):
    """What is to be let through."""

    START = "start"
    CHANGE = "change"
    RENEW = "renew"
    DISARM = "disarm"


@dataclass(frozen=True, slots=True)
class Grant:
    """A setting on its way to the pump, with the step and solution it claims to serve."""

    kind: GrantKind
    setting: PumpSetting
    step: int
    solution: str


@dataclass(frozen=True, slots=True)
class Guard:
    """What the guard knows. A new one is made for every fact; none is ever changed."""

    plan: Plan
    caps: PumpCapabilities
    wire_factor: Decimal = Decimal(1)
    place: int = 1
    place_ml: Decimal = ZERO
    """Counted at this place since it was entered."""
    place_ms: int = 0
    hung: str | None = None
    given_ml: Mapping[str, Decimal] = field(default_factory=dict)
    reading: PumpReading | None = None
    read_ms: int = 0
    ran: bool = False
    """The pump was read running since the last choice of a person."""
    choices: int = 0

    def hang(self, solution: str) -> Guard:
        """A person confirmed this solution on the pump."""
        return replace(self, hung=solution)

    def see(self, reading: PumpReading, now: int) -> Guard:
        """Count one readback in, by differences of the pump's counter."""
        last = self.reading
        if last is None:
            return replace(self, reading=reading, read_ms=now)
        elapsed = now - self.read_ms
        moved = reading.counter_ml - last.counter_ml
        if moved < 0:
            moved = last.rate_ml_h * elapsed / 3_600_000 + 2 * self.caps.counter_unit_ml
        both = last.motion is Motion.INFUSING and reading.motion is Motion.INFUSING
        given = dict(self.given_ml)
        if self.hung is not None:
            given[self.hung] = given.get(self.hung, ZERO) + moved
        return replace(
            self,
            reading=reading,
            read_ms=now,
            given_ml=given,
            place_ml=self.place_ml + moved,
            place_ms=self.place_ms + (elapsed if both else 0),
            ran=self.ran or reading.motion is not Motion.STOPPED,
        )

    def choose(self, step: int, *, whole: bool, by: str) -> Guard:
        """A named person's choice after a hold: the place falls freely, or the same step begins again.

        It counts once for each time the pump ran and was read back stopped, and no more often in all
        than the resume rules of the plan allow together.
        """
        stopped = self.reading is not None and self.reading.motion is Motion.STOPPED
        most = sum(rule.max_times for rule in self.plan.rules.resume)
        if not by.strip() or step > self.place or not stopped or self.choices >= most:
            return self
        if step < self.place or (whole and self.ran):
            return replace(self, place=step, place_ml=ZERO, place_ms=0, ran=False, choices=self.choices + 1)
        return self

    def passed(self, grant: Grant) -> Guard:
        """A grant went to the wire; a step further is a new place."""
        if grant.kind is GrantKind.DISARM or grant.step == self.place:
            return self
        return replace(self, place=grant.step, place_ml=ZERO, place_ms=0)

    def refuse(self, grant: Grant) -> str:
        """Why this grant may not pass; empty = it may."""
        if grant.setting.limit_ml is None or grant.setting.limit_ml <= 0:
            return "a setting without a volume limit is an open promise (F7)"
        if grant.kind is GrantKind.DISARM:
            return self._refuse_disarm(grant.setting)
        if not 1 <= grant.step <= len(self.plan.steps):
            return f"the plan has no step {grant.step}"
        return self._refuse_place(grant) or self._refuse_setting(grant.setting, grant.setting.limit_ml, grant)

    def _refuse_disarm(self, setting: PumpSetting) -> str:
        if self.reading is None or self.reading.motion is not Motion.STOPPED:
            return "only a pump read back stopped is disarmed"
        lowest = min(step.rate_ml_h for step in self.plan.steps)
        if setting.rate_ml_h > lowest or setting.limit_ml != self.caps.limit_min_ml:
            return "that is not the lowest rate with the smallest limit"
        return ""

    def _refuse_place(self, grant: Grant) -> str:
        if self.hung != grant.solution or self.plan.step(grant.step).solution != grant.solution:
            return (
                f"step {grant.step} needs solution {self.plan.step(grant.step).solution}, "
                f"{self.hung or 'none'} is confirmed"
            )
        stopped = self.reading is not None and self.reading.motion is Motion.STOPPED
        if grant.kind is GrantKind.START and not stopped:
            return "a start needs a pump read back stopped"
        if grant.step > self.place + 1:
            return f"from step {self.place} to step {grant.step} is more than one step"
        if grant.step == self.place + 1 and not self._earned():
            step = self.plan.step(self.place)
            return (
                f"step {self.place} counts {self.place_ml} of {step.volume_ml} mL "
                f"and {self.place_ms // 1000} of {step.minutes * 60} s; step {grant.step} is not earned"
            )
        return ""

    def _earned(self) -> bool:
        step = self.plan.step(self.place)
        enough_ml = self.place_ml + self.caps.counter_unit_ml >= step.volume_ml * EARNED
        return (enough_ml or step.by_time) and self.place_ms >= step.minutes * 60_000 * EARNED

    def _refuse_setting(self, setting: PumpSetting, limit_ml: Decimal, grant: Grant) -> str:
        step = self.plan.step(grant.step)
        ceilings = self.plan.rules.ceilings
        concentration = self.plan.solution(grant.solution).concentration
        dose_rate = setting.rate_ml_h * concentration
        if setting.rate_ml_h > step.rate_ml_h:
            return f"{setting.rate_ml_h} mL/h where step {step.number} orders {step.rate_ml_h} mL/h"
        if dose_rate > min(step.rate_ml_h * concentration, ceilings.max_dose_rate_h):
            return f"{dose_rate} {self.plan.dose_unit}/h is above the ordered dose rate"
        most = self._most_ml(step, grant)
        if limit_ml > most:
            return f"a limit of {limit_ml} mL where at most {most:.2f} mL may be granted"
        total = sum(
            (ml * self.plan.solution(solution).concentration for solution, ml in self.given_ml.items()), ZERO
        )
        if total + limit_ml * concentration > ceilings.max_total_dose:
            return f"{total} given and {limit_ml * concentration} to come exceed {ceilings.max_total_dose}"
        return ""

    def _most_ml(self, step: Step, grant: Grant) -> Decimal:
        """The largest limit for this step now: remainder, margin, dwell, unattended time, bag (F5, F11)."""
        rules = self.plan.rules
        unit = self.caps.counter_unit_ml
        bag_left = self.plan.solution(step.solution).volume_ml - self.given_ml.get(step.solution, ZERO)
        here = self.place_ml if grant.step == self.place else ZERO
        goal = bag_left + here if step.until_empty else step.volume_ml
        dwell = step.rate_ml_h * (rules.gate.dwell_max_min or ZERO) / 60
        margin = margin_ml(step.rate_ml_h, self.caps, self.wire_factor) + self.caps.limit_step_ml + unit
        late = step.rate_ml_h * LATE_S * self.wire_factor / 3600
        return min(
            max(goal - here, ZERO) + margin + dwell + late,
            grant.setting.rate_ml_h * rules.ceilings.unattended_max_min / 60,
            max(bag_left, ZERO) + unit + self.caps.limit_step_ml + late,
        )
