"""Flushing the drug line, told and untold, from the simulated patient's side (F3)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import totals
from daemon.engine.line import FlushTo, Handling
from daemon.engine.phases import Phase
from daemon.protocols.rules import Grade, HoldCause
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, flush, hold, lined, renew
from tests.engine.plans import BACK, REST, SAME

D = Decimal
STRONG = D(10)


def held_in_b() -> World:
    """Held in step 3, with 2 mL of bag B, 20 mg, in the line."""
    return hold(at_step(lined(), 3))


def books(world: World) -> tuple[Decimal, Decimal]:
    """Upper bounds of both accounts."""
    return totals.exposure(world.state).high, world.state.dose_given().high


@pytest.mark.parametrize("volume", ["0.5", "2", "10"])
def test_f3_a_flush_of_v_ml_moves_both_accounts_by_what_it_drives_out(volume: str) -> None:
    """F3: given to the patient: both accounts rise by V mL of what the line held, at most all of it."""
    world = held_in_b()
    flush(world, FlushTo.NOBODY)
    before, truth = books(world), world.side.reached
    assert not flush(world, FlushTo.PATIENT, volume).startswith("no: ")
    given = min(D(volume), D(2)) * STRONG
    assert world.side.reached - truth == given
    tenth = STRONG / 10
    assert all(abs(now - then - given) <= tenth for now, then in zip(books(world), before, strict=True))
    world.compare_with_truth()


def test_f3_a_flush_away_from_the_patient_gives_nothing() -> None:
    world = held_in_b()
    flush(world, FlushTo.NOBODY)
    before = books(world)
    assert not flush(world, FlushTo.DISCARDED, "2").startswith("no: ")
    assert all(now - then <= STRONG / 5 for now, then in zip(books(world), before, strict=True))
    world.compare_with_truth()


@pytest.mark.parametrize("what", ["told nobody", "untold, flushed", "untold, left"])
def test_f3_an_unanswered_question_counts_as_given(what: str) -> None:
    """F3: at the resume the whole line counts as given unless a person said that it was not flushed."""
    world = hold(at_step(lined(), 3, 75))
    assert world.state.gap.closed, "the gap of the bag change is over before the hold"
    if what == "told nobody":
        flush(world, FlushTo.NOBODY)
    elif what == "untold, flushed":
        flush(world, FlushTo.PATIENT, "2", told=False)
    assert not world.resume(REST).startswith("no: ")
    world.run(5_000)
    reached = totals.exposure(world.state)
    assert reached.high - reached.low < 2 if what == "told nobody" else reached.high - reached.low > 18
    world.run(400_000)
    assert str(world.phase()) == Phase.INFUSING, world.why()
    known = [event.known for event in world.seen(ev.LineFlushed) if isinstance(event, ev.LineFlushed)]
    assert known == [what == "told nobody"]


@pytest.mark.parametrize("what", ["told nobody", "untold, flushed", "untold, left"])
def test_f3_f19_an_unanswered_question_counts_as_no_drug_at_the_patient(what: str) -> None:
    """F19, F3: held before the bag change's gap was over: a flush of 2 mL, 4 min, takes it past its rule."""
    world = held_in_b()
    assert world.state.gap.open_from_ms is not None
    begun = world.state.gap.open_from_ms
    if what == "told nobody":
        flush(world, FlushTo.NOBODY)
    elif what == "untold, flushed":
        flush(world, FlushTo.PATIENT, "2", told=False)
    assert not world.resume(REST).startswith("no: ")
    reached = world.side.reached
    world.run(begun + 295_000 - world.now)
    assert str(world.phase()) == Phase.INFUSING, world.why()
    assert (world.side.reached == reached) is (what == "untold, flushed")
    world.run(10_000)
    assert str(world.phase()) == (Phase.INFUSING if what == "told nobody" else Phase.HELD), world.why()
    reasons = world.state.hold.reasons if world.state.hold is not None else ()
    assert all("no drug at the patient's end" in reason for reason in reasons)


def test_f3_what_nobody_has_answered_counts_from_the_moment_of_the_hold() -> None:
    """F3: before any resume both accounts already hold the line's content as possibly given."""
    world = held_in_b()
    assert all(high >= world.side.reached + world.side.held for high in books(world))
    told = view(world.state, world.now)
    assert told["exposure"]["high"] >= world.side.reached + 20
    flush(world, FlushTo.NOBODY)
    assert all(high <= world.side.reached + 1 for high in books(world))


def test_f3_two_unanswered_holds_leave_nothing_more_to_give_and_the_answer_does() -> None:
    """F3, F11: 55 + 20 + 20 mg may have been given where 80 are the most: refused, with the remedy."""
    world = held_in_b()
    assert not world.resume(REST).startswith("no: ")
    world.run(150_000)
    hold(world)
    refusal = world.resume(SAME)
    assert refusal.startswith("no: ")
    assert "infusiond flush" in refusal
    flush(world, FlushTo.NOBODY)
    assert "80 is the most" in world.resume(SAME)
    assert not world.resume(REST).startswith("no: ")


def test_f3_the_question_is_asked_first_and_the_line_is_not_touched_before_it() -> None:
    """F3: once the line is replaced nobody can tell any more what went through it."""
    world = held_in_b()
    told = view(world.state, world.now)
    assert "Was the line flushed?" in told["todo"]
    assert "infusiond flush" in told["todo"]
    assert told["line"]["flush_asked"] is True
    assert "infusiond flush" in renew(world)
    assert flush(world, FlushTo.NOBODY) == "recorded: the line was not flushed"
    assert "Was the line flushed?" not in view(world.state, world.now)["todo"]
    assert not renew(world).startswith("no: ")


@pytest.mark.parametrize("cause", HoldCause)
def test_f3_every_hold_text_says_what_the_line_holds(cause: HoldCause) -> None:
    """F3: three instructions first, then the volume and the dose in the line, whatever the cause."""
    world = at_step(lined(), 3)
    world.judge = lambda *_: None
    world.sound = False
    state = world.state
    from daemon.engine.draft import Draft  # noqa: PLC0415 - a hold for any cause, without its story

    draft = Draft(state, world.now)
    draft.hold(cause, "test", grade=Grade.MILD if cause is HoldCause.REACTION else None)
    told = view(draft.state, world.now)
    text = next(alarm["text"] for alarm in told["alarms"] if alarm["id"] == f"held_{cause}")
    assert text.startswith("CLAMP THE DRUG LINE AT THE PATIENT. DO NOT FLUSH THROUGH IT.")
    assert "The line still holds 2 mL with up to 20.000 mg of B." in text
    assert told["line"]["dose"]["high"] == 20


@pytest.mark.parametrize(
    ("to", "volume", "why"),
    [
        (FlushTo.PATIENT, "0", "volume"),
        (FlushTo.PATIENT, "-1", "volume"),
        (FlushTo.NOBODY, "5", "volume"),
    ],
)
def test_f3_a_flush_has_a_volume_and_none_has_none(to: FlushTo, volume: str, why: str) -> None:
    world = held_in_b()
    answer = world.do(inp.FlushLine, to=to, volume_ml=D(volume))
    assert answer.startswith("no: ")
    assert why in answer


def test_f3_nobody_is_asked_where_no_drug_is_in_the_line() -> None:
    """F3: without a hold there is no question; before a bag hangs there is no line that is known."""
    world = at_step(lined(), 1)
    assert flush(world, FlushTo.NOBODY).startswith("no: nobody asks")
    fresh = World(lined())
    assert fresh.do(inp.FlushLine, to=FlushTo.PATIENT, volume_ml=D(5)).startswith("no: no solution")


def test_f3_a_new_hold_asks_anew_and_manual_too() -> None:
    world = held_in_b()
    flush(world, FlushTo.NOBODY)
    world.resume(REST)
    world.run(60_000)
    assert [world.state.line.asked, hold(world).state.line.asked] == [False, True]
    flush(world, FlushTo.NOBODY)
    world.do(inp.GoManual, reason="test")
    world.do(inp.GoAutomatic, witness="bob")
    world.run(5_000)
    assert world.state.line.asked


def test_f3_a_flush_told_after_the_end_still_counts() -> None:
    """F3, F30: the nurse empties the line into the patient at the end: 20 mg more in both accounts."""
    world = at_step(lined(), 3)
    world.run_until(Phase.AFTER_WATCH)
    world.run(5_000)
    before, truth = books(world), world.side.reached
    flush(world, FlushTo.PATIENT, "2")
    assert world.side.reached - truth == 20
    assert all(now - then >= 19 for now, then in zip(books(world), before, strict=True))
    assert view(world.state, world.now)["line"]["dose"]["high"] <= 1
    world.compare_with_truth()


def test_f3_the_act_is_journaled_and_replayed() -> None:
    """F3: what a flush did to the accounts comes back from the journal alone."""
    world = held_in_b()
    flush(world, FlushTo.PATIENT, "1")
    world.do(inp.ConfirmLine, handling=Handling.CLEARED, cleared_ml=D(1))
    world.resume(BACK)
    state, guard = world.replayed()
    assert state.line == world.state.line
    assert guard.uncounted == world.guard.uncounted


@pytest.mark.parametrize("way", ["infusing", "held, answered", "manual", "bag change"])
def test_f3_an_aborted_run_asks_too_and_counts_what_nobody_answers(way: str) -> None:
    """F3, F11: what is flushed unsaid after the end of the run is in the dose that later runs count."""
    world = at_step(lined(), 2 if way == "bag change" else 3)
    if way == "held, answered":
        flush(hold(world), FlushTo.NOBODY)
    elif way == "manual":
        world.do(inp.GoManual, reason="test")
    elif way == "bag change":
        world.nurse_on = False
        world.run_until(Phase.AWAITING_SOLUTION)
    world.do(inp.Abort, reason="reaction")
    world.run(5_000)
    assert world.state.line.asked
    told = view(world.state, world.now)
    assert "Was the line flushed?" in told["todo"]
    held = world.side.held
    assert held >= 2
    flush(world, FlushTo.PATIENT, "2", told=False)
    world.compare_with_truth()
    assert all(high >= world.side.reached for high in books(world))
    assert world.replayed()[0].line == world.state.line


def test_f3_after_an_abort_the_answer_takes_off_what_was_not_flushed() -> None:
    world = at_step(lined(), 3)
    world.do(inp.Abort, reason="reaction")
    world.run(5_000)
    before = books(world)
    assert flush(world, FlushTo.NOBODY) == "recorded: the line was not flushed"
    assert all(then - now > 18 for now, then in zip(books(world), before, strict=True))
    world.compare_with_truth()


def test_f3_with_no_bag_on_a_pump_put_in_place_the_question_can_still_be_answered() -> None:
    """F3, F26: the bag hangs on no pump, the line holds what it held: asked, answered, then replaced."""
    world = held_in_b()
    world.sound = world.nurse_on = False
    world.channel.link_up = False
    world.run(8_000)
    world.pump.counter = 0
    world.channel.identity = replace(world.channel.identity, serial="S2")
    world.channel.link_up = True
    world.run(8_000)
    assert not world.do(inp.ReplacePump, serial="S2", witness="bob").startswith("no: ")
    assert world.state.hung is None
    assert "infusiond flush" in world.do(inp.ConfirmLine, handling=Handling.REPLACED)
    assert flush(world, FlushTo.NOBODY) == "recorded: the line was not flushed"
    assert not renew(world).startswith("no: ")
