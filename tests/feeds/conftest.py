"""What all tests of the feeds share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.engine import alarms


@pytest.fixture(autouse=True)
def over_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An end is told when it happens: that what flaps is one alarm is proved in tests/engine."""
    row = replace(alarms.CATALOGUE["feed_lost"], off_s=0)
    monkeypatch.setitem(alarms.CATALOGUE, "feed_lost", row)
