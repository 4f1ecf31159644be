"""Tests that need a program that is no Python package: `@needs("mosquitto")`, or `pytestmark = needs(…)`.

Where it is missing they are reported as not run, by name; with CI=true that is a failure.
"""

from __future__ import annotations

import os
import shutil

import pytest

MARK = "needs"
NOT_RUN = "not run: there is no"


def needs(*programs: str) -> pytest.MarkDecorator:
    """This test runs only where every one of these programs is installed."""
    mark: pytest.MarkDecorator = getattr(pytest.mark, MARK)
    return mark(*programs)


def program(name: str) -> str | None:
    """Where a program is, also among those that only root has in its PATH; None = it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def path_of(name: str) -> str:
    """Where a program is that the calling test has said it needs."""
    found = program(name)
    assert found is not None, f"the test does not say that it needs {name}"
    return found


def pytest_configure(config: pytest.Config) -> None:
    """The mark is known."""
    config.addinivalue_line("markers", f"{MARK}(*programs): runs only where these programs are installed")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture: a test whose program is missing is not run, and in CI it fails."""
    wanted = [name for mark in item.iter_markers(MARK) for name in mark.args]
    missing = [name for name in wanted if program(name) is None]
    if not missing:
        return
    why = f"{NOT_RUN} {', '.join(missing)} here (`make setup` as root installs it)"
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """By name, at the end of every run: what was not run."""
    reports = terminalreporter.stats.get("skipped", [])
    left = sorted(one.nodeid for one in reports if NOT_RUN in str(one.longrepr))
    if left:
        terminalreporter.section("NOT RUN: a program is missing")
        for name in left:
            terminalreporter.write_line(name)
