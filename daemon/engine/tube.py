"""One drug line in plug flow: what it holds, what came out at the patient, what was taken away from him.

Volumes in mL, doses in the plan's dose unit. A fluid free of drug has the concentration 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from daemon.changed import replace
from daemon.engine.account import ZERO

ROUNDING_ML = Decimal("1e-12")
"""A plug no larger than this is what 28 digits leave over, and no fluid."""


@dataclass(frozen=True)
class Fluid:
    """What a stretch of line is full of; `solution` is empty for a fluid that is no bag of the plan."""

    solution: str
    concentration: Decimal


FREE = Fluid("", ZERO)
"""Whatever holds no drug."""


@dataclass(frozen=True)
class Plug:
    """A volume of one fluid."""

    fluid: Fluid
    volume_ml: Decimal

    @property
    def dose(self) -> Decimal:
        """The drug in it."""
        return self.volume_ml * self.fluid.concentration


@dataclass(frozen=True)
class Tube:
    """One way the line may be. `plugs` begin at the patient's end; the volume in it is always the same.

    `fill` is the drug that was primed into the line past the pump's counter and that its content still
    covers. What of it is driven out without drug in its place has reached the patient uncounted: `flushed`
    (F3, F30). So what the pump counted plus `flushed` is never less than `reached`.
    """

    plugs: tuple[Plug, ...] = ()
    reached: Decimal = ZERO
    fill: Decimal = ZERO
    flushed: Decimal = ZERO

    @property
    def volume_ml(self) -> Decimal:
        """The dead volume, full of one thing or another."""
        return sum((plug.volume_ml for plug in self.plugs), ZERO)

    @property
    def dose(self) -> Decimal:
        """The drug in the line."""
        return _dose(self.plugs)

    @property
    def strongest(self) -> Fluid:
        """The strongest fluid in the line."""
        return max((plug.fluid for plug in self.plugs), key=lambda fluid: fluid.concentration, default=FREE)

    @property
    def dry_ml(self) -> Decimal:
        """How much fluid without drug comes first at the patient's end."""
        dry = ZERO
        for plug in self.plugs:
            if plug.fluid.concentration:
                break
            dry += plug.volume_ml
        return dry

    def pushed(self, fluid: Fluid, volume_ml: Decimal) -> Tube:
        """After a volume went in at the pump's end and as much came out at the patient's."""
        if volume_ml <= 0:
            return self
        if len(self.plugs) == 1 and self.plugs[0].fluid == fluid:
            return replace(self, reached=self.reached + volume_ml * fluid.concentration)
        out, kept = split((*self.plugs, Plug(fluid, volume_ml)), volume_ml)
        return self._given(out, kept)

    def _given(self, out: Iterable[Plug], kept: tuple[Plug, ...]) -> Tube:
        """What came out has reached the patient; what no longer covers the fill did so uncounted."""
        uncovered = max(self.fill - _dose(kept), ZERO)
        return replace(
            self,
            plugs=kept,
            reached=self.reached + _dose(out),
            fill=self.fill - uncovered,
            flushed=self.flushed + uncovered,
        )

    def drained(self, volume_ml: Decimal, fluid: Fluid) -> Tube:
        """After a volume was led away from the patient, with `fluid` in its place."""
        volume_ml = min(volume_ml, self.volume_ml)
        away, kept = split(self.plugs, volume_ml)
        fill = max(self.fill - _dose(away), ZERO) + volume_ml * fluid.concentration
        return _holding(replace(self, fill=fill), (*kept, Plug(fluid, volume_ml)))

    def without(self, from_ml: Decimal, to_ml: Decimal, *, given: bool) -> Tube:
        """What lies between two distances from the patient counts as given to him, or as never given."""
        before, rest = split(self.plugs, from_ml)
        doubtful, after = split(rest, to_ml - from_ml)
        blank = Plug(FREE, sum((plug.volume_ml for plug in doubtful), ZERO))
        kept = joined((*before, blank, *after))
        return self._given(doubtful, kept) if given else _holding(self, kept)

    def primed(self, fluid: Fluid, own_ml: Decimal, shared_ml: Decimal) -> Tube:
        """A line of `own_ml` full of `fluid` is attached; the shared part at the patient stays as it was."""
        shared, gone = split(self.plugs, shared_ml)
        missing = shared_ml - sum((plug.volume_ml for plug in shared), ZERO)
        held = (*shared, Plug(FREE, missing), Plug(fluid, own_ml))
        fill = max(self.fill - _dose(gone), ZERO) + own_ml * fluid.concentration
        return _holding(replace(self, fill=fill), held)

    def replaced(self, plugs: Iterable[Plug], fill: Decimal = ZERO) -> Tube:
        """Another line up to the vein, full of this; `fill` of it never passed the counter."""
        return _holding(replace(self, fill=fill), plugs)


EMPTY = Tube()
"""No line yet, and nothing given."""


def _holding(tube: Tube, plugs: Iterable[Plug]) -> Tube:
    """The same books with another content."""
    kept = joined(plugs)
    return replace(tube, plugs=kept, fill=min(tube.fill, _dose(kept)))


def _dose(plugs: Iterable[Plug]) -> Decimal:
    return sum((plug.dose for plug in plugs), ZERO)


def split(plugs: Iterable[Plug], volume_ml: Decimal) -> tuple[tuple[Plug, ...], tuple[Plug, ...]]:
    """The first `volume_ml`, and the rest."""
    first: list[Plug] = []
    rest: list[Plug] = []
    for plug in plugs:
        taken = min(plug.volume_ml, max(volume_ml, ZERO))
        volume_ml -= taken
        first.append(Plug(plug.fluid, taken))
        rest.append(Plug(plug.fluid, plug.volume_ml - taken))
    return joined(first), joined(rest)


def joined(plugs: Iterable[Plug]) -> tuple[Plug, ...]:
    """Without plugs that are only rounding, and neighbours of one fluid as one."""
    found: list[Plug] = []
    for plug in plugs:
        if plug.volume_ml <= ROUNDING_ML:
            continue
        if found and found[-1].fluid == plug.fluid:
            plug = Plug(plug.fluid, found.pop().volume_ml + plug.volume_ml)  # noqa: PLW2901 - they are one
        found.append(plug)
    return tuple(found)
