from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from simulators.virtual_time import NothingWillHappen, VirtualTimeLoop


@pytest.fixture
def loop() -> Iterator[VirtualTimeLoop]:
    made = VirtualTimeLoop()
    yield made
    made.close()


def test_twelve_hours_pass_in_well_under_a_second(loop: VirtualTimeLoop) -> None:
    async def run() -> float:
        for _ in range(12 * 60):
            await asyncio.sleep(60)
        return loop.time()

    began = time.perf_counter()
    assert loop.run_until_complete(run()) == pytest.approx(12 * 3600)
    assert time.perf_counter() - began < 1


def test_timers_keep_their_order_and_times(loop: VirtualTimeLoop) -> None:
    seen: list[tuple[str, float]] = []

    def note(name: str) -> None:
        seen.append((name, loop.time()))

    async def run() -> None:
        for name, delay_s in (("c", 3.0), ("a", 1.0), ("d", 86_400 * 3.0), ("b", 2.0)):
            loop.call_later(delay_s, note, name)
        await asyncio.sleep(86_400 * 4)

    loop.run_until_complete(run())
    assert [name for name, _ in seen] == ["a", "b", "c", "d"]
    assert [at for _, at in seen] == pytest.approx([1, 2, 3, 86_400 * 3])


def test_ready_work_runs_before_time_moves(loop: VirtualTimeLoop) -> None:
    seen: list[str] = []

    async def run() -> None:
        loop.call_later(0.001, seen.append, "later")
        for _ in range(100):
            await asyncio.sleep(0)
            seen.append("now")
        await asyncio.sleep(1)

    loop.run_until_complete(run())
    assert seen == ["now"] * 100 + ["later"]


def test_raises_instead_of_hanging(loop: VirtualTimeLoop) -> None:
    async def run() -> None:
        await asyncio.Event().wait()

    task = loop.create_task(run())
    with pytest.raises(NothingWillHappen):
        loop.run_until_complete(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)


def test_timeouts_work_on_virtual_time(loop: VirtualTimeLoop) -> None:
    async def run() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        return loop.time()

    assert loop.run_until_complete(run()) == pytest.approx(30)


def test_what_a_callback_raises_goes_to_the_handler_and_the_loop_goes_on(loop: VirtualTimeLoop) -> None:
    told: list[str] = []
    loop.set_exception_handler(lambda _, context: told.append(str(context["exception"])))

    def fail() -> None:
        raise ValueError("broken")

    async def run() -> float:
        loop.call_soon(fail)
        await asyncio.sleep(2)
        return loop.time()

    assert loop.run_until_complete(run()) == pytest.approx(2)
    assert told == ["broken"]


def test_what_is_cancelled_never_runs_however_near_it_is(loop: VirtualTimeLoop) -> None:
    seen: list[object] = []
    loop.set_exception_handler(lambda _, context: seen.append(context))

    async def run() -> None:
        loop.call_soon(seen.append, "soon").cancel()
        loop.call_later(1, seen.append, "first").cancel()
        loop.call_later(2, seen.append, "kept")
        loop.call_later(2, seen.append, "at the same moment").cancel()
        await asyncio.sleep(3)

    loop.run_until_complete(run())
    assert seen == ["kept"]


def test_what_was_due_in_a_leap_comes_late_and_in_order(loop: VirtualTimeLoop) -> None:
    seen: list[tuple[str, float]] = []

    def note(name: str) -> None:
        seen.append((name, loop.time()))

    async def run() -> None:
        for name, delay_s in (("b", 2.0), ("a", 1.0)):
            loop.call_later(delay_s, note, name)
        loop.leap(5)
        await asyncio.sleep(1)

    loop.run_until_complete(run())
    assert seen == [("a", 5.0), ("b", 5.0)]


def test_f20_timers_that_slept_have_as_long_to_go_as_before(loop: VirtualTimeLoop) -> None:
    """F20: in suspend the boot clock goes on and a loop's timers stand still."""
    seen: list[tuple[str, float]] = []

    async def run() -> None:
        loop.call_later(3, lambda: seen.append(("slept", loop.time())))
        slept = loop.timers()
        loop.leap(100)
        loop.call_later(1, lambda: seen.append(("set meanwhile", loop.time())))
        loop.postpone(slept, 100)
        await asyncio.sleep(10)

    loop.run_until_complete(run())
    assert [name for name, _ in seen] == ["set meanwhile", "slept"]
    assert [at_s for _, at_s in seen] == pytest.approx([101, 103])
