"""One bed for days on virtual time: run after run, ordinary troubles, feeds that read on, new files."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.feeds.mirror import Mirror
from daemon.feeds.mqtt.cursor import Cursor
from daemon.journal.keeping import Keeping
from daemon.journal.series import Whole, parts
from drivers.errors import DeviceError
from simulators.bodies.bag import Solution
from simulators.campaign.beds import brisk
from simulators.campaign.nurse import Nurse
from simulators.campaign.people import CHOICES
from simulators.campaign.story import STRIKES
from simulators.campaign.world import PATIENT, OutOfTime, World
from simulators.options import choose

KEEPING = Keeping(file_mb=1, keep_days=1)
ORDINARY = ("cut", "stop", "keys", "noise", "blind", "sensor_off", "mains_off", "alarm_air", "freeze")
OVER = (Phase.COMPLETED, Phase.ABORTED)
MIB = 1024 * 1024
BETWEEN_S = 120
"""From one run to the next, which by then is not linked to it (F11)."""
STUCK_MAX = 3
"""Minutes after which nobody hopes to go on any more."""


@dataclass
class Days:
    """What was seen: resident memory in MiB and bytes on disk at every look, and what happened."""

    hours: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    disk_bytes: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    happened: dict[str, int] = field(default_factory=dict)
    records: int = 0
    fault: str = ""
    mirrored: int = 0
    """Records that the feeds were given; every one of them once."""


class Soak:
    """Lives for so many virtual hours, and looks at itself every `look_h`."""

    def __init__(
        self,
        folder: Path,
        hours: float,
        look_h: float,
        tell: Callable[[str], None],
        keeping: Keeping = KEEPING,
    ) -> None:
        plan = brisk()
        ceilings = replace(plan.rules.ceilings, link_hours=Decimal("0.01"))
        self._plan = replace(plan, rules=replace(plan.rules, ceilings=ceilings))
        self._folder, self._keeping = folder, keeping
        self._hours, self._look_h, self._tell = hours, look_h, tell
        self._chance = random.Random("soak")
        self.days = Days()
        self._cursor = Cursor(folder / "journal.db")
        self._mirror = Mirror(folder / "journal.db")

    def live(self) -> Days:
        """To the end; AssertionError where a run cannot be begun."""
        world = World(
            self._plan,
            self._folder / "journal.db",
            options=choose({"flow_error": "0"}),
            keeping=self._keeping,
        )
        world.run(self._days)
        self._read()
        whole = Whole(world.journal)
        self.days.records = sum(1 for _ in whole)
        self.days.fault = str(whole.fault or "")
        self._cursor.close()
        self._mirror.close()
        return self.days

    async def _days(self, world: World) -> None:
        looking = asyncio.create_task(self._look())
        reading = asyncio.create_task(self._read_forever())
        try:
            while self._hour() < self._hours:
                await self._run(world)
                await asyncio.sleep(BETWEEN_S)
                await world.stop_daemon()
                await world.start_daemon()
        finally:
            for task in (looking, reading):
                task.cancel()

    def _count(self, what: str) -> None:
        self.days.happened[what] = self.days.happened.get(what, 0) + 1

    def _hour(self) -> float:
        return asyncio.get_running_loop().time() / 3600

    async def _run(self, world: World) -> None:
        """One run of new bags, with a trouble now and then; somebody goes on after a hold, or gives it up."""
        for one in self._plan.solutions:
            world.bed.bring(Solution(one.id, one.concentration), one.volume_ml)
        await world.do(do="hang", solution="A", primed=True)
        await world.do(do="press", key="stop")
        nurse = Nurse(world)
        try:
            await nurse.start()
        except AssertionError:
            self._count("not begun")
            return
        self._count("run")
        looking = asyncio.create_task(nurse.look_after())
        stuck = 0
        for minute in itertools.count(1):
            await asyncio.sleep(60)
            if world.state.phase in (*OVER, Phase.AFTER_WATCH) or minute > 40 or stuck > STUCK_MAX:
                break
            if self._chance.random() < 0.2:
                await self._trouble(world)
            held = world.state.phase in (Phase.HELD, Phase.OBSERVING)
            stuck = stuck + 1 if held and not self._go_on(world) else 0
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        if world.state.phase is Phase.AFTER_WATCH:
            self._count("given to the end")
        if world.state.phase not in OVER:
            world.act(inp.Abort, by="Ann", reason="the day is over")
        with suppress(OutOfTime):
            await world.until(lambda s: s.stop_ms is None and s.phase in OVER, minutes=2)
        self._count(f"ended {world.state.phase}")

    async def _trouble(self, world: World) -> None:
        name = self._chance.choice(ORDINARY)
        self._count(name)
        with suppress(DeviceError):
            await STRIKES[name](world, self._chance)
        await asyncio.sleep(10)

    def _go_on(self, world: World) -> bool:
        world.act(inp.ConfirmPatient, by="Ann", patient=PATIENT)
        world.act(inp.Assess, by="Ann")
        for choice in CHOICES:
            words = {"by": "Ann", "choice": choice, "reason": "well", "witness": "Bob", "released": True}
            if world.act(inp.Resume, **words)[0]:
                self._count("resumed")
                return True
        return False

    async def _read_forever(self) -> None:
        """As a feed does, every few seconds."""
        while True:
            await asyncio.sleep(5)
            self._read()

    def _read(self) -> None:
        while records := self._cursor.next(500):
            for record in records:
                self.days.mirrored += 1
                self._cursor.done(record)
        self._cursor.save()
        self._mirror.opened_anew()
        while sum(1 for _ in self._mirror.new(500)):
            pass

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._look_h * 3600)
            gc.collect()
            files = [file for file in self._folder.iterdir() if file.name.startswith("journal.db")]
            seen = self.days
            seen.hours.append(round(self._hour(), 2))
            seen.rss_mb.append(round(_rss(), 1))
            seen.disk_bytes.append(sum(file.stat().st_size for file in files))
            seen.files.append(len(parts(self._folder / "journal.db")))
            disk_mb = seen.disk_bytes[-1] / MIB
            files_now = f"{disk_mb:.1f} MiB in {seen.files[-1]} files"
            self._tell(f"{seen.hours[-1]} h: {seen.rss_mb[-1]} MiB, {files_now}")


def _rss() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB
