"""One performance from the first line to the last: stage, story or person, summary."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Coroutine
from typing import Any

from rich.text import Text

from simulators.demo import summary, words
from simulators.demo.ears import Ears
from simulators.demo.hands import leave_to_the_person
from simulators.demo.hearing import Hearing
from simulators.demo.scene import Scene, StoryFailed
from simulators.demo.screen import Screen
from simulators.demo.stage import Order, Stage, StageFailed
from simulators.demo.story import tell

DONE, FAILED, STOPPED = 0, 1, 130
OVER = ("planned", "checking", "after_watch", "completed", "aborted")


class Performance:
    """A stage with its screen, until the end or until `stop`."""

    def __init__(self, stage: Stage, screen: Screen, stop: asyncio.Event, *, hands: bool) -> None:
        self._stage = stage
        self._screen = screen
        self._stop = stop
        self._hands = hands
        self._began_s = asyncio.get_running_loop().time()

    async def run(self) -> int:
        """The exit code."""
        stage, screen = self._stage, self._screen
        if not await self._unless_stopped(stage.open()):
            return STOPPED
        commands = words.by_hand(stage)
        (stage.folder / "by-hand").write_text(
            "\n".join(line.plain for line in commands) + "\n", encoding="utf-8"
        )
        screen.print(words.length(stage), *commands, Text())
        screen.hint = f"second terminal:  . {stage.folder}/env"
        scene = Scene(stage, screen, Hearing(stage.socket))
        screen.open()
        ears = Ears(stage.socket, screen.ring)
        ears.open()
        try:
            told = await self._unless_stopped(leave_to_the_person(scene) if self._hands else tell(scene))
            if not told:
                await self._stop_the_drug(scene)
            report, truth = await scene.report(), await scene.truth()
        finally:
            await ears.close()
            screen.close()
        text = json.dumps({"report": report, "truth": truth}, indent=1, default=str)
        (stage.folder / "SIMULATED-report.json").write_text(text, encoding="utf-8")
        await stage.end()
        complaints = await self._sum_up(report["run"], truth)
        if self._hands:
            return DONE
        return STOPPED if not told else FAILED if complaints else DONE

    async def _unless_stopped(self, part: Coroutine[Any, Any, None]) -> bool:
        """True when `part` came to its end, False when it was cut off by Ctrl-C."""
        playing = asyncio.create_task(part)
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not playing.done():
            playing.cancel()
            await asyncio.wait({playing})
            return False
        playing.result()
        return True

    async def _stop_the_drug(self, scene: Scene) -> None:
        seen = await scene.look()
        if seen["phase"] in OVER:
            return
        await scene.must("hold", "--by", "demo", "--reason", "the demo was ended by hand")
        await scene.until(lambda s: bool(s["pump"]["stop_confirmed"]), 1, "the pump is seen stopped")

    async def _sum_up(self, run: dict[str, Any], truth: dict[str, Any]) -> list[str]:
        stage, screen = self._stage, self._screen
        code, verified = await stage.type("infusiond", "journal", "verify", str(stage.journal))
        found = summary.rows(run, truth, stage.order.flow_error)
        complaints = summary.problems(found, code)
        took_s = int(asyncio.get_running_loop().time() - self._began_s)
        screen.print(
            Text(),
            Text(
                f"SIMULATED run: {words.ENDS.get(run['phase'], run['phase'])}", style="bold white on magenta"
            ),
            summary.dose_table(run, found),
            *summary.course(run, stage.order.flow_error),
            Text(f"Journal    {'VERIFIED' if code == 0 else 'BROKEN'}: {verified.partition(', head')[0]}"),
            Text(f"Took       {took_s // 60} min {took_s % 60} s"),
            *(Text(f"PROBLEM    {complaint}", style="bold red") for complaint in complaints),
        )
        if stage.order.keep is not None:
            screen.print(Text(f"Kept       {stage.order.keep}"))
        return complaints


async def play(order: Order, *, hands: bool) -> int:
    """0 told to the end, 1 the story did not happen, 130 stopped by Ctrl-C before its end."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    screen = Screen()
    screen.print(*words.opening(order.speed, hands=hands))
    async with Stage(order) as stage:
        try:
            return await Performance(stage, screen, stop, hands=hands).run()
        except (StoryFailed, StageFailed) as error:
            screen.print(Text(f"\nTHE STORY DID NOT HAPPEN: {error}", style="bold red"))
            await _tell_what_is_known(stage, screen)
            return FAILED


async def _tell_what_is_known(stage: Stage, screen: Screen) -> None:
    """The last status and the ends of both logs."""
    try:
        last = json.dumps(await Hearing(stage.socket).status(), default=str, ensure_ascii=False)
    except (OSError, TimeoutError, LookupError, ValueError) as error:
        last = f"the daemon does not answer: {error}"
    for title, text in (
        ("Last status", last),
        ("The daemon's log", stage.log_tail("daemon")),
        ("The simulators' log", stage.log_tail("bed")),
    ):
        screen.print(Text(f"{title}:", style="bold"), Text(text or "(empty)"))
