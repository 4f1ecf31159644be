"""All faults of a file come together, and nothing half-read gets out."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.protocols.load import load_protocol
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CASTELLS, PUMP, castells, draft, faults, step

MANY = (
    ("title =", "titel ="),
    step(1, 'solution = "bag-1"', "rate_ml_h = 1.5", "minutes = 15"),
    step(3, 'solution = "bag-1"', "rate_ml_h = -10", "minutes = 15"),
    step(4, 'solution = "bag-7"', "rate_ml_h = 20.005", "minutes = 15"),
    step(7, 'solution = "bag-2"', "rate_ml_h = 20", "minutes = 900"),
    step(10, 'solution = "bag-3"', "rate_ml_h = 35", "minutes = 15"),
    step(11, 'solution = "bag-3"', "rate_ml_h = 40", 'until = "empty"'),
    ("from_min = 20", "from_min = 25"),
    ('cause = "guard"', 'cause = "gard"'),
    ("unattended_max_min = 15", "unattended_max_min = 20"),
    ("fresh_s = 600", 'fresh_s = "600,5"'),
)
EXPECTED = {
    ("titel", "unknown_key"),
    ("title", "missing"),
    ("steps[0]", "too_few_counter_units"),
    ("steps[2].rate_ml_h", "negative"),
    ("steps[3].solution", "unknown_solution"),
    ("steps[3].rate_ml_h", "rate_not_on_pump"),
    ("steps[6].minutes", "bag_overdrawn"),
    ("steps[10].until", "until_empty_not_last"),
    ("gap.rules[1].from_min", "gap_hole"),
    ("resume[12].cause", "unknown_word"),
    ("resume", "missing_resume_rule"),
    ("ceilings.unattended_max_min", "unattended_too_long"),
    ("signals[2].fresh_s", "decimal_comma"),
}


def told(text: str) -> set[tuple[str, str]]:
    return {(fault.key, fault.code) for fault in faults(text)}


def test_every_fault_at_once() -> None:
    assert told(castells(*MANY)) == EXPECTED


def test_a_decimal_comma_does_not_hide_the_others() -> None:
    comma = ("rate_ml_h = 2.5", "rate_ml_h = 2,5")
    text = castells(comma, ("target_dose = 600", "target_dose = 600,0"), ("from_min = 20", "from_min = 25"))
    found = faults(text)
    assert [(fault.key, fault.value, fault.remedy) for fault in found[:2]] == [
        ("target_dose", "600,0", "use a decimal point: 600.0"),
        ("steps[0].rate_ml_h", "2,5", "use a decimal point: 2.5"),
    ]
    assert [fault.code for fault in found[2:]] == ["gap_hole"]
    assert draft(text).plan is None


def test_unknown_keys_do_not_hide_ceilings() -> None:
    text = castells(
        ("unattended_max_min = 15", "unattended_max_min = 15\nmax = 3"), ("ratio = 2.6", "ratio = 2.2")
    )
    assert {code for _, code in told(text)} == {"unknown_key", "step_up_ceiling"}


def test_step_up_within_a_bag_is_told_though_the_bag_is_not_known() -> None:
    text = castells(
        step(1, 'solution = "bag-1"', "rate_ml_h = -1", "minutes = 15"),
        step(12, 'solution = "bag-3"', "rate_ml_h = 120", 'until = "empty"'),
    )
    assert told(text) == {("steps[0].rate_ml_h", "negative"), ("steps[11].rate_ml_h", "step_up_ceiling")}


@pytest.mark.parametrize(
    ("text", "line"),
    [("id = 1\nid = 2\n", 2), ("[a]\n[a]\n", 2), ("x = \n", 1), ('x = "open\n', 1), ("x = [1, 2\n", 1)],
)
def test_syntax_names_the_line(text: str, line: int) -> None:
    read = parse_toml("p.toml", text)
    assert read.data is None
    assert [fault.code for fault in read.faults] == ["syntax"]
    assert read.faults[0].key == f"line {line}"
    assert read.faults[0].remedy


def test_commas_where_they_belong_are_no_decimal_commas() -> None:
    read = parse_toml("p.toml", 'a = [1,2]\nb = { c = 1, d = 2 }\ne = "x = 2,5" # y = 2,5\n')
    assert read.faults == ()
    read = parse_toml("p.toml", "b = { c = 2,5, d = 2 }\n# y = 2,5\n")
    assert [(fault.key, fault.value) for fault in read.faults] == [("c", "2,5")]


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'id = "caf\xe9"')
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_001)
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    (tmp_path / "digits.toml").write_text("a = " + "9" * 5000)
    for name in ("none", "latin", "large", "deep", "digits"):
        loaded = load_protocol(tmp_path / f"{name}.toml", pump=None)
        assert isinstance(loaded, list)
        assert [fault.code for fault in loaded] in (["unreadable"], ["syntax"])
        assert loaded[0].file.endswith(f"{name}.toml")
    assert isinstance(load_protocol(tmp_path, pump=None), list)


@given(st.text(alphabet=string.printable, max_size=200))
def test_any_text_is_a_fault_and_never_an_exception(text: str) -> None:
    assert draft(text).plan is None
    assert faults(text)


@given(
    st.integers(0, 330),
    st.sampled_from(
        ["-1", '"x"', "[]", "{}", "true", "nan", "0", "1e40", "1e12", "1e-12", "[{}]", "1979-05-27"]
    ),
)
def test_any_line_can_be_spoilt_without_an_exception(at: int, value: str) -> None:
    lines = CASTELLS.read_text().splitlines()
    key, equals, _ = lines[at % len(lines)].partition(" = ")
    lines[at % len(lines)] = f"{key} = {value}" if equals else ""
    made = draft("\n".join(lines))
    assert (made.plan is not None) or made.faults
    for fault in made.faults:
        assert fault.problem
        assert fault.remedy


def test_loading_returns_a_plan_or_faults(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(castells(("max_total_dose = 630", "max_total_dose = 3")))
    loaded = load_protocol(bad, pump=PUMP)
    assert isinstance(loaded, list)
    assert loaded[0].file == str(bad)


def test_a_file_of_nothing_but_faults_is_told_in_bounded_words() -> None:
    text = "\n".join(f"key_{number} = {number}" for number in range(30_000))
    found = faults(text)
    assert len(found) < 600
    (more,) = [fault for fault in found if fault.code == "more"]
    assert "more faults" in more.problem
    assert "mend these first" in more.remedy
