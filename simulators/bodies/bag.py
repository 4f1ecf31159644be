"""Solutions and the bags they hang in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution by its id; `concentration` in dose units per mL."""

    id: str
    concentration: Decimal


SALINE = Solution("saline", Decimal(0))


class Portion(NamedTuple):
    """A volume of one solution on its way."""

    solution: Solution
    volume_ml: Decimal

    @property
    def dose(self) -> Decimal:
        """The drug in it, in the solution's dose unit."""
        return self.volume_ml * self.solution.concentration


class Bag:
    """A hanging bag; `overfill` is the fraction by which its real content differs from the label."""

    def __init__(self, solution: Solution, labelled_ml: Decimal, overfill: Decimal = Decimal(0)) -> None:
        self.solution = solution
        self.labelled_ml = labelled_ml
        self.content_ml = labelled_ml * (1 + overfill)

    def draw(self, volume_ml: Decimal) -> Decimal:
        """Take up to `volume_ml` out; returns what there was."""
        taken = min(volume_ml, self.content_ml)
        self.content_ml -= taken
        return taken

    def take_back(self, volume_ml: Decimal) -> None:
        """Volume pushed back by pressure relief."""
        self.content_ml += volume_ml
