"""From what could be measured in a file to its sheet."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from fractions import Fraction

from daemon import exact_json
from daemon.protocols.blanks import line_is_blank
from daemon.protocols.case import Case, flows, infusions
from daemon.protocols.compile import decimal, plain_data
from daemon.protocols.exposure import patient_side
from daemon.protocols.fronts import arrivals
from daemon.protocols.measure import DoseMeasure, StepMeasure
from daemon.protocols.parse import Raw, entries
from daemon.protocols.plan import Plan
from daemon.protocols.route import INFUSION
from daemon.protocols.schema_bags import BagIn
from daemon.protocols.schema_by_hand import ByHandIn
from daemon.protocols.schema_steps import StepIn
from daemon.protocols.sheet import Bag, Front, Row, Sheet, WrongBag
from daemon.protocols.words_by_hand import by_hand_in_words


def sheet_of(
    case: Case, data: Raw, plan: Plan | None, by_hand: ByHandIn | None, *, driven: bool
) -> Sheet | None:
    """The sheet, or None while target, a bag or a step is not known."""
    target = case.parts.target_dose
    bags = [bag for bag in case.parts.solutions if bag is not None]
    if target is None or len(bags) < len(case.parts.solutions) or not case.parts.steps:
        return None
    rows = _rows(case, str(data.get("route", INFUSION)))
    if rows is None:
        return None
    source, raws = data.get("source"), entries(data, "solutions")
    sheet = Sheet(
        protocol_id=_text(data, "id"),
        title=_text(data, "title"),
        drug=_text(data, "drug"),
        source=_source(source) if isinstance(source, dict) else "",
        route=_text(data, "route"),
        dose_unit=_text(data, "dose_unit"),
        target_dose=target,
        ordered_by=_text(data, "ordered_by"),
        bags=tuple(_bag(case, bag, raw) for bag, raw in zip(bags, raws, strict=True)),
        rows=rows,
        fronts=() if any(line_is_blank(raw) for raw in raws) else tuple(_fronts(case)),
        driven=driven,
        by_hand=() if by_hand is None else tuple(by_hand_in_words(by_hand)),
        sha256="",
    )
    content = exact_json.dumps(plain_data(sheet), sort_keys=True)
    sha256 = plan.sha256 if plan is not None else hashlib.sha256(content.encode()).hexdigest()
    return dataclasses.replace(sheet, sha256=sha256)


def _text(data: Raw, key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _source(source: Raw) -> str:
    doi = _text(source, "doi")
    parts = (_text(source, "citation"), f"doi:{doi}" if doi else "", _text(source, "url"))
    return " ".join(part for part in parts if part)


def _bag(case: Case, bag: BagIn, raw: object) -> Bag:
    line = None if line_is_blank(raw) else bag.line
    amount = case.measures.amounts.get(bag.id)
    concentration = case.measures.concentrations.get(bag.id)
    taken = [step.volume for step in case.measures.steps if step is not None and step.solution == bag.id]
    taken += [
        dose.volume or Fraction(0) for dose in case.measures.by_hand.values() if dose.solution == bag.id
    ]
    return Bag(
        id=bag.id,
        label=bag.label,
        amount=None if amount is None else decimal(amount),
        volume_ml=bag.volume_ml,
        concentration=None if concentration is None else decimal(concentration),
        dead_volume_ml=line.dead_volume_ml if line is not None else None,
        primed=line.primed if line is not None else None,
        y_site_ml=line.y_site_ml if line is not None else None,
        stable_h=bag.stable_h,
        flush=bag.flush,
        drawn_ml=decimal(sum(taken, Fraction(0))),
        preparation=bag.preparation,
    )


def _rows(case: Case, route: str) -> tuple[Row, ...] | None:
    found = flows(case)
    side = patient_side(found) if found else None
    place = {index: at for at, index in enumerate(infusions(case))}
    rows: list[Row] = []
    cumulative = elapsed = Fraction(0)
    day = 1
    for index, (step, measured) in enumerate(zip(case.parts.steps, case.measures.steps, strict=True)):
        if step is None:
            return None
        elapsed = Fraction(0) if step.day != day else elapsed
        day = step.day
        given = case.measures.by_hand.get(index, measured)
        dose = given.dose if isinstance(given, DoseMeasure) else None
        if isinstance(given, StepMeasure):
            dose = case.measures.dose(given)
            elapsed += given.minutes
        if given is None or dose is None:
            return None
        at = place.get(index) if side is not None else None
        flushed = side.flushed[at] if side is not None and at is not None else Fraction(0)
        plugs = side.steps[at] if side is not None and at is not None else ()
        exposure = sum((plug.dose for plug in plugs), Fraction(0)) if at is not None else dose
        cumulative += dose + flushed
        row = _row(case, index, step, given)
        rows.append(
            dataclasses.replace(
                row,
                route=step.route or route,
                dose=decimal(dose + flushed),
                cumulative=decimal(cumulative),
                exposure=decimal(exposure),
                exposure_rate_h=decimal(max(plug.dose_rate for plug in plugs)) if plugs else row.dose_rate_h,
                elapsed_min=decimal(elapsed),
            )
        )
        if step.interval_min is not None:
            elapsed += Fraction(step.interval_min)
    return tuple(rows)


def _row(case: Case, index: int, step: StepIn, given: StepMeasure | DoseMeasure) -> Row:
    zero = decimal(Fraction(0))
    rate = given.rate if isinstance(given, StepMeasure) else None
    dose_rate = case.measures.dose_rate(given) if isinstance(given, StepMeasure) else None
    return Row(
        number=index + 1,
        day=step.day,
        solution=given.solution,
        route="",
        rate_ml_h=None if rate is None else decimal(rate),
        minutes=decimal(given.minutes) if isinstance(given, StepMeasure) else None,
        interval_min=step.interval_min,
        volume_ml=None if given.volume is None else decimal(given.volume),
        dose=zero,
        cumulative=zero,
        dose_rate_h=None if dose_rate is None else decimal(dose_rate),
        elapsed_min=None,
        exposure=zero,
        exposure_rate_h=None,
        until=step.until,
        by_time=step.by_time,
        line_fill=step.line_fill,
        form=step.form,
        wrong_bags=tuple(_wrong_bags(case, given)),
    )


def _wrong_bags(case: Case, given: StepMeasure | DoseMeasure) -> Iterator[WrongBag]:
    """The other bags at this step's rate, or drawn up to this dose's volume."""
    own = case.measures.concentrations.get(given.solution) if given.solution is not None else None
    if own is None or given.volume is None:
        return
    for bag, concentration in case.measures.concentrations.items():
        if bag != given.solution:
            rate = given.rate * concentration if isinstance(given, StepMeasure) else None
            times = None if not own else decimal(concentration / own)
            yield WrongBag(bag, times, None if rate is None else decimal(rate))


def _fronts(case: Case) -> Iterator[Front]:
    found, places = flows(case), infusions(case)
    for arrival in arrivals(found or ()):
        flow = found[arrival.step] if found and arrival.step is not None else None
        own = case.measures.concentrations[arrival.solution]
        yield Front(
            arrival.solution,
            decimal(arrival.hung_min),
            None if arrival.after_min is None else decimal(arrival.after_min),
            None if arrival.step is None else places[arrival.step] + 1,
            None if flow is None else decimal(flow.rate * own),
        )
