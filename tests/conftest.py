"""Every run leaves its outcomes in `build/last-results.json` and says by name what was not run."""

from __future__ import annotations

from tests.drawing import on_any_machine
from tests.matrix.results import pytest_runtest_logreport, pytest_sessionfinish
from tests.needs import pytest_configure, pytest_runtest_setup, pytest_terminal_summary

__all__ = [
    "pytest_configure",
    "pytest_runtest_logreport",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
]

on_any_machine()
