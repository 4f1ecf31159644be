"""The Brigham family against its closed forms (facts of the generators, 2.2 and 2.3), all exact."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from daemon.desk.generate.brigham import Brigham, LastBag, brigham
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Shape
from daemon.protocols.sheet import Sheet
from tests.desk.generate.reading import generate, order, rates, read_back, same


def asked(**more: object) -> Brigham:
    given: dict[str, object] = {"volume": Fraction(250), "first_rate": Fraction(2), **more}
    given.setdefault("weak_volume", given["volume"])
    return Brigham(order(str(given.pop("dose", 600))), **given)  # type: ignore[arg-type]


def both(**more: object) -> tuple[Shape, Sheet]:
    shape = brigham(asked(**more))
    return shape, read_back(shape)


@pytest.mark.parametrize(
    ("bags", "steps", "minutes"),
    [(1, 4, "219.375"), (2, 8, "279.375"), (3, 12, "339.375"), (4, 16, "399.375"), (5, 20, "459.375")],
)
def test_total_time(bags: int, steps: int, minutes: str) -> None:
    """15 (n - 1) + 60 (V - 17.5) / 80."""
    shape, sheet = both(bags=bags, first_rate=None)
    assert len(shape.steps) == steps
    assert same(Fraction(minutes), sheet.total_minutes)
    assert Fraction(minutes) == 15 * (steps - 1) + Fraction(60) * (250 - Fraction("17.5")) / 80
    assert sheet.total_dose == 600


@pytest.mark.parametrize("volume", [50, 100, 250, 500, 1000])
@pytest.mark.parametrize(("first", "given"), [("2", "1.9675"), ("2.5", "1.96875")])
def test_given_before_the_last_bag(volume: int, first: str, given: str) -> None:
    """G/D = 1.9675/V or 1.96875/V, and the last bag is D - G."""
    shape, sheet = both(volume=Fraction(volume), first_rate=Fraction(first))
    g = 600 * Fraction(given) / volume
    assert same(g, sheet.rows[7].cumulative)
    assert shape.bags[-1].amount == 600 - g
    assert same(600 - g, sheet.bag("bag-3").amount)


@pytest.mark.parametrize(("first", "part"), [("2", 50_000), ("2.5", 40_000)])
def test_step_1_of_250_ml(first: str, part: int) -> None:
    _, sheet = both(first_rate=Fraction(first))
    assert same(Fraction(600, part), sheet.rows[0].dose)


def test_dose_rates_rise_2_to_2_and_a_half_times_bag_changes_included() -> None:
    for bags in (1, 2, 3):
        _, sheet = both(bags=bags, first_rate=None)
        dose_rates = [Fraction(row.dose_rate_h or 0) for row in sheet.rows]
        ratios = [after / before for before, after in pairwise(dose_rates)]
        assert all(Fraction("1.98") <= ratio <= Fraction("2.51") for ratio in ratios)


def test_four_bags_prepend_the_thousandth() -> None:
    shape, _ = both(bags=4)
    assert [bag.value for bag in shape.bags[:3]] == [Fraction(1, 1000), Fraction(1, 100), Fraction(1, 10)]
    assert rates(shape) == [
        *(2, 5, 10, 20),
        *(5, 10, 20, 40),
        *(5, 10, 20, 40),
        *(10, 20, 40, 80),
    ]


@pytest.mark.parametrize("bags", range(1, 14))
def test_any_number_of_bags(bags: int) -> None:
    shape, sheet = both(bags=bags, first_rate=None)
    assert len(shape.bags) == bags
    assert sheet.total_dose == 600


def test_rates_scale_with_the_final_rate_and_are_not_rounded() -> None:
    shape, _ = both(final_rate=Fraction(75), first_rate=None)
    found = rates(shape)
    assert found[:4] == [Fraction(rate) * 75 / 80 for rate in (2, 5, 10, 20)]
    assert found[4:8] == [Fraction(rate) * 75 / 80 for rate in (5, 10, 20, 40)]
    assert found[8:] == [Fraction(rate) * 75 / 80 for rate in (10, 20, 40, 80)]
    assert shape.total == 600


def test_rates_are_rounded_down_and_every_consequence_follows() -> None:
    """More drug than asked is never the result of rounding a weak bag's rate; the last bag makes it up."""
    exact, _ = both(final_rate=Fraction(75), first_rate=None)
    rounded, sheet = both(final_rate=Fraction(75), first_rate=None, rate_step=Fraction("0.1"))
    assert [str(row.rate_ml_h) for row in sheet.rows] == [
        *("1.8", "4.6", "9.3", "18.7"),
        *("4.6", "9.3", "18.7", "37.5"),
        *("9.3", "18.7", "37.5", "75"),
    ]
    assert sheet.rows[7].cumulative < sum(step.dose for step in exact.steps[:8])
    assert sheet.total_dose == 600
    assert sheet.total_minutes is not None
    assert same(165 + 60 * (250 - Fraction("65.5") / 4) / 75, sheet.total_minutes)
    became = "0.45 mL, 0.0108 mg instead of 0.46875 mL, 0.01125 mg"
    assert f"step 1: 1.875 mL/h asked, rounded down to 1.8 mL/h: {became}" in rounded.notes
    assert len([note for note in rounded.notes if "rounded down" in note]) == 9


def test_the_whole_is_told_beside_the_same_without_rounding() -> None:
    words = "brigham --drug x --dose 600 --volume-ml 250 --final-rate-ml-h 75"
    told = generate(f"{words} --rate-step 0.1").stderr
    assert "in all 600 mg in 351.9 min, 43.4233878 mg before the last step; " in told
    assert "without any rounding 600 mg in 351.875 min, about 43.51136 mg before the last step" in told
    assert "without any rounding" not in generate(words).stderr
    assert "without any rounding" not in generate(f"{words} --rate-step 0.0001").stderr


def test_an_uncorrected_last_bag_gives_the_target_and_what_was_given_before() -> None:
    """1000 mg in 250 mL run out: 1007.87 mg, + 0.787 %."""
    shape, sheet = both(dose=1000, last_bag=LastBag.UNCORRECTED)
    assert shape.bags[-1].value == 1
    assert same(Fraction("1007.87"), sheet.total_dose)
    assert any("(0.787 %) more than the target" in note for note in shape.notes)


def test_stopped_at_the_target_the_rest_is_discarded() -> None:
    shape, sheet = both(dose=1000, last_bag=LastBag.STOP_AT_TARGET)
    assert sheet.total_dose == 1000
    left = 250 - Fraction(sheet.bag("bag-3").drawn_ml)
    assert left == Fraction("7.87") / 4
    assert sheet.rows[-1].until == "target"
    assert any("discarded" in note for note in shape.notes)


def test_weak_bags_hold_what_can_be_prepared() -> None:
    shape, sheet = both(
        dose=675,
        weak_volume=Fraction(50),
        weak_amount_steps=(Fraction("1.5"), Fraction(15)),
    )
    assert [bag.amount for bag in shape.bags] == [Fraction("1.5"), 15, Fraction("669.0975")]
    assert [bag.rounded_to for bag in shape.bags] == [Fraction("1.5"), 15, None]
    assert sheet.total_dose == 675


def test_a_part_without_end_becomes_an_amount() -> None:
    """50 of 300 mL: a sixth of a hundredth has no end, 1 mg of 600 has."""
    shape, _ = both(volume=Fraction(300), weak_volume=Fraction(50))
    assert [bag.content for bag in shape.bags] == ["amount", "amount", "corrected"]
    assert shape.total == 600
    with pytest.raises(Refused, match="which no file and no pharmacy can hold"):
        brigham(asked(dose=700, volume=Fraction(300), weak_volume=Fraction(50)))
    rounded, _ = both(
        dose=700, volume=Fraction(300), weak_volume=Fraction(50), weak_amount_steps=(Fraction("0.1"),)
    )
    assert rounded.bags[0].amount == Fraction("1.2")


def test_other_ladders_are_taken_as_given() -> None:
    ladders = ((2, 5, 10, 20), (5, 10, 20, 40), (10, 20, 40, 75))
    shape, sheet = both(ladders=tuple(tuple(Fraction(rate) for rate in ladder) for ladder in ladders))
    assert rates(shape)[-1] == 75
    assert sheet.total_dose == 600
