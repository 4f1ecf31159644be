"""What a bag's label says is exactly what is in the bag: it is printed on the bag."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Bag, Content, Shape
from tests.desk.generate.reading import draft_of, generate
from tests.desk.generate.shapes import FAMILIES

REST = {"the rest of the target dose", "dose corrected for what was already given"}
PART = re.compile(r"(the whole|\S+ %|\d+/\d+)(?:(?: of the)? target dose)?")
AMOUNT = re.compile(r"(\S+) (\S+|of the target) in (\S+) mL")
STRENGTH = re.compile(r"(\S+) (\S+|of the target)/mL")


def part_of(label: str) -> Fraction | None:
    """The part of the target that a label names; None if it names none."""
    found = PART.fullmatch(label)
    if found is None:
        return None
    words = found[1]
    if words == "the whole":
        return Fraction(1)
    return Fraction(words.removesuffix(" %")) / 100 if words.endswith("%") else Fraction(words)


def true_of(shape: Shape, bag: Bag) -> bool:
    """Whether the label says what the bag holds."""
    if bag.label in REST:
        return bag.content is Content.CORRECTED
    part = part_of(bag.label)
    if part is not None:
        return bag.content is Content.FRACTION and bag.amount == part * shape.target
    unit = shape.order.unit_in_words
    amount = AMOUNT.fullmatch(bag.label)
    if amount is not None:
        return (Fraction(amount[1]), amount[2], Fraction(amount[3])) == (bag.amount, unit, bag.volume_ml)
    strength = STRENGTH.fullmatch(bag.label)
    assert strength is not None, bag.label
    return (Fraction(strength[1]), strength[2]) == (bag.concentration, unit)


@pytest.mark.parametrize("family", FAMILIES)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(data=st.data())
def test_a_label_that_names_a_part_or_an_amount_is_exactly_true(family: str, data: st.DataObject) -> None:
    try:
        shape = data.draw(FAMILIES[family])()
    except Refused:
        assume(False)
    wrong = [(bag.label, bag.amount) for bag in shape.bags if not true_of(shape, bag)]
    assert wrong == []


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        (
            "bag-per-step --drug x --dose 600 --bags 4 --volume-ml 50 --step-minutes 30 --amount-step 1",
            [
                "1 mg in 50 mL",
                "1/100 of the target dose",
                "1/10 of the target dose",
                "the rest of the target dose",
            ],
        ),
        (
            "bag-per-step --drug x --dose 810 --bags 3 --ratio 3 --volume-ml 50 --step-minutes 15",
            ["90 mg in 50 mL", "270 mg in 50 mL", "the rest of the target dose"],
        ),
        (
            "brigham --drug x --dose 675 --volume-ml 250 --weak-volume-ml 50 --weak-amount-step 1.5,15",
            ["1.5 mg in 50 mL", "15 mg in 50 mL", "dose corrected for what was already given"],
        ),
        (
            "brigham --drug x --dose 600 --volume-ml 250 --weak-volume-ml 50",
            [
                "1/500 of the target dose",
                "1/50 of the target dose",
                "dose corrected for what was already given",
            ],
        ),
        (
            "brigham --drug x --dose 600 --volume-ml 250",
            [
                "1/100 of the target dose",
                "1/10 of the target dose",
                "dose corrected for what was already given",
            ],
        ),
        (
            "brigham --drug x --dose 600 --volume-ml 250 --percents 1,2.5,96.5 --weak-amount-step 4",
            ["8 mg in 250 mL", "16 mg in 250 mL", "96.5 % of the target dose"],
        ),
    ],
)
def test_the_label_of_a_rounded_bag_says_its_amount(words: str, labels: list[str]) -> None:
    sheet = draft_of(generate(words).stdout).sheet
    assert sheet is not None
    assert [bag.label for bag in sheet.bags] == labels
