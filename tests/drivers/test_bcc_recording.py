"""BCC recordings: what each block says, by slot; a value that a block's edge cut is never told in half."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.links.memory import NullModem
from drivers.pumps.bcc import probe
from drivers.pumps.bcc.recording import Recording
from drivers.recordings import Reading
from tests.drivers import bcc_wire as wire
from tests.drivers.bcc_peer import PUMP, Peer
from tests.drivers.virtual import virtual

PART = {**PUMP, "INA15": "1", "INSOL": "Carboplatin 2,4 µg"}


def said(*parts: bytes) -> list[Reading]:
    recording = Recording()
    return [*recording.feed(b"".join(parts)), *recording.finish()]


@pytest.mark.parametrize("frame", wire.FRAMES, ids=lambda frame: frame[6:-7].decode())
def test_each_documented_frame_has_its_kind(frame: bytes) -> None:
    recording = Recording()
    recording.feed(frame + b"\x06")
    recording.finish()
    kind = "request" if frame in wire.REQUESTS else "refusal" if b"GNERR" in frame else "reply"
    assert recording.tally().accepted == {kind: 1}
    assert recording.tally().rejected == {}


def test_a_pump_in_our_words() -> None:
    block = wire.block(wire.records(PART, address="50112"))
    assert [(one.signal, one.value, one.unit) for one in said(block)] == [
        ("model", "688N030001", ""),
        ("serial", "123456", ""),
        ("rate", Decimal("12.50"), "mL/h"),
        ("set_rate", Decimal("12.50"), "mL/h"),
        ("set_limit", Decimal("10.0"), "mL"),
        ("limit_left", Decimal("7.3"), "mL"),
        ("counter", Decimal("2.7"), "mL"),
        ("battery", Decimal(240), "min"),
        ("pressure", Decimal(12), "%"),
        ("drug", "Carboplatin 2,4 µg", ""),
        ("motion", "stopped", ""),
        ("mains", "on", ""),
        ("alarm", "air", ""),
    ]
    assert {one.source for one in said(block)} == {"12"}
    assert all(one.valid and one.at is None for one in said(block))
    assert said(wire.VERSION_REPLY)[0].value == "V3.30"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("INRT", "_NV", "not_present: no value"),
        ("INRT", "_NA", "invalid: temporarily unavailable"),
        ("INRT", "1,5", "invalid: no number"),
        ("INVTB", "_NV", "inactive: no limit"),
        ("INVTB", "0.0", "inactive: no limit"),
        ("VOLREMAIN", "_NV", "inactive: no limit"),
        ("INVTB", "_NA", "invalid: temporarily unavailable"),
        ("INVI", "_NV", "not_present: no value"),
        ("INSERNUM", "_NV", "not_present: no value"),
    ],
)
def test_no_value_is_never_zero_and_says_why(name: str, value: str, reason: str) -> None:
    (one,) = said(wire.block(wire.records({name: value})))
    assert (one.value, one.valid, one.reason) == (None, False, reason)


def test_a_pump_taken_out_is_told_with_its_slot_f40() -> None:
    (one,) = said(wire.block(b"207,50113,GNERR,39"))
    assert (one.signal, one.value, one.source) == ("alarm", "removed", "13")
    assert said(wire.SLOT_ERROR, wire.SYNTAX_ERROR, wire.ALIVE, wire.ACCEPTED) == []


def test_a_value_at_the_edge_of_a_block_is_told_whole_or_not_at_all() -> None:
    text = wire.records(PART)
    whole = [one for one in said(wire.block(text)) if one.unit]
    for size in range(9, len(text), 7):
        parts = [text[at : at + size] for at in range(0, len(text), size)]
        blocks = [wire.block(part, last=part is parts[-1]) for part in parts]
        assert [one for one in said(*blocks) if one.unit] == whole
        assert [one for one in said(*[block + b"\x06" for block in blocks]) if one.unit] == whole
        for lost in range(len(blocks)):
            damaged = [*blocks[:lost], b"\x01" + b"?" * 20 + b"\x04", *blocks[lost + 1 :]]
            assert {one for one in said(*damaged) if one.unit} <= set(whole)


def test_a_value_cut_by_a_block_whose_rest_never_came_is_not_told() -> None:
    cut = wire.block(b"206,50111,INRT,12", last=False)
    whole = wire.block(b"206,50111,INVI,2.7")
    assert [one.signal for one in said(cut, wire.GET_SLOT, whole)] == ["counter"]
    assert [one.signal for one in said(cut)] == []
    assert [one.value for one in said(cut, wire.block(b".50"), cut, whole)] == [
        Decimal("12.50"),
        Decimal("2.7"),
    ]


def test_what_stands_between_frames_is_counted_once() -> None:
    cases = {
        wire.GET[5:] + wire.GET: {"no start": 1},
        wire.GET + b"\x06\x15\x06" + wire.GET: {},
        wire.GET + wire.GET[:9]: {"unfinished": 1},
        wire.GET + b"noise": {"unfinished": 1},
        wire.GET[:9] + wire.GET: {"cut": 1},
        wire.GET.replace(b"M", b"N", 1): {"checksum": 1},
    }
    for stream, rejected in cases.items():
        recording = Recording()
        recording.feed(stream)
        recording.finish()
        assert recording.tally().rejected == rejected


@virtual
async def test_a_probe_tells_the_rack_and_its_pumps_and_sends_nothing_else() -> None:
    cable = NullModem()
    peer = Peer(cable)
    two = wire.records(PUMP) + b"\x1e" + wire.records({**PUMP, "INSERNUM": "77"}, address="50112")
    peer.replies[wire.GET] = [wire.block(two)]
    await peer.open()
    found = await probe.probe(cable.a)
    assert found is not None
    assert found.name == "BCC rack: Perfusor Space 123456 in slot 11, Perfusor Space 77 in slot 12"
    assert (found.serial, found.protocol) == ("", "V3.30")
    assert set(await peer.seen()) == {wire.ALIVE, wire.VERSION, wire.GET, b"\x06"}
    peer.replies[wire.GET] = [wire.block(wire.records(PUMP))]
    await peer.open()
    only = await probe.probe(cable.a)
    assert only is not None
    assert (only.serial, only.firmware) == ("123456", "N030001 688")
    del peer.replies[wire.GET]
    await peer.open()
    bare = await probe.probe(cable.a)
    assert bare is not None
    assert bare.name == "BCC rack: no pump that is known"


def test_a_probe_may_ask_and_answer_and_nothing_else() -> None:
    for frame in (wire.ALIVE, wire.ALIVE_STUFFED, wire.VERSION, wire.GET, wire.GET_STUFFED, b"\x06", b"\x15"):
        assert probe.may_send(frame)
    for frame in (
        b"",
        wire.GET + wire.GET,
        wire.GET + b"x",
        wire.GET[:-1],
        wire.ACCEPTED,
        wire.block(b"MEM:SET"),
    ):
        assert not probe.may_send(frame)
