"""Units of vital signs are converted once, at the border: above the drivers a number stays (F31)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.control.view import view
from daemon.engine import inputs as inp
from daemon.feeds.hl7 import codes
from drivers.plausible import PLAUSIBLE
from drivers.values import MONITORED, UNITS, Measurement, Signal, Validity, VitalsSample
from simulators.campaign.engine.world import World
from tests.engine.plans import small

ROOT = Path(__file__).parents[1]
FOREIGN = re.compile(r"kPa|[Tt]orr|[Ff]ahrenheit|degF|°F|[Kk]elvin|cmH2O")
FACTORS = frozenset({"7.50062", "7.5006", "7.5", "0.133322", "0.1333", "1.8", "273.15", "1.36"})
"""mmHg and kPa, degrees, cmH2O."""


def docstrings(tree: ast.Module) -> set[int]:
    """Where documentation stands: it may name any unit."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
    return found


def foreign(text: str) -> Iterator[str]:
    """Words and figures of other units in a module."""
    tree = ast.parse(text)
    told = docstrings(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in told or isinstance(node.value, bool):
            continue
        if isinstance(node.value, str) and (FOREIGN.search(node.value) or node.value in FACTORS):
            yield node.value
        elif isinstance(node.value, float) and str(node.value) in FACTORS:
            yield str(node.value)


def test_f31_no_module_above_the_drivers_knows_another_unit() -> None:
    """F31, (A) D15: neither by name nor by factor."""
    modules = sorted((ROOT / "daemon").rglob("*.py"))
    assert len(modules) > 200
    found = {str(one.relative_to(ROOT)): list(foreign(one.read_text(encoding="utf-8"))) for one in modules}
    assert {name: words for name, words in found.items() if words} == {}


def test_the_search_finds_what_it_searches() -> None:
    """Where conversions belong it finds them, and a planted one anywhere."""
    border = ROOT / "drivers" / "monitors" / "mqtt_json" / "vitals.py"
    assert {"kPa", "7.50062", "degF"} <= set(foreign(border.read_text(encoding="utf-8")))
    assert list(foreign("def f(x):\n    'in kPa'\n    return x * Decimal('7.5')\n")) == ["7.5"]


@pytest.mark.parametrize("signal", sorted(MONITORED))
def test_f31_the_number_of_the_driver_is_the_number_on_the_screen(signal: Signal) -> None:
    """F31: to the last digit, with the unit of the signal; at both ends of what is plausible and between."""
    world = World(small())
    low, high = PLAUSIBLE[signal]
    for value in (low, high, (low + high) / 3):
        sample = VitalsSample({signal: Measurement(value, Validity.VALID)}, source="monitor-1")
        world.give(inp.MonitorRead(sample))
        seen = view(world.state, world.now)["vitals"][signal]
        assert (str(seen["value"]), seen["unit"]) == (str(value), UNITS[signal])


def test_the_feed_names_the_unit_a_signal_has() -> None:
    same = {"mm[Hg]": "mmHg", "Cel": "degC", "{beats}/min": "1/min", "{breaths}/min": "1/min"}
    told = {name: same.get(unit.ucum, unit.ucum) for name, (_, unit) in codes.SIGNALS.items()}
    assert told == {signal.value: unit for signal, unit in UNITS.items()}


def test_the_page_of_signals_is_that_of_the_code() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (\S+) to (\S+) \|$", page, re.MULTILINE)
    assert rows == [(one.value, UNITS[one], *map(str, PLAUSIBLE[one])) for one in Signal]
    assert Decimal(rows[0][3]) == 350
