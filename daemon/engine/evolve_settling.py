"""How facts about doubtful volumes change the accounts (F14, F20, F21, F26)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from typing import assert_never

from daemon.changed import replace
from daemon.engine import events as ev
from daemon.engine import trail
from daemon.engine.account import MS_PER_HOUR, ZERO, Account, Moved, Odometer, Span
from daemon.engine.charge import on, with_view
from daemon.engine.doubts import Explanation, Jump, Settlement, with_jump
from daemon.engine.evolve_line import followed
from daemon.engine.evolve_pump import Seen, seen
from daemon.engine.state import GapView, RunState

NOTHING = Moved(ZERO, Span(ZERO, ZERO), 0)


def settling_after(state: RunState, event: ev.SettlingEvent, at: int) -> RunState:
    """The state after a doubt about the volume, or after a person's word on one."""
    match event:
        case ev.CounterBroken():
            return _at(state, event.pump, lambda there: _broken(there, event, at))
        case ev.CounterExplained():
            return _explained(state, event)
        case ev.Occluded():
            return _at(state, event.pump, lambda there: _occluded(there, event))
        case ev.PressureAnswered():
            return _answered(state, event)
        case ev.StepSettled():
            return _settled(state, event)
        case ev.TimeEntered():
            return _time_entered(state, at - event.ago_ms, at)
        case ev.PumpReplaced():
            state = with_view(state, event.pump, replace(state.view(event.pump), own_serial=event.serial))
            return replace(on(state, event.pump, taken_down), line_by="")
        case _:
            assert_never(event)


def _at(state: RunState, name: str, change: Callable[[RunState], RunState]) -> RunState:
    """A doubt at one pump; of a pump that is not in charge it touches its bag and line, not step and gap."""
    if name == state.pump_name:
        return change(state)
    return replace(on(state, name, lambda there: followed(there, change(there))), gap=state.gap)


def _reopened(odometer: Odometer, given: Span, account: Account | None = None) -> Account:
    """An account that goes on from here with these bounds; the minutes proven so far stay."""
    fresh = Account.opened(odometer, given)
    return fresh if account is None else replace(fresh, proven_ms=account.proven_ms)


def _broken(state: RunState, event: ev.CounterBroken, at: int) -> RunState:
    """Counted up to the last readback, then bounded; from here on the new display counts."""
    step, bag = state.step_given(), state.bag_given(state.hung or "")
    state = seen(state, event.pump, Seen(event.reading, event.asked_ms), NOTHING, at)
    shown = replace(Odometer.unread(state.unit_ml), shown_ml=state.pump.odometer.shown_ml)
    most = event.bounds.high
    bags = dict(state.bags)
    if state.hung in bags and state.hung is not None:
        bags[state.hung] = _reopened(shown, Span(bag.low, bag.high + most))
    jump = Jump(event.why, state.hung or "", state.step, event.bounds, event.counted_ml, event.timed)
    return replace(
        state,
        pump=replace(state.pump, odometer=shown),
        bags=bags,
        account=_reopened(shown, Span(step.low, step.high + most), state.account),
        doubts=with_jump(state.doubts, jump),
    )


def _explained(state: RunState, event: ev.CounterExplained) -> RunState:
    jump = state.doubts.jumps[0]
    less, sure = jump.bounds.high - event.bounds.high, event.bounds.low
    bags = dict(state.bags)
    if jump.solution in bags:
        bags[jump.solution] = _narrowed(bags[jump.solution], less, sure)
    same = state.begun and jump.step == state.step and jump.solution == (state.hung or "")
    account = _narrowed(state.account, less, sure) if same else state.account
    wasted = dict(state.doubts.wasted_ml)
    if event.how is Explanation.PRIMED_OFF_PATIENT:
        drawn = jump.drawn_ml(event.bounds, state.unit_of(state.carrier(jump.solution)))
        wasted[jump.solution] = wasted.get(jump.solution, ZERO) + drawn
    doubts = replace(state.doubts, jumps=state.doubts.jumps[1:], wasted_ml=wasted)
    return replace(state, bags=bags, account=account, doubts=doubts)


def _narrowed(account: Account, less: Decimal, sure: Decimal) -> Account:
    low = account.settled.low + sure
    return replace(account, settled=Span(low, max(account.settled.high - less, low)))


def _occluded(state: RunState, event: ev.Occluded) -> RunState:
    """The last `stored_ml` counted may be in the set; what an earlier occlusion took is not taken twice."""
    doubts, odometer = state.doubts, state.pump.odometer
    unit = state.unit_ml
    stored = event.stored_ml
    if doubts.occluded_ml is not None:
        stored = min(stored, odometer.shown_ml + unit - doubts.occluded_ml)
    step = state.step_given()
    account = _reopened(odometer, _uncertain(step, stored, event.bolus_ml))
    taken_ms = (stored * MS_PER_HOUR / state.rate_ml_h).to_integral_value(ROUND_CEILING)
    proven_ms = max(state.account.proven_ms - int(taken_ms), 0)
    doubts = replace(
        doubts,
        occluded_ml=odometer.shown_ml,
        pressure_of=state.hung or "",
        pressure_step=state.step,
        bolus_ml=event.bolus_ml + (doubts.bolus_ml if _same_pressure(state) else ZERO),
        pressure_facts=state.line.facts,
    )
    return replace(
        state,
        account=replace(account, proven_ms=proven_ms) if state.begun else state.account,
        bags=_bags_occluded(state, stored, event.bolus_ml),
        gap=_reaching_back(state, stored),
        doubts=doubts,
    )


def _same_pressure(state: RunState) -> bool:
    """Nothing was counted since the occlusion before, and nobody has answered: it is that one again."""
    doubts = state.doubts
    return doubts.pressure_of == state.hung and doubts.occluded_ml == state.pump.odometer.shown_ml


def _uncertain(given: Span, stored_ml: Decimal, bolus_ml: Decimal) -> Span:
    return Span(max(given.low - stored_ml, ZERO), given.high + bolus_ml)


def _bags_occluded(state: RunState, stored_ml: Decimal, bolus_ml: Decimal) -> dict[str, Account]:
    """The hung solution first; what it has not given since it hangs is of the bags before."""
    bags = dict(state.bags)
    if state.hung is None or state.hung not in bags:
        return bags
    odometer, here = state.pump.odometer, state.bag_given(state.hung)
    earlier = stored_ml - (here.low - bags[state.hung].settled.low)
    for solution, account in state.bags.items():
        if solution == state.hung:
            bags[solution] = _reopened(odometer, _uncertain(here, stored_ml, bolus_ml))
        elif earlier > 0:
            settled = account.settled
            bags[solution] = replace(account, settled=_uncertain(settled, earlier, ZERO))
    return bags


def _reaching_back(state: RunState, stored_ml: Decimal) -> GapView:
    """The gap begins where the lower bound ends; gaps inside it are part of it."""
    gap = state.gap
    if gap.proven_ms is None or state.started_ms is None:
        return gap
    shown = state.pump.odometer.shown_ml - stored_ml - state.unit_ml
    since = min(trail.when(state.doubts.trail, shown, state.started_ms), gap.proven_ms)
    if gap.open_from_ms is not None:
        since = min(since, gap.open_from_ms)
    closed = tuple((start, min(to, since)) for start, to in gap.closed if start < since)
    return replace(gap, proven_ms=since, open_from_ms=since, delivering_from_ms=None, closed=closed)


def _answered(state: RunState, event: ev.PressureAnswered) -> RunState:
    doubts = state.doubts
    bags, account = dict(state.bags), state.account
    if event.away:
        if doubts.pressure_of in bags:
            bags[doubts.pressure_of] = _narrowed(bags[doubts.pressure_of], doubts.bolus_ml, ZERO)
        same = doubts.pressure_step == state.step and doubts.pressure_of == (state.hung or "")
        if state.begun and same:
            account = _narrowed(account, doubts.bolus_ml, ZERO)
    doubts = replace(doubts, pressure_of="", pressure_step=0, bolus_ml=ZERO)
    return replace(state, bags=bags, account=account, doubts=doubts)


def _settled(state: RunState, event: ev.StepSettled) -> RunState:
    """Credit: once for this step. Give: the step goes on from its lower bound; the bags keep their bounds."""
    match event.how:
        case Settlement.CREDIT:
            doubts = replace(state.doubts, credited=state.doubts.credited | {event.step})
            return replace(state, doubts=doubts)
        case Settlement.GIVE:
            low = state.step_given().low
            account = _reopened(state.pump.odometer, Span(low, low), state.account)
            doubts = replace(state.doubts, regiven=state.doubts.regiven | {event.step})
            return replace(state, account=account, doubts=doubts)


def _time_entered(state: RunState, since: int, at: int) -> RunState:
    """The gap is known, and so is the age of the bags (F4, F20).

    They are older than was watched by what nobody counted of the gap, and of the pump's run before it: at
    most as long as it may run unattended.
    """
    proven = state.gap.proven_ms if state.gap.proven_ms is not None else at
    begun = state.gap.open_from_ms if state.gap.open_from_ms is not None else proven
    unseen_ms = max(begun - since, 0) + int(state.plan.rules.ceilings.unattended_max_min * 60_000)
    expires = {bag: ms - unseen_ms if bag in state.undated else ms for bag, ms in state.expires_ms.items()}
    gap = replace(state.gap, open_from_ms=min(begun, since), unknown=False)
    return replace(state, gap=gap, expires_ms=expires, undated=frozenset())


def taken_down(state: RunState) -> RunState:
    """No bag counts as hung any more; its account is closed with its bounds."""
    bags = dict(state.bags)
    if state.hung is not None and state.hung in bags:
        bags[state.hung] = _reopened(state.pump.odometer, state.bag_given(state.hung))
    return replace(state, hung=None, bags=bags)
