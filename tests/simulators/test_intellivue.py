"""The simulated IntelliVue, held to the documented frames and to a client that is none of ours."""

from __future__ import annotations

import random
import struct
from itertools import pairwise

import pytest

from simulators.bodies.patient import PatientOptions
from simulators.wires import intellivue_codec as codec
from simulators.wires.intellivue_options import (
    LinkEnd,
    PressureUnit,
    Renewal,
    SecondRequest,
    SensorOff,
    TimedOut,
    TrainSequence,
)
from tests.simulators import intellivue_client as field
from tests.simulators.intellivue_client import REQUEST, Client, numbers

ACCEPTED = bytes.fromhex(
    "0ed60508130100160102800014020002c1c63180a0808001010000a280a003000001a5803080800100810251010000308080"
    "0100810c2a8648ce14020100000002010000000061803080020101a0806180a180060c2a8648ce14020100000003010000a2"
    "03020100a305a103020100be8028800201028150800000004000000000000000800000002000000000000000000200340001"
    "002880000000000753000000057800000578ffffffff600000000001000cf00100088e000000000000000102000400000000"
    "00000000000000000000000000000000"
)
HR, PLETH, SPO2, SYS, DIA, MEAN, RR, AWRR, ETCO2, TEMP = (
    0x4182,
    0x4822,
    0x4BB8,
    0x4A05,
    0x4A06,
    0x4A07,
    0x500A,
    0x5012,
    0x50B0,
    0x4B48,
)
NBP_HANDLE = 0x13
QUICK_CUFF = PatientOptions(noise=0.0, nibp_interval_s=60, nibp_measure_s=20)


def test_it_answers_as_the_recorded_simulated_monitor_but_for_what_is_asked() -> None:
    """mdpnp's grants a minute and no priority list; ours what is asked, and only flags that are asked for."""
    answer = Client(min_poll_ms=60_000).associate()
    assert answer == ACCEPTED.replace(bytes.fromhex("8e000000"), bytes.fromhex("8c000000"))
    assert Client().associate() == ACCEPTED.replace(
        bytes.fromhex("00075300"), bytes.fromhex("000009c4")
    ).replace(bytes.fromhex("8e000000"), bytes.fromhex("8c000000"))
    assert b"\xf0\x01\x00\x08\x00\x00\x00\x00" in Client(extended_poll=False).associate()


@pytest.mark.parametrize(("content", "frame"), [("3a71", "9b26"), ("3a91", "957de1")])
def test_the_checksum_of_the_documented_frames(content: str, frame: str) -> None:
    checksum = codec.crc(bytes.fromhex(content)).to_bytes(2, "little").hex()
    assert checksum.replace("c1", "7de1") == frame
    assert codec.crc(b"123456789") == 0x906E


def test_a_float_as_the_recorded_one() -> None:
    assert codec.float_bytes(98.0, 4) == bytes.fromhex("fc0ef420")
    assert codec.float_bytes(76.0, 4) == bytes.fromhex("fc0b98c0")
    assert codec.float_bytes(None) == bytes.fromhex("007fffff")


def test_the_client_of_the_field_associates_and_polls_once() -> None:
    client = Client()
    client.wait(40)
    client.associate()
    (train,) = field.trains(client.send(field.SINGLE_POLL))
    said = numbers(train)
    assert said[HR] == (0, 0x0AA0, 72)
    assert said[SPO2] == (0, 0x0220, 98)
    assert said[PLETH] == (0, 0x0AA0, 72)
    assert said[SYS] == (0, 0x0F20, 124)
    assert said[TEMP][2] == pytest.approx(36.8)
    assert {code: said[code][1] for code in (RR, AWRR, ETCO2)} == {RR: 0x0AE0, AWRR: 0x0AE0, ETCO2: 0x0F20}
    assert train[0].time == bytes.fromhex("2026010100004000")
    assert train[0].sequence == -1


def test_it_tells_who_it_is_until_it_is_answered_and_hears_no_poll_before() -> None:
    client = Client(bed_label="7", monitor_serial="ABC")
    _, created = client.send(REQUEST)
    assert "7".encode("utf-16-be") in created
    assert b"ABC" in created
    assert client.send(field.SINGLE_POLL) == []
    again = client.wait(5)
    assert [one[24:26] for one in again] == [b"\x0d\x06"] * 2
    client.send(field.CREATED_RESULT)
    assert client.wait(3) == []
    assert client.send(field.SINGLE_POLL) != []


def test_extended_polls_come_each_1024_ms_until_their_period_ends() -> None:
    client = Client()
    client.associate()
    first = client.send(field.extended_poll(8000 * 5))
    whole = field.trains(first + client.wait(8))
    assert len(whole) == 5
    assert [train[0].sequence for train in whole] == [0, 1, 2, 3, 4]
    steps = [after[0].ticks - one[0].ticks for one, after in pairwise(whole)]
    assert all(8000 <= step <= 10_000 for step in steps)
    assert [part.link for part in whole[0]] == [1, 3]
    assert [part.count for part in whole[0]] == [1, 2]


def test_a_period_of_none_is_answered_once() -> None:
    client = Client()
    client.associate()
    bare = bytearray(field.extended_poll(0)[:-12])
    for place, after in ((6, 8), (12, 14), (26, 28)):
        bare[place : place + 2] = struct.pack(">H", len(bare) - after)
    assert len(field.trains(client.send(bytes(bare)))) == 1
    assert client.wait(5) == []


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("end", LinkEnd)
@pytest.mark.parametrize("first", [0, 1])
def test_linked_replies_in_every_way_that_is_open(each: bool, end: LinkEnd, first: int) -> None:
    sequence = TrainSequence.EACH if each else TrainSequence.SHARED
    client = Client(train_sequence=sequence, link_end=end, link_count_from=first, link_objects=2)
    client.associate()
    messages = client.send(field.extended_poll(8000 * 5))
    operations = [message[5] for message in messages]
    assert operations == ([5, 5, 5] if end is LinkEnd.LINKED else [5, 5, 2])
    parts = [field.read(message) for message in messages]
    assert [part.sequence for part in parts if part] == ([0, 1, 2] if each else [0, 0, 0])
    assert [part.count for part in parts if part and part.link] == [
        first + place for place in range(operations.count(5))
    ]


@pytest.mark.parametrize("renewal", Renewal)
def test_the_sequence_at_a_renewal(renewal: Renewal) -> None:
    whole = Client(renewal=renewal)
    whole.associate()
    sequences = [train[0].sequence for train in whole.values(4)]
    assert (sequences == list(range(len(sequences)))) is (renewal is Renewal.CONTINUES)


# -- one client ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", SecondRequest)
def test_a_second_client(second: SecondRequest) -> None:
    client = Client(second_request=second)
    client.associate()
    said = client.send(REQUEST)
    assert said[0][0] == (0x0C if second is SecondRequest.REFUSE else 0x0E)
    assert client.wire.refused == (1 if second is SecondRequest.REFUSE else 0)
    stranger = client.wire.turn_away(REQUEST)
    assert stranger == (codec.REFUSED if second is SecondRequest.REFUSE else None)
    assert client.wire.turn_away(field.SINGLE_POLL) == (b"" if second is SecondRequest.REFUSE else None)


@pytest.mark.parametrize("how", TimedOut)
@pytest.mark.parametrize(("min_poll_ms", "timeout_s"), [(0, 10), (10_000, 30), (60_000, 130)])
def test_an_association_nobody_polls_ends(how: TimedOut, min_poll_ms: int, timeout_s: int) -> None:
    client = Client(timed_out=how, min_poll_ms=min_poll_ms)
    client.associate()
    assert client.wait(timeout_s - 1) == []
    client.send(field.SINGLE_POLL)
    assert client.wait(timeout_s - 1) == []
    assert client.wait(2) == ([codec.ABORTED] if how is TimedOut.ABORT else [])
    assert client.send(field.SINGLE_POLL) == []
    assert client.send(REQUEST)[0][0] == 0x0E


def test_a_released_monitor_takes_the_next_client() -> None:
    client = Client()
    client.associate()
    client.send(field.extended_poll(8000 * 60))
    assert client.send(field.RELEASE) == [codec.RELEASED]
    assert client.wait(5) == []
    client.associate()


def test_a_power_cycle_forgets_client_and_running_time() -> None:
    client = Client()
    client.wait(100)
    client.associate()
    client.send(field.extended_poll(8000 * 60))
    client.wire.switches()["power"](True)
    assert client.wait(5) == []
    assert client.send(REQUEST) == []
    client.wire.switches()["power"](False)
    assert client.wait(5) == []
    client.associate()
    (train,) = field.trains(client.send(field.SINGLE_POLL))
    assert train[0].ticks == 8000 * 5


def test_it_announces_itself_on_a_network_while_nobody_is_there() -> None:
    client = Client()
    client.wire.lan = True
    told = client.wait(21)
    assert told == [codec.indication(480_000 + 2000), *told[1:]]
    assert len(told) == 3
    assert struct.pack(">H", 24105) in told[0]
    client.associate()
    client.send(field.SINGLE_POLL)
    assert client.wait(9) == []
    assert Client(announce=False).wait(30) == []


@pytest.mark.parametrize(("kind", "fault"), [(0x2A, "deny_patient"), (0x36, "deny_alarms")])
def test_what_it_denies_is_answered_with_an_error(kind: int, fault: str) -> None:
    client = Client()
    client.associate()
    assert client.send(field.single_poll(kind))[0][5] in {2, 5}
    client.wire.switches()[fault](True)
    assert client.send(field.single_poll(kind))[0][5] == 3
    assert client.send(field.single_poll(0x09))[0][5] == 3
    client.wire.switches()["deny_extended"](True)
    assert client.send(field.extended_poll(80_000))[0][5] == 3
    assert Client(extended_poll=False).send(field.extended_poll(80_000)) == []


# -- what it shows -------------------------------------------------------------------------------------


def test_a_pressure_repeats_with_the_time_of_its_measurement_and_begins_with_its_systolic() -> None:
    client = Client(patient=QUICK_CUFF)
    client.associate()
    shown = []
    for train in client.values(150):
        said = numbers(train)
        stamp = next((part.stamps[NBP_HANDLE] for part in train if NBP_HANDLE in part.stamps), b"")
        state = said[SYS][0] if SYS in said else None
        shown.append((state, DIA in said, stamp.hex()))
    runs = [one for place, one in enumerate(shown) if place == 0 or one != shown[place - 1]]
    assert [(state, dia) for state, dia, _ in runs] == [
        (None, False),
        (0x60, False),
        (0, True),
        (0x20, True),
        (0x60, False),
        (0, True),
        (0x20, True),
        (0x60, False),
        (0, True),
    ]
    assert runs[2][2] == runs[3][2] == "2026010100002100"
    assert len({one[2] for one in runs}) == 7


def test_without_early_systolic_and_without_stamps() -> None:
    client = Client(patient=QUICK_CUFF, early_systolic=False, nibp_stamp=False)
    client.associate()
    whole = client.values(80)
    assert {numbers(train)[SYS][0] for train in whole if SYS in numbers(train)} == {0, 0x20}
    assert not any(part.stamps for train in whole for part in train)


@pytest.mark.parametrize("off", SensorOff)
def test_a_sensor_off_is_told_by_an_alarm_whatever_the_number_says(off: SensorOff) -> None:
    client = Client(sensor_off=off)
    client.associate()
    client.values(2)
    client.wire.switches()["spo2_off"](True)
    (train,) = field.trains(client.send(field.SINGLE_POLL))
    said = numbers(train)
    expected: dict[SensorOff, tuple[int, float | None]] = {
        SensorOff.INVALID: (0x8000, None),
        SensorOff.UNAVAILABLE: (0x2000, None),
        SensorOff.HELD: (0, 98),
    }
    if off is SensorOff.ABSENT:
        assert SPO2 not in said
    else:
        assert (said[SPO2][0], said[SPO2][2]) == expected[off]
    assert said[HR][0] == 0
    (alarm,) = client.send(field.single_poll(0x36))
    assert struct.pack(">HHH", SPO2, 308, 2) in alarm
    client.wire.switches()["spo2_off"](False)
    (alarm,) = client.send(field.single_poll(0x36))
    assert struct.pack(">HHH", SPO2, 308, 2) not in alarm


def test_states_units_modules_and_faults() -> None:
    client = Client(patient=PatientOptions(noise=0.0, spo2=85.0), co2_module=False)
    client.associate()
    for name, code, state in (("spo2_questionable", SPO2, 0x4000), ("demo", HR, 0x0400)):
        client.wire.switches()[name](True)
        (train,) = field.trains(client.send(field.SINGLE_POLL))
        assert numbers(train)[code][0] == state
        client.wire.switches()[name](False)
    assert ETCO2 not in numbers(train)
    (alarm,) = client.send(field.single_poll(0x36))
    assert struct.pack(">HHH", SPO2, 62, 0x200) in alarm
    kilopascal = Client(pressure_unit=PressureUnit.KPA)
    kilopascal.associate()
    (train,) = field.trains(kilopascal.send(field.SINGLE_POLL))
    assert numbers(train)[ETCO2][:2] == (0, 0x0F03)
    assert numbers(train)[ETCO2][2] == pytest.approx(5.07)


def test_the_cuff_on_the_arm_of_the_probe_takes_its_pulse() -> None:
    client = Client(cuff_on_spo2_arm=True)
    client.associate()
    seen = [numbers(train) for train in client.values(60)]
    assert {one[SPO2][0] for one in seen} == {0, 0x8000}
    assert {one[HR][0] for one in seen} == {0}


def test_the_patient_it_names() -> None:
    client = Client(patient_id="SIM-0001")
    client.associate()
    (said,) = client.send(field.single_poll(0x2A))
    assert "SIM-0001".encode("utf-16-be") in said
    client.wire.switches()["other_patient"](True)
    (said,) = client.send(field.single_poll(0x2A))
    assert "SIM-0001".encode("utf-16-be") not in said


def test_mute_stuck_busy_abort_and_a_clock_set_back() -> None:
    client = Client()
    switches = client.wire.switches()
    switches["busy"](True)
    assert client.send(REQUEST) == [codec.REFUSED]
    switches["busy"](False)
    client.associate()
    switches["mute"](True)
    assert client.send(field.SINGLE_POLL) == []
    switches["mute"](False)
    client.send(field.SINGLE_POLL)
    switches["stuck"](True)
    assert len({train[0].ticks for train in client.values(4)}) == 1
    switches["stuck"](False)
    switches["clock_back"](True)
    (train,) = field.trains(client.send(field.SINGLE_POLL))
    assert train[0].time.hex().startswith("20251231")
    switches["abort"](True)
    assert client.send(field.SINGLE_POLL) == []


def test_serial_frames_are_answered_in_serial_frames() -> None:
    client = Client()
    (said,) = client.send(b"noise" + codec.wrap(REQUEST)[:50])[:1] or [b""]
    assert said == b""
    (said,) = client.send(codec.wrap(REQUEST)[50:])
    assert said.startswith(b"\xc0\x11\x01")
    assert said.count(b"\xc0") == said.count(b"\xc1") == 2
    frames = [codec.unwrap(piece[1:]) for piece in said.split(b"\xc1")[:-1]]
    assert [frame[0] for frame in frames if frame] == [0x0E, 0xE1]
    (said,) = client.send(b"".join(codec.wrap(one) for one in (field.CREATED_RESULT, field.SINGLE_POLL)))
    assert codec.unwrap(said.split(b"\xc1")[0][1:]) is not None
    assert client.send(b"\xc0" + bytes(9000) + b"\xc1") == []


def test_any_bytes_are_survived() -> None:
    rng = random.Random(3)
    frames = [REQUEST, field.CREATED_RESULT, field.SINGLE_POLL, field.extended_poll(8000), field.RELEASE]
    client = Client()
    for _ in range(3000):
        bad = bytearray(rng.choice(frames))
        for _ in range(rng.randint(0, 3)):
            bad[rng.randrange(len(bad))] = rng.randrange(256)
        client.send(bytes(bad[: rng.randint(0, len(bad))]))
    client.wire.association = None
    client.wire._serial, client.wire._raw = False, None
    client.associate()
