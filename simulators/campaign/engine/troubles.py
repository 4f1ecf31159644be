"""What strikes host, process, disk, clock and monitor, and how much more than ordered it may cost (F38)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from daemon.engine import inputs as inp
from drivers.values import Signal
from simulators.campaign import bounds
from simulators.campaign.cost import Cost
from simulators.campaign.engine.strikes import Strike, Waits
from simulators.campaign.engine.supervision import Crashed
from simulators.campaign.engine.trial import REACTS, ZERO, Trial

POINTS = ("stopped", "recorded", "programmed", "read_setting", "started")


def kill(trial: Trial, _chance: random.Random) -> Waits:
    """SIGKILL; nobody starts it again."""
    cost = Cost(stops=True, over_ml=trial.dead_ml())
    trial.kill()
    yield 0
    return cost


def restart(trial: Trial, chance: random.Random) -> Waits:
    """Killed and back; nobody confirms what is observed."""
    cost = Cost(stops=True, over_ml=trial.dead_ml())
    trial.kill()
    yield chance.randrange(10_000)
    trial.start(gap_known=True)
    return cost


def dies_within(trial: Trial, chance: random.Random) -> Waits:
    """The process dies within a decision, or between two exchanges of an order, and is started again."""
    wanted, left = chance.choice(POINTS), chance.randrange(3)
    at_death: list[tuple[Cost, int, int]] = []

    def die(point: str) -> None:
        nonlocal left
        if point == wanted:
            left -= 1
            if left < 0:
                over_ml = trial.dead_ml() + bounds.DIANET.stop_ml(trial.rate_ml_h)
                cost = Cost(stops=True, over_ml=over_ml)
                at_death.append((cost, trial.judge.dose(), trial.judge.resumes))
                raise Crashed

    trial.world.at = die
    for channel in trial.world.every_channel():
        channel.at = die
    for _ in range(600):
        yield 1_000
        if at_death:
            break
    trial.safe()
    for death in at_death:
        trial.judge.struck(*death)
    return Cost(stops=False, over_ml=ZERO)


def freeze(trial: Trial, chance: random.Random) -> Waits:
    """SIGSTOP and SIGCONT."""
    cost = Cost(stops=False, over_ml=trial.dead_ml())
    trial.frozen = True
    yield chance.choice([500, 2_000, 4_000, 8_000, 20_000])
    trial.frozen = False
    return cost


def host_down(trial: Trial, chance: random.Random) -> Waits:
    """The computer loses power and boots again, its clock perhaps not yet set."""
    cost = Cost(stops=True, over_ml=trial.dead_ml())
    trial.kill()
    yield chance.choice([2_000, 20_000, 60_000, 400_000, 1_500_000])
    trial.start(gap_known=chance.random() < 0.5)
    return cost


def sigterm(trial: Trial, chance: random.Random) -> Waits:
    """The service is told to stop, and perhaps started again."""
    cost = Cost(stops=True, over_ml=bounds.DIANET.stop_ml(trial.rate_ml_h))
    trial.give(inp.ServiceStopping("sigterm"))
    yield 5_000
    trial.kill()
    if chance.random() < 0.5:
        yield 30_000
        trial.start(gap_known=True)
    return cost


def disk(trial: Trial, chance: random.Random) -> Waits:
    """The record cannot be written for a while."""
    cost = Cost(stops=False, over_ml=bounds.DIANET.stop_ml(trial.rate_ml_h))
    trial.world.disk_fails()
    trial.give(inp.JournalBroken("database or disk is full"))
    yield chance.choice([2_000, 30_000])
    trial.world.disk_on = True
    trial.give(inp.JournalMended())
    return cost


def slow_disk(trial: Trial, chance: random.Random) -> Waits:
    """Every write takes long."""
    before = trial.world.timing
    trial.world.timing = replace(before, disk_ms=chance.choice([200, 1_500, 4_000]))
    yield 120_000
    trial.world.timing = before
    return Cost(stops=False, over_ml=ZERO)


def clock_step(trial: Trial, chance: random.Random) -> Waits:
    """The wall clock is set forwards or back."""
    trial.give(inp.ClockStepped(chance.choice([-86_400, -3_600, -30, 30, 3_600, 86_400]) * 1_000))
    yield 0
    return Cost(stops=False, over_ml=bounds.DIANET.stop_ml(trial.rate_ml_h))


def blind(trial: Trial, chance: random.Random) -> Waits:
    """The monitor is gone for minutes."""
    trial.world.monitor_on = False
    trial.judge.settled(REACTS)
    trial.judge.blind_ms = trial.world.now
    holds_s = [rule.missing_hold_s for rule in trial.plan.rules.signals]
    trial.judge.due("lost sight", "nothing is seen of the patient", min(holds_s))
    yield 3_000
    trial.give(inp.MonitorSilent("monitor-1", "no answer"))
    yield chance.choice([10_000, 117_000, 900_000])
    trial.world.monitor_on, trial.judge.blind_ms = True, None
    trial.judge.settled("nothing is seen of the patient")
    return Cost(stops=False, over_ml=ZERO)


def old_values(trial: Trial, chance: random.Random) -> Waits:
    """The monitor gives old values with fresh times."""
    trial.world.age_s = Decimal(chance.choice([20, 70, 700]))
    trial.judge.settled(REACTS)
    yield chance.choice([5_000, 20_000, 90_000])
    trial.world.age_s = ZERO
    return Cost(stops=False, over_ml=ZERO)


def sensor_off(trial: Trial, chance: random.Random) -> Waits:
    """A sensor falls off, and is put back."""
    signal = chance.choice([Signal.HR, Signal.SPO2, Signal.NIBP_SYS])
    trial.world.missing.add(signal)
    trial.judge.settled(REACTS)
    yield chance.choice([3_000, 20_000, 90_000])
    trial.world.missing.discard(signal)
    return Cost(stops=False, over_ml=ZERO)


def deaf_bed(trial: Trial, _chance: random.Random) -> Waits:
    """Nothing at the bedside can make a sound for a while."""
    trial.give(inp.SoundLost("no answer"))
    yield 40_000
    trial.give(inp.SoundAlive("terminal"))
    return Cost(stops=False, over_ml=ZERO)


TROUBLES: Mapping[str, Strike] = {
    strike.__name__: strike
    for strike in (
        kill,
        restart,
        dies_within,
        freeze,
        host_down,
        sigterm,
        disk,
        slow_disk,
        clock_step,
        blind,
        old_values,
        sensor_off,
        deaf_bed,
    )
}
"""Each by its name."""
