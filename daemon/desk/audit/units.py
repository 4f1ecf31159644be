"""Units a table may be printed in, as factors of one another; times as minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_FAMILIES: tuple[dict[str, Fraction], ...] = (
    {
        "ng": Fraction(1, 10**6),
        "mcg": Fraction(1, 1000),
        "µg": Fraction(1, 1000),
        "μg": Fraction(1, 1000),
        "ug": Fraction(1, 1000),
        "mg": Fraction(1),
        "g": Fraction(1000),
    },
    {
        "units": Fraction(1),
        "unit": Fraction(1),
        "u": Fraction(1),
        "iu": Fraction(1),
        "miu": Fraction(10**6),
    },
    {"mmol": Fraction(1)},
    {"fraction": Fraction(1), "%": Fraction(1, 100), "percent": Fraction(1, 100)},
)
_VOLUMES = {"ml": Fraction(1), "l": Fraction(1000), "µl": Fraction(1, 1000), "ul": Fraction(1, 1000)}
_MINUTES = {
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std"), Fraction(60)),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "m"), Fraction(1)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), Fraction(1, 60)),
}
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]+)\.?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?:\s*h)?")
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:-|\u2013|to)\s*(\d+(?:[.,]\d+)?)\s*([a-z]+)\.?")


def dose_factor(unit: str, dose_unit: str) -> Fraction | None:
    """How many `dose_unit` one `unit` is; None if they cannot be compared. No unit is the dose unit."""
    unit, dose_unit = unit.strip().casefold(), dose_unit.strip().casefold()
    if not unit or not dose_unit or unit == dose_unit:
        return Fraction(1)
    for family in _FAMILIES:
        if unit in family:
            return family[unit] / family[dose_unit] if dose_unit in family else None
    return None


def is_dose_unit(unit: str) -> bool:
    """A unit that doses are printed in."""
    return any(unit.casefold() in family for family in _FAMILIES)


def volume_factor(unit: str) -> Fraction | None:
    """How many mL one `unit` is."""
    return _VOLUMES.get(unit.strip().casefold())


def minutes_factor(unit: str) -> Fraction | None:
    """How many minutes one `unit` is."""
    return _MINUTES.get(unit.strip().casefold())


@dataclass(frozen=True, slots=True)
class Duration:
    """Minutes from `low` to `high` (equal, if it is no range); `ulp` is one unit of the last digit."""

    low: Fraction
    high: Fraction
    ulp: Fraction


def duration(text: str) -> Duration | None:
    """`3 h, 57 min, 30 s`, `5,66 h`, `3:57` or, as a range, `2.5 to 3 h`; None if it is none."""
    low = text.casefold().strip()
    if len(low) > _LONGEST:
        return None
    clock = _CLOCK.fullmatch(low)
    if clock is not None:
        minutes = Fraction(int(clock[1]) * 60 + int(clock[2]))
        return Duration(minutes, minutes, Fraction(1))
    spread = _RANGE.fullmatch(low)
    if spread is not None:
        factor = minutes_factor(spread[3])
        if factor is None:
            return None
        return Duration(_number(spread[1]) * factor, _number(spread[2]) * factor, Fraction(0))
    rest = _PART.sub("", low).replace(",", "").replace("and", "").strip()
    parts = _PART.findall(low)
    if rest or not parts:
        return None
    total, ulp = Fraction(0), Fraction(0)
    for number, unit in parts:
        factor = minutes_factor(unit)
        if factor is None:
            return None
        total += _number(number) * factor
        places = len(number.replace(",", ".").partition(".")[2])
        ulp = factor / 10**places
    return Duration(total, total, ulp)


_LONGEST = 80


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", "."))
