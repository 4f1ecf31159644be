"""The demo without its nurse: every act is left to a person at a second terminal."""

from __future__ import annotations

import asyncio

from simulators.demo.scene import LOOK_S, Scene
from simulators.demo.screen import Who
from simulators.demo.words import next_acts


async def leave_to_the_person(scene: Scene) -> None:
    """Show the bed and say what to type next, until the run is over."""
    told: list[str] = []
    while True:
        seen = await scene.look()
        if seen["phase"] in ("completed", "aborted"):
            return
        acts = next_acts(seen)
        if acts and acts != told:
            scene.screen.say(Who.STORY, "Next, from the second terminal:")
            for act in acts:
                scene.screen.say(Who.NURSE, act)
        told = acts
        await asyncio.sleep(LOOK_S)
