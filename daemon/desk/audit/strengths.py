"""The concentration of every row: printed, told by the head or the bag's name, or given by the other rows."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.figures import Figure
from daemon.desk.audit.judged import Judged
from daemon.desk.audit.preparation import Recipe
from daemon.desk.audit.rounding import EXACT, rule_for
from daemon.desk.audit.world import Span, World, sure

_LOOKED_AT = 12


def strengths(world: World) -> list[Span | None]:
    """One for each row, before the last bag is known better."""
    told: dict[str, Span | None] = {"": None}
    found: list[Span | None] = []
    for row in range(world.size):
        strength, bag = world.span(Column.CONCENTRATION, row), world.bags[row]
        if strength is None:
            if bag not in told:
                told[bag] = _told(world, bag)
            strength = told[bag]
        found.append(strength)
    return found


def recipe_of(world: World, bag: str) -> Recipe | None:
    """The first recipe of this bag in the head."""
    return next((recipe for recipe in world.head.recipes if recipe.bag == bag), None)


def bag_volume(world: World, bag: str) -> Fraction | None:
    """The volume of a bag: its own line before the common one."""
    for recipe in world.head.recipes:
        if recipe.bag == bag and recipe.volume_ml is not None:
            return recipe.volume_ml
    return world.head.value("bag_volume_ml")


def _told(world: World, bag: str) -> Span | None:
    """The strength the head tells, or the one that explains more rows; of equals the one stated first."""
    told: list[Fraction] = []
    for recipe in world.head.recipes:
        if recipe.bag == bag and recipe.stated is not None:
            told.insert(0, recipe.stated.value)
        if recipe.bag == bag and recipe.amount is not None and recipe.volume_ml:
            told.append(recipe.amount.value / recipe.volume_ml)
    rows = _dosed(world, bag)
    given = _from_rows(world, rows)
    told += [given] if given is not None else []
    return sure(max(told, key=lambda strength: _holding(world, rows, strength))) if told else None


def _dosed(world: World, bag: str) -> list[tuple[Figure, Fraction]]:
    """Dose and volume of the rows of a bag that have both."""
    return [
        (dose, volume)
        for row in range(world.size)
        if world.bags[row] == bag
        and (dose := world.figure(Column.DOSE, row)) is not None
        and (volume := volume_of(world, row))
        and dose.value
    ]


def _holding(world: World, rows: list[tuple[Figure, Fraction]], strength: Fraction) -> int:
    places = world.places.get(Column.DOSE, 0)
    return sum(rule_for(dose, strength * volume, places) is not None for dose, volume in rows)


def _from_rows(world: World, rows: list[tuple[Figure, Fraction]]) -> Fraction | None:
    """The strength that explains the doses of most rows of a bag; two of them at least."""
    best, most = None, 1
    for dose, volume in sorted(rows, key=lambda one: (-one[0].digits, -one[0].value))[:_LOOKED_AT]:
        holding = _holding(world, rows, dose.value / volume)
        if holding > most:
            best, most = dose.value / volume, holding
    return best


def explains(world: World, bag: str, strength: Fraction, other: Fraction, *, more: bool = False) -> bool:
    """The first strength explains no fewer rows of the bag than the other; `more`: it explains more."""
    rows = _dosed(world, bag)
    return _holding(world, rows, strength) >= _holding(world, rows, other) + more


def volume_of(world: World, row: int) -> Fraction | None:
    """The volume of a row by rate and time, else as printed."""
    rate, minutes = world.value(Column.RATE, row), world.value(Column.MINUTES, row)
    if rate is not None and minutes is not None:
        return rate * minutes / 60
    return world.value(Column.VOLUME, row)


def one_strength_a_bag(world: World) -> list[Judged]:
    """Rows of a bag whose printed concentration is not that of two thirds of its rows."""
    found: list[Judged] = []
    for bag in sorted({bag for bag in world.bags if bag}):
        rows = [
            row
            for row in range(world.size)
            if world.bags[row] == bag and world.value(Column.CONCENTRATION, row) is not None
        ]
        counts = Counter(world.value(Column.CONCENTRATION, row) for row in rows)
        if not counts:
            continue
        common, times = counts.most_common(1)[0]
        if common is None or times * 3 < len(rows) * 2:
            continue
        for row in rows:
            figure = world.figure(Column.CONCENTRATION, row)
            if figure is None or figure.value == common:
                continue
            rule = rule_for(figure, common, world.places.get(Column.CONCENTRATION, 0))
            if rule != EXACT:
                found.append(Judged(row, Column.CONCENTRATION, common, rule, "bag"))
    return found
