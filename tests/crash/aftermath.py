"""After a crash the daemon comes back: pump, journal and daemon must agree, and nothing starts by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.journal.series import Whole
from daemon.runtime.opening import is_open, read_journal
from drivers.registry import PUMPS
from drivers.values import Motion
from simulators.campaign.broken import Broken
from simulators.campaign.cost import Cost
from simulators.campaign.faults import dead_ml
from simulators.campaign.mortal import Point
from simulators.campaign.scene import pump_of
from tests.crash.course import Course

ZERO = Decimal(0)
PUMP = PUMPS["dianet-star"].capabilities
BACK_S = 1.0
"""systemd starts it again after this."""
WATCH_S = 90.0
"""A slice, and every wait there is: by then the motor stands."""
QUIET_S = 15.0
"""Watched for so long after it stands."""
LOOK_S = 0.25
ALARM_S = 5.0
STOP_S = 4.0
"""From the restart to the motor at rest, where a STOP was decided."""


class Aftermath:
    """What is found wrong after one crash, a sentence each."""

    def __init__(self, course: Course, point: Point) -> None:
        self._course = course
        self._point = point
        self._world = course.world
        self.findings: list[str] = []
        self.phase = "none"
        """Where the run was when all was quiet again."""

    def must(self, held: bool, text: str) -> None:
        """Keep what did not hold."""
        if not held:
            self.findings.append(text)

    async def judged(self) -> None:
        """Bury the dead, look at what it left, start anew, watch, and let a person find a way out."""
        world, judge = self._world, self._course.judge
        before = judge.dose()
        await world.kill_daemon()
        self._orders_on_disk()
        moves = pump_of(world).motion is not Motion.STOPPED
        cost = Cost(
            stops=True, over_ml=dead_ml(world) if moves else ZERO, books_ml=self._world.bounds.unit_ml
        )
        judge.struck(cost, before)
        left = read_journal(world.journal)
        self.must(left.set_aside is None and left.fault is None, f"the journal is damaged: {left.fault}")
        judge.begins(in_sight=True, in_way=True)
        await asyncio.sleep(BACK_S)
        world.dies = None
        await world.start_daemon()
        judge.ends(in_sight=True, in_way=True)
        await self._watch(left.state)
        self._agree(left.state)
        for look in (judge.look, judge.look_ahead, judge.books):
            try:
                look()
            except Broken as error:
                self.findings.append(str(error))
        self.phase = str(self._world.state.phase)
        self._way_out()

    def _orders_on_disk(self) -> None:
        """D5: what the pump has been told to give was on disk before, rate and limit alike."""
        world, pump = self._world, pump_of(self._world)
        world.settle()
        whole = Whole(world.journal)
        orders = [event for event in (record.event() for record in whole) if _orders(event)]
        self.must(whole.fault is None, f"the chain does not hold: {whole.fault}")
        known = [order.setting for order in orders[-2:] if isinstance(order, ev.SettingOrdered)]
        rates = [setting.rate_ml_h for setting in known]
        limits = [setting.limit_ml for setting in known if setting.limit_ml is not None]
        if not known:
            self.must(pump.motion is Motion.STOPPED, "the motor turns, and nothing was ever ordered")
            return
        if pump.motion is not Motion.STOPPED:
            self.must(pump.rate_ml_h <= max(rates), f"{pump.rate_ml_h} mL/h, recorded are {rates}")
            left = pump.limit_left_ml
            self.must(left is not None and left <= max(limits), f"{left} mL to give, recorded are {limits}")

    async def _watch(self, left: RunState | None) -> None:
        """Nothing starts, rises or is granted by itself; a STOP is carried out, a hold is heard of."""
        world, loop = self._world, asyncio.get_running_loop()
        begun, seen, loud = loop.time(), self._pump(), left is None or left.phase not in OPEN
        pending = left is not None and any(view.stop_ms is not None for _, view in left.pumps)
        quiet_from = begun
        while loop.time() - begun < WATCH_S and loop.time() - quiet_from < QUIET_S:
            await asyncio.sleep(LOOK_S)
            world.settle()
            now, after_s = self._pump(), loop.time() - begun
            for text in _more(seen, now):
                self.must(False, f"{after_s:.2f} s after the restart {text}")
            loud = loud or any(
                CATALOGUE[name].priority in (Priority.HIGH, Priority.MEDIUM) for name in world.state.alarms
            )
            if after_s > ALARM_S and not loud:
                self.must(False, f"nothing is heard {after_s:.1f} s after the restart, {world.state.phase}")
                loud = True
            if pending:
                self.must(world.state.phase is not Phase.OBSERVING, "observed, though a STOP was decided")
                self.must(now[0] is Motion.STOPPED or after_s <= STOP_S, "a decided STOP was not carried out")
            if now[0] is not Motion.STOPPED or world.state.phase is Phase.OBSERVING:
                quiet_from = loop.time()
            seen = now

    def _pump(self) -> tuple[Motion, Decimal, Decimal]:
        pump = pump_of(self._world)
        return pump.motion, pump.rate_ml_h, pump.limit_left_ml if pump.limit_left_ml is not None else ZERO

    def _agree(self, left: RunState | None) -> None:
        """Pump and daemon say the same; the run goes on where the record left it, with nothing flowing."""
        state, pump = self._world.state, pump_of(self._world)
        view = state.pump
        self.must(pump.motion is Motion.STOPPED, f"the motor turns {WATCH_S} s after the restart")
        self.must(view.reading is not None, "the pump was not read")
        if view.reading is not None:
            self.must(view.stopped == (pump.motion is Motion.STOPPED), "pump and daemon disagree on motion")
            shown, left_ml = view.reading.limit_left_ml or ZERO, pump.limit_left_ml or ZERO
            near = abs(shown - left_ml) < self._world.bounds.unit_ml
            self.must(near, f"the daemon reads {shown} mL to give, the pump has {left_ml}")
            least = pump.rate_ml_h <= PUMP.rate_min_ml_h and left_ml <= PUMP.limit_min_ml
            self.must(least or not view.disarmed, "the daemon calls a pump disarmed that is not")
        if left is not None and is_open(left):
            self.must(state.step == left.step, f"step {left.step} became {state.step}")
            self.must(state.phase in OPEN or state.phase is left.phase, f"{left.phase} became {state.phase}")
            self.must(state.phase is not Phase.INFUSING, "infusing, and nobody confirmed it")

    def _way_out(self) -> None:
        """F32: a person can always end it."""
        if self._world.state.phase in OPEN:
            accepted, answer = self._world.act(inp.Abort, by="Ann", reason="crash")
            self.must(accepted, f"no way out: {answer}")


def _orders(event: ev.Event) -> bool:
    return isinstance(event, ev.SettingOrdered)


def _more(before: tuple[Motion, Decimal, Decimal], now: tuple[Motion, Decimal, Decimal]) -> Iterator[str]:
    """What of this is more than it was; the smallest limit of a disarmed pump is not."""
    if before[0] is Motion.STOPPED and now[0] is not Motion.STOPPED:
        yield "the motor starts by itself"
    if now[1] > before[1] and now[1] > PUMP.rate_min_ml_h:
        yield f"the rate rises to {now[1]} mL/h"
    if now[2] > before[2] and now[2] > PUMP.limit_min_ml:
        yield f"{now[2]} mL are granted"


def copied(journal: Path, to: Path) -> Path:
    """All files of a journal as they stand on the disk, without what a dead process had in memory."""
    for file in journal.parent.glob(f"{journal.name}*"):
        if not file.name.endswith("-shm"):
            (to / file.name).write_bytes(file.read_bytes())
    return to / journal.name
