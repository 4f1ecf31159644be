"""The house itself: the packages that run are the ones in this checkout."""

from __future__ import annotations

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
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert len(project["dependencies"]) <= 10
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    assert "python-daemon" not in {package["name"] for package in lock["package"]}
