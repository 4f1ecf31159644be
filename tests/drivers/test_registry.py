"""The registry names every driver and is cheap to look at."""

from __future__ import annotations

import subprocess
import sys

import pytest

from drivers.links.memory import NullModem
from drivers.registry import MONITORS, PUMPS


def test_models() -> None:
    assert {name: model.capabilities.model for name, model in PUMPS.items()} == {
        "bcc": "bcc",
        "alaris-asena": "alaris-asena",
        "dianet-star": "dianet-star",
        "ne-1000": "ne-1000",
    }
    assert {name: model.capabilities.model for name, model in MONITORS.items()} == {
        "intellivue": "intellivue",
        "hl7-oru": "hl7-oru",
        "masimo-ascii1": "masimo-ascii1",
        "mqtt-json": "mqtt-json",
        "nellcor-n560": "nellcor-n560",
        "s5-dri": "s5-dri",
    }


def test_builders_make_what_they_say() -> None:
    link = NullModem().a
    pump = PUMPS["dianet-star"].build("", expected_serial="12345", remote_mode="fernregel", link=link)
    assert pump.capabilities == PUMPS["dianet-star"].capabilities
    assert PUMPS["dianet-star"].build("memory:x").capabilities == pump.capabilities
    for model in MONITORS.values():
        assert model.build("serial:/dev/ttyUSB1").capabilities == model.capabilities
        with pytest.raises(ValueError, match="expected serial:PATH"):
            model.build("nonsense")
    with pytest.raises(ValueError, match="expected serial:PATH"):
        PUMPS["dianet-star"].build("nonsense")


def test_a_pump_without_limit_and_watchdog_is_refused_so_each_declares_both_f17() -> None:
    """(A) D3."""
    for model in PUMPS.values():
        can = model.capabilities
        if can.link_watchdog_s is not None:
            assert can.poll_s <= can.link_watchdog_s / 3
            assert can.reply_limit_s <= can.link_watchdog_s / 4


def test_a_look_at_the_registry_imports_no_driver() -> None:
    code = (
        "import sys, drivers.registry; print(*sorted({'asyncio', 'serial', 'pydantic'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
