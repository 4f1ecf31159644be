"""What strikes pump, link and line, and how much more than ordered it may cost the patient (F38).

A strike is a generator: it yields how long it waits, ms, and returns what it may have cost.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from decimal import Decimal

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.rules import Grade
from drivers.values import Motion, PumpAlarm
from simulators.campaign import bounds
from simulators.campaign.cost import Cost
from simulators.campaign.engine.trial import ZERO, Trial

HAND_RATE_UL_H = 300_000
BOLUS_ML = Decimal(1)
SEEN_MS = 3_000
"""After this what a pump says has been read."""
ALARMS = (PumpAlarm.AIR, PumpAlarm.DOOR_OPEN, PumpAlarm.EMPTY, PumpAlarm.DRIP, PumpAlarm.BATTERY_EMPTY)
Waits = Generator[int, None, Cost]
Strike = Callable[[Trial, random.Random], Waits]


def silence(trial: Trial, chance: random.Random) -> Waits:
    """The pump does not answer for a while."""
    cost = Cost(stops=False, over_ml=trial.dead_ml())
    channel = trial.channel
    channel.link_up = False
    yield chance.choice([300, 1_000, 3_000, 6_000, 25_000, 200_000])
    for each in trial.world.every_channel():
        each.link_up = True
    return cost


def cut_off(trial: Trial, _chance: random.Random) -> Waits:
    """The cable of the pump is out for good."""
    cost = Cost(stops=True, over_ml=trial.dead_ml())
    trial.channel.link_up = False
    yield 0
    return cost


def lost_requests(trial: Trial, chance: random.Random) -> Waits:
    """Requests do not arrive."""
    cost = Cost(stops=False, over_ml=trial.dead_ml())
    trial.channel.lose_requests = chance.randint(1, 6)
    yield 3_000
    return cost


def lost_replies(trial: Trial, chance: random.Random) -> Waits:
    """Requests arrive, their answers do not."""
    cost = Cost(stops=False, over_ml=trial.dead_ml())
    trial.channel.lose_replies = chance.randint(1, 6)
    yield 3_000
    return cost


def keys(trial: Trial, chance: random.Random) -> Waits:
    """A hand stays on the keys: the pump refuses STOP meanwhile."""
    seconds = chance.choice([1, 5, 15])
    cost = Cost(stops=False, over_ml=bounds.flow_ml(trial.rate_ml_h, Decimal(seconds + 3)))
    channel = trial.channel
    channel.refuse_stop = True
    yield seconds * 1_000
    for each in trial.world.every_channel():
        each.refuse_stop = False
    return cost


def deaf(trial: Trial, chance: random.Random) -> Waits:
    """The pump accepts settings, START or STOP and ignores them."""
    seconds = chance.choice([2, 10, 40])
    pump = trial.pump
    what = chance.choice(["program", "start", "stop"])
    over_ml = bounds.flow_ml(trial.rate_ml_h, Decimal(seconds)) + bounds.DIANET.stop_ml(trial.rate_ml_h)
    cost = Cost(stops=False, over_ml=min(over_ml, trial.dead_ml()) if what != "program" else over_ml)
    pump.deaf_to = frozenset({what})
    yield seconds * 1_000
    pump.deaf_to = frozenset()
    return cost


def rounds_up(trial: Trial, _chance: random.Random) -> Waits:
    """The pump rounds rates and limits up to whole numbers."""
    pump = trial.pump
    most_ml_h = max(step.rate_ml_h for step in trial.plan.steps) + 1
    pump.coarse_ml = Decimal(1)
    yield 300_000
    pump.coarse_ml = None
    return Cost(stops=False, over_ml=bounds.DIANET.hand_ml(most_ml_h) + 1)


def lying_counter(trial: Trial, chance: random.Random) -> Waits:
    """The counter stands, lags or runs ahead of what flows."""
    trial.pump.lie(chance.choice([0, 500, 850, 920, 1300]))
    yield 0
    return Cost(stops=False, over_ml=bounds.DIANET.lying_ml(), books_ml=bounds.DIANET.lying_ml())


def cleared(trial: Trial, _chance: random.Random) -> Waits:
    """A hand sets the pump's counter back to zero."""
    trial.pump.clear()
    yield 0
    return Cost(stops=False, over_ml=bounds.DIANET.lying_ml(), books_ml=bounds.DIANET.lying_ml())


def old_answer(trial: Trial, chance: random.Random) -> Waits:
    """The pump repeats an old answer as if it were new."""
    pump = trial.pump
    cost = Cost(stops=False, over_ml=trial.dead_ml())
    pump.repeated = pump.reading()
    yield chance.choice([500, 2_000, 8_000, 30_000])
    pump.repeated = None
    return cost


def swapped(trial: Trial, chance: random.Random) -> Waits:
    """The plug is in another pump of the same kind, which stands, and then back."""
    cost = Cost(stops=False, over_ml=trial.dead_ml(), books_ml=bounds.DIANET.lying_ml())
    channel = trial.channel
    before = channel.identity
    channel.link_up = False
    yield 1_000
    channel.connected = False
    channel.identity = replace(before, serial=f"spare-{chance.randrange(3)}")
    channel.link_up = True
    yield chance.choice([2_000, 30_000])
    channel = trial.channel
    channel.connected = False
    channel.identity = before
    return cost


def occlusion(trial: Trial, chance: random.Random) -> Waits:
    """The line is blocked; the pump stops with its alarm, and starts again by itself or not."""
    runs = trial.pump.motion is not Motion.STOPPED
    rate = trial.rate_ml_h
    if runs:
        trial.pump.occlude(chance.choice([None, 1_000, 5_000, 20_000]))
    yield 21_000
    trial.pump.alarms.discard(PumpAlarm.OCCLUSION)
    return Cost(stops=runs, over_ml=bounds.release_ml() + bounds.DIANET.hand_ml(rate))


def pump_alarm(trial: Trial, chance: random.Random) -> Waits:
    """Air, an open door, an empty bag: the pump stops with an alarm."""
    pump = trial.pump
    runs, name = pump.motion is not Motion.STOPPED, chance.choice(ALARMS)
    pump.halt()
    pump.alarms.add(name)
    yield chance.choice([500, 3_000, 60_000])
    pump.alarms.discard(name)
    return Cost(stops=runs, over_ml=ZERO)


def power(trial: Trial, chance: random.Random) -> Waits:
    """The pump loses power for some seconds, and all it knew."""
    pump, channel = trial.pump, trial.channel
    pump.lose_power()
    channel.link_up = False
    yield chance.choice([1_000, 4_000, 10_000])
    pump.alarms.add(PumpAlarm.POWER_RESET)
    for each in trial.world.every_channel():
        each.link_up = True
    yield 2_000
    pump.alarms.discard(PumpAlarm.POWER_RESET)
    return Cost(stops=True, over_ml=ZERO, books_ml=bounds.DIANET.lying_ml())


def hand_stop(trial: Trial, _chance: random.Random) -> Waits:
    """STOP is pressed at the pump."""
    stops = not trial.goes_on_itself
    trial.press_stop()
    yield 0
    return Cost(stops=stops, over_ml=ZERO)


def hand_start(trial: Trial, chance: random.Random) -> Waits:
    """STOP is asked for, and START pressed at the pump a moment later."""
    cost = yield from stop(trial, chance)
    pump = trial.pump
    hand_ml = trial.hand_ml(trial.rate_ml_h)
    yield chance.randrange(4_000)
    pump.press_start()
    return Cost(stops=True, over_ml=cost.over_ml + hand_ml)


def hand_rate(trial: Trial, _chance: random.Random) -> Waits:
    """A hand types a higher rate."""
    cost = Cost(stops=not trial.goes_on_itself, over_ml=trial.hand_ml(Decimal(HAND_RATE_UL_H) / 1000))
    trial.pump.rate_ul_h = HAND_RATE_UL_H
    yield 0
    return cost


def hand_slower(trial: Trial, _chance: random.Random) -> Waits:
    """A hand types half the rate."""
    trial.pump.rate_ul_h //= 2
    yield 0
    return Cost(stops=False, over_ml=ZERO)


def hand_bolus(trial: Trial, _chance: random.Random) -> Waits:
    """A hand gives a bolus; it ends by its own volume."""
    pump = trial.pump
    cost = Cost(stops=True, over_ml=min(trial.hand_ml(Decimal(pump.bolus_ul_h) / 1000), BOLUS_ML))
    pump.press_bolus(BOLUS_ML)
    yield 0
    return cost


def no_limit(trial: Trial, _chance: random.Random) -> Waits:
    """The pump forgets its volume limit.

    Just before a setting that is on its way nobody reads it: the new limit mends it, and the order goes on.
    """
    pump, waits = trial.pump, trial.goes_on_itself
    pump.set_limit(None)
    due_ml_h = trial.plan.step(trial.world.state.step).rate_ml_h
    over_ml = trial.hand_ml(max(trial.rate_ml_h, due_ml_h))
    yield SEEN_MS
    goes_on = trial.alive and trial.world.state.phase is Phase.INFUSING
    return Cost(stops=not waits and (not goes_on or pump.limit_set is None), over_ml=over_ml)


def stop(trial: Trial, chance: random.Random) -> Waits:
    """STOP is pressed on the screen, or a reaction reported; at the pump, where nothing else answers."""
    cost = Cost(stops=True, over_ml=bounds.DIANET.stop_ml(trial.rate_ml_h))
    if not trial.alive:
        trial.press_stop()
    elif chance.random() < 0.5:
        trial.act(inp.HoldNow, by="", reason="")
    else:
        report(trial, Grade.MODERATE)
    yield 0
    return cost


def report(trial: Trial, grade: Grade, minutes_ago: int = 0) -> None:
    """Somebody says that the patient reacts."""
    given = inp.ReportReaction("reported", "ann", grade, "flush", minutes_ago=minutes_ago)
    accepted, _ = trial.act(inp.ReportReaction, by="ann", grade=grade, text="flush", minutes_ago=minutes_ago)
    if accepted:
        trial.judge.rules.reported(given)


STRIKES: Mapping[str, Strike] = {
    strike.__name__: strike
    for strike in (
        silence,
        cut_off,
        lost_requests,
        lost_replies,
        keys,
        deaf,
        rounds_up,
        lying_counter,
        cleared,
        old_answer,
        swapped,
        occlusion,
        pump_alarm,
        power,
        hand_stop,
        hand_start,
        hand_rate,
        hand_slower,
        hand_bolus,
        no_limit,
        stop,
    )
}
"""Each by its name."""
