"""Two deaths of the daemon as shipped, on real files and terminals; `make crash` dies at every moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.forked import ForkedBed
from tests.crash.real import OVER, Real
from tests.system.bed import Bed

MOMENTS = ((Bed, 240), (ForkedBed, 700))
"""In the first steps of a run: a write or a send, whichever it is on this machine; started, and forked."""


@pytest.mark.parametrize(("kind", "at"), MOMENTS)
def test_d5_f10_the_real_daemon_dies_and_comes_back(tmp_path: Path, kind: type[Bed], at: int) -> None:
    """D5, F10, P1: held or observed and alarmed; journal and pump agree; nothing starts."""
    real = Real(kind(tmp_path), at)
    real.play()
    assert real.where != OVER
    assert real.findings == []
