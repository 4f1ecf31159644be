"""What is done ends the alarms it answers, and no others (F31, (A) A12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.protocols.rules import HoldCause
from drivers.values import PumpIdentity
from simulators.campaign.engine.labels import PATIENT
from simulators.campaign.engine.world import World
from tests.engine.plans import REST
from tests.engine.stories import in_phase, infusing
from tests.engine.test_switching import bed

STOPS = {"stop_not_confirmed", "stop_by_hand"}
HOLDS = {f"held_{cause}" for cause in HoldCause if CATALOGUE[f"held_{cause}"].hold}


def raised(world: World, *alarms: str) -> World:
    """These alarms last, whatever the world says."""
    draft = Draft(world.state, world.now)
    for alarm in alarms:
        draft.alarm(alarm, "x")
    world.state = draft.state
    return world


def ends(
    world: World, answered: set[str], do: Callable[[World], Any], others: set[str] | None = None
) -> None:
    """Of these alarms and one that nothing here answers, only the first are over."""
    kept = {"clock_stepped"} | (others or set())
    raised(world, *sorted(answered | kept))
    do(world)
    left = world.state.alarms.keys()
    assert not answered & left
    assert kept <= left


def act(kind: type[inp.Act], **words: Any) -> Callable[[World], None]:
    def done(world: World) -> None:
        answer = world.do(kind, **words)
        assert not answer.startswith("no: "), answer

    return done


def test_an_assessment_answers_what_asked_for_it() -> None:
    ends(infusing(), {"gate_needs", "gate_needs_now"}, act(inp.Assess))


def test_f12_a_compared_monitor_is_no_new_one_any_more() -> None:
    world = infusing()
    world.measure()
    ends(world, {"monitor_replaced"}, act(inp.ConfirmVitals))


def test_f21_going_on_answers_every_hold_and_what_led_to_it() -> None:
    answered = {
        "hand_more",
        "unlimited",
        "counter_broken",
        "volume_time_differ",
        "gap_running",
        "not_disarmed",
    }
    ends(in_phase(Phase.HELD), answered | HOLDS, lambda world: world.resume(REST))


def test_f8_taking_over_by_hand_answers_holds_and_hands() -> None:
    answered = {"hand_more", "observing", "gate_waiting"} | HOLDS
    ends(in_phase(Phase.HELD), answered, act(inp.GoManual, reason="x"), {"pump_warning"})


def test_f8_back_from_manual_answers_what_only_manual_says() -> None:
    answered = {"manual", "vitals_manual", "reaction_late"}
    ends(in_phase(Phase.MANUAL), answered, act(inp.GoAutomatic, witness="bob"))


def test_f19_a_hold_answers_what_it_takes_the_place_of() -> None:
    answered = {"observing", "gate_waiting", "gate_needs", "gate_needs_now", "hand_less", "order_failed"}
    ends(infusing(), answered, act(inp.HoldNow, reason="x"), {"hand_more"})


def test_f40_an_abort_answers_everything_but_a_stop_nobody_has_confirmed() -> None:
    world = raised(infusing(), *sorted({"hand_more", "gate_waiting"} | STOPS))
    act(inp.Abort, reason="x")(world)
    assert world.state.alarms.keys() == STOPS | {"aborted"}


def test_f10_a_persons_word_answers_a_stop() -> None:
    world = infusing()
    world.channel.link_up = False
    world.do(inp.HoldNow, reason="")
    ends(world, STOPS | {"press_stop"}, act(inp.ConfirmStopped))


def test_f17_an_answer_of_the_pump_ends_its_silence() -> None:
    world = infusing()
    identity = world.state.pump.identity
    assert identity is not None
    ends(
        world, {"pump_lost", "pump_silent"}, lambda there: there.give(inp.PumpIdentified(identity, False, ""))
    )


def test_f26_another_pump_that_answers_is_held_and_stopped() -> None:
    """F26: it is not the run's; what runs there is not ours, and is stopped all the same."""
    world = infusing()
    world.give(inp.PumpIdentified(PumpIdentity("DIANET", "99", "1", "x"), False, ""))
    assert world.phase() is Phase.HELD
    assert "held_pump_lost" in world.state.alarms


def pending(world: World, kind: str) -> int:
    """The number of an order of that kind on its way."""
    for _ in range(20_000):
        order = world.state.pump.pending
        if order is not None and order.kind.value == kind:
            return order.order
        world.run(20)
    raise AssertionError(kind)


def test_f18_a_setting_that_was_taken_answers_one_that_was_not() -> None:
    world = infusing()
    number = pending(world, "renew")
    order = world.state.pump.pending
    assert order is not None
    other = inp.OrderDone(number + 1, order.setting)
    raised(world, "order_failed")
    world.give(other)
    assert "order_failed" in world.state.alarms, "an answer to another order"
    ends(world, {"order_failed"}, lambda there: there.give(inp.OrderDone(number, order.setting)))


def test_f28_orders_that_cannot_be_sent_are_told_after_five() -> None:
    """F28: the link is too slow to give more; an answer about another order counts nothing."""
    world = infusing()
    for count in range(1, 6):
        number = pending(world, "renew")
        before = world.state.pump.unsent
        world.give(inp.OrderUnsent(number + 1, "late"))
        assert world.state.pump.unsent == before
        world.give(inp.OrderUnsent(number, "late"))
        assert world.state.pump.unsent == count
        assert ("order_failed" in world.state.alarms) is (count >= 5)


@pytest.mark.parametrize(("half", "times"), [(False, 3), (True, 1)])
def test_f15_a_setting_that_is_not_taken_is_held_after_three_or_at_once_by_half(
    half: bool, times: int
) -> None:
    """F15, F18: half of it may be worse than none; an answer about another order counts nothing."""
    world = infusing()
    for count in range(1, times + 1):
        number = pending(world, "renew")
        world.give(inp.OrderFailed(number + 1, "x", half))
        assert world.phase() is Phase.INFUSING
        world.give(inp.OrderFailed(number, "x", half))
        assert world.state.pump.failures == count
        assert "order_failed" in world.state.alarms or count == times
        assert (world.phase() is Phase.HELD) is (count == times)


def test_an_alarm_nobody_knows_is_not_raised() -> None:
    with pytest.raises(KeyError):
        Draft(infusing().state, 0).alarm("no such alarm", "x")


def test_a12_a_latched_hold_that_comes_back_is_news() -> None:
    """(A) A12: only what may flap stays acknowledged: a hold for the same words sounds again."""
    world = bed()
    world.state = replace(world.state, latching=frozenset({"held_operator"}))
    world.run(10_000)
    for _ in range(2):
        world.do(inp.HoldNow, reason="")
        world.run(4_000)
        assert world.phase() is Phase.HELD
        assert world.state.alarms["held_operator"].acknowledged_ms is None
        world.do(inp.Acknowledge, alarm="held_operator")
        world.do(inp.ConfirmPatient, patient=PATIENT)
        assert not world.resume(REST).startswith("no: ")
        world.run(4_000)
