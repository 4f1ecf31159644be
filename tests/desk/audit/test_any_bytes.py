"""Whatever stands in the file: a report, never a traceback, and JSON of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from daemon import exact_json
from daemon.desk.audit.as_json import as_json
from daemon.desk.audit.audit import Report, audit
from daemon.desk.audit.view import print_report

COLUMNS = (
    "step", "solution", "concentration", "rate_ml_h", "minutes", "volume_ml", "dose", "cumulative",
    "dose_rate_h", "elapsed_min", "interval_min", "percent", "day", "line_fill", "dose", "mood", "",
)  # fmt: skip
CELLS = (
    "0", "1", "2.5", "0,015", "174,375", "1,296,700",
    "NaN", "Infinity", "-1", "1e400", "10" * 30,
    "1/3", "1/0",
    "15 min", "3 h 57 min", "until empty", "remainder", "5 IU", "20 mcg", "1:30",
    "½", "", "-", "x", "A", "  ",
    "1e-30", "0.0000000000000000000000001", "99999999999999", "\u0663", '"', "total",
)  # fmt: skip
KEYS = (
    "target_dose", "dose_unit", "bag_volume_ml", "total_minutes", "total_hours", "total_time", "total_dose",
    "total_volume_ml", "line_fill_steps", "final_dose", "final_concentration", "dilutions", "overfill_ml",
    "route", "completeness", "bag 1", "bag A", "preparation 1", "colour", "",
)  # fmt: skip
VALUES = (
    "675", "0", "mg", "fraction", "250 mL", "1,5 mg in 50 mL", "1 mL of bag A in 100 mL = 0.01 mg/mL",
    "1 mL of bag 1 in 0 mL", "100 mL, remove 200 mL, add 1 mg in 1 mL", "1/100, 1/10, 1", "1/0", "1e400",
    "NaN", "2.5 to 3 h", "1,5,9", "oral", "partial", "", "0 mg in 0 mL", "9" * 50,
)  # fmt: skip


def told(content: bytes) -> Report:
    """Audit, print and write as JSON."""
    report = audit(content)
    told = json.loads(exact_json.dumps(as_json("table.csv", report)))
    assert told["ok"] == report.ok
    assert told["cannot_see"]
    assert report.exit_code == (2 if report.unreadable else 0 if report.ok else 1)
    with open("/dev/null", "w", encoding="utf-8") as sink:  # noqa: PTH123 - a console writes to it
        print_report(Console(file=sink, width=80, markup=False), "table.csv", report)
    return report


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes(content: bytes) -> None:
    told(content)


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_beneath_a_header(text: str) -> None:
    told(f"step;dose;cumulative\n{text}".encode("utf-8", "surrogatepass"))


@given(
    st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=8),
    st.lists(st.lists(st.sampled_from(CELLS), max_size=9), max_size=6),
    st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), max_size=6),
    st.sampled_from([",", ";", "\t", "|"]),
)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_table(columns: list[str], rows: list[list[str]], head: list[tuple[str, str]], mark: str) -> None:
    lines = [f"# {key}: {value}" for key, value in head]
    lines += [mark.join(columns), *(mark.join(row) for row in rows)]
    told("\n".join(lines).encode())


@pytest.mark.parametrize(
    "cell", ["NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 400, "1e-400", "0x10", "\u0661", "1__0"]
)
def test_what_is_no_number_of_sensible_size_is_an_error_of_its_cell(cell: str) -> None:
    found = told(f"step,dose,cumulative\n1,{cell},1\n2,2,3".encode())
    assert {(one.row, one.column) for one in found.findings if one.severity == "error"} >= {(1, "dose")}


@pytest.mark.parametrize(
    "content",
    [
        b"step,dose,cumulative\n" + b"1,5,5\n" * 400,
        b"step,rate,minutes,volume,dose,cumulative\n" + b"1,7,3,9,2,1\n" * 400,
        b"step,dose\n" + b"1," * 100_000,
        b"#" + b"a" * 900_000,
        b"# bag 1: " + b"1 mL of " * 50_000 + b"\nstep,dose\n1,1",
        b"step,dose\n1," + b"9" * 100_000,
    ],
)
@pytest.mark.timeout(60)
def test_large_and_hopeless_tables_come_to_an_end(content: bytes) -> None:
    told(content)


def test_a_parent_that_is_its_own_child_comes_to_an_end() -> None:
    told(b"# bag 1: 1 mL of bag 2 in 10 mL\n# bag 2: 1 mL of bag 1 in 10 mL\nstep,bag,dose\n1,1,1\n2,2,1")
