"""All tests collected once; per mutant a fork in which the code of one function is exchanged."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from tests.mutation.areas import ROOT
from tests.mutation.hits import Map
from tests.mutation.mutants import Mutant, mutated
from tests.mutation.trying import NOT_HERE, Say, Verdict, first_failure, forked

Functions = dict[tuple[str, str], list[FunctionType]]


@dataclass(frozen=True)
class Job:
    """A mutant, or a sham: the same tests with nothing changed, which must all pass."""

    mutant: Mutant
    tests: tuple[str, ...]
    sham: bool = False


class Warm:
    """A pytest plugin that tries mutants in the place of running the tests."""

    def __init__(self, jobs: Iterable[Job], known: Map, told: Callable[[Job, Verdict], None]) -> None:
        self.jobs = jobs
        self.known = known
        self.told = told

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In the place of pytest's own."""
        items = {item.nodeid: item for item in session.items}
        functions = functions_of(ROOT)
        gc.freeze()
        for job in self.jobs:
            chosen = [items[test] for test in job.tests if test in items]
            self.told(job, forked(self._trial(job, chosen, functions)))
        return True

    def _trial(
        self, job: Job, items: Sequence[pytest.Item], functions: Functions
    ) -> Callable[[Say, Path], None]:
        def trial(say: Say, folder: Path) -> None:
            if not job.sham and not exchange(job.mutant, functions):
                say(NOT_HERE, "", 0)
            if items:
                give_folder(items[0].config, folder)
            first_failure(items, self.known.cpu_s, say)

        return trial


def give_folder(config: pytest.Config, folder: Path) -> None:
    """Where tests of this process make their files."""
    factory = config._tmp_path_factory  # type: ignore[attr-defined]
    factory._given_basetemp = folder / "tests"
    factory._basetemp = None


def functions_of(root: Path) -> Functions:
    """Every function of the project that is alive, by file and qualified name."""
    found: Functions = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(str(root)):
            file = Path(one.__code__.co_filename).relative_to(root).as_posix()
            found.setdefault((file, one.__code__.co_qualname), []).append(one)
    return found


def exchange(mutant: Mutant, functions: Functions) -> bool:
    """Give the outermost function the mutant stands in its new code; False = only an import can do that."""
    compiled = compile(mutated(mutant), str(ROOT / mutant.file), "exec", dont_inherit=True)
    names = mutant.site.function.split(".")
    for end in range(1, len(names) + 1):
        there = functions.get((mutant.file, ".".join(names[:end])))
        if there:
            done = [_exchange(one, compiled) for one in there]
            return all(done)
    return False


def _exchange(function: FunctionType, compiled: CodeType) -> bool:
    old = function.__code__
    for code in _codes(compiled):
        if (code.co_qualname, code.co_firstlineno) == (old.co_qualname, old.co_firstlineno):
            if code.co_freevars != old.co_freevars:
                return False
            function.__code__ = code
            return True
    return False


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)
