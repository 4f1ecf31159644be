"""An assessment, a start, and the baseline a start takes of monitors that disagree (F16, F22, F32)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.state import RunState
from daemon.engine.watched import SignalView, SourceView
from daemon.protocols.rules import LimitKind, LimitRule
from drivers.values import Signal, Validity
from tests.engine.answers import DONE, Answer, answered
from tests.engine.follows import told
from tests.engine.states import raised
from tests.engine.test_checklist import now, ready
from tests.engine.test_course_of_a_step import running

D = Decimal
WELL = {Signal.HR: D(75), Signal.SPO2: D(98), Signal.NIBP_SYS: D(120)}


def says(values: Mapping[Signal, Decimal]) -> SourceView:
    """A monitor that has just measured this."""
    return SourceView({signal: SignalView(value, Validity.VALID, now()) for signal, value in values.items()})


def with_monitors(*monitors: Mapping[Signal, Decimal]) -> RunState:
    """Everything is confirmed; these monitors are heard."""
    sources = {f"monitor-{number}": says(one) for number, one in enumerate(monitors, 1)}
    state = ready()
    return replace(state, watched=replace(state.watched, sources=sources))


def started(state: RunState) -> Answer:
    return answered(state, inp.Start("a1", by="ann", witness="bob"), now())


def test_f16_an_assessment_is_recorded_and_ends_what_was_said_ahead() -> None:
    """F16: what the gate will need, five and two minutes ahead; nothing else is over by it."""
    state = raised(running(), "gate_needs", "gate_needs_now", "pump_warning")
    done = answered(state, inp.Assess("a1", by="ann"), 90_000)
    assert done.code == DONE
    assert done.facts[0] == ev.Assessed("ann")
    assert sorted(told(done.facts)[1:]) == ["-gate_needs", "-gate_needs_now"]
    assert done.draft.state.assessed_ms == 90_000


def test_f6_a_start_begins_the_first_step_and_asks_for_the_pump() -> None:
    """F6, F7: at the rate of the plan, with a volume limit; the record says who has begun it."""
    done = started(with_monitors(WELL))
    assert done.code == DONE
    kinds = [type(event) for event in done.facts]
    assert kinds == [ev.BaselineCaptured, ev.RunStarted, ev.StepBegun, ev.SettingOrdered]
    order = done.facts[-1]
    assert isinstance(order, ev.SettingOrdered)
    assert (order.kind, order.step, order.solution, order.pump) == (ev.OrderKind.START, 1, "A", "pump 1")
    plan = ready().plan.step(1)
    assert order.setting.rate_ml_h == plan.rate_ml_h
    assert order.setting.limit_ml is not None
    assert done.facts[1] == ev.RunStarted("ann", "bob")


@pytest.mark.parametrize(
    ("other", "values", "others"),
    [
        (WELL, WELL, {}),
        ({**WELL, Signal.HR: D(76)}, WELL, {Signal.HR: D(76)}),
        ({**WELL, Signal.HR: D(74)}, {**WELL, Signal.HR: D(74)}, {Signal.HR: D(75)}),
        ({**WELL, Signal.SPO2: D(97)}, WELL, {Signal.SPO2: D(97)}),
        ({**WELL, Signal.SPO2: D(99)}, {**WELL, Signal.SPO2: D(99)}, {Signal.SPO2: D(98)}),
        ({**WELL, Signal.NIBP_SYS: D(100)}, WELL, {Signal.NIBP_SYS: D(100)}),
        ({Signal.NIBP_SYS: D(130)}, {**WELL, Signal.NIBP_SYS: D(130)}, {Signal.NIBP_SYS: D(120)}),
    ],
)
def test_f22_of_two_monitors_the_healthier_value_is_the_baseline_and_the_other_is_kept(
    other: Mapping[Signal, Decimal], values: Mapping[Signal, Decimal], others: Mapping[Signal, Decimal]
) -> None:
    """F22, F32: the lower heart rate, the higher saturation and pressure; what they agree on is kept once."""
    for first, second in ((WELL, other), (other, WELL)):
        done = started(with_monitors(first, second))
        assert done.code == DONE
        assert done.facts[0] == ev.BaselineCaptured(values, others)
        assert (done.draft.state.baseline, done.draft.state.baseline_others) == (values, others)


@pytest.mark.parametrize(("rate", "refused"), [("104", False), ("105", True)])
@pytest.mark.parametrize("kind", [LimitKind.FALL_BY, LimitKind.RISE_BY])
def test_f22_a_limit_either_way_is_judged_by_the_stricter_of_both(
    kind: LimitKind, rate: str, *, refused: bool
) -> None:
    """F22: 75 is a fall by 30 from 105, and 105 a rise by 30 from 75; exactly on a limit is beyond it."""
    state = with_monitors(WELL, {**WELL, Signal.HR: D(rate)})
    limits = (LimitRule(Signal.HR, kind, D(30), D(30), None),)
    rules = replace(state.plan.rules, limits=limits)
    done = started(replace(state, plan=replace(state.plan, rules=rules)))
    assert done.code == ("baseline_beyond" if refused else DONE)
    assert (done.facts == []) is refused


def test_f22_what_is_beyond_is_named_with_its_value() -> None:
    done = started(with_monitors({**WELL, Signal.SPO2: D(92)}))
    assert done.code == "baseline_beyond"
    assert "spo2 92" in done.words
