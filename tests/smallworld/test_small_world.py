"""The small worlds, explored: every decision judged, every phase with every input (F32, F40).

The world of one pump to its end; of the others as many classes as the suite has time for, each phase in turn.
`python -m tests.smallworld` explores them all.
"""

from __future__ import annotations

from functools import cache

import pytest

from daemon.engine.phases import Phase
from daemon.engine.texts import TEXTS
from daemon.engine.transitions import WHY, leads
from tests.smallworld.likeness import Likeness
from tests.smallworld.roads import roads
from tests.smallworld.survey import Survey, survey
from tests.smallworld.table import INPUTS, forbidden, unseen
from tests.smallworld.worlds import WORLDS

pytestmark = pytest.mark.timeout(1_800)
WHOLE = "one pump"
SLICE = 500
"""Classes of each other world."""
COMPARED = 60
ALIKE = 0.95
"""Share of the moves that lead two states of one class to the same class."""


@cache
def explored(name: str) -> Survey:
    """Once for all tests of this file; it fails by itself where a decision breaks an invariant."""
    return survey(WORLDS[name], 100_000 if name == WHOLE else SLICE)


def test_f40_the_world_of_one_pump_is_explored_to_its_end() -> None:
    """F40: every phase, every input in it or impossible there, every entry of the table."""
    found = explored(WHOLE)
    assert found.complete
    assert unseen(found) == []


@pytest.mark.parametrize("name", WORLDS)
def test_f40_no_change_of_phase_but_those_of_the_table(name: str) -> None:
    assert list(forbidden(explored(name))) == []


@pytest.mark.parametrize("name", WORLDS)
def test_f32_from_every_state_there_is_a_way_out(name: str) -> None:
    """DESIGN 3.14: also with a pump, the monitor or the disk dead for good, in one act."""
    assert explored(name).trapped == []


@pytest.mark.parametrize("phase", [Phase.INFUSING, Phase.WAITING_GATE])
def test_f23_two_pumps_are_walked_to_a_bag_that_hangs_nowhere(phase: Phase) -> None:
    """F23: a pump replaced long before its turn; the one state of a class does not live that long."""
    walked = [(one.node.state.phase, one.after.state.phase) for one in roads(WORLDS["two pumps"].first())]
    assert (phase, Phase.AWAITING_SOLUTION) in walked


@pytest.mark.parametrize("name", WORLDS)
def test_f40_a_slice_has_seen_the_phases_of_a_world(name: str) -> None:
    """One that never left the checks would prove little; only a bag that is late takes longer to reach."""
    late = {Phase.AWAITING_SOLUTION}
    assert set(explored(name).classes) | late == set(Phase) - WORLDS[name].never


def test_f40_the_reasons_tell_of_the_same_changes() -> None:
    for phase in Phase:
        told = set().union(*(leads(phase, kind) for kind in INPUTS)) - {phase}
        assert told == set(WHY[phase]), phase


def test_f40_an_act_that_is_refused_says_why_in_a_text_of_the_catalogue() -> None:
    codes = set().union(*explored(WHOLE).refused.values()) - {""}
    assert codes <= set(TEXTS)
    assert all(TEXTS[code].kind == "refused" for code in codes)


@pytest.mark.parametrize("name", WORLDS)
def test_f40_two_states_of_one_class_are_led_alike(name: str) -> None:
    """A spot check of the classes: whichever state stands for its class, the same moves lead on alike."""
    compared = explored(name).likeness.compare(COMPARED)
    assert compared.classes == COMPARED
    assert compared.share >= ALIKE, compared.differ.most_common(5)


def test_f40_states_that_are_not_alike_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class that is too coarse shows: of two states of one phase most moves lead to different classes."""
    monkeypatch.setattr("tests.smallworld.likeness.kind", lambda node: node.state.phase)
    met = Likeness()
    start = WORLDS[WHOLE].first()
    its = met.first(start)
    for _, node in (pair for pair in explored(WHOLE).likeness.one.items()):
        met.met(node.state.phase, node)
    assert its is Phase.PLANNED
    assert met.compare(12).share < 1 / 2
