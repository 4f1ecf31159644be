"""Lines that meet at a Y-site: each pump's own part, kept aside while another pump is in charge (F23, F39).

`Line` is the way from the pump in charge to the vein: its own part and the part that all pumps share. The
shared part stays where it is when another pump takes over; the own parts change places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from daemon.changed import replace
from daemon.engine.account import ZERO
from daemon.engine.line import Geometry, Line
from daemon.engine.lingering import NOTHING as NO_DRUG
from daemon.engine.lingering import Lingering
from daemon.engine.tube import Fluid, Plug, Tube, joined, split


@dataclass(frozen=True)
class OwnPart:
    """One way the line up to the Y-site may be; `fill` as in a tube."""

    plugs: tuple[Plug, ...] = ()
    fill: Decimal = ZERO


@dataclass(frozen=True)
class OwnLine:
    """The line of a pump that is not in charge, as the low and the high way it may be."""

    low: OwnPart = OwnPart()
    high: OwnPart = OwnPart()
    own_ml: Decimal = ZERO
    hung: Fluid | None = None
    own: bool | None = None
    lingering: Lingering = NO_DRUG

    @property
    def dose(self) -> Decimal:
        """The most drug that may be in it."""
        return self.lingering.dose(self.own_ml)


NO_OWN_LINE = OwnLine()
"""No bag has hung on that pump yet."""


def detached(line: Line) -> tuple[OwnLine, Line]:
    """The own part kept aside, and the shared part alone. On a settled line only."""
    shared_ml = line.geometry.shared_ml
    low_own, low = _apart(line.low, shared_ml)
    high_own, high = _apart(line.high, shared_ml)
    own_ml = line.geometry.own_ml
    aside = OwnLine(low_own, high_own, own_ml, line.hung, line.own, line.lingering)
    shared = replace(
        line,
        low=low,
        high=high,
        hung=None,
        own=None,
        geometry=Geometry(ZERO, shared_ml),
        lingering=line.lingering.beyond(own_ml, shared_ml),
    )
    return aside, shared


def attached(line: Line, own: OwnLine) -> Line:
    """The own part of another pump in front of the shared part that stands alone."""
    shared_ml = line.geometry.shared_ml
    return replace(
        line,
        low=_with(line.low, own.low),
        high=_with(line.high, own.high),
        hung=own.hung,
        own=own.own,
        geometry=Geometry(own.own_ml, shared_ml),
        lingering=own.lingering.in_front_of(line.lingering, own.own_ml),
    )


def _apart(tube: Tube, shared_ml: Decimal) -> tuple[OwnPart, Tube]:
    shared, own = split(tube.plugs, shared_ml)
    fill = min(tube.fill, _dose(own))
    return OwnPart(own, fill), replace(tube, plugs=shared, fill=tube.fill - fill)


def _with(tube: Tube, own: OwnPart) -> Tube:
    return replace(tube, plugs=joined((*tube.plugs, *own.plugs)), fill=tube.fill + own.fill)


def _dose(plugs: Iterable[Plug]) -> Decimal:
    return sum((plug.dose for plug in plugs), ZERO)
