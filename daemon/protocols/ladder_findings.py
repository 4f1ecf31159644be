"""What a person must know about a ladder: its first step, its longest, a wrong bag, a late drug."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from daemon.exact_json import plain
from daemon.protocols.case import Case, flows, infusions, short
from daemon.protocols.fronts import arrivals
from daemon.protocols.plan import Finding, Severity
from daemon.protocols.sheet import Row, Sheet, WrongBag
from drivers.values import PumpCapabilities

ROUNDING_TO_KNOW = Fraction(1, 10)
"""A bag that differs by more from its part of the target is a warning."""
PUBLISHED_FIRST_STEP = Fraction(1, 1000)
"""The highest first dose published for desensitization in general, of the whole (Therapeutic Guidelines)."""


def ladder_findings(case: Case, sheet: Sheet, pump: PumpCapabilities | None) -> Iterator[Finding]:
    """Notes and warnings, for every kind of file."""
    yield from _prepared(case, sheet)
    yield from _total(sheet)
    yield _first_step(sheet)
    yield from _wrong_bags(sheet)
    yield from _longest(case, sheet)
    yield from _smallest(sheet, pump)
    yield from _line_fills(case, sheet)
    yield from _late_fronts(case)


def _prepared(case: Case, sheet: Sheet) -> Iterator[Finding]:
    for index, bag in enumerate(sheet.bags):
        exact = case.measures.unrounded.get(bag.id)
        rounded = case.measures.amounts.get(bag.id)
        if exact is not None and rounded is not None and exact != rounded:
            yield Finding(
                Severity.WARNING if abs(rounded / exact - 1) > ROUNDING_TO_KNOW else Severity.NOTE,
                "rounded_to",
                f"solutions[{index}].rounded_to",
                f"{bag.id} is made with {short(rounded)} {sheet.dose_unit}, which can be prepared, "
                f"not {short(exact)}: {_percent(rounded / exact - 1)} in every step from it",
            )


def _rounded(number: Decimal | None) -> str:
    return short(round(Fraction(number or 0), 6))


def _percent(part: Fraction) -> str:
    """Such as +11.11 %."""
    return f"{'+' if part > 0 else ''}{short(round(part * 100, 2))} %"


def _total(sheet: Sheet) -> Iterator[Finding]:
    target, total = Fraction(sheet.target_dose), Fraction(sheet.total_dose)
    if total != target:
        percent = short(round(abs(total - target) / target * 100, 3))
        yield Finding(
            Severity.WARNING,
            "total_differs",
            "target_dose",
            f"the steps give {short(total)} {sheet.dose_unit}, {short(abs(total - target))} ({percent} %) "
            f"{'more' if total > target else 'less'} than the target of {plain(sheet.target_dose)}",
        )


def _first_step(sheet: Sheet) -> Finding:
    row = sheet.rows[0]
    drug = next((one for one in sheet.rows if one.dose), row)
    part = Fraction(drug.dose) / Fraction(sheet.target_dose)
    words = f"step {drug.number} is the first with drug: {plain(drug.dose)} {sheet.dose_unit}, "
    words += f"1/{short(round(1 / part, 1))} of the target" if part else "none"
    if part > PUBLISHED_FIRST_STEP:
        words += "; in general at most 1/1000 is published (Therapeutic Guidelines: 1/10,000 to 1/1000)"
        return Finding(Severity.WARNING, "first_step", f"steps[{drug.number - 1}]", words)
    return Finding(Severity.NOTE, "first_step", f"steps[{drug.number - 1}]", words)


def _wrong_bags(sheet: Sheet) -> Iterator[Finding]:
    def hung(row: Row) -> str:
        return row.solution or ""

    for solution, rows in groupby(sheet.rows, key=hung):
        steps = list(rows)
        stronger = [wrong for wrong in steps[0].wrong_bags if wrong.times is None or wrong.times > 1]
        if not stronger:
            continue
        last = steps[-1].number
        where = f"step {steps[0].number}" if len(steps) == 1 else f"steps {steps[0].number} to {last}"
        times = ", ".join(_wrong(wrong, sheet.dose_unit) for wrong in stronger)
        times += " of the dose" if stronger[0].times is not None else ""
        yield Finding(
            Severity.NOTE,
            "wrong_bag",
            f"steps[{steps[0].number - 1}]",
            f"{where}: another bag in place of {solution} would give {times}",
        )


def _wrong(wrong: WrongBag, unit: str) -> str:
    if wrong.times is not None:
        return f"{wrong.bag} x {short(round(Fraction(wrong.times), 3))}"
    return f"{wrong.bag} {_rounded(wrong.dose_rate_h)} {unit}/h instead of no drug"


def _longest(case: Case, sheet: Sheet) -> Iterator[Finding]:
    timed = [row for row in sheet.rows if row.minutes is not None]
    if not timed:
        return
    row = max(timed, key=lambda one: one.minutes or 0)
    words = f"step {row.number} is the longest: {_rounded(row.minutes)} min"
    ceilings = case.parts.ceilings
    if ceilings is not None:
        words += f"; a pump runs at most {plain(ceilings.unattended_max_min)} min of it on one grant"
    yield Finding(Severity.NOTE, "longest_step", f"steps[{row.number - 1}]", words)


def _smallest(sheet: Sheet, pump: PumpCapabilities | None) -> Iterator[Finding]:
    rows = [row for row in sheet.rows if row.rate_ml_h is not None and row.volume_ml is not None]
    if pump is None or not rows:
        return
    slow = min(rows, key=lambda row: row.rate_ml_h or 0)
    small = min(rows, key=lambda row: row.volume_ml or 0)
    rate, volume = Fraction(slow.rate_ml_h or 0), Fraction(small.volume_ml or 0)
    rate_steps, units = rate / Fraction(pump.rate_step_ml_h), volume / Fraction(pump.counter_unit_ml)
    first = Fraction(pump.counter_unit_ml) * 60 / rate
    yield Finding(
        Severity.NOTE,
        "smallest",
        f"steps[{slow.number - 1}]",
        f"the slowest rate, {short(rate)} mL/h in step {slow.number}, is {short(round(rate_steps, 1))} "
        f"rate steps of {pump.model}, which counts its first unit there after {short(round(first, 1))} min; "
        f"the smallest volume, {short(round(volume, 3))} mL in step {small.number}, "
        f"is {short(round(units, 1))} of its counter units",
    )


def _line_fills(case: Case, sheet: Sheet) -> Iterator[Finding]:
    for row in sheet.rows:
        bag = case.parts.solution(row.solution) if row.solution is not None else None
        if not row.line_fill or bag is None or bag.line is None or row.volume_ml is None:
            continue
        where = f"steps[{row.number - 1}].line_fill"
        line = bag.line.dead_volume_ml + bag.line.y_site_ml
        yield Finding(
            Severity.NOTE,
            "line_fill",
            where,
            f"step {row.number} fills the line with {row.solution}: a printed table may count it as 0; "
            f"{_rounded(row.dose)} {sheet.dose_unit} leave the pump, and "
            f"{_rounded(row.exposure)} of what the line held before reach the patient",
        )
        if line != row.volume_ml or bag.line.primed:
            held = "is primed" if bag.line.primed else f"holds {plain(line)} mL"
            yield Finding(
                Severity.WARNING,
                "line_fill_differs",
                where,
                f"step {row.number} gives {_rounded(row.volume_ml)} mL to fill a line that {held}",
            )


def _late_fronts(case: Case) -> Iterator[Finding]:
    places = infusions(case)
    for arrival in arrivals(flows(case) or ()):
        if arrival.after_min == 0:
            continue
        if arrival.step is None or arrival.after_min is None:
            words = f"the drug of {arrival.solution} never reaches the patient: the line holds all of it"
        elif arrival.step > arrival.last_step:
            words = (
                f"the steps of {arrival.solution} are over before its drug arrives: "
                f"{short(round(arrival.after_min, 1))} min after hanging, "
                f"at the rate of step {places[arrival.step] + 1}"
            )
        else:
            continue
        yield Finding(Severity.WARNING, "late_front", f"steps[{places[arrival.first_step]}]", words)
