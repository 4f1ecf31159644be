"""Which pump is next, what keeps one beside from being trusted, and how one takes another's place (F23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import beside, charge
from daemon.engine.account import Account, Odometer, Span
from daemon.engine.phases import Phase
from daemon.engine.pump_view import PumpView
from daemon.engine.state import RunState, Standby
from daemon.engine.stretch import Stretch
from daemon.engine.tube import Plug
from daemon.protocols.rules import Then, ThenKind
from drivers.values import Motion, PumpAlarm
from tests.engine.facts import changed
from tests.engine.states import at_pump, with_second
from tests.engine.test_acts_at_the_line import A, holds
from tests.engine.test_course_while_it_stands import stands

D = Decimal
NOTHING = Span(D(0), D(0))
STOPPING = frozenset({PumpAlarm.AIR, PumpAlarm.EMPTY, PumpAlarm.LIMIT_REACHED})


def two(step: int = 1, *, begun: bool = True, hung: str | None = "B", **changes: Any) -> RunState:
    """A hangs on pump 1, which is in charge; pump 2 carries B and has stood for a second."""
    state = replace(stands(Phase.INFUSING, begun=begun), step=step, goal_ms=300_000)
    known = {"still_from_ms": 0, "still_to_ms": 1_000} | changes
    return with_second(state, carries=("B",), hung=hung, **known)


def in_stretch(step: int, kind: ThenKind, again: int = 0) -> RunState:
    then = Then(kind, 1 if kind is ThenKind.BACK else 0)
    return replace(two(step), stretch=Stretch(D(60), D(5), then, again, "reaction:mild"))


@pytest.mark.parametrize(
    ("state", "step", "pump"),
    [
        (lambda: two(1), 2, ""),
        (lambda: two(2), 3, "pump 2"),
        (lambda: two(3), None, ""),
        (lambda: two(2, begun=False), 2, ""),
        (lambda: two(3, begun=False), 3, "pump 2"),
        (lambda: in_stretch(2, ThenKind.REPEAT), None, ""),
        (lambda: in_stretch(2, ThenKind.REPEAT, 1), 2, ""),
        (lambda: in_stretch(3, ThenKind.SAME_STEP), 3, "pump 2"),
        (lambda: in_stretch(3, ThenKind.BACK), 2, ""),
    ],
    ids=range(9),
)
def test_f23_f2_which_step_is_next_and_which_pump_gives_it(
    state: Callable[[], RunState], step: int | None, pump: str
) -> None:
    """F23, F2: the one waited for, else the one after; none after the last and before a person's choice."""
    found = state()
    assert beside.following(found) == step
    assert beside.coming(found) == pump
    assert beside.hangs_next(found) is (step is not None)
    assert beside.done(found) is (pump != "" and not found.begun)


def test_f4_a_bag_that_hangs_nowhere_does_not_hang_next() -> None:
    assert not beside.hangs_next(two(2, hung=None))
    assert beside.hangs_next(two(1, hung=None))


@pytest.mark.parametrize(
    ("ms", "factor", "still"), [(999, 1, 0), (1_000, 1, 1), (1_000, 2, 0), (1_999, 2, 0), (2_000, 2, 1)]
)
def test_f23_a_pump_has_stood_for_a_second_of_wire_time(ms: int, factor: int, *, still: int) -> None:
    state = replace(two(), wire_factor=D(factor))
    assert beside.still(state, replace(state.pump, still_from_ms=5, still_to_ms=5 + ms)) is bool(still)


def reads(**changes: Any) -> RunState:
    """The second pump's last reading, with this in it."""
    reading = two().pump.reading
    assert reading is not None
    return two(2, begun=False, reading=replace(reading, **changes))


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (two, ()),
        (lambda: two(linked=False), ("other_pump:silent",)),
        (lambda: two(reading=None), ("other_pump:silent",)),
        (lambda: two(certain=False), ("other_pump:silent",)),
        (lambda: reads(remote=False), ("other_pump:not_remote",)),
        (lambda: two(still_to_ms=999), ("other_pump:moving",)),
        (lambda: two(still_to_ms=999, stop_ms=5), ("other_pump:stop_not_confirmed",)),
        (lambda: two(stop_ms=5), ("other_pump:stop_not_confirmed",)),
        (lambda: two(linked=False, stop_ms=5), ("other_pump:silent", "other_pump:stop_not_confirmed")),
    ],
    ids=range(9),
)
def test_f23_a_pump_beside_shuts_the_gate_unless_it_is_seen_standing(
    state: Callable[[], RunState], found: tuple[str, ...]
) -> None:
    assert beside.reasons(state(), STOPPING) == found


def alarmed(step: int, proven_ms: int, *alarms: PumpAlarm, begun: bool = True) -> RunState:
    reading = two().pump.reading
    assert reading is not None
    state = two(step, begun=begun, reading=replace(reading, alarms=frozenset(alarms)))
    return replace(state, account=replace(state.account, proven_ms=proven_ms))


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (lambda: alarmed(2, 300_000, PumpAlarm.AIR), ("next_pump:air",)),
        (lambda: alarmed(2, 299_999, PumpAlarm.AIR), ()),
        (lambda: alarmed(3, 0, PumpAlarm.AIR, begun=False), ("next_pump:air",)),
        (lambda: alarmed(2, 0, PumpAlarm.AIR, begun=False), ()),
        (lambda: alarmed(1, 300_000, PumpAlarm.AIR), ()),
        (lambda: alarmed(2, 300_000, PumpAlarm.LIMIT_REACHED), ()),
        (lambda: alarmed(2, 300_000, PumpAlarm.DRIP), ()),
        (
            lambda: alarmed(2, 300_000, PumpAlarm.EMPTY, PumpAlarm.AIR),
            ("next_pump:air", "next_pump:empty"),
        ),
    ],
    ids=range(8),
)
def test_f23_an_alarm_of_the_coming_pump_counts_when_it_is_due(
    state: Callable[[], RunState], found: tuple[str, ...]
) -> None:
    """F23: from the end of the step on; a limit reached is history, a warning stops nothing."""
    assert beside.reasons(state(), STOPPING) == found


# -- who is in charge ----------------------------------------------------------------------------------


def three() -> RunState:
    """Pump 1 is in charge of a line full of A; pumps 2 and 3 stand beside it."""
    state = holds(A)
    second = replace(state.pump, odometer=Odometer(D(9), NOTHING, D("0.1")), own_serial="S2")
    third = replace(second, own_serial="S3")
    fit = (
        replace(state.fitted, name=name, solutions=(bag,)) for name, bag in (("pump 2", "B"), ("pump 3", "C"))
    )
    others = {
        "pump 2": Standby(next(fit), second, "B", ((1, D(2)),), D("0.4")),
        "pump 3": Standby(next(fit), third),
    }
    doubts = replace(state.doubts, trail=((5, D(6)),), occluded_ml=D("0.7"))
    return replace(state, doubts=doubts, others=others)


def test_f23_what_is_known_of_one_pump_is_of_that_pump() -> None:
    state = three()
    seen = replace(state.pump, own_serial="seen")
    assert charge.with_view(state, "pump 1", seen) == replace(state, pump=seen)
    beside_ = charge.with_view(state, "pump 2", seen)
    second = replace(state.others["pump 2"], pump=seen)
    assert beside_ == replace(state, others={**state.others, "pump 2": second})


def test_f6_what_is_known_of_every_pump_is_of_each() -> None:
    def marked(pump: PumpView) -> PumpView:
        return replace(pump, stop_ms=5)

    state = charge.with_every(three(), marked)
    assert [pump.stop_ms for _, pump in state.pumps] == [5, 5, 5]
    assert [pump.own_serial for _, pump in state.pumps] == [three().pump.own_serial, "S2", "S3"]


def test_f23_another_pump_is_looked_at_in_the_place_of_the_one_in_charge() -> None:
    state = three()
    assert charge.looking_at(state, "pump 1") is state
    there, second = charge.looking_at(state, "pump 2"), state.others["pump 2"]
    aside = Standby(state.fitted, state.pump, "A", ((5, D(6)),), D("0.7"))
    assert there == replace(
        state,
        fitted=second.fitted,
        pump=second.pump,
        hung="B",
        doubts=replace(state.doubts, trail=((1, D(2)),), occluded_ml=D("0.4")),
        others={"pump 1": aside, "pump 3": state.others["pump 3"]},
    )


def test_f23_f39_a_pump_that_takes_over_brings_its_own_line_and_opens_its_account() -> None:
    """F23, F39: 2 mL of A are kept aside with pump 1; what pump 2 gives is counted from where it stands."""
    state = three()
    assert charge.in_charge(state, "pump 1") is state
    there = charge.in_charge(state, "pump 2")
    opened = Account.opened(Odometer(D(9), NOTHING, D("0.1")))
    assert (there.pump_name, there.hung) == ("pump 2", "B")
    assert there.account == opened
    assert there.line.stretch == opened
    assert there.line.geometry.own_ml == 0
    aside = there.others["pump 1"].own
    assert (aside.hung, aside.own_ml) == (A, D(2))
    assert there.others["pump 3"] == state.others["pump 3"]
    back = charge.in_charge(there, "pump 1")
    assert back.line.geometry == state.line.geometry
    assert [plug for plug in back.line.low.plugs if plug.volume_ml] == [Plug(A, D(3))]


def test_f23_a_change_at_a_pump_leaves_the_steps_account_with_the_one_in_charge() -> None:
    def found(state: RunState) -> RunState:
        return at_pump(state, failures=3)

    state = replace(three(), account=Account(Span(D(1), D(2)), NOTHING, NOTHING, D(0), 7))
    assert changed(state, charge.on(state, "pump 1", found)) == {"pump.failures": 3}
    after = charge.on(state, "pump 2", found)
    assert after.account == state.account
    assert after.pump == state.pump
    assert after.others["pump 2"].pump.failures == 3
    assert after.others["pump 3"].pump.failures == 0
    assert state.pump.reading is not None
    assert state.pump.reading.motion is Motion.STOPPED
