"""A table written from the plan of a generated file is audited clean: two computations agree."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from daemon.desk.audit.audit import audit
from daemon.desk.generate.refused import Refused
from daemon.exact_json import plain
from daemon.protocols.sheet import Sheet
from tests.desk.generate.reading import read_back, sheet_for
from tests.desk.generate.shapes import FAMILIES

COLUMNS = "step,solution,concentration,rate_ml_h,minutes,volume_ml,dose,cumulative"


def table_of(sheet: Sheet) -> bytes:
    """The rows as a printed table; an exact number that does not end is printed with its 28 digits."""
    lines = [f"# dose_unit: {sheet.dose_unit}", COLUMNS]
    if sheet.total_dose == sheet.target_dose:
        lines.insert(0, f"# target_dose: {plain(sheet.target_dose)}")
    for row in sheet.rows:
        bag = None if row.solution is None else sheet.bag(row.solution)
        numbers = (
            None if bag is None else bag.concentration,
            row.rate_ml_h,
            row.minutes,
            row.volume_ml,
            row.dose,
            row.cumulative,
        )
        cells = [str(row.number), row.solution or "", *(shown(number) for number in numbers)]
        lines.append(",".join(cells))
    return ("\n".join(lines) + "\n").encode()


def shown(number: Decimal | None) -> str:
    return "" if number is None else plain(number)


@pytest.mark.parametrize(
    "words",
    [
        "brigham --drug x --dose 600 --volume-ml 250",
        "brigham --drug x --dose 675 --volume-ml 250 --weak-volume-ml 50 --weak-amount-step 1.5,15",
        "one-solution --drug x --dose 100",
        "bag-per-step --drug x --dose 4000 --bags 7 --volume-ml 45 --step-minutes 20",
        "oral --drug x --doses 0.1,0.3,1,3,10,20,40,81,162,325 --interval-min 15",
    ],
)
def test_a_published_shape_is_audited_clean(words: str) -> None:
    report = audit(table_of(sheet_for(words)))
    assert report.ok, report.findings


@pytest.mark.parametrize("family", FAMILIES)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(data=st.data())
def test_any_generated_table_is_audited_clean(family: str, data: st.DataObject) -> None:
    try:
        shape = data.draw(FAMILIES[family])()
    except Refused:
        assume(False)
    sheet = read_back(shape)
    report = audit(table_of(sheet))
    errors = [
        (one.row, one.column, one.code, one.message) for one in report.findings if one.severity == "error"
    ]
    if sheet.dose_unit == "fraction" and sheet.total_dose > 1:
        errors = [error for error in errors if error[2] not in {"exceeds_target", "last_target_dose"}]
    assert not errors, errors
