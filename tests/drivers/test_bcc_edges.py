"""BCC at its edges: the longest block, what stays of a torn one, and every model and refusal by its code."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from drivers.errors import BadFrame, WrongDevice
from drivers.pumps.bcc import readback
from drivers.pumps.bcc.frames import Block, Damaged, Decoder
from drivers.pumps.bcc.records import Record, slot_named
from drivers.values import LocalChange, PumpAlarm
from tests.drivers import bcc_wire as wire

SINGLE = {**wire.STANDING, **wire.SINGLE}
WORDS = {**wire.STANDING, **wire.WORDS}
NOTHING: frozenset[LocalChange] = frozenset()
RAW_MAX = 199_998
"""Five digits of length are 99,999 bytes; stuffed, each may be two."""


@pytest.mark.parametrize(
    ("size", "reason"), [(RAW_MAX - 1, "head"), (RAW_MAX, "head"), (RAW_MAX + 1, "too long")]
)
def test_a_frame_longer_than_the_longest_stuffed_one_is_not_kept(size: int, reason: str) -> None:
    decoder = Decoder()
    decoder.feed(b"\x01" + b"1" * (size - 1))
    assert decoder.held == size - 1
    decoder.feed(b"1")
    assert decoder.held == (size if size <= RAW_MAX else 0)
    assert decoder.feed(b"\x04") == [Damaged(reason)]
    assert decoder.rejected == Counter({reason: 1})
    (good,) = decoder.feed(wire.GET)
    assert isinstance(good, Block)


@pytest.mark.parametrize("text", ["206,50111,INSOL,a>b", ">", "a>b>c", "206,50111,INSOL,BED02/1/1>x"])
def test_the_bed_ends_at_the_first_mark_and_the_text_may_have_more(text: str) -> None:
    (block,) = Decoder().feed(wire.block(text.encode()))
    assert isinstance(block, Block)
    assert (block.bed, block.info) == ("BED01", text.encode())


def test_where_a_stream_ends_inside_a_frame_nothing_of_it_stays() -> None:
    decoder = Decoder()
    decoder.feed(wire.GET[:9])
    assert (decoder.held, decoder.inside) == (8, True)
    decoder.finish()
    assert (decoder.held, decoder.inside) == (0, False)
    decoder.finish()
    assert decoder.rejected == Counter({"unfinished": 1})
    assert decoder.feed(wire.GET[9:]) == []
    assert decoder.rejected == Counter({"unfinished": 1, "no start": 1})


MODELS = {
    "686": "Infusomat Space",
    "687": "Infusomat Space P",
    "688": "Perfusor Space",
    "586": "Infusomat Space (US)",
    "587": "Infusomat Space P (US)",
    "588": "Perfusor Space (US)",
    "I0002": "Compact plus",
    "I0003": "Compact plus",
}


@pytest.mark.parametrize("name", ["GNMODEL", "GNNEW"])
@pytest.mark.parametrize(("code", "model"), MODELS.items())
def test_every_model_by_its_code(code: str, model: str, name: str) -> None:
    values = {"INSERNUM": "123456", name: f"{code} X12"}
    assert readback.identity_of(values, "").model == model
    assert readback.identity_of(values, "").firmware == "X12"


@pytest.mark.parametrize("code", ["685", "689", "585", "589", "I0001", "I0004", "x688", "68"])
def test_the_codes_next_to_them_are_no_pump_of_ours(code: str) -> None:
    with pytest.raises(WrongDevice, match=f"model {code}"):
        readback.identity_of({"INSERNUM": "123456", "GNMODEL": code}, "")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "unknown"),
        (10, "unknown"),
        (11, "no data or no pumps"),
        (12, "unknown"),
        (39, "the pump was taken out"),
        (40, "pump link"),
        (41, "no connection to a pump there"),
        (42, "pump link"),
        (49, "pump link"),
        (50, "topology"),
        (59, "topology"),
        (60, "unknown"),
        (68, "syntax or checksum"),
        (69, "unknown"),
        (811, "no such slot"),
        (812, "unknown"),
        ("x7", "unknown"),
    ],
)
def test_every_refusal_by_its_code(code: int | str, said: str) -> None:
    """11, 39, 68, 811; 4x the link to a pump, 5x topology."""
    assert readback.refusal(code) == said


@pytest.mark.parametrize("name", ["INRT", "INVTB", "INVI", "STATUS1", "INA3", "INA03", "GNMODEL"])
def test_a_value_that_stands_there_twice_is_no_cycle(name: str) -> None:
    records = [Record(1, "11", name, "1"), Record(1, "11", name, "1")]
    with pytest.raises(BadFrame, match="twice in one cycle"):
        readback.values_of(records, "11")


def test_gnnew_begins_the_values_of_a_pump_and_may_come_again() -> None:
    records = [Record(1, "11", "GNNEW", "688"), Record(1, "11", "GNMODEL", "688N")]
    assert readback.values_of([*records, records[0]], "11") == {"GNNEW": "688", "GNMODEL": "688N"}


def test_alarms_one_by_one_are_shown_by_inaxx_and_not_by_kvo_alone() -> None:
    """INM10 is a state: a rack that sends it and no INAxx has switched its alarms off."""
    with pytest.raises(BadFrame, match="it shows no alarms"):
        readback.alarms_of({**wire.STANDING, "INM3": "1", "INM10": "1"})
    assert readback.alarms_of({**wire.STANDING, "INM3": "1", "INA3": "1"}) == {PumpAlarm.OCCLUSION}
    assert readback.alarms_of({**wire.STANDING, "INM3": "1", "INA16": "0"}) == set()
    kept_open = {**wire.STANDING, "INM3": "1", "INA16": "0", "INM10": "1"}
    assert readback.alarms_of(kept_open) == {PumpAlarm.KVO_RUNNING}


@pytest.mark.parametrize("bit", range(32))
def test_silenced_and_being_edited_are_said_by_their_bits_alone(bit: int) -> None:
    """STATUS1 19 and 20: alarm and pre-alarm silenced; 24: being edited."""
    said = {19: {LocalChange.SILENCE}, 20: {LocalChange.SILENCE}, 24: {LocalChange.OPERATING}}
    assert readback.local_of({**WORDS, "STATUS1": str(1 << bit)}) == said.get(bit, set())


@pytest.mark.parametrize("left", ["0.1", "0.9", "1.0", "1.1", "9.9"])
def test_the_last_tenths_of_a_limit_are_still_a_limit_f7(left: str) -> None:
    """F7: it infuses, nothing has ended, and the VTBI is 10.0 mL."""
    running = {**SINGLE, "INM3": "1", "RUNSTATE": "2", "VOLREMAIN": left}
    assert readback.limit_left_of(running) == Decimal(left)


@pytest.mark.parametrize(
    ("text", "slot"),
    [("11", "11"), ("19", "19"), ("110", "1A"), ("1A", "1A"), ("2O", "2O"), ("324", "3O"), ("39", "39")],
)
def test_a_slot_as_a_person_writes_it(text: str, slot: str) -> None:
    assert slot_named(text) == slot


@pytest.mark.parametrize("text", ["", "1", "01", "41", "10", "1P", "1a", "100", "125", "11 ", "#11", "111A"])
def test_a_slot_that_no_rack_has(text: str) -> None:
    """Pillars 1 to 3; slots 1 to 9, then A to O or 10 to 24."""
    with pytest.raises(ValueError, match="expected pillar 1-3"):
        slot_named(text)
