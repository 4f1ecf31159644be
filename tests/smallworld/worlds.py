"""The small worlds that are explored: one pump for both bags, a pump for each bag, one pump set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.decide import decide
from daemon.engine.evolve import begin
from daemon.engine.fitted import Fitted
from daemon.engine.phases import Phase
from daemon.protocols.plan import Plan
from daemon.protocols.rules import GateAction, GateRule
from drivers.values import Authority
from simulators.campaign.engine.fitted import one_each, one_for_all
from simulators.campaign.engine.labels import PATIENT, codes_of
from simulators.campaign.engine.world import DIANET
from tests.engine.plans import D, small
from tests.smallworld.bed import Devices, Node, Pump

BEGUN_MS = 1_000


@dataclass(frozen=True)
class SmallWorld:
    """A plan, the pumps it is given by, and which phases can never come."""

    name: str
    pumps: tuple[Fitted, ...]
    plan: Plan
    never: frozenset[Phase]
    authority: Authority = Authority.CONTROL

    def first(self) -> Node:
        """A run just opened, before anything has answered."""
        opened = ev.RunOpened(
            self.plan,
            self.pumps,
            "bed 1",
            D(1),
            simulated=True,
            patient=PATIENT,
            codes=codes_of(solution.id for solution in self.plan.solutions),
            authority=self.authority,
        )
        state = decide(begin(opened, BEGUN_MS), inp.SoundAlive("terminal"), BEGUN_MS).state
        return Node(state, Devices({one.name: Pump() for one in self.pumps}), BEGUN_MS)


def _plan(**rules: object) -> Plan:
    """The three steps of the small plan, the last one to the empty bag."""
    plan = small(checking=replace(small().rules.checking, wrong_codes_max=1), **rules)
    last = replace(plan.steps[-1], until_empty=True)
    strong = replace(plan.solution("B"), volume_ml=last.volume_ml)
    return replace(plan, steps=(*plan.steps[:-1], last), solutions=(plan.solution("A"), strong))


_PLAN = _plan()
_DWELLS = _plan(gate=GateRule(GateAction.DWELL, D(2)))
"""Who sets the next rate by hand is late; the old one may go on for two minutes."""

WORLDS: Mapping[str, SmallWorld] = {
    world.name: world
    for world in (
        SmallWorld("one pump", one_for_all(_PLAN, DIANET), _PLAN, frozenset({Phase.SWITCHING})),
        SmallWorld("two pumps", one_each(_PLAN, DIANET), _PLAN, frozenset()),
        SmallWorld(
            "by hand",
            one_for_all(_DWELLS, DIANET),
            _DWELLS,
            frozenset({Phase.SWITCHING}),
            Authority.MONITOR,
        ),
    )
}
