"""S/5 DRI frames against the documented bytes, and against any bytes at all."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadFrame
from drivers.monitors.s5_dri import frames
from drivers.monitors.s5_dri.frames import Decoder, Record
from tests.drivers import s5_peer as golden


def one(data: bytes) -> Record:
    (record,) = Decoder().feed(data)
    return record


def test_requests_are_the_documented_bytes() -> None:
    assert frames.encode_display_request(10) == golden.DISPLAY_10_S
    assert frames.encode_display_request(frames.CANCEL, 0) == golden.DISPLAY_STOP
    assert frames.encode_display_request(frames.ONCE, 0) == golden.SINGLE_BASIC


@pytest.mark.parametrize(
    ("data", "kind", "length"),
    [
        (golden.DISPLAY_10_S, 0, 9),
        (golden.DISPLAY_STOP, 0, 9),
        (golden.SINGLE_BASIC, 0, 9),
        (golden.WAVE_START, 1, 32),
    ],
)
def test_the_documented_frames_decode(data: bytes, kind: int, length: int) -> None:
    record = one(data)
    assert (record.kind, len(record.body), record.subrecords) == (kind, length, ((0, 0),))
    assert frames.basic_of(record) is None


@pytest.mark.parametrize("data", [golden.DISPLAY_10_S, golden.WAVE_START, golden.display({124: 0x7E7D})])
def test_a_frame_split_at_every_byte(data: bytes) -> None:
    whole = Decoder().feed(data)
    assert len(whole) == 1
    for cut in range(len(data) + 1):
        decoder = Decoder()
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == whole


def test_escaping_covers_the_time_too() -> None:
    """Trap 4: a recorded frame began like this, one byte of its time escaped."""
    recorded = bytes.fromhex("7e8004020a00007d5dff595b")
    record = b"\x80\x04\x02\x0a\x00\x00\x7d\xff\x59\x5b" + golden.header(1152, 0, 0, [(0, 1)])[10:]
    data = golden.framed(record + bytes(1152 - len(record)))
    assert data.startswith(recorded)
    assert one(data).time_s == 0x5B59FF7D


def test_escaping_covers_the_checksum_too() -> None:
    """Trap 4."""
    record = golden.header(41, 0, 0, [(0, 0)]) + b"\x00"
    record = record[:-1] + bytes(((0x7D - sum(record)) % 256,))
    data = golden.framed(record)
    assert data.endswith(b"\x7d\x5d\x7e")
    assert frames.encode(record) == data
    assert one(data).body == record[40:]


def test_back_to_back_flags_are_normal() -> None:
    decoder = Decoder()
    assert len(decoder.feed(golden.DISPLAY_10_S + golden.WAVE_START + b"\x7e\x7e")) == 2
    assert decoder.accepted == {"phdb": 1, "wave": 1}
    assert not decoder.rejected


def test_a_full_display_record() -> None:
    record = one(golden.display())
    assert len(record.body) == 1152 - 40
    assert [offset for offset, _ in record.subrecords] == [0, 278, 556, 834]
    basic = frames.basic_of(record)
    assert basic is not None
    assert basic.nibp == frames.Group(3, 0x000B, {"sys": 12050, "dia": 7000, "mean": 8700})
    assert basic.spo2.values == {"spo2": 9800, "pulse": 71}
    assert basic.co2.values == {"et": 500, "rr": 16, "ambient": 7600}
    assert (basic.ecg.values, len(basic.temps)) == ({"hr": 72, "rr": 17}, 4)


@pytest.mark.parametrize("kind", [2, 3, 4])
def test_trends_are_not_live_values(kind: int) -> None:
    assert frames.basic_of(one(golden.display(kind=kind))) is None


def test_waves_and_alarms_are_counted_not_read() -> None:
    decoder = Decoder()
    for kind in (1, 4, 5, 8, 99):
        (record,) = decoder.feed(golden.framed(golden.header(300, kind, 0, [(0, 1)]) + b"\x00" * 260))
        assert frames.basic_of(record) is None
    assert decoder.accepted == {"wave": 1, "alarm": 1, "network": 1, "fo": 1, "other": 1}


def test_inserted_zero_bytes_pass_the_checksum_but_not_the_length() -> None:
    """Trap 4: garbage with a good checksum."""
    data = golden.display()
    decoder = Decoder()
    assert decoder.feed(data[:1] + b"\x00" + data[1:]) == []
    assert decoder.rejected == {"length": 1}
    assert len(decoder.feed(data)) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (golden.display().replace(b"\x48\x26", b"\x48\x27"), "checksum"),
        (b"\x7e\x31\x7e", "short"),
        (b"\x7e\x31\x7d\x7e", "escape"),
        (b"\x7e\x31\x7d\x31\x7e", "escape"),
        (b"\x7e\x31\x7d\x7d\x7e", "escape"),
        (b"\x7e" + b"\x01" * 9000 + b"\x7e", "too long"),
        (golden.framed(golden.header(41, 0, 0, [(2, 0)]) + b"\x00"), "offset"),
        (golden.framed(golden.header(41, 0, 0, [(-1, 0)]) + b"\x00"), "offset"),
        (golden.framed(golden.header(317, 0, 0, [(0, 1)]) + b"\x00" * 277), "offset"),
    ],
)
def test_what_is_no_record_is_counted_and_the_next_read(data: bytes, reason: str) -> None:
    decoder = Decoder()
    assert decoder.feed(data) == []
    assert decoder.rejected == {reason: 1}
    assert len(decoder.feed(golden.DISPLAY_10_S)) == 1


def test_a_record_after_half_a_record_is_read() -> None:
    decoder = Decoder()
    assert len(decoder.feed(golden.display()[:500] + golden.display())) == 1


@given(st.lists(st.binary(max_size=3000), max_size=6))
def test_any_bytes_raise_nothing_in_bounded_memory(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        for record in decoder.feed(chunk):
            frames.basic_of(record)
        assert decoder._frames.held <= frames.RECORD_MAX + 1
    assert len(decoder.rejected) <= 6


@given(
    st.binary(max_size=600), st.integers(0, 9), st.lists(st.tuples(st.integers(-9, 700), st.integers(0, 9)))
)
def test_any_body_with_a_good_checksum_raises_nothing(
    body: bytes, kind: int, offsets: list[tuple[int, int]]
) -> None:
    decoder = Decoder()
    for record in decoder.feed(golden.framed(golden.header(40 + len(body), kind, 0, offsets[:8]) + body)):
        frames.basic_of(record)
    assert sum(decoder.accepted.values()) + sum(decoder.rejected.values()) == 1


@given(st.integers(0, 1200), st.integers(1, 255))
def test_no_single_wrong_byte_gives_other_values(place: int, flip: int) -> None:
    data = golden.display()
    index = place % len(data)
    mutated = data[:index] + bytes((data[index] ^ flip,)) + data[index + 1 :]
    assert all(record == one(data) for record in Decoder().feed(mutated))


def test_status_and_labels_of_a_group_are_told_apart() -> None:
    """Words of every group that are all different: each comes back where it belongs."""
    words = struct.pack("<135H", *range(1000, 1135))
    record = one(golden.display())
    sub = record.body[:4] + words + record.body[274:278]
    basic = frames.basic_of(replace(record, body=sub + record.body[278:]))
    assert basic is not None
    groups = (basic.ecg, basic.nibp, *basic.temps, basic.spo2, basic.co2)
    told = [(group.status & 0xFFFF, group.label, *group.values.values()) for group in groups]
    starts = [words[0] for words in told]
    assert starts == sorted(starts)
    assert [label - status for status, label, *_ in told] == [2] * 8, "32 bits of status, then the label"
    assert [[value - status for value in values] for status, _, *values in told] == [
        [3, 7],
        [3, 4, 5],
        [3],
        [3],
        [3],
        [3],
        [3, 4],
        [3, 5, 6],
    ]


def test_a_stream_that_ends_inside_a_record_counts_once() -> None:
    decoder = Decoder()
    decoder.feed(golden.DISPLAY_10_S[:9])
    decoder.finish()
    decoder.finish()
    assert decoder.rejected == {"unfinished": 1}


def test_a_reset_forgets_the_half_of_a_record() -> None:
    decoder = Decoder()
    decoder.feed(golden.DISPLAY_10_S[:9])
    decoder.reset()
    assert len(decoder.feed(golden.DISPLAY_10_S)) == 1
    assert not decoder.rejected


@pytest.mark.parametrize("size", range(41))
def test_a_record_is_a_header_at_least(size: int) -> None:
    """40 bytes and their checksum."""
    with pytest.raises(BadFrame, match=r"^short$"):
        frames.parse_record(bytes(size))
    with pytest.raises(BadFrame, match=r"^length$"):
        frames.parse_record(bytes(41))
    bare = golden.header(40, 0, 0, [])
    assert frames.parse_record(bare + bytes((sum(bare) % 256,))).body == b""


@pytest.mark.parametrize(
    ("kind", "code", "offset", "size", "kept"),
    [
        (0, 1, 0, 277, False),
        (0, 1, 0, 278, True),
        (0, 1, 0, 279, True),
        (0, 1, 1, 278, False),
        (0, 1, 1, 279, True),
        (0, 2, 0, 0, True),
        (0, 2, 278, 278, True),
        (0, 2, 279, 278, False),
        (1, 1, 0, 0, True),
        (1, 1, 9, 9, True),
        (1, 1, 10, 9, False),
        (4, 1, -1, 9, False),
    ],
)
def test_an_offset_leaves_room_for_what_it_points_to(
    kind: int, code: int, offset: int, size: int, *, kept: bool
) -> None:
    """278 bytes of a display; what other kinds hold there is not read."""
    data = golden.framed(golden.header(40 + size, kind, 0, [(offset, code)]) + bytes(size))
    decoder = Decoder()
    assert [one.subrecords for one in decoder.feed(data)] == ([((offset, code),)] if kept else [])
    assert decoder.rejected == ({} if kept else {"offset": 1})


@pytest.mark.parametrize("place", range(4))
def test_the_basic_class_is_known_by_its_tag_wherever_it_stands(place: int) -> None:
    """Bytes 276 and 277: the low nibble of the second is the class, 0 is the basic one."""
    record = one(golden.display({124: 9700}, time_s=77))
    subs = [record.body[at : at + 278] for at in range(0, 1112, 278)]
    subs.insert(place, subs.pop(0))
    moved = replace(record, body=b"".join(subs))
    basic = frames.basic_of(moved)
    assert basic is not None
    assert basic.spo2.values == {"spo2": 9700, "pulse": 71}
    assert frames.displays_of(moved) == [(77, basic)]
    others = replace(record, subrecords=record.subrecords[1:])
    assert frames.basic_of(others) is None
    assert frames.displays_of(others) == []
