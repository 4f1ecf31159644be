"""HL7 messages at their edges: the longest block, the shortest header, odd separators, every field."""

from __future__ import annotations

from collections import Counter

import pytest

from drivers.errors import BadFrame
from drivers.monitors.hl7_oru.frames import Decoder
from drivers.monitors.hl7_oru.message import Message, Observation, header_of, parse_message
from tests.drivers import hl7_lines as lines
from tests.drivers.hl7_lines import message

HEAD = "MSH|^~\\&|MON|ICU|||20120510123510||ORU^R01|1|P|2.4"
LONGEST = 65_536


def observed(row: str) -> Observation:
    (group,) = parse_message([HEAD, row]).groups
    (found,) = group.observations
    return found


@pytest.mark.parametrize(("size", "kept"), [(LONGEST - 1, True), (LONGEST, True), (LONGEST + 1, False)])
@pytest.mark.parametrize("cut", [1, 40_000])
def test_the_longest_message_whole_and_in_two(size: int, cut: int, *, kept: bool) -> None:
    body = f"{HEAD}\r{lines.SPO2}\rZZZ|".encode()
    body += b"x" * (size - len(body))
    decoder = Decoder()
    (found,) = decoder.feed(b"\x0b" + body[:cut]) + decoder.feed(body[cut:] + b"\x1c\r")
    assert isinstance(found, Message) is kept
    assert decoder.rejected == Counter({} if kept else {"too long": 1})
    assert found.header is not None
    assert found.header.control_id == "1"
    assert len(decoder.feed(message(lines.SPO2))) == 1


def test_a_reset_and_the_end_of_a_stream_forget_the_half_of_a_message() -> None:
    block = message(lines.SPO2)
    decoder = Decoder()
    decoder.feed(block[:40])
    decoder.reset()
    assert decoder.held == 0
    assert decoder.feed(b"\r\n") == []
    decoder.finish()
    assert not decoder.rejected, "between blocks nothing is unfinished"
    decoder.feed(block[:40])
    decoder.finish()
    assert decoder.held == 0
    assert decoder.feed(block[40:]) == []
    assert decoder.rejected == Counter({"unfinished": 1, "no start": 1})
    decoder.feed(b"noise")
    decoder.finish()
    decoder.finish()
    assert decoder.rejected == Counter({"unfinished": 1, "no start": 2})


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        ("MSH|^~\\&", "no MSH"),
        ("MSH|^~\\&|", "no control id"),
        ("MSHx^~\\&xMONxICUxxxxxORUx1", "separators"),
        ("MSH|a~\\&|MON|ICU|||||ORU|1", "separators"),
        ("MSH|^b\\&|MON|ICU|||||ORU|1", "separators"),
        ("MSH|^~3&|MON|ICU|||||ORU|1", "separators"),
        ("MSH|^~\\d|MON|ICU|||||ORU|1", "separators"),
        ("MSH|^~\\\x01|MON|ICU|||||ORU|1", "separators"),
        ("MSH\x1e^~\\&\x1eMON\x1eICU\x1e\x1e\x1e\x1e\x1eORU\x1e1", "separators"),
        ("MSH|^~^&|MON|ICU|||||ORU|1", "separators"),
        ("MSH|^~\\&|MON|ICU|||||ORU", "no control id"),
    ],
)
def test_what_is_no_header_says_why(segment: str, reason: str) -> None:
    with pytest.raises(BadFrame, match=f"^{reason}$"):
        header_of(segment)


@pytest.mark.parametrize(
    ("marks", "separators"),
    [
        ("^~\\&", "|^~\\&"),
        ("^~\\&#", "|^~\\&"),
        ("^~\\", "|^~\\&"),
        ("^", "|^~\\&"),
        ("", "|^~\\&"),
        ("*!", "|*!\\&"),
    ],
)
def test_marks_left_out_are_the_usual_ones_and_a_fifth_is_not_read(marks: str, separators: str) -> None:
    """MSH-2; the fifth, for cut values, is of version 2.7."""
    header = header_of(f"MSH|{marks}|MON|ICU|||||ORU|42")
    assert (header.separators, header.application, header.facility) == (separators, "MON", "ICU")
    assert (header.type, header.trigger, header.control_id) == ("ORU", "", "42")


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ((lines.SPO2.replace("||98|", "|||"),), "blank"),
        ((lines.SPO2.replace("||98|", "|||").replace("|F", "|X"),), "observations"),
        ((lines.ALERT.replace("HR Low, HR=55 /min", ""),), "blank"),
        ((lines.ALERT, lines.SPO2.replace("||98|", "|||")), "alarm"),
        ((lines.ALERT, lines.SPO2.replace("||98|", "|||").replace("|F", "|X")), "observations"),
    ],
)
def test_a_result_that_cannot_be_obtained_says_something_and_nothing_measured_does_not(
    rows: tuple[str, ...], kind: str
) -> None:
    assert parse_message([HEAD, *rows]).kind == kind


@pytest.mark.parametrize(
    ("location", "subject"),
    [
        ("ICU", ""),
        ("ICU^room 2", ""),
        ("ICU^room 2^bed-4", "bed-4"),
        ("ICU^^ bed-4 ^HOSP", "bed-4"),
        ("", ""),
    ],
)
def test_f12_only_the_third_part_of_pv1_3_is_a_bed(location: str, subject: str) -> None:
    """F12: a unit or a room names neither a patient nor a bed."""
    (group,) = parse_message([HEAD, f"PV1||I|{location}", "OBX|1|NM|x||1"]).groups
    assert group.subject == subject


def test_every_field_of_an_observation() -> None:
    """OBX-3 (three parts), 4, 5, 6, 8 (each first part of every repetition), 11, 14, 17."""
    row = (
        "OBX|1|NM| 150021 ^ MDC_X ^ MDC ^z|1.11.1.1^z~2| 122 ^z~9| 266016 ^ MMHG ^MDC~7|90-140"
        "| INV ^z~ N ~~H^z|||R ^z|x|y| 20260101120000 ^z|||  auto ^^ NIBP ^~other"
    )
    assert observed(row) == Observation(
        code="150021",
        name="MDC_X",
        system="MDC",
        place="1.11.1.1",
        value="122",
        unit=("266016", "MMHG", "MDC"),
        flags=("INV", "N", "H"),
        status="R",
        at="20260101120000",
        method="auto NIBP",
    )


def test_an_observation_of_nothing_but_its_name() -> None:
    assert observed("OBX|1|NM|x") == Observation("x", "", "", "", "", ("",), (), "", "", "")
    assert observed("OBX") == Observation("", "", "", "", "", ("",), (), "", "", "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("\\F\\", "|"),
        ("\\S\\", "^"),
        ("\\R\\", "~"),
        ("\\E\\", "\\"),
        ("\\T\\", "&"),
        ("1\\F\\2\\S\\3\\R\\4\\E\\5\\T\\6", "1|2^3~4\\5&6"),
        ("\\H\\72\\N\\", "72"),
        ("7\\X41\\2", "72"),
        ("7\\2", "7\\2"),
    ],
)
def test_every_escape_stands_for_its_separator(written: str, meant: str) -> None:
    """HL7 2.6, chapter 2.7: F, S, R, E, T; highlighting and bytes in hex are left out."""
    assert observed(f"OBX|1|ST|x||{written}").value == meant
    assert observed(f"OBX|1|ST|x||1||| {written} ").flags == (meant,)


@pytest.mark.parametrize("byte", sorted(set(range(256)) - {0x0B, 0x1C}))
def test_every_byte_alone_between_two_messages(byte: int) -> None:
    """CR, LF, space and NUL are padding; anything else was a message whose beginning is lost."""
    decoder = Decoder()
    assert len(decoder.feed(message(lines.SPO2) + bytes((byte,)) + message(lines.SPO2))) == 2
    assert decoder.rejected == Counter({} if byte in b"\r\n \0" else {"no start": 1})
