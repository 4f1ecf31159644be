"""Is drug at the patient's end of the line? Only then does what the pump gives prove delivery (F19)."""

from __future__ import annotations

from daemon.engine.account import Odometer
from daemon.engine.line import Line
from daemon.engine.state import RunState
from daemon.protocols.rules import GapRules


def dry(state: RunState, odometer: Odometer) -> bool:
    """The patient may have had drug, and now fluid without drug may come first out of the line."""
    hung = state.hung_solution()
    if not state.line.geometry.total_ml or hung is None or hung.flush:
        return False
    if _only_drug(state.line):
        return False
    tubes = state.line.content(odometer, state.caps.accuracy)
    return any(tube.reached > 0 and tube.dry_ml > 0 for tube in tubes)


def _only_drug(line: Line) -> bool:
    """What is in the line and what is pushed into it holds drug: nothing else can come out."""
    pushed = line.hung is not None and line.hung.concentration > 0
    return pushed and all(plug.fluid.concentration for tube in (line.low, line.high) for plug in tube.plugs)


def granted(rules: GapRules, gap_ms: int | None) -> tuple[int, int]:
    """How strict the gap rule is that a resume was judged by; an unknown gap by the strictest."""
    held = [
        rule.strictness
        for rule in rules.rules
        if gap_ms is None
        or (rule.from_min * 60_000 <= gap_ms and (rule.to_min is None or gap_ms <= rule.to_min * 60_000))
    ]
    return max(held)
