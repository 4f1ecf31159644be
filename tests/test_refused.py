"""What this version does not do is refused before anything runs, in words, with what to do instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.bed import bed_of
from daemon.protocols.faults import Fault
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CONFIG, castells, changed, faults

BED = CONFIG / "bed.example.toml"


def bed_fault(*changes: tuple[str, str]) -> Fault:
    found = bed_of(parse_toml("bed.toml", changed(BED.read_text(), *changes)), Path("bed.toml"))
    assert isinstance(found, list)
    assert len(found) == 1, [str(fault) for fault in found]
    return found[0]


@pytest.mark.parametrize("authority", ["control", "monitor"])
def test_f28_a_pump_over_udp_is_refused_watched_or_driven(authority: str) -> None:
    fault = bed_fault(
        ("serial:/dev/ttyUSB0", "udp:10.0.0.5:4001"),
        ('authority = "control"', f'authority = "{authority}"'),
    )
    assert (fault.key, fault.code) == ("pumps[0].link", "link_kind")
    assert "a START may arrive behind the STOP" in fault.problem
    assert "serial:…, tcp:…" in fault.remedy


def test_f28_a_pump_behind_a_terminal_server_is_taken_and_a_monitor_that_speaks_no_udp_is_not() -> None:
    fault = bed_fault(
        ("serial:/dev/ttyUSB0", "tcp:10.0.0.5:4001"), ("serial:/dev/ttyUSB1", "udp:10.0.0.5:4002")
    )
    assert (fault.key, fault.code) == ("monitors[0].link", "link_kind")
    assert "s5-dri is not reached over udp" in fault.problem


@pytest.mark.parametrize("route", ["oral", "sc", "iv_bolus"])
def test_f37_a_dose_without_a_pump_is_refused(route: str) -> None:
    found = faults(castells(('route = "iv"', f'route = "{route}"')))
    (fault,) = [fault for fault in found if fault.code == "not_driven"]
    assert fault.key == "route"
    assert "not driven by this version (F37)" in fault.problem
    rated = [f"steps[{index}].route" for index in range(12)] if route != "sc" else []
    assert [fault.key for fault in found if fault.code == "hand_and_pump"] == rated
