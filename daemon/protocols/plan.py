"""A plan: one protocol compiled for a target dose and a pump; frozen, exact, hashed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from daemon.protocols.rules import Rules


class Severity(StrEnum):
    """ERROR refuses the file; WARNING is shown to whoever signs; NOTE explains a number."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person must know about a plan. `where` is the key path in the file."""

    severity: Severity
    code: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Solution:
    """One bag. `amount` in the dose unit, `concentration` in dose unit per mL, exact to 28 digits."""

    id: str
    label: str
    amount: Decimal
    volume_ml: Decimal
    concentration: Decimal
    dead_volume_ml: Decimal
    """Of a line of its own, up to the Y-site if there is one."""
    primed: bool
    y_site_ml: Decimal
    """Behind the Y-site: dead volume of every solution."""
    stable_h: Decimal
    flush: bool
    """No drug: it pushes what the line holds to the patient (F30)."""
    preparation: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `dose`, `cumulative`, `exposure` in the dose unit; `exposure` is what reaches the patient."""

    number: int
    solution: str
    rate_ml_h: Decimal
    minutes: Decimal
    volume_ml: Decimal
    dose: Decimal
    cumulative: Decimal
    dose_rate_h: Decimal
    elapsed_min: Decimal
    exposure: Decimal
    until_empty: bool
    by_time: bool
    line_fill: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled protocol; `sha256` is over the canonical content and freezes it for the run (F29)."""

    protocol_id: str
    title: str
    drug: str
    source: str
    dose_unit: str
    target_dose: Decimal
    solutions: tuple[Solution, ...]
    steps: tuple[Step, ...]
    rules: Rules
    findings: tuple[Finding, ...]
    sha256: str
    ordered_by: str = ""
    route: str = ""
    exposure_accepted_by: str = ""
    """Who accepts that the line's dead volume breaks a ceiling at the patient; empty = nobody (F39)."""

    def step(self, number: int) -> Step:
        """The step numbered from 1."""
        return self.steps[number - 1]

    def solution(self, solution_id: str) -> Solution:
        """The solution with this id; KeyError if the plan has none."""
        for solution in self.solutions:
            if solution.id == solution_id:
                return solution
        raise KeyError(solution_id)

    @property
    def total_dose(self) -> Decimal:
        """Dose given when every step is given whole."""
        return self.steps[-1].cumulative

    @property
    def total_minutes(self) -> Decimal:
        """Minutes from first start to the last step's end, without pauses."""
        return self.steps[-1].elapsed_min
