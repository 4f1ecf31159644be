"""In which steps the line as it really hangs gives the patient more per hour than ordered (F39)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine.exposing import exposed_steps
from daemon.protocols.plan import Plan
from tests.engine.plans import bag, plan_of, rules

D = Decimal


def strong_then_fast(dose_rate_h: str, ratio: str, concentration: str = "10") -> Plan:
    """6 mL/h of B, then 60 mL/h of A at 1 mg/mL, behind a shared mL: it is full of B when A begins.

    At the patient: 60 mg/h, then for a minute ten times as much.
    """
    bags = [replace(one, y_site_ml=D(1)) for one in (bag("B", "100", concentration), bag("A", "100", "1"))]
    ordered = rules()
    ceilings = replace(ordered.ceilings, max_dose_rate_h=D(dose_rate_h), max_step_up_ratio=D(ratio))
    rows = (("B", "6", "30"), ("A", "60", "5"))
    return plan_of(rows, bags, replace(ordered, ceilings=ceilings))


@pytest.mark.parametrize(
    ("dose_rate_h", "ratio", "exposed"),
    [
        ("600", "10", ()),
        ("599.999", "10", (2,)),
        ("600", "9.999", (2,)),
        ("59", "9", (1, 2)),
        ("9999", "99", ()),
        ("301", "10", (2,)),
        ("600", "5.1", (2,)),
    ],
)
def test_f39_what_the_shared_part_still_holds_comes_at_the_next_rate(
    dose_rate_h: str, ratio: str, exposed: tuple[int, ...]
) -> None:
    """F39: exactly on a ceiling is on it; a step is told once, however many plugs of it are above."""
    assert exposed_steps(strong_then_fast(dose_rate_h, ratio), {}) == exposed


@pytest.mark.parametrize(
    ("above", "exposed"),
    [("1e-22", ()), ("5e-21", ()), ("1e-20", ()), ("1.5e-20", (2,)), ("1e-18", (2,))],
)
def test_f39_28_digits_leave_less_over_than_counts(above: str, exposed: tuple[int, ...]) -> None:
    """F39: a part in 10^20 above a ceiling is rounding, half as much again is not."""
    strength = str(D(10) * (1 + D(above)))
    assert exposed_steps(strong_then_fast("600", "99", strength), {}) == exposed
    assert exposed_steps(strong_then_fast("600", "99"), {}) == ()


def test_f39_what_was_answered_at_the_bed_counts_before_the_plans_word() -> None:
    """F39: without shared part a line of its own, primed, never breaks a ceiling; unprimed it keeps B."""
    bags = [replace(one, dead_volume_ml=D(1)) for one in (bag("B", "100", "10"), bag("A", "100", "1"))]
    ceilings = replace(rules().ceilings, max_dose_rate_h=D(300), max_step_up_ratio=D(99))
    plan = plan_of((("B", "6", "30"), ("A", "60", "5")), bags, replace(rules(), ceilings=ceilings))
    assert exposed_steps(plan, {}) == ()
    assert exposed_steps(plan, {"B": True, "A": True}) == ()
    assert exposed_steps(plan, {"A": False}) == (2,)
    assert exposed_steps(replace(plan, exposure_accepted_by="dr x"), {"A": False}) == ()
