"""What a nurse sees of a fraction: what flows, not what the step would give (F2)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from daemon.control.todo import todo
from daemon.control.view import view
from daemon.protocols.rules import Then, ThenKind
from daemon.terminal.sentences import commands, next_line, step_line
from tests.terminal import beds


def test_f2_the_step_line_shows_the_rate_really_set() -> None:
    """F2: 2.01 mL/h and its dose per hour; 10 mL/h is the step's and would be a lie now."""
    told = step_line(beds.seen(beds.STRETCH))
    assert "2.01 mL/h = ≈4.786 mg/h" in told
    assert "PART OF THE TOLERATED RATE" in told
    assert "10 mL/h" not in told
    assert "PART" not in step_line(beds.seen(beds.RUNNING))


def test_f2_what_follows_a_stretch_is_what_is_ordered() -> None:
    """F2: back=1 is step 8 on another bag, same_step the step whole, repeat the stretch, then a person."""
    seen = beds.seen(beds.STRETCH)
    assert seen["step"]["stretch"]["then"] == "back=1"
    assert "step 8 · bag-2 · 40 mL/h" in next_line(seen)
    assert "BAG CHANGE" in next_line(seen)
    stretch = beds.STRETCH.stretch
    assert stretch is not None
    same = replace(beds.STRETCH, stretch=replace(stretch, then=Then(ThenKind.SAME_STEP)))
    assert "step 9 · bag-3 · 10 mL/h" in next_line(beds.seen(same))
    again = replace(beds.STRETCH, stretch=replace(stretch, then=Then(ThenKind.REPEAT), again=1))
    assert "step 9 · bag-3 · 2.01 mL/h" in next_line(beds.seen(again))
    last = replace(beds.STRETCH, stretch=replace(stretch, then=Then(ThenKind.REPEAT)))
    assert next_line(beds.seen(last)) == "the drug is stopped, and a person decides"


def test_f2_the_next_bag_is_asked_for_by_what_follows() -> None:
    """F2: before the end of a stretch the bag of the step back is made ready."""
    assert "bag-2" in todo(beds.STRETCH, beds.NOW)


def test_f2_a_choice_is_offered_with_its_rate() -> None:
    """F2: the nurse reads mL/h of the bag that hangs before she chooses."""
    seen = beds.seen(beds.MILD)
    offered = {one["choice"]: one["stretch"] for one in seen["hold"]["allowed"]}
    assert offered["same_step"] is None
    assert offered["fraction=0.5"] == {
        "rate_ml_h": Decimal("2.01"),
        "dose_rate_h": Decimal("4.786011"),
        "minutes": 30,
        "volume_ml": Decimal("1.005"),
        "then": "same_step",
        "again": 0,
    }
    told = next(line for line in commands(seen) if "fraction" in line)
    assert told == 'infusiond resume --choice fraction=0.5 --by NAME --reason "WHY"   2.01 mL/h'
    assert view(beds.RUNNING, beds.NOW)["step"]["stretch"] is None
