"""`infusiond check` and `infusiond plan`, as a person or a program calls them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli.main import main
from tests.protocols.files import CASTELLS, CONFIG, RITUXIMAB, castells, step

BED = CONFIG / "bed.example.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    path = folder / "p.toml"
    path.write_text(castells(*changes))
    return path


def test_help_and_version_say_what_it_is_not() -> None:
    assert "not a medical device" in run("--help").output.replace("\n", " ")
    assert "not a medical device" in run("--version").output


def test_check_good_files() -> None:
    result = run("check", CASTELLS, RITUXIMAB)
    assert result.exit_code == 0
    assert result.output.count(": good") == 2
    assert "dianet-star" in result.output


def test_check_bed_takes_its_protocol_along() -> None:
    told = json.loads(run("check", BED, RITUXIMAB, "--json").output)
    assert told["ok"] is True
    assert [(one["kind"], one["ok"]) for one in told["files"]] == [
        ("bed", True),
        ("protocol", True),
        ("protocol", True),
    ]
    assert "bed-4" in told["files"][1]["against"]
    assert len(json.loads(run("check", BED, CASTELLS, "--json").output)["files"]) == 2


def test_check_bed_with_a_missing_protocol(tmp_path: Path) -> None:
    path = tmp_path / "bed.toml"
    path.write_text(BED.read_text())
    result = run("check", path)
    assert result.exit_code == 2
    assert "cannot be read" in result.output


def test_check_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ("rate_ml_h = 20", "rate_ml_h = -20"), ("from_min = 20", "from_min = 25"))
    result = run("check", path)
    assert result.exit_code == 1
    assert "REFUSED, 2 faults" in result.output
    assert "steps[3].rate_ml_h (the 4th [[steps]]) = -20" in result.output
    told = json.loads(run("check", path, "--json").output)
    assert told["ok"] is False
    assert {fault["key"] for fault in told["files"][0]["faults"]} == {
        "steps[3].rate_ml_h",
        "gap.rules[1].from_min",
    }
    assert set(told["files"][0]["faults"][0]) == {"file", "key", "value", "problem", "remedy", "code"}


def test_check_rate_no_pump_can_do(tmp_path: Path) -> None:
    path = written(tmp_path, ("rate_ml_h = 20", "rate_ml_h = 20.005"))
    assert run("check", path).exit_code == 1
    assert run("check", path, "--pump", "dianet-star").exit_code == 1
    assert run("plan", path).exit_code == 0
    assert run("plan", path, "--pump", "dianet-star").exit_code == 1


@pytest.mark.parametrize("verb", ["check", "plan"])
def test_unusable_input(verb: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    for text in ("x = ", "rate_ml_h = 2,5\n", "colour = 1\n"):
        bad.write_text(text)
        assert run(verb, bad).exit_code == 2
        assert json.loads(run(verb, bad, "--json").output)
    assert run(verb, tmp_path / "none.toml").exit_code == 2
    assert run(verb, tmp_path).exit_code == 2


def test_check_worst_file_decides(tmp_path: Path) -> None:
    path = written(tmp_path, ("rate_ml_h = 20", "rate_ml_h = -20"))
    assert run("check", CASTELLS, path).exit_code == 1
    assert run("check", CASTELLS, path, tmp_path / "none.toml").exit_code == 2


def test_plan_json_is_exact() -> None:
    result = run("plan", CASTELLS, "--json", "--pump", "dianet-star")
    assert result.exit_code == 0
    told = json.loads(result.output, parse_float=Decimal)
    assert told["total_minutes"] == Decimal("339.375")
    assert told["total_dose"] == 600
    assert told["solutions"][2]["concentration"] == Decimal("2.3811")
    last = told["steps"][11]
    assert (last["step"], last["solution"], last["rate_ml_h"]) == (12, "bag-3", 80)
    assert (last["dose"], last["dose_rate_h"]) == (Decimal("553.60575"), Decimal("190.488"))
    assert (last["elapsed_min"], last["exposure"]) == (Decimal("339.375"), Decimal("553.60575"))
    assert last["margin_dose"] > Decimal("1.58")
    assert {finding["severity"] for finding in told["findings"]} <= {"note", "warning"}
    assert '"dose": 553.60575,' in result.output


def test_plan_for_another_dose() -> None:
    told = json.loads(run("plan", CASTELLS, "--dose", "450.5", "--json").output, parse_float=Decimal)
    assert told["total_dose"] == told["target_dose"] == Decimal("450.5")
    over = run("plan", CASTELLS, "--dose", "1000", "--json")
    assert over.exit_code == 1
    assert json.loads(over.output)["total_dose"] == 1000
    assert "error" in over.output


@pytest.mark.parametrize("dose", ["2,5", "-1", "0", "nan", "inf", "x", ""])
def test_plan_senseless_dose(dose: str) -> None:
    result = run("plan", CASTELLS, "--dose", dose)
    assert result.exit_code == 2
    if dose == "2,5":
        assert "use a decimal point: 2.5" in result.output


def test_refused_plan_is_not_for_signing(tmp_path: Path) -> None:
    path = written(tmp_path, step(9, 'solution = "bag-3"', "rate_ml_h = 20", "minutes = 15"))
    result = run("plan", path)
    assert result.exit_code == 1
    assert "REFUSED" in result.output
    assert "Pharmacist" not in result.output
    assert "steps[8].rate_ml_h" in result.output


def test_plan_of_a_bed_file_points_to_the_protocol() -> None:
    result = run("plan", BED)
    assert result.exit_code == 2
    assert "bed file" in result.output


@pytest.mark.parametrize("width", ["60", "80", "100"])
def test_the_printed_plan_fits(width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    output = run("plan", RITUXIMAB, "--pump", "dianet-star").output
    assert all(len(line) <= max(80, int(width)) for line in output.splitlines())
    for number in ("622.260675", "12.593475", "214.1112", "669.0975", "339.375"):
        assert number in output
