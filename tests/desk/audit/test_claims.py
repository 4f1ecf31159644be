"""What the audit says it finds, each by a table that has it and nothing else wrong."""

from __future__ import annotations

import pytest

from tests.desk.audit.asking import audited, cells, errors, notes

LADDER = """
# target_dose: 100 mg
# dose_unit: mg
# total_minutes: 60
step,bag,concentration,rate_ml_h,minutes,volume_ml,dose,cumulative
1,A,0.1,20,15,5,0.5,0.5
2,A,0.1,40,15,10,1,1.5
3,B,1,20,15,5,5,6.5
4,B,1,374,15,93.5,93.5,100
"""


def changed(old: str, new: str) -> str:
    assert LADDER.count(old) == 1
    return LADDER.replace(old, new)


def test_the_ladder_is_clean() -> None:
    found = audited(LADDER)
    assert found.findings == ()
    assert found.exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "change"),
    [
        ("2,A,0.1,40", "2,A,0.1,4", 2, "rate_ml_h", "4 → 40"),
        ("2,A,0.1,40", "2,A,1,40", 2, "concentration", "1 → 0.1"),
        ("2,A,0.1,40,15,10,1,1.5", "2,A,0.1,40,51,10,1,1.5", 2, "minutes", "51 → 15"),
        ("2,A,0.1,40,15,10", "2,A,0.1,40,15,100", 2, "volume_ml", "100 → 10"),
        ("10,1,1.5", "10,10,1.5", 2, "dose", "10 → 1"),
        ("10,1,1.5", "10,1,15", 2, "cumulative", "15 → 1.5"),
        ("93.5,93.5,100", "93.5,93.5,1000", 4, "cumulative", "1000 → 100"),
    ],
)
def test_one_wrong_cell_is_one_finding_that_names_it(
    old: str, new: str, row: int, column: str, change: str
) -> None:
    found = errors(audited(changed(old, new)))
    assert [(one.row, one.column, one.change) for one in found] == [(row, column, change)]


def test_a_sum_that_later_rows_build_on_is_one_finding() -> None:
    text = (
        LADDER.replace("# target_dose: 100 mg\n", "")
        .replace("5,5,6.5", "5,5,7.5")
        .replace("93.5,100", "93.5,101")
    )
    found = errors(audited(text))
    assert [(one.row, one.column, one.code) for one in found] == [(3, "cumulative", "slip_carried_on")]
    assert found[0].computed == "6.5"
    assert found[0].change == "7.5 → 6.5, and by as much in every row after it"


def test_a_slip_that_breaks_the_target_too_is_still_one_finding() -> None:
    text = LADDER.replace("5,5,6.5", "5,5,7.5").replace("93.5,100", "93.5,101")
    assert cells(audited(text)) == [(3, "cumulative", "slip_carried_on")]


def test_one_strength_wrong_in_all_rows_of_a_bag_is_one_finding() -> None:
    found = errors(audited(LADDER.replace("A,0.1", "A,0.2")))
    assert [(one.row, one.column, one.code) for one in found] == [(1, "concentration", "bag_strength")]


def test_two_cells_exchanged_in_a_row() -> None:
    found = errors(
        audited(changed("40,15,10,1,1.5", "15,40,10,1,1.5").replace("total_minutes: 60", "steps: 4"))
    )
    assert len(found) == 0 or found[0].code in {"cells_swapped", "does_not_hold"}
    found = errors(audited(changed("15,10,1,1.5", "15,1,10,1.5")))
    assert [(one.row, one.code) for one in found] == [(2, "cells_swapped")]


def test_a_cumulative_column_one_row_too_low() -> None:
    found = errors(
        audited("""
        step,bag,concentration,volume_ml,dose,cumulative
        1,A,0.1,5,0.5,
        2,A,0.1,10,1,0.5
        3,B,1,5,5,1.5
        4,B,1,10,10,6.5
        5,B,1,20,20,16.5
    """)
    )
    assert [(one.row, one.column, one.code) for one in found] == [(1, "cumulative", "shifted_column")]


def test_two_columns_under_each_others_heading() -> None:
    found = errors(
        audited("""
        step,bag,concentration,volume_ml,dose,cumulative
        1,A,0.1,0.5,5,0.5
        2,A,0.1,1,10,1.5
        3,B,2,10,5,11.5
        4,B,2,20,10,31.5
    """)
    )
    assert [one.code for one in found] == ["swapped_columns"]


def test_a_column_of_hours_under_minutes() -> None:
    found = errors(
        audited("""
        step,rate,minutes,volume
        1,20,0.25,5
        2,40,0.5,20
        3,80,1,80
    """)
    )
    assert [(one.column, one.code) for one in found] == [("minutes", "other_unit")]


def test_subtotals_of_bags_called_cumulative() -> None:
    found = errors(
        audited("""
        step,bag,concentration,volume_ml,dose,cumulative
        1,A,0.1,5,0.5,0.5
        2,A,0.1,10,1,1.5
        3,B,1,5,5,5
        4,B,1,10,10,15
    """)
    )
    assert [(one.row, one.column, one.code) for one in found] == [(3, "cumulative", "per_bag_subtotal")]
    assert found[0].computed == "6.5"


def test_a_sum_that_begins_anew_each_day_is_known_and_no_error() -> None:
    found = audited("step,day,dose,cumulative\n1,1,1,1\n2,1,2,3\n3,2,4,4\n4,2,8,12")
    assert found.ok
    assert len(notes(found, "restarts_each_day")) == 1


def test_a_missing_row_is_one_finding() -> None:
    found = errors(audited("step,dose,cumulative\n1,1,1\n2,2,3\n4,8,15\n5,16,31"))
    assert [(one.row, one.column, one.code) for one in found] == [(3, "step", "missing_row")]
    assert "it gives 4" in found[0].message


def test_carried_rounding_is_told_from_an_exact_sum() -> None:
    """0.33 + 0.33 + 0.33 is printed 0.99, where three thirds of 1 are 1.00."""
    found = audited("""
        step,bag,concentration,rate,minutes,dose,cumulative
        1,A,0.0333333333,40,15,0.33,0.33
        2,A,0.0333333333,40,15,0.33,0.66
        3,A,0.0333333333,40,15,0.33,0.99
    """)
    assert found.ok
    assert [(one.row, one.computed) for one in notes(found, "carried_rounding")] == [
        (2, "0.666666666"),
        (3, "0.999999999"),
    ]


@pytest.mark.parametrize(
    ("printed", "rule"),
    [
        ("0.13", "rounded half up to 2 places"),
        ("0.12", "rounded half even to 2 places"),
        ("0.125", None),
    ],
)
def test_the_rule_of_a_rounding_is_named(printed: str, rule: str | None) -> None:
    found = audited(f"step,concentration,volume,dose\n1,0.25,0.5,{printed}\n2,0.25,1,0.25")
    assert [one.message.partition(", ")[2] for one in notes(found, "rounding")] == ([rule] if rule else [])


def test_truncation_is_named() -> None:
    found = audited("# total_minutes: 339.37\nstep,rate,minutes\n1,10,165\n2,80,174.375")
    assert [one.message for one in notes(found, "rounding")] == ["339.375, truncated to 2 places"]


def test_percentages_that_do_not_sum_to_100() -> None:
    assert audited("bag,percent\n1,1\n2,2.5\n3,96.5").ok
    assert cells(audited("bag,percent\n1,1\n2,2.5\n3,97.5")) == [(None, "percent", "percent_sum")]
    with_doses = audited("bag,dose,percent\n1,1,1\n2,2.5,2.5\n3,96.5,69.5")
    assert cells(with_doses) == [(3, "percent", "digits_exchanged")]


def test_a_tenfold_ladder_adds_up_to_111_percent() -> None:
    found = audited("# target_dose: 1000\nbag,minutes,dose\n1,20,1\n2,20,10\n3,20,100\n4,20,1000")
    assert cells(found) == [(None, "target_dose", "exceeds_target")]
    assert "11.1 % more" in errors(found)[0].message


def test_a_header_dose_against_the_concentration() -> None:
    """The bag is said to hold the whole target, and the steps use what is left of it."""
    found = errors(
        audited("""
        # target_dose: 100 mg
        # bag 2: 100 mg in 100 mL
        step,bag,concentration,rate,minutes,volume,dose
        1,1,0.1,40,15,10,1
        2,2,0.99,400,15,100,99
    """)
    )
    assert [(one.row, one.column, one.code) for one in found] == [(None, "bag 2", "header_dose")]
    assert found[0].computed == "99"
    assert "what is left of it" in found[0].message


def test_a_bag_is_over_drawn_by_steps_and_by_other_bags() -> None:
    found = errors(
        audited("""
        # bag 1: 100 mg in 100 mL = 1 mg/mL
        # bag 2: 10 mL of bag 1 in 100 mL = 0.1 mg/mL
        step,bag,volume,dose
        1,2,10,1
        2,1,95,95
    """)
    )
    assert [(one.row, one.column, one.code, one.computed) for one in found] == [
        (2, "solution", "over_drawn", "105")
    ] or [(one.row, one.code, one.computed) for one in found] == [(2, "over_drawn", "105")]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("1 mL of bag 1 in 100 mL = 0.01 mg/mL", False),
        ("1 mL of bag 1 added to 99 mL = 0.01 mg/mL", False),
        ("1 mL of bag 1 added to 49 mL = 0.01 mg/mL", True),
        ("1 mL of 1 mg/mL in 100 mL = 0.01 mg/mL", False),
        ("100 mL D5W, remove 1 mL, inject 1 mL of bag #1 = 0.01 mg/mL", False),
        ("100 mL D5W, remove 11 mL, inject 1 mL of bag 1 = 0.01 mg/mL", True),
        ("1 mg in 100 mL = 0.01 mg/mL", False),
        ("1000 mcg in 100 mL = 10 mcg/mL", False),
        ("10 mg in 100 mL = 0.01 mg/mL", True),
    ],
)
def test_preparation_text_is_followed_through_its_parents(text: str, wrong: bool) -> None:
    found = audited(f"""
        # dose_unit: mg
        # bag 1: 100 mg in 100 mL = 1 mg/mL
        # bag 2: {text}
        step,bag,volume,dose
        1,2,10,0.1
        2,1,10,10
    """)
    assert cells(found) == ([(None, "bag 2", "preparation")] if wrong else [])


def test_overfill_is_part_of_the_arithmetic() -> None:
    found = audited("""
        # dose_unit: mg
        # overfill_ml: 10
        # bag 1: 100 mL D5W, remove 13 mL, add 150 mg in 3 mL = 1.5 mg/mL
        step,bag,volume,dose
        1,1,10,15
    """)
    assert found.ok


def test_time_in_the_head() -> None:
    rows = "step,rate,minutes,volume\n1,20,15,5\n2,40,15,10"
    assert audited(f"# total_time: 30 min\n{rows}").ok
    assert audited(f"# total_time: 0.5 h\n{rows}").ok
    assert audited(f"# total_hours: 0,5\n{rows}").ok
    assert cells(audited(f"# total_time: 1 h 30 min\n{rows}")) == [(None, "total_time", "total_time")]


def test_the_elapsed_time_at_the_end_or_the_beginning_of_steps() -> None:
    assert audited("step,minutes,elapsed\n1,15,15\n2,15,30\n3,20,50").ok
    assert audited("step,minutes,elapsed\n1,15,0\n2,15,15\n3,20,30").ok
    found = audited("step,minutes,elapsed\n1,15,15\n2,15,30\n3,20,55\n4,10,60")
    assert [(one[0], one[1]) for one in cells(found)] == [(3, "elapsed_min")]


def test_line_fill_steps_are_said_and_are_no_error() -> None:
    rows = (
        "step,bag,concentration,rate,minutes,volume,dose,cumulative\n"
        "1,A,2,88,15,22,0,0\n2,A,2,100,15,25,50,50"
    )
    found = audited(rows)
    assert found.ok
    assert [one.row for one in notes(found, "line_fill")] == [1]
    assert audited(f"# line_fill_steps: 1\n{rows}").ok
    wrong = audited("# line_fill_steps: 1\n" + rows.replace("22,0,0", "22,44,0"))
    assert [(one[0], one[1]) for one in cells(wrong)] == [(1, "dose")]


def test_the_last_step_runs_until_the_bag_is_empty() -> None:
    head = (
        "# bag_volume_ml: 100\n# total_minutes: 75\n"
        "step,bag,concentration,rate,minutes,volume,dose,cumulative\n"
    )
    assert audited(head + "1,A,1,40,15,10,10,10\n2,A,1,90,until empty,90,90,100").ok
    wrong = audited(head + "1,A,1,40,15,10,10,10\n2,A,1,90,until empty,80,80,90")
    assert (2, "volume_ml") in [(one[0], one[1]) for one in cells(wrong)]


def test_what_arithmetic_cannot_see_is_no_finding() -> None:
    """A bag ten times too strong throughout: every product agrees."""
    found = audited("step,bag,concentration,volume,dose,cumulative\n1,A,10,1,10,10\n2,A,10,2,20,30")
    assert found.ok


def test_another_cell_that_would_do_as_well_is_named() -> None:
    found = errors(audited("step,rate,minutes,volume\n1,20,15,5\n2,40,15,100\n3,80,15,20"))
    assert [(one.row, one.column) for one in found] == [(2, "volume_ml")]
    assert {one.column for one in found[0].alternatives} == {"rate_ml_h"} or found[0].alternatives


UNCORRECTED = """
# target_dose: 1000
# dose_unit: mg
# bag_volume_ml: 250
step,bag,concentration,rate_ml_h,minutes,volume_ml,dose,cumulative
1,1,0.4,20,15,5,2,2
2,1,0.4,40,15,10,4,6
3,2,4,20,15,5,20,26
4,2,4,75,196,245,980,1006
"""


def test_a_last_bag_that_holds_the_whole_target_exceeds_it() -> None:
    found = errors(audited(UNCORRECTED))
    assert [(one.row, one.column, one.code) for one in found] == [(None, "target_dose", "exceeds_target")]
    assert "the last bag holds the whole target" in found[0].message


def test_rate_and_minutes_are_never_called_swapped() -> None:
    """They give the same volume in either order."""
    found = errors(audited("step,rate,minutes,volume\n1,20,15,5\n2,40,15,10\n3,125,101.5,212.5\n4,80,15,20"))
    assert {one.code for one in found} <= {"does_not_hold"}
    assert [one.row for one in found] == [3]


def test_columns_that_commute_are_not_swapped_where_many_rows_are_wrong() -> None:
    found = errors(
        audited("""
        step,rate,minutes,volume
        1,125,101.5,212.5
        2,125,101.5,212.5
        3,125,101.5,212.5
        4,125,101.5,212.5
    """)
    )
    assert "swapped_columns" not in {one.code for one in found}
    assert [one.row for one in found] == [1, 2, 3, 4]


def test_a_target_is_not_rounded_to_significant_digits() -> None:
    found = audited("# target_dose: 500\nbag,minutes,volume,dose\n1,15,50,2\n2,60,100,500")
    assert [one.code for one in errors(found)] == ["exceeds_target"]


def test_a_dose_rate_of_a_factor_of_ten() -> None:
    found = errors(
        audited("""
        step,rate,concentration,dose_rate_h
        1,0.001,10,0.01
        2,0.002,10,0.02
        3,0.01,10,0.01
    """)
    )
    assert [(one.row, one.column, one.code) for one in found] == [(3, "dose_rate_h", "factor_of_ten")]


def test_a_percentage_with_fewer_places_than_its_column_is_no_rounding() -> None:
    found = audited("bag,dose,percent\n1,6,1\n2,15,2.5\n3,579,96")
    assert [(one.row, one.column) for one in errors(found)] == [(3, "percent")]


def test_a_number_that_stands_alone_is_never_rounded_by_much() -> None:
    """A target of 1 and doses that add up to 1.11 are no rounding to whole numbers."""
    found = audited("# dose_unit: fraction\n# target_dose: 1\nbag,minutes,dose\n1,60,0.01\n2,60,0.1\n3,60,1")
    assert [one.code for one in errors(found)] == ["exceeds_target"]


def test_a_wrong_total_is_led_back_to_the_one_cell_whose_slip_explains_it() -> None:
    minutes = errors(
        audited("# total_minutes: 75\nstep,rate,minutes\n1,2,15\n2,5,51\n3,10,15\n4,20,15\n5,40,15")
    )
    assert [(one.row, one.column, one.change) for one in minutes] == [(2, "minutes", "51 → 15")]
    doses = errors(audited("# target_dose: 100\n# route: oral\nstep,dose\n1,2\n2,3\n3,14\n4,30\n5,15"))
    assert [(one.row, one.column, one.change) for one in doses] == [(5, "dose", "15 → 51")]


def test_a_wrong_total_that_no_single_slip_explains_is_the_totals() -> None:
    found = errors(audited("# total_minutes: 99\nstep,rate,minutes\n1,2,15\n2,5,15\n3,10,15\n4,20,15"))
    assert [(one.row, one.column) for one in found] == [(None, "total_minutes")]


def test_fractions_are_parts_of_one() -> None:
    found = audited("# dose_unit: fraction of target\nstep,minutes,dose\n1,60,0.01\n2,60,0.1\n3,60,1")
    assert cells(found) == [(None, "target_dose", "exceeds_target")]


def test_a_head_that_tells_another_strength_than_all_rows_is_one_finding_of_the_head() -> None:
    """One row of the bag alone, held by its cumulative cell and the target."""
    found = errors(
        audited("""
        # target_dose: 500
        # bag A: 100 mg in 250 mL
        # bag B: 600 mg in 250 mL
        step,bag,rate,minutes,volume,dose,cumulative
        1,A,100,15,25,10,10
        2,A,200,15,50,20,30
        3,B,100,141,235,470,500
    """)
    )
    assert [(one.row, one.column, one.code) for one in found] == [(None, "bag b", "header_dose")]
    assert found[0].change == "500 in this bag"
