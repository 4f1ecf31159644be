"""What is known and not driven by this version is refused by name, with the rule and what to do instead."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from daemon.bed import Bed, bed_of
from daemon.protocols.faults import Fault
from daemon.protocols.toml_text import parse_toml
from drivers import registry
from tests.protocols.files import CONFIG, castells, changed, faults, step

EXAMPLE = (CONFIG / "bed.example.toml").read_text()
CONTROL = ('authority = "control"', 'authority = "control"')
MONITOR = ('authority = "control"', 'authority = "monitor"')


def bed(monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], **caps: Any) -> list[Fault] | Bed:
    """The example with a pump that can do other things."""
    model = registry.PUMPS["dianet-star"]
    other = dataclasses.replace(model, capabilities=dataclasses.replace(model.capabilities, **caps))
    monkeypatch.setattr(registry, "PUMPS", MappingProxyType({"dianet-star": other}))
    return bed_of(parse_toml("bed.toml", changed(EXAMPLE, change)), Path("bed.toml"))


@pytest.mark.parametrize(
    ("caps", "code", "word"),
    [
        ({"one_frame": False}, "two_commands", "rate and volume limit in two commands"),
        ({"gapless": False, "stops_to_program": 2}, "not_gapless", "no volume limit while it runs"),
    ],
)
def test_f15_a_pump_that_cannot_take_a_pair_while_it_runs_is_not_controlled(
    monkeypatch: pytest.MonkeyPatch, caps: dict[str, Any], code: str, word: str
) -> None:
    """F15: by name and rule; to be watched it is good enough."""
    refused = bed(monkeypatch, CONTROL, **caps)
    assert isinstance(refused, list)
    (fault,) = refused
    assert (fault.key, fault.code) == ("pumps[0].model", code)
    assert word in fault.problem
    assert "(F15)" in fault.problem
    assert "in one command" in fault.remedy


def test_f15_such_a_pump_may_be_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(bed(monkeypatch, MONITOR, one_frame=False, gapless=False), Bed)


@pytest.mark.parametrize(("cycle_s", "good"), [("7.5", True), ("7.6", False)])
def test_f27_a_pump_too_slow_to_be_watched_is_refused(
    monkeypatch: pytest.MonkeyPatch, cycle_s: str, good: bool
) -> None:
    """F27: two complete readings take more than 15 s."""
    read = bed(monkeypatch, MONITOR, cycle_s=Decimal(cycle_s))
    assert isinstance(read, Bed) is good
    if isinstance(read, list):
        (fault,) = read
        assert (fault.key, fault.code) == ("pumps[0].model", "too_slow")
        assert "take 15.2 s" in fault.problem
        assert "(F27)" in fault.problem


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        (["dose = 100", "interval_min = 15"], "dose"),
        (['solution = "bag-1"', "rate_ml_h = 2", "minutes = 15", "interval_s = 900"], "interval_s"),
        (["dose_mg = 100"], "dose_mg"),
        (['solution = "bag-1"', "rate_ml_h = 2", "minutes = 15", "day = 2"], "day"),
    ],
)
def test_f37_a_step_without_a_pump_is_refused(lines: list[str], key: str) -> None:
    """F37: a dose with an interval, or another day, and not as a key that nobody knows."""
    found = [fault for fault in faults(castells(step(2, *lines))) if fault.key.startswith("steps[1]")]
    assert [(fault.key, fault.code) for fault in found] == [(f"steps[1].{key}", "route")]
    assert found[0].value
    assert "not driven by this version (F37)" in found[0].problem
    assert "on paper" in found[0].remedy


def test_f37_nothing_else_is_said_of_that_step() -> None:
    """F37: one reason, not a list of keys that a step on a pump would need."""
    found = faults(castells(step(12, "dose = 100", "interval_min = 15")))
    assert [fault.code for fault in found if "steps" in fault.key] == ["route"]
