"""Lines about bags under the names and in the words that tables print them."""

from __future__ import annotations

import pytest

from tests.desk.audit.asking import audited, cells, errors, notes
from tests.desk.audit.brigham import with_head

HEAD = "# dose_unit: mg\n# bag 1: 1.5 mg/mL\n"
ROWS = """\
step,solution,volume_ml,dose,concentration
1,3,1,0.01,0.01
2,3,2,0.02,0.01
3,1,2,3,1.5
4,1,4,6,1.5
"""
KEYS = (
    "bag 3", "Bag #3", "solution_3", "preparation 3", "bag_3_preparation", "bag_3_prep",
    "solution_3_preparation", "prep_3", "bag3",
)  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("mark", [":", " ="])
def test_the_parent_too_strong_is_found_under_every_name(key: str, mark: str) -> None:
    """1 mL of 1.5 mg/mL in 90 mL are no 0.01 mg/mL, but half as much again."""
    text = f"100 mL D5W, remove 11 mL, inject 1 mL of Bag #1{mark} 0.01 mg/mL"
    table = f"{HEAD}# {key}: {text}\n{ROWS}"
    assert (None, "bag 3", "preparation") in cells(audited(table))


@pytest.mark.parametrize(
    "line",
    [
        "bag 1: 25 mL of bag 3 + 225 mL NS",
        "bag 1: 25 mL of bag 3 + 225 mL",
        "preparation: Bag 3: 600 mg in 250 mL",
        "bag 1: 1 mL of solution 3 (2.3811 mg/mL) diluted to 250 mL",
    ],
)
def test_other_words_for_a_bag(line: str) -> None:
    assert errors(audited(with_head(line))) != []


def test_the_true_recipe_in_other_words_is_clean() -> None:
    assert audited(with_head("bag 1: 25 mL of bag 2 + 225 mL NS: 0.024 mg/mL")).ok


@pytest.mark.parametrize(
    "key",
    [
        "bag_3_dose", "solution_3_dose", "bag_dose_3", "last_bag_dose", "final_bag_dose", "bag_3", "bag3",
        "prep_3", "solution_3_amount", "bag_3_amount_mg", "solution_3_mg", "solution 3 dose", "dose_bag_3",
        "bag_3_prep",
    ],
)  # fmt: skip
def test_the_dose_of_the_head_against_the_strength_of_the_steps(key: str) -> None:
    """600 in the head, 595.275 mg in the bag by the steps."""
    assert [one[2] for one in cells(audited(with_head(f"{key}: 600")))] == ["header_dose"]
    assert audited(with_head(f"{key}: 595.275 mg")).ok


def test_the_concentration_of_the_head_against_the_steps() -> None:
    table = with_head("bag_3_concentration: 2.4")
    assert cells(audited(table)) == [(None, "bag 3", "header_concentration")]
    assert audited(with_head("bag_3_concentration_mg_ml: 2.3811")).ok


def test_the_volume_of_the_head_against_the_common_one() -> None:
    assert cells(audited(with_head("bag_3_volume_ml: 100")))[0][2] == "header_volume"
    assert audited(with_head("bag_3_volume_ml: 250")).ok


@pytest.mark.parametrize("key", ["target_dose_mg", "target", "target_mg"])
def test_other_names_of_the_target(key: str) -> None:
    table = with_head().replace("# target_dose: 600", f"# {key}: 700")
    assert [one[2] for one in cells(audited(table))] == ["below_target"]


@pytest.mark.parametrize("line", ["bag 7: 600 mg in 250 mL", "bag 1: 1 mL of bag 9 in 100 mL"])
def test_a_line_about_a_bag_that_is_in_no_row_is_said_not_to_be_checked(line: str) -> None:
    assert notes(audited(with_head(line)), "unread_key") != []
