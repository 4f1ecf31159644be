"""A slice of the long campaign of changes between pumps; `make proof` plays the whole of it (F23)."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from daemon.engine import events as ev
from daemon.engine import switching
from daemon.engine.draft import Draft
from drivers.values import Motion
from tests.engine.switches import FAULTS, NEXT, TIMINGS, Counted, about_to_change, change, wrong

SEEDS = range(120)


def played(seeds: range) -> Counted:
    counted = Counted()
    for seed in seeds:
        change(seed, counted)
    return counted


def test_f23_changes_of_pump_under_faults_never_overlap() -> None:
    """F23: overlap 0; what went on did so within seconds, what did not is held with every pump stopped."""
    counted = played(SEEDS)
    assert counted.broken == []
    assert counted.changes == len(SEEDS)
    assert counted.faults.keys() == FAULTS.keys()
    assert {"infusing", "held"} <= counted.ended.keys()
    assert counted.free_s


def test_f23_two_that_run_at_once_are_found() -> None:
    """F23: the judge looks at the motors: a hand starts the next pump while the one before runs."""
    world = deepcopy(about_to_change(TIMINGS[0]))
    assert wrong(world, replayed=True) == []
    assert world.motion() is Motion.INFUSING
    world.sound = False
    world.pumps[NEXT].start()
    world.run(100)
    assert any("two pumps at once" in text for text in wrong(world, replayed=True))


def test_f23_a_change_that_breaks_a_decision_is_counted_with_its_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F23: an engine that does not wait for the old pump to stand is told by the checks of its decisions."""

    def hasty(draft: Draft) -> bool:
        draft.emit(ev.StopConfirmed("believed", draft.state.pump_name))
        return True

    for timing in TIMINGS:
        about_to_change(timing)
    monkeypatch.setattr(switching, "may_take_over", hasty)
    counted = played(range(10))
    assert any("two would deliver" in text for text in counted.broken), counted.broken


def test_a_campaign_says_what_it_counted() -> None:
    counted = replace(Counted(), changes=1)
    assert '"changes": 1' in counted.said()
