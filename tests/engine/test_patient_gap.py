"""A gap ends when drug is at the patient's end of the line, not when the pump runs (F19)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine import gap, totals
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, flush, hold, lined, renew, world_of
from tests.engine.plans import REST, rules

D = Decimal


def ample(own_ml: str) -> Plan:
    """The lined plan with a total dose that a flush counted twice does not reach."""
    return lined(own_ml, ceilings=replace(rules().ceilings, max_total_dose=D(300)))


def resumed(volume: str, own_ml: str = "2", *, answered: bool = True) -> World:
    """Held in step 3, the line flushed by so much, and gone on with: 30 mL/h, 2 mL are 4 min."""
    world = hold(at_step(lined(own_ml), 3))
    if D(volume):
        flush(world, FlushTo.DISCARDED, volume)
    elif answered:
        flush(world, FlushTo.NOBODY)
    assert not world.resume(REST).startswith("no: ")
    return world


def closed(world: World) -> list[ev.GapClosed]:
    return [event for event in world.seen(ev.GapClosed) if isinstance(event, ev.GapClosed)]


def drug_comes(world: World) -> int:
    """Live until drug comes out at the simulated patient; engine time."""
    before = world.side.reached
    while world.side.reached == before:
        world.run(1_000)
        assert world.phase() is Phase.INFUSING, world.why()
    return world.now


def test_f19_a_full_line_ends_the_gap_with_the_pump() -> None:
    world = resumed("0")
    before = len(closed(world))
    begun = world.now
    world.run(180_000)
    assert len(closed(world)) == before + 1
    assert closed(world)[-1].to_ms <= begun + 15_000


def test_f19_with_drug_free_fluid_in_the_line_the_gap_goes_on_until_drug_arrives() -> None:
    """F19: the longer of the two accounts counts: the pump runs, the patient gets saline for 3 min."""
    world = resumed("1.5", "1.5")
    before = len(closed(world))
    world.run(120_000)
    assert world.state.running
    assert len(closed(world)) == before
    assert gap.current_ms(world.state, world.now) > 120_000
    came = drug_comes(world)
    world.run(180_000)
    assert len(closed(world)) == before + 1
    assert abs(closed(world)[-1].to_ms - came) <= 30_000


def test_f19_a_gap_that_grows_past_its_rule_at_the_patient_holds() -> None:
    """F19: 4 mL are 8 min of saline; after 5 min the rule orders a step back, and the run is held."""
    world = resumed("4", "4")
    begun = world.now
    world.run_until(Phase.HELD, most_ms=420_000)
    assert 180_000 < world.now - begun < 300_000
    assert world.state.hold is not None
    assert "no drug at the patient's end" in world.state.hold.reasons[0]
    world.run(3_000)
    assert world.resume(REST).startswith("no: ")


@pytest.mark.parametrize("own_ml", ["1.5", "4"])
def test_f19_an_unsaid_flush_leaves_the_gap_open_as_long_as_the_patient_may_be_without_drug(
    own_ml: str,
) -> None:
    """F19, F3: flushed and never said: the gap closes once drug has come, or has grown past its rule."""
    world = hold(at_step(ample(own_ml), 3))
    flush(world, FlushTo.PATIENT, own_ml, told=False)
    before = len(closed(world))
    assert not world.resume(REST).startswith("no: ")
    world.run(65_000)
    assert view(world.state, world.now)["line"]["drug_free_ml"] > 0
    reached = world.side.reached
    while world.side.reached == reached and world.phase() is Phase.INFUSING:
        assert len(closed(world)) == before, "closed while the patient had no drug"
        world.run(1_000)
    came = world.now
    if own_ml == "4":
        assert world.phase() is Phase.HELD
        assert world.state.hold is not None
        assert "no drug at the patient's end" in world.state.hold.reasons[0]
        return
    world.run(180_000)
    assert len(closed(world)) == before + 1, world.why()
    assert abs(closed(world)[-1].to_ms - came) <= 30_000


def test_f19_an_unsaid_flush_before_the_first_drug_is_no_reason_to_think_that_it_came() -> None:
    """F19, F3: it may have: from then on he may be without drug, and that is counted."""
    world = world_of(replace(lined("4", primed=False), exposure_accepted_by="Dr. Example"))
    world.priming = False
    world.start().run(60_000)
    hold(world)
    flush(world, FlushTo.PATIENT, "4", told=False)
    world.measure()
    assert not world.resume(REST).startswith("no: ")
    world.run(120_000)
    assert totals.exposure(world.state).high > 0
    assert gap.current_ms(world.state, world.now) > 120_000


def test_f19_a_primed_line_is_the_way_back() -> None:
    """F19: the line replaced by one full of the bag's own solution ends the drug-free time with the pump."""
    world = hold(at_step(lined("4"), 3))
    flush(world, FlushTo.DISCARDED, "4")
    renew(world)
    world.hang("B", primed=True)
    assert not world.resume(REST).startswith("no: ")
    before = len(closed(world))
    world.run(180_000)
    assert len(closed(world)) == before + 1


def test_f19_before_the_first_drug_has_arrived_there_is_no_gap() -> None:
    """F19: an unprimed first bag: nothing has been tolerated yet that could be lost."""
    plan = replace(lined("4", primed=False), exposure_accepted_by="Dr. Example")
    world = world_of(plan)
    world.priming = False
    world.start()
    world.run(200_000)
    assert world.side.reached == 0
    assert gap.current_ms(world.state, world.now) == 0
    assert world.phase() is Phase.INFUSING
