"""How a table is read: separators, decimals, thousands, units, encodings, and what is no table."""

from __future__ import annotations

from fractions import Fraction

import pytest

from daemon.desk.audit.audit import audit
from daemon.desk.audit.columns import Column, heading_of
from daemon.desk.audit.figures import read_number
from daemon.desk.audit.units import duration
from tests.desk.audit.asking import audited, cells, errors, notes


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0,015", ["0.015"]),
        ("174,375", ["174.375", "174375"]),
        ("1,296,700", ["1296700"]),
        ("1.296.700,5", ["1296700.5"]),
        ("1,296.75", ["1296.75"]),
        ("1 296 700", ["1296700"]),
        ("1'200", ["1200"]),
        ("2.", ["2"]),
        (".5", ["0.5"]),
        ("1e-4", ["0.0001"]),
        ("1/10,000", ["0.0001"]),
        ("≈7", ["7"]),
        ("12,34,56", []),
        ("1 2", []),
        ("NaN", []),
        ("Infinity", []),
        ("1e400", []),
        ("-3", []),
        ("1/0", []),
    ],
)
def test_readings_of_a_number(text: str, values: list[str]) -> None:
    assert [figure.value for figure in read_number(text).readings] == [Fraction(one) for one in values]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("rate_ml_h", Column.RATE),
        ("Rate (mL/h)", Column.RATE),
        ("Dose [mg]", Column.DOSE),
        ("cumulative_mg", Column.CUMULATIVE),
        ("Cumulative dose (mg)", Column.CUMULATIVE),
        ("time (h)", Column.MINUTES),
        ("%", Column.PERCENT),
        ("mg", None),
        ("rate (mg)", None),
        ("temperature", None),
    ],
)
def test_headings(text: str, column: Column | None) -> None:
    assert heading_of(text).column is column


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("3 h, 57 min, 30 s", "237.5"), ("5,66 h", "339.6"), ("3:57", "237"), ("90", None), ("soon", None)],
)
def test_durations(text: str, minutes: str | None) -> None:
    found = duration(text)
    assert (None if found is None else found.low) == (None if minutes is None else Fraction(minutes))


def test_a_comma_before_three_digits_is_decided_by_the_other_cells() -> None:
    """174,375 minutes at 80 mL/h for 232,5 mL, and 174,375 units out of a thousand times 174.375 mL."""
    decimal = audited("""
        step;rate;minutes;volume
        1;2;15;0,5
        2;80;174,375;232,5
    """)
    thousands = audited("""
        step;concentration;volume;dose
        1;1,000;0.1;100
        2;1,000;174.375;174,375
    """)
    assert decimal.ok
    assert decimal.computed[1]["minutes"] == Fraction("174.375")
    assert thousands.ok
    assert thousands.computed[1]["dose"] == 174375


def test_one_cell_of_another_style_is_read_by_its_row() -> None:
    """Decimal commas everywhere, and one number of thousands with a comma."""
    found = audited("""
        step;concentration;volume;dose
        1;2,5;0,4;1
        2;2,5;1,5;3,750
        3;2,5;800;2,000
    """)
    assert found.ok
    assert [one.row for one in notes(found, "ambiguous_number")] == [3]
    assert [row["dose"] for row in found.computed] == [1, Fraction("3.75"), 2000]


def test_a_number_that_nothing_decides_is_said_to_be_ambiguous() -> None:
    found = audited("step;dose\n1;1,500\n2;3,000")
    assert {one.row for one in notes(found, "ambiguous_number")} == {1, 2}


def test_units_of_cells_and_headings_are_converted() -> None:
    found = audited("""
        # dose_unit: mg
        step,concentration (mcg/mL),volume,dose,time (h),rate
        1,500,2 mL,1000 mcg,0.5,4
        2,500,4 mL,2 mg,1,4
    """)
    assert found.ok
    assert [row["dose"] for row in found.computed] == [1, 2]


def test_a_unit_that_cannot_be_compared_is_an_error() -> None:
    found = audited("# dose_unit: mg\nstep,dose,cumulative\n1,5 IU,5\n2,5,10")
    assert (1, "dose", "unit_mismatch") in cells(found)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_separators(mark: str) -> None:
    found = audited(f"step{mark}dose{mark}cumulative\n1{mark}2{mark}2\n2{mark}4{mark}6")
    assert found.ok
    assert len(found.computed) == 2


def test_a_markdown_table_is_read() -> None:
    found = audited("| step | dose | cumulative |\n|---|---|---|\n| 1 | 2 | 2 |\n| 2 | 4 | 7 |")
    assert [one.row for one in errors(found)] == [2]


def test_a_total_line_is_compared() -> None:
    found = audited("step,dose,minutes\n1,2,15\n2,4,15\ntotal,7,30")
    assert cells(found) == [(None, "total_dose", "total_dose")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_table"),
        (b"\0\0\0", "binary"),
        (b"a,b\n1,2", "no_header"),
        (b"step,dose", "no_rows"),
        (b"# only: a head", "no_table"),
        (b"step,dose\n" + b"1,2\n" * 401, "too_long"),
        (b"x" * 1_000_001, "too_large"),
        (b"\xff\xfes", "encoding"),
        (b"dose," * 61 + b"\n1,2", "too_wide"),
        (b'step,dose\n1,"' + b"9" * 200_000, "not_csv"),
    ],
)
def test_what_is_no_table_is_unreadable(content: bytes, code: str) -> None:
    found = audit(content)
    assert (found.unreadable, found.exit_code, found.ok) == (code, 2, False)


def test_a_table_that_is_not_utf_8_is_read_and_said() -> None:
    found = audit("step;dose;cumulative\n1;5 µg;5\n".encode("latin-1"))
    assert [one.code for one in found.findings][:1] == ["encoding"]


def test_utf_16_is_read() -> None:
    assert audit("step,dose,cumulative\n1,5,5\n".encode("utf-16")).ok


def test_unknown_keys_and_columns_are_findings() -> None:
    found = audited("# colour: red\nstep,dose,cumulative,mood\n1,5,5,good")
    assert found.ok
    assert [one.code for one in found.findings] == ["unknown_column", "unknown_key"]


def test_double_columns_ragged_rows_and_words_are_errors() -> None:
    found = audited("step,dose,dose,cumulative\n1,5,5,5\n2,many,5,10\n3,1,0,5,15,5")
    assert {one.code for one in errors(found)} >= {"duplicate_column", "ragged_row", "not_a_number"}


def test_an_unquoted_decimal_comma_is_explained() -> None:
    found = audited("step,dose,cumulative\n1,0,5,0,5")
    assert "decimal comma" in errors(found)[0].message
