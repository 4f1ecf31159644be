"""Plans and worlds for the whole daemon on virtual time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from daemon.journal.records import Record
from daemon.journal.store import Store
from daemon.journal.walk import verified
from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from drivers import registry
from simulators.campaign.world import World
from simulators.options import choose

PROTOCOLS = Path(__file__).parents[2] / "config" / "protocols"

Story = Callable[[World], Coroutine[Any, Any, None]]


def plan_of(name: str) -> Plan:
    plan = load_protocol(PROTOCOLS / f"{name}.toml", pump=registry.PUMPS["dianet-star"].capabilities)
    assert isinstance(plan, Plan), plan
    return plan


def records_of(path: Path) -> list[Record]:
    """Every record of a journal whose chain holds."""
    store = Store(path, read_only=True)
    store.open()
    records, fault = verified(store.read())
    store.close()
    assert fault is None, fault
    return records


def types_of(path: Path) -> list[str]:
    return [str(record.content()["type"]) for record in records_of(path)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A bed with the castells protocol and an exact pump."""
    return make_world(tmp_path)


def make_world(folder: Path, seed: int = 1, **options: str) -> World:
    texts = {"flow_error": "0", **options}
    return World(plan_of("castells-12-step"), folder / "journal.db", seed=seed, options=choose(texts))
