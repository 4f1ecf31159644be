"""Numbers as they are printed: decimal point or comma, thousands in groups, fractions, exponents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

MAX_DIGITS = 40
MAX_EXPONENT = 30
_GROUP_MARKS = " '\u2019\u00a0\u202f\u2009"
_TOKEN = re.compile(
    rf"(?P<sign>[+\-\u2212]?)\s*(?P<body>\d[\d.,{_GROUP_MARKS}]*|[.,]\d+)"
    r"(?P<exponent>[eE][+-]?\d{1,6})?\s*(?P<tail>[^\d]*(?:10\^)?[^\d]*)",
    re.ASCII,
)
_GROUPED = re.compile(rf"\d{{1,3}}(?:[{_GROUP_MARKS}]\d{{3}})+(?:[.,]\d+)?")
_RATIO = re.compile(r"(?P<top>\d{1,12})\s*/\s*(?P<bottom>\d{1,3}(?:[,' ]\d{3})+|\d{1,12})")


class Style(StrEnum):
    """What a separator in a number was read as."""

    PLAIN = "plain"
    DECIMAL_POINT = "decimal point"
    DECIMAL_COMMA = "decimal comma"
    THOUSANDS_POINT = "thousands point"
    THOUSANDS_COMMA = "thousands comma"


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed number in the unit of its column: `value` is `scale` times what stands in print."""

    value: Fraction
    places: int
    digits: int
    style: Style = Style.PLAIN
    scale: Fraction = Fraction(1)

    @property
    def ulp(self) -> Fraction:
        """One unit of its last printed digit, in the unit of the column."""
        return Fraction(1, 10**self.places) * self.scale

    def scaled(self, factor: Fraction) -> Figure:
        """The same print in a unit of which one is `factor` of the column's."""
        return Figure(self.value * factor, self.places, self.digits, self.style, self.scale * factor)


@dataclass(frozen=True, slots=True)
class Print:
    """Every reading of one printed number, and the text after it (a unit, mostly)."""

    readings: tuple[Figure, ...]
    tail: str = ""
    problem: str = ""


def read_number(text: str) -> Print:
    """The readings of a text; none and a problem if it is no number of sensible size."""
    plain = text.strip().lstrip("~≈").strip()
    ratio = _RATIO.fullmatch(plain)
    if ratio is not None:
        return _ratio(ratio)
    token = _TOKEN.fullmatch(plain)
    if token is None:
        return Print((), problem="not_a_number")
    body = token["body"].rstrip(_GROUP_MARKS + ",.")
    if sum(one.isdigit() for one in body) > MAX_DIGITS:
        return Print((), problem="out_of_size")
    exponent = int(token["exponent"][1:]) if token["exponent"] else 0
    if abs(exponent) > MAX_EXPONENT:
        return Print((), problem="out_of_size")
    readings = tuple(_power(figure, exponent) for figure in _readings(body))
    if not readings:
        return Print((), problem="not_a_number")
    if token["sign"] in {"-", "\u2212"} and any(one.value for one in readings):
        return Print((), problem="negative")
    return Print(readings, token["tail"].strip())


def _ratio(ratio: re.Match[str]) -> Print:
    bottom = int(re.sub(r"\D", "", ratio["bottom"]))
    if not bottom:
        return Print((), problem="not_a_number")
    value = Fraction(int(ratio["top"]), bottom)
    return Print((Figure(value, MAX_EXPONENT, MAX_EXPONENT),))


def _readings(body: str) -> list[Figure]:
    if any(mark in body for mark in _GROUP_MARKS):
        if _GROUPED.fullmatch(body) is None:
            return []
        body = re.sub(f"[{_GROUP_MARKS}]", "", body)
    points, commas = body.count("."), body.count(",")
    if points and commas:
        decimal = "." if body.rfind(".") > body.rfind(",") else ","
        other = "," if decimal == "." else "."
        whole, _, rest = body.rpartition(decimal)
        if decimal in whole or not _thousands(whole, other):
            return []
        return [_decimal(whole.replace(other, ""), rest, _decimal_style(decimal))]
    if not points and not commas:
        return [_decimal(body, "", Style.PLAIN)]
    mark = "." if points else ","
    grouped = Style.THOUSANDS_POINT if points else Style.THOUSANDS_COMMA
    whole, _, rest = body.partition(mark)
    found = [] if mark in rest else [_decimal(whole or "0", rest, _decimal_style(mark))]
    if _thousands(body, mark):
        found.append(_decimal(body.replace(mark, ""), "", grouped))
    return found


def _thousands(text: str, mark: str) -> bool:
    groups = text.split(mark)
    first = groups[0]
    return (
        len(groups) > 1
        and 1 <= len(first) <= 3
        and first[0] != "0"
        and all(len(group) == 3 for group in groups[1:])
    )


def _decimal_style(mark: str) -> Style:
    return Style.DECIMAL_POINT if mark == "." else Style.DECIMAL_COMMA


def _decimal(whole: str, rest: str, style: Style) -> Figure:
    digits = (whole + rest).lstrip("0")
    return Figure(Fraction(int(whole + rest), 10 ** len(rest)), len(rest), len(digits), style)


def _power(figure: Figure, exponent: int) -> Figure:
    if not exponent:
        return figure
    places = max(0, figure.places - exponent)
    return Figure(figure.value * Fraction(10) ** exponent, places, figure.digits, figure.style)
