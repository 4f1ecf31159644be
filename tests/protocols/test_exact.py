"""Exact numbers all the way: compile, hash, margin, JSON, sheet."""

from __future__ import annotations

import dataclasses
import io
import json
from decimal import Decimal, getcontext, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from daemon import exact_json
from daemon.protocols.compile import content_hash
from daemon.protocols.load import Draft
from daemon.protocols.margin import margin_ml
from daemon.protocols.rendering import figure, print_sheet
from tests.protocols.files import PUMP, castells, changed, draft, plan

TARGETS = st.decimals(min_value=Decimal("0.5"), max_value=Decimal(600), places=4)


@given(TARGETS)
def test_any_target_is_given_whole(target: Decimal) -> None:
    """(A) D15: The last bag makes up for the others: the total is the target, exactly."""
    made = plan(castells(), target_dose=target)
    assert made.total_dose == target
    assert made.target_dose == target
    assert made.solution("bag-1").amount == target / 100
    assert made.step(12).volume_ml == Decimal("232.5")


def test_decimals_without_end_are_rounded_once_to_28_digits() -> None:
    text = castells().replace("volume_ml = 250", "volume_ml = 270", 1)
    text = changed(text, ("fraction = 0.01", "fraction = 0.012"))
    made = plan(text)
    concentration = made.solution("bag-1").concentration
    assert concentration == Decimal("0.02666666666666666666666666667")
    assert made.total_dose == 600
    assert "rounding" in {finding.code for finding in made.findings}
    assert all("…" not in line for line in sheet(draft(text), 80).splitlines() if "SHA" not in line)


def test_the_result_does_not_hang_on_the_callers_decimal_context() -> None:
    wide = plan(castells())
    with localcontext() as context:
        context.prec = 5
        assert plan(castells()) == wide
        assert margin_ml(Decimal("77.7"), PUMP) == Decimal("0.6475")
    assert getcontext().prec == 28


def test_another_target_keeps_the_ceilings_ordered() -> None:
    """F11: a ceiling is ordered as a dose and does not grow with the target."""
    from tests.protocols.files import draft  # noqa: PLC0415 - only here

    made = draft(castells(), target_dose=Decimal(700))
    assert {fault.code for fault in made.faults} == {"total_dose_ceiling", "dose_rate_ceiling"}
    assert made.plan is not None
    assert made.plan.total_dose == 700


def test_an_uncorrected_last_bag_gives_too_much_and_says_so() -> None:
    text = castells(("corrected = true", "fraction = 1"), ("max_dose_rate_h = 191", "max_dose_rate_h = 193"))
    made = plan(text)
    assert made.total_dose == Decimal("604.725")
    warning = next(finding for finding in made.findings if finding.code == "total_differs")
    assert "0.788 %" in warning.message or "0.787 %" in warning.message


def test_hash_is_over_content() -> None:
    """F29: the same content has the same hash, however it is written; any other content another one."""
    made = plan(castells())
    assert (
        plan(castells(("rate_ml_h = 5", "rate_ml_h = 5.00"), ("# example", "# an example"))).sha256
        == made.sha256
    )
    assert content_hash(made) == made.sha256
    assert content_hash(dataclasses.replace(made, findings=())) == made.sha256
    for change in (("rate_ml_h = 5", "rate_ml_h = 5.01"), ("max_times = 2", "max_times = 3"), ("by Dr", "")):
        if change[0] in castells():
            assert plan(castells(change)).sha256 != made.sha256
    other = dataclasses.replace(made, rules=dataclasses.replace(made.rules, after_watch_min=Decimal(31)))
    assert content_hash(other) != made.sha256


@pytest.mark.parametrize(
    ("rate", "margin"),
    [("2.5", "0.1"), ("12", "0.1"), ("12.12", "0.101"), ("80", "0.6666666666666666666666666666666667")],
)
def test_margin(rate: str, margin: str) -> None:
    """F25: the larger of 30 s and one counter unit."""
    assert margin_ml(Decimal(rate), PUMP) == Decimal(margin)


def test_margin_of_a_slow_pump() -> None:
    """F18: a pump that may take 4 s to answer needs three replies and 5 s; a slow wire more."""
    slow = dataclasses.replace(PUMP, reply_limit_s=Decimal(10))
    assert margin_ml(Decimal(36), slow) == Decimal("0.35")
    alaris = dataclasses.replace(PUMP, reply_limit_s=Decimal(4))
    assert margin_ml(Decimal(360), alaris) == 3
    assert margin_ml(Decimal(360), alaris, Decimal(2)) == Decimal("3.4")
    coarse = dataclasses.replace(PUMP, limit_step_ml=Decimal(1))
    assert margin_ml(Decimal(36), coarse) == 1


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_json_numbers_are_exact(number: Decimal) -> None:
    text = exact_json.dumps({"n": number})
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal)["n"] == number
    assert "e" not in text.lower()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 2]))
def test_json_is_json(value: object, indent: int | None) -> None:
    assert json.loads(exact_json.dumps(value, indent=indent)) == value


@pytest.mark.parametrize("value", [1.5, {1.0: 2.0}, Decimal("NaN"), Decimal("Infinity"), object()])
def test_json_refuses_what_is_not_exact(value: object) -> None:
    """(A) D15."""
    with pytest.raises((TypeError, ValueError)):
        exact_json.dumps([value] if not isinstance(value, dict) else list(value.values()))


def sheet(made: Draft, width: int) -> str:
    out = io.StringIO()
    assert made.sheet is not None
    console = Console(file=out, width=width, markup=False, highlight=False)
    print_sheet(console, made.sheet, made.plan, made.findings, PUMP)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("target", ["600", "599.9999"])
def test_the_sheet_never_cuts_a_number(width: int, target: str) -> None:
    drafted = draft(castells(), target_dose=Decimal(target))
    text = sheet(drafted, width)
    assert drafted.plan is not None
    made = drafted.plan
    assert "…" not in text.replace("… of this plan", "")
    assert all(len(line) <= width for line in text.splitlines())
    words = text.split()
    for step in made.steps:
        for number in (
            step.rate_ml_h,
            step.minutes,
            step.volume_ml,
            step.dose,
            step.cumulative,
            step.dose_rate_h,
        ):
            assert figure(number) in words
    assert "Not a medical device" in text
    assert text.count("Second nurse") == 1


def test_the_sheet_marks_what_it_rounds() -> None:
    assert figure(Decimal("0.02666666666666666666666666667")) == "≈0.0266667"
    assert figure(Decimal("0.00000012345678")) == "≈0.000000123457"
    assert figure(Decimal("553.605750")) == "553.60575"
