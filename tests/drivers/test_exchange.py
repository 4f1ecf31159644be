"""One request in flight, the STOP lane, and replies that come too late."""

from __future__ import annotations

import asyncio

import pytest

from drivers.errors import DeviceError, LinkLost, NoReply, Overtaken
from drivers.links.exchange import LATE_S, WAITING_MAX, Exchange, Question
from drivers.links.memory import NullModem
from tests.drivers.dianet_peer import settle
from tests.drivers.virtual import virtual

LIMIT_S = 0.3


class Lines:
    """A decoder for tests: one byte is one frame."""

    def feed(self, data: bytes) -> list[int]:
        return list(data)

    def reset(self) -> None:
        pass


class Far:
    """The far end: records requests, answers when told."""

    def __init__(self, cable: NullModem) -> None:
        self.link = cable.b
        self.seen: list[bytes] = []

    async def open(self) -> None:
        await self.link.open(self.seen.append, lambda _: None)

    def say(self, *keys: int) -> None:
        self.link.write(bytes(keys))


READ = Question(b"r", 1, "READ")
OTHER = Question(b"o", 2, "OTHER")
START = Question(b"S", 3, "START")
STOP = Question(b"X", 3, "STOP", repeatable=True)
PROBES = (READ, OTHER)


async def pair() -> tuple[Exchange[int], Far]:
    cable = NullModem()
    far = Far(cable)
    await far.open()
    exchange = Exchange(cable.a, Lines(), lambda key, frame: key == frame, PROBES)
    await exchange.open()
    return exchange, far


def ask(exchange: Exchange[int], question: Question) -> asyncio.Future[int]:
    return exchange.submit(question, reply_limit_s=LIMIT_S, urgent=question is STOP)


@virtual
async def test_one_request_is_in_flight() -> None:
    exchange, far = await pair()
    first, second = ask(exchange, READ), ask(exchange, OTHER)
    await settle()
    assert far.seen == [b"r"]
    far.say(1)
    await settle()
    assert first.result() == 1
    assert far.seen == [b"r", b"o"]
    assert not second.done()
    await exchange.close()


@virtual
async def test_stop_overtakes_what_waits_and_follows_the_outstanding_reply_f18() -> None:
    exchange, far = await pair()
    reading, start = ask(exchange, READ), ask(exchange, START)
    stop = ask(exchange, STOP)
    await settle()
    assert isinstance(start.exception(), Overtaken)
    assert far.seen == [b"r"]
    far.say(1)
    await settle()
    assert reading.result() == 1
    assert far.seen == [b"r", b"X"]
    far.say(3)
    assert await stop == 3
    await exchange.close()


@virtual
async def test_stop_waits_for_an_owed_reply_no_longer_than_its_limit_f18() -> None:
    exchange, far = await pair()
    loop = asyncio.get_running_loop()
    reading = ask(exchange, READ)
    ask(exchange, STOP)
    with pytest.raises(NoReply, match="READ"):
        await reading
    assert loop.time() == pytest.approx(LIMIT_S, abs=0.001)
    await settle()
    assert far.seen == [b"r", b"X"]
    await exchange.close()


@virtual
async def test_a_stop_on_an_idle_link_is_written_in_the_call_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange, _ = await pair()
    written: list[bytes] = []
    monkeypatch.setattr(exchange._link, "write", written.append)
    ask(exchange, STOP)
    assert written == [b"X"]
    await exchange.close()


@virtual
async def test_a_late_reply_is_not_the_answer_of_the_same_question_asked_again() -> None:
    exchange, far = await pair()
    with pytest.raises(NoReply):
        await ask(exchange, READ)
    again = ask(exchange, READ)
    await settle()
    assert far.seen == [b"r", b"o"]
    far.say(1)
    await settle()
    assert not again.done()
    far.say(2)
    await settle()
    assert far.seen == [b"r", b"o", b"r"]
    far.say(1)
    assert await again == 1
    await exchange.close()


@virtual
async def test_a_late_answer_to_start_is_not_taken_for_the_answer_to_stop() -> None:
    exchange, far = await pair()
    with pytest.raises(NoReply):
        await ask(exchange, START)
    stop = ask(exchange, STOP)
    far.say(3)
    await settle()
    assert far.seen == [b"S", b"X"]
    assert not stop.done()
    far.say(3)
    assert await stop == 3
    await exchange.close()


@virtual
async def test_a_stop_repeated_is_answered_by_either_reply_but_start_by_neither() -> None:
    exchange, far = await pair()
    with pytest.raises(NoReply):
        await ask(exchange, STOP)
    again = ask(exchange, STOP)
    far.say(3)
    assert await again == 3
    start = ask(exchange, START)
    await settle()
    assert far.seen == [b"X", b"X", b"r"]
    far.say(3, 1)
    await settle()
    assert not start.done()
    assert far.seen[-1] == b"S"
    far.say(3)
    assert await start == 3
    await exchange.close()


@virtual
async def test_nothing_is_owed_any_more_after_the_late_limit() -> None:
    exchange, far = await pair()
    with pytest.raises(NoReply):
        await ask(exchange, READ)
    await asyncio.sleep(LATE_S + 0.01)
    again = ask(exchange, READ)
    await settle()
    assert far.seen == [b"r", b"r"]
    far.say(1)
    assert await again == 1
    await exchange.close()


@virtual
async def test_a_probe_without_answer_fails_the_question_it_was_for() -> None:
    exchange, far = await pair()
    with pytest.raises(NoReply):
        await ask(exchange, READ)
    with pytest.raises(NoReply, match="READ was not sent: no reply to OTHER"):
        await ask(exchange, READ)
    assert far.seen == [b"r", b"o"]
    await exchange.close()


@virtual
async def test_a_stop_overtakes_a_question_that_waits_for_its_probe() -> None:
    exchange, far = await pair()
    with pytest.raises(NoReply):
        await ask(exchange, READ)
    again, stop = ask(exchange, READ), ask(exchange, STOP)
    await settle()
    assert isinstance(again.exception(), Overtaken)
    far.say(2, 3)
    assert await stop == 3
    assert far.seen == [b"r", b"o", b"X"]
    await exchange.close()


@virtual
async def test_after_link_loss_everything_unsent_is_void_f28() -> None:
    exchange, far = await pair()
    waiting = [ask(exchange, READ), ask(exchange, START), ask(exchange, OTHER)]
    await settle()
    await far.link.close()
    await settle()
    assert all(isinstance(one.exception(), LinkLost) for one in waiting)
    await far.open()
    await exchange.open()
    await settle()
    assert far.seen == [b"r"]
    await exchange.close()
    with pytest.raises(LinkLost):
        await ask(exchange, STOP)


@virtual
async def test_a_stop_of_the_lost_connection_is_not_sent_on_the_next_one_f28() -> None:
    exchange, far = await pair()
    ask(exchange, READ)
    stop = ask(exchange, STOP)
    waiting = [ask(exchange, OTHER) for _ in range(WAITING_MAX)]
    await far.link.close()
    await settle()
    assert all(isinstance(one.exception(), LinkLost) for one in (stop, *waiting))
    await far.open()
    await exchange.open()
    far.seen.clear()
    again = ask(exchange, OTHER)
    far.say(2)
    assert await again == 2
    assert far.seen == [b"o"]
    await exchange.close()


@virtual
async def test_the_queue_is_bounded() -> None:
    exchange, _ = await pair()
    waiting = [ask(exchange, READ) for _ in range(WAITING_MAX + 2)]
    error = waiting[-1].exception()
    assert isinstance(error, DeviceError)
    assert not any(one.done() for one in waiting[:-1])
    await exchange.close()


@virtual
async def test_a_cancelled_caller_takes_back_its_question_but_not_a_stop_f10() -> None:
    exchange, far = await pair()
    ask(exchange, READ)
    start = asyncio.create_task(exchange.request(START, reply_limit_s=LIMIT_S))
    await settle()
    start.cancel()
    await settle()
    stop = asyncio.create_task(exchange.request(STOP, reply_limit_s=LIMIT_S, urgent=True))
    await settle()
    stop.cancel()
    far.say(1)
    await settle()
    assert far.seen == [b"r", b"X"]
    await exchange.close()


@virtual
async def test_a_question_taken_back_before_it_was_sent_is_not_sent() -> None:
    exchange, far = await pair()
    ask(exchange, READ)
    start = asyncio.create_task(exchange.request(START, reply_limit_s=LIMIT_S))
    await settle()
    start.cancel()
    await settle()
    far.say(1)
    await settle()
    assert far.seen == [b"r"]
    await exchange.close()
