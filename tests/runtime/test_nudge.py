from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from daemon.runtime.nudge import Nudge
from simulators.virtual_time import VirtualTimeLoop


@pytest.fixture
def loop() -> Iterator[VirtualTimeLoop]:
    made = VirtualTimeLoop()
    yield made
    made.close()


def waited_s(loop: VirtualTimeLoop, nudge: Nudge, limit_s: float | None) -> float:
    async def wait() -> float:
        begun = loop.time()
        await nudge.wait(limit_s)
        return loop.time() - begun

    return loop.run_until_complete(wait())


def test_a_wait_ends_when_it_is_given_or_at_its_limit(loop: VirtualTimeLoop) -> None:
    nudge = Nudge()
    assert waited_s(loop, nudge, 0.3) == pytest.approx(0.3)
    loop.call_later(2, nudge.give)
    assert waited_s(loop, nudge, None) == pytest.approx(2)


def test_given_before_it_ends_the_wait_at_once_until_cleared(loop: VirtualTimeLoop) -> None:
    nudge = Nudge()
    nudge.give()
    assert waited_s(loop, nudge, 5) == 0
    nudge.clear()
    assert waited_s(loop, nudge, 5) == pytest.approx(5)


def test_a_wait_that_is_cancelled_leaves_no_timer_and_the_next_one_is_whole(loop: VirtualTimeLoop) -> None:
    nudge = Nudge()

    async def run() -> None:
        task = loop.create_task(nudge.wait(1))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        nudge.give()
        nudge.clear()

    loop.run_until_complete(run())
    assert waited_s(loop, nudge, 3) == pytest.approx(3)
