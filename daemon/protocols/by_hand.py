"""Files that no pump drives (F37): which they are, and what is checked in them beside their bags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise

from daemon.exact_json import plain
from daemon.protocols.case import Case, flows, short
from daemon.protocols.dose_checks import exposure_faults, unlike_lines
from daemon.protocols.exposure import patient_side
from daemon.protocols.faults import Fault
from daemon.protocols.line_checks import line_faults
from daemon.protocols.parse import Raw, read
from daemon.protocols.route import INFUSED, INFUSION
from daemon.protocols.schema import ProtocolIn
from daemon.protocols.schema_by_hand import ByHandIn, CeilingsByHandIn

PUMP_KEYS = frozenset(ProtocolIn.model_fields) - frozenset(ByHandIn.model_fields)
"""Rules that only a run on a pump follows."""
_BY_HAND = ("dose", "interval_min", "form")


def is_driven(data: Raw) -> bool:
    """Whether every step is an infusion, all on one day; what is given by hand is printed, not driven."""
    steps = data.get("steps")
    entries = [step for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
    return data.get("route", INFUSION) == INFUSION and not any(
        any(key in step for key in _BY_HAND)
        or step.get("route", INFUSION) != INFUSION
        or step.get("day", 1) != 1
        for step in entries
    )


def not_driven(file: str) -> Fault:
    """Why a good file is not served."""
    return Fault(
        file,
        "route",
        "",
        "steps by hand, or on several days, are checked and printed, and not driven by this version (F37)",
        "give them on paper; a protocol on a pump has infusions only, on one day",
        "not_driven",
    )


def by_hand_faults(case: Case, data: Raw) -> Iterator[Fault]:
    """Every fault of intervals, days, ceilings, and of rules that nothing would follow."""
    yield from _pump_rules(case, data)
    yield from _routes(case, data)
    yield from _intervals(case)
    yield from line_faults(case)
    yield from unlike_lines(case)
    ceilings = read(CeilingsByHandIn, data.get("ceilings"))
    if ceilings is not None:
        yield from exposure_faults(case, ceilings.max_step_up_ratio, ceilings.max_dose_rate_h)
        yield from _dose_rate(case, ceilings)
        yield from _total(case, ceilings)
        yield from _first(case, ceilings)
        yield from _step_up(case, ceilings)


def _pump_rules(case: Case, data: Raw) -> Iterator[Fault]:
    rules = sorted(PUMP_KEYS & data.keys())
    if rules:
        yield case.fault(
            "route" if data.get("route", INFUSION) != INFUSION else "steps",
            "",
            "steps by hand, or on several days, are checked and printed, "
            "and not driven by this version (F37); the rules for a run on a pump would be followed by nobody",
            "leave out " + ", ".join(rules) + "; or write infusions on one day only",
            "not_driven",
        )


def _routes(case: Case, data: Raw) -> Iterator[Fault]:
    """An infusion goes into a vein or under the skin; a dose by hand says how it is given."""
    whole = data.get("route", INFUSION)
    if not isinstance(whole, str):
        return
    for index, step in enumerate(case.parts.steps):
        if step is None:
            continue
        route = step.route or whole
        if step.infused and route not in INFUSED:
            problem = f"step {index + 1} has a rate, and is not given by {route}"
            remedy = f'write route = "{INFUSION}" in the step, or a dose without a rate'
            yield case.fault(f"steps[{index}].route", f'"{route}"', problem, remedy, "hand_and_pump")
        if not step.infused and route == INFUSION:
            problem = f"step {index + 1} has no rate: how is it given?"
            remedy = 'write route = "iv_bolus", or another way, in the step; or a rate and an end'
            yield case.fault(f"steps[{index}].route", f'"{route}"', problem, remedy, "hand_and_pump")


def _intervals(case: Case) -> Iterator[Fault]:
    steps = case.parts.steps
    for index, step in enumerate(steps):
        later = steps[index + 1] if index + 1 < len(steps) else None
        if step is None or (later is None and index + 1 < len(steps)):
            continue
        if later is not None and later.day < step.day:
            yield case.fault(
                f"steps[{index + 1}].day",
                later.day,
                f"step {index + 2} is on an earlier day than step {index + 1}",
                "write the steps in the order they are given",
                "day_order",
            )
        last = later is None or later.day != step.day
        if not step.infused and not last and step.interval_min is None:
            yield case.fault(
                f"steps[{index}].interval_min",
                "",
                f"when step {index + 2} is due is not ordered",
                "add interval_min, the minutes from this dose to the next one",
                "missing",
            )
        if last and step.interval_min is not None:
            yield case.fault(
                f"steps[{index}].interval_min",
                plain(step.interval_min),
                "no dose follows on this day",
                "leave interval_min out",
                "unused",
            )


def _dose_rate(case: Case, ceilings: CeilingsByHandIn) -> Iterator[Fault]:
    for index, step in enumerate(case.measures.steps):
        rate = None if step is None else case.measures.dose_rate(step)
        if rate is not None and ceilings.max_dose_rate_h is not None and rate > ceilings.max_dose_rate_h:
            yield case.fault(
                f"steps[{index}]",
                "",
                f"step {index + 1} gives {short(rate)} per hour, "
                f"above ceilings.max_dose_rate_h = {plain(ceilings.max_dose_rate_h)}",
                "lower the rate, or have another ceiling ordered",
                "dose_rate_ceiling",
            )


def _doses(case: Case) -> list[Fraction | None]:
    doses: list[Fraction | None] = []
    for index, step in enumerate(case.measures.steps):
        by_hand = case.measures.by_hand.get(index)
        infused = None if step is None else case.measures.dose(step)
        doses.append(by_hand.dose if by_hand is not None else infused)
    return doses


def _total(case: Case, ceilings: CeilingsByHandIn) -> Iterator[Fault]:
    doses = _doses(case)
    total = sum((dose for dose in doses if dose is not None), Fraction(0))
    total += sum(patient_side(flows(case) or ()).flushed)
    if None not in doses and total > ceilings.max_total_dose:
        yield case.fault(
            "ceilings.max_total_dose",
            plain(ceilings.max_total_dose),
            f"the steps give {short(total)} in all",
            "lower the dose, or have another ceiling ordered",
            "total_dose_ceiling",
        )


def _first(case: Case, ceilings: CeilingsByHandIn) -> Iterator[Fault]:
    first, target, most = (_doses(case) or [None])[0], case.parts.target_dose, ceilings.first_step_max
    if first is not None and target is not None and most is not None and first / Fraction(target) > most:
        yield case.fault(
            "ceilings.first_step_max",
            plain(most),
            f"step 1 gives {short(first / Fraction(target))} of the target",
            "begin with a smaller dose, or have another ceiling ordered",
            "first_step_ceiling",
        )


def _step_up(case: Case, ceilings: CeilingsByHandIn) -> Iterator[Fault]:
    """In dose per hour from infusion to infusion, else from dose to dose."""
    doses = _doses(case)
    for index, (before, after) in enumerate(pairwise(case.measures.steps), start=1):
        earlier, later = doses[index - 1], doses[index]
        ratio: Fraction | None = None
        if before is not None and after is not None:
            ratio = case.measures.ratio(before, after)
        elif earlier and later:
            ratio = later / earlier
        if ratio is not None and ratio > ceilings.max_step_up_ratio:
            yield case.fault(
                f"steps[{index}]",
                "",
                f"step {index + 1} gives {short(ratio)} times step {index}, "
                f"above ceilings.max_step_up_ratio = {plain(ceilings.max_step_up_ratio)}",
                "put a step between, or have another ceiling ordered",
                "step_up_ceiling",
            )
