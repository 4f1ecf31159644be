from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from simulators.virtual_time import VirtualTimeLoop


@pytest.fixture
def virtual() -> Iterator[Callable[[Awaitable[Any]], Any]]:
    """Runs a coroutine on virtual time."""
    loop = VirtualTimeLoop()
    yield loop.run_until_complete
    for task in asyncio.all_tasks(loop):
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
