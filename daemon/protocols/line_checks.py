"""Checks of the part behind a Y-site, of flush steps, and of bags that are to run empty (F4, F30)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from daemon.exact_json import plain
from daemon.protocols.case import Case, flows, infusions, short
from daemon.protocols.exposure import patient_side
from daemon.protocols.faults import Fault
from daemon.protocols.parse import Raw


def line_faults(case: Case) -> Iterator[Fault]:
    """Every fault of Y-site and flush."""
    yield from _y_site(case)
    yield from _flush_bags(case)
    yield from _flush_steps(case)
    yield from _flush_rate(case)


def _y_site(case: Case) -> Iterator[Fault]:
    first: Fraction | None = None
    for index, bag in enumerate(case.parts.solutions):
        if bag is None or bag.line is None:
            continue
        behind = Fraction(bag.line.y_site_ml)
        first = behind if first is None else first
        if behind != first:
            yield case.fault(
                f"solutions[{index}].line.y_site_ml",
                plain(bag.line.y_site_ml),
                f"the part behind the Y-site is one for all solutions, and the first one says {short(first)}",
                "give every solution the same volume",
                "y_site_differs",
            )


def _flush_bags(case: Case) -> Iterator[Fault]:
    for index, bag in enumerate(case.parts.solutions):
        if bag is not None and bag.flush and bag.line is not None and bag.line.primed:
            yield case.fault(
                f"solutions[{index}].line.primed",
                "true",
                "a flush goes through the line that holds the drug (F30)",
                "write primed = false",
                "flush_primed",
            )


def _flush_steps(case: Case) -> Iterator[Fault]:
    flushes = [bag is not None and bag.flush for bag in map(case.parts.solution, _names(case))]
    for index, flush in enumerate(flushes):
        if flush and (index == 0 or not all(flushes[index:])):
            yield case.fault(
                f"steps[{index}].solution",
                f'"{_names(case)[index]}"',
                "a flush pushes what the line still holds after the last drug (F30)",
                "put it behind the last step that gives drug",
                "flush_not_last",
            )


def _names(case: Case) -> list[str]:
    return [str(name) for name in case.parts.step_solutions]


def _flush_rate(case: Case) -> Iterator[Fault]:
    """At the patient a flush gives no more per hour than the last step that gave drug."""
    found = flows(case)
    if not found:
        return
    tolerated = Fraction(0)
    for index, flow, plugs in zip(infusions(case), found, patient_side(found).steps, strict=True):
        if flow.concentration:
            tolerated = flow.rate * flow.concentration
            continue
        most = max((plug.dose_rate for plug in plugs), default=Fraction(0))
        if most > tolerated:
            yield case.fault(
                f"steps[{index}].rate_ml_h",
                short(flow.rate),
                f"the flush pushes drug to the patient at {short(most)} per hour, "
                f"the last step with drug gave {short(tolerated)} (F30)",
                "lower the rate",
                "flush_too_fast",
            )


def empty_faults(case: Case, data: Raw) -> Iterator[Fault]:
    """A bag that is to run empty, and nobody says from where on it may be called empty."""
    runs_empty = any(step is not None and step.until == "empty" for step in case.parts.steps)
    if runs_empty and "empty" not in data:
        yield case.fault(
            "empty.from_percent",
            "",
            "a step runs its bag empty, and from where on it may be called empty is not ordered (F30)",
            "add an [empty] table with from_percent",
            "missing",
        )
