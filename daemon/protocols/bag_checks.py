"""Checks of bags: each has a name, is used, and holds what its steps draw; exact (F1, F11)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from daemon.exact_json import plain
from daemon.protocols.case import Case, short
from daemon.protocols.faults import Fault
from daemon.protocols.schema_steps import StepIn


def bag_faults(case: Case) -> Iterator[Fault]:
    """Every fault of solutions and of what the steps draw from them."""
    yield from _solution_ids(case)
    yield from _step_solutions(case)
    yield from _corrected(case)
    yield from _rounded(case)
    yield from _bags(case)
    yield from _until_empty(case)
    yield from _until_target(case)
    yield from _kept(case)


def _solution_ids(case: Case) -> Iterator[Fault]:
    ids = case.parts.solution_ids
    for index, name in enumerate(ids):
        same = [other for other in ids[:index] if _folded(other) == _folded(name)]
        if name is not None and same:
            yield case.fault(
                f"solutions[{index}].id",
                f'"{name}"',
                "two solutions have this id"
                if name in same
                else f"it differs from {same[0]} in capitals only",
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


def _folded(name: object) -> str | None:
    return name.casefold() if isinstance(name, str) else None


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
        dose = case.measures.by_hand.get(index)
        taken = dose.volume if dose is not None else step.volume if step is not None else None
        bag = case.parts.solution(written.solution) if written is not None and written.solution else None
        if (
            written is None
            or bag is None
            or bag.volume_ml is None
            or taken is None
            or written.until == "empty"
        ):
            continue
        drawn[bag.id] = drawn.get(bag.id, Fraction(0)) + taken
        if drawn[bag.id] > bag.volume_ml >= drawn[bag.id] - taken:
            key, value = _end(written)
            yield case.fault(
                f"steps[{index}].{key}",
                value,
                f"after step {index + 1} the steps have drawn {short(drawn[bag.id])} mL from {bag.id}, "
                f"which holds {plain(bag.volume_ml)} mL",
                'shorten the step, write until = "empty", or make a larger bag',
                "bag_overdrawn",
            )


def _end(step: StepIn) -> tuple[str, str]:
    """The key that says how much a step takes, and its value."""
    if step.until is not None:
        return "until", f'"{step.until}"'
    key = next(key for key in ("minutes", "volume_ml", "dose") if getattr(step, key) is not None)
    return key, plain(getattr(step, key))


def _until_empty(case: Case) -> Iterator[Fault]:
    for index, (step, measured) in enumerate(zip(case.parts.steps, case.measures.steps, strict=True)):
        if step is None or step.until != "empty":
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
            and case.parts.solution(str(step.solution))
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
    """Whether the step's volume follows from its own numbers."""
    step = case.parts.steps[index]
    return step is not None and step.until is None


def _rounded(case: Case) -> Iterator[Fault]:
    for index, bag in enumerate(case.parts.solutions):
        if bag is not None and bag.rounded_to is not None and case.measures.amounts.get(bag.id) == 0:
            yield case.fault(
                f"solutions[{index}].rounded_to",
                plain(bag.rounded_to),
                f"{short(case.measures.unrounded[bag.id])} rounded to multiples of this is nothing",
                "give a smaller multiple that can be prepared",
                "rounded_to_nothing",
            )


def _until_target(case: Case) -> Iterator[Fault]:
    flushes = {one.id for one in case.parts.solutions if one is not None and one.flush}
    for index, step in enumerate(case.parts.steps):
        if step is None or step.until != "target":
            continue
        key, value = f"steps[{index}].until", '"target"'
        if any(name not in flushes for name in case.parts.step_solutions[index + 1 :]):
            yield case.fault(
                key,
                value,
                f"step {index + 1} goes on until the target is given, and other steps follow it",
                "let only the last step with drug stop at the target",
                "until_target_not_last",
            )
        before = case.measures.steps[:index]
        known = all(one is not None or at in case.measures.by_hand for at, one in enumerate(before))
        named = step.solution in case.measures.concentrations
        if known and named and case.parts.target_dose is not None and case.measures.steps[index] is None:
            yield case.fault(
                key,
                value,
                f"the steps before step {index + 1} have already given the target dose",
                "raise target_dose, or make the earlier steps smaller",
                "nothing_left",
            )


def _kept(case: Case) -> Iterator[Fault]:
    """A bag that does not keep as long as its own steps take could never be hung for all of them (F4)."""
    minutes: dict[str, Fraction] = {}
    elapsed = Fraction(0)
    begun: dict[str, Fraction] = {}
    for step in case.measures.steps:
        if step is None:
            return
        begun.setdefault(step.solution, elapsed)
        elapsed += step.minutes
        minutes[step.solution] = elapsed - begun[step.solution]
    for index, bag in enumerate(case.parts.solutions):
        took = minutes.get(bag.id) if bag is not None else None
        if bag is not None and bag.stable_h is not None and took is not None and took > bag.stable_h * 60:
            yield case.fault(
                f"solutions[{index}].stable_h",
                plain(bag.stable_h),
                f"the steps of {bag.id} take {short(took / 60)} h",
                "shorten them, or have a bag made that keeps longer",
                "bag_expires",
            )
