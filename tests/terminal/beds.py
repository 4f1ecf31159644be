"""Statuses as the daemon tells them: `view()` of states of a real plan, carried over JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from daemon import exact_json
from daemon.control.view import view
from daemon.engine.account import Odometer
from daemon.engine.alarm_view import AlarmView
from daemon.engine.events import OrderKind, SettingOrdered
from daemon.engine.evolve_line import fluid_of, geometry_of
from daemon.engine.hand_view import HandView
from daemon.engine.opening import opening
from daemon.engine.phases import Phase
from daemon.engine.pump_view import PumpView
from daemon.engine.state import GapView, HoldView, RunState, Standby
from daemon.engine.stretch import Stretch
from daemon.engine.watched import SignalView
from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from daemon.protocols.rules import Grade, HoldCause, Then, ThenKind
from drivers.values import Authority, Motion, PumpReading, PumpSetting, Signal, Validity
from simulators.campaign.engine.fitted import one_each, one_for_all
from simulators.campaign.engine.labels import PATIENT, codes_of
from tests.protocols.files import CASTELLS, PUMP

UTC = "2026-01-01T12:00:00+00:00"
NOW = 3_600_000
MINUTE = 60_000
D = Decimal


def plan() -> Plan:
    found = load_protocol(CASTELLS, pump=PUMP)
    assert isinstance(found, Plan), found
    return found


def reading(motion: Motion, rate: str = "0", limit: str | None = None) -> PumpReading:
    left = None if limit is None else D(limit)
    return PumpReading(motion, D(rate), left, D("0.3"), remote=True)


def pump(motion: Motion, rate: str = "0", limit: str | None = None, **more: Any) -> PumpView:
    stands = motion is Motion.STOPPED
    return replace(
        PumpView(
            Odometer.unread(D("0.1")),
            linked=True,
            reading=reading(motion, rate, limit),
            read_ms=NOW,
            certain=True,
            approved=None if stands else PumpSetting(D(rate), D(limit or 1)),
            stopped=stands,
            disarmed=stands,
        ),
        **more,
    )


STOPPED = pump(Motion.STOPPED)
INFUSING = pump(Motion.INFUSING, "10", "2.5")


def state(phase: Phase, step: int, at_pump: PumpView, **more: Any) -> RunState:
    seen = {
        Signal.HR: SignalView(D(72), Validity.VALID, NOW - 2_000),
        Signal.SPO2: SignalView(D("98.12"), Validity.VALID, NOW - 2_000),
        Signal.NIBP_SYS: SignalView(D("123.6"), Validity.VALID, NOW - 4 * MINUTE),
    }
    base = opening(
        plan(),
        one_for_all(plan(), PUMP),
        bed="ward/bed-4",
        wire_factor=D(1),
        simulated=True,
        patient=PATIENT,
        codes=codes_of(solution.id for solution in plan().solutions),
    )
    made = replace(
        base,
        pump=at_pump,
        at_ms=NOW,
        phase=phase,
        phase_ms=NOW - 3 * MINUTE,
        step=step,
        begun=True,
        goal_ml=base.plan.step(step).volume_ml,
        goal_ms=15 * MINUTE,
        hung=base.plan.step(step).solution,
        line_by="Ann",
        assessed_ms=NOW,
        signals=seen,
        baseline={Signal.HR: D(70), Signal.SPO2: D("97.7"), Signal.NIBP_SYS: D(125)},
        started_ms=0,
        started_by=("Ann", "Bob"),
        bedside=replace(base.bedside, sound="terminal"),
    )
    return lined(replace(made, **more))


def lined(made: RunState) -> RunState:
    """With the line of the bag that hangs, primed with it."""
    hung = made.hung_solution()
    if hung is None:
        return made
    line = made.line.hanging(fluid_of(hung), geometry_of(hung), primed=True, used=False)
    return replace(made, line=line)


def hold(*causes: HoldCause, grade: Grade | None = None, reasons: tuple[str, ...] = ("STOP pressed",)) -> Any:
    return HoldView(NOW - 3 * MINUTE, frozenset(causes), grade, reasons)


READY = state(Phase.CHECKING, 1, STOPPED, begun=False, started_ms=None, hung=None, line_by="", baseline={})
RUNNING = state(Phase.INFUSING, 9, INFUSING)
SHUT = state(
    Phase.WAITING_GATE, 9, STOPPED, gate_shut=("nibp_sys:stale", "assessment:overdue", "pump:occlusion")
)
BAG_CHANGE = state(
    Phase.AWAITING_SOLUTION,
    9,
    STOPPED,
    begun=False,
    hung="bag-2",
    gap=GapView(open_from_ms=NOW - 2 * MINUTE),
)
SWITCHING = replace(
    state(Phase.SWITCHING, 9, replace(STOPPED, stop_ms=NOW - 500, stopped=False), begun=False, hung="bag-2"),
    fitted=one_each(plan(), PUMP)[1],
    others={
        one.name: Standby(
            one,
            STOPPED,
            one.solutions[0],
        )
        for one in one_each(plan(), PUMP)
        if one.name != "pump-2"
    },
)
HELD = state(
    Phase.HELD,
    9,
    STOPPED,
    hold=hold(HoldCause.OPERATOR),
    gap=GapView(open_from_ms=NOW - 3 * MINUTE),
    alarms={"held_operator": AlarmView(NOW - 3 * MINUTE, "STOP pressed")},
)
REACTION = state(
    Phase.HELD,
    9,
    STOPPED,
    hold=hold(
        HoldCause.REACTION,
        HoldCause.MONITOR_LOST,
        grade=Grade.SEVERE,
        reasons=("nibp_sys 81, limit below 90 (= 90)", "spo2 missing (inactive) for 31 s"),
    ),
    alarms={
        "held_reaction": AlarmView(NOW - 3 * MINUTE, "nibp_sys 81, limit below 90 (= 90)"),
        "held_monitor_lost": AlarmView(NOW - 2 * MINUTE, "spo2 missing (inactive) for 31 s"),
        "monitor_silent": AlarmView(NOW - 2 * MINUTE, "no answer"),
        "pump_warning": AlarmView(NOW - MINUTE, "near_empty", "Ann"),
    },
)
UNCONFIRMED = state(
    Phase.HELD,
    9,
    replace(INFUSING, linked=False, stop_ms=NOW - 5_000, read_ms=NOW - 8_000),
    hold=hold(HoldCause.OPERATOR),
    alarms={"stop_not_confirmed": AlarmView(NOW - 3_000, "no answer")},
)
STOP_SENT = replace(UNCONFIRMED, alarms={})
OBSERVING = state(
    Phase.OBSERVING, 9, INFUSING, alarms={"observing": AlarmView(NOW - 3 * MINUTE, "service restarted")}
)
MANUAL = state(
    Phase.MANUAL,
    9,
    pump(Motion.INFUSING, "25", None),
    hold=hold(HoldCause.HAND_CHANGE),
    alarms={"manual": AlarmView(NOW - 3 * MINUTE, "taken over by Ann")},
)
STRETCH = state(
    Phase.INFUSING,
    9,
    pump(Motion.INFUSING, "2.01", "0.4"),
    completed=8,
    stretch=Stretch(D("2.01"), D(30), Then(ThenKind.BACK, 1), 0, "reaction:mild"),
    goal_ml=D("1.005"),
    goal_ms=30 * MINUTE,
)
MILD = state(Phase.HELD, 9, STOPPED, completed=8, hold=hold(HoldCause.REACTION, grade=Grade.MILD))
AFTER = state(Phase.AFTER_WATCH, 12, STOPPED)
DONE = state(Phase.COMPLETED, 12, STOPPED)
ABORTED = state(Phase.ABORTED, 9, STOPPED, alarms={"aborted": AlarmView(NOW - MINUTE, "abort")})

MONITOR = Authority.MONITOR


def _order(kind: OrderKind) -> SettingOrdered:
    return SettingOrdered(1, kind, PumpSetting(D("4.17"), D("1.04")), 9, "bag-3", "pump-1")


_TOLD = replace(STOPPED, disarmed=False, pending=_order(OrderKind.START), hand=HandView(told=True))
_WRONG = HandView(told=True, shown=PumpSetting(D("41.7"), D("1.04")))
TOLD = state(Phase.INFUSING, 9, _TOLD, authority=MONITOR)
TOLD_WRONG = replace(TOLD, pump=replace(_TOLD, hand=_WRONG))
PRESS_START = replace(TOLD, pump=replace(_TOLD, hand=HandView(told=True, right=2)))
TOLD_CHANGE = state(
    Phase.INFUSING,
    9,
    replace(INFUSING, pending=_order(OrderKind.CHANGE), hand=HandView(told=True)),
    authority=MONITOR,
    alarms={"told_change": AlarmView(NOW, "set 4.17 mL/h")},
)
BY_HAND = replace(TOLD_CHANGE, pump=INFUSING, alarms={})
STOP_BY_HAND = state(
    Phase.HELD,
    9,
    replace(INFUSING, stop_ms=NOW - 40_000),
    hold=hold(HoldCause.REACTION, grade=Grade.MILD),
    authority=MONITOR,
    alarms={"stop_by_hand": AlarmView(NOW - 10_000, "press STOP"), "held_reaction": AlarmView(NOW, "hives")},
)

EVERY: Mapping[str, RunState] = {
    "told": TOLD,
    "told, set wrong": TOLD_WRONG,
    "press start": PRESS_START,
    "told another rate": TOLD_CHANGE,
    "by hand": BY_HAND,
    "stop by hand": STOP_BY_HAND,
    "ready": READY,
    "running": RUNNING,
    "shut": SHUT,
    "bag change": BAG_CHANGE,
    "switching": SWITCHING,
    "held": HELD,
    "reaction": REACTION,
    "unconfirmed": UNCONFIRMED,
    "stop sent": STOP_SENT,
    "observing": OBSERVING,
    "manual": MANUAL,
    "stretch": STRETCH,
    "mild": MILD,
    "after": AFTER,
    "done": DONE,
    "aborted": ABORTED,
}


def seen(given: RunState, **changes: Any) -> dict[str, Any]:
    """The status of a state, as it comes out of the socket."""
    text = exact_json.dumps({"utc": UTC, "run": 1, "seq": 7, **view(given, NOW)})
    told: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return {**told, **changes}
