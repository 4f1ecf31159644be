"""What can make a sound at the bed, outside this process: it answers a self-test, then goes on (F9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.engine import inputs as inp
from daemon.sound_rule import SoundRule

NAME_MAX = 80
NOBODY = "no annunciator at the bed has answered its self-test"


@dataclass(eq=False)
class Annunciator:
    """One connection that says it can sound; `ask` sends it the number of a test tone."""

    name: str
    ask: Callable[[int], None]
    last_ms: int
    rang: bool = False
    asked: int = 0
    """The number of the test tone it was asked for last; only that answer is its own."""
    why_not: str = "it has not answered its self-test"


class Annunciators:
    """All of one bed; one alive is enough. Told to the engine when that changes, on `tick`."""

    def __init__(
        self, rule: SoundRule, submit: Callable[[inp.Input], None], wire_ms: Callable[[], int]
    ) -> None:
        self.rule = rule
        self._submit = submit
        self._wire_ms = wire_ms
        self._known: list[Annunciator] = []
        self._tests = 0
        self._told = ""
        self._said_lost = False
        self._since_ms = wire_ms()

    def join(self, name: str, ask: Callable[[int], None]) -> Annunciator:
        """A new one; it is asked for a test tone at once."""
        one = Annunciator(name[:NAME_MAX], ask, self._wire_ms())
        self._known.append(one)
        self.test([one])
        return one

    def test(self, only: list[Annunciator] | None = None) -> int:
        """Ask for a test tone; how many were asked."""
        self._tests += 1
        asked = self._known if only is None else only
        for one in asked:
            one.asked = self._tests
            one.ask(one.asked)
        return len(asked)

    def heard(self, one: Annunciator, said: Mapping[str, Any]) -> None:
        """A sign of life, or the answer to a test: `rang` true only if the tone was really sent out.

        One that had been lost is tested anew.
        """
        one.last_ms = self._wire_ms()
        if one not in self._known and one.ask is not _nobody:
            self._known.append(one)
            one.rang = False
            self.test([one])
        elif said.get("test") == one.asked:
            one.rang = said.get("rang") is True
            one.why_not = str(said.get("why", "it has no sound"))[:NAME_MAX]
        self.tick()

    def leave(self, one: Annunciator) -> None:
        """Its connection is gone; it counts until its time is over, so that a view may be opened anew."""
        one.ask = _nobody

    def tick(self) -> None:
        """Twice a second, from the supervising loop: found or lost."""
        now = self._wire_ms()
        lost_ms = int(self.rule.lost_s * 1000)
        self._known = [one for one in self._known if now - one.last_ms < lost_ms]
        able = [one.name for one in self._known if one.rang]
        if able and self._told not in able:
            self._told, self._said_lost = able[0], False
            self._submit(inp.SoundAlive(able[0]))
        elif not able and not self._said_lost and (self._told or now - self._since_ms >= lost_ms):
            why = self._why()
            self._told, self._said_lost = "", True
            self._submit(inp.SoundLost(why))

    def _why(self) -> str:
        if self._told:
            return f"{self._told} has not answered for {self.rule.lost_s} s"
        refused = [f"{one.name}: {one.why_not}" for one in self._known]
        return "; ".join(refused) or NOBODY


def _nobody(_number: int) -> None:
    """Where a connection was."""
