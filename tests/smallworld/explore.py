"""Through every class of states a small world can reach, each phase in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import cycle, islice

from daemon.engine.phases import Phase
from tests.smallworld.bed import Node
from tests.smallworld.classes import kind
from tests.smallworld.edges import Edge, edges

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


def explore(
    start: Node, walked: Iterable[Edge], most: int, met: Met = lambda _kind, _node: None
) -> Iterator[Edge]:
    """Every move from one state of each class, of the first `most` of them, those on what was walked first.

    `met` is told of every state that is reached, of its class known already too.
    """
    seen: set[Hashable] = {kind(start)}
    waiting = Waiting()
    waiting.put(start)
    for edge in walked:
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
