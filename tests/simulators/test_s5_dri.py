from __future__ import annotations

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.bodies.patient import Patient, PatientOptions
from simulators.bodies.reaction import ReactionOptions
from simulators.wires.s5_dri import S5Dri, S5Options

D = Decimal
EVERY_10 = bytes.fromhex(
    "7e310000000000000000000000000000000000000000ff000000000000000000000000000000000000010a000e0000000000497e"
)
CANCEL = bytes.fromhex(
    "7e310000000000000000000000000000000000000000ff000000000000000000000000000000000000010000000000000000317e"
)
ONCE = bytes.fromhex(
    "7e310000000000000000000000000000000000000000ff00000000000000000000000000000000000001ffff0000000000002f7e"
)
WAVE = bytes.fromhex(
    "7e480000000000000000000000000001000000000000ff0000000000000000000000000000000000000000000001ff"
    "0000000000000000000000000000000000000000000000487e"
)


def make(speed: str = "1", patient: PatientOptions | None = None, **options: object) -> S5Dri:
    body = Patient(patient or PatientOptions(noise=0.0), ReactionOptions())
    return S5Dri(body, S5Options(**options), D(speed))  # type: ignore[arg-type]


def parse(stream: bytes) -> list[bytes]:
    """Records of a stream: flags, escapes, checksum and length checked by the letter of the document."""
    records = []
    for raw in filter(None, stream.split(b"\x7e")):
        content, escaped = bytearray(), False
        for byte in raw:
            if byte == 0x7D:
                escaped = True
            else:
                content.append(byte | 0x20 if escaped else byte)
                escaped = False
        assert sum(content[:-1]) % 256 == content[-1]
        record = bytes(content[:-1])
        assert struct.unpack_from("<h", record)[0] == len(record)
        records.append(record)
    return records


def group(record: bytes, offset: int, count: int) -> tuple[int, ...]:
    return struct.unpack_from(f"<IH{count}h", record, 40 + 4 + offset)


def run(wire: S5Dri, seconds: int) -> bytes:
    out = b""
    for _ in range(seconds):
        wire.patient.advance(D(1))
        out += wire.tick(float(wire.patient.elapsed_s))
    return out


def test_a_record_is_1152_bytes_with_four_classes() -> None:
    wire = make()
    (record,) = parse(wire.receive(EVERY_10, 0.0))
    assert len(record) == 1152
    length, _, level = struct.unpack_from("<hBB", record)
    assert (length, level) == (1152, 10)
    assert struct.unpack_from("<H", record, 14) == (0,)
    directory = [struct.unpack_from("<hB", record, 16 + 3 * place) for place in range(5)]
    assert directory[:4] == [(0, 1), (278, 1), (556, 1), (834, 1)]
    assert directory[4][1] == 0xFF
    words = [struct.unpack_from("<H", record, 40 + 278 * place + 276)[0] for place in range(4)]
    assert [word >> 8 & 0xF for word in words] == [0, 1, 2, 3]
    assert all(word & 0xFF == 0xA1 for word in words)


def test_values_and_units() -> None:
    wire = make()
    run(wire, 40)
    (record,) = parse(wire.receive(ONCE, 40.0))
    assert struct.unpack_from("<I", record, 6)[0] == S5Options().start_unixtime + 40
    status, _, hr, *_, rr = group(record, 0, 5)
    assert (status & 3, status >> 3 & 0xF, hr, rr) == (3, 1, 72, 14)
    status, label, *values = group(record, 72, 4)
    assert (status, label, values) == (3, 0x000B, [12400, 7600, 9200, 72])
    assert group(record, 118, 4)[2:4] == (9800, 72)
    assert group(record, 86, 1) == (3, 11, 3680)
    _, label, et, _, rr, ambient = group(record, 132, 4)
    assert et * ambient * 1e-5 == pytest.approx(38, abs=0.1)
    assert (label & 7, rr, ambient) == (1, 14, 7600)
    for offset in (16, 30, 44, 58):
        assert group(record, offset, 4) == (0, 0, -32767, -32767, -32767, -32767)


def test_nibp_label_life_cycle() -> None:
    wire = make(patient=PatientOptions(noise=0.0, nibp_interval_s=150))
    wire.receive(EVERY_10.replace(b"\x0a\x00\x0e", b"\x01\x00\x0e").replace(b"\x49\x7e", b"\x40\x7e"), 0.0)
    records = parse(run(wire, 180))
    assert len(records) == 180
    seen: list[list[int]] = []
    for record in records:
        label, sys = group(record, 72, 4)[1:3]
        if not seen or seen[-1][:2] != [label, sys]:
            seen.append([label, sys, 0])
        seen[-1][2] += 1
    assert seen[:6] == [
        [0x012B, -32767, 28],
        [0x002B, 12400, 2],
        [0x000B, 12400, 58],
        [0x010B, 12400, 62],
        [0x012B, 12400, 28],
        [0x002B, 12400, 2],
    ]
    wire.patient.cuff.auto = False
    run(wire, 40)
    assert group(parse(wire.receive(ONCE, 220.0))[0], 72, 4)[1] == 0x0003


def test_interval_counts_in_body_seconds() -> None:
    wire = make(speed="60")
    wire.receive(EVERY_10, 100.0)
    assert wire.wake_s(100.0) == pytest.approx(100 + 10 / 60)
    assert len(parse(run(wire, 100))) == 10
    assert wire.receive(CANCEL, 200.0) == b""
    assert run(wire, 100) == b""
    assert wire.wake_s(200.0) is None


def test_a_late_tick_sends_one_record_not_many() -> None:
    wire = make()
    wire.receive(EVERY_10, 0.0)
    wire.patient.advance(D(95))
    assert len(parse(wire.tick(95.0))) == 1
    assert len(parse(run(wire, 10))) == 1


def test_second_single_request_within_5_s_is_ignored() -> None:
    wire = make()
    assert len(parse(wire.receive(ONCE, 0.0))) == 1
    wire.patient.advance(D(4))
    assert wire.receive(ONCE, 4.0) == b""
    wire.patient.advance(D(1))
    assert len(parse(wire.receive(ONCE, 5.0))) == 1


def test_waves_and_stops_are_taken_in_silence_before_a_request() -> None:
    wire = make()
    assert wire.receive(WAVE + CANCEL + CANCEL, 0.0) == b""
    assert len(parse(wire.receive(WAVE[:-1] + EVERY_10, 0.0))) == 1


def test_frames_stand_back_to_back() -> None:
    wire = make()
    wire.receive(EVERY_10, 0.0)
    assert b"\x7e\x7e" in run(wire, 20)


@pytest.mark.parametrize(
    ("sensor", "offset", "count"),
    [("ecg", 0, 5), ("nibp", 72, 4), ("spo2", 118, 4), ("co2", 132, 4), ("t1", 86, 1)],
)
def test_sensor_off(sensor: str, offset: int, count: int) -> None:
    wire = make()
    wire.sensors_off.add(sensor)
    values = group(parse(wire.receive(ONCE, 0.0))[0], offset, count)
    assert values[0] & 3 == 1
    assert set(values[2:]) == {-32767}


def test_absent_co2_still_shows_an_ambient_pressure() -> None:
    wire = make(co2_module=False)
    values = group(parse(wire.receive(ONCE, 0.0))[0], 132, 4)
    assert (values[0], values[2:]) == (0, (-32767, -32767, -32767, 7600))


def test_f31_cuff_on_the_spo2_arm_blanks_the_probe() -> None:
    wire = make(cuff_on_spo2_arm=True)
    run(wire, 10)
    assert group(parse(wire.receive(ONCE, 10.0))[0], 118, 4)[2:4] == (-32767, -32767)
    run(wire, 30)
    assert group(parse(wire.receive(ONCE, 40.0))[0], 118, 4)[2:4] == (9800, 72)


def test_stray_zero_keeps_the_checksum_but_not_the_length() -> None:
    wire = make()
    wire.stray_zero = True
    with pytest.raises(AssertionError):
        parse(wire.receive(ONCE, 0.0))


def test_a_request_with_wrong_checksum_or_length_is_not_answered() -> None:
    assert make().receive(ONCE.replace(b"\x2f\x7e", b"\x30\x7e"), 0.0) == b""
    assert make().receive(b"\x7e\x00" + ONCE[1:], 0.0) == b""


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_random_bytes_never_crash(chunks: list[bytes]) -> None:
    wire = make()
    for chunk in chunks:
        parse(wire.receive(chunk, 0.0))


@given(st.binary(min_size=48, max_size=60))
def test_random_well_framed_requests_never_crash(tail: bytes) -> None:
    record = struct.pack("<h", len(tail) + 2) + tail
    content = record + bytes([sum(record) & 0xFF])
    frame = b"".join(bytes([0x7D, b & ~0x20]) if b in {0x7D, 0x7E} else bytes([b]) for b in content)
    parse(make().receive(b"\x7e" + frame + b"\x7e", 0.0))
