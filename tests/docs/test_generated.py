"""Pages written from code are what the code says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE
from daemon.engine.evolve import evolve
from daemon.engine.phases import Mode, Phase
from daemon.engine.state import RunState
from daemon.engine.transitions import WHY
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.docs.phase_probe import outcomes, world_in
from tests.docs.state_page import MEANING, MODES
from tests.docs.write import GENERATED
from tests.engine.plans import small


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_page_is_what_the_code_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path](), "write it: python -m tests.docs.write"


def test_every_alarm_has_a_row() -> None:
    page = next(path for path in GENERATED if path.name == "alarms.md").read_text(encoding="utf-8")
    assert [name for name in CATALOGUE if page.count(f"| `{name}` |") != 1] == []


def test_every_phase_and_mode_has_words() -> None:
    assert set(MEANING) == set(WHY) == set(Phase)
    assert set(MODES) == set(Mode)


def test_f32_hold_is_for_every_phase_and_no_open_phase_is_without_a_way_out() -> None:
    assert all(outcomes()["hold"][phase] for phase in Phase)
    ends = (Phase.COMPLETED, Phase.ABORTED)
    assert all(outcomes()["abort"][phase] == {Phase.ABORTED} for phase in Phase if phase not in ends)


def changes(world: World) -> set[tuple[Phase, Phase]]:
    """Every change of phase in the journal of a world."""
    state: RunState | None = None
    found = set()
    for at, event in world.events:
        after = evolve(state, event, at) if state is not None else evolve(world.state, event, at)
        if state is not None and after.phase is not state.phase:
            found.add((state.phase, after.phase))
        state = after
    return found


def whole_run() -> World:
    world = World(small(), timing=Timing(300)).start()
    world.run_until(Phase.COMPLETED)
    return world


def test_f40_no_change_of_phase_is_outside_the_table() -> None:
    told = {(before, after) for before, to in WHY.items() for after in to}
    by_acts = {
        (before, after)
        for phases in outcomes().values()
        for before, to in phases.items()
        for after in to
        if after is not before
    }
    seen = by_acts.union(*(changes(world_in(phase)) for phase in Phase), changes(whole_run()))
    assert seen - told == set()
    assert len(seen) > len(told) / 2, "the runs of this test see too little"


def test_a_nameless_abort_is_a_hold() -> None:
    """F33: STOP acts first; the end of a run needs a name."""
    world = World(small(), timing=Timing(300)).start()
    world.run(60_000)
    world.do(inp.Abort, by="", reason="panic")
    assert world.phase() is Phase.HELD
