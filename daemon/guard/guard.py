"""The guard between decision and wire (F34): own copy of the plan, own place, kept from readbacks.

It refuses and never changes a value. STOP does not pass here: it is never asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from daemon.changed import replace
from daemon.guard.bound import Bound, dose_rate, least_ml, nothing, ordered
from daemon.guard.doubt import NO_DOUBT, Doubt
from daemon.guard.filled import Uncounted
from daemon.guard.watched import Watched
from daemon.protocols.margin import margin_ml
from daemon.protocols.plan import Plan, Step
from daemon.protocols.rules import Choice
from drivers.values import Motion, PumpCapabilities, PumpReading, PumpSetting

ZERO = Decimal(0)
NO_DOSE = Uncounted()
EARNED = Decimal("0.9")
"""Share of a step's minutes and volume that must be counted before the place may rise by one."""

STILL_MS = 900
"""Wire time for which the guard has itself seen the other pumps standing before one is started (F23)."""

LATE_S = Decimal(1)
"""Wire time by which the last readback may be newer than a grant's; of a pump read less often, its cycle."""


class GrantKind(StrEnum):
    """What is to be let through."""

    START = "start"
    CHANGE = "change"
    RENEW = "renew"
    DISARM = "disarm"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Grant:
    """A setting on its way to a pump, with the step and solution it claims to serve."""

    kind: GrantKind
    setting: PumpSetting
    step: int
    solution: str
    pump: str


@dataclass(frozen=True)
class Guard:
    """What the guard knows. A new one is made for every fact; none is ever changed."""

    plan: Plan
    pumps: Mapping[str, Watched]
    """Every pump of the bed by name."""
    wire_factor: Decimal = Decimal(1)
    place: int = 1
    place_ml: Decimal = ZERO
    """Counted at this place since it was entered."""
    place_ms: int = 0
    given_ml: Mapping[str, Decimal] = field(default_factory=dict)
    ran: bool = False
    """A pump was read running, or its counter rose, since the last choice of a person."""
    choices: int = 0
    doubt: Doubt = NO_DOUBT
    """What persons may still say about counted volumes (F21, F26)."""
    uncounted: Uncounted = NO_DOSE
    """Of earlier runs, and past the pump's counter (F3, F11)."""
    bound: Bound | None = None
    """What a fraction choice leaves until it is earned (F2)."""
    by_hand: bool = False
    """A person sets the pump: a grant is told, and counts from when the pump is read running so (F27)."""
    told: Grant | None = None

    def hang(self, pump: str, solution: str, *, primed: bool = True) -> Guard:
        """A person confirmed this solution on the pump, its line primed or not; a flush drives it out."""
        found = self.plan.solution(solution)
        line = self.uncounted.flushed() if found.flush else self.uncounted.hung(found, primed=primed)
        return replace(self._with(pump, replace(self.pumps[pump], hung=solution)), uncounted=line)

    def _with(self, pump: str, watched: Watched) -> Guard:
        return replace(self, pumps={**self.pumps, pump: watched})

    def handle_line(self) -> Guard:
        """A person replaced or cleared the line, for this place or, once it is earned, for the next one."""
        over = self._earned() if self.bound is None else self._earned_bound(self.bound)
        last = min(self.place + over, len(self.plan.steps))
        return replace(self, uncounted=self.uncounted.handled(self.plan, self.place, last))

    def flush(self) -> Guard:
        """The line was flushed to the patient, or nobody said that it was not (F3)."""
        return replace(self, uncounted=self.uncounted.flushed())

    def see(self, pump: str, reading: PumpReading, now: int) -> Guard:
        """Count one readback in, by differences of that pump's counter."""
        watched = self.pumps[pump]
        last, elapsed = watched.reading, now - watched.read_ms
        pumps = {**self.pumps, pump: watched.after(reading, now)}
        if last is None:
            return replace(self, pumps=pumps)._taken(watched, reading)  # noqa: SLF001 - the same class
        both = last.motion is Motion.INFUSING and reading.motion is Motion.INFUSING
        here = watched.hung == self.plan.step(self.place).solution
        given_ml, place_ml = self._counts(watched.hung, watched.moved_ml(reading, elapsed))
        counted = replace(
            self,
            pumps=pumps,
            given_ml=given_ml,
            place_ml=place_ml,
            doubt=self.doubt.seeing(last, reading, elapsed, watched.caps),
            place_ms=self.place_ms + (elapsed if both and here else 0),
            ran=self.ran or reading.motion is not Motion.STOPPED or place_ml > self.place_ml,
        )
        return counted._taken(watched, reading)  # noqa: SLF001 - the same class

    def _taken(self, watched: Watched, reading: PumpReading) -> Guard:
        """What was told is seen set on the running pump: from here on it is the place."""
        told = self.told
        if told is None or not watched.takes(told.setting, reading):
            return self
        return replace(self, told=None).entered(told)

    def withdraw(self) -> Guard:
        """What was told is no longer asked of anybody."""
        return replace(self, told=None)

    def _counts(self, solution: str | None, moved_ml: Decimal) -> tuple[Mapping[str, Decimal], Decimal]:
        """What was given of each solution, and at this place, with one more volume."""
        if not moved_ml:
            return self.given_ml, self.place_ml
        given = dict(self.given_ml)
        if solution is not None:
            given[solution] = given.get(solution, ZERO) + moved_ml
        here = moved_ml if solution in (None, self.plan.step(self.place).solution) else ZERO
        return given, self.place_ml + here

    def join(self, pump: str, serial: str) -> Guard:
        """A pump answered. Another counter is not compared; the one before may have given its limit (F26)."""
        watched = self.pumps[pump]
        last = watched.reading
        if last is None or serial == watched.serial:
            return self._with(pump, replace(watched, serial=serial))
        given_ml, place_ml = self._counts(watched.hung, last.limit_left_ml or ZERO)
        other = replace(watched, serial=serial, reading=None)
        return replace(self._with(pump, other), given_ml=given_ml, place_ml=place_ml)

    def lose(self, pump: str) -> Guard:
        """A pump does not answer: what it does is not known until it is read again."""
        return self._with(pump, replace(self.pumps[pump], silent=True))

    def lose_time(self) -> Guard:
        """The service was away for a time that no clock tells (F20)."""
        return replace(self, pumps={name: replace(one, untimed=True) for name, one in self.pumps.items()})

    def take_down(self, pump: str) -> Guard:
        """No bag counts as hung on it until a person confirms one."""
        return self._with(pump, replace(self.pumps[pump], hung=None))

    @property
    def _caps(self) -> PumpCapabilities:
        """Of the pump that carries what is given at this place."""
        return self.pumps[self.carrier(self.plan.step(self.place).solution)].caps

    def carrier(self, solution: str) -> str:
        """The pump that carries a solution."""
        return next(name for name, one in self.pumps.items() if solution in one.solutions)

    @property
    def _stands(self) -> bool:
        """Every pump of the bed was last read standing."""
        return all(one.stands for one in self.pumps.values())

    def settle(self, step: int, *, credit: bool, missing_ml: Decimal, by: str) -> Guard:
        """A named person's word on a step that is neither full nor short for certain (F21).

        Each way counts once at a place, on a pump read back stopped: credit earns one advance, the other
        gives at most the missing volume again.
        """
        doubt = self.doubt.settled(self.place, credit=credit)
        if not by.strip() or step != self.place or not self._stands or doubt is None:
            return self
        if credit:
            return replace(self, doubt=doubt)
        volume_ml = self.plan.step(step).volume_ml
        left_ml = max(min(self.place_ml, volume_ml) - min(missing_ml, volume_ml), ZERO)
        return replace(self, doubt=doubt, place_ml=left_ml)

    def explain(self, spared_ml: Decimal, *, by: str) -> Guard:
        """A named person says a leap of the counter went past the patient: at most what it leapt (F26)."""
        spared_ml = min(spared_ml, self.doubt.leapt_ml)
        hung = self.pumps[self.carrier(self.plan.step(self.place).solution)].hung
        if not by.strip() or spared_ml <= 0 or hung is None:
            return self
        doubt = self.doubt.spared(hung, spared_ml)
        return replace(self, doubt=doubt, place_ml=max(self.place_ml - spared_ml, ZERO))

    def choose(self, step: int, *, whole: bool, by: str) -> Guard:
        """A named person's choice after a hold: the place falls freely, or the same step begins again.

        It counts once for each time the pump ran and was read back stopped, and no more often in all
        than the resume rules of the plan allow together.
        """
        if not self._may_choose(step, by):
            return self
        bound = self.bound
        whole = whole or (bound is not None and bound.over)
        if bound is not None and not self._earned_bound(bound):
            rises = dose_rate(self.plan, step, self.plan.step(step).rate_ml_h) > bound.dose_rate_h
            if step < self.place and rises:
                return self
        elif bound is not None and whole:
            bound = None
        if step < self.place or (whole and self.ran):
            bound = bound if step == self.place else None
            return self._placed(step, bound)
        return self

    def choose_fraction(self, step: int, choice: Choice, *, rule: str, by: str) -> Guard:
        """A named person's choice of a part of the tolerated dose per hour: it binds, whatever it allows."""
        bound = ordered(self.plan, step, choice, rule)
        before = self.bound
        rises = before is not None and not before.over and bound.dose_rate_h > before.dose_rate_h
        if rises or not self._may_choose(step, by):
            return replace(self, bound=nothing(self.place))
        if step < self.place or self.ran:
            return self._placed(step, bound)
        return replace(self, bound=bound)

    def _may_choose(self, step: int, by: str) -> bool:
        most = sum(rule.max_times for rule in self.plan.rules.resume)
        return bool(by.strip()) and step <= self.place and self._stands and self.choices < most

    def _placed(self, step: int, bound: Bound | None) -> Guard:
        fresh = replace(self, place=step, place_ml=ZERO, place_ms=0, doubt=self.doubt.elsewhere())
        return replace(fresh, ran=False, choices=self.choices + 1, bound=bound)

    def stretched(self, *, again: bool) -> Guard:
        """A stretch is said to be over; it begins again only if it was earned and may."""
        bound = self.bound
        if bound is None or not self._earned_bound(bound):
            return self
        if not again:
            return replace(self, bound=replace(bound, over=True))
        if bound.left < 1:
            return self
        bound = replace(bound, left=bound.left - 1)
        return replace(self, bound=bound, place_ml=ZERO, place_ms=0, doubt=self.doubt.elsewhere())

    def passed(self, grant: Grant) -> Guard:
        """A grant went to the wire, or was told."""
        return replace(self, told=grant) if self.by_hand else self.entered(grant)

    def entered(self, grant: Grant) -> Guard:
        """It is the pump's: another step, or the whole step after a stretch, is a new place."""
        stays = grant.kind in (GrantKind.DISARM, GrantKind.PROGRAM)
        if stays or (grant.step == self.place and not self._leaves(grant)):
            return self
        doubt = self.doubt.elsewhere()
        return replace(self, place=grant.step, place_ml=ZERO, place_ms=0, bound=None, doubt=doubt)

    def _leaves(self, grant: Grant) -> bool:
        return self.bound is not None and not self.bound.holds(grant.step, self._dose_rate(grant))

    def _dose_rate(self, grant: Grant) -> Fraction:
        return dose_rate(self.plan, grant.step, grant.setting.rate_ml_h)

    def refuse(self, grant: Grant) -> str:
        """Why this grant may not pass; empty = it may."""
        if grant.setting.limit_ml is None or grant.setting.limit_ml <= 0:
            return "a setting without a volume limit is an open promise (F7)"
        if grant.kind is GrantKind.DISARM:
            return self._refuse_disarm(grant.setting, self.pumps[grant.pump])
        if not 1 <= grant.step <= len(self.plan.steps):
            return f"the plan has no step {grant.step}"
        return (
            self._refuse_pump(grant)
            or self._refuse_place(grant)
            or self._refuse_setting(grant.setting, grant.setting.limit_ml, grant)
        )

    def _refuse_disarm(self, setting: PumpSetting, pump: Watched) -> str:
        if not pump.stands:
            return "only a pump read back stopped is disarmed"
        lowest = min(step.rate_ml_h for step in self.plan.steps)
        if setting.rate_ml_h > lowest or setting.limit_ml != pump.caps.limit_min_ml:
            return "that is not the lowest rate with the smallest limit"
        return ""

    def _refuse_pump(self, grant: Grant) -> str:
        """One solution at a time, from the pump that carries it, within what that pump takes (F23, F34)."""
        pump = self.pumps[grant.pump]
        needed = self.plan.step(grant.step).solution
        if pump.hung != grant.solution or needed != grant.solution:
            return f"step {grant.step} needs solution {needed}, {pump.hung or 'none'} is confirmed"
        if grant.solution not in pump.solutions:
            return f"{grant.pump} does not carry solution {grant.solution}"
        if grant.kind in (GrantKind.START, GrantKind.PROGRAM) and not pump.stands:
            return "a start needs a pump read back stopped"
        if grant.kind is not GrantKind.PROGRAM:
            beside = {name: one for name, one in self.pumps.items() if name != grant.pump}
            least_ms = int(STILL_MS * self.wire_factor)
            running = ", ".join(
                name
                for name, one in beside.items()
                if one.silent or not one.stands or one.still_ms < least_ms
            )
            if running:
                return f"{running}: not read back standing, and one solution is given at a time (F23)"
        rate, limit = grant.setting.rate_ml_h, grant.setting.limit_ml or ZERO
        if rate > pump.caps.rate_max_ml_h or limit > pump.caps.limit_max_ml:
            return f"{rate} mL/h with {limit} mL is more than {grant.pump} takes"
        return ""

    def _refuse_place(self, grant: Grant) -> str:
        if self.bound is not None:
            earned = self._earned_bound(self.bound)
            return self.bound.refuse(grant.step, self._dose_rate(grant), earned=earned)
        if grant.step > self.place + 1:
            return f"from step {self.place} to step {grant.step} is more than one step"
        if grant.step == self.place + 1 and not self._earned():
            step = self.plan.step(self.place)
            return (
                f"step {self.place} counts {self.place_ml} of {step.volume_ml} mL "
                f"and {self.place_ms // 1000} of {step.minutes * 60} s; step {grant.step} is not earned"
            )
        return ""

    @property
    def _unit_ml(self) -> Decimal:
        """The counter's unit at what it last showed."""
        return self.pumps[self.carrier(self.plan.step(self.place).solution)].unit_ml

    def _earned(self) -> bool:
        if self.doubt.credit == self.place:
            return True
        step = self.plan.step(self.place)
        enough_ml = self.place_ml + self._unit_ml >= step.volume_ml * EARNED
        return (enough_ml or step.by_time) and self.place_ms >= step.minutes * 60_000 * EARNED

    def _earned_bound(self, bound: Bound) -> bool:
        enough_ml = Fraction(self.place_ml + self._unit_ml) >= Fraction(EARNED) * least_ml(
            self.plan, bound, self._caps
        )
        signed = bound.over or self.doubt.credit == self.place
        return signed or (enough_ml and self.place_ms >= bound.minutes * 60_000 * EARNED)

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
        total = self._total_dose()
        if total + limit_ml * concentration > ceilings.max_total_dose:
            return f"{total} given and {limit_ml * concentration} to come exceed {ceilings.max_total_dose}"
        return ""

    def _total_dose(self) -> Decimal:
        """What was counted, uncounted or runs on until a new limit is taken, less what was spared (F11)."""
        given = {one: ml - self.doubt.spared_ml.get(one, ZERO) for one, ml in self.given_ml.items()}
        for pump in self.pumps.values():
            if pump.hung is not None:
                coming = pump.until_taken_ml(LATE_S * self.wire_factor, by_hand=self.by_hand)
                given[pump.hung] = given.get(pump.hung, ZERO) + coming
        solution = self.plan.solution
        return sum((ml * solution(one).concentration for one, ml in given.items()), self.uncounted.given)

    def _most_ml(self, step: Step, grant: Grant) -> Decimal:
        """The largest limit for this step now: remainder, margin, dwell, unattended time, bag (F5, F11)."""
        rules, pump = self.plan.rules, self.pumps[grant.pump]
        caps, unit = pump.caps, pump.unit_ml
        bag_left = self.plan.solution(step.solution).volume_ml - self.given_ml.get(step.solution, ZERO)
        rate = grant.setting.rate_ml_h
        here = self.place_ml if grant.step == self.place and not self._leaves(grant) else ZERO
        goal = bag_left + here if step.until_empty else step.volume_ml
        if self.bound is not None and not self._leaves(grant):
            goal = rate * self.bound.minutes / 60
        dwell = rate * (rules.gate.dwell_max_min or ZERO) / 60
        margin = margin_ml(rate, caps, self.wire_factor, unit) + caps.limit_step_at(goal) + unit
        late = rate * max(LATE_S, caps.cycle_s) * self.wire_factor / 3600
        return min(
            max(goal - here, ZERO) + margin + dwell + late,
            rate * rules.ceilings.unattended_max_min / 60,
            max(bag_left, ZERO) + unit + caps.limit_step_ml + late,
        )
