"""What the simulated oximeters print, held to the documented lines and read by the letter."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.bodies.patient import Patient, PatientOptions
from simulators.bodies.reaction import ReactionOptions
from simulators.wires.masimo_ascii1 import MasimoAscii1
from simulators.wires.nellcor_n560 import NellcorN560
from simulators.wires.oximeter import Oximeter, OximeterOptions

D = Decimal
MODELS: tuple[type[Oximeter], ...] = (NellcorN560, MasimoAscii1)
NELLCOR_GOOD = "29-Dec-17 07:18:43    99      66      12                     "
NELLCOR_LOW = "29-Dec-17 07:18:57    89*     66     201    MO SL            "
SETTINGS = "N-560    VERSION 1.56.00    CRC:XXXX  SpO2 Limit: 90-100%    PR Limit: 60-170BPM"
MASIMO_GOOD = (
    "02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-% DESAT=-- "
    "PIDELTA=+-- ALARM=0000 EXC=000800"
)


def unixtime(*at: int) -> int:
    return int(datetime(*at, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


def make(
    model: type[Oximeter], spo2: float = 98.0, hr: float = 72.0, speed: str = "1", **options: int
) -> Oximeter:
    patient = Patient(PatientOptions(noise=0.0, spo2=spo2, hr=hr), ReactionOptions())
    return model(patient, OximeterOptions(**options), D(speed))  # type: ignore[arg-type]


def run(wire: Oximeter, seconds: int) -> list[str]:
    """The lines of so many body seconds; every line ends with CR LF."""
    out = wire.tick(0.0)
    for _ in range(seconds):
        wire.patient.advance(D(1))
        out += wire.tick(float(wire.patient.elapsed_s))
    *lines, rest = out.decode("ascii").split("\r\n")
    assert rest == ""
    return lines


def last(wire: Oximeter, *faults: str) -> str:
    for fault in faults:
        wire.switches()[fault](True)
    return run(wire, 4)[-1]


def test_the_documented_nellcor_lines() -> None:
    wire = make(NellcorN560, 99, 66, start_unixtime=unixtime(2017, 12, 29, 7, 18, 43))
    wire.on.add("low_perfusion")
    settings, _, _, row = run(wire, 0)
    assert (settings, row) == (SETTINGS, NELLCOR_GOOD)
    wire = make(NellcorN560, 89, 66, start_unixtime=unixtime(2017, 12, 29, 7, 18, 57))
    wire.on.add("motion")
    assert run(wire, 0)[-1] == NELLCOR_LOW


def test_the_documented_masimo_lines() -> None:
    wire = make(MasimoAscii1, 98, 97, start_unixtime=unixtime(2016, 2, 22, 22, 47, 45))
    assert run(wire, 0) == [MASIMO_GOOD]
    wire = make(MasimoAscii1, 98, 57, start_unixtime=unixtime(2005, 3, 6, 21, 11, 30), sn=66575)
    wire.on.add("silenced")
    (line,) = run(wire, 0)
    assert line.startswith("03/06/05 21:11:30 SN=0000066575 SPO2=098% BPM=057 ")
    assert line.endswith(" ALARM=0038 EXC=000800")


def test_a_nellcor_prints_every_two_seconds_and_its_heading_every_25_rows() -> None:
    lines = run(make(NellcorN560), 100)
    headed = [number for number, line in enumerate(lines) if line == SETTINGS]
    assert headed == [0, 28, 56]
    rows = [line for line in lines if re.match(r"\d\d-", line)]
    assert len(rows) == 51
    assert {len(row) for row in rows} == {61}
    assert [row[16:18] for row in rows[:4]] == ["00", "02", "04", "06"]


def test_a_changed_limit_prints_the_heading_again() -> None:
    wire = make(NellcorN560, 88)
    assert run(wire, 2)[-1][22:25] == "88*"
    wire.on.add("limits")
    wire.patient.advance(D(2))
    settings, _, _, row = wire.tick(0.0).decode().split("\r\n")[:4]
    assert "SpO2 Limit: 85-100%" in settings
    assert row[22:25] == "88 "
    assert row.split()[5:] == []


@pytest.mark.parametrize(
    ("faults", "columns"),
    [
        (("spo2_off",), ["---", "---", "---", "SO"]),
        (("cable_off", "motion"), ["---", "---", "---", "SD"]),
        (("search",), ["0", "0", "---", "PS"]),
        (("pulse_lost",), ["98", "72", "201", "LP"]),
        (("lost_in_motion", "silenced"), ["98", "72", "201", "LM", "AS"]),
        (("low_battery", "alarms_off"), ["98", "72", "201", "LB", "AO"]),
    ],
)
def test_nellcor_codes(faults: tuple[str, ...], columns: list[str]) -> None:
    assert last(make(NellcorN560), *faults).split()[2:] == columns


def test_nellcor_pulse_alarms() -> None:
    assert last(make(NellcorN560, hr=180.0)).split()[2:] == ["98", "180*", "201", "PH"]
    assert last(make(NellcorN560, hr=40.0)).split()[2:] == ["98", "40*", "201", "PL"]
    assert last(make(NellcorN560, spo2=100.0, hr=100.0)).split()[2:] == ["100", "100", "201"]


@pytest.mark.parametrize(
    ("fault", "exceptions", "blank"),
    [
        ("no_sensor", 0x801, True),
        ("defective", 0x802, True),
        ("low_perfusion", 0x804, False),
        ("search", 0x808, True),
        ("interference", 0x810, False),
        ("spo2_off", 0x820, True),
        ("ambient_light", 0x840, False),
        ("unrecognised", 0x880, True),
        ("low_signal_iq", 0xC00, False),
    ],
)
def test_masimo_exceptions(fault: str, exceptions: int, blank: bool) -> None:
    line = last(make(MasimoAscii1), fault)
    assert line.endswith(f"EXC={exceptions:06X}")
    assert ("SPO2=---% BPM=--- PI=--.--%" in line) is blank
    assert ("SPO2=098% BPM=072 PI=" in line) is not blank


@pytest.mark.parametrize(
    ("spo2", "hr", "alarm"), [(89, 72, "0012"), (98, 171, "0014"), (89, 59, "001A"), (90, 60, "0000")]
)
def test_masimo_alarm_bits(spo2: float, hr: float, alarm: str) -> None:
    assert f" ALARM={alarm} " in last(make(MasimoAscii1, spo2, hr))


def test_the_widths_of_another_masimo() -> None:
    line = last(make(MasimoAscii1, wide_fields=True, sn=0), "low_perfusion")
    assert " PI=00.55 " in line
    assert line.endswith("ALARM=000000 EXC=0000804 EXC1=0000000")
    assert "SN=" not in line


def test_f31_the_cuff_on_the_arm_of_the_probe_takes_the_pulse() -> None:
    wire = make(NellcorN560, cuff_on_spo2_arm=True)
    assert run(wire, 10)[-1].split()[2:] == ["0", "0", "---", "PS"]
    assert run(wire, 30)[-1].split()[2:5] == ["98", "72", "201"]
    assert "EXC=000808" in run(make(MasimoAscii1, cuff_on_spo2_arm=True), 10)[-1]


@pytest.mark.parametrize("model", MODELS)
def test_it_counts_in_body_seconds_and_a_late_tick_prints_one_line(model: type[Oximeter]) -> None:
    wire = make(model, speed="60")
    run(wire, 0)
    assert wire.wake_s(100.0) == pytest.approx(100 + float(wire.interval_s) / 60)
    wire.patient.advance(D(50))
    assert wire.tick(0.0).count(b"\r\n") == 1
    assert wire.tick(0.0) == b""


@pytest.mark.parametrize("model", MODELS)
def test_mute_stuck_and_a_clock_set_back(model: type[Oximeter]) -> None:
    wire = make(model)
    run(wire, 4)
    switches = wire.switches()
    switches["mute"](True)
    assert run(wire, 20) == []
    switches["mute"](False)
    switches["stuck"](True)
    assert len(set(run(wire, 20))) == 1
    switches["stuck"](False)
    before = run(wire, 4)[-1]
    switches["clock_back"](True)
    assert "23:00:" in run(wire, 4)[-1]
    switches["clock_back"](False)
    assert run(wire, 4)[-1] > before


def test_a_masimo_in_the_mode_it_is_shipped_in_prints_other_lines() -> None:
    assert "SPO2=" not in last(make(MasimoAscii1), "ascii2")


@pytest.mark.parametrize("model", MODELS)
@given(st.lists(st.binary(max_size=100), max_size=6))
def test_it_listens_to_nobody(model: type[Oximeter], chunks: list[bytes]) -> None:
    wire, other = make(model), make(model)
    run(wire, 2)
    run(other, 2)
    for chunk in chunks:
        wire.patient.advance(D(1))
        other.patient.advance(D(1))
        assert wire.receive(chunk, 0.0) == other.tick(0.0)
