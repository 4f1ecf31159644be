"""What the head lines of a printed table say, as numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from daemon.desk.audit.figures import Figure, Style, read_number
from daemon.desk.audit.findings import Finding, Severity
from daemon.desk.audit.head_keys import LAST, BagLine, bag_line, target_line
from daemon.desk.audit.preparation import Recipe, read_recipe
from daemon.desk.audit.reading import HeadLine
from daemon.desk.audit.units import Duration, dose_factor, duration, is_dose_unit, volume_factor

_TEXTS = frozenset(
    [
        "id",
        "title",
        "drug",
        "source",
        "source_url",
        "citation",
        "note",
        "notes",
        "route",
        "dose_unit",
        "completeness",
        "comment",
        "patient",
        "family",
        "line_fill_steps",
        "target_basis",
    ]
)
_DOSES = frozenset({"target_dose", "total_dose", "final_dose", "final_concentration"})
_VOLUMES = frozenset({"bag_volume_ml", "total_volume_ml", "overfill_ml"})
_COUNTS = frozenset({"total_minutes", "total_hours", "steps"})
_BY_HAND = ("oral", "sc", "subcutaneous", "im", "inhaled", "iv_bolus", "bolus", "iv intermittent", "syringe")


THE_WHOLE = "1, the whole"
"""The target of a table in parts that names none: more than it is wrong, less may be a part of the table."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table. Doses in `dose_unit`, volumes in mL, `times` in minutes as a range."""

    dose_unit: str = ""
    route: str = ""
    partial: bool = False
    figures: dict[str, Figure] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    times: Duration | None = None
    line_fill: tuple[str, ...] = ()
    dilutions: tuple[Fraction, ...] = ()
    recipes: tuple[Recipe, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Doses by hand, where the target may be the last single dose."""
        return self.route.casefold().startswith(_BY_HAND)

    def value(self, key: str) -> Fraction | None:
        """The number of a key."""
        figure = self.figures.get(key)
        return None if figure is None else figure.value


def read_head(
    lines: tuple[HeadLine, ...], totals: dict[str, str], unit: str, comma: bool | None, bags: tuple[str, ...]
) -> tuple[Head, list[Finding]]:
    """The head, and a finding for each line that is unknown or cannot be read.

    `totals` are the cells of a printed total line; `unit` is the dose unit of the headings; `comma` tells
    what a single comma before three digits is: a decimal comma (True), thousands (False) or not known.
    `bags` are the bags of the rows.
    """
    lines = tuple(target_line(line) for line in lines)
    texts = {line.key: line.value for line in lines}
    overfill = _one(texts.get("overfill_ml", ""), "", comma)
    found = _Found(
        (texts.get("dose_unit") or unit).strip(), comma, overfill.value if overfill else Fraction(0)
    )
    for line in [*lines, *(HeadLine(key, value) for key, value in totals.items() if value.strip())]:
        found.add(line)
    found.settle(bags)
    if found.dose_unit.casefold().startswith("fraction"):
        found.figures.setdefault("target_dose", Figure(Fraction(1), 0, 1))
        texts.setdefault("target_dose", THE_WHOLE)
    fills = texts.get("line_fill_steps", "").replace(";", ",").replace(" ", ",").split(",")
    head = Head(
        found.dose_unit,
        texts.get("route", ""),
        texts.get("completeness", "").casefold().startswith("partial"),
        found.figures,
        texts | totals,
        found.times,
        tuple(step for step in fills if step),
        found.dilutions,
        tuple(recipe for _, recipe in found.recipes),
    )
    return head, found.findings


@dataclass(slots=True)
class _Found:
    """What the lines said so far."""

    dose_unit: str
    comma: bool | None
    overfill_ml: Fraction
    figures: dict[str, Figure] = field(default_factory=dict)
    recipes: list[tuple[HeadLine, Recipe]] = field(default_factory=list)
    times: Duration | None = None
    dilutions: tuple[Fraction, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    def add(self, line: HeadLine) -> None:
        """Read one line, or find that it cannot be read."""
        known = True
        if line.key in _DOSES | _VOLUMES | _COUNTS:
            figure = _one(line.value, self.dose_unit if line.key in _DOSES else "", self.comma)
            known = figure is not None
            if figure is not None:
                self.figures[line.key] = figure
        elif line.key == "total_time":
            self.times = duration(line.value)
            known = self.times is not None
        elif line.key == "dilutions":
            self.dilutions = _dilutions(line.value)
            known = bool(self.dilutions)
        elif (named := bag_line(line)) is not None:
            recipe = self._recipe(named)
            known = recipe is not None
            self.recipes += [(line, recipe)] if recipe is not None else []
        elif line.key not in _TEXTS:
            self.findings.append(_unknown(line))
        if not known:
            self.findings.append(_unread(line))

    def _recipe(self, named: BagLine) -> Recipe | None:
        """What a line tells of its bag: by its text, else by its key and one number."""
        recipe = read_recipe(named.bag, named.text, self.dose_unit, self.overfill_ml)
        if recipe is not None:
            return recipe
        figure = _one(named.text, "" if named.aspect == "volume" else self.dose_unit, self.comma)
        words = read_number(named.text).tail.split()
        if figure is None or len(words) > 1:
            return None
        match named.aspect:
            case "concentration":
                return Recipe(named.bag, named.text, stated=figure)
            case "volume":
                return Recipe(named.bag, named.text, volume_ml=figure.value)
            case _:
                return Recipe(named.bag, named.text, amount=figure)

    def settle(self, bags: tuple[str, ...]) -> None:
        """Give an amount the common volume, the last bag its name; say which lines no row can be held to."""
        common = self.figures.get("bag_volume_ml")
        settled: list[tuple[HeadLine, Recipe]] = []
        for line, recipe in self.recipes:
            one = replace(recipe, bag=bags[-1]) if recipe.bag == LAST and bags else recipe
            own = [other.volume_ml for _, other in self.recipes if other.bag == one.bag and other.volume_ml]
            volume = own[0] if own else common.value if common is not None else None
            settled.append(
                (line, replace(one, volume_ml=volume) if one.amount and not one.volume_ml else one)
            )
        self.recipes = settled
        parents = {recipe.parent for _, recipe in settled}
        named = {recipe.bag for _, recipe in settled} | set(bags)
        for line, recipe in settled:
            lost = recipe.parent is not None and recipe.parent not in named and "/ml" not in recipe.parent
            if recipe.bag not in parents | set(bags) or lost or (recipe.amount and not recipe.volume_ml):
                self.findings.append(_unread(line))


def _one(text: str, dose_unit: str, comma: bool | None) -> Figure | None:
    """The one number of a head line, with a unit after it if it likes; a comma as the rows have it."""
    found = read_number(text)
    if not found.readings:
        return None
    reading = found.readings[0]
    if comma is False:
        reading = next((one for one in found.readings if one.style is Style.THOUSANDS_COMMA), reading)
    words = found.tail.split()
    unit = words[0].strip(".,()") if words else ""
    factor = volume_factor(unit) or (
        dose_factor(unit.partition("/")[0], dose_unit) if is_dose_unit(unit.partition("/")[0]) else None
    )
    return reading if factor is None else reading.scaled(factor)


def _dilutions(text: str) -> tuple[Fraction, ...]:
    parts = [read_number(part).readings for part in text.replace(";", ",").split(",")]
    return tuple(part[0].value for part in parts) if all(parts) else ()


def _unknown(line: HeadLine) -> Finding:
    message = f"the head line {line.key!r} is not known; it was not checked"
    return Finding(None, line.key, line.value[:80], "", Severity.ROUNDING, "unknown_key", message)


def _unread(line: HeadLine) -> Finding:
    message = f"the head line {line.key!r} cannot be read as this key should be; it was not checked"
    return Finding(None, line.key, line.value[:80], "", Severity.ROUNDING, "unread_key", message)
