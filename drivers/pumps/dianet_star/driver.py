"""A DIANET-Star pump in the eight methods every pump has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from drivers.errors import (
    BadFrame,
    LinkLost,
    NoReply,
    OutOfRange,
    Overtaken,
    Refused,
    WrongDevice,
)
from drivers.interfaces import Link
from drivers.links.exchange import Exchange, Question
from drivers.pumps.dianet_star import frames, readback
from drivers.pumps.dianet_star.capabilities import CAPABILITIES
from drivers.pumps.dianet_star.frames import Segment
from drivers.values import Authority, LocalChange, Motion, PumpAlarm, PumpIdentity, PumpReading, PumpSetting

MODES = {"fernsteuer": 2, "fernregel": 3}
"""State bit of each remote mode; its number in CC_MODE is one less."""
DOKU = 1
"""The same of the mode in which the pump is read and takes nothing."""

OUR_ADDRESS = ord("A")
PROTOCOL_MIN = 0x000A
IDENT_PERIOD_S = 0.5
REPLY_LIMIT_S = float(CAPABILITIES.reply_limit_s)
UNASSIGNED_TRIES = 3
ASSIGNED_TRIES = 2
TRANSMISSION_NAKS = frozenset((0x01, 0x02))
UNKNOWN_SEGMENT = 0x03

T = TypeVar("T")


def _answers(key: int, reply: frames.Reply) -> bool:
    """A NAK of the transmission itself may carry any segment: the documents do not say which."""
    if reply.address not in {frames.UNASSIGNED, OUR_ADDRESS}:
        return False
    return reply.segment == key or reply.nak in TRANSMISSION_NAKS


def _ask(segment: Segment) -> Question:
    return Question(frames.encode(OUR_ADDRESS, segment), segment, segment.name)


def _ask_ident(address: int) -> Question:
    return Question(frames.encode(address, Segment.IDENT), Segment.IDENT, "IDENT", repeatable=True)


STATUS = _ask(Segment.STATUS)
ISTWERT = _ask(Segment.ISTWERT)
SOLLWERT = _ask(Segment.SOLLWERT)
LIMITS = _ask(Segment.LIMITS)
RELOAD = _ask(Segment.RELOAD)
START = Question(frames.encode_action(OUR_ADDRESS, frames.START_STOP, frames.ON), Segment.AKTION, "START")
STOP = Question(
    frames.encode_action(OUR_ADDRESS, frames.START_STOP, frames.OFF), Segment.AKTION, "STOP", repeatable=True
)
PROBES = (STATUS, ISTWERT, SOLLWERT, LIMITS, RELOAD)


class DianetStar:
    """Perfusor fm, Perfusor compact, Infusomat fmS, Infusomat P over DIANET-Star."""

    def __init__(
        self,
        link: Link,
        *,
        expected_serial: str | None = None,
        remote_mode: str = "fernsteuer",
        authority: Authority = Authority.CONTROL,
    ) -> None:
        if remote_mode not in MODES:
            raise ValueError(f"remote_mode {remote_mode!r}: expected one of {', '.join(MODES)}")
        self.capabilities = CAPABILITIES
        self._link = link
        self._expected_serial = expected_serial
        self._mode_bit = MODES[remote_mode] if authority is Authority.CONTROL else DOKU
        self._exchange = self._new_exchange()
        self._ident: frames.Ident | None = None
        self._held_address = False
        self._moves = 0
        self._alarms: set[PumpAlarm] = set()
        self._local: set[LocalChange] = set()

    async def connect(self) -> PumpIdentity:
        """Identify, enter the mode, learn the limits; WrongDevice if it is another pump."""
        await self.close()
        self._exchange = self._new_exchange()
        await self._exchange.open()
        try:
            return await self._enter()
        except BaseException:
            await self.close()
            raise

    async def read(self) -> PumpReading:
        """STATUS and ISTWERT; SOLLWERT too if nothing remains, to tell *used up* from *no limit*."""
        status = await self._status()
        actual = await self._get(ISTWERT, frames.parse_actual)
        stored = None if status.remaining else await self._get(SOLLWERT, frames.parse_target)
        alarms, local = frozenset(self._alarms), frozenset(self._local)
        self._alarms.clear()
        self._local.clear()
        return readback.reading_of(status, actual, stored, self._mode_bit, alarms, local)

    async def read_setting(self) -> PumpSetting:
        """SOLLWERT: what the pump has stored; VTBD 0 reads as no limit."""
        return readback.setting_of(await self._get(SOLLWERT, frames.parse_target))

    async def program(self, setting: PumpSetting) -> None:
        """Rate and limit in one frame, all else unchanged; OutOfRange before anything is sent."""
        self._remote_ident()
        can = self.capabilities
        rate = self._raw("rate", setting.rate_ml_h, 2, can.rate_min_ml_h, can.rate_max_ml_h)
        limit = self._raw("volume limit", setting.limit_ml, 1, can.limit_min_ml, can.limit_max_ml)
        await self._write_target(rate, limit)

    async def start(self) -> None:
        """AKTION start, unless a RELOAD is armed (F26) or a STOP came in between."""
        self._remote_ident()
        self._moves += 1
        moves = self._moves
        await self._refuse_reload()
        if moves != self._moves:
            raise Overtaken(f"{self._link.name}: START was not sent: another START or STOP came first")
        await self._request(START)

    def stop(self) -> Coroutine[Any, Any, None]:
        """AKTION stop; on an idle link the bytes are written in this call, before anything is awaited."""
        self._moves += 1
        future = self._exchange.submit(STOP, reply_limit_s=REPLY_LIMIT_S, urgent=True)
        return self._stopped(future)

    async def release(self) -> None:
        """Rate 0 and VTBD 0 in one frame, then mode 0; Refused unless the pump has just read back stopped."""
        ident = self._remote_ident()
        moves = self._moves
        motion = readback.motion_of(await self._status())
        if moves != self._moves:
            raise Overtaken(f"{self._link.name}: not released: a START or STOP came in between")
        if motion is not Motion.STOPPED:
            raise Refused(f"{self._link.name}: not released: {motion}", code="motion", reason=motion.value)
        await self._write_target(0, 0)
        await self._request(self._cc_mode(OUR_ADDRESS, ident, 0))
        self._ident = None

    async def close(self) -> None:
        """Close the link and nothing else. Safe to call twice."""
        self._ident = None
        await self._exchange.close()

    def _new_exchange(self) -> Exchange[frames.Reply]:
        return Exchange(self._link, frames.Decoder(), _answers, PROBES)

    async def _enter(self) -> PumpIdentity:
        address, ident = await self._identify()
        self._check(ident)
        await self._request(self._cc_mode(address, ident, self._mode_bit - 1))
        self._held_address = True
        self._ident = ident
        rate_min, rate_max, limit_max = await self._stated_limits()
        self.capabilities = replace(
            CAPABILITIES,
            rate_min_ml_h=max(CAPABILITIES.rate_min_ml_h, rate_min or Decimal(0)),
            rate_max_ml_h=min(CAPABILITIES.rate_max_ml_h, rate_max or CAPABILITIES.rate_max_ml_h),
            limit_max_ml=min(CAPABILITIES.limit_max_ml, limit_max or CAPABILITIES.limit_max_ml),
        )
        return PumpIdentity(
            model=readback.TYPES[ident.type_code],
            serial=str(ident.serial),
            firmware=ident.software,
            protocol=f"{ident.protocol:04X}",
            rate_min_ml_h=rate_min,
            rate_max_ml_h=rate_max,
            limit_max_ml=limit_max,
        )

    async def _stated_limits(self) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """Least and largest rate and largest limit as the pump states them; None where it does not say.

        A pump that does not answer this is connected all the same: a STOP must not wait for it (F10).
        """
        try:
            limits = await self._get(LIMITS, frames.parse_limits)
        except (NoReply, Refused, BadFrame):
            return None, None, None
        return (*readback.rate_range_of(limits), readback.stated(limits.limit_max, 1))

    async def _identify(self) -> tuple[int, frames.Ident]:
        """Ask the unassigned address, then ours; ours first if we have held this pump before."""
        first = [OUR_ADDRESS] if self._held_address else []
        tries = [*first, *[frames.UNASSIGNED] * UNASSIGNED_TRIES, *[OUR_ADDRESS] * ASSIGNED_TRIES]
        for address in tries:
            try:
                reply = await self._request(_ask_ident(address))
                return reply.address, frames.parse_ident(reply.data)
            except (NoReply, Refused, BadFrame):
                await asyncio.sleep(IDENT_PERIOD_S - REPLY_LIMIT_S)
        raise NoReply(f"{self._link.name}: no DIANET-Star pump answered {len(tries)} IDENT requests")

    def _check(self, ident: frames.Ident) -> None:
        if ident.type_code not in readback.TYPES:
            raise WrongDevice(f"{self._link.name}: pump type {ident.type_code} is no DIANET-Star pump")
        if ident.protocol < PROTOCOL_MIN:
            raise WrongDevice(f"{self._link.name}: protocol {ident.protocol:04X} is older than DIANET-Star")
        if self._expected_serial not in {None, str(ident.serial)}:
            said = f"serial number {ident.serial} answered, {self._expected_serial} is expected"
            raise WrongDevice(f"{self._link.name}: {said}")

    @staticmethod
    def _cc_mode(address: int, ident: frames.Ident, mode: int) -> Question:
        frame = frames.encode_cc_mode(address, ident.identnr, mode, OUR_ADDRESS)
        return Question(frame, Segment.CC_MODE, "CC_MODE")

    def _remote_ident(self) -> frames.Ident:
        if self._ident is None:
            raise LinkLost(f"{self._link.name}: not connected")
        return self._ident

    async def _refuse_reload(self) -> None:
        try:
            reload = await self._get(RELOAD, frames.parse_reload)
        except Refused as error:
            if error.code != UNKNOWN_SEGMENT:
                raise
            return
        if reload.active:
            raise Refused(
                f"{self._link.name}: START: a RELOAD is armed", code="reload", reason="reload armed"
            )

    async def _status(self) -> frames.Status:
        """STATUS, with its alarms and local changes latched until a reading has carried them (F40)."""
        status = await self._get(STATUS, frames.parse_status)
        self._alarms |= readback.alarms_of(status.alarm)
        self._local |= readback.local_of(status)
        return status

    async def _write_target(self, rate: int, limit: int) -> None:
        frame = frames.encode_target(OUR_ADDRESS, rate, limit)
        await self._request(Question(frame, Segment.SOLLWERT_WRITE, "SOLLWERT write"))

    async def _get(self, question: Question, parse: Callable[[bytes], T]) -> T:
        return parse((await self._request(question)).data)

    async def _request(self, question: Question) -> frames.Reply:
        reply = await self._exchange.request(question, reply_limit_s=REPLY_LIMIT_S)
        return self._accepted(question, reply)

    async def _stopped(self, future: asyncio.Future[frames.Reply]) -> None:
        self._accepted(STOP, await future)

    def _accepted(self, question: Question, reply: frames.Reply) -> frames.Reply:
        if reply.nak is None:
            return reply
        reason = readback.REFUSALS.get(reply.nak, "unknown")
        said = f"{question.label} refused, code {reply.nak:02X}: {reason}"
        raise Refused(f"{self._link.name}: {said}", code=reply.nak, reason=reason)

    def _raw(self, name: str, value: Decimal | None, places: int, low: Decimal, high: Decimal) -> int:
        if value is None or not value.is_finite() or not low <= value <= high:
            raise OutOfRange(f"{self._link.name}: {name} {value}: this pump takes {low} to {high}")
        raw = value.scaleb(places)
        if raw != raw.to_integral_value():
            raise OutOfRange(
                f"{self._link.name}: {name} {value} is no multiple of {Decimal(1).scaleb(-places)}"
            )
        return int(raw)
