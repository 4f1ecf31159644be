"""An NE-1000 in the eight methods every pump has: Safe mode, one phase of a program and then STOP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from enum import IntEnum
from typing import Any, TypeVar

from drivers import pair_writes
from drivers.errors import BadFrame, DeviceError, NoReply, OutOfRange, Overtaken, Refused, WrongDevice
from drivers.interfaces import Link
from drivers.links.exchange import Exchange, Question
from drivers.pair_writes import Commands, Shown
from drivers.pairs import Grant
from drivers.pumps.ne_1000 import frames, readback
from drivers.pumps.ne_1000.capabilities import CAPABILITIES
from drivers.pumps.ne_1000.frames import Reply
from drivers.values import Authority, Motion, PumpAlarm, PumpIdentity, PumpReading, PumpSetting

ADDRESS = 0
WATCHDOG_S = 10
REPLY_LIMIT_S = float(CAPABILITIES.reply_limit_s)
ENTER_TRIES = 3
TRIES = 3
DRUG = "what is in the syringe"
"""The pump is programmed only while it stands, so no solution can change on the way."""

T = TypeVar("T")


class Key(IntEnum):
    """What a reply must look like; the pump does not say which command it answers."""

    PLAIN = 0
    VER = 1
    SAF = 2
    DIA = 3
    DIS = 4
    RAT = 5
    VOL = 6
    FUN = 7


_SHAPES = {
    Key.PLAIN: re.compile(r""),
    Key.VER: re.compile(r"(?P<model>[A-Z]+[0-9A-Z-]*?)V(?P<version>\d+\.\d+)"),
    Key.SAF: re.compile(r"\d{1,3}"),
    Key.DIA: re.compile(r"\d*\.\d*"),
    Key.DIS: re.compile(r"I.*W.*[UM]L"),
    Key.RAT: re.compile(r"[\d.]+[UM][MH]"),
    Key.VOL: re.compile(r"[\d.]+[UM]L"),
    Key.FUN: re.compile(r"[A-Z]{3}.*"),
}


def _answers(key: int, reply: Reply) -> bool:
    """A refusal may answer anything; an alarm is no answer, whether it was asked for or not."""
    return reply.data.startswith("?") or _SHAPES[Key(key)].fullmatch(reply.data) is not None


def _question(command: str, key: Key = Key.PLAIN, *, repeatable: bool = False) -> Question:
    return Question(frames.safe(ADDRESS, command), key, command, repeatable=repeatable)


VER = _question("VER", Key.VER)
DIA = _question("DIA", Key.DIA)
DIS = _question("DIS", Key.DIS)
RAT = _question("RAT", Key.RAT)
VOL = _question("VOL", Key.VOL)
FUN = _question("FUN", Key.FUN)
SAF = _question("SAF", Key.SAF)
RUN = _question("RUN")
STP = _question("STP", repeatable=True)
ENTER = _question(f"SAF{WATCHDOG_S}", repeatable=True)
ENTER_BASIC = replace(ENTER, frame=frames.basic(ADDRESS, ENTER.label))
LEAVE = _question("SAF0", repeatable=True)
PROBES = (DIS, VER)
SECOND_PHASE = ("PHN2", "FUNSTP")
"""What follows the one phase; without it the program runs on."""
FIRST_PHASE = ("PHN1", "FUNRAT", "DIRINF", "VOLML")


class _Ear:
    """What is heard on the wire: every alarm is told, whatever it came with; the rest may be answers."""

    def __init__(self, on_alarm: Callable[[str], None]) -> None:
        self._decoder = frames.Decoder()
        self._on_alarm = on_alarm
        self.safe_only = False

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that may answer a question."""
        heard = [reply for reply in self._decoder.feed(data) if self._counts(reply)]
        for reply in heard:
            if reply.alarm:
                self._on_alarm(reply.alarm)
        return [reply for reply in heard if not reply.alarm]

    def reset(self) -> None:
        """Forget a half-received reply."""
        self._decoder.reset()

    def _counts(self, reply: Reply) -> bool:
        return reply.address == ADDRESS and (reply.safe or not self.safe_only)


class Ne1000:
    """NE-1000, NE-500, NE-4000 at address 0. It states no serial number: its port is its name (F13)."""

    def __init__(self, link: Link, *, authority: Authority = Authority.CONTROL) -> None:
        self.capabilities = CAPABILITIES
        self._link = link
        self._authority = authority
        self._basic = False
        """Only watched, and found in Basic mode: nothing is switched."""
        self._alarms: set[PumpAlarm] = set()
        self._totals = readback.Totals()
        self._moves = 0
        self._programmed = False
        self._ear = _Ear(self._alarmed)
        self._exchange: Exchange[Reply] = Exchange(link, self._ear, _answers, PROBES)

    async def connect(self) -> PumpIdentity:
        """Safe mode with its watchdog, then who answers, and the rates its syringe allows.

        A pump that is only watched is asked in the mode it is found in, and keeps it.
        """
        await self.close()
        self._ear = _Ear(self._alarmed)
        self._exchange = Exchange(self._link, self._ear, _answers, PROBES)
        await self._exchange.open()
        try:
            await (self._enter() if self._authority is Authority.CONTROL else self._find())
            return await self._identify()
        except BaseException:
            await self.close()
            raise

    async def read(self) -> PumpReading:
        """RAT, VOL and, last, DIS, whose reply carries status and counter of one instant."""
        rate = await self._get(RAT, frames.parse_rate)
        volume = await self._get(VOL, frames.parse_volume)
        status = await self._dispensed()
        alarms = frozenset(self._alarms)
        self._alarms.clear()
        return readback.reading_of(status, rate, volume, self._totals, alarms)

    async def read_setting(self) -> PumpSetting:
        """RAT and VOL of the phase; VOL 0 reads as no limit."""
        rate = await self._get(RAT, frames.parse_rate)
        volume = await self._get(VOL, frames.parse_volume)
        return PumpSetting(rate, volume or None)

    async def program(self, setting: PumpSetting) -> None:
        """Program a pump that stands: this phase, then STOP; Refused if it runs, nothing is rounded."""
        self._check(setting)
        self._programmed = False
        moves = self._moves
        await self._reset(moves)
        for command in SECOND_PHASE:
            await self._write(command, moves)
        await self._function("STP", moves)
        for command in FIRST_PHASE:
            await self._write(command, moves)
        commands = Commands(
            write_limit=lambda limit: self._write(f"VOL{frames.number(limit)}", moves),
            write_rate=lambda rate: self._write(f"RAT{frames.number(rate)}MH", moves),
            read=self._shown,
        )
        await pair_writes.program(None, Grant(DRUG, setting), commands, self.capabilities)
        await self._function("RAT", moves)
        self._programmed = moves == self._moves

    async def start(self) -> None:
        """RUN, on a pump that was programmed since it last stood, and that stands reset.

        Its count is read at once: one that began anew must not have passed what it showed before.
        """
        if not self._programmed:
            raise self._refusal("RUN", "program", "it is programmed anew before each RUN")
        self._moves += 1
        moves = self._moves
        status = await self._dispensed()
        if moves != self._moves:
            raise Overtaken(f"{self._link.name}: RUN was not sent: another START or STOP came first")
        if status != readback.RESET:
            raise self._refusal("RUN", status, f"its status is {status}")
        self._totals.begun_ml = self._totals.counter_ml
        self._totals.commanded()
        self._totals.standing = False
        reply = await self._request(RUN)
        if reply.status != "I":
            raise self._refusal("RUN", reply.status, f"its status is {reply.status}")
        self._programmed = False
        await self._dispensed()

    def stop(self) -> Coroutine[Any, Any, None]:
        """STP; on an idle link the bytes are written in this call, before anything is awaited."""
        self._moves += 1
        self._programmed = False
        self._totals.commanded()
        future = self._exchange.submit(STP, reply_limit_s=REPLY_LIMIT_S, urgent=True)
        return self._stopped(future)

    async def release(self) -> None:
        """Leave Safe mode, and with it the watchdog; Refused unless the pump has just read back stopped."""
        moves = self._moves
        await self._reset(moves)
        self._go_on(moves, "SAF0")
        self._ear.safe_only = False
        await self._request(LEAVE)

    async def close(self) -> None:
        """Close the link and nothing else. Safe to call twice."""
        self._programmed = False
        await self._exchange.close()

    async def _enter(self) -> None:
        """The pump may be in either mode, and answers a first command with its alarm of power-up.

        To a pump in Basic mode that takes no packets the packet is the beginning of the line that follows.
        """
        for _ in range(ENTER_TRIES):
            for question in (ENTER, ENTER_BASIC, ENTER_BASIC):
                try:
                    reply = await self._request(question)
                except (NoReply, Refused):
                    continue
                if reply.safe:
                    await self._watchdog()
                    return
        raise NoReply(f"{self._link.name}: no NE-1000 entered Safe mode in {ENTER_TRIES} tries")

    async def _find(self) -> None:
        for self._basic in (False, True, False, True):
            with suppress(NoReply):
                await self._request(VER)
                return
        raise NoReply(f"{self._link.name}: no NE-1000 answered in either mode")

    async def _watchdog(self) -> None:
        self._ear.safe_only = True
        seconds = await self._sure(SAF)
        if int(seconds.data) != WATCHDOG_S:
            raise self._refusal("SAF", seconds.data, f"its watchdog is {seconds.data} s, not {WATCHDOG_S} s")

    async def _identify(self) -> PumpIdentity:
        version = _SHAPES[Key.VER].fullmatch((await self._sure(VER)).data)
        if version is None:
            raise WrongDevice(f"{self._link.name}: no version of an NE-1000")
        low = high = None
        with suppress(NoReply, Refused, BadFrame):
            low, high = readback.rate_range_of(frames.parse_number((await self._sure(DIA)).data))
        self.capabilities = replace(
            CAPABILITIES,
            rate_min_ml_h=low or CAPABILITIES.rate_min_ml_h,
            rate_max_ml_h=high or CAPABILITIES.rate_max_ml_h,
        )
        return PumpIdentity(
            model=version["model"],
            serial=self._link.name,
            firmware=version["version"],
            protocol="safe",
            rate_min_ml_h=low,
            rate_max_ml_h=high,
        )

    def _alarmed(self, letter: str) -> None:
        """Latched until a reading has carried it (F40); reporting it has cleared it in the pump."""
        self._alarms.add(readback.alarm_of(letter))
        self._programmed = False

    def _check(self, setting: PumpSetting) -> None:
        """Both numbers as the pump can write them, before anything is sent."""
        can = self.capabilities
        rate, limit = setting.rate_ml_h, setting.limit_ml
        if limit is None or not limit.is_finite() or not can.limit_min_ml <= limit <= can.limit_max_ml:
            said = f"volume limit {limit}: this pump takes {can.limit_min_ml} to {can.limit_max_ml} mL"
            raise OutOfRange(f"{self._link.name}: {said}")
        if not rate.is_finite() or not can.rate_min_ml_h <= rate <= can.rate_max_ml_h:
            said = f"rate {rate}: this pump takes {can.rate_min_ml_h} to {can.rate_max_ml_h} mL/h"
            raise OutOfRange(f"{self._link.name}: {said}")
        frames.number(limit)
        frames.number(rate)

    async def _reset(self, moves: int) -> None:
        """A paused program is ended by a second STP; Refused, and nothing sent, to a pump that moves."""
        for _ in range(TRIES):
            status = await self._again(self._dispensed)
            if readback.MOTIONS[status] is not Motion.STOPPED:
                raise self._refusal("program", status, f"its status is {status}: stop it first")
            if status == readback.RESET:
                self._totals.begun_ml = None
                return
            self._go_on(moves, "STP")
            self._totals.commanded()
            try:
                await self._request(STP)
            except NoReply:
                continue
        raise self._refusal("STP", readback.PAUSED, "its program is paused and is not reset")

    async def _function(self, wanted: str, moves: int) -> None:
        """The phase that is selected does this, by its own words."""
        self._go_on(moves, "FUN")
        found = (await self._sure(FUN)).data
        if found != wanted:
            raise self._refusal("FUN", found, f"the phase does {found}, not {wanted}")

    async def _write(self, command: str, moves: int) -> None:
        """Written twice it is the same, so a write without an answer is repeated."""
        self._go_on(moves, command)
        await self._sure(_question(command))

    def _go_on(self, moves: int, command: str) -> None:
        if moves != self._moves:
            raise Overtaken(f"{self._link.name}: {command} was not sent: a START or STOP came first")

    async def _shown(self) -> Shown:
        setting = await self._again(self.read_setting)
        await self._again(self._dispensed)
        return Shown(setting, self._totals.counter_ml)

    async def _dispensed(self) -> str:
        """The status letter; the count goes into the totals."""
        reply = await self._request(DIS)
        try:
            dispensed = frames.parse_dispensed(reply.data)
        except BadFrame as error:
            raise NoReply(f"{self._link.name}: {error}") from error
        self._totals.take(dispensed.infused_ml, standing=readback.MOTIONS[reply.status] is Motion.STOPPED)
        return reply.status

    async def _get(self, question: Question, parse: Callable[[str], T]) -> T:
        return parse((await self._request(question)).data)

    async def _sure(self, question: Question) -> Reply:
        return await self._again(lambda: self._request(question))

    @staticmethod
    async def _again(ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """An answer that an alarm or the wire has eaten is asked for again."""
        for _ in range(TRIES - 1):
            try:
                return await ask()
            except NoReply:
                continue
        return await ask()

    async def _request(self, question: Question) -> Reply:
        if self._basic:
            question = replace(question, frame=frames.basic(ADDRESS, question.label))
        return self._accepted(question, await self._exchange.request(question, reply_limit_s=REPLY_LIMIT_S))

    async def _stopped(self, future: asyncio.Future[Reply]) -> None:
        """A pump that stands says that STP is of no use now: that is what was wanted."""
        reply = await future
        if readback.MOTIONS[reply.status] is not Motion.STOPPED:
            raise self._refusal("STP", reply.status, f"its status is {reply.status}")

    def _accepted(self, question: Question, reply: Reply) -> Reply:
        if not reply.data.startswith("?"):
            return reply
        if reply.data == "?COM":
            raise NoReply(f"{self._link.name}: {question.label} arrived damaged")
        reason = readback.REFUSALS.get(reply.data, "unknown")
        raise self._refusal(question.label, reply.data, reason)

    def _refusal(self, label: str, code: str, reason: str) -> DeviceError:
        return Refused(f"{self._link.name}: {label} refused, {code}: {reason}", code=code, reason=reason)
