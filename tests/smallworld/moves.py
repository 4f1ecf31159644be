"""Everything that can happen next at a bed: time, devices, hands, service, persons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from daemon.engine import inputs as inp
from daemon.protocols.rules import Choice, ChoiceKind
from drivers.values import MonitorIdentity, Motion, PumpAlarm, PumpIdentity, Signal
from tests.docs.phase_probe import acts_of
from tests.smallworld.bed import COARSE_MS, IDENTITY, LONG_MS, SHORT_MS, Life, Node, dead_moves

Move = Callable[[Life], None]
MUCH = Decimal(400)
MONITOR = MonitorIdentity("s5-dri", "1")
SPARE = replace(IDENTITY, serial="2")


def _time(ms: int, *, seen: bool = True) -> Move:
    return lambda life: life.pass_time(ms, seen=seen)


def _beyond(signal: Signal, value: Decimal, ms: int) -> Move:
    def move(life: Life) -> None:
        life.measure({signal: value})
        life.devices = life.devices.after(ms)
        life.now += ms
        life.measure({signal: value})

    return move


def _refused(life: Life) -> None:
    pending = life.state.pump.pending
    life.give(inp.OrderFailed(pending.order if pending else 0, "no"))


def _unsent(life: Life) -> None:
    pending = life.state.pump.pending
    life.give(inp.OrderUnsent(pending.order if pending else 0, "late"))


def _guarded(life: Life) -> None:
    pending = life.state.pump.pending
    life.give(inp.GuardRefused(pending.order if pending else 0, "no"))


def _hand(**changes: object) -> Move:
    def move(life: Life) -> None:
        life.devices = replace(life.devices, **changes)  # type: ignore[arg-type]
        life.now += SHORT_MS
        life.read_pump()

    return move


def _slower(life: Life) -> None:
    _hand(rate_ml_h=life.devices.rate_ml_h / 2)(life)


def _joins(identity: PumpIdentity, *, away_long: bool) -> Move:
    def move(life: Life) -> None:
        if not life.devices.pump_dead:
            life.give(inp.PumpIdentified(identity, away_long))
            life.read_pump()

    return move


def _wrong_code(life: Life) -> None:
    for act in acts_of(life.state)["confirm_solution"]:
        if isinstance(act, inp.ConfirmSolution):
            life.give(replace(act, code="AAAAAAA"))


def _checked_anew(life: Life) -> None:
    life.give(inp.Resume("anew", "ann", Choice(ChoiceKind.START_OVER), "looked at again", "bob"))


def _one(given: inp.Input) -> Move:
    def move(life: Life) -> None:
        life.give(given)

    return move


def _at_ward(life: Life) -> None:
    """Every alarm that is shown, and one that is not."""
    shown = {**life.state.alarms, **life.state.ended}
    for key in (*(view.key(alarm) for alarm, view in shown.items()), "none-1"):
        life.give(inp.WardAcknowledged(key, "eve", "desk", "mqtt"))


def _mended(life: Life) -> None:
    if not life.devices.disk_dead:
        life.give(inp.JournalMended())


MOVES: Mapping[str, Move] = {
    "a second": _time(SHORT_MS),
    "a while": _time(COARSE_MS),
    "long": _time(LONG_MS),
    "a while, unseen": _time(COARSE_MS, seen=False),
    "obeyed": lambda life: life.obey(),
    "order refused": _refused,
    "order unsent": _unsent,
    "guard refuses": _guarded,
    "stop unverified": _one(inp.StopUnverified("no answer")),
    "spo2 low": _beyond(Signal.SPO2, Decimal(93), 25_000),
    "pressure falls": _beyond(Signal.NIBP_SYS, Decimal(70), 0),
    "heart races": _beyond(Signal.HR, Decimal(120), 35_000),
    "hand stops": _hand(motion=Motion.STOPPED),
    "hand starts": _hand(motion=Motion.INFUSING),
    "hand gives more": _hand(rate_ml_h=MUCH, motion=Motion.INFUSING),
    "hand gives less": _slower,
    "bolus key": _hand(motion=Motion.BOLUS),
    "runs at kvo": _hand(motion=Motion.KVO),
    "limit cleared": _hand(limit_ml=None),
    "counter cleared": _hand(counter_ml=Decimal(0)),
    "occlusion": _hand(alarms=frozenset({PumpAlarm.OCCLUSION}), motion=Motion.STOPPED),
    "bag empty": _hand(alarms=frozenset({PumpAlarm.EMPTY}), motion=Motion.STOPPED),
    "pump silent": _one(inp.PumpSilent("no answer", long=False)),
    "pump lost": _one(inp.PumpSilent("no answer", long=True)),
    "pump back": _joins(IDENTITY, away_long=False),
    "pump back late": _joins(IDENTITY, away_long=True),
    "another pump": _joins(SPARE, away_long=True),
    "something sounds": _one(inp.SoundAlive("watch-1")),
    "nothing sounds": _one(inp.SoundLost("no answer")),
    "an order told that nobody wants": _one(inp.OrderTold(0)),
    "the ward hears nothing": _one(inp.FeedsLost("mqtt: no broker")),
    "the ward hears": _one(inp.FeedsBack()),
    "the ward acknowledges": _at_ward,
    "the ward is lost": _one(inp.WardUnheard("mqtt", "no word")),
    "no receipt": _one(inp.AlarmsUnconfirmed("held_vitals")),
    "a wrong code too many": _wrong_code,
    "checked anew": _checked_anew,
    "a monitor says who it is": _one(inp.MonitorIdentified("monitor-1", MONITOR)),
    "another monitor": _one(inp.MonitorIdentified("monitor-1", replace(MONITOR, detail="2"))),
    "monitor silent": _one(inp.MonitorSilent("monitor-1", "gone")),
    "restart": _one(inp.DaemonRestarted(gap_known=True)),
    "restart, clock dead": _one(inp.DaemonRestarted(gap_known=False)),
    "service stops": _one(inp.ServiceStopping("SIGTERM")),
    "disk fails": _one(inp.JournalBroken("full")),
    "disk mended": _mended,
    "clock steps": _one(inp.ClockStepped(7_200_000)),
}
"""Moves of the bed, its devices and the service."""


def moves(node: Node) -> Iterator[tuple[str, Move]]:
    """Every move from here, the acts of persons among them."""
    yield from MOVES.items()
    for name, devices in dead_moves(node):
        yield name, _dies(name, devices)
    for verb, variants in acts_of(node.state).items():
        for number, act in enumerate(variants):
            yield f"{verb} {number}", _one(act)


def _dies(name: str, devices: object) -> Move:
    def move(life: Life) -> None:
        life.devices = devices  # type: ignore[assignment]
        if name == "disk_dead":
            life.give(inp.JournalBroken("dead"))

    return move
