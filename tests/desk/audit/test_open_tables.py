"""The published tables as printed: exactly the contradictions that are known and that arithmetic can see."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from daemon.desk.audit.audit import Report, audit
from daemon.desk.audit.findings import Severity

TABLES = Path(__file__).parent / "tables"
Known = list[tuple[int | None, str, str]]

ERRORS: Mapping[str, Known] = {
    "amiodarone-150mg-iv-11dose-michigan": [
        (None, "bag 3", "preparation"),
        (11, "solution", "over_drawn"),
    ],
    "ampicillin-iv-18dose-marquette": [],
    "aspirin-oral-10step-15min": [],
    "aspirin-oral-6dose-5h30": [],
    "castells-600mg-12step-3bag": [],
    "castells-600mg-8step-2bag": [],
    "ceftazidime-2day-ghosal-taylor-partial": [],
    "ceftazidime-4g-7step-tenfold-leeds": [
        (None, "target_dose", "exceeds_target"),
        (None, "total_time", "total_time"),
    ],
    "infliximab-500mg-rcuh-10step-deadspace": [
        (None, "total_time", "total_time"),
        (10, "volume_ml", "does_not_hold"),
        (10, "dose", "does_not_hold"),
    ],
    "insulin-glargine-sc-9dose-2day": [],
    "one-solution-500ml-6rate": [],
    "oxaliplatin-5bag-fraction-8h": [],
    "penicillin-g-iv-19syringe-partial": [],
    "penicillin-v-oral-14dose-cdc": [],
    "rituximab-12step-3bag-2020": [
        (None, "bag_volume_ml", "header_volume"),
        (None, "dilutions", "dilution"),
    ],
    "tmpsmx-oral-6step-eviq-partial": [],
}

NOTES: Mapping[str, Known] = {
    "amiodarone-150mg-iv-11dose-michigan": [
        (None, "target_dose", "rounding"),
        (11, "cumulative", "rounding"),
    ],
    "ampicillin-iv-18dose-marquette": [
        (None, "bag 0.0005 mg/ml", "preparation"),
        (None, "bag 0.005 mg/ml", "preparation"),
        (None, "total_dose", "rounding"),
        *((row, "cumulative", "rounding") for row in (15, 16, 17, 18)),
    ],
    "aspirin-oral-10step-15min": [(None, "target_dose", "target_is_last_dose")],
    "aspirin-oral-6dose-5h30": [(None, "target_dose", "target_is_last_dose")],
    "castells-600mg-12step-3bag": [
        (None, "total_minutes", "rounding"),
        (8, "cumulative", "rounding"),
        (12, "dose", "rounding"),
    ],
    "castells-600mg-8step-2bag": [(None, "total_minutes", "rounding")],
    "infliximab-500mg-rcuh-10step-deadspace": [
        (None, "target_dose", "rounding"),
        (None, "total_dose", "rounding"),
        *((row, "dose", "line_fill") for row in (1, 5, 9)),
        (10, "cumulative", "carried_rounding"),
    ],
    "insulin-glargine-sc-9dose-2day": [(None, "", "nothing_to_check")],
    "penicillin-v-oral-14dose-cdc": [],
    "ceftazidime-2day-ghosal-taylor-partial": [],
    "ceftazidime-4g-7step-tenfold-leeds": [],
    "one-solution-500ml-6rate": [],
    "oxaliplatin-5bag-fraction-8h": [],
    "penicillin-g-iv-19syringe-partial": [],
    "tmpsmx-oral-6step-eviq-partial": [],
}


def report(name: str) -> Report:
    return audit((TABLES / f"{name}.csv").read_bytes())


def said(found: Report, severity: Severity) -> Known:
    return [(one.row, one.column, one.code) for one in found.findings if one.severity is severity]


def test_every_table_has_its_known_errors_written_down() -> None:
    assert sorted(path.stem for path in TABLES.glob("*.csv")) == sorted(ERRORS)


@pytest.mark.parametrize("name", ERRORS)
def test_exactly_the_known_errors_are_found(name: str) -> None:
    assert said(report(name), Severity.ERROR) == ERRORS[name]


@pytest.mark.parametrize("name", NOTES)
def test_exactly_the_known_roundings_are_found(name: str) -> None:
    assert said(report(name), Severity.ROUNDING) == NOTES[name]


def test_infliximab_names_the_slip_of_one_ml() -> None:
    """212.5 mL and 425 mg where 101.5 minutes give 211.46 mL, and the target leaves 423 mg."""
    found = {
        one.column: one for one in report("infliximab-500mg-rcuh-10step-deadspace").findings if one.row == 10
    }
    assert found["volume_ml"].computed == "211.458333333"
    assert found["volume_ml"].change == "212.5 → 211.5"
    assert found["dose"].computed == "422.916666667"
    assert found["dose"].change == "425 → 423"
    assert found["cumulative"].computed == "499.916666667"


def test_amiodarone_names_the_parent_bag_that_would_be_right() -> None:
    found = {one.column: one for one in report("amiodarone-150mg-iv-11dose-michigan").findings}
    assert found["bag 3"].computed == "0.015"
    assert found["bag 3"].change == "1 mL of bag 2 in place of bag 1"
    assert (found["solution"].printed, found["solution"].computed) == ("100", "149")


def test_rituximab_is_computed_with_the_bag_that_holds_the_rest() -> None:
    """(675 - 5.9025) / 250, not 669 / 250: 622.26 mg and not 622.17."""
    found = report("rituximab-12step-3bag-2020")
    assert str(float(found.computed[11]["dose"])) == "622.260675"
    assert float(found.computed[11]["minutes"]) == 174.375
    assert dict(found.totals)["dose"] == 675
    rules = {one.message for one in found.findings if one.row and one.severity is Severity.ROUNDING}
    assert "0.0375, rounded half up to 3 places" in rules


def test_rituximab_cells_are_right_only_by_rounding() -> None:
    found = said(report("rituximab-12step-3bag-2020"), Severity.ROUNDING)
    doses = {row for row, column, _ in found if column == "dose" and row}
    assert doses == {2, 3, 5, 9, 10, 11, 12}
    assert {row for row, column, _ in found if column == "volume_ml" and row} == set()
