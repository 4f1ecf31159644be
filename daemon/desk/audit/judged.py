"""What one relation says about one printed number."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from daemon.desk.audit.figures import Figure
from daemon.desk.audit.rounding import EXACT, Rule, rule_for, span_holds
from daemon.desk.audit.world import Span

INPUTS_ROUNDED = Rule("holds because a number it is computed from is itself printed rounded")


@dataclass(frozen=True, slots=True)
class Judged:
    """A number that is not exactly what a relation wants; `rule` None: no rounding explains it.

    `row` counts from 0 and is None for the head; `why` names the relation.
    """

    row: int | None
    column: str
    wanted: Fraction
    rule: Rule | None
    why: str


def judge(figure: Figure, wanted: Span, most_places: int) -> Rule | None:
    """EXACT, a rounding of the middle, a rounding of the numbers beneath it, or None: it does not hold."""
    rule = rule_for(figure, wanted.mid, most_places)
    if rule is not None:
        return rule
    if wanted.low == wanted.high or not span_holds(figure, wanted.low, wanted.high):
        return None
    return INPUTS_ROUNDED


def first_rule(figure: Figure, wanted: list[Fraction], most_places: int) -> Rule | None:
    """The first rule that holds for one of several numbers, exact ones before rounded ones."""
    if any(figure.value == one for one in wanted):
        return EXACT
    for one in wanted:
        rule = rule_for(figure, one, most_places)
        if rule is not None:
            return rule
    return None
