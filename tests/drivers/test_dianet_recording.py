"""DIANET-Star recordings of both directions: questions, answers and refusals told apart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.pumps.dianet_star.recording import Recording
from tests.drivers import dianet_peer as peer


def said(*frames: bytes) -> list[tuple[str, object, bool]]:
    return [(one.signal, one.value, one.valid) for one in Recording().feed(b"".join(frames))]


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (peer.IDENT_00, "request"),
        (peer.IDENT_REPLY, "reply"),
        (peer.CC_FERNSTEUER, "request"),
        (peer.CC_ACCEPTED, "reply"),
        (peer.STATUS, "request"),
        (peer.SET_TARGET, "request"),
        (peer.TARGET_REFUSED, "refusal"),
        (peer.TARGET_ACCEPTED, "reply"),
        (peer.START, "request"),
        (peer.wire("41110601"), "request"),
        (peer.ACTION_ACCEPTED, "reply"),
        (peer.ACTION_REFUSED, "refusal"),
        (peer.STUFFED_STATUS, "reply"),
    ],
)
def test_each_documented_frame_has_its_kind(frame: bytes, kind: str) -> None:
    recording = Recording()
    recording.feed(frame)
    assert recording.tally().accepted == {kind: 1}
    assert recording.tally().rejected == {}


def test_a_status_in_our_words() -> None:
    assert said(peer.STATUS_REPLY) == [
        ("motion", "infusing", True),
        ("rate", Decimal("12.5"), True),
        ("limit_left", Decimal("7.3"), True),
        ("mains", "on", True),
        ("alarm", "limit_reached", True),
        ("local_change", "target", True),
    ]


def test_the_other_answers() -> None:
    assert said(peer.ISTWERT_REPLY) == [
        ("counter", Decimal("2.7"), True),
        ("pressure", Decimal(12), True),
        ("battery", Decimal(240), True),
    ]
    assert said(peer.SOLLWERT_REPLY) == [
        ("set_rate", Decimal("12.5"), True),
        ("set_limit", Decimal(10), True),
        ("drug", "CARBOPLATIN", True),
    ]
    assert said(peer.IDENT_REPLY) == [
        ("model", "Perfusor fm", True),
        ("serial", "12345", True),
        ("firmware", "PFM A12345", True),
        ("protocol", "000E", True),
    ]
    assert said(peer.LIMITS_REPLY) == [
        ("rate_min", Decimal("0.3"), True),
        ("rate_max", Decimal(300), True),
        ("limit_max", Decimal(999), True),
    ]


def test_nothing_left_is_used_up_only_where_a_limit_was_stored() -> None:
    """A remainder of 0 without a stored limit is unlimited (F7); one that was overwritten says nothing."""
    empty = peer.status(remaining=0)
    left = ("limit_left", Decimal(0), True)
    assert ("limit_left", None, False) in said(empty)
    assert left in said(peer.sollwert(1250, 100), empty)
    assert ("limit_left", None, False) in said(peer.sollwert(1250, 0), empty)
    assert left not in said(peer.sollwert(1250, 100), peer.TARGET_ACCEPTED, empty)


def test_a_good_crc_over_a_wrong_length_is_no_reading() -> None:
    recording = Recording()
    assert recording.feed(peer.wire("41020600")) == []
    assert recording.tally().rejected == {"length": 1}


def test_a_recording_in_the_middle_of_a_frame() -> None:
    recording = Recording()
    recording.feed(peer.STATUS_REPLY[5:] + peer.STATUS + peer.STATUS_REPLY + peer.STATUS[:3])
    recording.finish()
    tally = recording.tally()
    assert tally.accepted == {"request": 1, "reply": 1}
    assert tally.rejected == {"no start": 1, "unfinished": 1}
