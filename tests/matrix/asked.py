"""The rows of table (A): for each requirement its state, code, tests and last result, and every hole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.matrix.carried import ROOT, Place, asked_for
from tests.matrix.named import Test, every_test
from tests.matrix.results import Result
from tests.matrix.states import State, states
from tests.matrix.table import far, result_of
from tests.matrix.table_a import Asked, table_a

NOT_OURS = "not ours"


@dataclass(frozen=True)
class AskedRow:
    """One requirement and what answers it; `state` is None where nobody wrote one."""

    asked: Asked
    state: State | None
    code: tuple[Place, ...]
    tests: tuple[Test, ...]

    def holes(self) -> Iterator[str]:
        """What is missing; of what is not ours nothing is, but the reason."""
        name = self.asked.id
        if self.state is None:
            yield f"{name}: no line in states.toml"
            return
        if self.state.fault:
            yield f"{name}: {self.state.fault}"
        if self.state.word == NOT_OURS:
            return
        if not self.code:
            yield f"{name}: no code names it, and table_a.toml no place"
        yield from (
            f"{name}: there is no {place.file}" for place in self.code if not (ROOT / place.file).exists()
        )
        if not self.tests:
            yield f"{name}: no test says (A) {name} in its description"

    def result(self, results: dict[str, Result]) -> Result:
        """The worst last outcome of its tests, and the time of the oldest."""
        return result_of(self.tests, results)


def asked_rows() -> tuple[AskedRow, ...]:
    """All of table (A), in order."""
    said, code = states(), asked_for()
    return tuple(
        AskedRow(
            one,
            said.get(one.id),
            tuple(dict.fromkeys((*(Place(where, "") for where in one.where), *code.get(one.id, ())))),
            _tests(one.id),
        )
        for one in table_a()
    )


def _tests(name: str) -> tuple[Test, ...]:
    naming = (test for test in every_test() if name in test.asked)
    return tuple(sorted(naming, key=lambda test: (far(test), test.node)))


def asked_holes(table: Iterable[AskedRow]) -> list[str]:
    """Every hole: of a requirement, and of an id that is none."""
    ids = {one.id for one in table_a()}
    return [
        *(hole for row in table for hole in row.holes()),
        *(
            f"(A) {name} in {place.file} is no requirement"
            for name, found in asked_for().items()
            if name not in ids
            for place in found
        ),
        *(
            f"(A) {name} in {test.node} is no requirement"
            for test in every_test()
            for name in sorted(test.asked - ids)
        ),
    ]
