"""What the nurse does all along: hangs the bag that is asked for, assesses in time."""

from __future__ import annotations

import tomllib
from pathlib import Path

from simulators.demo.picture import Seen
from simulators.demo.scene import Scene, StoryFailed
from simulators.demo.screen import Who
from simulators.demo.stage import PATIENT

ANN, BEN = "Ann", "Ben"
PUMP, MADE_MIN = "pump-1", "20"
EARLY = 0.85
"""Share of the ordered interval after which she assesses again."""
AT_A_BAG = 0.5
"""The same at a bag change, when she stands at the bed anyway."""
CHANGE_NEAR_S = 360
BY_HAND = frozenset({"operator", "hand_change"})
PATIENCE_S = 600
"""Bed time she leaves to the person who held, before the gap costs a step."""


class Nurse:
    """Her duties, one look at a time."""

    def __init__(self, scene: Scene, protocol: Path) -> None:
        rules = tomllib.loads(protocol.read_text(encoding="utf-8"))
        self._assess_s = float(rules["assessment"]["every_min"]) * 60
        self._scene = scene
        self._assessed_s = 0

    async def duty(self, seen: Seen) -> None:
        """What this status asks of her; StoryFailed for a hold that is not in the story."""
        phase = seen["phase"]
        if phase == "held":
            await self._somebody_held(seen)
        elif phase in ("aborted", "manual"):
            raise StoryFailed(f"the run is {phase}: somebody took it out of the story")
        elif phase == "awaiting_solution" and seen["pump"]["disarmed"]:
            await self._change_bag(seen["step"]["solution"])
        elif phase == "waiting_gate" or (phase == "infusing" and not _bag_change_near(seen)):
            await self._assess_after(EARLY)

    async def assess(self) -> None:
        """She looks at the patient and says so."""
        seen = await self._scene.look()
        self._assessed_s = seen["elapsed_s"] or 0
        await self._scene.must("confirm", "assessment", "--by", ANN)

    async def _assess_after(self, share: float) -> None:
        elapsed_s = (await self._scene.look())["elapsed_s"] or 0
        if elapsed_s - self._assessed_s >= share * self._assess_s:
            await self.assess()

    async def hang(self, solution: str) -> None:
        """She reads the wristband, then pump and bag; Ben reads them too."""
        await self._scene.must("confirm", "patient", "--patient", PATIENT, "--by", ANN)
        label = (
            "--pump",
            PUMP,
            "--code",
            self._scene.stage.code(solution),
            "--made-min",
            MADE_MIN,
            "--primed",
        )
        await self._scene.must("confirm", "solution", *label, "--by", ANN, "--witness", BEN)

    async def _change_bag(self, solution: str) -> None:
        await self._scene.hand("hang", solution)
        await self._scene.must("confirm", "line", "--by", ANN)
        await self._assess_after(AT_A_BAG)
        await self.hang(solution)
        await self._scene.until(
            lambda s: s["phase"] != "awaiting_solution",
            5,
            f"{solution} is confirmed and the drug flows again",
        )

    async def _somebody_held(self, seen: Seen) -> None:
        causes = set(seen["hold"]["causes"])
        if not causes <= BY_HAND:
            raise StoryFailed(f"held for {', '.join(sorted(causes))}, which is not in the story")
        self._scene.screen.say(
            Who.STORY,
            f"Somebody held the run. Resume it by hand, or {ANN} does after {PATIENCE_S // 60} min.",
        )
        seen = await self._scene.until(
            lambda s: s["phase"] != "held" or s["hold"]["since_s"] >= PATIENCE_S, 30, "somebody resumes"
        )
        if seen["phase"] == "held":
            await self._go_on()

    async def _go_on(self) -> None:
        """She resumes a run that somebody held, by the first choice the rules leave."""
        await self._assess_after(AT_A_BAG)
        seen = await self._scene.until(lambda s: bool(s["pump"]["disarmed"]), 5, "the pump is disarmed")
        await self._scene.must("confirm", "patient", "--patient", PATIENT, "--by", ANN)
        allowed = [one["choice"] for one in seen["hold"]["allowed"]]
        if not allowed:
            raise StoryFailed("somebody held the run, and no rule allows to resume it")
        reason = ("--reason", "held by hand, patient well")
        await self._scene.must("resume", "--choice", allowed[0], "--by", ANN, *reason)


def _bag_change_near(seen: Seen) -> bool:
    following = seen["next"]
    changes = following is not None and following["solution"] != seen["step"]["solution"]
    return changes and seen["step"]["left_s"] < CHANGE_NEAR_S
