"""An Alaris Asena GH or CC in the eight methods every pump has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any

from drivers import pair_writes
from drivers.errors import BadFrame, LinkLost, NoReply, OutOfRange, Overtaken, Refused, WrongDevice
from drivers.interfaces import Link
from drivers.pair_writes import Commands, Shown
from drivers.pairs import Grant
from drivers.pumps.alaris_asena import echo, frames, readback
from drivers.pumps.alaris_asena.capabilities import CAPABILITIES
from drivers.pumps.alaris_asena.frames import Fields, Infusion
from drivers.pumps.alaris_asena.readback import Remaining, Seen
from drivers.pumps.alaris_asena.remote import Remote
from drivers.pumps.alaris_asena.talk import Talk
from drivers.values import (
    Authority,
    LocalChange,
    Motion,
    PumpAlarm,
    PumpIdentity,
    PumpReading,
    PumpSetting,
)

STATED_S = float(CAPABILITIES.reply_limit_s)
"""COMMS_RESPONSE_MAX of every pump recorded; what another one states takes its place."""
LONGEST_STATED_S = 30.0
IDENT_TRIES = 4
IDENT_S = 1.0
STOP_AGAIN_S = 0.5
STILL_S = 0.3
"""A motor that was stopped has run out by then; a counter of 0.001 mL shows it."""
STILL_TRIES = 3


class AlarisAsena:
    """Asena GH, CC, TIVA, PK. `on_answer` is called at every answer: slow is not silent (F18)."""

    def __init__(
        self, link: Link, *, expected_serial: str | None = None, authority: Authority = Authority.CONTROL
    ) -> None:
        self.capabilities = CAPABILITIES
        self.on_answer: Callable[[], None] = _nothing
        self._link = link
        self._expected_serial = expected_serial
        self._controls = authority is Authority.CONTROL
        self._talk = Talk(link, self._heard)
        self._remote = Remote(self._talk, link.name, STATED_S)
        self._log: str | None = None
        self._moves = 0
        self._again: asyncio.TimerHandle | None = None
        self._alarms: set[PumpAlarm] = set()
        self._local: set[LocalChange] = set()
        self._forget()

    def _forget(self) -> None:
        """Nothing is known of a pump on a new connection."""
        self._serial: str | None = None
        self._seen: Seen | None = None
        self._left: Remaining | None = None
        self._running: Grant | None = None
        self._timed_out: bool | None = None
        """The pump showed a communication time-out when it was first read."""

    async def connect(self) -> PumpIdentity:
        """Identify, take remote control if it is ours to control, learn the limits; WrongDevice."""
        await self.close()
        self._talk = Talk(self._link, self._heard)
        self._remote = Remote(self._talk, self._link.name, STATED_S)
        await self._talk.open()
        try:
            return await self._enter()
        except BaseException:
            await self.close()
            raise

    async def read(self) -> PumpReading:
        """INF_VTBI, INF and ALARM; INF again where the pump says that it stands and its counter does not."""
        self._connected()
        limit, infusion, alarm = await self._all(frames.LIMIT, frames.STATUS, frames.ALARM)
        words = frames.parse_alarms(alarm)
        before, self._seen = self._seen, readback.seen(self._seen, self._infusion(infusion))
        for _ in range(STILL_TRIES):
            if not self._seen.unproven:
                break
            await asyncio.sleep(STILL_S)
            (infusion,) = await self._all(frames.STATUS)
            self._seen = readback.seen(self._seen, self._infusion(infusion))
        now = self._seen.now
        self._left = readback.remaining(self._left, frames.parse_limit(limit), now.infused_ml)
        motion = readback.motion_of(self._seen, words)
        left_ml = None if self._left is None or words & readback.UNLIMITED else self._left.left_ml
        runs = motion is not Motion.STOPPED
        self._running = Grant("", PumpSetting(now.rate_ml_h, left_ml)) if runs else None
        timed_out = readback.LINK_TIMEOUT in words
        if self._timed_out is None or not timed_out:
            self._timed_out = timed_out
        if now.alarm and before is not None and before.now.alarm and not words:
            self._alarms.add(PumpAlarm.UNKNOWN)
        alarms, local = frozenset(self._alarms), frozenset(self._local)
        self._alarms.clear()
        self._local.clear()
        remote = self._remote.control and timed_out == self._timed_out
        return PumpReading(
            motion=motion,
            rate_ml_h=now.rate_ml_h,
            limit_left_ml=left_ml,
            counter_ml=now.infused_ml,
            remote=remote or not self._controls,
            alarms=alarms,
            local=local,
            mains=readback.MAINS_LOST not in words,
        )

    async def read_setting(self) -> PumpSetting:
        """INF_RATE and INF_VTBI; on a running pump the limit may be the one set or what is left of it."""
        self._connected()
        limit, rate = await self._all(frames.LIMIT, frames.RATE)
        return PumpSetting(frames.number(rate, 1, "ml/h"), frames.parse_limit(limit))

    async def program(self, setting: PumpSetting) -> None:
        """Limit and rate in the order of F15, each read back; OutOfRange before anything is sent.

        HalfProgrammed: one of them was taken and the other not.
        """
        self._connected()
        can = self.capabilities
        self._check("rate", setting.rate_ml_h, can.rate_step_ml_h, can.rate_min_ml_h, can.rate_max_ml_h)
        self._check("volume limit", setting.limit_ml, can.limit_step_ml, can.limit_min_ml, can.limit_max_ml)
        self._remote.need_configuration()
        if self._seen is None:
            await self.read()
        moves = self._moves
        commands = Commands(
            write_limit=lambda limit_ml: self._write_limit(limit_ml, moves),
            write_rate=lambda rate_ml_h: self._write_rate(rate_ml_h, moves),
            read=lambda: self._shown(moves),
        )
        wanted = Grant("", self._told_apart(setting))
        await pair_writes.program(self._running, wanted, commands, can)

    async def start(self) -> None:
        """INF_START, on a pump with a confirmed syringe, a volume limit and nothing of its own going on.

        Overtaken if a STOP came in between.
        """
        self._connected()
        self._remote.need_configuration()
        self._moves += 1
        moves = self._moves
        syringe, limit, infusion = await self._all(frames.SYRINGE, frames.LIMIT, frames.STATUS)
        shown = "^".join(syringe[1:])
        motion = readback.motion_of(readback.seen(self._seen, self._infusion(infusion)), frozenset())
        if frames.field(syringe, 3) != "CONF":
            raise self._no_start(f"the syringe is not confirmed at the pump: {shown}", "syringe")
        if frames.parse_limit(limit) is None:
            raise self._no_start("the pump shows no volume limit (F7)", "limit")
        if motion in (Motion.BOLUS, Motion.PROGRAM):
            raise self._no_start(f"the pump is at a {motion} of its own (F26)", motion.value)
        self._go_on(moves, frames.START)
        echo.bare(frames.START, await self._ask(frames.START, gives_more=True), self._link.name)

    def _no_start(self, why: str, code: str) -> Refused:
        return Refused(f"{self._link.name}: START was not sent: {why}", code=code, reason="not ready")

    def stop(self) -> Coroutine[Any, Any, None]:
        """INF_STOP, written in this call whatever is owed; sent again every 0.5 s until it is answered."""
        self._moves += 1
        future = self._talk.stop(limit_s=self._remote.reply_s)
        self._stop_again_in(future)
        return self._stopped(future)

    async def release(self) -> None:
        """Leave remote control; Refused unless the pump has just read back stopped. Sets nothing (F7)."""
        moves = self._moves
        reading = await self.read()
        self._go_on(moves, "release")
        if reading.motion is not Motion.STOPPED:
            said = f"{self._link.name}: not released: {reading.motion}"
            raise Refused(said, code="motion", reason=reading.motion.value)
        await self._remote.give_back()
        self._serial = None

    async def close(self) -> None:
        """Close the link and nothing else. Safe to call twice."""
        self._forget()
        self._remote.end()
        if self._again is not None:
            self._again.cancel()
        await self._talk.close()

    async def _enter(self) -> PumpIdentity:
        serial = await self._identify()
        if self._expected_serial not in {None, serial}:
            said = f"serial number {serial} answered, {self._expected_serial} is expected"
            raise WrongDevice(f"{self._link.name}: {said}")
        protocol, longest, fastest = (
            self._talk.ask(word, limit_s=STATED_S)
            for word in (frames.PROTOCOL, frames.RESPONSE_MAX, frames.RATE_MAX)
        )
        if self._controls:
            await self._remote.take(serial)
        stated = await _stated(longest, "ms")
        if stated is not None:
            self._remote.reply_s = min(float(stated) / 1000, LONGEST_STATED_S)
        rate_max = await _stated(fastest, "ml/h")
        can = CAPABILITIES
        self.capabilities = replace(
            can,
            rate_max_ml_h=min(can.rate_max_ml_h, rate_max or can.rate_max_ml_h),
            reply_limit_s=can.reply_limit_s if stated is None else stated / 1000,
        )
        try:
            said = frames.field(await protocol, 1)
        except NoReply:
            said = ""
        self._serial = serial
        return PumpIdentity("Alaris Asena", serial, "", said, rate_max_ml_h=rate_max)

    async def _identify(self) -> str:
        """Asked every second: a pump that has just been plugged in may miss the first."""
        asked: set[asyncio.Future[Fields]] = set()
        for number in range(IDENT_TRIES):
            asked.add(self._talk.ask(frames.SERIAL, limit_s=STATED_S))
            last = number + 1 == IDENT_TRIES
            done, _ = await asyncio.wait(
                asked, timeout=None if last else IDENT_S, return_when=asyncio.FIRST_COMPLETED
            )
            for answer in done:
                asked.discard(answer)
                try:
                    serial = frames.field(answer.result(), 1)
                except NoReply:
                    continue
                if serial:
                    return serial
                raise BadFrame(f"{self._link.name}: {frames.SERIAL}: the pump names no serial number")
        raise NoReply(f"{self._link.name}: no Asena answered {IDENT_TRIES} times {frames.SERIAL}")

    def _heard(self, fields: Fields) -> None:
        """Every answer: alarms are kept until a reading has carried them, a new log id is a hand (F40)."""
        self.on_answer()
        if fields[0] == frames.ALARM:
            self._alarms |= readback.alarms_of(frames.parse_alarms(fields))
        elif fields[0] == frames.STATUS:
            try:
                log = frames.parse_infusion(fields).log
            except BadFrame:
                return
            if self._log not in {None, log}:
                self._local.add(LocalChange.TARGET)
            self._log = log

    def _infusion(self, fields: Fields) -> Infusion:
        now = frames.parse_infusion(fields)
        if now.serial != self._serial:
            raise WrongDevice(f"{self._link.name}: {now.serial} answers for {self._serial}")
        return now

    def _told_apart(self, setting: PumpSetting) -> PumpSetting:
        """A pump that shows limits as they were set would not show whether the same one was set again."""
        left, can = self._left, self.capabilities
        if self._running is None or left is None or setting.limit_ml != left.shown_ml:
            return setting
        return replace(setting, limit_ml=max(left.shown_ml - can.limit_step_ml, can.limit_min_ml))

    async def _shown(self, moves: int) -> Shown:
        limit, rate, infusion = await self._all(frames.LIMIT, frames.RATE, frames.STATUS)
        self._go_on(moves, "program")
        setting = PumpSetting(frames.number(rate, 1, "ml/h"), frames.parse_limit(limit))
        counter_ml = self._infusion(infusion).infused_ml
        self._left = readback.remaining(self._left, setting.limit_ml, counter_ml)
        return Shown(setting, counter_ml)

    async def _write_limit(self, limit_ml: Decimal, moves: int) -> None:
        self._go_on(moves, frames.LIMIT)
        answer = await self._ask(*frames.limit_command(limit_ml), gives_more=True)
        echo.limit(limit_ml, answer, self._link.name)
        self._left = None

    async def _write_rate(self, rate_ml_h: Decimal, moves: int) -> None:
        self._go_on(moves, frames.RATE)
        answer = await self._ask(*frames.rate_command(rate_ml_h), gives_more=True)
        echo.rate(rate_ml_h, answer, self._link.name)

    def _stop_again_in(self, future: asyncio.Future[Fields]) -> None:
        if self._again is not None:
            self._again.cancel()
        again_s = min(STOP_AGAIN_S, self._remote.reply_s)
        self._again = asyncio.get_running_loop().call_later(again_s, self._stop_again, future)

    def _stop_again(self, future: asyncio.Future[Fields]) -> None:
        if not future.done():
            self._talk.stop(limit_s=self._remote.reply_s, again=future)
            self._stop_again_in(future)

    async def _stopped(self, future: asyncio.Future[Fields]) -> None:
        echo.bare(frames.STOP, await future, self._link.name)

    async def _all(self, *words: str) -> list[Fields]:
        """Asked one behind the other; the line is not held up by a slow answer."""
        self._remote.alive()
        asked = [self._talk.ask(word, limit_s=self._remote.reply_s) for word in words]
        name = self._link.name
        return [echo.right(word, await answer, name) for word, answer in zip(words, asked, strict=True)]

    async def _ask(self, *command: str, gives_more: bool = False) -> Fields:
        self._remote.alive()
        answer = await self._talk.ask(*command, limit_s=self._remote.reply_s, gives_more=gives_more)
        return echo.right(command[0], answer, self._link.name)

    def _go_on(self, moves: int, what: str) -> None:
        if moves != self._moves:
            raise Overtaken(f"{self._link.name}: {what} was not sent: a START or STOP came first")

    def _connected(self) -> None:
        if self._serial is None:
            raise LinkLost(f"{self._link.name}: not connected")

    def _check(self, name: str, value: Decimal | None, step: Decimal, low: Decimal, high: Decimal) -> None:
        if value is None or not value.is_finite() or not low <= value <= high:
            raise OutOfRange(f"{self._link.name}: {name} {value}: this pump takes {low} to {high}")
        if value % step:
            raise OutOfRange(f"{self._link.name}: {name} {value} is no multiple of {step}")


async def _stated(answer: asyncio.Future[Fields], unit: str) -> Decimal | None:
    """A number the pump states of itself; None where it does not say."""
    try:
        value = frames.number(await answer, 1, unit)
    except (NoReply, BadFrame):
        return None
    return value if value > 0 else None


def _nothing() -> None:
    """Nobody asked to be told."""
