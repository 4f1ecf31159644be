"""Checks of bags, doses and ceilings; all in exact fractions, the step-up in dose per hour (F1, F11, F39)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import groupby, pairwise

from daemon.exact_json import plain
from daemon.protocols.exposure import Breach, Flow, breaches, patient_side
from daemon.protocols.faults import Fault
from daemon.protocols.measure import Measures
from daemon.protocols.parse import Parts
from daemon.protocols.schema import CeilingsIn

_EXACT = Context(prec=28)
_SIXTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Case:
    """One file under check."""

    file: str
    parts: Parts
    measures: Measures

    def fault(self, key: str, value: object, problem: str, remedy: str, code: str) -> Fault:
        """A fault of this file."""
        return Fault(self.file, key, str(value), problem, remedy, code)


def dose_faults(case: Case) -> Iterator[Fault]:
    """Every fault of solutions, steps, ceilings and exposure."""
    yield from _solution_ids(case)
    yield from _step_solutions(case)
    yield from _corrected(case)
    yield from _bags(case)
    yield from _until_empty(case)
    yield from _ceilings(case)
    yield from _step_up(case)
    yield from _lines(case)
    yield from _exposure(case)


def short(number: Fraction) -> str:
    """A number for a message: exact if it is short, else to six places."""
    exact = _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
    if len(exact.as_tuple().digits) <= 9 or exact.adjusted() > 18:
        return plain(exact)
    return plain(exact.quantize(_SIXTH, context=_EXACT))


def flows(case: Case) -> tuple[Flow, ...] | None:
    """The steps as the line sees them; None while a step, an amount or a line is not known."""
    found: list[Flow] = []
    for step in case.measures.steps:
        bag = None if step is None else case.parts.solution(step.solution)
        if step is None or bag is None or bag.id not in case.measures.concentrations:
            return None
        concentration = case.measures.concentrations[bag.id]
        own, shared = Fraction(bag.line.dead_volume_ml), Fraction(bag.line.y_site_ml)
        found.append(Flow(bag.id, concentration, step.rate, step.volume, own, shared, bag.line.primed))
    return tuple(found)


def _solution_ids(case: Case) -> Iterator[Fault]:
    ids = case.parts.solution_ids
    for index, name in enumerate(ids):
        if name is not None and name in ids[:index]:
            yield case.fault(
                f"solutions[{index}].id",
                f'"{name}"',
                "two solutions have this id",
                "give every bag an id of its own",
                "double",
            )
        if name is not None and name not in case.parts.step_solutions and case.parts.step_solutions:
            yield case.fault(
                f"solutions[{index}].id",
                f'"{name}"',
                "no step uses this solution",
                "name it in a step or remove it",
                "unused_solution",
            )


def _step_solutions(case: Case) -> Iterator[Fault]:
    known = [str(name) for name in case.parts.solution_ids if name is not None]
    for index, name in enumerate(case.parts.step_solutions):
        if name is not None and name not in known:
            yield case.fault(
                f"steps[{index}].solution",
                f'"{name}"',
                f"step {index + 1} names a solution that is not there",
                "write one of: " + (", ".join(known) or "(there are no solutions)"),
                "unknown_solution",
            )


def _corrected(case: Case) -> Iterator[Fault]:
    corrected = [
        (index, bag) for index, bag in enumerate(case.parts.solutions) if bag is not None and bag.corrected
    ]
    for index, _ in corrected[1:]:
        yield case.fault(
            f"solutions[{index}].corrected",
            "true",
            "only one bag can carry what is left to give",
            "leave corrected = true on the last bag only",
            "corrected_twice",
        )
    for index, bag in corrected[:1]:
        flushes = {one.id for one in case.parts.solutions if one is not None and one.flush}
        named = [name for name in case.parts.step_solutions if name not in flushes]
        if bag.id in named and any(name != bag.id for name in named[named.index(bag.id) :]):
            yield case.fault(
                f"solutions[{index}].corrected",
                "true",
                "other bags are still given after the corrected one",
                "give the corrected bag last",
                "corrected_not_last",
            )
        given, target = case.measures.given_before, case.parts.target_dose
        if given is not None and target is not None and given >= target:
            yield case.fault(
                f"solutions[{index}].corrected",
                "true",
                f"the other bags already give {short(given)} of the target dose of {plain(target)}",
                "raise target_dose or make the other bags weaker",
                "nothing_left",
            )


def _bags(case: Case) -> Iterator[Fault]:
    drawn: dict[str, Fraction] = {}
    for index, (step, written) in enumerate(zip(case.measures.steps, case.parts.steps, strict=True)):
        if written is None or written.until is not None or step is None:
            continue
        bag = case.parts.solution(step.solution)
        drawn[step.solution] = drawn.get(step.solution, Fraction(0)) + step.volume
        if bag is not None and drawn[bag.id] > bag.volume_ml >= drawn[bag.id] - step.volume:
            yield case.fault(
                f"steps[{index}].minutes",
                plain(written.minutes or Decimal(0)),
                f"after step {index + 1} the steps have drawn {short(drawn[bag.id])} mL from {bag.id}, "
                f"which holds {plain(bag.volume_ml)} mL",
                'shorten the step, write until = "empty", or make a larger bag',
                "bag_overdrawn",
            )


def _until_empty(case: Case) -> Iterator[Fault]:
    for index, (step, measured) in enumerate(zip(case.parts.steps, case.measures.steps, strict=True)):
        if step is None or step.until is None:
            continue
        later = case.parts.step_solutions[index + 1 :]
        if step.solution in later:
            again = index + 2 + later.index(step.solution)
            yield case.fault(
                f"steps[{index}].until",
                '"empty"',
                f"step {index + 1} empties {step.solution}, but step {again} still draws from it",
                "give this step minutes; only the last step of a bag may run it empty",
                "until_empty_not_last",
            )
        earlier = [at for at, name in enumerate(case.parts.step_solutions[:index]) if name == step.solution]
        if (
            measured is None
            and case.parts.solution(step.solution)
            and all(_timed(case, at) for at in earlier)
        ):
            yield case.fault(
                f"steps[{index}].until",
                '"empty"',
                f"the steps before step {index + 1} leave nothing in {step.solution}",
                "shorten them or make a larger bag",
                "bag_overdrawn",
            )


def _timed(case: Case, index: int) -> bool:
    """Whether the step is readable and ends by its minutes."""
    step = case.parts.steps[index]
    return step is not None and step.minutes is not None


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


def _lines(case: Case) -> Iterator[Fault]:
    hung = list(dict.fromkeys(name for name in case.parts.step_solutions if isinstance(name, str)))
    for name, follower in pairwise(hung):
        before, bag = case.parts.solution(name), case.parts.solution(follower)
        if before is None or bag is None or bag.line.primed:
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
    found = flows(case)
    ceilings = case.parts.ceilings
    if not found or ceilings is None or case.parts.exposure_accepted or any(_lines(case)):
        return
    for index, problem in exposure_breaks(found, ceilings):
        bag_at = case.parts.solution_ids.index(found[index].solution)
        yield case.fault(
            f"solutions[{bag_at}].line.primed",
            "true" if found[index].primed else "false",
            f"in step {index + 1} {problem} (F39)",
            'prime the line with its solution, or order exposure = "accepted" '
            'with exposure_accepted_by = "NAME"',
            "exposure",
        )


def exposure_breaks(found: Sequence[Flow], ceilings: CeilingsIn) -> Iterator[tuple[int, str]]:
    """Steps (counted from 0) in which the line's dead volume gives the patient more than ordered."""
    step_up, dose_rate = Fraction(ceilings.max_step_up_ratio), Fraction(ceilings.max_dose_rate_h)
    for index, found_in in groupby(breaches(found, step_up, dose_rate), key=lambda breach: breach.step):
        broken = "; then ".join(_breach(breach) for breach in found_in)
        yield index, f"the line's dead volume would give the patient {broken}"


def _breach(breach: Breach) -> str:
    if breach.times is None:
        return f"{short(breach.dose_rate)} per hour, above ceilings.max_dose_rate_h"
    than = "the highest dose per hour so far" if breach.reached else "the first dose per hour ordered"
    return f"{short(breach.times)} times {than}"
