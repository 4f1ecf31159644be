"""`infusiond audit` as it is called: exit codes, JSON, and what stands in the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from daemon.cli.main import main

TABLES = Path(__file__).parent / "tables"
INFLIXIMAB = TABLES / "infliximab-500mg-rcuh-10step-deadspace.csv"


def run(*arguments: str, columns: int = 80) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments], env={"COLUMNS": str(columns)})


def test_exit_codes(tmp_path: Path) -> None:
    assert run(str(TABLES / "penicillin-v-oral-14dose-cdc.csv")).exit_code == 0
    assert run(str(TABLES / "ampicillin-iv-18dose-marquette.csv")).exit_code == 0
    assert run(str(INFLIXIMAB)).exit_code == 1
    assert run(str(tmp_path)).exit_code == 2
    assert run(str(tmp_path / "missing.csv")).exit_code == 2
    (tmp_path / "binary.csv").write_bytes(b"\0")
    assert run(str(tmp_path / "binary.csv")).exit_code == 2


def test_json_is_the_contract() -> None:
    found = json.loads(run(str(INFLIXIMAB), "--json").output)
    assert set(found) == {"file", "ok", "unreadable", "rows", "totals", "findings", "cannot_see"}
    assert found["ok"] is False
    assert found["totals"] == {"minutes": 236.5, "volume_ml": 627.458333333, "dose": 499.916666667}
    volume = next(one for one in found["findings"] if one["column"] == "volume_ml")
    assert volume["row"] == 10
    assert volume["printed"] == "212.5"
    assert volume["computed"] == 211.458333333
    assert volume["severity"] == "error"
    assert volume["change"] == "212.5 → 211.5"
    assert found["rows"][9]["printed"]["dose"] == "425"
    assert {one["severity"] for one in found["findings"]} == {"error", "rounding"}


def test_json_of_what_is_unreadable(tmp_path: Path) -> None:
    found = json.loads(run(str(tmp_path / "missing.csv"), "--json").output)
    assert (found["ok"], found["unreadable"]) == (False, "unreadable")
    assert found["findings"][0]["message"].startswith("cannot be read")


def test_the_terminal_shows_the_table_with_its_wrong_cells_marked() -> None:
    """Also at 80 columns: the mark stands at the cell, its finding beneath, then what is not seen."""
    told = run(str(INFLIXIMAB)).output
    assert all(len(line) <= 80 for line in told.splitlines())
    row = next(line for line in told.splitlines() if "101.5" in line and "500.0" in line)
    assert "212.5 [2]" in row
    assert "425 [3]" in row
    assert "[2] step 10, volume" in told
    assert "212.5 → 211.5" in told
    assert told.rstrip().endswith("for this patient.")
    assert "What arithmetic cannot see" in told


def test_a_clean_table_says_so() -> None:
    told = run(str(TABLES / "penicillin-v-oral-14dose-cdc.csv"), columns=200).output
    assert "no error found" in told
    assert "What arithmetic cannot see" in told
