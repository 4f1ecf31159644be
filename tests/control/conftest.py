"""A served bed for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.control.bench import Door


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    """A bed in the middle of step 9."""
    made = Door(tmp_path)
    await made.open()
    yield made
    await made.close()
