"""The small world, explored to its end: every decision judged, every phase with every input (F32, F40)."""

from __future__ import annotations

import typing

import pytest

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.engine.texts import TEXTS
from daemon.engine.transitions import DRIFT, IMPOSSIBLE, LEADS, WHY, leads
from tests.smallworld.survey import Survey, survey

pytestmark = pytest.mark.timeout(900)
INPUTS = typing.get_args(inp.Input)
ELSEWHERE = {
    (inp.SettleStep, Phase.WAITING_GATE): Phase.AFTER_WATCH,
    (inp.ConfirmEmpty, Phase.HELD): Phase.AWAITING_SOLUTION,
}
"""Need a last step that ends by its volume, and a bag run empty before the last one."""

ONE_PUMP = frozenset(Phase) - {Phase.SWITCHING}
"""The small world has one pump; the change between several is explored in tests/engine/test_switching.py."""


@pytest.fixture(scope="module")
def found() -> Survey:
    """One exploration for all tests of this file; it fails by itself where a decision breaks an invariant."""
    return survey()


def test_f40_every_phase_is_reached(found: Survey) -> None:
    assert set(found.classes) == set(ONE_PUMP)


def test_f40_every_input_comes_in_every_phase_or_is_impossible_there(found: Survey) -> None:
    for kind in INPUTS:
        for phase in ONE_PUMP:
            impossible = phase in IMPOSSIBLE.get(kind, frozenset())
            assert ((kind, phase) in found.led) is not impossible, f"{kind.__name__} in {phase}"


def test_f40_what_is_impossible_needs_an_order_that_is_never_there(found: Survey) -> None:
    assert found.pending.isdisjoint(IMPOSSIBLE[inp.OrderDone])


def test_f40_no_change_of_phase_but_those_of_the_table(found: Survey) -> None:
    for (kind, phase), after in found.led.items():
        assert after <= leads(phase, kind), f"{kind.__name__} in {phase}"


def test_f40_every_entry_of_the_table_happens(found: Survey) -> None:
    """An entry nothing reaches would be a door nobody has looked behind."""
    for kind, by_phase in LEADS.items():
        for phase in by_phase.keys() & ONE_PUMP:
            here = by_phase[phase] - {ELSEWHERE.get((kind, phase))}
            assert here <= found.led.get((kind, phase), set()), f"{kind.__name__} in {phase}"
    for phase in DRIFT.keys() & ONE_PUMP:
        assert DRIFT[phase] & ONE_PUMP <= set().union(
            *(led for (_, at), led in found.led.items() if at is phase)
        )


def test_f40_the_reasons_tell_of_the_same_changes() -> None:
    for phase in Phase:
        told = set().union(*(leads(phase, kind) for kind in INPUTS)) - {phase}
        assert told == set(WHY[phase]), phase


def test_f40_an_act_that_is_refused_says_why_in_a_text_of_the_catalogue(found: Survey) -> None:
    codes = set().union(*found.refused.values()) - {""}
    assert codes <= set(TEXTS)
    assert all(TEXTS[code].kind == "refused" for code in codes)


def test_f32_from_every_state_there_is_a_way_out(found: Survey) -> None:
    """DESIGN 3.14: also with the pump, the monitor or the disk dead for good, in one act."""
    assert found.trapped == []
