"""BCC frames: the documented bytes in both directions, cut and damaged anywhere, and any bytes at all."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadFrame
from drivers.pumps.bcc import frames
from drivers.pumps.bcc.frames import Block, Damaged, Decoder
from tests.drivers import bcc_wire as wire

STREAM = b"".join(wire.FRAMES)
TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FFF), max_size=60)
BED = st.text([chr(one) for one in (*range(0x2F, 0x3A), *range(0x41, 0x7B))], min_size=1, max_size=15)


@pytest.mark.parametrize("frame", wire.FRAMES, ids=lambda frame: frame[6:-7].decode())
def test_every_documented_frame_in_both_directions(frame: bytes) -> None:
    bed, info, stuffed = wire.FRAMES[frame]
    assert frames.encode(bed, info, stuffed=stuffed) == frame
    (block,) = Decoder().feed(frame)
    assert isinstance(block, Block)
    assert (block.bed, block.info, block.last) == (bed, info.encode(), True)
    assert block.stuffed in {stuffed, None}


def test_a_frame_tells_itself_whether_it_was_stuffed() -> None:
    for frame, (_, _, stuffed) in wire.FRAMES.items():
        (block,) = Decoder().feed(frame)
        assert isinstance(block, Block)
        assert bool(block.stuffed) is stuffed
    (neither,) = Decoder().feed(wire.block(b"206,50100,GNACK,0", bed="1"))
    assert isinstance(neither, Block)
    assert neither.stuffed is None


def test_the_stuffing_is_undone_from_left_to_right_and_not_by_replacing() -> None:
    for text in (b"EX", b"EEX", b"EDX", b"DE", b"eXex", b"EEEX", b"dexE"):
        assert frames.unstuff(frames.stuff(text)) == text
    assert frames.stuff(b"EX") == b"EEX"
    assert frames.unstuff(b"EEX") == b"EX"
    for wrong in (b"D", b"d", b"E", b"eX", b"Ee", b"EEE", b"EM"):
        with pytest.raises(BadFrame, match="stuffing"):
            frames.unstuff(wrong)


@given(BED, TEXT, st.booleans(), st.booleans())
def test_what_a_rack_writes_is_read_as_it_was(bed: str, text: str, last: bool, stuffing: bool) -> None:
    (block,) = Decoder().feed(wire.block(text.encode(), bed=bed, last=last, stuffing=stuffing))
    assert isinstance(block, Block)
    assert (block.bed, block.info, block.last) == (bed, text.encode(), last)
    if last:
        assert frames.encode(bed, text, stuffed=stuffing) == wire.block(
            text.encode(), bed=bed, stuffing=stuffing
        )


@pytest.mark.parametrize("cut", range(1, len(STREAM)))
def test_cut_at_every_byte(cut: int) -> None:
    whole, parts = Decoder(), Decoder()
    assert parts.feed(STREAM[:cut]) + parts.feed(STREAM[cut:]) == whole.feed(STREAM)
    assert (parts.accepted, parts.rejected) == (len(wire.FRAMES), {})


@pytest.mark.parametrize("frame", wire.FRAMES, ids=lambda frame: frame[6:-7].decode())
def test_no_flipped_bit_lost_or_doubled_byte_makes_another_block(frame: bytes) -> None:
    (good,) = Decoder().feed(frame)
    for place in range(len(frame)):
        hurt = [frame[:place] + frame[place + 1 :], frame[:place] + frame[place : place + 1] + frame[place:]]
        hurt += [frame[:place] + bytes([frame[place] ^ 1 << bit]) + frame[place + 1 :] for bit in range(8)]
        for one in hurt:
            found = [item for item in Decoder().feed(one) if isinstance(item, Block)]
            assert found in ([], [good])


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (wire.GET.replace(b"00029", b"00030"), "checksum"),
        (wire.GET.replace(b"00031", b"00032"), "stuffing"),
        (wire.GET_STUFFED.replace(b"00031", b"00032"), "length"),
        (wire.GET.replace(b"\x03", b"\x05"), "end"),
        (wire.GET.replace(b"00031", b"0O031"), "head"),
        (b"\x01short\x04", "short"),
        (wire.block(b"x", bed="SIXTEEN_LETTERS_"), "address"),
        (wire.block(b"x", bed="a b"), "address"),
        (wire.block(b"x", bed=""), "address"),
        (b"\x01" + b"1" * (frames.RAW_MAX + 1) + b"\x04", "too long"),
    ],
)
def test_what_is_no_block_is_counted_by_reason(frame: bytes, reason: str) -> None:
    decoder = Decoder()
    assert decoder.feed(frame) == [Damaged(reason)]
    assert decoder.rejected == {reason: 1}
    assert decoder.feed(wire.GET) != []


def test_a_frame_that_another_begins_in_is_cut_and_the_other_is_read() -> None:
    decoder = Decoder()
    (block,) = decoder.feed(wire.GET[:20] + wire.VERSION_REPLY)
    assert isinstance(block, Block)
    assert decoder.rejected == {"cut": 1}


def test_the_longest_frame_is_read_and_no_more_is_kept() -> None:
    info = b"E" * (frames.LENGTH_MAX - frames.FRAMING - len("BED01/1/1>"))
    decoder = Decoder()
    (block,) = decoder.feed(wire.block(info, stuffing=True))
    assert isinstance(block, Block)
    assert block.info == info
    decoder.feed(b"\x01")
    for _ in range(5):
        decoder.feed(b"x" * 100_000)
        assert decoder.held <= frames.RAW_MAX


def test_any_bytes_are_survived_and_read_in_linear_time() -> None:
    rng = random.Random(5)
    marks = b"\x01\x02\x03\x04\x17DEXdex>/105"
    for _ in range(300):
        decoder = Decoder()
        stream = bytearray(rng.choice([STREAM, bytes(rng.choices(marks, k=400)), rng.randbytes(400)]))
        for _ in range(rng.randrange(4)):
            stream[rng.randrange(len(stream))] = rng.choice(marks)
        for item in decoder.feed(bytes(stream)):
            assert isinstance(item, Block | Damaged)
        assert decoder.held <= len(stream)
    decoder = Decoder()
    for byte in b"\x01" + b"x" * 50_000 + b"\x04":
        decoder.feed(bytes((byte,)))
    assert decoder.rejected.total() == 1


@pytest.mark.parametrize(("size", "reason"), [(11, "short"), (12, "head")])
def test_what_is_too_short_is_told_before_its_head_is_read(size: int, reason: str) -> None:
    """Fourteen bytes frame every text; SOH and EOT are off already."""
    with pytest.raises(BadFrame, match=reason):
        frames.parse(b"x" * size)
