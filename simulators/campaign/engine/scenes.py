"""The beds of the engine profile: plans short and long, one pump or several."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from simulators.campaign import bounds
from simulators.campaign.engine.odd_pump import OddPump
from simulators.campaign.engine.several import Several
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World

BRISK = Path(__file__).parents[1] / "brisk.toml"
PROTOCOLS = Path(__file__).parents[3] / "config" / "protocols"
TIMING = Timing(poll_ms=int(bounds.DIANET.pump.poll_s * 1000), calm_ms=14_000, calm_read_ms=60_000)
"""As often as the pump is really read while something is under way; else before vitals are stale."""


@dataclass(frozen=True)
class Scene:
    """A bed in words, and how it is made."""

    words: str
    plan: Callable[[], Plan]
    world: type[World] = World

    def build(self) -> World:
        """The bed, fresh."""
        return self.world(self.plan(), timing=TIMING, pump=OddPump, sound=False)


@cache
def _plan(file: Path) -> Plan:
    found = load_protocol(file, pump=bounds.DIANET.pump)
    if not isinstance(found, Plan):
        raise TypeError(f"{file}: {found}")
    return found


def _published(name: str) -> Callable[[], Plan]:
    return lambda: _plan(PROTOCOLS / f"{name}.toml")


PUBLISHED = (
    "castells-12-step",
    "castells-8-step",
    "rituximab-12-step",
    "ceftazidime-leeds-7-step",
    "infliximab-rcuh-10-step",
)
SCENES: Mapping[str, Scene] = {
    "brisk": Scene("three steps, two bags, eight minutes", lambda: _plan(BRISK)),
    "brisk several": Scene("three steps, eight minutes, two pumps", lambda: _plan(BRISK), Several),
    **{name: Scene(name, _published(name)) for name in PUBLISHED},
    "castells several": Scene("castells-12-step, three pumps", _published("castells-12-step"), Several),
}
WEIGHTS = {"brisk": 2}
"""How often, of so many shares; each other once."""


def drawn_bed(seed: str) -> str:
    """The name of the bed a seed plays at."""
    names = list(SCENES)
    (name,) = random.Random(f"{seed}/bed").choices(names, [WEIGHTS.get(name, 1) for name in names])
    return name
