"""Errors of some percent are errors: no rounding of a whole number or a short decimal explains them."""

from __future__ import annotations

import pytest

from daemon.desk.audit.figures import read_number
from daemon.desk.audit.rounding import rule_for
from tests.desk.audit.asking import audited, errors
from tests.desk.audit.brigham import BRIGHAM, with_cell


def test_the_table_is_clean() -> None:
    assert audited(BRIGHAM).findings == ()


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        (8, "minutes", "16"),
        (8, "minutes", "15.3"),
        (8, "rate_ml_h", "43.2"),
        (6, "rate_ml_h", "10.7"),
        (3, "rate_ml_h", "11"),
        (3, "minutes", "16.2"),
        (4, "rate_ml_h", "22"),
        (11, "minutes", "16"),
    ],
)
def test_a_setting_some_percent_off_is_one_error_and_names_its_cell(row: int, column: str, text: str) -> None:
    """Volume and dose agree exactly: neither is a rounding of what the wrong setting gives."""
    found = errors(audited(with_cell(row, column, text)))
    assert [one.row for one in found] == [row]
    assert found[0].column == column


@pytest.mark.parametrize(("text", "exact"), [("10", "10.67"), ("10.6", "10.8"), ("0.6", "0.642")])
def test_a_print_with_fewer_places_is_no_coarse_rounding(text: str, exact: str) -> None:
    figure, wanted = read_number(text).readings[0], read_number(exact).readings[0].value
    assert rule_for(figure, wanted, 3) is None


def test_idle_zeros_may_be_lost_at_the_places_of_the_column() -> None:
    figure, wanted = read_number("0.3").readings[0], read_number("0.2961").readings[0].value
    assert str(rule_for(figure, wanted, 2)) == "rounded to 2 places"


def test_one_dose_with_more_places_makes_no_other_dose_wrong() -> None:
    """A column of two places: 0.01 for 0.012 stays right beside a mistyped 0.1264."""
    doses = [
        "0.01",
        "0.03",
        "0.06",
        "0.1264",
        "0.30",
        "0.60",
        "1.20",
        "2.40",
        "5.95",
        "11.91",
        "23.81",
        "553.61",
    ]
    table = BRIGHAM.replace("2.5,15,0.625,0.015,0.015", "2,15,0.5,0.012,0.012")
    lines = table.splitlines()
    rows = [line.rsplit(",", 2)[0] + f",{dose}" for line, dose in zip(lines[4:], doses, strict=True)]
    heading = lines[3].removesuffix(",cumulative")
    found = errors(audited("\n".join(["# dose_unit: mg", heading, *rows])))
    assert [(one.row, one.column) for one in found] == [(4, "dose")]
