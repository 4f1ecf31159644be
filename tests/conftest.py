"""Every run of the tests leaves its outcomes in `build/last-results.json`."""

from __future__ import annotations

from tests.matrix.results import pytest_runtest_logreport, pytest_sessionfinish

__all__ = ["pytest_runtest_logreport", "pytest_sessionfinish"]
