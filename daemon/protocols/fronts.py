"""When each bag's drug reaches the patient, by plug flow through the line (F39)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from daemon.protocols.exposure import Flow


@dataclass(frozen=True, slots=True)
class Arrival:
    """Minutes from hanging to arrival, and the step (counted from 0) it falls in; None = never."""

    solution: str
    hung_min: Fraction
    first_step: int
    last_step: int
    after_min: Fraction | None
    step: int | None


def arrivals(flows: Sequence[Flow]) -> Iterator[Arrival]:
    """One for every hanging of a bag with drug, in order."""
    hung = Fraction(0)
    for index, flow in enumerate(flows):
        if (index == 0 or flows[index - 1].solution != flow.solution) and flow.concentration:
            last = index
            while last + 1 < len(flows) and flows[last + 1].solution == flow.solution:
                last += 1
            after, step = _arrival(flows, index)
            yield Arrival(flow.solution, hung, index, last, after, step)
        hung += flow.volume * 60 / flow.rate


def _arrival(flows: Sequence[Flow], index: int) -> tuple[Fraction | None, int | None]:
    """A bag's front, behind what the line held when it was hung, moves with every later step too."""
    ahead = flows[index].shared + (Fraction(0) if flows[index].primed else flows[index].dead_volume)
    minutes = Fraction(0)
    for at, flow in enumerate(flows[index:], start=index):
        if at > index and flow.solution != flows[at - 1].solution and flow.primed and ahead > flow.shared:
            return None, None
        if ahead < flow.volume:
            return minutes + ahead * 60 / flow.rate, at
        ahead -= flow.volume
        minutes += flow.volume * 60 / flow.rate
    return None, None
