"""NE-1000 recordings of both directions and both modes: what the pump said, and what was asked of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.pumps.ne_1000.recording import Recording
from tests.drivers.test_ne_1000_frames import BASIC_REQUESTS, REPLIES, SAFE_REQUESTS

D = Decimal


def said(*frames: bytes) -> list[tuple[str, object, bool]]:
    return [(one.signal, one.value, one.valid) for one in Recording().feed(b"".join(frames))]


@pytest.mark.parametrize("data", [data for _, data in SAFE_REQUESTS])
def test_documented_packets_are_requests(data: str) -> None:
    recording = Recording()
    assert recording.feed(bytes.fromhex(data)) == []
    assert (recording.tally().accepted, recording.tally().rejected) == ({"request": 1}, {})


def test_each_documented_frame_has_its_kind() -> None:
    recording = Recording()
    recording.feed(b"".join(text.encode() + b"\r" for text in BASIC_REQUESTS))
    assert recording.tally().accepted == {"request": len(BASIC_REQUESTS)}
    kinds = ["alarm", *["reply"] * 5, "refusal", "alarm", *["reply"] * 3]
    for (data, _), kind in zip(REPLIES, kinds, strict=True):
        recording = Recording()
        recording.feed(data)
        assert recording.tally().accepted == {kind: 1}
        assert recording.tally().rejected == {}


def test_replies_in_our_words() -> None:
    assert said(b"\x0200A?R\x03", b"\x0200A?S\x03", b"\x0200A?x\x03") == [
        ("alarm", "power_reset", True),
        ("alarm", "occlusion", True),
        ("alarm", "unknown", True),
    ]
    assert said(b"\x0200SNE1000V3.923\x03") == [
        ("motion", "stopped", True),
        ("model", "NE1000", True),
        ("firmware", "3.923", True),
    ]
    assert said(b"\x0200II250.4W0.000UL\x03") == [
        ("motion", "infusing", True),
        ("counter", D("0.2504"), True),
    ]
    assert said(b"\x0200I500.0UM\x03")[1:] == [("rate", D(30), True)]
    assert said(b"\x0200S12.34MH\x03")[1:] == [("set_rate", D("12.34"), True)]
    assert said(b"\x0200P2500.UL\x03")[1:] == [("set_limit", D("2.5"), True)]
    assert said(b"\x0200X\x03", b"\x0200W\x03", b"\x0200T\x03") == [
        ("motion", "bolus", True),
        ("motion", "program", True),
        ("motion", "program", True),
    ]


def test_f7_volume_0_is_no_limit_and_never_0() -> None:
    """F7: null, with its reason."""
    (_, limit) = Recording().feed(b"\x0200S0.000ML\x03")
    assert (limit.value, limit.valid, limit.reason) == (None, False, "inactive: no limit")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes.fromhex("0207303053AAA703"), "crc"),
        (b"\x02\x01", "length"),
        (b"\x0200SI1.0W0.0XL\x03", "payload"),
        (b"\x0200QI\x03", "payload"),
        (b"\xff\xfe", "no start"),
        (b"\x0200S", "unfinished"),
        (b"\x02" + b"0" * 80, "too long"),
    ],
)
def test_each_reason(data: bytes, reason: str) -> None:
    recording = Recording()
    readings = [*recording.feed(data), *recording.finish()]
    assert readings == []
    assert recording.tally().rejected == {reason: 1}
    assert recording.tally().accepted == {}
