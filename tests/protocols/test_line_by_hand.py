"""What leaves a line of known volume, followed by hand, and what of it breaks a ceiling (F30, F39)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from daemon.protocols.exposure import Breach, Flow, PatientSide, Plug, breaches, patient_side

F = Fraction


def flow(
    solution: str,
    strength: int,
    volume: int,
    rate: int = 60,
    *,
    own: int = 2,
    shared: int = 3,
    primed: bool = True,
) -> Flow:
    return Flow(solution, F(strength), F(rate), F(volume), F(own), F(shared), primed)


def told(side: PatientSide) -> list[list[tuple[int, int]]]:
    """Volume and strength of each plug, step by step."""
    return [[(int(plug.volume), int(plug.concentration)) for plug in plugs] for plugs in side.steps]


def test_f39_a_line_without_volume_keeps_nothing_back() -> None:
    """F39: one plug a step, primed or not."""
    for primed in (True, False):
        side = patient_side([flow("A", 1, 5, own=0, shared=0, primed=primed)])
        assert side == PatientSide(((Plug(F(5), F(1), F(60)),),), F(0), (F(0),))


def test_f30_what_was_primed_into_the_line_is_given_beyond_what_the_pump_counts_once() -> None:
    """F30: 2 mL of 1 mg/mL come with the flush that pushes them out, and nothing with the flush after it."""
    side = patient_side([flow("A", 1, 5), flow("F", 0, 5, primed=False), flow("F", 0, 5, primed=False)])
    assert told(side) == [[(3, 0), (2, 1)], [(5, 1)], [(5, 0)]]
    assert ([int(one) for one in side.flushed], int(side.kept)) == ([0, 2, 0], 0)


def test_f30_f39_what_stays_in_a_line_that_is_taken_off_is_not_given() -> None:
    """F30, F39: A, 1 mL of flush behind it, then B on a line of its own: 1 of A's 2 mg goes with its line.

    Primed 2, pumped 5, primed 20, pumped 100: 126 mg come out, 105 of them counted.
    """
    flows = [
        flow("A", 1, 5),
        flow("F", 0, 1, primed=False),
        flow("B", 10, 10),
        flow("G", 0, 5, primed=False),
        flow("G", 0, 5, primed=False),
    ]
    side = patient_side(flows)
    assert told(side) == [[(3, 0), (2, 1)], [(1, 1)], [(3, 1), (7, 10)], [(5, 10)], [(5, 0)]]
    assert ([int(one) for one in side.flushed], int(side.kept)) == ([0, 0, 0, 21, 0], 0)
    out = sum(plug.dose for plugs in side.steps for plug in plugs)
    assert out == 126 == sum(one.volume * one.concentration for one in flows) + sum(side.flushed)


def test_f30_more_taken_off_than_was_primed_leaves_nothing_to_flush() -> None:
    """F30: the whole of A's 2 mg went with its line."""
    flows = [flow("A", 1, 5), flow("B", 10, 10), flow("G", 0, 5, primed=False)]
    side = patient_side(flows)
    assert told(side) == [[(3, 0), (2, 1)], [(3, 1), (7, 10)], [(5, 10)]]
    assert [int(one) for one in side.flushed] == [0, 0, 20]


@pytest.mark.parametrize(
    ("third", "ceiling", "found"),
    [
        (40, None, [Breach(1, F(20), F(2), reached=False)]),
        (50, None, [Breach(1, F(20), F(2), reached=False), Breach(2, F(50), F(5, 2), reached=True)]),
        (40, 40, [Breach(1, F(20), F(2), reached=False)]),
        (
            40,
            39,
            [Breach(1, F(20), F(2), reached=False), Breach(2, F(40), None, reached=True)],
        ),
    ],
)
def test_f39_the_first_drug_is_measured_by_step_1_and_the_next_by_what_came_before(
    third: int, ceiling: int | None, found: list[Breach]
) -> None:
    """F39: 5 mL of line empty at 10 mL/h; drug arrives at 20, twice step 1; then at most twice that."""
    flows = [flow("A", 1, 5, rate, own=0, shared=5, primed=False) for rate in (10, 20, third)]
    assert list(breaches(flows, F(2), None if ceiling is None else F(ceiling))) == found


def test_f39_lines_of_their_own_that_are_primed_never_break_a_ceiling() -> None:
    flows = [flow("A", 1, 5, rate, own=5, shared=0) for rate in (10, 200)]
    assert list(breaches(flows, F(2), F(1))) == []
    part = [flow("A", 1, 5, rate, own=0, shared=5) for rate in (10, 200)]
    assert [one.times for one in breaches(part, F(2), None)] == [F(20)]
