"""Through every class of states a small world can reach, each phase in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from daemon.changed import replace
from daemon.engine.phases import RUNNING, Phase
from simulators.campaign.broken import Broken
from tests.smallworld.bed import Life, Node, Step
from tests.smallworld.classes import kind
from tests.smallworld.moves import Move, moves


@dataclass(frozen=True)
class Edge:
    """One move from one class of states to another."""

    node: Node
    move: str
    steps: tuple[Step, ...]
    after: Node
    its: Hashable
    """The class it leads to."""


def edges(node: Node) -> Iterator[Edge]:
    """Every move from one state; Broken, with the story that leads there, where a decision is wrong."""
    for name, move in moves(node):
        yield _made(node, name, move)


def _made(node: Node, name: str, move: Move) -> Edge:
    life, story = Life(node), (*node.story, name)
    try:
        move(life)
    except Broken as error:
        raise Broken(error.invariant, f"{error}; story: {', '.join(story)}") from error
    after = Node(replace(life.state, acts={}), life.devices, life.now, story)
    return Edge(node, name, tuple(life.steps), after, kind(after))


Met = Callable[[Hashable, Node], None]


class Waiting:
    """States still to be explored, of each phase in turn, the ones reached first before the others."""

    def __init__(self) -> None:
        self._by_phase: dict[Phase, deque[Node]] = {phase: deque() for phase in Phase}
        self._turn = cycle(self._by_phase.values())
        self._left = 0

    def put(self, node: Node) -> None:
        """One more."""
        self._by_phase[node.state.phase].append(node)
        self._left += 1

    def __iter__(self) -> Iterator[Node]:
        while self._left:
            queue = next(self._turn)
            if queue:
                self._left -= 1
                yield queue.popleft()


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


def road(start: Node) -> Iterator[Edge]:
    """A run to its end without a fault, so that an exploration that is cut short has seen every phase."""
    node = start
    for _ in range(ROUNDS):
        for name in ROUND:
            for move, made in moves(node):
                pump, _, what = move.rpartition(": ")
                if what == name and _fits(node, pump, what):
                    edge = _made(node, move, made)
                    yield edge
                    node = edge.after


def _fits(node: Node, pump: str, what: str) -> bool:
    """Nobody lets a while pass where seconds count, and a pump that answers is not back."""
    if what == "a while":
        return node.state.phase in RUNNING | {Phase.AFTER_WATCH}
    return what != "back" or not node.state.view(pump).linked


def explore(start: Node, most: int, met: Met = lambda _kind, _node: None) -> Iterator[Edge]:
    """Every move from one state of each class, of the first `most` of them.

    `met` is told of every state that is reached, of its class known already too.
    """
    seen: set[Hashable] = {kind(start)}
    waiting = Waiting()
    waiting.put(start)
    for edge in road(start):
        if edge.its not in seen:
            seen.add(edge.its)
            met(edge.its, edge.after)
            waiting.put(edge.after)
    for node in islice(waiting, most):
        for edge in edges(node):
            yield edge
            met(edge.its, edge.after)
            if edge.its not in seen:
                seen.add(edge.its)
                waiting.put(edge.after)
