"""What no generator knows is a named blank; `check` names each of them, and a filled file is good."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli.main import main
from daemon.protocols.blanks import is_blank
from daemon.protocols.load import Equipment, draft_protocol
from daemon.protocols.toml_text import TomlFile, parse_toml
from tests.desk.generate.reading import draft_of, generate

FAMILIES = {
    "brigham": "brigham --drug x --dose 600 --volume-ml 250",
    "brigham stopped": "brigham --drug x --dose 600 --volume-ml 250 --last-bag stop-at-target",
    "line-fill": "line-fill --drug x --dose 500 --dead-volume-ml 22",
    "geometric": "geometric --drug x --dose 1000 --volume-ml 250 --max-rate-ml-h 80",
    "one-solution": "one-solution --drug x --dose 100",
    "in parts": "one-solution --drug x --unit fraction",
    "bag-per-step": "bag-per-step --drug x --dose 4000 --bags 7 --volume-ml 45 --step-minutes 20",
    "ramp": "ramp --drug x --unit units --volume-ml 3 --concentrations 10 --rates-h 0.1,0.2",
    "oral": "oral --drug x --doses 1,2,4 --interval-min 15",
    "two days": "oral --drug x --doses 1,2,4 --interval-min 15 --day-steps 1,2 --concentrations 5",
}
# What a person might write, by the last part of the key.
FILLED: dict[str, object] = {
    "ordered_by": "Dr A",
    "exposure_accepted_by": "Dr A",
    "exposure": "accepted",
    "citation": "Author. Journal 2020;1:1",
    "grade_scale": "brown-2004",
    "signal": "hr",
    "fresh_s": 15,
    "missing_hold_s": 60,
    "baseline": True,
    "below": 50,
    "grade": "moderate",
    "when_closed": "stop",
    "blank_max_s": 90,
    "preparation": "1 mL of the vial into 99 mL",
    "other_pulse": ["hr"],
    "exclude_max_min": 30,
    "allow": ["same_step", "back=1"],
    "at_first_step": ["same_step"],
    "to_min": 20,
    "from_min": 20,
    "action": "start_over",
    "stable_h": 24,
    "late_h": 6,
    "primed": True,
    "dead_volume_ml": 10,
    "y_site_ml": 0,
    "max_dose_rate_h": 10**6,
    "max_total_dose": 10**6,
    "max_step_up_ratio": 20,
    "from_percent": 90,
    "unattended_max_min": 15,
    "wrong_codes_max": 3,
    "flicker_max": 3,
}


def filled(value: object, key: str = "") -> object:
    """The same with every blank filled in; a whole small number where nothing else is said."""
    if isinstance(value, dict):
        return {name: filled(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, key) for inner in value]
    return FILLED.get(key, 3) if is_blank(value) else value


def blanks(value: object) -> int:
    if isinstance(value, dict | list):
        return sum(blanks(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return is_blank(value)


def text_of(words: str) -> str:
    result = generate(words)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("words", FAMILIES.values(), ids=FAMILIES)
def test_every_blank_is_named_and_nothing_else_is_wrong(words: str) -> None:
    text = text_of(words)
    data = parse_toml("x", text).data
    assert data is not None
    faults = draft_of(text).faults
    assert {fault.code for fault in faults} == {"blank"}
    assert len({fault.key for fault in faults}) == blanks(data) > 5
    assert all(fault.remedy and "____" not in fault.remedy for fault in faults)


@pytest.mark.parametrize("words", FAMILIES.values(), ids=FAMILIES)
def test_a_file_whose_blanks_are_filled_in_is_good(words: str) -> None:
    data = filled(parse_toml("x", text_of(words)).data)
    assert isinstance(data, dict)
    draft = draft_protocol(TomlFile(data, ()), "x", Equipment())
    assert [str(fault) for fault in draft.faults] == []
    assert draft.sheet is not None


@pytest.mark.parametrize("words", FAMILIES.values(), ids=FAMILIES)
def test_no_rule_is_given_a_value(words: str) -> None:
    """No clinical default: beside numbers of the table only what is a hard rule or a bound of its kind."""
    data = parse_toml("x", text_of(words)).data
    assert data is not None
    table = {"id", "title", "drug", "route", "dose_unit", "target_dose", "solutions", "steps"}
    rules = {key: value for key, value in data.items() if key not in table}
    said: list[object] = []

    def collect(value: object, key: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                collect(inner, name)
        elif isinstance(value, list):
            for inner in value:
                collect(inner, key)
        elif not is_blank(value) and key != "cause":
            said.append((key, value))

    collect(rules, "")
    allowed = [
        ("grade", "mild"),
        ("grade", "moderate"),
        ("grade", "severe"),
        ("allow", "never"),
        ("from_min", 0),
    ]
    assert all(one in allowed for one in said), said


def test_check_refuses_and_plan_prints_all_the_same(tmp_path: Path) -> None:
    out = tmp_path / "new.toml"
    assert generate(FAMILIES["brigham"], "--out", str(out)).exit_code == 0
    checked = CliRunner().invoke(main, ["check", str(out)])
    assert checked.exit_code == 1
    assert "name of the prescriber who orders the rules of this file" in checked.output
    planned = CliRunner().invoke(main, ["plan", str(out)])
    assert planned.exit_code == 1
    assert "339.375" in planned.output
    assert "553.60" in planned.output or "553.6" in planned.output


def test_the_head_says_what_was_asked_and_can_be_asked_again(tmp_path: Path) -> None:
    words = "brigham --drug 'a b' --dose 675 --volume-ml 250 --weak-volume-ml 50 --weak-amount-step 1.5,15"
    text = text_of(words)
    head = text.split("\n\n")[0]
    lines = [line.removeprefix("#").strip() for line in head.splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("infusiond generate "))
    again = " ".join(lines[start : lines.index("", start)])
    assert text_of(again.removeprefix("infusiond generate ")) == text
    assert "# - bag-1: 1.35 mg asked, rounded to 1.5 mg (0.03 mg/mL)" in head


def test_every_step_says_what_it_gives() -> None:
    text = text_of("brigham --drug x --dose 600 --volume-ml 250 --first-rate-ml-h 2.5")
    assert (
        "# step 1: 2.5 mL/h for 15 min, 0.625 mL, 0.015 mg; in all 0.015 mg after 15 min\n[[steps]]" in text
    )
    assert "after 339.375 min\n[[steps]]" in text
    assert "# bag-3: 595.275 mg in 250 mL = 2.3811 mg/mL; 250 mL are given\n[[solutions]]" in text
    assert all(len(line) <= 112 for line in text.splitlines())
    assert Decimal(text.split("target_dose = ")[1].split("\n")[0]) == 600
