"""NE-1000 frames pinned to the bytes of the documents, both ways, cut anywhere, among any bytes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadFrame, OutOfRange
from drivers.pumps.ne_1000 import frames
from drivers.pumps.ne_1000.frames import Decoder, Reply
from simulators.wires import ne_1000_codec as pump

D = Decimal
SAFE_REQUESTS = [
    ("SAF0", "0208 53414630 5543 03"),
    ("0SAF0", "0209 3053414630 59AD 03"),
    ("0SAF10", "020A 305341463130 63BE 03"),
    ("0SAF", "0208 30534146 3D88 03"),
    ("0", "0205 30 3653 03"),
    ("0DIS", "0208 30444953 3046 03"),
]
BASIC_REQUESTS = ["0VER", "0DIA26.59", "0VOLUL", "0VOL2500", "0RAT500UM", "0RUN", "0DIS", "0STP"]
REPLIES = [
    (b"\x0200A?R\x03", Reply(0, "", "R", "", safe=False)),
    (b"\x0200S\x03", Reply(0, "S", "", "", safe=False)),
    (b"\x0200SNE1000V3.923\x03", Reply(0, "S", "", "NE1000V3.923", safe=False)),
    (b"\x0200I\x03", Reply(0, "I", "", "", safe=False)),
    (b"\x0200II250.4W0.000UL\x03", Reply(0, "I", "", "I250.4W0.000UL", safe=False)),
    (b"\x0200P\x03", Reply(0, "P", "", "", safe=False)),
    (b"\x0200S?OOR\x03", Reply(0, "S", "", "?OOR", safe=False)),
    (b"\x0200A?S\x03", Reply(0, "", "S", "", safe=False)),
    (bytes.fromhex("0207 303053 AAA6 03"), Reply(0, "S", "", "", safe=True)),
    (bytes.fromhex("0209 3030533130 276E 03"), Reply(0, "S", "", "10", safe=True)),
    (
        bytes.fromhex("0215") + b"00SI250.6W0.000UL" + bytes.fromhex("B18B03"),
        Reply(0, "S", "", "I250.6W0.000UL", safe=True),
    ),
]
STREAM = b"".join(data for data, _ in REPLIES)


def heard(pieces: Iterable[bytes]) -> list[Reply]:
    decoder = Decoder()
    return [reply for piece in pieces for reply in decoder.feed(piece)]


@pytest.mark.parametrize(("text", "data"), SAFE_REQUESTS)
def test_documented_packets_are_what_is_written_and_what_the_pump_reads(text: str, data: str) -> None:
    raw = bytes.fromhex(data)
    if text[0] == "0":
        assert frames.safe(0, text[1:]) == raw
    assert pump.packet(text) == raw
    splitter = pump.Splitter()
    found = [splitter.feed(byte, 0, packets=True, lines=False) for byte in raw]
    assert found[-1] == pump.Command(text, safe=True)
    assert found[:-1] == [None] * (len(raw) - 1)


@pytest.mark.parametrize("text", BASIC_REQUESTS)
def test_documented_lines_are_what_is_written_and_what_the_pump_reads(text: str) -> None:
    raw = text.encode() + b"\r"
    assert frames.basic(0, text[1:]) == raw
    splitter = pump.Splitter()
    loose = b" " + text.lower().encode() + b"\n\r"
    for line in (raw, loose):
        found = [splitter.feed(byte, 0, packets=False, lines=True) for byte in line]
        assert found[-1] == pump.Command(text, safe=False)


@pytest.mark.parametrize(("data", "reply"), REPLIES)
def test_documented_replies_are_read_and_are_what_the_pump_writes(data: bytes, reply: Reply) -> None:
    assert heard([data]) == [reply]
    payload = f"00{'A?' + reply.alarm if reply.alarm else reply.status + reply.data}"
    assert (pump.packet(payload) if reply.safe else pump.line(payload)) == data


@pytest.mark.parametrize("cut", range(1, len(STREAM)))
def test_a_stream_cut_at_any_byte(cut: int) -> None:
    assert heard([STREAM[:cut], STREAM[cut:]]) == [reply for _, reply in REPLIES]


def test_byte_by_byte() -> None:
    assert heard(STREAM[i : i + 1] for i in range(len(STREAM))) == [reply for _, reply in REPLIES]


@pytest.mark.parametrize(("data", "reply"), REPLIES)
def test_a_reply_behind_the_beginning_of_another(data: bytes, reply: Reply) -> None:
    """A packet cut short, a line cut short, and noise: the reply that follows is heard."""
    for torn in (b"\x02", b"\x0200", b"\x02\x09", b"\x02\x07\x30", b"\xff\x03\x00", b"\x02\x02\x02"):
        assert reply in heard([torn, data, STREAM]), torn


@pytest.mark.parametrize("place", range(1, 7))
def test_a_damaged_packet_is_none(place: int) -> None:
    raw = bytearray.fromhex("0207303053AAA603")
    for bit in range(8):
        hurt = bytes(raw[:place]) + bytes([raw[place] ^ 1 << bit]) + bytes(raw[place + 1 :])
        assert not [reply for reply in heard([hurt]) if reply.safe]


@given(
    st.lists(st.one_of(st.binary(max_size=90), st.sampled_from([data for data, _ in REPLIES])), max_size=8)
)
def test_any_bytes_any_cut_bounded_memory(pieces: list[bytes]) -> None:
    decoder = Decoder()
    found = []
    for piece in pieces:
        found += decoder.feed(piece)
        assert decoder.held <= frames.BASIC_LONGEST + 1
    stream = b"".join(pieces)
    assert heard(stream[i : i + 1] for i in range(len(stream))) == found
    decoder.reset()
    assert decoder.feed(STREAM) == [reply for _, reply in REPLIES]


@given(st.integers(1, 9_999_999))
def test_a_number_is_written_exactly_or_not_at_all(thousandths: int) -> None:
    """Always a point, four digits, three behind it; the pump reads the same value."""
    value = D(thousandths) / 1000
    fits = value == value.quantize(D(1).scaleb(max(value.adjusted() - 3, -3)))
    if not fits:
        with pytest.raises(OutOfRange):
            frames.number(value)
        return
    text = frames.number(value)
    assert text.count(".") == 1
    assert sum(one.isdigit() for one in text) <= 4
    assert D(text) == value
    assert pump.number_of(text, may_round=False) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.001", "0.001"),
        ("0.5", "0.5"),
        ("12.34", "12.34"),
        ("250.40", "250.4"),
        ("500", "500.0"),
        ("2500", "2500."),
        ("1E+3", "1000."),
    ],
)
def test_numbers_with_a_point(value: str, text: str) -> None:
    assert frames.number(D(value)) == text


@pytest.mark.parametrize("value", ["0", "-1", "0.0005", "12.345", "1000.5", "10000", "NaN", "Infinity"])
def test_numbers_the_pump_does_not_take(value: str) -> None:
    with pytest.raises(OutOfRange):
        frames.number(D(value))


def test_values_with_their_units() -> None:
    dispensed = frames.parse_dispensed("I250.4W0.000UL")
    assert (dispensed.infused_ml, dispensed.withdrawn_ml) == (D("0.2504"), D(0))
    assert frames.parse_dispensed("I2.504W0.000ML").infused_ml == D("2.504")
    assert frames.parse_rate("500.0UM") == 30
    assert frames.parse_rate("12.34MH") == D("12.34")
    assert frames.parse_rate("1.5MM") == 90
    assert frames.parse_rate("250.UH") == D("0.25")
    assert (frames.parse_volume("2500.UL"), frames.parse_volume("0.000ML")) == (D("2.5"), D(0))


@pytest.mark.parametrize("data", ["", "I.W.ML", "I1.0W0.0", "I1.0ML", "I1W1XL", "1.0", "IxW0ML"])
def test_what_is_no_count(data: str) -> None:
    with pytest.raises(BadFrame):
        frames.parse_dispensed(data)
    for parse in (frames.parse_rate, frames.parse_volume):
        with pytest.raises(BadFrame):
            parse(data)


def test_f25_the_unit_grows_with_the_value() -> None:
    """F25: 2.504, 250.4, 1000: four digits, as the pump shows them."""
    for value, text in [
        ("0", "0.000"),
        ("0.0004", "0.000"),
        ("2.5049", "2.504"),
        ("25.049", "25.04"),
        ("250.49", "250.4"),
        ("1000.9", "1000."),
        ("9.9996", "9.999"),
    ]:
        assert pump.shown(D(value)) == text
    assert pump.shown(D("9.9996"), rounded=True) == "10.00"


def test_each_frame_that_is_none_counts_once() -> None:
    """A checksum that is wrong, twice; the reply between them is read."""
    good = bytes.fromhex("0207 303053 AAA6 03")
    wrong = bytes.fromhex("0207 303053 AAA7 03")
    decoder = Decoder()
    assert len(decoder.feed(wrong + good + wrong)) == 1
    assert decoder.rejected == {"crc": 2}


@pytest.mark.parametrize("frame", ["0208 303053 AAA6 03", "0206 303053 AAA6 03", "0203 AA 03"])
def test_a_length_that_is_not_the_frames_is_refused(frame: str) -> None:
    with pytest.raises(BadFrame, match="length"):
        frames.parse(bytes.fromhex(frame))
