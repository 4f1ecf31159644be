"""One file under check, and its numbers in messages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from daemon.exact_json import plain
from daemon.protocols.exposure import Flow
from daemon.protocols.faults import Fault
from daemon.protocols.measure import Measures, flow_of
from daemon.protocols.parse import Parts

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


def short(number: Fraction) -> str:
    """A number for a message: exact if it is short, else to six places."""
    exact = _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
    if len(exact.as_tuple().digits) <= 9 or exact.adjusted() > 18:
        return plain(exact)
    return plain(exact.quantize(_SIXTH, context=_EXACT))


def infusions(case: Case) -> tuple[int, ...]:
    """The places of the steps that a rate gives, counted from 0; of a driven file all of them."""
    return tuple(index for index in range(len(case.measures.steps)) if index not in case.measures.by_hand)


def flows(case: Case) -> tuple[Flow, ...] | None:
    """The infusions as the line sees them; None while one of them or an amount is not known."""
    found: list[Flow] = []
    for step in (case.measures.steps[index] for index in infusions(case)):
        bag = None if step is None else case.parts.solution(step.solution)
        if step is None or bag is None or bag.id not in case.measures.concentrations:
            return None
        found.append(flow_of(bag, case.measures.concentrations[bag.id], step.rate, step.volume))
    return tuple(found)
