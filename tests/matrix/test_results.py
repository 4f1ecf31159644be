"""The file of last results: whole and partial runs, parameters, set-up and clean-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.matrix.carried import ROOT
from tests.matrix.results import FILE, NOT_RUN, last_results, write

SUITE = """
import pytest

@pytest.fixture
def broken():
    yield
    raise RuntimeError("clean-up")

@pytest.mark.parametrize("n", [1, 2, 3])
def test_each(n):
    assert n != BAD

@pytest.mark.skip(reason="x")
def test_skipped(): ...

def test_whole(): ...

def test_clean_up(broken): ...
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    (tmp_path / "tests").mkdir()
    hooks = (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
    (tmp_path / "tests" / "conftest.py").write_text(hooks)
    return tmp_path


def run(suite: Path, *arguments: str, bad: int = 0) -> dict[str, str]:
    """Outcomes by test after a run of pytest in the suite."""
    (suite / "tests" / "test_a.py").write_text(f"BAD = {bad}\n{SUITE}")
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=suite, env=environment, check=False, capture_output=True)
    return {
        node.removeprefix("tests/test_a.py::"): result.outcome
        for node, result in last_results(suite / FILE).items()
    }


def test_the_worst_parameter_counts_and_a_skipped_test_did_not_run(suite: Path) -> None:
    assert run(suite, bad=2) == {
        "test_each": "failed",
        "test_skipped": "not run",
        "test_whole": "passed",
        "test_clean_up": "failed",
    }


def test_a_partial_run_is_merged_and_a_whole_one_replaces(suite: Path) -> None:
    run(suite, bad=2)
    assert run(suite, "tests/test_a.py::test_each[3]")["test_each"] == "failed"
    assert run(suite, "-k", "each and 1")["test_each"] == "failed"
    write(suite / FILE, {"tests/test_a.py::test_gone": "failed"}, whole=False)
    assert run(suite, "tests/test_a.py::test_each[2]")["test_each"] == "passed"
    assert "test_gone" in run(suite, "-x", bad=1)
    assert "test_gone" not in run(suite)


def test_the_date_is_that_of_the_oldest_parameter(tmp_path: Path) -> None:
    file = tmp_path / "last.json"
    file.write_text(json.dumps({"t::a[1]": ["passed", "2021"], "t::a[2]": ["passed", "2020"]}))
    assert last_results(file)["t::a"].at == "2020"


def test_a_file_cut_off_is_no_result(tmp_path: Path) -> None:
    file = tmp_path / "last.json"
    file.write_text('{"t::a": ["pas')
    assert last_results(file) == {}
    write(file, {"t::b": "passed"}, whole=False)
    assert last_results(file)["t::b"].outcome == "passed"
    assert last_results(tmp_path / "nowhere.json") == {}
    assert NOT_RUN.outcome == "not run"
