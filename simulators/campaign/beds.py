"""The beds stories are played at: most have one pump that is driven, some other models, or more pumps."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from drivers.registry import PUMPS
from drivers.values import Authority
from simulators.campaign.world import World
from simulators.options import choose


@dataclass(frozen=True, slots=True)
class Bed:
    """What stands at one; `often` is how often it is drawn."""

    often: int
    words: str
    pump: str = "dianet-star"
    monitor: str = "s5-dri"
    carried: tuple[tuple[str, ...], ...] = ()
    authority: Authority = Authority.CONTROL


BEDS: Mapping[str, Bed] = {
    "one pump": Bed(10, "one pump is driven"),
    "two pumps": Bed(3, "each bag has a pump of its own", carried=(("A",), ("B",))),
    "syringe pump": Bed(2, "a pump that takes rate and limit one after the other", pump="alaris-asena"),
    "laboratory pump": Bed(1, "a pump that stands for each new setting", pump="ne-1000"),
    "hands": Bed(2, "a person sets the pump as the screen says", authority=Authority.MONITOR),
    "other monitor": Bed(1, "another monitor", monitor="intellivue"),
}


def drawn_bed(seed: str) -> str:
    """The name of one of them."""
    chance = random.Random(f"{seed}/bed")
    return chance.choices(list(BEDS), [bed.often for bed in BEDS.values()])[0]


@cache
def brisk(pump: str = "dianet-star") -> Plan:
    """60 and 120 mL/h of A, then 30 mL/h of B, ten times as strong; eight minutes, a minute a slice."""
    found = load_protocol(Path(__file__).with_name("brisk.toml"), pump=PUMPS[pump].capabilities)
    if not isinstance(found, Plan):
        raise TypeError(f"brisk.toml: {found}")
    return found


def world_of(folder: Path, seed: str, name: str = "one pump") -> World:
    """A bed whose pump counts exactly and runs on when its link is gone: the worst for the patient."""
    bed = BEDS[name]
    number = random.Random(seed).randrange(2**31)
    options = choose({"flow_error": "0", "link_loss": "continue"})
    return World(
        brisk(bed.pump),
        folder / "journal.db",
        seed=number,
        options=options,
        pump_model=bed.pump,
        model=bed.monitor,
        carried=bed.carried,
        authority=bed.authority,
    )
