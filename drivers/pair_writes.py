"""The two writes of a pair carried out: each read back before the next, nothing granted twice (F15)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from drivers.errors import DeviceError, HalfProgrammed, NoReply, Overtaken, Refused
from drivers.pairs import Act, Grant, acts
from drivers.values import PumpCapabilities, PumpSetting

TRIES = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pump has stored, and its counter. The limit may be the one set or what is left of it."""

    setting: PumpSetting
    counter_ml: Decimal


@dataclass(frozen=True, slots=True)
class Commands:
    """What a driver lends: each sends once and raises NoReply inside the reply limit; `read` sees both."""

    write_limit: Callable[[Decimal], Awaitable[None]]
    write_rate: Callable[[Decimal], Awaitable[None]]
    read: Callable[[], Awaitable[Shown]]


@dataclass(frozen=True, slots=True)
class Motor:
    """The same for the motor; `stands` asks the pump."""

    stop: Callable[[], Awaitable[None]]
    start: Callable[[], Awaitable[None]]
    stands: Callable[[], Awaitable[bool]]


async def program(
    running: Grant | None, wanted: Grant, commands: Commands, caps: PumpCapabilities
) -> PumpSetting:
    """Write and read back; what was granted, after a retry with less volume than wanted.

    NoReply or Refused: the first write is not proved. HalfProgrammed: the second is not; hold.
    """
    order = acts(running, wanted, caps)
    if Act.STOP in order:
        raise Refused(f"{caps.model} runs: stop it first", code="running", reason="not gapless")
    rates = [grant.setting.rate_ml_h for grant in (running, wanted) if grant is not None]
    fastest = max(rates) if running is not None else Decimal(0)
    granted = wanted.setting
    for place, act in enumerate(order):
        try:
            if act is Act.LIMIT:
                granted = replace(granted, limit_ml=await _limit(granted, fastest, commands, caps))
            else:
                await _rate(granted, commands)
        except Overtaken:
            raise
        except DeviceError as error:
            if place == 0:
                raise
            raise HalfProgrammed(f"{order[0]} was taken, {act} was not: {error}") from error
    shown = (await _read(commands)).setting
    if (
        shown.rate_ml_h != granted.rate_ml_h
        or shown.limit_ml is None
        or shown.limit_ml > (granted.limit_ml or 0)
    ):
        raise HalfProgrammed(f"{granted} was asked, one reading shows {shown}")
    return granted


async def restart(
    program: Callable[[], Awaitable[object]], motor: Motor, caps: PumpCapabilities, still: Callable[[], bool]
) -> None:
    """Stop, program, run, for a pump that is not gapless; `still` False before the RUN: Overtaken.

    HalfProgrammed: anything else went wrong; the pump may stand, or run on: hold.
    """
    try:
        for _ in range(caps.stops_to_program):
            await _stop(motor, caps)
        await program()
        await _run(motor, caps, still)
    except Overtaken:
        raise
    except DeviceError as error:
        raise HalfProgrammed(str(error)) from error


async def _stop(motor: Motor, caps: PumpCapabilities) -> None:
    """STOP again does no harm; each is followed by a reading that shows the pump standing."""
    for _ in range(TRIES):
        with suppress(NoReply):
            await motor.stop()
        if await motor.stands():
            return
    raise HalfProgrammed(f"{caps.model} was sent STOP and runs on")


async def _run(motor: Motor, caps: PumpCapabilities, still: Callable[[], bool]) -> None:
    """RUN is never repeated without a reading that shows the pump standing."""
    for _ in range(TRIES):
        if not still():
            raise Overtaken(f"{caps.model}: RUN was not sent: a STOP came first")
        with suppress(NoReply):
            await motor.start()
        if not await motor.stands():
            return
    raise HalfProgrammed(f"{caps.model} is programmed and stands: RUN was not obeyed")


async def _read(commands: Commands) -> Shown:
    for _ in range(TRIES - 1):
        try:
            return await commands.read()
        except NoReply:
            continue
    return await commands.read()


async def _rate(granted: PumpSetting, commands: Commands) -> None:
    """The same rate again does no harm, so it is simply repeated."""
    for _ in range(TRIES):
        with suppress(NoReply):
            await commands.write_rate(granted.rate_ml_h)
        shown = (await _read(commands)).setting
        if shown.limit_ml is None:
            raise HalfProgrammed("the pump shows no volume limit")
        if shown.rate_ml_h == granted.rate_ml_h:
            return
    raise NoReply(f"{granted.rate_ml_h} mL/h was asked, {shown.rate_ml_h} mL/h is read back")


async def _limit(
    granted: PumpSetting, fastest: Decimal, commands: Commands, caps: PumpCapabilities
) -> Decimal:
    """The limit that was taken. A try after the first is computed anew from the counter.

    A write without an answer may have been obeyed. What has run since, one counter unit, and what runs while
    a reading and the next write are on their way are taken off, so that no volume is granted twice.
    """
    grant = granted.limit_ml or Decimal(0)
    slack = caps.counter_unit_ml + fastest * 2 * caps.reply_limit_s / 3600 if fastest else Decimal(0)
    before = first = (await _read(commands)).counter_ml
    for _ in range(TRIES):
        with suppress(NoReply):
            await commands.write_limit(grant)
        shown = await _read(commands)
        moved = shown.counter_ml - before
        if moved < 0:
            raise HalfProgrammed("the counter fell while a volume limit was written (F26)")
        left = shown.setting.limit_ml
        if left is not None and grant - moved - caps.counter_unit_ml - caps.limit_step_ml <= left <= grant:
            return grant
        before = shown.counter_ml
        rest = (granted.limit_ml or Decimal(0)) - (before - first) - slack
        grant = (rest / caps.limit_step_ml).to_integral_value(ROUND_DOWN) * caps.limit_step_ml
        if grant < caps.limit_min_ml:
            break
    raise NoReply(f"a volume limit of {granted.limit_ml} mL was asked, {left} mL is read back")
