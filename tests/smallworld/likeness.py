"""Whether the states of one class are alike: the same move leads two of them to the same class.

A spot check of the abstraction. Of each class the first state that was met is kept, because it is the one
explored, and one other, drawn by a seed from all that were met later.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

from tests.smallworld.bed import Node
from tests.smallworld.classes import kind
from tests.smallworld.edges import edges


@dataclass
class Likeness:
    """Two states of each class."""

    seed: int = 1
    one: dict[Hashable, Node] = field(default_factory=dict)
    other: dict[Hashable, Node] = field(default_factory=dict)
    times: Counter[Hashable] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def first(self, node: Node) -> Hashable:
        """The state the exploration begins with; its class."""
        its = kind(node)
        self.one[its] = node
        return its

    def met(self, its: Hashable, node: Node) -> None:
        """One more state of a class; every one that is not the first is as likely to be kept."""
        if its not in self.one:
            self.one[its] = node
            return
        self.times[its] += 1
        if self._chance.randrange(self.times[its]) == 0:
            self.other[its] = node

    def compare(self, most: int) -> Compared:
        """Both states of so many classes, drawn by the seed, through every move."""
        pairs = [(its, self.one[its], self.other[its]) for its in self.other]
        found = Compared()
        for its, one, other in self._chance.sample(pairs, min(most, len(pairs))):
            _compare(found, its, one, other)
        return found


@dataclass
class Compared:
    """How many classes and moves were compared, and how many led to the same class."""

    classes: int = 0
    alike: int = 0
    moves: int = 0
    same: int = 0
    differ: Counter[str] = field(default_factory=Counter)
    """Moves that led apart, with the phase they began in."""
    apart: list[tuple[str, Hashable, Hashable]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of the moves, those that led to the same class."""
        return self.same / self.moves if self.moves else 1.0


def _compare(found: Compared, its: Hashable, one: Node, other: Node) -> None:
    led = {edge.move: edge.its for edge in edges(one)}
    also = {edge.move: edge.its for edge in edges(other)}
    differ = [move for move in led.keys() | also.keys() if led.get(move) != also.get(move)]
    found.classes += 1
    found.alike += not differ
    found.moves += len(led.keys() | also.keys())
    found.same += len(led.keys() | also.keys()) - len(differ)
    for move in differ:
        found.differ[f"{one.state.phase}: {move}"] += 1
        found.apart.append((move, led.get(move), also.get(move)))
