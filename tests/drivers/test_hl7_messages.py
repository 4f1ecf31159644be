"""HL7 ORU messages of both dialects, every trap of them, and any bytes at all."""

from __future__ import annotations

from decimal import Decimal

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadFrame
from drivers.monitors.hl7_oru.frames import MESSAGE_MAX, Decoder, Faulty, encode_ack
from drivers.monitors.hl7_oru.message import OBSERVATIONS_MAX, Message, parse_message
from drivers.monitors.hl7_oru.message import header_of as hl7_header
from drivers.monitors.hl7_oru.recording import Recording
from drivers.monitors.hl7_oru.times import time_of
from drivers.monitors.hl7_oru.vitals import patients_of
from tests.drivers import hl7_lines as lines
from tests.drivers.hl7_lines import ge, message

MMHG = "266016^MDC_DIM_MMHG^MDC"


def only(block: bytes) -> Message:
    (found,) = Decoder().feed(block)
    assert isinstance(found, Message)
    return found


def said(*rows: str, observed: str = "") -> dict[str, tuple[Decimal | None, str, str]]:
    (judged,) = patients_of(only(message(*rows, observed=observed))).values()
    return {
        str(signal): (one.value, f"{one.validity} {one.detail}".strip(), one.source)
        for signal, one in judged.items()
    }


def test_the_documented_observations() -> None:
    """Trap 5: also with the code whose `-` is printed as `*`; the mean has no time of its own."""
    assert said(*lines.EFFICIA) == {
        "spo2": (Decimal(98), "valid", ""),
        "nibp_sys": (Decimal(122), "valid", ""),
        "nibp_dia": (Decimal(85), "valid", ""),
        "nibp_mean": (Decimal(98), "valid", ""),
        "pulse": (Decimal(80), "valid", "spo2"),
        "rr": (Decimal(20), "valid", ""),
        "temp": (Decimal("37.4"), "valid", ""),
    }


def test_the_documented_observations_of_the_other_dialect() -> None:
    """Trap 6: two respiration rates are told apart by their place; an arterial pressure is no cuff."""
    assert said(*lines.B40) == {
        "hr": (Decimal(80), "valid", ""),
        "spo2": (Decimal(100), "valid", ""),
        "rr": (Decimal(18), "valid", "co2"),
        "temp": (Decimal("37.1"), "valid", ""),
        "pulse": (Decimal(80), "valid", ""),
    }


def test_impedance_stands_in_for_co2_that_gives_nothing() -> None:
    co2 = ge("151562", "1.20.1.2", "", "264928")
    impedance = ge("151562", "1.6.1.1", "30", "264928")
    assert said(impedance, co2)["rr"] == (Decimal(30), "valid", "impedance")


def test_values_that_nothing_tells_apart_are_doubtful() -> None:
    rows = (ge("150456", "1.22.1.2", "98", "262688"), ge("150456", "1.23.1.2", "91", "262688"))
    assert said(*rows)["spo2"] == (Decimal(98), "questionable several values", "")
    assert said(rows[0], rows[0])["spo2"] == (Decimal(98), "valid", "")


def test_of_two_cuff_measurements_the_newer_counts() -> None:
    older = ge("150021", "1.11.1.1", "180", MMHG, at="20260101120000")
    newer = ge("150021", "1.11.1.1", "90", MMHG, at="20260101120500")
    assert said(newer, older)["nibp_sys"][0] == Decimal(90)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (lines.SPO2.replace("||98|", "|||"), (None, "inactive nothing measured", "")),
        (
            lines.SPO2.replace("||98|", "|||").replace("|F", "|X"),
            (None, "invalid result cannot be obtained", ""),
        ),
        (lines.SPO2.replace("|F", "|X"), (None, "invalid result cannot be obtained", "")),
        (lines.SPO2.replace("|F", "|D"), (None, "invalid status D", "")),
        (lines.SPO2.replace("|F", ""), (None, "invalid no status", "")),
        (lines.SPO2.replace("|98|", "|-100|"), (None, "invalid -100", "")),
        (lines.SPO2.replace("|98|", "|-1|"), (None, "implausible", "")),
        (lines.SPO2.replace("|98|", "|0|"), (None, "implausible", "")),
        (lines.SPO2.replace("|98|", "|161|"), (None, "implausible", "")),
        (lines.SPO2.replace("|98|", "|>98|"), (None, "invalid not a number", "")),
        (lines.SPO2.replace("|98|", "|1e2|"), (None, "invalid not a number", "")),
        (lines.SPO2.replace("|98|", "|٩٨|"), (None, "invalid not a number", "")),
        (lines.SPO2.replace("MDIL|||||F", "MDIL||INV|||F"), (None, "invalid flag INV", "")),
        (lines.SPO2.replace("MDIL|||||F", "MDIL||N~QUES|||F"), (Decimal(98), "questionable flag QUES", "")),
        (lines.SPO2.replace("0004-0220^%", "0004-0f20^mmHg"), (None, "invalid unknown unit", "")),
    ],
)
def test_what_speaks_against_a_value(row: str, expected: tuple[Decimal | None, str, str]) -> None:
    assert said(row)["spo2"] == expected


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("265987^MDC_DIM_KILO_PASCAL^MDC", "16", (Decimal("120.00992"), "valid")),
        ("mm[Hg]^mm[Hg]^UCUM", "120", (Decimal(120), "valid")),
        ("", "120", (None, "invalid no unit")),
        ("Torr", "120", (None, "invalid unknown unit")),
    ],
)
def test_a_pressure_has_a_unit_and_is_converted_once(
    unit: str, value: str, expected: tuple[Decimal | None, str]
) -> None:
    """16 without a unit would be a plausible pressure in mmHg."""
    assert said(ge("150021", "1.11.1.1", value, unit))["nibp_sys"][:2] == expected


def test_fahrenheit() -> None:
    assert said(ge("150344", "1.26.1.1", "98.6", "266560^MDC_DIM_FAHR"))["temp"][0] == Decimal("37.000")


def test_pressures_in_another_order_are_a_fault() -> None:
    rows = [row.replace("|85|", "|130|") for row in lines.EFFICIA]
    assert {said(*rows)[name][1] for name in ("nibp_sys", "nibp_dia", "nibp_mean")} == {"implausible"}


def test_f12_whose_values_they_are() -> None:
    """PID-3 first, then the bed of PV1-3; several patients in one message stay several."""
    assert list(patients_of(only(message(lines.SPO2, patient="4711", bed="bed-4")))) == ["4711"]
    assert list(patients_of(only(message(lines.SPO2, patient="", bed="bed-4")))) == ["bed-4"]
    assert list(patients_of(only(message(lines.SPO2, patient="")))) == [""]
    bare = ("PID|||8888", lines.SPO2.replace("|98|", "|80|"))
    both = message(lines.SPO2, "PID|||9999", "OBR|1", lines.SPO2.replace("|98|", "|71|"), *bare)
    patients = patients_of(only(both))
    assert {subject: next(iter(judged.values())).value for subject, judged in patients.items()} == {
        "4711": Decimal(98),
        "9999": Decimal(71),
        "8888": Decimal(80),
    }


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ((lines.SPO2,), "observations"),
        ((lines.ALERT,), "alarm"),
        ((), "blank"),
        ((lines.ALERT, lines.SPO2), "observations"),
    ],
)
def test_the_kinds(rows: tuple[str, ...], kind: str) -> None:
    assert only(message(*rows)).kind == kind


def test_other_separators_and_escapes() -> None:
    block = message(lines.SPO2).replace(b"|", b"#").replace(b"^~\\&", b"*!/%").replace(b"^", b"*")
    block = block.replace(b"4711", b"47/F/11/T//X00/")
    (subject,) = patients_of(only(block))
    assert subject == "47#11%"


@pytest.mark.parametrize(
    ("body", "why", "answered"),
    [
        (b"", "empty", False),
        (b"PID|||1\r", "no MSH", False),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01||P|2.4\r", "no control id", False),
        (b"MSH|^^\\&|A|B|||20260101||ORU^R01|7|P|2.4\r", "separators", False),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01|7|P|2.4\r" + b"x" * MESSAGE_MAX, "too long", True),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01|7|P|2.4\r" + b"OBX|\r" * 2001, "too many observations", True),
    ],
)
def test_what_is_no_message_is_counted_and_the_next_is_read(body: bytes, why: str, answered: bool) -> None:
    decoder = Decoder()
    faulty, good = decoder.feed(b"\x0b" + body + b"\x1c\r" + message(lines.SPO2))
    assert isinstance(faulty, Faulty)
    assert (faulty.why, faulty.header is not None) == (why, answered)
    assert isinstance(good, Message)
    assert decoder.rejected == {why: 1}


def test_what_stands_outside_of_blocks_and_blocks_without_an_end() -> None:
    decoder = Decoder()
    block = message(lines.SPO2)
    found = decoder.feed(b"\r\n" + block[30:] + block + b"hello" + block[:40] + block + block[:9])
    decoder.finish()
    assert len(found) == 2
    assert decoder.accepted == {"observations": 2}
    assert decoder.rejected == {"no start": 2, "unfinished": 2}


def test_split_at_every_byte_and_several_at_once() -> None:
    stream = message(*lines.EFFICIA) + message(*lines.B40, control="2")
    whole = Decoder().feed(stream)
    assert len(whole) == 2
    decoder = Decoder()
    assert [one for byte in stream for one in decoder.feed(bytes((byte,)))] == whole


MARKS = [b"\x0b", b"\x1c\r", b"MSH|^~\\&|", b"OBX|", b"\r"]
PIECES = st.one_of(st.binary(max_size=60), st.sampled_from([message(lines.SPO2), *MARKS]))


@given(st.lists(PIECES, max_size=12))
def test_any_bytes_are_survived_and_the_next_message_is_read(pieces: list[bytes]) -> None:
    decoder = Decoder()
    for piece in pieces:
        decoder.feed(piece)
        assert decoder.held <= MESSAGE_MAX
    assert isinstance(decoder.feed(message(lines.SPO2))[-1], Message)


def test_memory_is_bounded_whatever_has_no_end() -> None:
    decoder = Decoder()
    decoder.feed(b"\x0b")
    for _ in range(100):
        decoder.feed(b"A" * 10_000)
    assert decoder.held == MESSAGE_MAX


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("20260101120000", True),
        ("202601011200", True),
        ("20260101120000.1234+0200", True),
        ("20260101", False),
        ("20261301120000", False),
        ("20260101120060", False),
        ("", False),
        ("20260101120000+9999", False),
    ],
)
def test_times(text: str, good: bool) -> None:
    assert (time_of(text) is not None) == good


def test_an_answer_as_another_implementation_reads_it() -> None:
    """MSA-2 is the control id as it was sent, also with an escape in it."""
    header = only(message(lines.SPO2, control="ab\\F\\7")).header
    answer = hl7.parse(encode_ack(header, "AE", 3, "too|long").strip(b"\x0b\x1c\r").decode())
    assert answer["MSH.F9.R1.C1"] == "ACK"
    assert answer["MSH.F5"] == "MON"
    assert answer["MSA.F1"] == "AE"
    assert str(answer.segment("MSA")[2]) == "ab\\F\\7"
    assert str(answer.segment("MSA")[3]) == "too long"


def test_an_answer_byte_for_byte() -> None:
    """HL7 2.6, chapter 2: the sender's separators, its application and facility as receiver, our number."""
    header = hl7_header("MSH@~^\\&@MON@WARD@@@20260101120000@@ORU~R01@42@T@2.3")
    answer = encode_ack(header, "AA", 7)
    assert answer == b"\x0bMSH@~^\\&@infusiond@@MON@WARD@@@ACK~R01@infusiond-7@T@2.3\rMSA@AA@42\r\x1c\r"
    bare = encode_ack(hl7_header("MSH|^~\\&|||||||ORU|42"), "AE", 8, "why")
    assert bare == b"\x0bMSH|^~\\&|infusiond||||||ACK|infusiond-8|P|2.6\rMSA|AE|42|why\r\x1c\r"


@pytest.mark.parametrize(
    "segment", ["", "MSH", "MSH|^~\\&", "MSA|^~\\&|||||||ORU|42", "xMSH|^~\\&|||||||ORU|42"]
)
def test_what_is_no_header_is_refused(segment: str) -> None:
    with pytest.raises(BadFrame):
        hl7_header(segment)


def test_a_recording_of_both_directions() -> None:
    block = message(*lines.EFFICIA, sent="20120510123510+0200")
    recording = Recording()
    readings = recording.feed(block + encode_ack(only(block).header, "AA", 1))
    assert recording.tally().accepted == {"observations": 1, "ack": 1}
    at = {one.signal: one.at for one in readings}
    assert at["spo2"] == "2012-05-10T10:35:10Z"
    assert at["nibp_sys"] == at["nibp_mean"] == "2012-05-10T12:35:00"


def test_the_header_says_who_sent_what_when() -> None:
    """MSH-3, 4, 7, 9 (type and trigger), 10, 11, 12."""
    found = only(message(lines.SPO2, control="c7")).header
    assert (found.application, found.facility, found.sent_at) == ("MON", "ICU", "20120510123510")
    assert (found.type, found.trigger, found.control_id, found.raw_control_id) == ("ORU", "R01", "c7", "c7")
    assert (found.processing, found.version, found.separators) == ("P", "2.4", "|^~\\&")


def test_each_order_has_its_own_time() -> None:
    """OBR-7 holds for the observations below it, until the next OBR or patient."""
    later = "OBR|2|||VITALS|||20120510123600"
    found = only(message(lines.SPO2, later, lines.SPO2, observed="20120510123500"))
    assert [(group.subject, group.at, len(group.observations)) for group in found.groups] == [
        ("4711", "20120510123500", 1),
        ("4711", "20120510123600", 1),
    ]


@pytest.mark.parametrize(("rows", "kept"), [(OBSERVATIONS_MAX, 1), (OBSERVATIONS_MAX + 1, 0)])
def test_a_message_has_so_many_observations_and_no_more(rows: int, kept: int) -> None:
    segments = ["MSH|^~\\&|MON|ICU|||20120510123510||ORU^R01|1|P|2.4", *["OBX|1|NM|x||1"] * rows]
    if kept:
        assert len(parse_message(segments).groups[0].observations) == rows
    else:
        with pytest.raises(BadFrame, match="too many"):
            parse_message(segments)


def test_f12_values_below_a_bed_are_of_that_bed_without_an_order_too() -> None:
    """F12: PV1-3 names the bed where PID-3 names nobody; an OBX may stand there without OBR."""
    head = "MSH|^~\\&|MON|ICU|||20120510123510||ORU^R01|1|P|2.4"
    for patient, subject in (("4711^^^HOSP", "4711"), ("", "bed-4")):
        found = parse_message([head, f"PID|||{patient}", "PV1||I|ICU^^bed-4", "OBX|1|NM|x||1"])
        assert [(group.subject, len(group.observations)) for group in found.groups] == [(subject, 1)]
