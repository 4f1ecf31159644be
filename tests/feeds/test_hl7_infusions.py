"""PCD-10: START, STOP and COMP of every step out of the record, and volumes that add up (H2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.evolve import begin, evolve
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.feeds.hl7.infusion_message import infusion_message
from daemon.feeds.hl7.infusions import Infusion, Infusions
from daemon.feeds.mirror import Passed
from daemon.journal.records import Record
from daemon.protocols.rules import Choice, ChoiceKind, Grade
from simulators.campaign.engine.world import World
from tests.engine.plans import published, small
from tests.feeds.hl7_messages import BED, field, read, strictly, value

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
D = Decimal


def passed(world: World) -> list[Passed]:
    """The facts of a world as the mirror hands them on."""
    found: list[Passed] = []
    state: RunState | None = None
    for seq, (at, event) in enumerate(world.events, start=1):
        before = state
        state = begin(event, at) if isinstance(event, ev.RunOpened) else evolve(_known(state), event, at)
        found.append(Passed(Record(seq, "", ""), event, EPOCH + timedelta(milliseconds=at), before, state))
    return found


def _known(state: RunState | None) -> RunState:
    assert state is not None
    return state


def told(world: World) -> list[Infusion]:
    infusions = Infusions()
    return [event for one in passed(world) for event in infusions.passed(one)]


def short(events: list[Infusion]) -> list[str]:
    return [f"{one.what} {one.step}" for one in events]


def counted(world: World) -> Decimal:
    seen = [event for _, event in world.events if isinstance(event, ev.PumpSeen)]
    return sum((event.moved.counter_ml for event in seen), D(0))


@pytest.fixture(scope="module")
def whole() -> World:
    """A published protocol from beginning to end."""
    world = World(published("castells-12-step")).start()
    world.run_until(Phase.COMPLETED)
    return world


def assert_adds_up(world: World, events: list[Infusion]) -> None:
    """H2: pairs, in order, and the volumes of all STOPs are what the pump counted."""
    open_step = None
    for one in events:
        if one.what == "START":
            assert open_step is None
            open_step = one.step
        elif one.what == "STOP":
            assert open_step == one.step
            open_step = None
    assert open_step is None
    assert sum(one.segment_ml for one in events if one.what == "STOP") == counted(world)
    assert events[-1].total_ml == counted(world)


def test_h2_every_step_of_a_published_run_starts_stops_and_completes(whole: World) -> None:
    """(A) H2."""
    world, events = whole, told(whole)
    wanted = [f"{what} {step}" for step in range(1, 13) for what in ("START", "STOP", "COMP")]
    assert short(events) == wanted
    assert_adds_up(world, events)
    planned = sum(step.volume_ml for step in world.state.plan.steps)
    assert abs(events[-1].total_ml - planned) <= planned / 100


def _reacts(world: World) -> None:
    world.react(Grade.MILD)
    world.run(30_000)
    world.resume(Choice(ChoiceKind.SAME_STEP))


def _holds(world: World) -> None:
    world.do(inp.HoldNow, reason="tried")
    world.run(20_000)
    world.resume(Choice(ChoiceKind.REST_OF_STEP))


@pytest.mark.parametrize("story", [_reacts, _holds], ids=["same step", "rest of step"])
def test_h2_a_hold_is_a_stop_and_a_resume_another_start(story: Callable[[World], None]) -> None:
    """(A) H2."""
    world = World(small()).start()
    world.run(100_000)
    assert world.phase() is Phase.INFUSING, world.why()
    step = world.state.step
    story(world)
    world.run_until(Phase.COMPLETED)
    events = told(world)
    of_step = [one.what for one in events if one.step == step]
    assert of_step == ["START", "STOP", "START", "STOP", "COMP"]
    assert_adds_up(world, events)


def test_h2_the_same_records_give_the_same_events() -> None:
    """(A) H2."""
    world = World(small()).start()
    world.run_until(Phase.COMPLETED)
    assert told(world) == told(world)


def test_h2_the_message_is_whole_and_an_independent_reader_finds_nothing_wrong(
    whole: World,
) -> None:
    """(A) H2."""
    events = {f"{one.what} {one.step}": one for one in told(whole)}
    codes = {"START 9": "197288", "STOP 9": "197290", "COMP 9": "197292"}
    for name, code in codes.items():
        data = infusion_message(BED, events[name], "E1-000031")
        strictly(data)
        message = read(data)
        assert field(message, "MSH", 9) == "ORU^R42^ORU_R01"
        assert "1.3.6.1.4.1.19376.1.6.1.10.1" in field(message, "MSH", 21)
        assert value(message, 68487).startswith(f"{code}^MDC_EVT_PUMP_DELIV_")
        assert value(message, 184504) == "^pump-mode-multi-step"
        assert field(message, "OBR", 3).startswith("RUN-20260101000001000-STEP-09^INFUSIOND^")
    stop = read(infusion_message(BED, events["STOP 9"], "1"))
    assert D(value(stop, 157992)) == events["STOP 9"].segment_ml
    assert abs(D(value(stop, 157992)) - D("2.5")) <= D("0.1")
    assert value(stop, 157784) == "10"
    assert value(stop, 157760) == "2.3811"
    assert field(stop, "PID", 3).startswith(events["STOP 9"].patient)
    assert events["STOP 9"].patient


def test_h5_a_step_of_nobody_known_names_nobody() -> None:
    """(A) H5."""
    world = World(small()).start()
    world.run(100_000)
    [first, *_] = told(world)
    message = read(infusion_message(BED, replace(first, patient=""), "1"))
    assert field(message, "PID", 3) == ""
