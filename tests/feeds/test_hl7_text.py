"""HL7 text and MLLP, against a reader we did not write and against any bytes."""

from __future__ import annotations

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.feeds.hl7.mllp import END, MESSAGE_MAX, START, Unwrapper, wrap
from daemon.feeds.hl7.text import components, escape, message, read_answer, segment, unescape

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(ANY)
def test_h3_escaping_is_exact_both_ways(value: str) -> None:
    """(A) H3."""
    assert unescape(escape(value)) == value
    assert not set(escape(value)) & set("|^~&\r\n\x0b\x1c\x00")


def test_h4_no_text_ends_or_begins_a_frame() -> None:
    """(A) H4."""
    text = "spo2\x1c\r\x0b 88\x00\x7f\t%"
    data = message(["MSH|^~\\&|A", segment("OBX", "1", "ST", escape(text))])
    assert Unwrapper().feed(wrap(data)) == [data]
    assert not {byte for byte in data if byte < 32} - {0x0D}
    assert unescape(escape(text)) == text


@given(ANY)
def test_h3_any_text_unescapes_to_something(text: str) -> None:
    """(A) H3."""
    assert isinstance(unescape(text), str)


@given(st.lists(ANY, min_size=1, max_size=4))
def test_h3_no_value_moves_a_field(values: list[str]) -> None:
    """(A) H3: Read back by `hl7`: what stands behind is where it was put."""
    read = hl7.parse(message(["MSH|^~\\&|A", segment("OBX", "1", "ST", components(*values), "end")]).decode())
    row = read.segments("OBX")[0]
    assert str(row[4]) == "end"
    assert str(row[1]) == "1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a\\F\\b", "a|b"),
        ("\\X0D0A\\", "\r\n"),
        ("\\Zz\\", "\\Zz\\"),
        ("a\\", "a\\"),
        ("\\XZZ\\", "\\XZZ\\"),
        ("\\E\\F\\", "\\F\\"),
    ],
)
def test_h3_sequences_that_are_known_and_not(text: str, value: str) -> None:
    """(A) H3."""
    assert unescape(text) == value


@pytest.mark.parametrize(
    "data",
    [
        b"MSH|^~\\&|X|Y|||20270314||ACK|7|P|2.6\rMSA|AA|A7F3-000140\r",
        b"MSH|^~\\&#|X|Y|||20270314||ACK^R40^ACK|7|P|2.7\rMSA|AA|A7F3-000140|\r",
        b"MSH*^~\\&*X*Y****ACK*7*P*2.3\rMSA*AA*A7F3-000140\r",
        b"MSH|^~\\&|X\nMSA|AA|A7F3-000140\n",
    ],
)
def test_h4_answers_of_different_makers(data: bytes) -> None:
    """(A) H4."""
    answer = read_answer(data)
    assert answer is not None
    assert (answer.code, answer.about, answer.text) == ("AA", "A7F3-000140", "")


def test_h4_the_reason_of_a_refusal_is_read() -> None:
    """(A) H4."""
    plain = read_answer(b"MSH|^~\\&|X\rMSA|AE|1|no such patient\r")
    coded = read_answer(b"MSH|^~\\&|X\rMSA|CR|1\rERR||PID^1|204^Unknown key^HL70357|E||||no \\T\\ such\r")
    assert plain is not None
    assert coded is not None
    assert (plain.text, coded.text) == ("no such patient", "no & such")


@given(st.binary(max_size=200))
def test_h4_any_bytes_are_an_answer_or_none(data: bytes) -> None:
    """(A) H4."""
    read_answer(data)
    read_answer(b"MSH|^~\\&|X\r" + data)


BODY = "MSH|^~\\&|é\rMSA|AA|1\r".encode()


@pytest.mark.parametrize("cut", range(len(wrap(BODY)) + 1))
def test_h4_a_frame_cut_at_every_byte(cut: int) -> None:
    """(A) H4."""
    unwrapper, data = Unwrapper(), wrap(BODY)
    assert [*unwrapper.feed(data[:cut]), *unwrapper.feed(data[cut:])] == [BODY]


def test_h4_joined_frames_and_noise_between_them() -> None:
    """(A) H4."""
    assert Unwrapper().feed(b"\r\n" + wrap(b"1") + b"noise" + wrap(b"2")) == [b"1", b"2"]


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_h4_any_bytes_leave_the_next_frame_whole(chunks: list[bytes]) -> None:
    """(A) H4, P11: whatever came before, a frame that begins after an end is read."""
    unwrapper = Unwrapper()
    for chunk in chunks:
        unwrapper.feed(chunk)
    unwrapper.feed(END)
    assert unwrapper.feed(wrap(BODY))[-1:] == [BODY]


def test_h4_a_message_without_an_end_is_thrown_away_in_bounded_memory() -> None:
    """(A) H4."""
    unwrapper = Unwrapper()
    unwrapper.feed(START)
    for _ in range(100):
        assert unwrapper.feed(b"x" * 10_000) == []
        assert len(unwrapper._buffer) <= MESSAGE_MAX + 10_000
    found = unwrapper.feed(END + wrap(b"next"))
    assert found[-1] == b"next"
    assert all(len(one) <= MESSAGE_MAX for one in found)
