"""What a nurse in the demo can do: look at the bed, wait for it, type a command, lay a hand on a device."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Awaitable, Callable
from typing import Any

from simulators.demo.hearing import Hearing
from simulators.demo.narrator import changes
from simulators.demo.picture import Seen
from simulators.demo.screen import Screen, Who
from simulators.demo.stage import Stage, StageFailed

LOOK_S = 0.2
SLACK_S = 25.0
"""Real time granted beyond the bed's own, for commands to start on a busy computer."""

Done = Callable[[Seen], bool]
Duty = Callable[[Seen], Awaitable[None]]


class StoryFailed(Exception):
    """The story did not happen in its time, or somebody refused what had to be done."""


class Scene:
    """One bed and one nurse; every wait is for something the daemon says."""

    def __init__(self, stage: Stage, screen: Screen, hearing: Hearing) -> None:
        self.stage = stage
        self.screen = screen
        self.seen: Seen | None = None
        self.acts = 0
        self._hearing = hearing

    async def look(self) -> Seen:
        """The newest status, told and shown."""
        self.stage.check_alive()
        try:
            now = await self._hearing.status()
        except (OSError, TimeoutError) as error:
            raise StageFailed(f"the daemon does not answer: {error}") from error
        for sentence in changes(self.seen, now):
            self.screen.say(Who.DAEMON, sentence)
        self.seen = now
        self.screen.show(now)
        return now

    async def until(self, done: Done, bed_min: float, what: str, duty: Duty | None = None) -> Seen:
        """Look until it is so, doing one's duty; StoryFailed after `bed_min` minutes of the bed's time."""
        loop = asyncio.get_running_loop()
        limit_s = bed_min * 60 / self.stage.order.speed + SLACK_S
        deadline_s = loop.time() + limit_s
        while not done(seen := await self.look()):
            if loop.time() > deadline_s:
                raise StoryFailed(f"waited {limit_s:.0f} s for this, in vain: {what}")
            if duty is not None:
                await duty(seen)
            await asyncio.sleep(LOOK_S)
        return seen

    async def must(self, *words: str) -> str:
        """Type `infusiond …`; StoryFailed when it is refused."""
        code, answer = await self._type("infusiond", *words)
        if code != 0:
            raise StoryFailed(f"infusiond {shlex.join(words)}: exit {code}: {answer}")
        return answer

    async def must_be_refused(self, *words: str) -> str:
        """Type `infusiond …`; StoryFailed unless it is refused."""
        code, answer = await self._type("infusiond", *words)
        if code != 1:
            raise StoryFailed(f"infusiond {shlex.join(words)}: exit {code}, should be refused: {answer}")
        return answer

    async def hand(self, *words: str) -> dict[str, Any]:
        """Type `infusiond-sim do PUMP …`; StoryFailed when the device refuses."""
        self.screen.say(Who.BED, f"$ infusiond-sim do $PUMP {shlex.join(words)}")
        code, answer = await self._with_eyes_open("infusiond-sim", "do", str(self.stage.pump), *words)
        if code != 0:
            raise StoryFailed(f"infusiond-sim do {shlex.join(words)}: exit {code}: {answer}")
        return dict(json.loads(answer))

    async def truth(self) -> dict[str, Any]:
        """What really flowed, from the simulator's own account."""
        return dict(json.loads(await self.stage.ask("infusiond-sim", "do", str(self.stage.pump), "state")))

    async def report(self) -> dict[str, Any]:
        """What was planned and given, from the daemon's journal."""
        return await self._hearing.report()

    async def _type(self, program: str, *words: str) -> tuple[int, str]:
        self.screen.say(Who.NURSE, f"$ {program} {shlex.join(words)}")
        code, answer = await self._with_eyes_open(program, *words)
        self.acts += code == 0
        told = "; ".join(answer.splitlines())
        self.screen.say(Who.DAEMON, f"{'REFUSED: ' if code else ''}{told}", "dim" if code == 0 else "yellow")
        return code, answer

    async def _with_eyes_open(self, program: str, *words: str) -> tuple[int, str]:
        """Run a command and go on looking until it has ended."""
        typing = asyncio.create_task(self.stage.type(program, *words))
        try:
            while not typing.done():
                await self.look()
                await asyncio.wait({typing}, timeout=LOOK_S)
            return typing.result()
        finally:
            if not typing.done():
                typing.cancel()
                await asyncio.wait({typing})
