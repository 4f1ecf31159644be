"""A file by the patient's size is right for every patient: each dose follows the size, or it is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from daemon.cli.main import main
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Infusion, Shape
from daemon.desk.generate.toml import protocol_text
from daemon.protocols.load import Equipment, draft_protocol
from daemon.protocols.sheet import Sheet
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import parse_toml
from tests.desk.generate.reading import generate, same
from tests.desk.generate.shapes import BY_SIZE, exact
from tests.desk.generate.test_labels import part_of

SIZE = "--dose-per-kg 10 --weight-kg 81"
THIRDS = f"bag-per-step --drug x {SIZE} --bags 5 --ratio 3 --volume-ml 50 --step-minutes 15"


def at_size(text: str, key: str, size: Fraction) -> Sheet:
    """The table of the file for a patient of another size."""
    asked = Asked(**{key: Decimal(size.numerator) / size.denominator})  # type: ignore[arg-type]
    draft = draft_protocol(parse_toml("x", text), "x", Equipment(), asked)
    assert {fault.code for fault in draft.faults} == {"blank"}, list(map(str, draft.faults))
    assert draft.sheet is not None
    return draft.sheet


def scaled(shape: Shape, sheet: Sheet, ratio: Fraction) -> None:
    """Every dose is the ratio times what it was; rates, times and volumes are as they were."""
    assert same(shape.target * ratio, sheet.target_dose)
    for step, row in zip(shape.steps, sheet.rows, strict=True):
        assert isinstance(step, Infusion)
        assert same(step.dose * ratio, row.dose), f"step {row.number}"
        assert same(step.rate_ml_h, row.rate_ml_h)
        assert same(step.minutes, row.minutes)
        assert same(step.volume_ml, row.volume_ml)
    for bag in shape.bags:
        assert same(bag.concentration * ratio, sheet.bag(bag.id).concentration), bag.id


@pytest.mark.parametrize("family", BY_SIZE)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(data=st.data())
def test_at_another_size_every_dose_is_scaled_by_the_ratio_of_the_sizes(
    family: str, data: st.DataObject
) -> None:
    try:
        shape = data.draw(BY_SIZE[family])()
    except Refused:
        assume(False)
    key, size = shape.order.size[1]
    other = data.draw(exact(1, 300, 1) if key == "weight_kg" else exact(1, 4))
    scaled(shape, at_size(protocol_text(shape), key, other), other / size)
    for bag in shape.bags:
        assert part_of(bag.label) is not None or bag.content == "corrected", "true of no other patient"


@pytest.mark.parametrize("family", BY_SIZE)
def test_most_orders_by_size_can_be_carried_out(family: str) -> None:
    """The promise above is no empty one."""
    made: list[bool] = []

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(make=BY_SIZE[family])
    def count(make: object) -> None:
        try:
            made.append(isinstance(make(), Shape))  # type: ignore[operator]
        except Refused:
            made.append(False)

    count()
    assert sum(made) > len(made) / 8, f"{sum(made)} of {len(made)}"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (THIRDS, "bag-1 would hold 10 mg"),
        (
            f"bag-per-step --drug x {SIZE} --bags 3 --volume-ml 50 --step-minutes 15 --amount-step 1",
            "bag-1 would be rounded to a multiple of 1 mg",
        ),
        (
            f"brigham --drug x {SIZE} --volume-ml 250 --weak-amount-step 1.5,15",
            "bag-1 would be rounded to a multiple of 1.5 mg",
        ),
        (f"brigham --drug x {SIZE} --volume-ml 300 --weak-volume-ml 50", "bag-1 would hold 1.35 mg"),
        (f"line-fill --drug x {SIZE} --dead-volume-ml 22 --dilutions 1/27,1/3,1", "bag-1 would hold 30 mg"),
        (f"geometric --drug x {SIZE} --volume-ml 250 --dilutions 1/3,1", "bag-1 would hold 270 mg"),
        (f"oral --drug x {SIZE} --interval-min 15 --doses 10,800", "doses given by hand"),
        (f"oral --drug x {SIZE} --interval-min 15 --first-dose 10", "doses given by hand"),
        (
            f"ramp --drug x {SIZE} --volume-ml 100 --concentrations 10 --rates-h 1,2",
            "rates in dose per hour",
        ),
        (
            f"ramp --drug x {SIZE} --volume-ml 100 --concentrations 10 --first-rate-h 1 --final-rate-h 4",
            "rates in dose per hour",
        ),
    ],
)
def test_what_does_not_follow_the_size_is_refused(words: str, problem: str) -> None:
    result = generate(words)
    told = " ".join(result.stderr.split())
    assert result.exit_code == 2
    assert result.stdout == ""
    for word in ("--dose-per-kg", problem, "give --dose 810, the target of this patient"):
        assert word in told
    body = generate(words.replace(SIZE, "--dose-per-m2 450 --surface-m2 1.8"))
    assert "--dose-per-m2" in body.stderr


def test_the_same_for_this_patient_alone_is_written() -> None:
    assert generate(THIRDS.replace(SIZE, "--dose 810")).exit_code == 0


def test_a_plan_at_half_the_weight_gives_half_of_everything(tmp_path: Path) -> None:
    out = tmp_path / "gw.toml"
    words = f"bag-per-step --drug x {SIZE} --bags 5 --volume-ml 50 --step-minutes 15"
    assert generate(words, "--out", str(out)).exit_code == 0
    planned = CliRunner().invoke(main, ["plan", str(out), "--weight-kg", "40.5"])
    for amount in ("0.0405", "0.405", "4.05", "40.5"):
        assert amount in planned.output
    assert "405 mg" in planned.output
