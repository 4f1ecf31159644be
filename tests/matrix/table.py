"""The matrix itself: for each rule its state, code, tests and last result, and every hole in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.matrix.carried import Place, carried
from tests.matrix.named import Test, every_test
from tests.matrix.results import NOT_RUN, Result, worst
from tests.matrix.rules import RULES, Rule
from tests.matrix.states import State, states
from tests.matrix.table_a import table_a

PROVED_OUTSIDE = frozenset({38})
"""Rules about the tests: what carries them may stand in a simulator alone."""

NEAREST_FIRST = (
    "patient",
    "system",
    "runtime",
    "engine",
    "guard",
    "protocols",
    "drivers",
    "control",
    "journal",
    "terminal",
)
"""Folders of tests by how much of the shipped program stands between them and the simulated patient."""


def result_of(tests: Sequence[Test], results: Mapping[str, Result]) -> Result:
    """The worst last outcome of these tests, and the time of the oldest."""
    each = [results.get(test.node, NOT_RUN) for test in tests]
    if not each:
        return NOT_RUN
    seen = [one.at for one in each if one.at]
    return Result(worst(*(one.outcome for one in each)), min(seen, default=""))


@dataclass(frozen=True)
class Row:
    """One rule and what answers it; `state` is None where nobody wrote one."""

    rule: Rule
    state: State | None
    code: tuple[Place, ...]
    tests: tuple[Test, ...]

    def holes(self) -> Iterator[str]:
        """What is missing for this rule to be more than a sentence."""
        if self.state is None:
            yield f"{self.rule.id}: no line in states.toml"
        elif self.state.fault:
            yield f"{self.rule.id}: {self.state.fault}"
        if not any(_carries(place, self.rule) for place in self.code):
            yield f"{self.rule.id}: no code of daemon/ or drivers/ names it"
        if not self.tests:
            yield f"{self.rule.id}: no test names it"

    def result(self, results: dict[str, Result]) -> Result:
        """The worst last outcome of its tests, and the time of the oldest."""
        return result_of(self.tests, results)


def _carries(place: Place, rule: Rule) -> bool:
    return rule.number in PROVED_OUTSIDE or not place.file.startswith("simulators/")


def rows() -> tuple[Row, ...]:
    """All forty, in order."""
    code, said = carried(), states()
    return tuple(
        Row(rule, said.get(rule.id), code.get(rule.number, ()), _tests(rule.number)) for rule in RULES
    )


def _tests(number: int) -> tuple[Test, ...]:
    """Those that carry the id in their name first, and of these the ones nearest to the patient."""
    naming = (test for test in every_test() if number in test.rules)
    return tuple(sorted(naming, key=lambda test: (number not in test.in_its_name, far(test), test.node)))


def far(test: Test) -> int:
    """How far from the patient a test stands."""
    folder = test.file.split("/")[1]
    return NEAREST_FIRST.index(folder) if folder in NEAREST_FIRST else len(NEAREST_FIRST)


def holes(table: Iterable[Row]) -> list[str]:
    """Every hole: of a rule, and of an id that is no rule."""
    numbers = {rule.number for rule in RULES}
    ids = {rule.id for rule in RULES}
    return [
        *(hole for row in table for hole in row.holes()),
        *(
            f"F{n} in {p.file} is no rule"
            for n, found in carried().items()
            if n not in numbers
            for p in found
        ),
        *(f"F{n} in {test.node} is no rule" for test in every_test() for n in sorted(test.rules - numbers)),
        *(
            f"{one} in states.toml is no rule"
            for one in states()
            if one not in ids and one not in {asked.id for asked in table_a()}
        ),
    ]
