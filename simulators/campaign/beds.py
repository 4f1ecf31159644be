"""The beds stories are played at: most have one pump that is driven, some other models, or more pumps."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from daemon.protocols.load import Equipment, draft_protocol, plan_of
from daemon.protocols.plan import Plan
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import read_toml
from drivers.registry import PUMPS
from drivers.values import Authority, Signal
from simulators.campaign.world import SIGNALS, World
from simulators.options import choose


@dataclass(frozen=True, slots=True)
class Bed:
    """What stands at one; `often` is how often it is drawn."""

    often: int
    words: str
    pump: str = "dianet-star"
    monitor: str = "s5-dri"
    oximeter: str = ""
    """From it, and not from the monitor, comes the saturation."""
    carried: tuple[tuple[str, ...], ...] = ()
    authority: Authority = Authority.CONTROL


BEDS: Mapping[str, Bed] = {
    "one pump": Bed(10, "one pump is driven"),
    "two pumps": Bed(3, "each bag has a pump of its own", carried=(("A",), ("B",))),
    "syringe pump": Bed(2, "a pump that takes rate and limit one after the other", pump="alaris-asena"),
    "laboratory pump": Bed(1, "a pump that stands for each new setting", pump="ne-1000"),
    "hands": Bed(2, "a person sets the pump as the screen says", authority=Authority.MONITOR),
    "other monitor": Bed(1, "another monitor", monitor="intellivue"),
    "read-only pump": Bed(
        1, "a person sets a pump that can only be read", "bcc", authority=Authority.MONITOR
    ),
    "oximeter": Bed(1, "an oximeter beside the monitor gives the saturation", oximeter="nellcor-n560"),
}


def drawn_bed(seed: str) -> str:
    """The name of one of them."""
    chance = random.Random(f"{seed}/bed")
    return chance.choices(list(BEDS), [bed.often for bed in BEDS.values()])[0]


@cache
def brisk(pump: str = "dianet-star", *, by_hand: bool = False) -> Plan:
    """60 and 120 mL/h of A, then 30 mL/h of B, ten times as strong; eight minutes, a minute a slice."""
    file = Path(__file__).with_name("brisk.toml")
    equipment = Equipment(PUMPS[pump].capabilities, by_hand=by_hand)
    found = plan_of(draft_protocol(read_toml(file), str(file), equipment, Asked()), str(file))
    if not isinstance(found, Plan):
        raise TypeError(f"brisk.toml: {found}")
    return found


def world_of(folder: Path, seed: str, name: str = "one pump") -> World:
    """A bed whose pump counts exactly and runs on when its link is gone: the worst for the patient."""
    bed = BEDS[name]
    number = random.Random(seed).randrange(2**31)
    options = choose({"flow_error": "0", "link_loss": "continue"})
    return World(
        brisk(bed.pump, by_hand=bed.authority is Authority.MONITOR),
        folder / "journal.db",
        seed=number,
        options=options,
        pump_model=bed.pump,
        model=bed.monitor,
        carried=bed.carried,
        authority=bed.authority,
        second_monitor=bool(bed.oximeter),
        second_model=bed.oximeter or bed.monitor,
        taken=(SIGNALS - {Signal.SPO2}, frozenset({Signal.SPO2})) if bed.oximeter else (SIGNALS, SIGNALS),
    )
