"""The numbers of our files at the bounds of each kind, refused with a code and a remedy (F5, F11)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from daemon.protocols.numbers import (
    NotNegative,
    Number,
    PartOfTarget,
    Percent,
    Positive,
    StepUpRatio,
    UnattendedMinutes,
)
from daemon.protocols.plan import Severity
from tests.protocols.files import castells, plan

D = Decimal
KINDS: dict[str, Any] = {
    "number": Number,
    "positive": Positive,
    "not negative": NotNegative,
    "part": PartOfTarget,
    "ratio": StepUpRatio,
    "unattended": UnattendedMinutes,
    "percent": Percent,
}


def read(kind: str, value: object) -> Decimal | str:
    """The number, or the code it is refused with; what is said of it is whole."""
    try:
        found: Decimal = TypeAdapter(KINDS[kind]).validate_python(value)
    except ValidationError as error:
        (one,) = error.errors()
        assert one["msg"] == one["ctx"]["problem"]
        assert one["ctx"]["remedy"]
        return str(one["ctx"]["code"])
    return found


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("number", 5, D(5)),
        ("number", D("-2.5"), D("-2.5")),
        ("number", "2.5", "not_a_number"),
        ("number", "five", "not_a_number"),
        ("number", " 2,5 ", "decimal_comma"),
        ("number", "+2,5", "decimal_comma"),
        ("number", "2,5 mL", "not_a_number"),
        ("number", True, "not_a_number"),
        ("number", 2.5, "not_a_number"),
        ("number", None, "not_a_number"),
        ("number", D("nan"), "not_finite"),
        ("number", D("inf"), "not_finite"),
        ("number", D("1.23456789012345678"), D("1.23456789012345678")),
        ("number", D("1.234567890123456789"), "out_of_size"),
        ("number", D("9e12"), D("9e12")),
        ("number", D("1e13"), "out_of_size"),
        ("number", D("1e-12"), D("1e-12")),
        ("number", D("9e-13"), "out_of_size"),
        ("number", D(0), D(0)),
        ("number", D("0e-20"), D(0)),
        ("positive", D("0.001"), D("0.001")),
        ("positive", D(0), "zero"),
        ("positive", D("-0.001"), "negative"),
        ("not negative", D(0), D(0)),
        ("not negative", D("-0.001"), "negative"),
        ("part", D("0.001"), D("0.001")),
        ("part", D(1), D(1)),
        ("part", D("1.001"), "not_a_fraction"),
        ("part", D(2), "not_a_fraction"),
        ("part", D(0), "not_a_fraction"),
        ("part", D("-0.1"), "not_a_fraction"),
        ("ratio", D(1), D(1)),
        ("ratio", D("1.5"), D("1.5")),
        ("ratio", D("0.999"), "not_a_ratio"),
        ("unattended", D(15), D(15)),
        ("unattended", D("15.001"), "unattended_too_long"),
        ("unattended", D(0), "zero"),
        ("percent", D(100), D(100)),
        ("percent", D("100.001"), "not_a_percentage"),
        ("percent", D(0), "zero"),
    ],
    ids=str,
)
def test_a_number_is_taken_up_to_its_bound_and_refused_beyond_it(
    kind: str, value: object, found: Decimal | str
) -> None:
    assert read(kind, value) == found


def test_a_decimal_comma_is_answered_with_the_point() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Number).validate_python(" 2,5 ")
    assert "2.5" in refused.value.errors()[0]["ctx"]["remedy"]


def test_a_plan_has_no_solution_or_step_that_nobody_wrote() -> None:
    made = plan(castells())
    assert (made.solution("bag-2").id, made.step(12).number) == ("bag-2", 12)
    with pytest.raises(KeyError):
        made.solution("bag-4")
    with pytest.raises(IndexError):
        made.step(13)


def test_what_is_found_in_a_plan_is_an_error_a_warning_or_a_note() -> None:
    """The words a person who signs reads before each."""
    assert [one.value for one in Severity] == ["error", "warning", "note"]
    assert {finding.severity for finding in plan(castells()).findings} <= {Severity.WARNING, Severity.NOTE}
    assert plan(castells()).step(1).number == 1
