"""How the bytes of a stream are cut into reads changes nothing: not a frame, not a count, not a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.monitors.s5_dri import frames as s5
from drivers.pumps.dianet_star import frames as dianet
from tests.drivers import dianet_peer, s5_peer

STREAM = st.lists(
    st.one_of(
        st.sampled_from(
            [
                dianet_peer.STATUS_REPLY,
                dianet_peer.STUFFED_STATUS,
                s5_peer.DISPLAY_10_S,
                s5_peer.framed(s5_peer.header(42, 0, 0, [(0, 0)]) + b"\x7e\x7d"),
                b"\x01" * (dianet.BODY_MAX - 1),
            ]
        ),
        st.lists(st.sampled_from(b"\x7e\x7d\x80\x5d\x5e\xa0\x41\x00"), max_size=12).map(bytes),
    ),
    max_size=6,
).map(b"".join)


@given(STREAM, st.lists(st.integers(1, 400), max_size=20))
def test_any_cut_gives_what_byte_by_byte_gives(stream: bytes, lengths: list[int]) -> None:
    for make in (dianet.Decoder, s5.Decoder):
        slow, fast = make(), make()
        expected = [frame for byte in stream for frame in slow.feed(bytes((byte,)))]
        found: list[object] = []
        rest = stream
        for length in [*lengths, len(stream) + 1]:
            found += fast.feed(rest[:length])
            rest = rest[length:]
        assert found == expected
        assert fast.rejected == slow.rejected


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        (b"\x01" * 256 + b"\x80", "raw 80"),
        (b"\x01" * 257 + b"\x80", "too long"),
        (b"\x01" * 255 + b"\x7d\x41", "stuffing"),
        (b"\x01" * 256 + b"\x7d\x41", "too long"),
        (b"\x41\x7d\x80", "raw 80"),
        (b"\x41\x7d\x41\x80", "stuffing"),
        (b"\x41\x7d\x7d\x5e", "stuffing"),
    ],
)
def test_of_several_faults_the_first_is_counted(inner: bytes, reason: str) -> None:
    decoder = dianet.Decoder()
    assert decoder.feed(b"\x7e" + inner + b"\x7e") == []
    assert decoder.rejected == {reason: 1}


@given(st.binary(min_size=2, max_size=80))
def test_the_crc_is_the_one_put_in_words(body: bytes) -> None:
    assert dianet.encode(body[0], body[1], body[2:]) == dianet_peer.wire(body.hex())


TRICKY = st.lists(st.sampled_from(b"\x7e\x7d\x80\x5d\x5e\xa0\x20"), max_size=40).map(bytes)


@given(TRICKY)
def test_what_was_stuffed_is_read_as_it_was(data: bytes) -> None:
    (reply,) = dianet.Decoder().feed(dianet_peer.wire("410206" + data.hex()))
    assert reply.data == data
    (record,) = s5.Decoder().feed(s5_peer.framed(s5_peer.header(40 + len(data), 0, 0, []) + data))
    assert record.body == data
    assert s5.encode(data) == s5_peer.framed(data)
