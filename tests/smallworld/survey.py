"""What an exploration found, kept small: who led where, what was refused, who has no way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

from daemon.engine import inputs as inp
from daemon.engine.decide import decide
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from tests.docs.phase_probe import acts_of
from tests.smallworld.bed import Node
from tests.smallworld.edges import Edge
from tests.smallworld.explore import explore
from tests.smallworld.likeness import Likeness
from tests.smallworld.roads import roads
from tests.smallworld.worlds import SmallWorld

OVER = (Phase.COMPLETED, Phase.ABORTED)


@dataclass
class Survey:
    """Everything the tests ask of an exploration."""

    world: SmallWorld
    edges: int = 0
    classes: Counter[Phase] = field(default_factory=Counter)
    """How many were explored."""
    known: set[Hashable] = field(default_factory=set)
    """Every class that was reached, explored or not."""
    led: dict[tuple[type, Phase], set[Phase]] = field(default_factory=dict)
    refused: dict[tuple[type, Phase], set[str]] = field(default_factory=dict)
    pending: set[Phase] = field(default_factory=set)
    """Phases in which an order was on its way."""
    trapped: list[str] = field(default_factory=list)
    """Stories that end where a person has no way out."""
    likeness: Likeness = field(default_factory=Likeness)

    @property
    def explored(self) -> int:
        """How many classes were explored."""
        return sum(self.classes.values())

    @property
    def complete(self) -> bool:
        """No class was reached that was not explored."""
        return self.explored == len(self.known)


def survey(world: SmallWorld, most: int) -> Survey:
    """Explore a small world once, at most so many classes of it."""
    found = Survey(world)
    last: Node | None = None

    def met(kind: Hashable, node: Node) -> None:
        found.known.add(kind)
        found.likeness.met(kind, node)

    start = world.first()
    found.known.add(found.likeness.first(start))
    walked = list(roads(start))
    for edge in walked:
        _led(found, edge)
    for edge in explore(start, walked, most, met):
        found.edges += 1
        if edge.node is not last:
            last = edge.node
            _visit(found, last)
        _led(found, edge)
    return found


def _led(found: Survey, edge: Edge) -> None:
    for step in edge.steps:
        kind, phase = type(step.given), step.before.phase
        found.led.setdefault((kind, phase), set()).add(step.after.phase)
        if isinstance(step.given, inp.Act):
            code = step.after.acts[step.given.act_id][2]
            found.refused.setdefault((kind, phase), set()).add(code)


def _visit(found: Survey, node: Node) -> None:
    state = node.state
    found.classes[state.phase] += 1
    if any(pump.pending is not None for _, pump in state.pumps):
        found.pending.add(state.phase)
    if not _way_out(state, node.now):
        found.trapped.append(", ".join(node.story))


def _way_out(state: RunState, now: int) -> bool:
    """Resume, manual or abort is accepted, and manual wherever drug was started (DESIGN 3.14, F32)."""
    if state.phase in OVER:
        return True
    acts = acts_of(state)
    out = {verb for verb in ("resume", "manual", "abort") if any(_taken(state, a, now) for a in acts[verb])}
    driven = state.started_ms is not None and state.phase in OPEN - {Phase.MANUAL}
    return "abort" in out and ("manual" in out or not driven)


def _taken(state: RunState, act: inp.AnyAct, now: int) -> bool:
    return decide(state, act, now).state.acts[act.act_id][0]
