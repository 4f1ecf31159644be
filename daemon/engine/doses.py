"""Doses that no pump gives (F37): due, taken in hand, given or not given. Pure: facts in, state out.

Between *taken in hand* and an answer a dose counts as given for every limit and as not given for the gap,
and nothing else is offered. The interval runs from the time of giving, which lies between the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum


class Stage(StrEnum):
    """Where one dose is; NOT_GIVEN may be taken in hand again."""

    DUE = "due"
    IN_HAND = "in_hand"
    GIVEN = "given"
    NOT_GIVEN = "not_given"


@dataclass(frozen=True, slots=True)
class Dose:
    """One ordered dose: due `interval_ms` after the one before was given, late after `latest_ms`."""

    amount: Decimal
    interval_ms: int
    latest_ms: int
    day: int = 1


@dataclass(frozen=True, slots=True)
class DayChecked:
    """Patient matched, baseline taken, by two different persons, for this day of the plan."""

    act: str
    day: int
    by: str
    witness: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody has dose `number`, counted from 1, in hand."""

    act: str
    number: int
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Given:
    """It was given at `given_ms`; said at `at_ms`."""

    act: str
    number: int
    by: str
    at_ms: int
    given_ms: int


@dataclass(frozen=True, slots=True)
class NotGiven:
    """It was taken in hand and not given."""

    act: str
    number: int
    by: str
    at_ms: int
    reason: str


Fact = DayChecked | Taken | Given | NotGiven


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one dose; `by` and `at_ms` are of the last thing said of it."""

    stage: Stage = Stage.DUE
    by: str = ""
    at_ms: int = 0
    given_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """All doses of a plan; the same facts make the same course, live and at replay."""

    plan: tuple[Dose, ...]
    standing: tuple[Standing, ...]
    day: int = 0
    """The last day of the plan that was checked."""
    checked_ms: int = 0
    acts: frozenset[str] = field(default_factory=frozenset)

    @property
    def in_hand(self) -> int | None:
        """The number of the dose that waits for an answer."""
        return next((n for n, one in enumerate(self.standing, 1) if one.stage is Stage.IN_HAND), None)

    @property
    def next(self) -> int | None:
        """The number of the first dose not given; None when all are."""
        return next((n for n, one in enumerate(self.standing, 1) if one.stage is not Stage.GIVEN), None)

    @property
    def low(self) -> Decimal:
        """Dose given for certain."""
        return self._sum(Stage.GIVEN)

    @property
    def high(self) -> Decimal:
        """Dose that may have been given: what every limit is judged by."""
        return self.low + self._sum(Stage.IN_HAND)

    @property
    def last_ms(self) -> int | None:
        """When the last dose was given."""
        return max((one.given_ms for one in self.standing if one.given_ms is not None), default=None)

    def gap_ms(self, now_ms: int) -> int:
        """How much later it is than the next dose may be; a dose in hand is not given."""
        if self.next is None or self.last_ms is None:
            return 0
        return max(now_ms - self.last_ms - self.plan[self.next - 1].latest_ms, 0)

    def _sum(self, stage: Stage) -> Decimal:
        pairs = zip(self.plan, self.standing, strict=True)
        return sum((dose.amount for dose, one in pairs if one.stage is stage), Decimal(0))


def course(plan: tuple[Dose, ...], facts: Iterable[Fact] = ()) -> Course:
    """The course these facts make."""
    state = Course(plan, (Standing(),) * len(plan))
    for fact in facts:
        state = evolve(state, fact)
    return state


def evolve(state: Course, fact: Fact) -> Course:
    """The course with one fact more."""
    state = replace(state, acts=state.acts | {fact.act})
    match fact:
        case DayChecked():
            return replace(state, day=fact.day, checked_ms=fact.at_ms)
        case Taken():
            made = Standing(Stage.IN_HAND, fact.by, fact.at_ms)
        case Given():
            made = Standing(Stage.GIVEN, fact.by, fact.at_ms, fact.given_ms)
        case NotGiven():
            made = Standing(Stage.NOT_GIVEN, fact.by, fact.at_ms)
    at = fact.number - 1
    return replace(state, standing=(*state.standing[:at], made, *state.standing[at + 1 :]))
