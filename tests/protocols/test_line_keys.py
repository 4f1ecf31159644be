"""The keys of line, bag and flush: required, checked against each other, explained (F4, F11, F30)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from daemon.protocols.exposure import Flow, patient_side
from tests.protocols.files import castells, faults, plan

FLUSH_BAG = """\
[[solutions]]
id = "flush"
label = "sodium chloride 0.9 %, no drug"
flush = true
volume_ml = 50
line = { dead_volume_ml = 10, primed = false, y_site_ml = 0 }
stable_h = 24

[[steps]] # 1
"""
FLUSH_STEP = """\
[[steps]]
solution = "flush"
rate_ml_h = 80
minutes = 9

# The rules below"""


def flushed(*changes: tuple[str, str]) -> str:
    """Castells with a flush through the line as its last step."""
    return castells(("[[steps]] # 1\n", FLUSH_BAG), ("# The rules below", FLUSH_STEP), *changes)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("stable_h = 24", "solutions[0].stable_h"),
        ("link_hours = 72", "ceilings.link_hours"),
        ("from_percent = 90", "empty.from_percent"),
        (", y_site_ml = 0", "solutions[0].line.y_site_ml"),
    ],
)
def test_f11_f30_what_is_ordered_has_no_default(line: str, key: str) -> None:
    """F4, F11, F30: stability, link hours, Y-site and the empty bag are ordered, never assumed."""
    found = faults(castells((line, "")))
    assert [(fault.key, fault.code) for fault in found] == [(key, "missing")]


def test_f30_without_the_table_a_bag_is_never_called_empty() -> None:
    """F30: a plan that runs a bag empty orders from where on it may be called empty."""
    found = faults(castells(("[empty] # example, to be ordered by the prescriber\nfrom_percent = 90\n", "")))
    assert [(fault.key, fault.code) for fault in found] == [("empty.from_percent", "missing")]


@pytest.mark.parametrize("percent", ["0", "-1", "100.1"])
def test_f30_a_part_of_the_bag_is_a_percentage(percent: str) -> None:
    """F30: between nothing and all of it."""
    assert faults(castells(("from_percent = 90", f"from_percent = {percent}")))


def test_f4_the_part_behind_the_y_site_is_one() -> None:
    """F4: all solutions share it, so all say the same volume."""
    found = faults(castells(("y_site_ml = 0", "y_site_ml = 1.5")))
    assert "y_site_differs" in {fault.code for fault in found}


def test_f39_the_part_behind_the_y_site_delays_every_bag() -> None:
    """F39: 1 mL behind the Y-site, own lines primed: the first drug arrives in step 2, at twice the rate."""
    text = castells().replace("y_site_ml = 0", "y_site_ml = 1")
    found = faults(text)
    assert {fault.code for fault in found} == {"exposure"}
    assert "in step 2" in found[0].problem


def test_f30_a_flush_step_counts_what_was_primed_into_the_line() -> None:
    """F30: 10 mL of bag 3 were primed past the counter; the flush gives them, and they count."""
    made = plan(flushed())
    strong = made.solution("bag-3").concentration
    last = made.steps[-1]
    assert (last.dose, last.exposure) == (10 * strong, 10 * strong)
    assert made.total_dose == 600 + 10 * strong
    assert {"flush", "total_differs"} <= {finding.code for finding in made.findings}


def test_f30_a_flush_of_an_unprimed_line_was_counted_before() -> None:
    """F30: what the flush drives out has passed the counter; the total is the target."""
    accepted = ("grade_scale =", 'exposure = "accepted"\nexposure_accepted_by = "Dr. Example"\ngrade_scale =')
    text = flushed(accepted).replace("primed = true", "primed = false")
    made = plan(text)
    assert made.steps[-1].dose == 0
    assert made.total_dose == 600
    assert sum(step.exposure for step in made.steps) == 600


def test_f30_the_flush_may_not_break_the_total() -> None:
    """F30, F11: what was primed into the line counts into the highest total dose."""
    found = faults(flushed(("max_total_dose = 630", "max_total_dose = 620")))
    assert [fault.code for fault in found] == ["total_dose_ceiling"]


def test_f30_a_flush_is_no_faster_than_the_last_dose_rate() -> None:
    """F30: at the patient the flush gives no more per hour than the last step with drug."""
    found = faults(flushed(("rate_ml_h = 80\nminutes = 9", "rate_ml_h = 80.1\nminutes = 9")))
    assert "flush_too_fast" in {fault.code for fault in found}
    assert any("step" in fault.key for fault in found)


def test_f30_a_flush_ends_the_plan() -> None:
    """F30: a flush before drug would push it at a rate nobody ordered."""
    early = castells(("[[steps]] # 1\n", FLUSH_BAG), ('solution = "bag-2"', 'solution = "flush"'))
    assert "flush_not_last" in {fault.code for fault in faults(early)}


def test_f30_a_flush_is_not_primed_and_has_no_drug() -> None:
    """F30: it goes through the line that holds the drug, and holds none itself."""
    primed = flushed(("primed = false, y_site_ml = 0", "primed = true, y_site_ml = 0"))
    assert "flush_primed" in {fault.code for fault in faults(primed)}
    drug = flushed(("flush = true", "flush = true\namount = 1"))
    assert "one_amount" in {fault.code for fault in faults(drug)}


def test_f39_another_line_leaves_the_shared_part_as_it_was() -> None:
    """F39: behind the Y-site the patient gets the rest of the bag before, whatever is primed."""
    one = Fraction(1)
    flows = [
        Flow("A", one, one, Fraction(5), Fraction(10), Fraction(2), primed=True),
        Flow("B", 10 * one, one, Fraction(3), Fraction(10), Fraction(2), primed=True),
    ]
    first, second = patient_side(flows).steps
    told = [[(int(plug.volume), int(plug.concentration)) for plug in plugs] for plugs in (first, second)]
    assert told == [[(2, 0), (3, 1)], [(2, 1), (1, 10)]]


def test_the_hours_of_every_bag_stand_in_the_plan() -> None:
    made = plan(castells())
    assert {bag.stable_h for bag in made.solutions} == {Decimal(24)}
    assert made.rules.ceilings.link_hours == 72
