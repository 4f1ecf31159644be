"""A test whose program is missing is not run, by name; in CI that is a failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import path_of, program

ROOT = Path(__file__).parents[1]
SUITE = """
from tests.needs import needs, path_of

@needs("sh")
def test_there(): assert path_of("sh").endswith("/sh")

@needs("sh", "no-such-program")
def test_missing(): raise AssertionError("it ran")
"""
PLUGIN = "from tests.needs import pytest_configure, pytest_runtest_setup, pytest_terminal_summary\n"


def run(folder: Path, ci: str) -> tuple[int, str]:
    (folder / "conftest.py").write_text(PLUGIN)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    (folder / "test_it.py").write_text(SUITE)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    environment = {"PATH": "/bin:/usr/bin", "PYTHONPATH": str(ROOT), "CI": ci}
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    return done.returncode, done.stdout


def test_a_missing_program_is_told_by_the_name_of_the_test(tmp_path: Path) -> None:
    code, said = run(tmp_path, "")
    assert code == 0, said
    assert "1 passed, 1 skipped" in said
    assert "NOT RUN: a program is missing" in said
    assert "test_it.py::test_missing" in said
    assert "it ran" not in said


def test_in_ci_it_is_a_failure(tmp_path: Path) -> None:
    code, said = run(tmp_path, "true")
    assert code == 1
    assert "1 passed, 1 error" in said
    assert "not run: there is no no-such-program here" in said
    assert "it ran" not in said


def test_a_test_that_does_not_say_what_it_needs_is_told_so() -> None:
    assert program("no-such-program") is None
    with pytest.raises(AssertionError, match="does not say that it needs"):
        path_of("no-such-program")
