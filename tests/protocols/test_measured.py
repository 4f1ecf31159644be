"""Volumes and amounts of a file worked by hand; what cannot be known is None and never a guess (F11, F39)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest

from daemon.protocols.exposure import Flow
from daemon.protocols.measure import DoseMeasure, Measures, StepMeasure, flow_of, measure
from daemon.protocols.schema_bags import BagIn, LineIn
from daemon.protocols.schema_steps import StepIn

D, F = Decimal, Fraction
NEW = LineIn(dead_volume_ml=D(7), y_site_ml=D(3), primed=False)
PRIMED = LineIn(dead_volume_ml=D(7), y_site_ml=D(3), primed=True)


@dataclass(frozen=True)
class File:
    """The parts of a file that count here; a step that cannot be read is None."""

    target_dose: Decimal | None
    solutions: tuple[BagIn | None, ...]
    steps: tuple[StepIn | None, ...]
    names: tuple[str, ...] = ()

    @property
    def step_solutions(self) -> tuple[object, ...]:
        return self.names or tuple(step.solution if step is not None else None for step in self.steps)


def bag(name: str = "A", strength: str = "2", line: LineIn | None = None, volume: int | None = 100) -> BagIn:
    ml = None if volume is None else D(volume)
    return BagIn(id=name, label=name, concentration=D(strength), volume_ml=ml, line=line)


def corrected(name: str = "C") -> BagIn:
    return BagIn(id=name, label=name, corrected=True, volume_ml=D(100))


def runs(name: str = "A", minutes: int = 20) -> StepIn:
    """60 mL/h: a mL a minute."""
    return StepIn(solution=name, rate_ml_h=D(60), minutes=D(minutes))


def until(what: str, name: str = "A") -> StepIn:
    return StepIn.model_validate({"solution": name, "rate_ml_h": D(60), "until": what})


def last(
    *steps: StepIn | None, bags: tuple[BagIn, ...], target: str = "100", names: tuple[str, ...] = ()
) -> Fraction | None:
    """Volume of the last step, mL."""
    found = measure(File(D(target), bags, steps, names)).steps[-1]
    assert found is None or found.minutes == found.volume
    return None if found is None else found.volume


# -- until the target has reached the patient ----------------------------------------------------------


@pytest.mark.parametrize(
    ("strength", "line", "ml"),
    [("2", NEW, 60), ("2", PRIMED, 53), ("2", None, 50), ("0.5", NEW, 210), ("0.5", PRIMED, 203)],
)
def test_f39_the_target_is_reached_through_what_the_line_holds_first(
    strength: str, line: LineIn | None, ml: int
) -> None:
    """F39: 10 mL of line, of which priming fills 7; then 100 mg of 2 or of 0.5 mg/mL."""
    assert last(until("target"), bags=(bag(strength=strength, line=line, volume=500),)) == ml


def test_f39_what_came_before_counts_as_far_as_it_has_arrived() -> None:
    """F39: 20 mL of A, half of it still in the line: 20 mg before, 20 in the line, 60 of B at 10 mg/mL."""
    bags = (bag(line=NEW), bag("B", "10", NEW))
    assert last(runs(), until("target"), bags=bags) == 40
    assert last(runs(), until("target", "B"), bags=bags) == 16
    assert last(runs(), until("target", "B"), bags=bags, target="40") == 10, "with the last of A"
    assert last(runs(), until("target", "B"), bags=bags, target="30") == 5


def test_f11_a_dose_given_by_hand_counts_before_the_pump_does() -> None:
    """F11: 10 of 100 mg, as a dose or as 5 mL of 2 mg/mL."""
    for given in (StepIn(solution="A", dose=D(10)), StepIn(solution="A", volume_ml=D(5))):
        assert last(given, until("target"), bags=(bag(line=NEW),)) == 55
        measured = measure(File(D(100), (bag(),), (given,)))
        assert measured.by_hand == {0: DoseMeasure("A", F(10), F(5))}
        assert measured.steps == (None,)


def test_where_something_before_is_unknown_the_end_is_too() -> None:
    """A step nobody can read, a bag of unknown strength, and saline, which never brings a drug."""
    assert last(None, until("target"), bags=(bag(),)) is None
    assert last(runs("C"), until("target"), bags=(bag(), corrected())) is None
    saline = BagIn(id="S", label="S", flush=True, volume_ml=D(100))
    assert last(until("target", "S"), bags=(saline,)) is None


# -- until the bag is empty ----------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "left"), [(20, 80), (99, 1), (100, None), (101, None)])
def test_f30_a_bag_runs_until_what_was_drawn_leaves_nothing(minutes: int, left: int | None) -> None:
    assert last(runs(minutes=minutes), until("empty"), bags=(bag(),)) == left


def test_f30_a_bag_of_which_nobody_knows_what_was_drawn_has_no_known_rest() -> None:
    """F30: another bag that cannot be read is no matter."""
    assert last(None, until("empty"), bags=(bag(),), names=("A", "A")) is None
    assert last(None, until("empty"), bags=(bag(),), names=("B", "A")) == 100
    assert last(StepIn(solution="A", volume_ml=D(5)), until("empty"), bags=(bag(),)) == 95


# -- rates and amounts ---------------------------------------------------------------------------------


def test_a_rate_in_drug_per_hour_is_one_of_the_bag_where_its_strength_is_known() -> None:
    step = StepIn(solution="A", dose_rate_h=D(120), minutes=D(30))
    (found,) = measure(File(D(100), (bag(),), (step,))).steps
    assert found == StepMeasure("A", F(60), F(30), F(30))
    unknown = StepIn(solution="C", dose_rate_h=D(120), minutes=D(30))
    assert measure(File(None, (corrected(),), (unknown,))).steps == (None,)
    timed = StepIn(solution="A", minutes=D(30), volume_ml=D(20))
    assert measure(File(D(100), (bag(),), (timed,))).steps == (StepMeasure("A", F(40), F(30), F(20)),)


def amounts(*bags: BagIn, steps: tuple[StepIn, ...] = (), target: str = "100") -> Measures:
    return measure(File(D(target), bags, steps))


def test_what_is_in_a_bag_is_stated_or_follows() -> None:
    """A part of the target, an amount, strength times volume, or nothing at all; strength is per mL."""
    found = amounts(
        bag("A", "2"),
        bag("N", "2", volume=None),
        BagIn(id="B", label="B", amount=D(6), volume_ml=D(250)),
        BagIn(id="F", label="F", fraction=D("0.1"), volume_ml=D(50)),
        BagIn(id="S", label="S", flush=True, volume_ml=D(100)),
    )
    assert found.amounts == {"A": 200, "B": 6, "F": 10, "S": 0}
    assert found.concentrations == {"A": 2, "N": 2, "B": F(6, 250), "F": F(1, 5), "S": 0}


@pytest.mark.parametrize(
    ("target", "left"), [("101", 51), ("100", 50), ("51", 1), ("50", None), ("49", None)]
)
def test_a_corrected_bag_holds_what_all_others_leave_of_the_target(target: str, left: int | None) -> None:
    """20 mL of 2 mg/mL by the pump and 10 mg by hand before it; where nothing is left it is no bag."""
    steps = (StepIn(solution="A", dose=D(10)), runs("A"), runs("C"))
    found = amounts(bag(), corrected(), steps=steps, target=target)
    assert found.given_before == 50
    assert found.amounts.get("C") == left
    assert found.concentrations.get("C") == (None if left is None else F(left, 100))


def test_a_corrected_bag_is_unknown_where_a_step_before_it_is() -> None:
    found = measure(File(D(100), (bag(), corrected()), (None, runs("C")), ("A", "C")))
    assert found.given_before is None
    assert "C" not in found.amounts


def test_a_file_that_no_pump_drives_need_not_say_what_its_line_holds() -> None:
    assert flow_of(bag(), F(2), F(60), F(5)) == Flow("A", F(2), F(60), F(5), F(0), F(0), primed=True)
    assert flow_of(bag(line=NEW), F(2), F(60), F(5)) == Flow("A", F(2), F(60), F(5), F(7), F(3), primed=False)
