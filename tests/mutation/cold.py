"""A mutant of what runs at import: a fork that has not yet imported the project, and imports it mutated."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutation.areas import ROOT
from tests.mutation.hits import Finder, Map, module_of
from tests.mutation.mutants import mutated
from tests.mutation.session import run
from tests.mutation.trying import BROKEN, KILLED, SURVIVED, Say, Verdict, first_failure, forked
from tests.mutation.warm import Job, give_folder


class Chosen:
    """A pytest plugin: these tests in this order, until the first that fails."""

    def __init__(self, job: Job, known: Map, say: Say, folder: Path) -> None:
        self.job, self.known, self.say, self.folder = job, known, say, folder

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be imported any more."""
        if report.failed:
            self.say(KILLED, report.nodeid, 0)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In the place of pytest's own; a changed table may have given its tests other names."""
        items = {item.nodeid: item for item in session.items}
        chosen = [items[one] for one in self.job.tests if one in items]
        names = {test.split("[")[0] for test in self.job.tests}
        new = [item for name, item in items.items() if name not in self.known.cpu_s]
        chosen += [item for item in new if item.nodeid.split("[")[0] in names]
        give_folder(session.config, self.folder)
        first_failure(chosen, self.known.cpu_s, self.say)
        return True


def attempt(job: Job, known: Map) -> Verdict:
    """The verdict on one mutant."""
    return forked(_trial(job, known))


def _trial(job: Job, known: Map) -> Callable[[Say, Path], None]:
    def trial(say: Say, folder: Path) -> None:
        file = job.mutant.file
        if not job.tests:
            say(SURVIVED, "", 0)
        if not job.sham:
            tree = {module_of(file): (str(ROOT / file), mutated(job.mutant))}
            assert not tree.keys() & sys.modules.keys(), "imported already"
            sys.meta_path.insert(0, Finder(tree))
        wanted = sorted({test.split("::")[0] for test in job.tests})
        code = run([Chosen(job, known, say, folder)], wanted)
        say(BROKEN, f"pytest ended with {code}", 0)

    return trial
