"""The benchmark of the feeds measures what it says; nothing here depends on how fast the machine is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import feed_latency
from tests.bench.feed_latency import ACTIVE, BUDGET_P99_MS, OTHERS, report
from tests.needs import needs


@needs("mosquitto")
def test_an_alarm_is_timed_to_subscriber_and_receiver_beside_the_floor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real broker, receiver of another hand, `infusiond feed` in a process of its own."""
    monkeypatch.setattr(feed_latency, "WARM_UP", 1)
    said: list[str] = []
    file = tmp_path / "bench.json"
    code = feed_latency.main(["--samples", "2", "--active", "3", "--out", str(file)], said.append)
    found = json.loads(said[0])
    assert json.loads(file.read_text()) == found
    assert code == (0 if found["ok"] else 1)
    assert [row["name"] for row in found["rows"]] == ["mqtt_3", "hl7_3"]
    for row in found["rows"]:
        assert row["n"] == row["floor"]["n"] == 2
        assert 0 < row["p50_ms"] <= row["p99_ms"] <= row["max_ms"]
        assert row["floor"]["p50_ms"] > 0
        assert row["ratio_p50"] > 0


def test_every_broken_budget_is_named() -> None:
    floor = [1.0] * 100
    slow = {"decided": [10.0] * 98 + [60.0] * 2, "floor": floor}
    found = report({50: {"mqtt": slow, "hl7": slow}})
    assert found["broken"] == ["mqtt_50.p99_ms"]
    assert found["ok"] is False
    assert [row["ratio_p50"] for row in found["rows"]] == [10, 10]


def test_the_budgets_are_those_of_the_design() -> None:
    assert BUDGET_P99_MS == {"mqtt": 50, "hl7": 100}
    assert ACTIVE == (1, 50)
    assert len(OTHERS) >= max(ACTIVE) - 1
