"""What is known about a row beyond its print: its volume, its minutes, and the doses it may have given."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.judged import Judged, judge
from daemon.desk.audit.rounding import EXACT, rule_for
from daemon.desk.audit.strengths import bag_volume, explains, strengths
from daemon.desk.audit.world import Span, World, sure

_HOUR = Fraction(1, 60)
_NEAR = Fraction(1, 200)
_ZERO = sure(Fraction(0))


@dataclass(slots=True)
class Row:
    """One row's truth; `doses` best first, empty if nothing tells. `fills` a line: printed as dose 0."""

    volume: Span | None = None
    minutes: Span | None = None
    strength: Span | None = None
    doses: list[Span] = field(default_factory=list)
    fills: bool = False
    judged: list[Judged] = field(default_factory=list)


def rows_of(world: World) -> list[Row]:
    """Every row in order; the last bag's strength is refined by what was given before it."""
    found: list[Row] = []
    known = strengths(world)
    given: Fraction | None = Fraction(0)
    drawn: dict[str, Fraction] = {}
    exact: Span | None = None
    last = world.bags[-1] if world.bags else ""
    for row in range(world.size):
        bag = world.bags[row]
        if bag and bag == last and bag not in drawn and given is not None:
            exact = _corrected(world, row, given, known[row])
        strength = exact if exact is not None and bag == last else known[row]
        if strength is exact and exact is not None and not _same(world, row, exact, known[row]):
            strength = known[row]
        truth = _row(world, row, strength, drawn.get(bag, Fraction(0)))
        found.append(truth)
        drawn[bag] = drawn.get(bag, Fraction(0)) + (truth.volume.mid if truth.volume else 0)
        given = given + truth.doses[0].mid if given is not None and truth.doses else None
    return found


def _corrected(world: World, row: int, given: Fraction, known: Span | None) -> Span | None:
    """(target - given before) / volume of the last bag, if the printed concentration is its rounding.

    A print that is the whole target in the bag is believed, unless the doses say otherwise.
    """
    target, volume = world.head.value("target_dose"), bag_volume(world, world.bags[row])
    if target is None or not volume or target <= given:
        return None
    strength = sure((target - given) / volume)
    whole = known is not None and known.mid * volume == target
    if (
        whole
        and known is not None
        and not explains(world, world.bags[row], strength.mid, known.mid, more=True)
    ):
        return None
    return strength if _same(world, row, strength, known) else None


def _same(world: World, row: int, strength: Span, known: Span | None) -> bool:
    """The print is a rounding of this; with none in print, the rows hold with it as well."""
    figure = world.figure(Column.CONCENTRATION, row)
    if figure is not None and rule_for(figure, strength.mid, world.places[Column.CONCENTRATION]) is None:
        return False
    if known is None:
        return Column.DOSE not in world.figures
    if figure is not None:
        return explains(world, world.bags[row], strength.mid, known.mid)
    near = abs(known.mid - strength.mid) <= _NEAR * known.mid
    return near and explains(world, world.bags[row], strength.mid, known.mid)


def _row(world: World, row: int, strength: Span | None, drawn: Fraction) -> Row:
    truth = Row(strength=strength, minutes=world.span(Column.MINUTES, row))
    rate, printed = world.span(Column.RATE, row), world.span(Column.VOLUME, row)
    pumped = (rate * truth.minutes).times(_HOUR) if rate is not None and truth.minutes is not None else None
    left = _left(world, row, drawn)
    pumped_holds = True
    volume = world.figure(Column.VOLUME, row)
    for wanted, why in ((pumped, "volume"), (left, "until_empty")):
        if volume is not None and wanted is not None:
            rule = judge(volume, wanted, world.places[Column.VOLUME])
            if rule != EXACT:
                truth.judged.append(Judged(row, Column.VOLUME, wanted.mid, rule, why))
            pumped_holds = pumped_holds and rule is not None
    truth.volume = pumped or (left if printed is None else printed)
    if truth.minutes is None and rate is not None and truth.volume is not None:
        quotient = truth.volume.per(rate)
        truth.minutes = quotient.times(Fraction(60)) if quotient is not None else None
    _dose(world, row, truth, printed, agree=pumped_holds)
    _dose_rate(world, row, truth, rate)
    return truth


def _left(world: World, row: int, drawn: Fraction) -> Span | None:
    """What is left in the bag of a step that runs until it is empty; a last step with a rate alone does."""
    whole = bag_volume(world, world.bags[row])
    ends = row == world.size - 1 and world.value(Column.RATE, row) is not None
    blank = world.value(Column.MINUTES, row) is None and world.value(Column.VOLUME, row) is None
    if not (row in world.until_empty or (ends and blank)) or whole is None or whole <= drawn:
        return None
    return sure(whole - drawn)


def _dose(world: World, row: int, truth: Row, printed_volume: Span | None, *, agree: bool) -> None:
    """Judge the dose against the volumes there are, and gather what it may have been."""
    figure = world.figure(Column.DOSE, row)
    wanted: list[Span] = []
    if truth.strength is not None:
        volumes = [one for one in (truth.volume, printed_volume) if one is not None]
        wanted = [one * truth.strength for one in volumes]
        wanted = wanted[:1] if len(wanted) == 2 and wanted[0] == wanted[1] else wanted
    if _is_fill(world, row, figure is not None and figure.value == 0, wanted):
        truth.fills, truth.doses = True, [_ZERO]
        if figure is not None and figure.value:
            truth.judged.append(Judged(row, Column.DOSE, Fraction(0), None, "line_fill"))
        return
    holding: list[Span] = []
    rules = []
    if figure is not None:
        for one in wanted:
            rule = judge(figure, one, world.places[Column.DOSE])
            rules.append(Judged(row, Column.DOSE, one.mid, rule, "dose"))
            holding += [one] if rule is not None else []
        if agree and holding:
            held = [one for one in rules if one.rule is not None]
            rules = [next((one for one in held if one.rule == EXACT), held[0])]
        elif agree:
            rules = rules[:1]
        truth.judged += [one for one in rules if one.rule != EXACT]
    truth.doses = holding + [one for one in wanted if one not in holding]
    own = world.span(Column.DOSE, row)
    if own is not None and not holding:
        truth.doses.append(own)


def _is_fill(world: World, row: int, zero: bool, wanted: list[Span]) -> bool:
    """Said by the head or a column; else a dose of 0 printed for a volume that carries drug."""
    if row in world.line_fill:
        return True
    if not zero or any(one.mid == 0 for one in wanted):
        return False
    volume = world.value(Column.VOLUME, row) or world.value(Column.RATE, row)
    figure = world.figure(Column.DOSE, row)
    rounds = figure is not None and any(
        rule_for(figure, one.mid, world.places[Column.DOSE]) is not None for one in wanted
    )
    return bool(volume) and not rounds


def _dose_rate(world: World, row: int, truth: Row, rate: Span | None) -> None:
    figure = world.figure(Column.DOSE_RATE, row)
    if figure is None or truth.fills:
        return
    wanted = None
    if rate is not None and truth.strength is not None:
        wanted = rate * truth.strength
    elif truth.doses and truth.minutes is not None:
        quotient = truth.doses[0].per(truth.minutes)
        wanted = quotient.times(Fraction(60)) if quotient is not None else None
    if wanted is not None:
        rule = judge(figure, wanted, world.places[Column.DOSE_RATE])
        if rule != EXACT:
            truth.judged.append(Judged(row, Column.DOSE_RATE, wanted.mid, rule, "dose_rate"))
