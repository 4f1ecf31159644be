"""alaris-asena: STOP ahead of everything, and answers that are slow, lost, doubled or late (F18)."""

from __future__ import annotations

import asyncio

import pytest

from drivers.errors import NoReply, Overtaken, Refused
from drivers.values import Motion
from tests.drivers import asena_peer as golden
from tests.drivers.asena_peer import connected, settle, wire
from tests.drivers.virtual import virtual


@virtual
async def test_on_an_idle_link_the_bytes_leave_in_the_call_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    pump, peer, _ = await connected()
    await settle()
    written: list[bytes] = []
    with monkeypatch.context() as patch:
        patch.setattr(pump._talk._link, "write", written.append)
        stop = pump.stop()
        assert written == [golden.STOP]
    peer.link.write(golden.STOP)
    await stop


@virtual
async def test_f18_with_an_answer_owed_esc_and_stop_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """F18: the budget is 500 ms; nothing is waited for at all."""
    pump, peer, _ = await connected()
    peer.late_s = 3.9
    reading = asyncio.create_task(pump.read())
    await settle()
    written: list[bytes] = []
    with monkeypatch.context() as patch:
        patch.setattr(pump._talk._link, "write", written.append)
        stop = pump.stop()
        assert written == [golden.ESC + golden.STOP]
    peer.link.write(golden.STOP)
    await stop
    with pytest.raises(NoReply):
        await reading


@virtual
async def test_f18_stop_is_sent_again_every_half_second_until_it_is_answered() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STOP] = None
    started = asyncio.get_running_loop().time()
    with pytest.raises(NoReply):
        await pump.stop()
    gaps = [at - started for at in peer.times(golden.STOP)]
    assert gaps[:4] == pytest.approx([0, 0.5, 1.0, 1.5], abs=0.02)
    peer.replies[golden.STOP] = golden.STOP
    await pump.stop()
    count = len(peer.times(golden.STOP))
    await asyncio.sleep(3)
    assert len(peer.times(golden.STOP)) == count


@virtual
async def test_a_stop_whose_first_frame_is_lost_is_answered_by_the_second() -> None:
    pump, peer, _ = await connected()
    peer.lose = 1
    started = asyncio.get_running_loop().time()
    await pump.stop()
    assert asyncio.get_running_loop().time() - started == pytest.approx(0.5, abs=0.02)


@virtual
async def test_stop_throws_away_what_gives_more_and_lets_readings_go_on() -> None:
    pump, peer, _ = await connected()
    peer.late_s = 1
    starting = asyncio.create_task(pump.start())
    await asyncio.sleep(0.1)
    reading = asyncio.create_task(pump.read())
    await settle()
    stop = asyncio.create_task(pump.stop())
    with pytest.raises(Overtaken):
        await starting
    await stop
    await reading
    assert not peer.times(golden.START)


@virtual
async def test_a_start_answered_late_does_not_acknowledge_a_stop_f10() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.START] = None
    with pytest.raises(NoReply):
        await pump.start()
    peer.replies[golden.STOP] = None
    stop = asyncio.create_task(pump.stop())
    await settle()
    peer.link.write(golden.START)
    with pytest.raises(NoReply, match="INF_STOP"):
        await stop


@virtual
async def test_the_late_answer_to_a_stop_before_a_start_does_not_acknowledge_the_stop_after_it_f10() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STOP] = peer.replies[golden.START] = None
    first = asyncio.create_task(pump.stop())
    await settle()
    pump._talk.ask("INF_START", limit_s=4)
    await asyncio.sleep(0.3)
    second = asyncio.create_task(pump.stop())
    await settle()
    peer.link.write(golden.STOP)
    await first
    await settle()
    assert not second.done()
    peer.link.write(golden.START)
    peer.link.write(golden.STOP)
    await second


@pytest.mark.parametrize("answer", ["INF_STOP^DENIED", "ERR^INF_STOP"])
@virtual
async def test_a_stop_that_is_not_echoed_is_refused_f10(answer: str) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STOP] = wire(answer)
    with pytest.raises(Refused):
        await pump.stop()


@pytest.mark.parametrize("late_s", [0.6, 3.9])
@virtual
async def test_a_reading_takes_one_slow_answer_and_not_three_f18(late_s: float) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status("INF", "12.50")
    peer.late_s = late_s
    heard: list[float] = []
    loop = asyncio.get_running_loop()
    pump.on_answer = lambda: heard.append(loop.time())
    started = loop.time()
    await pump.read()
    assert loop.time() - started <= late_s + 0.8
    assert len(heard) >= 3


@virtual
async def test_a_lost_answer_is_known_by_the_next_and_not_by_four_seconds() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.LIMIT] = None
    started = asyncio.get_running_loop().time()
    with pytest.raises(NoReply, match="INF_VTBI"):
        await pump.read()
    assert asyncio.get_running_loop().time() - started < 0.5


@virtual
async def test_an_answer_owed_from_before_is_not_taken_for_the_present_one() -> None:
    """The pump stood when the lost INF was asked and runs when it is asked again."""
    pump, peer, _ = await connected()
    peer.late_s = 4.5
    with pytest.raises(NoReply):
        await pump.read()
    peer.late_s = 0
    await asyncio.sleep(0)
    peer.replies[golden.STATUS] = golden.status("INF", "12.50")
    peer.late_s = 1.2
    assert (await pump.read()).motion is Motion.INFUSING


@virtual
async def test_every_answer_twice_changes_nothing() -> None:
    pump, peer, _ = await connected()
    write = peer.link.write
    peer.link.write = lambda data: (write(data), write(data))  # type: ignore[method-assign, assignment]
    peer.replies[golden.STATUS] = golden.status("INF", "12.50")
    for _ in range(3):
        assert (await pump.read()).motion is Motion.INFUSING
        await asyncio.sleep(1)
    await pump.stop()


@virtual
async def test_what_is_awaited_stays_bounded_on_a_mute_pump() -> None:
    """STOP pressed for a minute on a pump that has gone silent."""
    pump, peer, _ = await connected()
    for command in peer.replies:
        peer.replies[command] = None
    waiting = [asyncio.create_task(pump.stop()) for _ in range(3)]
    for _ in range(120):
        waiting.append(asyncio.create_task(pump.stop()))
        await asyncio.sleep(0.5)
        assert len(pump._talk._owed) < 40
    await asyncio.gather(*waiting, return_exceptions=True)
