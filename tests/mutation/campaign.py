"""A run over many mutants: which tests for each, in which order, and every verdict in a file at once."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path

from tests.mutation import cold
from tests.mutation.areas import ROOT, TESTS
from tests.mutation.hits import Map
from tests.mutation.mutants import Mutant
from tests.mutation.session import run
from tests.mutation.trying import BROKEN, KILLED, NOT_HERE, SURVIVED, Verdict
from tests.mutation.warm import Job, Warm

FIRST = 12


@dataclass
class Results:
    """One line of JSON a verdict. It holds while the mutated file is the same; that of a survivor, while the
    tests are too.
    """

    path: Path
    held: dict[str, dict[str, object]] = field(default_factory=dict)
    shams: dict[str, dict[str, object]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Results:
        """What was found before."""
        found = cls(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                one = json.loads(line)
                (found.shams if one["sham"] else found.held)[one["key"]] = one
        return found

    def knows(self, mutant: Mutant, tests_sum: str) -> bool:
        """It need not be tried again."""
        one = self.verdict(mutant)
        if one is None or one["word"] in {BROKEN, NOT_HERE}:
            return False
        return one["word"] != SURVIVED or one["tests_sum"] == tests_sum

    def verdict(self, mutant: Mutant) -> dict[str, object] | None:
        """The last one on this mutant of this text of the file."""
        one = self.held.get(mutant.key)
        return one if one is not None and one["file_sum"] == file_sum(mutant.file) else None

    def add(self, job: Job, verdict: Verdict, tests_sum: str) -> None:
        """Written before the next mutant is tried; several processes may."""
        one = {
            "key": job.mutant.key,
            "sham": job.sham,
            "file": job.mutant.file,
            "file_sum": file_sum(job.mutant.file),
            "tests_sum": tests_sum,
            "function": job.mutant.site.function,
            **asdict(verdict),
        }
        (self.shams if job.sham else self.held)[job.mutant.key] = one
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(one) + "\n")


def file_sum(name: str) -> str:
    """A short sum of one source file."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()[:12]


def tests_sum() -> str:
    """A short sum of everything that may kill, this runner left out."""
    found = hashlib.sha256()
    for top in ("tests", "simulators"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if path.parent.name != "mutation":
                found.update(path.read_bytes())
    return found.hexdigest()[:12]


@dataclass
class Order:
    """Which tests are asked, and in which order: those that killed next door, the likely, the quickest."""

    known: Map
    budget_s: float
    within: tuple[str, ...] = TESTS
    by_function: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_file: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def told(self, file: str, function: str, verdict: str, test: str) -> None:
        """A test has killed here."""
        if verdict == KILLED and "::" in test:
            self.by_function[file, function][test] += 1
            self.by_file[file][test] += 1

    def is_warm(self, mutant: Mutant) -> bool:
        """Its code runs in no import and in no collection: a fork of the warm server can exchange it."""
        block = mutant.site.block
        return block is not None and not self.known.is_run_early(mutant.file, block)

    def tests(self, mutant: Mutant) -> tuple[str, ...]:
        """As many as the budget of CPU time holds."""
        block = mutant.site.block
        if block is not None and self.is_warm(mutant):
            quick = self.known.tests(mutant.file, block)
        else:
            quick = self.known.tests_of_file(mutant.file)
        quick = [test for test in quick if test.startswith(self.within)]
        hot = [*self.by_function[mutant.file, mutant.site.function].most_common(FIRST)]
        hot += self.by_file[mutant.file].most_common(FIRST)
        there = set(quick)
        ordered = dict.fromkeys([*(test for test, _ in hot if test in there), *_likely(mutant.file, quick)])
        if not self.is_warm(mutant):
            ordered = dict.fromkeys(_by_file(ordered))
        chosen, spent = [], 0.0
        for test in ordered:
            spent += self.known.cpu_s[test]
            if self.budget_s and spent > self.budget_s:
                break
            chosen.append(test)
        return tuple(chosen)


def _likely(file: str, quick: Sequence[str]) -> Iterator[str]:
    """The tests named after the file; then one case of every other test, then their other cases."""
    name = f"test_{Path(file).stem}"
    yield from (test for test in quick if Path(test.split("::")[0]).stem.startswith(name))
    seen = set()
    for test in quick:
        whole = test.split("[")[0]
        if whole not in seen:
            seen.add(whole)
            yield test
    yield from quick


def _by_file(tests: Iterable[str]) -> Iterator[str]:
    """Whole files of tests, as they come first: one that is tried cold has to collect each of them."""
    files: dict[str, list[str]] = {}
    for test in tests:
        files.setdefault(test.split("::")[0], []).append(test)
    return chain.from_iterable(files.values())


@dataclass
class Campaign:
    """Tries mutants in this process, which must not have imported the project."""

    known: Map
    results: Results
    budget_s: float = 0
    shams_every: int = 50
    tests: Sequence[str] = TESTS

    def __post_init__(self) -> None:
        self.sum = tests_sum()
        self.order = Order(self.known, self.budget_s, tuple(self.tests))
        for one in self.results.held.values():
            self._remember(one)

    def _remember(self, one: dict[str, object]) -> None:
        self.order.told(str(one["file"]), str(one["function"]), str(one["word"]), str(one["test"]))

    def attempt(self, mutants: Sequence[Mutant]) -> None:
        """Warm ones first, in a process of their own; what that could not do is done cold."""
        left = [one for one in mutants if not self.results.knows(one, self.sum)]
        self._warm([one for one in left if self.order.is_warm(one)])
        after = Results.read(self.results.path)
        for job in self._jobs([one for one in left if not after.knows(one, self.sum)]):
            self._told(job, cold.attempt(job, self.known))

    def _warm(self, mutants: Sequence[Mutant]) -> None:
        child = os.fork() if mutants else 0
        if mutants and child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            code = run([Warm(self._jobs(mutants), self.known, self._told)], self.tests)
            os._exit(code)
        if mutants and os.waitpid(child, 0)[1]:
            raise RuntimeError("the warm server ended early")

    def _jobs(self, mutants: Sequence[Mutant]) -> Iterator[Job]:
        """Each with its tests, and now and then a sham."""
        for number, one in enumerate(mutants, 1):
            yield Job(one, self.order.tests(one))
            if self.shams_every and number % self.shams_every == 0:
                yield Job(one, self.order.tests(one), sham=True)

    def _told(self, job: Job, verdict: Verdict) -> None:
        self.results.add(job, verdict, self.sum)
        if not job.sham:
            self.order.told(job.mutant.file, job.mutant.site.function, verdict.word, verdict.test)
