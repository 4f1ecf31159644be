"""The tubing between pump and patient: a dead volume in plug flow."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from simulators.bodies.bag import SALINE, Portion, Solution


class Line:
    """`dead_ml` of tubing, full of `filled_with` at first; what is pushed in drives out what was there."""

    def __init__(self, dead_ml: Decimal, filled_with: Solution = SALINE) -> None:
        self.dead_ml = dead_ml
        self._plugs: deque[Portion] = deque()
        self.fill(filled_with)

    def fill(self, solution: Solution) -> None:
        """A line primed with `solution` is attached in place of the old one."""
        self._plugs.clear()
        if self.dead_ml > 0:
            self._plugs.append(Portion(solution, self.dead_ml))

    @property
    def contents(self) -> tuple[Portion, ...]:
        """What the line holds, the patient's end first."""
        return tuple(self._plugs)

    def push(self, portion: Portion) -> list[Portion]:
        """Push a portion in at the pump's end; returns what came out at the patient's end."""
        if portion.volume_ml <= 0:
            return []
        self._append(portion)
        out: list[Portion] = []
        due = portion.volume_ml
        while due > 0:
            first = self._plugs.popleft()
            if first.volume_ml > due:
                self._plugs.appendleft(Portion(first.solution, first.volume_ml - due))
                first = Portion(first.solution, due)
            out.append(first)
            due -= first.volume_ml
        return out

    def _append(self, portion: Portion) -> None:
        if self._plugs and self._plugs[-1].solution == portion.solution:
            portion = Portion(portion.solution, self._plugs.pop().volume_ml + portion.volume_ml)
        self._plugs.append(portion)
