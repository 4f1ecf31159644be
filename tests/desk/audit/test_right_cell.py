"""Where several cells of a row would do, the one is named that its neighbours speak against."""

from __future__ import annotations

import pytest

from tests.desk.audit.asking import audited, errors
from tests.desk.audit.brigham import BRIGHAM, with_cell

FILLS = """\
# target_dose: 500
# dose_unit: mg
step,solution,concentration,rate_ml_h,minutes,volume_ml,dose,cumulative
1,A,0.04,88,15,22,0,0
2,A,0.04,100,15,25,1,1
3,A,0.04,200,15,50,2,3
4,A,0.04,400,15,100,4,7
5,B,0.4,88,15,22,0,7
6,B,0.4,100,15,25,10,17
7,B,0.4,200,15,50,20,37
8,B,0.4,400,15,100,40,77
9,C,2,88,15,22,0,77
10,C,2,125,101.52,211.5,423,500
"""
SYRINGES = """\
# dose_unit: units
step,concentration,volume_ml,dose,cumulative
1,1000,0.1,100,100
2,1000,0.2,200,300
3,1000,0.4,400,700
4,1000,0.8,800,1500
5,1000,1.6,1600,3100
6,1000,3.2,3200,6300
7,1000,6.4,6400,12700
8,10000,1.2,12000,24700
9,10000,2.4,24000,48700
10,10000,4.8,48000,96700
"""


def first(table: str) -> tuple[int | None, str, str]:
    """Row, column and change of the only error."""
    (found,) = errors(audited(table))
    return found.row, found.column, found.change


@pytest.mark.parametrize(
    ("row", "column", "wrong", "right"),
    [
        (6, "rate_ml_h", "20", "10"),
        (3, "rate_ml_h", "20", "10"),
        (3, "rate_ml_h", "5", "10"),
        (9, "rate_ml_h", "20", "10"),
        (6, "minutes", "30", "15"),
        (12, "rate_ml_h", "800", "80"),
        (12, "rate_ml_h", "8", "80"),
        (12, "rate_ml_h", "85.6", "80"),
        (12, "minutes", "1743.8", "174.4"),
        (12, "minutes", "186.6", "174.4"),
    ],
)
def test_rate_or_minutes_by_the_ladder_of_the_column(row: int, column: str, wrong: str, right: str) -> None:
    """Every step but the last has 15 min; the rates of a bag double: 10, 20, 40, 80."""
    assert first(with_cell(row, column, wrong)) == (row, column, f"{wrong} → {right}")


@pytest.mark.parametrize(("row", "wrong"), [(1, "880"), (5, "880"), (5, "94.2"), (9, "8.8")])
def test_the_rate_of_a_line_fill_by_its_equals(row: int, wrong: str) -> None:
    """Every line fill has 88 mL/h, 15 min and 22 mL."""
    assert first(with_cell(row, "rate_ml_h", wrong, FILLS)) == (row, "rate_ml_h", f"{wrong} → 88")


@pytest.mark.parametrize(("row", "wrong"), [(7, "10000"), (7, "100"), (1, "10000"), (3, "1070")])
def test_a_concentration_by_its_equals_where_no_bag_is_named(row: int, wrong: str) -> None:
    """The rows beside it have the same concentration, and the volumes double."""
    lines = SYRINGES.splitlines()
    cells = lines[1 + row].split(",")
    cells[1] = wrong
    lines[1 + row] = ",".join(cells)
    assert first("\n".join(lines)) == (row, "concentration", f"{wrong} → 1000")


def test_a_volume_is_still_named_where_it_breaks_the_ladder() -> None:
    table = SYRINGES.replace("4,1000,0.8", "4,1000,8")
    assert first(table) == (4, "volume_ml", "8 → 0.8")


def test_minutes_one_row_down_do_not_make_a_rate_of_930() -> None:
    """The last minutes stand nowhere any more: 15 is in every row below the first, the last among them."""
    table = with_cell(12, "minutes", "15")
    (found,) = errors(audited(table))
    assert (found.row, found.column) == (12, "minutes")


def test_a_rival_is_said_to_fit_as_well() -> None:
    (found,) = errors(audited(with_cell(6, "rate_ml_h", "20")))
    assert [(one.row, one.column) for one in found.alternatives] == [(6, "minutes")]
    assert "would also fit" in found.message
    assert "fit only" not in found.message
    assert audited(BRIGHAM).ok
