"""Moves made: from a state, by name, to the state and the class they lead to."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from daemon.changed import replace
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


def edge(node: Node, name: str) -> Edge:
    """The move of this name; KeyError where it cannot be made."""
    return _made(node, name, dict(moves(node))[name])


def _made(node: Node, name: str, move: Move) -> Edge:
    life, story = Life(node), (*node.story, name)
    try:
        move(life)
    except Broken as error:
        raise Broken(error.invariant, f"{error}; story: {', '.join(story)}") from error
    after = Node(replace(life.state, acts={}), life.devices, life.now, story)
    return Edge(node, name, tuple(life.steps), after, kind(after))
