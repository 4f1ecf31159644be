"""The highest total dose: over linked runs, with the new bag named, and in the guard's own books (F11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume, totals
from daemon.engine.account import Span
from daemon.engine.events_file import EarlierRun, Moment
from daemon.engine.evolve import begin
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from daemon.protocols.rules import Ceilings
from daemon.runtime.linking import linked
from daemon.runtime.replay import new_guard
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, flush, hold, lined, world_of
from tests.engine.plans import BACK, OVER, small

D = Decimal
NOW = datetime(2026, 1, 10, tzinfo=UTC)
HOUR = 3_600_000


def moment(hours_ago: str, *, boot: str = "b", sync: bool = True) -> Moment:
    back = timedelta(hours=float(hours_ago))
    return Moment(boot, int(-back.total_seconds() * 1000), (NOW - back).isoformat(), sync)


class Clock:
    """A clock that says what it is told."""

    def __init__(self, boot: str = "b", *, synchronised: bool = True) -> None:
        self.boot, self.synchronised = boot, synchronised

    def now_ms(self) -> int:
        return 0

    def wire_ms(self) -> int:
        return 0

    def utc(self) -> datetime:
        return NOW


def earlier(dose: str, first_h: str, last_h: str, **words: object) -> EarlierRun:
    """A run that gave so much from `first_h` to `last_h` hours ago."""
    kept = {key: words.pop(key) for key in ("boot", "sync") if key in words}
    return EarlierRun(
        str(words.get("protocol", "small")),
        str(words.get("patient", "P")),
        Span(D(dose) - 1, D(dose)),
        moment(first_h, **kept),  # type: ignore[arg-type]
        moment(last_h, **kept),  # type: ignore[arg-type]
    )


def test_f11_a_run_within_the_hours_is_linked_and_the_chain_goes_on_from_its_start() -> None:
    """F11: 72 h from the end of one run to the start of the next; the chain reaches back over all of them."""
    runs = (earlier("5", "300", "230"), earlier("10", "150", "140"), earlier("20", "71", "70"))
    assert linked(runs, small(), "P", Clock()) == Span(D(28), D(30))
    assert linked(runs[:2], small(), "P", Clock()) == Span(D(0), D(0))


@pytest.mark.parametrize(("hours", "counts"), [("71.99", True), ("72", True), ("72.01", False)])
def test_f11_the_hours_are_a_closed_interval(hours: str, counts: bool) -> None:
    found = linked((earlier("9", hours, hours),), small(), "P", Clock())
    assert found.high == (9 if counts else 0)


def test_f11_another_patient_or_order_is_not_linked() -> None:
    runs = (earlier("9", "2", "1", patient="Q"), earlier("8", "2", "1", protocol="other"))
    assert linked(runs, small(), "P", Clock()).high == 0


@pytest.mark.parametrize("unsure", ["then", "now", "before"])
def test_f11_an_unknown_time_links(unsure: str) -> None:
    """F11: another boot, and one of the clocks was not synchronised, or time runs backwards: it counts."""
    run = earlier("9", "500" if unsure != "before" else "-5", "500" if unsure != "before" else "-5", boot="a")
    if unsure == "then":
        run = earlier("9", "500", "500", boot="a", sync=False)
    clock = Clock("b", synchronised=unsure != "now")
    assert linked((run,), small(), "P", clock).high == 9
    known = earlier("9", "500", "500", boot="a")
    assert linked((known,), small(), "P", Clock("b")).high == 0


def linked_world(high: str) -> World:
    """A world whose patient had so much of this order before; 80 mg are the most, the plan gives 65."""
    world = World(small())
    at, opened = world.events[0]
    assert isinstance(opened, ev.RunOpened)
    opened = replace(opened, linked=Span(D(0), D(high)))
    world.events[0] = (at, opened)
    world.state, world.guard = begin(opened, at), new_guard(opened)
    world.give(inp.SoundAlive("terminal"))
    return world


def test_f11_the_start_is_refused_where_earlier_runs_and_the_plan_are_too_much() -> None:
    """F11: 15 + 65 are 80 and start; 15.1 do not, and the text says what is left."""
    world = linked_world("15.1")
    world.run(3_000)
    world.check()
    answer = world.do(inp.Start, by="ann", witness="bob")
    assert answer.startswith("no: ")
    assert "64.900 mg are left" in answer
    assert world.side.by_pump == 0
    assert view(linked_world("15").start().state, 5_000)["linked"]["high"] == 15


def test_f11_the_total_never_passes_the_highest_over_linked_runs() -> None:
    """F11: with 15 mg from before, a step back that would be allowed alone is refused."""
    world = linked_world("15").start()
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run(60_000)
    hold(world)
    refused = " ".join(resume.options(world.state, world.now).refused)
    assert "80 is the most" in refused
    alone = World(small()).start()
    alone.run_until(Phase.AWAITING_SOLUTION)
    alone.run(60_000)
    hold(alone)
    assert len(resume.options(alone.state, alone.now).allowed) > len(
        resume.options(world.state, world.now).allowed
    )


def test_f11_f34_the_guard_counts_earlier_runs_and_flushes_by_itself() -> None:
    """F11, F34: an engine that has forgotten both is refused by the guard's own total."""
    guard = linked_world("79").guard
    from daemon.guard.guard import Grant, GrantKind  # noqa: PLC0415 - only here is the guard asked alone
    from drivers.values import Motion, PumpReading, PumpSetting  # noqa: PLC0415

    reading = PumpReading(Motion.STOPPED, D(0), D("0.1"), D(0), remote=True)
    guard = guard.hang("pump 1", "A").see("pump 1", reading, 0)
    start = Grant(GrantKind.START, PumpSetting(D(60), D("1.5")), 1, "A", "pump 1")
    assert "exceed" in guard.refuse(start)
    assert guard.refuse(replace(start, setting=PumpSetting(D(60), D("0.9")))) == ""
    lined_guard = new_guard(linked_world("0").events[0][1])  # type: ignore[arg-type]
    filled = replace(lined_guard, plan=lined("2")).hang("pump 1", "B", primed=True)
    assert filled.uncounted.given == 0
    assert filled.flush().uncounted.given == 20
    assert filled.flush().flush().uncounted.given == 20


def test_f11_the_refusal_names_the_bag_pharmacy_must_make() -> None:
    """F11: target - given - what the earlier steps give, as the last bag's content."""
    plan = lined(ceilings=Ceilings(D(300), D(70), D(3), D(2), D(72)))
    world = hold(at_step(plan, 3, 240))
    flush(world, FlushTo.NOBODY)
    told = " ".join(resume.options(world.state, world.now).refused)
    given = totals.worst(world.state)
    left = (D(65) - given - 10).quantize(D("0.001"), "ROUND_DOWN")
    assert f"{BACK}: up to" in told
    assert f"pharmacy must make a new last bag with {left} mg" in told
    assert "a fresh bag cannot be taken up in this run" in told


def test_f11_what_is_primed_or_led_away_is_no_longer_in_the_bag() -> None:
    """F11: a line filled anew from a bag in use takes its dead volume out of the bag's account."""
    world = at_step(lined(), 1)
    hold(world)
    flush(world, FlushTo.DISCARDED, "2")
    before = view(world.state, world.now)["solutions"][0]
    world.hang("A", primed=True)
    after = view(world.state, world.now)["solutions"][0]
    assert before["left_ml"] - after["left_ml"] == 2
    assert after["primed_ml"] == 2
    world.hang("A", primed=True)
    assert view(world.state, world.now)["solutions"][0]["primed_ml"] == 2


def test_f11_no_step_begins_beyond_what_a_bag_holds() -> None:
    """F11: after clearing 90 mL of bag A away a new beginning is refused: the bag does not hold the steps."""
    world = world_of(lined(ceilings=Ceilings(D(300), D(300), D(3), D(2), D(72)))).start()
    world.run(60_000)
    hold(world)
    flush(world, FlushTo.NOBODY)
    line = replace(world.state.line, discarded_ml={"A": D(90)})
    world.state = replace(world.state, line=line)
    options = resume.options(world.state, world.now)
    assert OVER not in options.allowed
    assert "does not hold" in " ".join(options.refused)
