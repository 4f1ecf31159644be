"""A timeline of requests from a TOML file: `[[event]]` with `at_min` (body minutes) and `do` as anywhere."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulators.pace import Pace
from simulators.proof import Answer

LATEST_MIN = 100_000
"""Nothing that is simulated lasts so long."""


class BadScenario(ValueError):
    """The file is no scenario, or a request in it could not be carried out."""


@dataclass(frozen=True, slots=True)
class Event:
    """One request at one body minute."""

    at_min: Decimal
    request: Mapping[str, Any]


def load(path: Path) -> list[Event]:
    """The events of a file in order of time; BadScenario says what is wrong where."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError, ArithmeticError, RecursionError) as error:
        raise BadScenario(f"{path}: {error}") from error
    if set(document) - {"event"} or not isinstance(document.get("event", []), list):
        raise BadScenario(f"{path}: a scenario holds [[event]] tables and nothing else")
    events = []
    for number, table in enumerate(document.get("event", []), start=1):
        at_min = table.pop("at_min", None) if isinstance(table, dict) else None
        if at_min is None or not _is_time(at_min) or "do" not in table:
            raise BadScenario(f"{path}: event {number} needs at_min (minutes, 0 or more) and do")
        events.append(Event(Decimal(at_min), table))
    return sorted(events, key=lambda event: event.at_min)


def _is_time(given: object) -> bool:
    """Minutes from 0 to the end of any run."""
    if isinstance(given, bool) or not isinstance(given, int | Decimal):
        return False
    return Decimal(given).is_finite() and 0 <= given <= LATEST_MIN


async def play(events: list[Event], pace: Pace, answer: Answer) -> None:
    """Carry the events out in body time; BadScenario when one is refused as senseless."""
    for event in events:
        wait_s = (event.at_min * 60 - pace.bed.elapsed_s) / pace.speed
        while wait_s > 0:
            await asyncio.sleep(float(wait_s))
            pace.to(asyncio.get_running_loop().time())
            wait_s = (event.at_min * 60 - pace.bed.elapsed_s) / pace.speed
        reply = await answer(event.request)
        if "error" in reply:
            raise BadScenario(f"event at {event.at_min} min: {reply['error']}")
