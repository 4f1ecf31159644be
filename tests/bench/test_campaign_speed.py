"""The benchmark of the campaign measures what it says; nothing here depends on how fast the machine is."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench import campaign_speed
from tests.bench.campaign_speed import HOURS_PER_HOUR, ROWS, judged, profiles


def test_each_profile_is_played_beside_its_wires_and_drivers_alone(tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "bench.json"
    code = campaign_speed.main(["--seeds", "1", "--hours", "0.01", "--out", str(file)], said.append)
    found = json.loads(said[0])
    assert json.loads(file.read_text()) == found
    assert code == (0 if found["ok"] else 1)
    assert {row["name"] for row in found["rows"]} == profiles() & {row.profile for row in ROWS}
    for row in found["rows"]:
        assert row["runs"] >= 1
        assert row[HOURS_PER_HOUR] > 0
        assert row["floor"][HOURS_PER_HOUR] > 0


def test_the_budgets_are_those_of_the_design_and_a_broken_one_is_named() -> None:
    assert {row.profile: row.least for row in ROWS} == {"wire": 2_000, "engine": 40_000}
    found = {"runs": 1, "patient_hours": 1.0, "cpu_s": 2.0, HOURS_PER_HOUR: 1_800, "violations": []}
    row = judged(ROWS[0], found, {HOURS_PER_HOUR: 3_600})
    assert (row["over"], row["ratio"]) == ([HOURS_PER_HOUR], 0.5)
    assert judged(ROWS[0], {**found, HOURS_PER_HOUR: 2_000}, {HOURS_PER_HOUR: 3_600})["over"] == []
