"""The relations themselves, before anything is diagnosed."""

from __future__ import annotations

from daemon.desk.audit.check import broken, check
from daemon.desk.audit.reading import read_sheet
from daemon.desk.audit.table import worlds_of


def wrong(text: str) -> list[tuple[int | None, str]]:
    """Row and column of every relation that no rounding explains."""
    worlds, _ = worlds_of(read_sheet(text.encode()))
    return [(one.row, one.column) for one in broken(check(worlds[0])[1])]


def test_a_sum_that_goes_on_from_a_wrong_cell_is_one_broken_relation() -> None:
    rows = "".join(f"{step},1,{step + 10 * (step >= 3)}\n" for step in range(1, 11))
    assert wrong("step,dose,cumulative\n" + rows) == [(2, "cumulative")]


def test_a_wrong_dose_does_not_break_the_sums_after_it() -> None:
    assert wrong("step,concentration,volume,dose,cumulative\n1,2,1,2,2\n2,2,2,5,6\n3,2,4,8,14") == [
        (1, "dose")
    ]


def test_a_wrong_rate_breaks_volume_and_dose_of_its_row_alone() -> None:
    head = "step,concentration,rate,minutes,volume,dose,cumulative\n"
    assert wrong(head + "1,2,4,15,1,2,2\n2,2,18,15,2,4,6\n3,2,16,15,4,8,14") == [
        (1, "volume_ml"),
        (1, "dose"),
    ]
