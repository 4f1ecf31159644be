"""An exploration against the table of phases: every input in every phase, every entry seen (F40)."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.engine.transitions import DRIFT, IMPOSSIBLE, LEADS, leads
from tests.smallworld.survey import Survey

INPUTS = typing.get_args(inp.Input)
_SETTLED = "SettleStep from waiting_gate to after_watch"
_EMPTY = "ConfirmEmpty from held to awaiting_solution"
ELSEWHERE: Mapping[str, frozenset[str]] = {
    "one pump": frozenset({_SETTLED, _EMPTY}),
    "two pumps": frozenset({_SETTLED, _EMPTY}),
    "by hand": frozenset(
        {
            _SETTLED,
            _EMPTY,
            "PumpRead from infusing to observing",
            "GuardRefused from awaiting_solution to held",
            "by itself from waiting_gate to awaiting_solution",
            *(f"OrderDone in {phase}" for phase in Phase),
        }
    ),
}
"""What a world has not, by its name: its last step is the one that empties a bag.

By hand nobody says that an order is done, less than told is no end of the automatic, nothing is
disarmed, and a dwell at the end of a bag is not lived through in coarse turns.
"""


def forbidden(found: Survey) -> Iterator[str]:
    """Changes of phase the table does not know, and orders on their way where none can be."""
    for (kind, phase), after in found.led.items():
        for wrong in sorted(after - leads(phase, kind)):
            yield f"{kind.__name__} leads from {phase} to {wrong}"
    for phase in sorted(found.pending & IMPOSSIBLE[inp.OrderDone]):
        yield f"an order is on its way in {phase}"


def unseen(found: Survey) -> list[str]:
    """What the table says and a complete exploration has not met."""
    elsewhere = ELSEWHERE[found.world.name]
    return [text for text in _unseen(found) if text not in elsewhere]


def _unseen(found: Survey) -> Iterator[str]:
    phases = frozenset(Phase) - found.world.never
    for phase in sorted(phases - set(found.classes)):
        yield f"{phase} was never reached"
    for kind in INPUTS:
        for phase in sorted(phases):
            impossible = phase in IMPOSSIBLE.get(kind, frozenset())
            if ((kind, phase) in found.led) is impossible:
                yield f"{kind.__name__} in {phase}"
    for kind, by_phase in LEADS.items():
        for phase in sorted(by_phase.keys() & phases):
            here = by_phase[phase] - found.world.never
            for missing in sorted(here - found.led.get((kind, phase), set())):
                yield f"{kind.__name__} from {phase} to {missing}"
    for phase in sorted(DRIFT.keys() & phases):
        led: set[Phase] = set().union(*(after for (_, at), after in found.led.items() if at is phase))
        for missing in sorted(DRIFT[phase] - found.world.never - led):
            yield f"by itself from {phase} to {missing}"
