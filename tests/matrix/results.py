"""The outcome of every test in `build/last-results.json`: a pytest plugin that writes it, and its reader.

A whole run replaces the file, a partial run is merged into it.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.matrix.carried import ROOT

FILE = Path("build") / "last-results.json"
WORST_FIRST = ("failed", "not run", "passed")
_BY_PYTEST = {"failed": "failed", "skipped": "not run", "passed": "passed"}
_run: dict[str, str] = {}


@dataclass(frozen=True)
class Result:
    """The worst outcome of a test and the time of its oldest one, UTC; both of `not run` are of no test."""

    outcome: str
    at: str


NOT_RUN = Result("not run", "")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test failed if its set-up or its clean-up did."""
    _run[report.nodeid] = worst(_run.get(report.nodeid, "passed"), _BY_PYTEST[report.outcome])


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write what was seen; a worker tells the process that gave it its tests, and writes nothing."""
    if _run and not hasattr(session.config, "workerinput"):
        write(session.config.rootpath / FILE, _run, whole=_is_whole(session.config, exitstatus))


def _is_whole(config: pytest.Config, exitstatus: int) -> bool:
    narrowed = any(config.getoption(name, None) for name in ("keyword", "markexpr", "lf", "deselect"))
    ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    stopped = config.getoption("maxfail", 0) and exitstatus != pytest.ExitCode.OK
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return everything and ended and not narrowed and not stopped


def worst(*outcomes: str) -> str:
    """Failed before not run before passed."""
    return min(outcomes, key=WORST_FIRST.index)


def write(path: Path, outcomes: Mapping[str, str], *, whole: bool) -> None:
    """Merge into the file, or replace it; several runs at once wait for each other."""
    path.parent.mkdir(exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = {} if whole else _parsed(file.read())
        after = before | {node: [outcome, at] for node, outcome in outcomes.items()}
        file.truncate(0)
        json.dump(dict(sorted(after.items())), file, indent=0)


def _parsed(text: str) -> dict[str, list[str]]:
    """A file that another run was killed in says nothing."""
    try:
        found: dict[str, list[str]] = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found


def last_results(path: Path = ROOT / FILE) -> dict[str, Result]:
    """By test function: the worst outcome of its parameters, and when the oldest was seen."""
    found: dict[str, Result] = {}
    seen = _parsed(path.read_text(encoding="utf-8")) if path.exists() else {}
    for node, (outcome, at) in seen.items():
        test = node.partition("[")[0]
        before = found.get(test, Result(outcome, at))
        found[test] = Result(worst(before.outcome, outcome), min(before.at, at))
    return found
