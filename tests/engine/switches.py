"""`python -m tests.engine.switches --seeds 0:100000`: changes of pump with faults drawn by a seed (F23).

Two pumps, engine, guard and channels in whole milliseconds. Each seed is one change and one or two faults at
moments of it. JSON on standard output; exit code 1 where two pumps ever delivered at once.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from drivers.values import Motion, PumpAlarm
from simulators.campaign.broken import Broken
from simulators.campaign.engine.several import Several
from simulators.campaign.engine.timing import Timing
from tests.engine.plans import SMALL_BAGS, plan_of

OLD, NEXT = "pump-1", "pump-2"
TIMINGS = (Timing(300), Timing(500, 80), Timing(1_000, 40, 300), Timing(800, 200))
BEFORE_MS = 57_500
"""So much of the first minute is proven when the faults begin."""
STRETCH_MS = 8_000
"""A change without a fault is over within this; a fault falls anywhere into it."""
AFTER_MS = 9_000
"""Then it has gone on, or is held with every pump stopped."""
LIMIT_MS = 5_000
REPLAYED = 20
"""Of so many changes one is replayed from its journal."""

Fault = Callable[[Several, str, random.Random], None]


@cache
def about_to_change(timing: Timing) -> Several:
    """A bed whose first step is nearly full; the next pump is programmed when it is."""
    world = Several(plan_of((("A", "40", "1"), ("B", "10", "5")), SMALL_BAGS), timing=timing)
    world.start()
    while world.state.account.proven_ms < BEFORE_MS:
        world.run(100)
    return world


def _cut(world: Several, name: str, chance: random.Random) -> None:
    world.channels[name].link_up = False
    world.run(chance.randrange(100, 12_000))
    world.channels[name].link_up = True


def _lose_replies(world: Several, name: str, chance: random.Random) -> None:
    world.channels[name].lose_replies += chance.randrange(1, 5)


def _lose_requests(world: Several, name: str, chance: random.Random) -> None:
    world.channels[name].lose_requests += chance.randrange(1, 5)


def _forgets(world: Several, name: str, _: random.Random) -> None:
    pump = world.pumps[name]
    pump.motion, pump.rate_ul_h = Motion.STOPPED, 0
    pump.set_limit(Decimal("0.1"))


def _deaf(world: Several, name: str, chance: random.Random) -> None:
    """STOP does not reach the motor for a while."""
    world.channels[name].refuse_stop = True
    world.run(chance.randrange(200, 6_000))
    world.channels[name].refuse_stop = False


def _alarm(world: Several, name: str, chance: random.Random) -> None:
    alarm = chance.choice([PumpAlarm.AIR, PumpAlarm.DOOR_OPEN, PumpAlarm.EMPTY, PumpAlarm.OCCLUSION])
    world.pumps[name].alarms.add(alarm)
    world.pumps[name].motion = Motion.STOPPED
    world.run(chance.randrange(100, 4_000))
    world.pumps[name].alarms.discard(alarm)


def _pressed(world: Several, name: str, _: random.Random) -> None:
    world.pumps[name].motion = Motion.STOPPED


def _killed(world: Several, _: str, chance: random.Random) -> None:
    world.restart(chance.randrange(500, 6_000))


def _held(world: Several, _: str, __: random.Random) -> None:
    world.do(inp.HoldNow, reason="pressed")


def _disk(world: Several, _: str, chance: random.Random) -> None:
    world.disk_on = False
    world.run(chance.randrange(100, 6_000))
    world.disk_on = True


FAULTS: Mapping[str, Fault] = {
    "link cut": _cut,
    "replies lost": _lose_replies,
    "requests lost": _lose_requests,
    "pump forgets its setting": _forgets,
    "STOP is not obeyed": _deaf,
    "pump alarms": _alarm,
    "STOP pressed at the pump": _pressed,
    "daemon killed": _killed,
    "hold pressed": _held,
    "disk stalls": _disk,
}
AFTERWARDS = {Phase.INFUSING, Phase.HELD, Phase.OBSERVING, Phase.WAITING_GATE, Phase.SWITCHING}


@dataclass
class Counted:
    """What the changes came to."""

    changes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    free_s: Counter[int] = field(default_factory=Counter)
    """Changes that went through, by the whole seconds without drug, rounded up."""
    broken: list[str] = field(default_factory=list)
    """What went wrong, with its seed."""

    def said(self) -> str:
        """As JSON."""
        return json.dumps(
            {
                "changes": self.changes,
                "faults": dict(self.faults.most_common()),
                "ended": dict(self.ended.most_common()),
                "free_s": dict(sorted(self.free_s.items())),
                "broken": self.broken,
            }
        )


def change(seed: int, counted: Counted) -> None:
    """One change of pump under the faults of its seed."""
    chance = random.Random(seed)
    world = copy.deepcopy(about_to_change(chance.choice(TIMINGS)))
    breaks = len(world.free_ms)
    try:
        _suffers(world, chance, counted)
        found = wrong(world, replayed=seed % REPLAYED == 0)
    except Broken as error:
        found = [str(error)]
    counted.changes += 1
    counted.ended[world.phase().value] += 1
    counted.broken += [f"seed {seed}: {text}" for text in found]
    for ms in world.free_ms[breaks:]:
        counted.free_s[-(-ms // 1_000)] += 1


def _suffers(world: Several, chance: random.Random, counted: Counted) -> None:
    for _ in range(chance.choice((1, 1, 1, 2))):
        world.run(chance.randrange(STRETCH_MS))
        name = chance.choice(sorted(FAULTS))
        counted.faults[name] += 1
        FAULTS[name](world, chance.choice((OLD, NEXT)), chance)
    world.run(AFTER_MS)


def wrong(world: Several, *, replayed: bool) -> list[str]:
    """What does not hold after a change."""
    phase, moving = world.phase(), [one for one in world.pumps.values() if one.motion is not Motion.STOPPED]
    found = {
        f"{world.overlap_ms} ms of two pumps at once (F23)": world.overlap_ms > 0,
        f"it stands in {phase}": phase not in AFTERWARDS,
        "held, and a pump runs": phase is Phase.HELD and bool(moving),
        "held without an alarm": phase is Phase.HELD
        and not any(alarm.startswith("held_") for alarm in world.alarms()),
        "the journal says something else": replayed and world.replayed()[0] != world.state,
    }
    return [text for text, broken in found.items() if broken]


def main() -> int:
    """Exit code 0: nothing was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine.switches", description=__doc__)
    parser.add_argument("--seeds", default="0:100000", help="A:B, from A up to B (0:100000)")
    first, _, last = parser.parse_args().seeds.partition(":")
    counted = Counted()
    for seed in range(int(first), int(last)):
        change(seed, counted)
    sys.stdout.write(f"{counted.said()}\n")
    return 1 if counted.broken else 0


if __name__ == "__main__":
    sys.exit(main())
