"""The envelope, byte for byte: golden vectors, every byte changed, every length, any bytes at all."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.links.mqtt.envelope import (
    PAYLOAD_MAX,
    VALID_MAX_MS,
    Direction,
    Envelope,
    EnvelopeError,
    Kind,
    Refusal,
    seal,
    unseal,
)

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "mqtt-link.md"
KEY = bytes(range(32))
TOPIC = "ward-3/bed-4/pump-1"
NEAR, FAR = b"N" * 16, b"F" * 16
DATA = Envelope(Kind.DATA, Direction.DOWN, 1000, NEAR, FAR, 7, 123_456, 987_654, b"\x7e\x00\xff\x0d")

envelopes = st.builds(
    Envelope,
    st.sampled_from(Kind),
    st.sampled_from(Direction),
    st.integers(0, VALID_MAX_MS),
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=300),
)


def by_hand(envelope: Envelope, key: bytes, topic: str) -> bytes:
    """The page's words a second time: no struct, no hmac."""
    body = b"IFL1" + bytes([envelope.kind, envelope.direction])
    body += envelope.valid_ms.to_bytes(2, "big") + envelope.near + envelope.far
    for number in (envelope.counter, envelope.stamp_ms, envelope.echo_ms):
        body += number.to_bytes(8, "big")
    body += len(envelope.payload).to_bytes(2, "big") + envelope.payload
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + topic.encode() + b"\0" + body).digest()
    return body + hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).digest()


def refusal(data: bytes, key: bytes = KEY, topic: str = TOPIC) -> Refusal:
    with pytest.raises(EnvelopeError) as caught:
        unseal(data, key, topic)
    return caught.value.refusal


@given(envelopes, st.binary(min_size=32, max_size=32), st.from_regex(r"[a-z]{1,9}(/[a-z]{1,9}){0,3}"))
def test_what_is_sealed_is_what_the_page_says_and_opens_again(
    envelope: Envelope, key: bytes, topic: str
) -> None:
    data = seal(envelope, key, topic)
    assert data == by_hand(envelope, key, topic)
    assert unseal(data, key, topic) == envelope


def test_f28_every_changed_byte_is_refused() -> None:
    data = seal(DATA, KEY, TOPIC)
    for at in range(len(data)):
        for change in (0x01, 0x80, 0xFF):
            changed = data[:at] + bytes([data[at] ^ change]) + data[at + 1 :]
            assert refusal(changed) in (Refusal.MALFORMED, Refusal.KEY)


def test_f28_every_truncation_and_every_tail_is_refused() -> None:
    data = seal(DATA, KEY, TOPIC)
    for size in range(len(data)):
        assert refusal(data[:size]) in (Refusal.MALFORMED, Refusal.KEY)
    assert refusal(data + b"\0") is Refusal.KEY
    assert refusal(data + data) is Refusal.KEY
    assert refusal(b"IFL1" + bytes(100_000)) is Refusal.MALFORMED


def test_f28_another_key_or_another_topic_is_refused() -> None:
    data = seal(DATA, KEY, TOPIC)
    assert refusal(data, key=bytes(32)) is Refusal.KEY
    assert refusal(data, topic="ward-3/bed-5/pump-1") is Refusal.KEY
    assert refusal(data, topic=TOPIC + "/down") is Refusal.KEY


def test_well_sealed_nonsense_is_no_envelope() -> None:
    for kind, direction, valid_ms, length in (
        (0, 0x44, 1000, 0),
        (6, 0x44, 1000, 0),
        (4, 0x46, 1000, 0),
        (4, 0x44, 2001, 0),
        (4, 0x44, 1000, 1),
    ):
        body = b"IFL1" + bytes([kind, direction]) + valid_ms.to_bytes(2, "big") + NEAR + FAR + bytes(24)
        body += length.to_bytes(2, "big")
        block = KEY.ljust(64, b"\0")
        inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + TOPIC.encode() + b"\0" + body).digest()
        sealed = body + hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).digest()
        assert refusal(sealed) is Refusal.MALFORMED


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"IFL1" + tail))
def test_any_bytes_are_refused_and_nothing_else_happens(data: bytes) -> None:
    assert refusal(data) in (Refusal.MALFORMED, Refusal.KEY)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(DATA, payload=bytes(PAYLOAD_MAX + 1)),
        replace(DATA, valid_ms=VALID_MAX_MS + 1),
        replace(DATA, near=b"short"),
        replace(DATA, counter=2**64),
        replace(DATA, stamp_ms=-1),
    ],
)
def test_what_no_receiver_would_take_is_not_sealed(wrong: Envelope) -> None:
    with pytest.raises(ValueError, match=r"."):
        seal(wrong, KEY, TOPIC)


def test_a_key_of_another_length_seals_nothing() -> None:
    with pytest.raises(ValueError, match="a key has 32 bytes"):
        seal(DATA, b"short", TOPIC)


def test_the_vectors_of_the_page() -> None:
    """Their MACs were made with openssl, as the page says."""
    text = PAGE.read_text(encoding="utf-8")
    vectors = dict(re.findall(r"^\| `(hello|welcome|data|end)` \| `([0-9a-f ]+)` \|$", text, re.MULTILINE))
    opened = {name: unseal(bytes.fromhex(data), KEY, TOPIC) for name, data in vectors.items()}
    zero = bytes(16)
    near, far = (
        bytes.fromhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"),
        bytes.fromhex("b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"),
    )
    assert opened == {
        "hello": Envelope(Kind.HELLO, Direction.DOWN, 1000, near, zero, 0, 5000, 0),
        "welcome": Envelope(Kind.WELCOME, Direction.UP, 1000, near, far, 0, 900_000, 5000),
        "data": Envelope(
            Kind.DATA, Direction.DOWN, 1000, near, far, 2, 5100, 900_050, b"\x7e\x00\x01\x1d\x0e\x7e"
        ),
        "end": Envelope(Kind.END, Direction.UP, 1000, near, far, 9, 901_000, 5900, b"unplugged"),
    }
