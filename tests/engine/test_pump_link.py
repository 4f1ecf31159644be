"""What follows from who answers, from silence, and from what became of an order (F10, F15, F17, F18, F26)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import pump_link
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from drivers.values import Motion, PumpIdentity, PumpSetting
from tests.engine.follows import follows, told
from tests.engine.states import at_pump, raised, with_second
from tests.engine.test_course_of_a_step import D, running
from tests.engine.test_course_while_it_stands import stands

NOW = 90_000
OWN = PumpIdentity("dianet-star", "S1", "1", "1")
OTHER = replace(OWN, serial="S2")
SET = PumpSetting(D(60), D(2))


def joins(
    state: RunState, identity: PumpIdentity = OWN, *, away_long: bool = False, pump: str = ""
) -> list[str]:
    given = inp.PumpIdentified(identity, away_long=away_long, pump=pump)
    return follows(state, NOW, lambda draft: pump_link.identified(draft, given))


def falls_silent(state: RunState, *, long: bool, pump: str = "") -> list[str]:
    given = inp.PumpSilent("no answer", long=long, pump=pump)
    return follows(state, NOW, lambda draft: pump_link.silent(draft, given))


def two(state: RunState, **changes: Any) -> RunState:
    """With a second pump, which stands beside the one in charge."""
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, motion=Motion.STOPPED)
    known: dict[str, Any] = {"reading": reading, "stopped": True, "disarmed": True, "approved": None}
    return with_second(state, **(known | changes))


# -- who answers ---------------------------------------------------------------------------------------


def test_f17_a_pump_that_answers_again_ends_its_alarms() -> None:
    """F17: a short silence changes nothing else; one that is still missing keeps them."""
    lost = raised(at_pump(running(), linked=False), "pump_lost", "pump_silent", "journal_broken")
    assert joins(lost) == ["PumpJoined", "-pump_lost", "-pump_silent"]
    assert joins(two(lost, linked=False)) == ["PumpJoined"]
    assert joins(two(lost, linked=False), pump="pump 2") == ["PumpJoined"]
    assert joins(two(at_pump(lost, linked=True), linked=False), pump="pump 2") == [
        "PumpJoined",
        "-pump_lost",
        "-pump_silent",
    ]


def test_f17_one_that_was_away_long_must_be_confirmed_by_a_person() -> None:
    """F17: only the one in charge, only where it was driven."""
    seen = ["PumpJoined", "observing", "+observing"]
    assert joins(running(), away_long=True) == seen
    assert joins(two(running()), away_long=True, pump="pump 1") == seen
    assert joins(two(running()), away_long=True, pump="pump 2") == ["PumpJoined"]
    assert joins(stands(Phase.HELD), away_long=True) == ["PumpJoined"]
    assert joins(replace(running(), phase=Phase.OBSERVING), away_long=True) == ["PumpJoined"]


@pytest.mark.parametrize("phase", list(Phase))
def test_f26_another_pump_is_held_and_stopped_in_an_open_run(phase: Phase) -> None:
    """F26: it gives nothing until two persons put it in its place; by hand it is the hand's."""
    state = replace(running(), phase=phase)
    found = joins(state, OTHER)
    if phase in OPEN - {Phase.MANUAL}:
        assert found == ["PumpJoined", "held pump_lost", "+held_pump_lost", "stop"]
    else:
        assert found == ["PumpJoined"]


def test_f26_it_is_stopped_once_more_in_a_hold() -> None:
    """F26: held already, and the first pump was stopped, not this one; one that was known is stopped once."""
    state = stands(Phase.WAITING_GATE)
    held = Draft(state, NOW)
    pump_link.identified(held, inp.PumpIdentified(OTHER, away_long=False))
    assert told(held.events)[-1] == "stop"
    still = at_pump(held.state, stop_ms=None, stopped=True)
    assert joins(still, OTHER) == ["PumpJoined"]
    assert joins(still, OWN) == ["PumpJoined", "stop"]
    third = replace(OWN, serial="S3")
    assert joins(still, third) == ["PumpJoined", "stop"]
    assert joins(at_pump(still, identity=None), OTHER) == ["PumpJoined"]
    manual = replace(still, phase=Phase.MANUAL)
    assert joins(manual, third) == ["PumpJoined"]


def test_f26_the_pump_that_answers_is_named_with_its_own_serial() -> None:
    draft = Draft(two(running()), NOW)
    pump_link.identified(draft, inp.PumpIdentified(OTHER, away_long=False, pump="pump 2"))
    (held,) = (one for one in draft.events if isinstance(one, ev.Held))
    assert held.reason == "pump 2: another pump answers: S2, the run's is S1"


# -- silence -------------------------------------------------------------------------------------------


def test_f17_a_short_silence_is_told_and_a_long_one_leaves_automatic() -> None:
    """F17: MEDIUM at first; after 5 s lost, and a person must confirm."""
    assert falls_silent(running(), long=False) == ["PumpWentSilent", "+pump_silent"]
    quiet = at_pump(raised(running(), "pump_silent"), linked=False)
    assert falls_silent(quiet, long=False) == []
    assert falls_silent(quiet, long=True) == ["PumpWentSilent", "-pump_silent", "+pump_lost", "observing"]
    lost = at_pump(raised(quiet, "pump_lost"), silent_long=True)
    assert falls_silent(replace(lost, phase=Phase.OBSERVING), long=True) == []
    assert falls_silent(replace(lost, phase=Phase.OBSERVING), long=False) == [
        "PumpWentSilent",
        "+pump_silent",
    ]


def test_f10_a_stop_that_waits_is_not_told_a_second_time() -> None:
    """F10, (A): STOP NOT CONFIRMED says it; a short silence adds no alarm of its own."""
    assert falls_silent(at_pump(running(), stop_ms=1), long=False) == ["PumpWentSilent"]
    assert falls_silent(at_pump(running(), stop_ms=1), long=True)[1] == "+pump_lost"


def test_f10_where_the_loss_was_told_before_leaving_automatic_is_told_by_itself() -> None:
    """F10, DESIGN 3.7: an alarm that stands, or stood a moment ago, may have been acknowledged."""
    stood = raised(running(), "pump_lost")
    assert falls_silent(stood, long=True) == ["PumpWentSilent", "observing", "+observing"]
    shown = replace(stood, alarms={}, ended=stood.alarms)
    assert falls_silent(shown, long=True) == ["PumpWentSilent", "again pump_lost", "observing", "+observing"]


def test_f23_another_pump_that_is_silent_leaves_the_one_in_charge_alone() -> None:
    """F23: it is told; nothing is renewed until it answers, by the gate."""
    assert falls_silent(two(running()), long=True, pump="pump 2") == ["PumpWentSilent", "+pump_lost"]
    draft = Draft(two(running()), NOW)
    pump_link.silent(draft, inp.PumpSilent("no answer", long=True, pump="pump 2"))
    assert draft.state.alarms["pump_lost"].detail == "pump 2: no answer"


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("phase", sorted(set(Phase) - OPEN))
def test_f17_before_and_after_a_run_silence_is_a_fact_and_no_alarm(phase: Phase, *, long: bool) -> None:
    state = replace(running(), phase=phase)
    assert falls_silent(state, long=long) == ["PumpWentSilent"]
    assert falls_silent(at_pump(state, linked=False), long=not long) == []


@pytest.mark.parametrize("phase", sorted(OPEN - {Phase.INFUSING}))
def test_f17_a_pump_lost_where_it_is_not_driven_is_an_alarm(phase: Phase) -> None:
    assert falls_silent(replace(running(), phase=phase), long=True) == ["PumpWentSilent", "+pump_lost"]


# -- what became of an order ---------------------------------------------------------------------------


def asked(kind: ev.OrderKind, state: RunState | None = None, **changes: Any) -> RunState:
    pending = ev.SettingOrdered(9, kind, SET, 1, "A", "pump 1")
    return at_pump(running() if state is None else state, pending=pending, **changes)


Outcome = inp.OrderDone | inp.OrderFailed | inp.OrderTold | inp.OrderUnsent


def take_in(draft: Draft, given: Outcome) -> None:
    match given:
        case inp.OrderDone():
            pump_link.order_done(draft, given)
        case inp.OrderFailed():
            pump_link.order_failed(draft, given)
        case inp.OrderTold():
            pump_link.order_told(draft, given)
        case inp.OrderUnsent():
            pump_link.order_unsent(draft, given)


def hears(state: RunState, given: Outcome) -> list[str]:
    return follows(state, NOW, lambda draft: take_in(draft, given))


def outcomes(order: int = 9, pump: str = "") -> tuple[Outcome, ...]:
    return (
        inp.OrderDone(order, SET, pump),
        inp.OrderFailed(order, "no answer", half=False, pump=pump),
        inp.OrderTold(order, pump),
        inp.OrderUnsent(order, "busy", pump),
    )


def done(state: RunState) -> list[str]:
    return hears(state, outcomes()[0])


KINDS = list(ev.OrderKind)


@pytest.mark.parametrize("kind", KINDS)
def test_f18_an_outcome_counts_for_the_order_it_is_of(kind: ev.OrderKind) -> None:
    """F18: one that was given up meanwhile, and one nobody waits for, say nothing."""
    state = raised(asked(kind), "order_failed", "not_disarmed")
    disarm = kind is ev.OrderKind.DISARM
    assert done(state) == (["Disarmed", "-not_disarmed"] if disarm else ["SettingConfirmed", "-order_failed"])
    assert hears(state, inp.OrderTold(9)) == ["Told"]
    assert hears(state, inp.OrderUnsent(9, "busy")) == ["SettingWithdrawn"]
    assert [hears(state, given) for given in outcomes(8)] == [[], [], [], []]
    assert [hears(at_pump(state, pending=None), given) for given in outcomes()] == [[], [], [], []]


def test_f6_not_disarmed_lasts_while_any_pump_refuses() -> None:
    state = raised(asked(ev.OrderKind.DISARM, failures=2), "not_disarmed")
    assert done(state) == ["Disarmed", "-not_disarmed"]
    assert done(two(state, failures=1)) == ["Disarmed"]
    assert done(two(state, failures=0)) == ["Disarmed", "-not_disarmed"]


HELD = ["held pump_alarm", "+held_pump_alarm"]


@pytest.mark.parametrize(
    ("kind", "failures", "half", "next_"),
    [
        (ev.OrderKind.RENEW, 0, False, ["+order_failed"]),
        (ev.OrderKind.RENEW, 1, False, ["+order_failed"]),
        (ev.OrderKind.RENEW, 2, False, ["+order_failed", *HELD, "-order_failed", "stop"]),
        (ev.OrderKind.RENEW, 0, True, ["+order_failed", *HELD, "-order_failed", "stop"]),
        (ev.OrderKind.START, 0, False, ["+order_failed", "stop"]),
        (ev.OrderKind.START, 2, False, ["+order_failed", "stop", *HELD, "-order_failed", "stop"]),
        (ev.OrderKind.DISARM, 1, False, []),
        (ev.OrderKind.DISARM, 1, True, []),
        (ev.OrderKind.DISARM, 2, False, ["+not_disarmed"]),
    ],
)
def test_f15_f18_an_order_that_failed_three_times_or_by_half_holds_the_run(
    kind: ev.OrderKind, failures: int, next_: list[str], *, half: bool
) -> None:
    """F15, F18: a START not read back is stopped at once; a refused disarm is told the third time (F6)."""
    given = inp.OrderFailed(9, "no answer", half=half)
    assert hears(asked(kind, failures=failures), given) == ["SettingFailed", *next_]


@pytest.mark.parametrize(("unsent", "told_"), [(3, []), (4, ["+order_failed"])])
def test_f28_the_fifth_order_in_a_row_that_could_not_be_sent_is_told(unsent: int, told_: list[str]) -> None:
    """F28: the link is too slow to give more."""
    state = asked(ev.OrderKind.RENEW, unsent=unsent)
    assert hears(state, inp.OrderUnsent(9, "busy")) == ["SettingWithdrawn", *told_]


def test_f23_an_outcome_is_of_the_pump_it_names() -> None:
    """F23: the one beside has been asked the same number; its outcome is not that of the one in charge."""
    pending = ev.SettingOrdered(9, ev.OrderKind.DISARM, SET, 1, "", "pump 2")
    state = two(running(), pending=pending)
    assert [hears(state, given) for given in outcomes()] == [[], [], [], []]
    found = ("Disarmed", "SettingFailed", "Told", "SettingWithdrawn")
    for given, fact in zip(outcomes(pump="pump 2"), found, strict=True):
        draft = Draft(state, NOW)
        take_in(draft, given)
        assert told(draft.events) == [fact]
        assert draft.state.pump == state.pump
