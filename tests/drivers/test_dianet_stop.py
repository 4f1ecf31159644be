"""STOP in front of everything, and replies that are lost or late, over the whole DIANET-Star driver."""

from __future__ import annotations

import asyncio

import pytest

from drivers.errors import NoReply, Overtaken
from drivers.values import Motion
from tests.drivers import dianet_peer as golden
from tests.drivers.dianet_peer import TARGET, connected, settle
from tests.drivers.virtual import virtual

RUNNING = golden.status(state=0x94)


@virtual
async def test_a_stop_during_start_keeps_the_start_from_the_wire() -> None:
    pump, peer, _ = await connected()
    peer.hold = True
    start = asyncio.create_task(pump.start())
    await settle()
    stop = asyncio.create_task(pump.stop())
    await settle()
    peer.deliver()
    await stop
    with pytest.raises(Overtaken):
        await start
    assert golden.START not in peer.seen
    assert peer.seen[-1] == golden.STOP


@virtual
async def test_stop_overtakes_waiting_writes_f18() -> None:
    pump, peer, _ = await connected()
    peer.hold = True
    peer.seen.clear()
    reading = asyncio.create_task(pump.read())
    await settle()
    writing = asyncio.create_task(pump.program(TARGET))
    await settle()
    stop = asyncio.create_task(pump.stop())
    await settle()
    peer.deliver()
    await stop
    with pytest.raises(Overtaken):
        await writing
    await reading
    assert peer.seen == [golden.STATUS, golden.STOP, golden.ISTWERT]


@virtual
async def test_stop_is_written_before_anything_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    pump, peer, _ = await connected()
    written: list[bytes] = []
    with monkeypatch.context() as patch:
        patch.setattr(pump._link, "write", written.append)
        stop = pump.stop()
        assert written == [golden.STOP]
    peer.link.write(golden.ACTION_ACCEPTED)
    await stop


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
@virtual
async def test_lost_replies_then_a_true_reading_f17(lost: int) -> None:
    """Polled at once after each loss, the pump hears a valid request at least every 0.3 s."""
    pump, peer, _ = await connected()
    peer.lose = lost
    loop = asyncio.get_running_loop()
    for _ in range(lost):
        with pytest.raises(NoReply):
            await pump.read()
    assert loop.time() == pytest.approx(0.3 * lost, abs=0.01)
    peer.replies[golden.STATUS] = RUNNING
    reading = await pump.read()
    assert reading.motion is Motion.INFUSING
    assert len(peer.seen) >= lost + 2


@virtual
async def test_a_late_status_is_not_the_answer_of_a_later_read() -> None:
    """The pump stood when the lost STATUS was asked and runs when it is asked again."""
    pump, peer, _ = await connected()
    peer.hold = True
    with pytest.raises(NoReply):
        await pump.read()
    peer.replies[golden.STATUS] = RUNNING
    reading = asyncio.create_task(pump.read())
    peer.deliver()
    assert (await reading).motion is Motion.INFUSING


@virtual
async def test_a_late_start_answer_does_not_acknowledge_a_stop_f10() -> None:
    pump, peer, _ = await connected()
    accepted = peer.replies.pop(golden.START)
    with pytest.raises(NoReply):
        await pump.start()
    peer.replies.pop(golden.STOP)
    stop = asyncio.create_task(pump.stop())
    await settle()
    assert peer.seen[-1] == golden.STOP
    peer.link.write(accepted)
    with pytest.raises(NoReply, match="STOP"):
        await stop


@virtual
async def test_a_stop_whose_answer_was_lost_may_be_sent_again_at_once_f10() -> None:
    pump, peer, _ = await connected()
    for _ in range(3):
        peer.lose = 1
        with pytest.raises(NoReply):
            await pump.stop()
        await pump.stop()
    assert peer.seen.count(golden.STOP) == 6
