"""Example E1 in the eight methods every pump has."""

from __future__ import annotations

from collections.abc import Coroutine
from decimal import Decimal, InvalidOperation
from typing import Any

from example_pump.capabilities import CAPABILITIES
from example_pump.frames import Decoder, encode

from drivers.errors import BadFrame, OutOfRange, Refused, WrongDevice
from drivers.interfaces import Link
from drivers.links.exchange import Exchange, Question
from drivers.values import Motion, PumpIdentity, PumpReading, PumpSetting

Words = tuple[str, ...]
REPLY_LIMIT_S = float(CAPABILITIES.reply_limit_s)
KEYS = ("ID", "ST", "SET", "GO", "HALT", "FREE")
"""A reply begins with the command it answers, or with its name and `NO`."""


def _ask(*words: str) -> Question:
    return Question(encode(*words), KEYS.index(words[0]), words[0], repeatable=words[0] == "HALT")


class ExamplePump:
    """One E1. What it cannot prove it raises as a DeviceError."""

    def __init__(self, link: Link, *, expected_serial: str | None = None) -> None:
        self.capabilities = CAPABILITIES
        self._name = link.name
        self._expected = expected_serial
        self._exchange: Exchange[Words] = Exchange(
            link, Decoder(), lambda key, words: words[0] == KEYS[key], [_ask("ST"), _ask("ID")]
        )

    async def connect(self) -> PumpIdentity:
        """Learn who answers; writes nothing."""
        await self._exchange.close()
        await self._exchange.open()
        words = await self._get("ID", count=3)
        if words[0] != "E1" or self._expected not in {None, words[1]}:
            raise WrongDevice(f"{self._name}: {' '.join(words)} answered")
        return PumpIdentity("E1", serial=words[1], firmware=words[2], protocol="1")

    async def read(self) -> PumpReading:
        """ST: motion, rate, limit left, counter; a limit of `-` is none."""
        motion, rate, left, counter = await self._get("ST", count=4)
        return PumpReading(
            motion=Motion.INFUSING if motion == "run" else Motion.STOPPED,
            rate_ml_h=self._number(rate),
            limit_left_ml=None if left == "-" else self._number(left),
            counter_ml=self._number(counter),
            remote=True,
        )

    async def read_setting(self) -> PumpSetting:
        """The E1 shows what it has stored in ST."""
        reading = await self.read()
        return PumpSetting(reading.rate_ml_h, reading.limit_left_ml)

    async def program(self, setting: PumpSetting) -> None:
        """Rate and limit in one frame; OutOfRange before a byte is sent. Zero is never sent (F7)."""
        can, limit = self.capabilities, setting.limit_ml
        fits = limit is not None and can.limit_min_ml <= limit <= can.limit_max_ml
        if not fits or not can.rate_min_ml_h <= setting.rate_ml_h <= can.rate_max_ml_h:
            raise OutOfRange(f"{self._name}: {setting}: the E1 does not take it")
        tenths = [f"{value:.1f}" for value in (setting.rate_ml_h, limit)]
        if [Decimal(text) for text in tenths] != [setting.rate_ml_h, limit]:
            raise OutOfRange(f"{self._name}: {setting}: the E1 counts in tenths")
        await self._get("SET", *tenths, count=0)

    async def start(self) -> None:
        """GO; the caller has read the setting back."""
        await self._get("GO", count=0)

    def stop(self) -> Coroutine[Any, Any, None]:
        """HALT, written in this very call where the link is idle."""
        question = _ask("HALT")
        future = self._exchange.submit(question, reply_limit_s=REPLY_LIMIT_S, urgent=True)

        async def stopped() -> None:
            self._checked(question, await future, 0)

        return stopped()

    async def release(self) -> None:
        """FREE, only from a pump that reads back stopped."""
        if (await self.read()).motion is not Motion.STOPPED:
            raise Refused(f"{self._name}: not released: it runs", code="motion", reason="running")
        await self._get("FREE", count=0)

    async def close(self) -> None:
        """Close the link and nothing else."""
        await self._exchange.close()

    async def _get(self, *words: str, count: int) -> Words:
        question = _ask(*words)
        return self._checked(
            question, await self._exchange.request(question, reply_limit_s=REPLY_LIMIT_S), count
        )

    def _checked(self, question: Question, reply: Words, count: int) -> Words:
        if reply[1:2] == ("NO",):
            raise Refused(f"{self._name}: {question.label} refused", code="NO", reason=" ".join(reply[2:]))
        if len(reply) != count + 1:
            raise BadFrame(f"{self._name}: {question.label}: {' '.join(reply)}")
        return reply[1:]

    def _number(self, text: str) -> Decimal:
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise BadFrame(f"{self._name}: {text!r} is no number") from None
        if not value.is_finite():
            raise BadFrame(f"{self._name}: {text!r} is no number")
        return value
