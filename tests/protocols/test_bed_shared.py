"""Two monitors that give one signal, in the bed file: who leads, and from where on they disagree (F32)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.bed import Bed, bed_of, load_bed
from daemon.protocols.faults import Fault
from daemon.protocols.plan import Plan
from daemon.protocols.shared_signal import SharedSignal
from daemon.protocols.toml_text import parse_toml
from drivers.values import Signal
from tests.protocols.files import CONFIG, bed_plan, changed

EXAMPLE = CONFIG / "bed.example.toml"
FINGER = """[[monitors]]
name = "finger"
model = "nellcor-n560"
link = "serial:/dev/ttyUSB2"
signals = ["spo2", "pulse"]
leads = ["spo2"]

[disagreement]
spo2 = { by = 4, for_s = 30 }

[journal]"""


def read(*changes: tuple[str, str]) -> Bed | list[Fault]:
    return bed_of(
        parse_toml("bed.toml", changed(EXAMPLE.read_text(), ("[journal]", FINGER), *changes)), EXAMPLE
    )


def test_f32_lead_and_disagreement_are_read_exactly() -> None:
    """F32: only signals that two give; the pulse is the finger's alone."""
    bed = read(("by = 4", "by = 4.5"))
    assert isinstance(bed, Bed)
    assert bed.shared == (SharedSignal(Signal.SPO2, "finger", Decimal("4.5"), Decimal(30)),)


@pytest.mark.parametrize(
    ("old", "new", "key", "code"),
    [
        ('leads = ["spo2"]\n', "", "monitors", "no_lead"),
        ('leads = ["spo2"]', 'leads = ["spo2", "pulse"]', "monitors[1].leads[1]", "unused"),
        ('leads = ["spo2"]', 'leads = ["spo2", "hr"]', "monitors[1].leads[1]", "lead_not_taken"),
        ('"nibp_sys"]', '"nibp_sys"]\nleads = ["spo2"]', "monitors[1].leads[0]", "two_leads"),
        ("spo2 = { by = 4, for_s = 30 }", "", "disagreement.spo2", "missing"),
        ("for_s = 30 }", "for_s = 30 }\nhr = { by = 9, for_s = 9 }", "disagreement.hr", "unused"),
        ("by = 4", "by = 0", "disagreement.spo2.by", "zero"),
        (", for_s = 30", "", "disagreement.spo2.for_s", "missing"),
        ("spo2 = {", "saturation = {", "disagreement.saturation.[key]", "unknown_word"),
    ],
)
def test_f32_nothing_of_it_has_a_default(old: str, new: str, key: str, code: str) -> None:
    """F32: one leads, not none and not two; from which difference on, for how long: by the file alone."""
    found = read((old, new))
    assert isinstance(found, list)
    assert [(fault.key, fault.code) for fault in found if fault.code == code] == [(key, code)], found
    assert all(fault.remedy for fault in found)


def test_the_example_with_two_monitors_is_good_and_runs_its_protocol() -> None:
    bed = load_bed(CONFIG / "bed-two-monitors.example.toml")
    assert isinstance(bed, Bed)
    assert [(one.signal, one.lead) for one in bed.shared] == [(Signal.SPO2, "finger")]
    assert isinstance(bed_plan(bed), Plan)


def test_one_monitor_needs_none_of_it() -> None:
    bed = bed_of(parse_toml("bed.toml", EXAMPLE.read_text()), EXAMPLE)
    assert isinstance(bed, Bed)
    assert bed.shared == ()
