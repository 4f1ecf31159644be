"""Beds with a pulse oximeter beside the monitor or in its place, in the bed file."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.bed import Bed, bed_of
from daemon.protocols.faults import Fault
from daemon.protocols.plan import Plan
from daemon.protocols.toml_text import parse_toml
from drivers.values import Signal
from tests.protocols.files import CONFIG, bed_plan, changed

EXAMPLE = CONFIG / "bed.example.toml"
BLOCK = """[[monitors]]
name = "finger"
model = "{model}"
link = "serial:/dev/ttyUSB2"
signals = {signals}

[journal]"""


def read(model: str, signals: str, *changes: tuple[str, str]) -> Bed | list[Fault]:
    block = ("[journal]", BLOCK.format(model=model, signals=signals))
    return bed_of(parse_toml("bed.toml", changed(EXAMPLE.read_text(), block, *changes)), EXAMPLE)


@pytest.mark.parametrize("model", ["nellcor-n560", "masimo-ascii1"])
def test_its_spo2_is_enough_for_the_protocol(model: str) -> None:
    bed = read(model, '["spo2", "pulse"]', ('["hr", "spo2", "nibp_sys"]', '["hr", "nibp_sys"]'))
    assert isinstance(bed, Bed)
    assert bed.monitors[1].capabilities.signals == {Signal.SPO2, Signal.PULSE}
    assert isinstance(bed_plan(bed), Plan)


@pytest.mark.parametrize("model", ["nellcor-n560", "masimo-ascii1"])
@pytest.mark.parametrize("signal", ["hr", "nibp_sys", "rr"])
def test_it_gives_neither_heart_rate_nor_pressure(model: str, signal: str) -> None:
    found = read(model, f'["{signal}"]')
    assert isinstance(found, list)
    assert [(fault.key, fault.code) for fault in found] == [
        ("monitors[1].signals[0]", "signal_not_on_monitor")
    ]
    assert found[0].remedy == "write some of: pulse, spo2"


def test_f31_fresh_means_two_of_its_rows_at_least(tmp_path: Path) -> None:
    """F31: a Nellcor prints every 2 s: fresh for less than 4 s is stale by nature."""
    text = (CONFIG / "protocols" / "castells-12-step.toml").read_text()
    spo2 = 'signal = "spo2"\nfresh_s = '
    (tmp_path / "tight.toml").write_text(changed(text, (f"{spo2}15", f"{spo2}3")))
    changes = (
        ('["hr", "spo2", "nibp_sys"]', '["hr", "nibp_sys"]'),
        ("protocols/castells-12-step.toml", str(tmp_path / "tight.toml")),
    )
    beds = [read(model, '["spo2"]', *changes) for model in ("nellcor-n560", "masimo-ascii1")]
    plans = [bed_plan(bed) for bed in beds if isinstance(bed, Bed)]
    assert isinstance(plans[0], list)
    assert [fault.code for fault in plans[0]] == ["stale_by_nature"]
    assert isinstance(plans[1], Plan)
