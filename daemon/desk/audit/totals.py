"""The head and the total line against the rows: target, total dose, volume, time, percentages."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.figures import Figure
from daemon.desk.audit.head import THE_WHOLE
from daemon.desk.audit.judged import INPUTS_ROUNDED, Judged, judge
from daemon.desk.audit.rounding import EXACT, Rule, head_rule, rule_for
from daemon.desk.audit.sums import CARRIED, minutes_of
from daemon.desk.audit.truth import Row
from daemon.desk.audit.world import Span, World, sure

LAST_DOSE = Rule("the target is read as the last single dose")
_NEAR = Fraction(1, 200)
_HUNDRED = Fraction(100)
_DOUBLED = Fraction(3, 2)


def totals(world: World, rows: list[Row]) -> list[Judged]:
    """Everything the head says about all rows; nothing where rows are missing or the table is partial."""
    found = percentages(world, rows)
    if world.head.partial or world.gaps:
        return found
    dose = whole_dose(rows)
    carried = _printed(world, rows)
    volumes = [row.volume for row in rows]
    times = [minutes_of(world, number, row) for number, row in enumerate(rows)]
    minutes = _time(world, times)
    found += _target(world, rows, dose, carried)
    found += _against(world, "total_dose", dose, carried)
    found += _against(world, "total_volume_ml", _sum(volumes), None)
    found += _against(world, "total_minutes", minutes, None)
    found += _against(world, "total_hours", minutes.times(Fraction(1, 60)) if minutes else None, None)
    if all(one.rule is not None or one.column != "target_dose" for one in found):
        found += _last(world)
    return found + _total_time(world, minutes)


def whole_dose(rows: list[Row]) -> Span | None:
    """The sum of all doses; None if one is not known."""
    return _sum([row.doses[0] if row.doses else None for row in rows])


def _sum(spans: list[Span | None]) -> Span | None:
    whole = sure(Fraction(0))
    for one in spans:
        if one is None:
            return None
        whole = whole + one
    return whole


def _printed(world: World, rows: list[Row]) -> Fraction | None:
    """The sum of the doses as they are printed."""
    total = Fraction(0)
    for number, row in enumerate(rows):
        value = world.value(Column.DOSE, number)
        if value is None and not row.doses:
            return None
        total += row.doses[0].mid if value is None else value
    return total


def _time(world: World, times: list[list[Span]]) -> Span | None:
    """All minutes; the wait after the last dose by hand does not count."""
    known = times
    if times and not times[-1] and Column.MINUTES not in world.figures:
        known = times[:-1]
    return _sum([one[0] if one else None for one in known]) if known else None


def _against(world: World, key: str, whole: Span | None, carried: Fraction | None) -> list[Judged]:
    figure = world.head.figures.get(key)
    if figure is None or whole is None:
        return []
    rule = _head_rule(figure, whole, carried)
    return [] if rule == EXACT else [Judged(None, key, whole.mid, rule, key)]


def _head_rule(figure: Figure, whole: Span, carried: Fraction | None) -> Rule | None:
    """As for a cell, but the whole of a table is never rounded by more than 0.5 %."""
    rule = judge(figure, whole, 0)
    if rule is not None and rule.to.endswith("digits"):
        rule = None
    if rule is None and carried is not None and head_rule(figure, carried) is not None:
        rule, whole = CARRIED, sure(carried)
    return rule if abs(whole.mid - figure.value) <= _NEAR * figure.value else None


def _target(world: World, rows: list[Row], dose: Span | None, carried: Fraction | None) -> list[Judged]:
    figure = world.head.figures.get("target_dose")
    if figure is None or dose is None or not rows:
        return []
    if world.head.texts.get("target_dose") == THE_WHOLE and dose.mid < figure.value:
        return []
    rule = _head_rule(figure, dose, carried)
    last = rows[-1].doses[0].mid
    if rule is None and figure.value == last and len(rows) > 1 and _by_hand(world, dose, last):
        rule = LAST_DOSE
    why = "exceeds_target" if dose.mid > figure.value else "below_target"
    return [] if rule == EXACT else [Judged(None, "target_dose", dose.mid, rule, why)]


def _by_hand(world: World, dose: Span, last: Fraction) -> bool:
    """A ladder of single doses up to the target: by its route, or with doses alone and much above it."""
    if world.head.by_hand:
        return True
    alone = not {Column.RATE, Column.MINUTES, Column.VOLUME} & set(world.figures)
    return not world.head.route and alone and dose.mid > _DOUBLED * last


def _last(world: World) -> list[Judged]:
    """The last cumulative cell against the target, and the last dose against `final_dose`."""
    found: list[Judged] = []
    if world.restarts:
        return found
    for column, key in ((Column.CUMULATIVE, "target_dose"), (Column.DOSE, "final_dose")):
        figure = world.figure(column, world.size - 1)
        wanted = world.head.figures.get(key)
        if figure is None or wanted is None:
            continue
        if world.head.texts.get(key) == THE_WHOLE and figure.value < wanted.value:
            continue
        if column is Column.CUMULATIVE and world.value(Column.DOSE, world.size - 1) == wanted.value:
            continue
        rule = rule_for(figure, wanted.value, world.places[column]) or rule_for(wanted, figure.value, 0)
        if rule is None or abs(figure.value - wanted.value) > _NEAR * wanted.value:
            found.append(Judged(None, key, figure.value, None, f"last_{key}"))
    return found


def _total_time(world: World, minutes: Span | None) -> list[Judged]:
    stated = world.head.times
    if stated is None or minutes is None:
        return []
    if minutes.high < stated.low - stated.ulp or minutes.low > stated.high + stated.ulp:
        return [Judged(None, "total_time", minutes.mid, None, "total_time")]
    exact = stated.low <= minutes.mid <= stated.high
    return [] if exact else [Judged(None, "total_time", minutes.mid, Rule("rounded"), "total_time")]


def percentages(world: World, rows: list[Row]) -> list[Judged]:
    """Percentages against the doses they are of, and their sum against 100."""
    figures = world.figures.get(Column.PERCENT)
    if figures is None:
        return []
    found: list[Judged] = []
    whole = world.head.value("target_dose") or ((sum_ := whole_dose(rows)) and sum_.mid)
    running = _runs_up(figures)
    given = Fraction(0)
    judged = bool(whole) and all(row.doses for row in rows)
    for number, row in enumerate(rows):
        figure = figures[number]
        if not judged or not whole:
            break
        given = given + row.doses[0].mid if running else row.doses[0].mid
        if figure is not None:
            span = sure(given * 100 / whole) if running else row.doses[0].times(_HUNDRED / whole)
            rule = _percent_rule(figure, span, world.places[Column.PERCENT])
            if rule != EXACT:
                found.append(Judged(number, Column.PERCENT, span.mid, rule, "percent"))
    if not running and not world.head.partial and not world.gaps:
        found += _hundred([figure for figure in figures if figure is not None], len(rows))
    return found


def _percent_rule(figure: Figure, wanted: Span, places: int) -> Rule | None:
    """As for a cell, but all of a column have as many places: 96 among 2.5 is not 96.5."""
    same = replace(figure, places=max(places, figure.places))
    return judge(same, wanted, places)


def _runs_up(figures: tuple[Figure | None, ...]) -> bool:
    """The column sums up to 100 at its last row."""
    values = [figure.value for figure in figures if figure is not None]
    return len(values) > 1 and values[-1] == _HUNDRED and values == sorted(values)


def _hundred(figures: list[Figure], rows: int) -> list[Judged]:
    total = sum((figure.value for figure in figures), Fraction(0))
    if len(figures) != rows or total == _HUNDRED:
        return []
    least = min(figure.ulp for figure in figures)
    rounded = least < 1 and abs(total - _HUNDRED) <= least * len(figures) / 2
    return [Judged(None, Column.PERCENT, total, INPUTS_ROUNDED if rounded else None, "percent_sum")]
