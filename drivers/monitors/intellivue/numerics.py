"""Numeric objects of a poll reply: value, unit, state and time of measurement of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from drivers.monitors.intellivue.attributes import Special, absolute_time, float_of, time_text
from drivers.monitors.intellivue.polls import Observation
from drivers.monitors.intellivue.reader import Reader, items

VALUE = 0x0950
COMPOUND = 0x094B
MEASURED_AT = 0x0990
QUESTIONABLE, UNAVAILABLE = 0x4000, 0x2000
EARLY, ONGOING = 0x0040, 0x0020


@dataclass(frozen=True, slots=True)
class Numeric:
    """One number. `stamped` = the object carries the time of its measurement; `time` is it, if readable."""

    context: int
    handle: int
    code: int
    state: int
    unit: int
    value: Decimal | Special
    stamped: bool
    time: int | None
    at: str | None = None
    """The same time as text."""


def numerics_of(found: Iterable[Observation]) -> Iterator[Numeric]:
    """Every number in the reply, in its order; BadFrame for a value cut short."""
    for one in found:
        stamp = one.attributes.get(MEASURED_AT)
        time, at = (None, None) if stamp is None else (absolute_time(stamp), time_text(stamp))
        for raw in _values(one):
            code, state, unit = raw.u16(), raw.u16(), raw.u16()
            value = float_of(raw.u32())
            yield Numeric(one.context, one.handle, code, state, unit, value, stamp is not None, time, at)


def _values(one: Observation) -> Iterator[Reader]:
    """The observed values of an object: alone, or several in one attribute."""
    single = one.attributes.get(VALUE)
    if single is not None:
        reader = Reader(single)
        yield reader
        reader.end()
    several = one.attributes.get(COMPOUND)
    if several is not None:
        outer = Reader(several)
        count, inner = items(outer)
        outer.end()
        for _ in range(count):
            yield inner
        inner.end()
