"""Checks of ceilings and of exposure; all in exact fractions, the step-up in dose per hour (F1, F11, F39)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise

from daemon.exact_json import plain
from daemon.protocols.case import Case, flows, infusions, short
from daemon.protocols.exposure import Breach, Flow, breaches, patient_side
from daemon.protocols.faults import Fault


def dose_faults(case: Case) -> Iterator[Fault]:
    """Every fault of doses, rates and lines."""
    yield from _ceilings(case)
    yield from _step_up(case)
    yield from _first_step(case)
    yield from unlike_lines(case)
    yield from _exposure(case)


def _ceilings(case: Case) -> Iterator[Fault]:
    ceilings = case.parts.ceilings
    if ceilings is None:
        return
    total: Fraction | None = Fraction(0)
    for step in case.measures.steps:
        dose = None if step is None else case.measures.dose(step)
        total = None if total is None or dose is None else total + dose
    found = flows(case)
    if total is not None and found:
        total += sum(patient_side(found).flushed)
    for index, step in enumerate(case.measures.steps):
        rate = None if step is None else case.measures.dose_rate(step)
        if rate is not None and rate > ceilings.max_dose_rate_h:
            yield case.fault(
                f"steps[{index}].rate_ml_h",
                short(step.rate) if step else "",
                f"step {index + 1} gives {short(rate)} per hour, "
                f"above ceilings.max_dose_rate_h = {plain(ceilings.max_dose_rate_h)}",
                "lower the rate, or have another ceiling ordered",
                "dose_rate_ceiling",
            )
    if total is not None and total > ceilings.max_total_dose:
        yield case.fault(
            "ceilings.max_total_dose",
            plain(ceilings.max_total_dose),
            f"the steps give {short(total)} in all",
            "lower the dose, or have another ceiling ordered",
            "total_dose_ceiling",
        )


def _step_up(case: Case) -> Iterator[Fault]:
    if case.parts.ceilings is None:
        return
    ceiling = case.parts.ceilings.max_step_up_ratio
    steps = case.measures.steps
    for index, (before, after) in enumerate(pairwise(steps), start=1):
        drugless = any(
            bag is not None and bag.flush
            for bag in (case.parts.solution(step.solution) for step in (before, after) if step is not None)
        )
        ratio = None if before is None or after is None or drugless else case.measures.ratio(before, after)
        if after is not None and ratio is not None and ratio > ceiling:
            yield case.fault(
                f"steps[{index}].rate_ml_h",
                short(after.rate),
                f"step {index + 1} gives {short(ratio)} times the dose per hour of step {index}, "
                f"above ceilings.max_step_up_ratio = {plain(ceiling)}",
                "lower the rate, put a step between, or have another ceiling ordered",
                "step_up_ceiling",
            )


def _first_step(case: Case) -> Iterator[Fault]:
    first, target = case.measures.steps[:1], case.parts.target_dose
    dose = case.measures.dose(first[0]) if first and first[0] is not None else None
    most = case.parts.ceilings.first_step_max if case.parts.ceilings is not None else None
    if dose is not None and target is not None and most is not None and dose / Fraction(target) > most:
        yield case.fault(
            "ceilings.first_step_max",
            plain(most),
            f"step 1 gives {short(dose / Fraction(target))} of the target",
            "lower the first rate, begin with a weaker bag, or have another ceiling ordered",
            "first_step_ceiling",
        )


def unlike_lines(case: Case) -> Iterator[Fault]:
    """A bag that goes on through the line of another one says another volume of it."""
    named = [name for name in case.parts.step_solutions if isinstance(name, str)]
    hung = [name for name, _ in groupby(named)]
    for name, follower in dict.fromkeys(pairwise(hung)):
        before, bag = case.parts.solution(name), case.parts.solution(follower)
        if before is None or bag is None or before.line is None or bag.line is None or bag.line.primed:
            continue
        if bag.line.dead_volume_ml != before.line.dead_volume_ml:
            yield case.fault(
                f"solutions[{case.parts.solution_ids.index(follower)}].line.dead_volume_ml",
                plain(bag.line.dead_volume_ml),
                f"an unprimed bag goes on through the line of {name}, "
                f"which holds {plain(before.line.dead_volume_ml)} mL",
                "give the same dead volume, or primed = true for a line of its own",
                "line_differs",
            )


def _exposure(case: Case) -> Iterator[Fault]:
    ceilings = case.parts.ceilings
    if ceilings is not None:
        yield from exposure_faults(case, ceilings.max_step_up_ratio, ceilings.max_dose_rate_h)


def exposure_faults(case: Case, step_up: Decimal, dose_rate: Decimal | None) -> Iterator[Fault]:
    """Lines that break a ceiling at the patient, unless that is accepted by name (F39)."""
    found = flows(case)
    if not found or case.parts.exposure_accepted or any(unlike_lines(case)):
        return
    places = infusions(case)
    for index, problem in exposure_breaks(found, step_up, dose_rate):
        bag_at = case.parts.solution_ids.index(found[index].solution)
        yield case.fault(
            f"solutions[{bag_at}].line.primed",
            "true" if found[index].primed else "false",
            f"in step {places[index] + 1} {problem} (F39)",
            'prime the line with its solution, or order exposure = "accepted" '
            'with exposure_accepted_by = "NAME"',
            "exposure",
        )


def exposure_breaks(
    found: Sequence[Flow], step_up: Decimal, dose_rate: Decimal | None
) -> Iterator[tuple[int, str]]:
    """Infusions (counted from 0) in which the line's dead volume gives the patient more than ordered."""
    highest = None if dose_rate is None else Fraction(dose_rate)
    for index, found_in in groupby(
        breaches(found, Fraction(step_up), highest), key=lambda breach: breach.step
    ):
        broken = "; then ".join(_breach(breach) for breach in found_in)
        yield index, f"the line's dead volume would give the patient {broken}"


def _breach(breach: Breach) -> str:
    if breach.times is None:
        return f"{short(breach.dose_rate)} per hour, above ceilings.max_dose_rate_h"
    than = "the highest dose per hour so far" if breach.reached else "the first dose per hour ordered"
    return f"{short(breach.times)} times {than}"
