"""One simulated bed: pumps, bags, lines and the patient, moved by one clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from drivers.values import Motion
from simulators.bodies.bag import Bag, Portion, Solution
from simulators.bodies.line import Line
from simulators.bodies.patient import Patient
from simulators.bodies.pump import PumpBody

ZERO = Decimal(0)
SLICE_S = Decimal(1)


@dataclass
class Account:
    """Volume (mL) and dose by solution id."""

    volume_ml: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    dose: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    def add(self, portions: Iterable[Portion]) -> Decimal:
        """Book the portions; returns the dose in them."""
        total = ZERO
        for portion in portions:
            name, dose = portion.solution.id, portion.dose
            self.volume_ml[name] += portion.volume_ml
            self.dose[name] += dose
            total += dose
        return total

    @property
    def total_dose(self) -> Decimal:
        """Over all solutions."""
        return sum(self.dose.values(), ZERO)


@dataclass
class Lane:
    """A pump and the line from it."""

    pump: PumpBody
    line: Line


class Bedside:
    """`left` is what left the pumps, `reached` what reached the patient: the truth the books are held to."""

    def __init__(self, lanes: list[Lane], patient: Patient, common: Line | None = None) -> None:
        self.lanes = lanes
        self.patient = patient
        self.common = common
        """The limb behind a Y-site; None = each line ends at the patient."""
        self.left = Account()
        self.reached = Account()
        self.bags: dict[str, Bag] = {lane.pump.bag.solution.id: lane.pump.bag for lane in lanes}
        self.dose_rate_h = ZERO
        """Dose rate at the patient over the last slice."""
        self.overlap_s = ZERO
        """How long more than one pump gave something; two solutions at once are never ordered."""
        self.pauses: list[tuple[Decimal, Decimal]] = []
        """Times without flow between two with it: when each began and how long it was, body seconds."""
        self._flowed_s: Decimal | None = None

    @property
    def elapsed_s(self) -> Decimal:
        """Body seconds since the bed was made."""
        return self.patient.elapsed_s

    @property
    def pumps_moving(self) -> int:
        """How many pumps deliver at this moment."""
        return sum(lane.pump.motion is not Motion.STOPPED or lane.pump.flow_ml_h > 0 for lane in self.lanes)

    def advance(self, dt_s: Decimal) -> None:
        """Let `dt_s` body seconds pass for everything in the bed."""
        while dt_s > 0:
            slice_s = min(dt_s, SLICE_S)
            dose = self._deliver(slice_s)
            self.dose_rate_h = dose * 3600 / slice_s
            self.patient.advance(slice_s, dose)
            dt_s -= slice_s

    def _deliver(self, slice_s: Decimal) -> Decimal:
        dose, giving = ZERO, 0
        for lane in self.lanes:
            lane.pump.advance(slice_s)
            portions = lane.pump.drain()
            giving += any(portion.volume_ml > 0 for portion in portions)
            for portion in portions:
                self.left.add([portion])
                arrived = lane.line.push(portion)
                if self.common is not None:
                    arrived = [out for part in arrived for out in self.common.push(part)]
                dose += self.reached.add(arrived)
        self._notice(giving, slice_s)
        return dose

    def _notice(self, giving: int, slice_s: Decimal) -> None:
        if giving > 1:
            self.overlap_s += slice_s
        if not giving:
            return
        if self._flowed_s is not None and self.elapsed_s > self._flowed_s:
            self.pauses.append((self._flowed_s, self.elapsed_s - self._flowed_s))
        self._flowed_s = self.elapsed_s + slice_s

    def hang(self, solution_id: str, *, lane: int = 0, primed: bool = True) -> Bag:
        """Hang a known bag; `primed` = its own line, full of it, is attached at the patient."""
        bag = self.bags[solution_id]
        self.lanes[lane].pump.bag = bag
        if primed:
            self.lanes[lane].line.fill(bag.solution)
        return bag

    def bring(self, solution: Solution, volume_ml: Decimal, overfill: Decimal = ZERO) -> Bag:
        """A new bag comes to the bed, not yet hung; it replaces one of the same id."""
        bag = Bag(solution, volume_ml, overfill)
        self.bags[solution.id] = bag
        return bag
