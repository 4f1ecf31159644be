"""Which rounding, if any, turns an exact number into the one that was printed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from daemon.desk.audit.figures import Figure

_LOOSE = Fraction(1, 100)
_ALONE = Fraction(1, 100)
_COARSE = Fraction(1, 200)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that explains a print; `exact` for no rounding at all."""

    name: str
    to: str = ""

    def __str__(self) -> str:
        return f"{self.name} to {self.to}" if self.to else self.name


EXACT = Rule("exact")


def rule_for(figure: Figure, exact: Fraction, most_places: int) -> Rule | None:
    """The rule that makes `exact` the printed figure; None if there is none.

    A print with fewer places than the column has elsewhere (`most_places`) may have lost idle zeros, or be
    coarser: that is believed up to 1 % of the number. Significant digits are believed of whole numbers,
    two or more of them, up to 0.5 %.
    """
    if figure.value == exact:
        return EXACT
    if exact < 0:
        return None
    value, wanted = figure.value / figure.scale, exact / figure.scale
    for places in range(figure.places, max(figure.places, most_places) + 1):
        name = _rounded(value, wanted, Fraction(1, 10**places))
        if name and (places >= most_places or abs(value - wanted) <= _LOOSE * wanted):
            return Rule(name, f"{places} place{'' if places == 1 else 's'}")
    return None if figure.places else _significant(value, wanted)


def head_rule(figure: Figure, exact: Fraction) -> Rule | None:
    """As `rule_for`, for a number that stands alone: never by more than 1 %, and by no significant digits."""
    rule = rule_for(figure, exact, 0)
    if rule is None or rule.to.endswith("digits") or abs(exact - figure.value) > _ALONE * figure.value:
        return None
    return rule


def span_holds(figure: Figure, low: Fraction, high: Fraction) -> bool:
    """Some number between the bounds can have been printed as this figure."""
    reach = min(figure.ulp, _LOOSE * figure.value) if figure.value else figure.ulp
    return low - reach < figure.value < high + reach or low <= figure.value <= high


def _significant(value: Fraction, wanted: Fraction) -> Rule | None:
    if value.denominator != 1 or not value or abs(value - wanted) > _COARSE * value:
        return None
    digits, unit = len(str(value.numerator)), Fraction(10)
    while value % unit == 0 and digits > 2:
        digits -= 1
        name = _rounded(value, wanted, unit)
        if name:
            return Rule(name, f"{digits} significant digits")
        unit *= 10
    return None


def _rounded(value: Fraction, wanted: Fraction, unit: Fraction) -> str:
    """The name of the rule by which `wanted` is `value` in whole units; empty if none does."""
    units = wanted / unit
    printed = value / unit
    below = floor(units)
    tie = units - below == Fraction(1, 2)
    if printed == floor(units + Fraction(1, 2)):
        return "rounded half up" if tie else "rounded"
    if tie and printed == below:
        return "rounded half even" if below % 2 == 0 else "truncated"
    if printed == below:
        return "truncated"
    return "rounded up" if printed == below + 1 and units != below else ""
