"""Runs walked to their ends: an exploration sees what the first state of a class never lives to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from daemon.engine.phases import RUNNING, Phase
from tests.smallworld.bed import Node
from tests.smallworld.edges import Edge, edge
from tests.smallworld.moves import moves

ROUND = (
    "its bag is confirmed",
    "back",
    "confirm_patient 0",
    "confirm_line 0",
    "confirm_vitals 0",
    "confirm_sound 0",
    "start 0",
    "obeys",
    "a second",
    "obeys",
    "a while",
)
"""What a good nurse and good pumps do again and again; of each pump where it is a pump's."""
ROUNDS = 36
REPLACED = (
    "pump-2: another one",
    "pump-1: obeys",
    "a second",
    "pump-1: obeys",
    "pump-2: obeys",
    "replace_pump 1",
    "confirm_patient 0",
    "confirm_vitals 0",
    "confirm_line 0",
    "confirm_assessment 0",
    "a second",
    "pump-2: obeys",
    "resume 0",
)
"""One pump delivers, the other is replaced, nobody hangs a bag there, and the run goes on."""
SLICE = ("confirm_assessment 0", "pump-1: obeys", "a while")
ITS_STEPS = (*SLICE * 6, "confirm_assessment 0", "pump-1: obeys")
"""What the first pump has to give, but for its last slice."""
NOT_HUNG = ("a while", "pump-1: obeys")
"""The next bag hangs nowhere."""
SHUT = (
    "nothing sounds",
    "a while",
    "pump-1: obeys",
    "something sounds",
    "a second",
    "pump-1: obeys",
    "pump-2: obeys",
)
"""Nor where the gate was shut at the end of the step, and opens."""


def roads(start: Node) -> Iterator[Edge]:
    """A run to its end without a fault; of two pumps, also on to a bag that hangs on no pump any more."""
    walked = list(_rounds(start))
    yield from walked
    begun = next(one.after for one in walked if one.after.state.phase is Phase.INFUSING)
    if len(start.devices.pumps) == 2:
        replaced = list(_walk(begun, (*REPLACED, *ITS_STEPS)))
        yield from replaced
        yield from _walk(replaced[-1].after, NOT_HUNG)
        yield from _walk(replaced[-1].after, SHUT)


def _rounds(start: Node) -> Iterator[Edge]:
    node = start
    for _ in range(ROUNDS):
        for name in ROUND:
            for move in [move for move, _ in moves(node)]:
                pump, _, what = move.rpartition(": ")
                if what == name and _fits(node, pump, what):
                    made = edge(node, move)
                    yield made
                    node = made.after


def _fits(node: Node, pump: str, what: str) -> bool:
    """Nobody lets a while pass where seconds count, and a pump that answers is not back."""
    if what == "a while":
        return node.state.phase in RUNNING | {Phase.AFTER_WATCH}
    return what != "back" or not node.state.view(pump).linked


def _walk(start: Node, names: Iterable[str]) -> Iterator[Edge]:
    node = start
    for name in names:
        made = edge(node, name)
        yield made
        node = made.after
