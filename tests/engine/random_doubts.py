"""Acts about doubts, and a spare pump, for the random worlds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from daemon.engine import inputs as inp
from daemon.engine.doubts import Explanation, Settlement
from simulators.campaign.engine.world import World
from tests.engine.plans import BACK, OVER, REST, SAME

DOUBTS = st.one_of(
    st.tuples(st.just("classify"), st.sampled_from(list(Explanation))),
    st.tuples(st.just("settle"), st.sampled_from(list(Settlement))),
    st.tuples(st.just("enter time"), st.sampled_from(["0", "3", "12", "34", "500"])),
    st.tuples(st.just("replace"), st.sampled_from(["S1", "S2"])),
    st.tuples(st.just("released"), st.booleans()),
)
SPARE = st.tuples(st.just("spare"), st.sampled_from(["S1", "S2"]))


def doubt(world: World, name: str, value: Any) -> bool:
    """Carry out one of them; False if it is none."""
    match name:
        case "classify":
            world.do(inp.ClassifyCounter, how=value, text="seen")
        case "settle":
            world.do(inp.SettleStep, how=value, reason="seen")
        case "enter time":
            world.do(inp.EnterTime, minutes_ago=Decimal(value), witness="bob")
        case "replace":
            world.do(inp.ReplacePump, serial=value, witness="bob")
        case "released":
            for choice in (REST, SAME, BACK, OVER):
                world.do(inp.Resume, choice=choice, reason="well", witness="bob", released=value)
        case "spare":
            world.channel.connected = False
            world.channel.identity = replace(world.channel.identity, serial=value)
        case _:
            return False
    return True
