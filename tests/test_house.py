"""The house itself: the packages that run are the ones in this checkout."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

import daemon
import drivers
import simulators

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("package", [daemon, drivers, simulators])
def test_packages_are_ours(package: object) -> None:
    """A foreign `daemon` package (python-daemon) must not shadow this one."""
    assert Path(str(getattr(package, "__file__", ""))).is_relative_to(ROOT)


def test_at_most_ten_direct_dependencies_and_no_python_daemon() -> None:
    """(A) P10."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert len(project["dependencies"]) <= 10
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    assert "python-daemon" not in {package["name"] for package in lock["package"]}


CLOCKS = {
    "time": {
        "time",
        "monotonic",
        "perf_counter",
        "time_ns",
        "monotonic_ns",
        "clock_gettime",
        "clock_gettime_ns",
        "sleep",
    },
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}


def clock_readings(path: Path) -> list[str]:
    """Calls in a file that read a clock, as `file:line call`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names = CLOCKS.get(node.value.id, set())
            if node.attr in names or (node.attr == "time" and "loop" in node.value.id):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.value.id}.{node.attr}")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found.append(f"{path.relative_to(ROOT)}:{node.lineno} from time import")
    return found


def test_nothing_but_the_clock_reads_a_clock() -> None:
    """(A) P12."""
    files = [*(ROOT / "daemon").rglob("*.py"), *(ROOT / "drivers").rglob("*.py")]
    readings = [
        call for file in files if file != ROOT / "daemon" / "clock.py" for call in clock_readings(file)
    ]
    assert readings == []


def test_the_clock_is_where_it_is_looked_for() -> None:
    """The search finds what is there: daemon/clock.py does read clocks."""
    assert len(clock_readings(ROOT / "daemon" / "clock.py")) >= 3


def test_files_hold_one_idea_and_functions_fit_a_screen() -> None:
    """No file over 400 lines, no function over 50."""
    long = []
    for package in ("daemon", "drivers", "simulators"):
        for file in (ROOT / package).rglob("*.py"):
            text = file.read_text()
            if text.count("\n") > 400:
                long.append(str(file.relative_to(ROOT)))
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or node.lineno) - node.lineno + 1
                    if lines > 50:
                        long.append(f"{file.relative_to(ROOT)}:{node.name} {lines}")
    assert long == []
