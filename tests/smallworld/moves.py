"""Everything that can happen next at a bed: time, devices, hands, service, persons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial

from daemon.engine import inputs as inp
from daemon.engine.pairing import wanted
from daemon.protocols.rules import Choice, ChoiceKind
from drivers.values import MonitorIdentity, Motion, PumpAlarm, Signal
from simulators.campaign.engine.labels import code_of
from tests.docs.phase_probe import acts_of
from tests.smallworld.bed import COARSE_MS, IDENTITY, LONG_MS, SHORT_MS, Devices, Life, Node, dead_moves

Move = Callable[[Life], None]
AtPump = Callable[[Life, str], None]
MUCH = Decimal(400)
MONITOR = MonitorIdentity("s5-dri", "1")


def _time(ms: int, *, seen: bool = True) -> Move:
    return lambda life: life.pass_time(ms, seen=seen)


def _beyond(signal: Signal, value: Decimal, ms: int) -> Move:
    def move(life: Life) -> None:
        life.measure({signal: value})
        life.devices = life.devices.after(ms)
        life.now += ms
        life.measure({signal: value})

    return move


def _order(life: Life, name: str) -> int:
    pending = life.state.view(name).pending
    return pending.order if pending else 0


def _refused(life: Life, name: str) -> None:
    life.give(inp.OrderFailed(_order(life, name), "no", pump=name))


def _unsent(life: Life, name: str) -> None:
    life.give(inp.OrderUnsent(_order(life, name), "late", pump=name))


def _guarded(life: Life, name: str) -> None:
    life.give(inp.GuardRefused(_order(life, name), "no", pump=name))


def _told(life: Life, name: str) -> None:
    life.give(inp.OrderTold(_order(life, name), pump=name))


def _set(life: Life, name: str) -> None:
    """Set as told, read once, and not started; over a wire nothing of the kind happens."""
    pending = life.state.view(name).pending
    if life.state.advisory and pending is not None:
        life.change(name, life.devices.pumps[name].told(pending.setting))
        life.now += SHORT_MS
        life.read_pump(name)


def _hand(**changes: object) -> AtPump:
    def move(life: Life, name: str) -> None:
        life.change(name, replace(life.devices.pumps[name], **changes))  # type: ignore[arg-type]
        life.now += SHORT_MS
        life.read_pump(name)

    return move


def _slower(life: Life, name: str) -> None:
    _hand(rate_ml_h=life.devices.pumps[name].rate_ml_h / 2)(life, name)


def _joins(serial: str, *, away_long: bool) -> AtPump:
    def move(life: Life, name: str) -> None:
        if not life.devices.pumps[name].dead:
            life.give(inp.PumpIdentified(replace(IDENTITY, serial=name + serial), away_long, pump=name))
            life.read_pump(name)

    return move


def _silent(life: Life, name: str, *, long: bool) -> None:
    life.give(inp.PumpSilent("no answer", long=long, pump=name))


def _unverified(life: Life, name: str) -> None:
    life.give(inp.StopUnverified("no answer", pump=name))


def _bag(life: Life, name: str) -> None:
    """The bag that pump needs next hangs on it, and is read off as a pair."""
    due = wanted(life.state, name)
    if due:
        code = code_of(due)
        life.give(inp.ConfirmSolution("bag", "ann", name, code, True, Decimal(10), "bob"))


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
    "spo2 low": _beyond(Signal.SPO2, Decimal(93), 25_000),
    "pressure falls": _beyond(Signal.NIBP_SYS, Decimal(70), 0),
    "heart races": _beyond(Signal.HR, Decimal(120), 35_000),
    "something sounds": _one(inp.SoundAlive("watch-1")),
    "nothing sounds": _one(inp.SoundLost("no answer")),
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
"""Moves of the bed, its monitor and the service."""

AT_PUMP: Mapping[str, AtPump] = {
    "obeys": Life.obey,
    "order refused": _refused,
    "order unsent": _unsent,
    "guard refuses": _guarded,
    "an order is told": _told,
    "set as told": _set,
    "stop unverified": _unverified,
    "hand stops": _hand(motion=Motion.STOPPED),
    "hand starts": _hand(motion=Motion.INFUSING),
    "hand gives more": _hand(rate_ml_h=MUCH, motion=Motion.INFUSING),
    "hand gives less": _slower,
    "bolus key": _hand(motion=Motion.BOLUS),
    "runs at kvo": _hand(motion=Motion.KVO),
    "limit cleared": _hand(limit_ml=None, stored_ml=None),
    "counter cleared": _hand(counter_ml=Decimal(0)),
    "occlusion": _hand(alarms=frozenset({PumpAlarm.OCCLUSION}), motion=Motion.STOPPED),
    "bag empty": _hand(alarms=frozenset({PumpAlarm.EMPTY}), motion=Motion.STOPPED),
    "door shut again": _hand(alarms=frozenset()),
    "silent": partial(_silent, long=False),
    "lost": partial(_silent, long=True),
    "back": _joins("", away_long=False),
    "back late": _joins("", away_long=True),
    "another one": _joins(", a spare", away_long=True),
    "its bag is confirmed": _bag,
}
"""Moves of each pump."""


def moves(node: Node) -> Iterator[tuple[str, Move]]:
    """Every move from here, the acts of persons among them."""
    yield from MOVES.items()
    for name in node.devices.pumps:
        for move, at_pump in AT_PUMP.items():
            yield f"{name}: {move}", partial(_at, name=name, move=at_pump)
    for name, devices in dead_moves(node):
        yield name, _dies(name, devices)
    for verb, variants in acts_of(node.state).items():
        for number, act in enumerate(variants):
            yield f"{verb} {number}", _one(act)


def _at(life: Life, *, name: str, move: AtPump) -> None:
    move(life, name)


def _dies(name: str, devices: Devices) -> Move:
    def move(life: Life) -> None:
        life.devices = devices
        if name == "disk_dead":
            life.give(inp.JournalBroken("dead"))

    return move
