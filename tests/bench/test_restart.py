"""The benchmark of a restart measures one; nothing here depends on how fast the machine is."""

from __future__ import annotations

import json

from tests.bench import restart


def test_a_killed_daemon_is_timed_beside_a_bare_start() -> None:
    """P1: it comes back, answers and alarms."""
    said: list[str] = []
    code = restart.main(["--samples", "1"], said.append)
    found = json.loads(said[0])
    assert code == (0 if found["ok"] else 1)
    assert found["rows"][0]["n"] == 1
    assert found["floor"]["p50_s"] > 0
    assert found["ratio_p50"] > 0


def test_the_slowest_is_held_to_the_budget_of_the_design() -> None:
    assert restart.BUDGET_S == 3
    assert restart.report([2.9, 3.0], [1.0, 1.0])["ok"] is True
    over = restart.report([2.0, 2.0, 3.1], [1.0])
    assert (over["broken"], over["ratio_p50"]) == (["restart.max_s"], 2.0)
