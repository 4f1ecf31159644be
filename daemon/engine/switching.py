"""From one pump to the next: break before make (F23). Pure; both pumps are told and judged by readings.

The next pump is programmed and read back while it stands. The old one is stopped, seen standing by two
readings, disarmed and read back. Only then START goes out. Whatever delivers out of turn stops both.
"""

from __future__ import annotations

from dataclasses import replace

from daemon.engine.switch import Act, Order, Seen, Stage, Switch, Which
from drivers.values import Motion, PumpAlarm, PumpCapabilities, PumpReading, PumpSetting

STILL_MS = 1_000
"""The old pump is seen standing this long, its counter too, before the next one is started (F23)."""
START_TRIES = 3

Step = tuple[Switch, tuple[Order, ...]]
STOP_BOTH = (Order(Which.OLD, Act.STOP), Order(Which.NEXT, Act.STOP))


def begin(wanted: PumpSetting, old: PumpCapabilities, following: PumpCapabilities, now_ms: int) -> Step:
    """The old pump runs, the next one stands: program the next one."""
    disarmed = PumpSetting(old.rate_min_ml_h, old.limit_min_ml)
    limit_ms = int(max(old.switch_limit_s, following.switch_limit_s) * 1000)
    return Switch(wanted, disarmed, limit_ms, told_ms=now_ms), (Order(Which.NEXT, Act.PROGRAM, wanted),)


def delivers(reading: PumpReading) -> bool:
    """Infusing, bolus, purge, program and KVO are all delivery (F23)."""
    return reading.motion is not Motion.STOPPED or PumpAlarm.KVO_RUNNING in reading.alarms


def saw(switch: Switch, seen: Seen) -> Step:
    """What a reading of either pump leads to."""
    if switch.stage is Stage.HELD:
        return switch, STOP_BOTH if delivers(seen.reading) else ()
    return _saw_old(switch, seen) if seen.which is Which.OLD else _saw_next(switch, seen)


def failed(switch: Switch, which: Which, act: Act, why: str) -> Step:
    """A pump has refused; a reply that is only missing is no refusal, the next reading tells."""
    return hold(switch, f"{which}: {act} refused: {why}")


def tick(switch: Switch, now_ms: int) -> Step:
    """Time passes: a switch not over in time is held. Before its first STOP the old pump just runs on."""
    under_way = switch.stage in {Stage.STOP, Stage.DISARM, Stage.START}
    if under_way and switch.since_ms is not None and now_ms - switch.since_ms > switch.limit_ms:
        return hold(switch, f"the switch is not proved within {switch.limit_ms} ms")
    return switch, ()


def hold(switch: Switch, why: str) -> Step:
    """STOP to both pumps at once; a person goes on from here."""
    return replace(switch, stage=Stage.HELD, why=why), STOP_BOTH


def _saw_old(switch: Switch, seen: Seen) -> Step:
    moving = delivers(seen.reading) or (
        switch.still is not None and seen.reading.counter_ml != switch.still.reading.counter_ml
    )
    known = seen.asked_ms >= switch.told_ms
    if moving:
        switch = replace(switch, delivered_ms=seen.asked_ms, still=None)
        if switch.stage is Stage.PROGRAM:
            return switch, ()
        if switch.stage is Stage.STOP:
            return _tell(switch, Order(Which.OLD, Act.STOP), seen.at_ms) if known else (switch, ())
        return hold(switch, "the pump that was stopped delivers")
    if switch.stage is Stage.PROGRAM:
        return hold(switch, "the pump stopped before the next one was ready")
    if switch.stage is Stage.STOP and known:
        switch = replace(switch, stage=Stage.DISARM, still=seen)
        return _tell(switch, Order(Which.OLD, Act.DISARM, switch.disarmed), seen.at_ms)
    if switch.stage is Stage.DISARM and known:
        return _disarmed(switch, seen)
    return switch, ()


def _disarmed(switch: Switch, seen: Seen) -> Step:
    if seen.stored is None:
        return switch, ()
    if seen.stored != switch.disarmed:
        return _tell(switch, Order(Which.OLD, Act.DISARM, switch.disarmed), seen.at_ms)
    if switch.still is None or seen.asked_ms - switch.still.at_ms < STILL_MS:
        return switch, ()
    if switch.starts == START_TRIES:
        return hold(switch, "START was not obeyed")
    switch = replace(switch, stage=Stage.START, starts=switch.starts + 1)
    return _tell(switch, Order(Which.NEXT, Act.START), seen.at_ms)


def _saw_next(switch: Switch, seen: Seen) -> Step:
    if delivers(seen.reading):
        if switch.stage is Stage.DONE:
            return switch, ()
        if switch.starts == 0 or switch.delivered_ms is None or not _as_told(switch, seen.reading):
            return hold(switch, "the next pump delivers, and not as it was told")
        return replace(switch, stage=Stage.DONE, free_ms=seen.at_ms - switch.delivered_ms), ()
    if seen.asked_ms < switch.told_ms:
        return switch, ()
    if switch.stage is Stage.PROGRAM:
        if seen.stored == switch.wanted and switch.delivered_ms is not None:
            switch = replace(switch, stage=Stage.STOP, since_ms=switch.delivered_ms)
            return _tell(switch, Order(Which.OLD, Act.STOP), seen.at_ms)
        if seen.stored is not None and seen.stored != switch.wanted:
            return _tell(switch, Order(Which.NEXT, Act.PROGRAM, switch.wanted), seen.at_ms)
    if switch.stage is Stage.START:
        return replace(switch, stage=Stage.DISARM, told_ms=seen.at_ms), ()
    return switch, ()


def _as_told(switch: Switch, reading: PumpReading) -> bool:
    limited = reading.limit_left_ml is not None
    return limited and reading.motion is Motion.INFUSING and reading.rate_ml_h == switch.wanted.rate_ml_h


def _tell(switch: Switch, order: Order, now_ms: int) -> Step:
    return replace(switch, told_ms=now_ms), (order,)
