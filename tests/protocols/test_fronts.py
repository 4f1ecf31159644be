"""When a bag's drug reaches the patient through a line that was not primed with it (F39)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from daemon.protocols.load import Draft
from tests.protocols.files import castells, draft

# Minutes after hanging, standard rates, plug flow: published clinical facts, table of the line dead space.
TABLE = {
    "2": ("31.5", "19.5", "12.0"),
    "5": ("47.2", "33.8", "22.5"),
    "10": ("69.0", "46.9", "33.8"),
    "15": ("96.0", "54.4", "41.2"),
    "20": ("108.0", "67.5", "46.9"),
    "25": ("115.5", "86.2", "50.6"),
}


def one_line(dead_ml: str, primed: str = "false") -> Draft:
    text = castells(("rate_ml_h = 2.5", "rate_ml_h = 2"), ("[source]", ACCEPTED + "[source]"))
    text = text.replace(
        "dead_volume_ml = 10, primed = true", f"dead_volume_ml = {dead_ml}, primed = {primed}"
    )
    return draft(text)


ACCEPTED = 'exposure = "accepted"\nexposure_accepted_by = "Dr. Example"\n\n'


@pytest.mark.parametrize("dead_ml", TABLE)
def test_f39_the_published_table_of_the_dead_space(dead_ml: str) -> None:
    made = one_line(dead_ml)
    assert made.sheet is not None
    found = [front.after_min for front in made.sheet.fronts]
    assert [
        minutes.quantize(Decimal("0.1"), ROUND_HALF_EVEN) for minutes in found if minutes is not None
    ] == [Decimal(minutes) for minutes in TABLE[dead_ml]]


@pytest.mark.parametrize(
    ("dead_ml", "late"), [("2", []), ("5", []), ("10", ["bag-1"]), ("25", ["bag-1", "bag-2"])]
)
def test_f39_a_bag_whose_steps_are_over_before_its_drug_arrives_is_named(
    dead_ml: str, late: list[str]
) -> None:
    """F39: with 10 mL or more, four steps of bag 1 give the patient nothing of it."""
    words = [finding.message for finding in one_line(dead_ml).findings if finding.code == "late_front"]
    assert [word.split()[3] for word in words] == late


def test_f39_the_dose_per_hour_at_the_patient_is_not_the_pumps() -> None:
    """F39: with 20 mL of line bag 3 first reaches the patient at 80 mL/h, not at the 10 it is hung with."""
    made = one_line("20")
    assert made.sheet is not None
    rows = made.sheet.rows
    assert [row.exposure_rate_h == row.dose_rate_h for row in rows] == [False] * 11 + [True]
    assert [row.exposure_rate_h for row in rows[:4]] == [0, 0, 0, 0]
    at_the_patient = [row.exposure_rate_h for row in rows if row.exposure_rate_h is not None]
    assert at_the_patient[10] == Decimal("0.24") * 40
    assert made.sheet.fronts[2].dose_rate_h == rows[11].dose_rate_h


def test_f39_a_primed_line_delays_nothing() -> None:
    made = one_line("25", "true")
    assert made.sheet is not None
    assert [front.after_min for front in made.sheet.fronts] == [0, 0, 0]
    assert [front.step for front in made.sheet.fronts] == [1, 5, 9]
    assert not [finding for finding in made.findings if finding.code == "late_front"]


def test_f39_a_line_larger_than_everything_keeps_it() -> None:
    made = one_line("400")
    assert made.sheet is not None
    assert [front.after_min for front in made.sheet.fronts] == [None, None, None]
    assert sum(row.exposure for row in made.sheet.rows) == 0
    assert len([finding for finding in made.findings if "never reaches" in finding.message]) == 3
