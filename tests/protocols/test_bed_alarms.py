"""The `[alarms]` table of a bed file: what latches is for the site to say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from daemon.bed import Bed, bed_of
from daemon.engine import events as ev
from daemon.engine.alarms import CATALOGUE, LATCHING
from daemon.engine.evolve import begin
from daemon.protocols.faults import Fault
from daemon.protocols.toml_text import parse_toml
from simulators.campaign.engine.world import World
from tests.engine.plans import small
from tests.protocols.files import CONFIG

EXAMPLE = (CONFIG / "bed.example.toml").read_text(encoding="utf-8")


def read(table: str) -> Bed | list[Fault]:
    return bed_of(parse_toml("bed.toml", f"{EXAMPLE}\n{table}\n"), Path("bed.toml"))


@pytest.mark.parametrize(
    ("table", "latching"),
    [
        ("", LATCHING),
        ("[alarms]\nlatching = []", frozenset()),
        ('[alarms]\nlatching = ["pump_lost", "held_vitals"]', frozenset({"pump_lost", "held_vitals"})),
    ],
)
def test_a1_what_latches_is_what_the_site_says(table: str, latching: frozenset[str]) -> None:
    """(A) A1: left out, what the table marks."""
    bed = read(table)
    assert isinstance(bed, Bed), bed
    assert bed.latching == latching


@pytest.mark.parametrize("table", ['latching = ["pump_lots"]', 'latching = "pump_lost"', "laching = []", ""])
def test_a_strange_alarm_is_refused_with_its_key(table: str) -> None:
    faults = read(f"[alarms]\n{table}")
    assert isinstance(faults, list)
    assert all(fault.key.startswith("alarms") for fault in faults)
    assert all(fault.remedy for fault in faults)


def test_a1_a_site_that_latches_nothing_needs_no_reset() -> None:
    """(A) A1: what was configured stands in the first fact of the run, and holds at replay."""
    _, opened = World(small()).events[0]
    assert isinstance(opened, ev.RunOpened)
    assert begin(replace(opened, latching=frozenset()), 1).latching == frozenset()
    assert begin(opened, 1).latching == LATCHING
    assert set(CATALOGUE) >= LATCHING
