"""What the mutants that were tried say about all of them: each file weighs as many as it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

Z = 1.96


@dataclass(frozen=True, slots=True)
class Count:
    """Mutants of one file: made, tried, and killed of those tried."""

    made: int
    tried: int
    dead: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many of `made` the tests would kill, with the bounds of 95 %; exact where all were tried.

    A file without a verdict counts as its area in the middle, as nothing in `low` and as all in `high`.
    """

    made: int
    dead: float
    variance: float
    unseen: int
    """Mutants in files without a verdict."""
    unseen_dead: float

    @property
    def share(self) -> float:
        """Of all mutants."""
        return self.dead / self.made if self.made else 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and most share."""
        half = Z * sqrt(self.variance)
        low = max(self.dead - self.unseen_dead - half, 0)
        high = min(self.dead - self.unseen_dead + half + self.unseen, self.made)
        return (low / self.made, high / self.made) if self.made else (0.0, 1.0)


def area(files: Sequence[Count]) -> Estimate:
    """A sample stratified by file (Cochran, Sampling Techniques, 5.3); what was not drawn of a file varies as
    the area does, whose share is drawn towards the middle by four tries (Agresti and Coull), so that a sample
    without a survivor proves nothing too much.
    """
    tried, dead = sum(one.tried for one in files), sum(one.dead for one in files)
    share = dead / tried if tried else 0.5
    careful = (dead + 2) / (tried + 4)
    unseen = sum(one.made for one in files if not one.tried)
    seen = [one for one in files if one.tried]
    return Estimate(
        sum(one.made for one in files),
        sum(one.made * one.dead / one.tried for one in seen) + unseen * share,
        careful * (1 - careful) * sum(one.made * (one.made - one.tried) / one.tried for one in seen),
        unseen,
        unseen * share,
    )


def together(areas: Iterable[Estimate]) -> Estimate:
    """The whole scope."""
    found = list(areas)
    return Estimate(
        sum(one.made for one in found),
        sum(one.dead for one in found),
        sum(one.variance for one in found),
        sum(one.unseen for one in found),
        sum(one.unseen_dead for one in found),
    )
