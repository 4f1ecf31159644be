"""Every printed number of the two published tables, reproduced or explained.

A printed number equals ours rounded half up to the digits that are printed.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from tests.protocols.files import CASTELLS, CONFIG, PUMP, RITUXIMAB

# bag, mL/h, min, mL, mg, cumulative mg; decimal commas of the print written as points
RITUXIMAB_ROWS = (
    ("1", "2", "15", "0.5", "0.015", "0.015"),
    ("1", "5", "15", "1.25", "0.038", "0.05"),
    ("1", "10", "15", "2.5", "0.08", "0.13"),
    ("1", "20", "15", "5", "0.15", "0.28"),
    ("2", "5", "15", "1.25", "0.38", "0.65"),
    ("2", "10", "15", "2.5", "0.75", "1.40"),
    ("2", "20", "15", "5", "1.50", "2.90"),
    ("2", "40", "15", "10", "3.00", "5.90"),
    ("3", "10", "15", "2.5", "6.69", "12.59"),
    ("3", "20", "15", "5", "13.38", "25.98"),
    ("3", "40", "15", "10", "26.76", "52.74"),
    ("3", "80", "174.375", "232.5", "622.26", "675.00"),
)
# label, mg, mL, mg/mL
RITUXIMAB_BAGS = (
    ("1/100", "1.5", "50", "0.03"),
    ("1/10", "15", "50", "0.3"),
    ("dose corrected for what was already given", "669", "250", "2.676"),
)
# What print says of itself and ours contradicts: printed, ours, why.
RITUXIMAB_DIFFERS = (
    ("50", "50", "the head says 250 mL for each solution, its own rows 50 mL for bags 1 and 2"),
    (
        "2.7",
        "2.67639",
        "the head prints 675/250 = 2.7, the target over the volume; bag 3 holds 675 - 5.9025 mg",
    ),
    ("0.027", "0.03", "1/100 of 2.7 would be 0.027; the bag holds 1.5 mg in 50 mL"),
    ("0.27", "0.3", "1/10 of 2.7 would be 0.27; the bag holds 15 mg in 50 mL"),
    (
        "669",
        "669.0975",
        "the dose of bag 3 is printed without its decimals; the rows were computed with them",
    ),
    ("2.676", "2.67639", "669/250; with it the rows would add up to 674.9025 mg"),
    ("0.05", "0.0525", "the cumulative dose after step 2 is printed to two places, after step 1 to three"),
)

# The print of castells is known by its rates and six checkpoints; the rows follow from them.
CASTELLS_ROWS = (
    ("1", "2.5", "15", "0.625", "0.015", "0.015", "15"),
    ("1", "5", "15", "1.25", "0.03", "0.045", "30"),
    ("1", "10", "15", "2.5", "0.06", "0.105", "45"),
    ("1", "20", "15", "5", "0.12", "0.225", "60"),
    ("2", "5", "15", "1.25", "0.3", "0.525", "75"),
    ("2", "10", "15", "2.5", "0.6", "1.125", "90"),
    ("2", "20", "15", "5", "1.2", "2.325", "105"),
    ("2", "40", "15", "10", "2.4", "4.725", "120"),
    ("3", "10", "15", "2.5", "5.95275", "10.67775", "135"),
    ("3", "20", "15", "5", "11.9055", "22.58325", "150"),
    ("3", "40", "15", "10", "23.811", "46.39425", "165"),
    ("3", "80", "174.375", "232.5", "553.60575", "600", "339.375"),
)


def load(path: Path) -> Plan:
    loaded = load_protocol(path, pump=PUMP)
    assert isinstance(loaded, Plan), loaded
    return loaded


def as_printed(exact: Decimal, printed: str) -> Decimal:
    return exact.quantize(Decimal(printed), ROUND_HALF_UP)


BRIGHAM = ("castells-8-step", "castells-12-step", "rituximab-12-step")


@pytest.mark.parametrize("path", [CONFIG / "protocols" / f"{name}.toml" for name in BRIGHAM], ids=BRIGHAM)
def test_a_corrected_last_bag_gives_the_target(path: Path) -> None:
    plan = load(path)
    assert plan.total_dose == plan.target_dose
    assert plan.step(len(plan.steps)).until_empty


def test_rituximab_rows() -> None:
    plan = load(RITUXIMAB)
    assert len(plan.steps) == len(RITUXIMAB_ROWS)
    for step, (bag, *printed) in zip(plan.steps, RITUXIMAB_ROWS, strict=True):
        assert step.solution == f"bag-{bag}"
        ours = (step.rate_ml_h, step.minutes, step.volume_ml, step.dose, step.cumulative)
        for exact, text in zip(ours, printed, strict=True):
            assert as_printed(exact, text) == Decimal(text), (step.number, exact, text)


def test_rituximab_bags() -> None:
    for bag, (label, *printed) in zip(load(RITUXIMAB).solutions, RITUXIMAB_BAGS, strict=True):
        assert bag.label == label
        for exact, text in zip((bag.amount, bag.volume_ml, bag.concentration), printed, strict=True):
            assert as_printed(exact, text) == Decimal(text), (bag.id, exact, text)


def test_rituximab_totals_printed() -> None:
    plan = load(RITUXIMAB)
    assert plan.total_dose == 675
    assert as_printed(plan.total_minutes, "339.38") == Decimal("339.38")
    assert as_printed(plan.total_minutes / 60, "5.66") == Decimal("5.66")


def test_rituximab_where_print_and_exact_value_part() -> None:
    plan = load(RITUXIMAB)
    bags = plan.solutions
    ours = (
        bags[0].volume_ml,
        bags[2].concentration,
        bags[0].concentration,
        bags[1].concentration,
        bags[2].amount,
        bags[2].concentration,
        plan.step(2).cumulative,
    )
    for exact, (printed, value, reason) in zip(ours, RITUXIMAB_DIFFERS, strict=True):
        assert exact == Decimal(value), reason
        assert reason
        assert printed
    assert plan.target_dose / bags[2].volume_ml == Decimal("2.7")


def test_castells_rows() -> None:
    for step, (bag, *rows) in zip(load(CASTELLS).steps, CASTELLS_ROWS, strict=True):
        assert step.solution == f"bag-{bag}"
        ours = (step.rate_ml_h, step.minutes, step.volume_ml, step.dose, step.cumulative, step.elapsed_min)
        assert ours == tuple(Decimal(text) for text in rows), step.number
        assert step.exposure == step.dose


def test_castells_checkpoints_printed() -> None:
    plan = load(CASTELLS)
    printed = {
        "0.024": plan.solution("bag-1").concentration,
        "0.24": plan.solution("bag-2").concentration,
        "2.38": plan.solution("bag-3").concentration,
        "4.73": plan.step(8).cumulative,
        "553.61": plan.step(12).dose,
        "339.38": plan.total_minutes,
    }
    for text, exact in printed.items():
        assert as_printed(exact, text) == Decimal(text)
    assert plan.solution("bag-3").amount == Decimal("595.275")
    assert plan.total_dose == 600


def test_castells_dose_per_hour_rises_where_the_rate_falls() -> None:
    """F1: at the bag changes mL/h falls four times and mg/h rises."""
    plan = load(CASTELLS)
    for last in (4, 8):
        before, after = plan.step(last), plan.step(last + 1)
        assert before.rate_ml_h == 4 * after.rate_ml_h
        assert Decimal("2.4") < after.dose_rate_h / before.dose_rate_h <= Decimal("2.5")
