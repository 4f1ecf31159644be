"""At every point of one run the process splits in two: one lives on, the other dies there and is judged."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.journal.store import Store
from simulators.campaign.mortal import Point, Touch
from simulators.campaign.story import MEMORY
from tests.crash.aftermath import Aftermath, copied
from tests.crash.course import Course, course
from tests.crash.torn import tear

LIMIT_S = 120
"""A child that is not done by then is a finding."""


@dataclass
class Outcome:
    """What all the deaths of one run came to."""

    points: Counter[str] = field(default_factory=Counter)
    """How many there are of each kind, and how many of them were died at."""
    died: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    """In which phase the restarted daemon was at the end."""
    findings: list[dict[str, Any]] = field(default_factory=list)


class Splitter:
    """Asked at every point; in the child the answer is yes."""

    def __init__(self, wanted: Callable[[Point], bool], folder: Path, *, torn: bool) -> None:
        self.outcome = Outcome()
        self._wanted = wanted
        self._folder = folder
        self._torn = torn
        self._children = 0
        self.course: Course | None = None
        self.result: int | None = None
        """Where the child writes to; None in the one that lives on."""
        self._kept: object = None
        self.point: Point | None = None

    def dies(self, point: Point) -> bool:
        """Split here if it is wanted; the parent waits until the child has been judged."""
        course = self.course
        if self.result is not None or course is None or (point.touch is Touch.TURN and not course.close):
            return False
        kind = _kind(point)
        self.outcome.points[kind] += 1
        if not self._wanted(point):
            return False
        self.outcome.died[kind] += 1
        return self._split(course, point)

    def _split(self, course: Course, point: Point) -> bool:
        self._children += 1
        folder = self._folder / str(self._children)
        folder.mkdir()
        reading, writing = os.pipe()
        loop = asyncio.get_running_loop()
        child = os.fork()
        if child == 0:
            asyncio._set_running_loop(loop)
            signal.alarm(LIMIT_S)
            self.result, self.point = writing, point
            self._leave_alone(course.world.store)
            journal = course.world.journal = copied(course.world.journal, folder)
            if self._torn:
                tear(journal.with_name(f"{journal.name}-wal"), random.Random(str(point)))
            return True
        os.close(writing)
        self._collect(child, reading, point)
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        return False

    def _leave_alone(self, store: Store) -> None:
        """The file is still the parent's; closing it here, even any other handle of it there, drops locks."""
        self._kept = store._db
        writer: Any = store
        writer.close = lambda: None

    def _collect(self, child: int, reading: int, point: Point) -> None:
        with os.fdopen(reading, encoding="utf-8") as pipe:
            text = pipe.read()
        os.waitpid(child, 0)
        told: dict[str, Any] = {"phase": "none", "findings": ["the judgement did not end"]}
        if text:
            told = json.loads(text)
        self.outcome.phases[told["phase"]] += 1
        for found in told["findings"]:
            self.outcome.findings.append({"point": str(point), "at_s": told.get("at_s"), "text": found})

    async def bury(self) -> None:
        """In the child, as soon as the process is dead: judge what follows, say it, and be gone."""
        course, life = self.course, None
        assert course is not None
        while life is None:
            await asyncio.sleep(0.1)
            life = course.world.life
        await life.died.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            if task.get_name() in ("course", "watch"):
                task.cancel()
        told: dict[str, Any] = {"phase": "none", "findings": []}
        assert self.point is not None
        assert self.result is not None
        try:
            aftermath = Aftermath(course, self.point)
            told["at_s"] = asyncio.get_running_loop().time()
            await aftermath.judged()
            told["phase"] = aftermath.phase
            told["findings"] = aftermath.findings
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            told["findings"] = [f"{type(error).__name__}: {error}"]
        with os.fdopen(self.result, "w", encoding="utf-8") as pipe:
            pipe.write(json.dumps(told))
        os._exit(0)


def crashes(wanted: Callable[[Point], bool], *, turns: bool = False, torn: bool = False) -> Outcome:
    """Play the run once and die wherever it is wanted. AssertionError if the run itself goes wrong.

    `torn`: what was written last was not synced, and is lost or garbled; for deaths right after a write.
    """
    with ExitStack() as stack:
        memory = str(MEMORY) if MEMORY.is_dir() else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=memory)))
        splitter = Splitter(wanted, folder, torn=torn)
        (folder / "run").mkdir()
        run = splitter.course = course(folder / "run", splitter.dies, turns=turns)
        try:
            run.world.run(lambda _: _played(splitter, run))
        finally:
            if splitter.result is not None:
                os._exit(1)
    return splitter.outcome


async def _played(splitter: Splitter, run: Course) -> None:
    burying = asyncio.create_task(splitter.bury())
    watching = asyncio.create_task(run.judge.watch(), name="watch")
    playing = asyncio.create_task(run.play(), name="course")
    await asyncio.wait([playing])
    if splitter.result is not None:
        await burying
    burying.cancel()
    watching.cancel()
    playing.result()
    assert run.judge.broken is None, run.judge.broken


def _kind(point: Point) -> str:
    return f"{'after' if point.after else 'before'} {point.touch}"
