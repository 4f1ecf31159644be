"""IntelliVue messages: golden bytes, every cut and truncation, any bytes; nothing but BadFrame is raised."""

from __future__ import annotations

import struct
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadFrame
from drivers.monitors.intellivue import association, attributes, frames, serial_frames
from drivers.monitors.intellivue.alarms import MonitorAlarm, alarms_of
from drivers.monitors.intellivue.association import Associated
from drivers.monitors.intellivue.attributes import Special, absolute_time, float_of, text_of, time_text
from drivers.monitors.intellivue.frames import Denied, Event, Other, Reply
from drivers.monitors.intellivue.numerics import numerics_of
from drivers.monitors.intellivue.polls import OBJECTS_MAX, PARTS_MAX, Trains, poll_reply
from drivers.monitors.intellivue.reader import Reader
from drivers.monitors.intellivue.serial_frames import Deframer
from drivers.monitors.intellivue.subject import System, system_of
from tests.drivers import intellivue_peer as golden
from tests.drivers.intellivue_campaign import campaign, read_all

VALUES = golden.reply(
    [golden.one(golden.HR, golden.BPM, 72), golden.cuff(120, 70, 87, "2026-01-01 11:58:00.00")],
    ticks=8000,
    sequence=4,
)
ALARMS = golden.reply([golden.alarm(golden.SPO2, 308)], ticks=8000, kind=0x36)
MESSAGES = [
    golden.ACCEPTED,
    golden.CREATED,
    golden.CREATED_RESULT,
    golden.SINGLE_POLL,
    VALUES,
    ALARMS,
    golden.denied(3),
]


@pytest.mark.parametrize(("content", "frame"), golden.CHECKSUMS)
def test_the_checksum_of_the_documented_frames(content: str, frame: str) -> None:
    assert serial_frames.enclose(bytes.fromhex(content)) == bytes.fromhex(frame)
    assert serial_frames.fcs(b"123456789") == 0x906E


def test_the_request_is_the_one_clients_in_the_field_send() -> None:
    assert association.REQUEST_MESSAGE == golden.REQUEST
    assert len(golden.REQUEST) == 238
    assert frames.parse(golden.REQUEST) == Other("request")


def test_the_answer_grants_a_minute_and_extended_polls() -> None:
    parsed = frames.parse(golden.ACCEPTED)
    assert isinstance(parsed, Associated)
    assert parsed.profile == association.Profile(Decimal(60), extended=True)
    without = golden.ACCEPTED.replace(bytes.fromhex("f00100088e"), bytes.fromhex("f001000806"))
    parsed = frames.parse(without)
    assert isinstance(parsed, Associated)
    assert parsed.profile == association.Profile(Decimal(60), extended=False)


def test_long_lengths_read_as_short_ones() -> None:
    """LI above 254 as FF and a u16; BER lengths of more than a byte."""
    presentation = golden.ACCEPTED[18:].replace(b"\x02\x01\x02\x81\x50", b"\x02\x01\x02\x81\x82\x00\x50")
    body = golden.ACCEPTED[2:16] + b"\xc1\xff" + struct.pack(">H", len(presentation)) + presentation
    long = b"\x0e\xff" + struct.pack(">H", len(body)) + body
    assert frames.parse(long) == frames.parse(golden.ACCEPTED)
    assert frames.length_of(long) == len(long)
    assert frames.length_of(long[:3]) is None


@pytest.mark.parametrize(
    ("milliseconds", "timeout_s"),
    [(0, 10), (3300, 10), (3301, Decimal("9.903")), (43000, 129), (43001, 130), (480000, 130)],
)
def test_the_time_out_follows_the_poll_period(milliseconds: int, timeout_s: Decimal) -> None:
    assert association.Profile(Decimal(milliseconds) / 1000, extended=True).timeout_s == timeout_s


@pytest.mark.parametrize(
    ("message", "word"),
    [("0c00", "refuse"), ("19050501020304", "abort"), ("0900", "release"), ("0a02ffff", "released")],
)
def test_what_ends_a_session_counts_by_its_tag(message: str, word: str) -> None:
    assert frames.parse(bytes.fromhex(message)) == Associated(word)


def test_the_polls_are_the_documented_one_and_the_same_for_a_time() -> None:
    assert frames.single_poll(0, 1, frames.NUMERICS, 0) == golden.SINGLE_POLL
    extended = frames.extended_poll(0, 1, frames.NUMERICS, 0, 480_000)
    assert extended == bytes.fromhex(
        "e1000002 00010028 0000 0007 0022 0021 00000000 00000000 f13b 0014"
        "0001 0001 0006 0000 0001 0008 f13e 0004 00075300"
    )


def test_the_monitor_tells_who_it_is_and_is_answered() -> None:
    event = frames.parse(golden.CREATED)
    assert isinstance(event, Event)
    assert (event.invoke, event.confirmed, event.time, event.kind) == (0, False, 480_000, 0x0D06)
    system = system_of(event.body)
    assert system == System("MD PNP ICE TEST ONE", "1234567", "")
    assert system.identity.detail == "MD PNP ICE TEST ONE, serial number 1234567"
    asked = Event(1, True, b"", 0x000ABD00, 0x0D06, b"")
    assert frames.created_result(asked) == golden.CREATED_RESULT


def test_pulse_and_spo2_of_the_documented_compound() -> None:
    observation = bytes.fromhex("0007 0001 001c") + golden.PULSE_AND_SPO2
    context = struct.pack(">HHH", 0, 1, len(observation)) + observation
    content = struct.pack(">HHI", 1, 4, 8000) + golden.at() + struct.pack(">HHH", 1, 6, 0)
    content += struct.pack(">HH", 1, len(context)) + context
    argument = bytes.fromhex("002100000000f13b") + struct.pack(">H", len(content)) + content
    message = golden.data(2, struct.pack(">HHH", 5, 7, len(argument)) + argument)
    parsed = frames.parse(message)
    assert isinstance(parsed, Reply)
    reply = poll_reply(parsed)
    assert (reply.number, reply.sequence, reply.ticks, reply.objects) == (1, 4, 8000, 6)
    found = [(one.code, one.unit, one.value, one.handle) for one in numerics_of(reply.found)]
    assert found == [(0x4822, 0x0AA0, Decimal(76), 7), (0x4BB8, 0x0220, Decimal(98), 7)]


def test_a_result_with_a_scope_reads_like_one_without() -> None:
    objects = [golden.one(golden.HR, golden.BPM, 72)]
    for sequence in (None, 4):
        plain = frames.parse(golden.reply(objects, ticks=1, sequence=sequence))
        assert frames.parse(golden.reply(objects, ticks=1, sequence=sequence, scope=True)) == plain


@pytest.mark.parametrize(("raw", "value"), golden.FLOATS.items())
def test_floats_of_the_documents(raw: int, value: int) -> None:
    assert float_of(raw) == Decimal(value)


def test_floats_that_are_no_numbers() -> None:
    assert float_of(golden.NAN) is Special.NAN
    assert float_of(0x00800000) is Special.NOT_AT_THIS_RESOLUTION
    assert float_of(0xFF7FFFFE) is Special.PLUS_INFINITY
    assert float_of(0x00800002) is Special.MINUS_INFINITY
    assert float_of(0x00800001) is Special.RESERVED
    assert float_of(0x80800003) == Decimal("-8388605e-128")
    assert float_of(0x7F7FFFFD) == Decimal("8388605e127")


def seconds(first: str, second: str) -> Decimal:
    times = [absolute_time(golden.at(text)) for text in (first, second)]
    assert times[0] is not None
    assert times[1] is not None
    return Decimal(times[1] - times[0]) / 100


def test_differences_on_the_monitors_calendar() -> None:
    assert seconds("2026-02-28 23:59:59.50", "2026-03-01 00:00:00.25") == Decimal("0.75")
    assert seconds("2024-02-28 00:00:00.00", "2024-03-01 00:00:00.00") == 2 * 86_400
    assert seconds("1999-12-31 23:59:59.00", "2000-01-01 00:00:01.00") == 2
    assert seconds("2025-12-31 00:00:00.00", "2026-12-31 00:00:00.00") == 365 * 86_400


@pytest.mark.parametrize(
    "raw", ["ff" * 8, "00" * 8, "2026130112000000", "2026010124000000", "202601011200000a", "20260101120000"]
)
def test_a_clock_that_shows_no_time(raw: str) -> None:
    assert absolute_time(bytes.fromhex(raw)) is None
    assert time_text(bytes.fromhex(raw)) is None


def test_times_as_text() -> None:
    assert time_text(golden.at("2026-01-01 12:00:00.00")) == "2026-01-01T12:00:00"
    assert time_text(golden.at("2026-01-01 12:00:00.07")) == "2026-01-01T12:00:00.07"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"MD PNP", "MD PNP"),
        (b"1234567\x00", "1234567"),
        ("SIM-0001".encode("utf-16-be"), "SIM-0001"),
        ("Müller\x00".encode("utf-16-be"), "Müller"),
        ("7\x00\x00".encode("utf-16-be"), "7"),
        ("患者".encode("utf-16-be"), "患者"),
        (b"  A\x00", "A"),
    ],
)
def test_texts_in_one_byte_or_two(raw: bytes, text: str) -> None:
    assert text_of(Reader(struct.pack(">H", len(raw)) + raw)) == text


def test_a_text_that_is_neither_is_refused() -> None:
    with pytest.raises(BadFrame, match="text"):
        text_of(Reader(b"\x00\x03\x00\xff\x41"))


def test_alarms_by_list_source_and_object() -> None:
    for technical in (True, False):
        object_ = golden.alarm(golden.SPO2, 308, technical=technical, handle=0x12)
        parsed = frames.parse(golden.reply([object_], ticks=1, kind=0x36))
        assert isinstance(parsed, Reply)
        kind = 2 if technical else 0x200
        (alarm,) = alarms_of(poll_reply(parsed).found)
        assert alarm == MonitorAlarm(technical, golden.SPO2, 308, kind, 8, 0, 0x12)
        assert alarm.sensor_off is technical
    codes = [code for code in range(1000) if MonitorAlarm(True, 0, code, 2, 0, 0, 0).sensor_off]
    assert codes == [22, 23, 308, 309]


@pytest.mark.parametrize("announced", [0, 2])
def test_an_alarm_list_that_holds_more_or_less_than_it_announces_is_refused(announced: int) -> None:
    """Every length around it is right; only the count of its entries is not."""
    number, attributes = golden.alarm(golden.SPO2, 308)
    full = [(name, struct.pack(">H", announced) + data[2:]) for name, data in attributes[2:]]
    parsed = frames.parse(golden.reply([(number, [*attributes[:2], *full])], ticks=1, kind=0x36))
    assert isinstance(parsed, Reply)
    with pytest.raises(BadFrame):
        alarms_of(poll_reply(parsed).found)


@pytest.mark.parametrize("message", MESSAGES)
def test_every_truncation_and_any_surplus_is_refused(message: bytes) -> None:
    read_all(message)
    for cut in range(len(message)):
        with pytest.raises(BadFrame):
            read_all(message[:cut])
    with pytest.raises(BadFrame):
        read_all(message + b"\x00")


@pytest.mark.parametrize("wrong", [0, 1, 0xFF, 0xFFFF])
def test_any_two_bytes_taken_for_a_length(wrong: int) -> None:
    """Whatever stands where a count or a length is, a number is read where it was or not at all."""
    for message in (VALUES, ALARMS, golden.CREATED, golden.ACCEPTED):
        for place in range(len(message) - 1):
            bad = message[:place] + struct.pack(">H", wrong) + message[place + 2 :]
            with suppress(BadFrame):
                read_all(bad)


@pytest.mark.parametrize("message", [VALUES, golden.CREATED], ids=["values", "created"])
def test_each_length_and_count_must_be_right(message: bytes) -> None:
    """Every field that announces a size: one more or one less is refused."""
    sizes = {VALUES: (6, 12, 22), golden.CREATED: (6, 12, 26, 34, 36)}[message]
    for place in sizes:
        right = int.from_bytes(message[place : place + 2])
        for wrong in (right - 1, right + 1):
            with pytest.raises(BadFrame):
                read_all(message[:place] + struct.pack(">H", wrong & 0xFFFF) + message[place + 2 :])


def test_mutated_messages_raise_nothing_else() -> None:
    """A slice; the campaign of a million is `python -m tests.drivers.intellivue_campaign 1000000 1`."""
    assert campaign(3000, 5) > 20


@given(st.binary(max_size=400))
def test_any_bytes(noise: bytes) -> None:
    for message in (noise, b"\xe1\x00\x00\x02" + noise, b"\x0e" + noise, golden.ACCEPTED[:90] + noise):
        with suppress(BadFrame):
            read_all(message)


def test_a_hundred_thousand_levels_of_ber_are_refused() -> None:
    body = golden.ACCEPTED[2:16] + b"\xc1\x00" + b"\x30\x80" * 100
    with pytest.raises(BadFrame, match="depth"):
        frames.parse(b"\x0e" + bytes((len(body),)) + body)


# -- the serial frame ----------------------------------------------------------------------------------


def test_serial_frames_as_the_document_puts_them_in_words() -> None:
    for message in [*MESSAGES, golden.REQUEST, bytes(range(256))]:
        assert serial_frames.encode(message) == golden.framed(message)
        assert Deframer().feed(golden.framed(message)) == [message]


def test_serial_split_at_every_byte() -> None:
    stream = b"".join(golden.framed(message) for message in MESSAGES) + b"noise"
    for cut in range(len(stream)):
        deframer = Deframer()
        assert deframer.feed(stream[:cut]) + deframer.feed(stream[cut:]) == MESSAGES
        assert not deframer.rejected
    alone = Deframer()
    assert [one for byte in stream for one in alone.feed(bytes((byte,)))] == MESSAGES


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda frame: frame[:-3] + b"\x7d\xc1", "given up"),
        (lambda frame: frame[:-2] + bytes((frame[-2] ^ 1,)) + b"\xc1", "checksum"),
        (lambda frame: b"\xc0\x01\x02\xc1", "short"),
        (lambda frame: frame[:-5], "cut off"),
        (lambda frame: serial_frames.enclose(b"\x11\x02\x00\x01x"), "protocol"),
        (lambda frame: serial_frames.enclose(b"\x11\x01\x00\x02x"), "length"),
        (lambda frame: b"\xc0" + b"x" * 40_000 + b"\xc1", "too long"),
    ],
)
def test_a_bad_serial_frame_is_counted_and_the_next_one_read(damage: object, reason: str) -> None:
    assert callable(damage)
    good = golden.framed(golden.CREATED)
    deframer = Deframer()
    assert deframer.feed(damage(good) + good) == [golden.CREATED]
    assert deframer.rejected == {reason: 1}


@given(st.lists(st.sampled_from(b"\xc0\xc1\x7d\x5d\xe0\xe1\x11\x01\x00\x41"), max_size=60).map(bytes))
def test_any_serial_bytes_cut_anywhere(noise: bytes) -> None:
    whole, bytewise = Deframer(), Deframer()
    found = whole.feed(noise)
    assert [one for byte in noise for one in bytewise.feed(bytes((byte,)))] == found
    assert whole.rejected == bytewise.rejected
    assert whole.feed(b"\xc1" + golden.framed(golden.CREATED)) == [golden.CREATED]


@given(st.binary(max_size=300))
def test_any_message_comes_through_a_serial_frame(message: bytes) -> None:
    assert Deframer().feed(serial_frames.encode(message)) == [message]


def test_serial_memory_is_bounded() -> None:
    deframer = Deframer()
    deframer.feed(b"\xc0")
    for _ in range(50):
        deframer.feed(b"\x7d" * 4096)
        assert deframer.held <= 2 * serial_frames.BODY_MAX


# -- linked replies ------------------------------------------------------------------------------------


def part(place: int, state: int, *, ticks: int = 8000, invoke: int = 3, sequence: int = 1) -> Reply:
    objects = [golden.one(golden.HR, golden.BPM, 60 + place, handle=place + 1)]
    message = golden.reply(objects, ticks=ticks, sequence=sequence, invoke=invoke, link=(state, place))
    parsed = frames.parse(message)
    assert isinstance(parsed, Reply)
    return parsed


def handles(trains: Trains, *parts: Reply) -> list[list[int]]:
    whole = [trains.take(one) for one in parts]
    return [[one.handle for one in reply.found] for reply in whole if reply is not None]


def test_a_train_is_read_when_its_last_part_is_there() -> None:
    trains = Trains()
    assert handles(trains, part(0, 1), part(1, 2), part(2, 3)) == [[1, 2, 3]]
    assert (trains.held, trains.broken) == (0, 0)


def test_the_last_part_may_be_a_plain_result() -> None:
    trains = Trains()
    last = frames.parse(
        golden.reply([golden.one(golden.HR, golden.BPM, 61, handle=2)], ticks=8000, sequence=1)
    )
    assert isinstance(last, Reply)
    assert handles(trains, part(0, 1), last) == [[1, 2]]
    assert handles(trains, last) == []
    assert handles(Trains(), last) == [[2]]


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_train_that_lost_a_part_is_given_up_and_the_next_one_read(lost: int) -> None:
    trains = Trains()
    train = [part(0, 1), part(1, 2), part(2, 3)]
    following = [part(0, 1, ticks=16_000), part(1, 2, ticks=16_000), part(2, 3, ticks=16_000)]
    assert handles(trains, *train[:lost], *train[lost + 1 :], *following) == [[1, 2, 3]]
    assert trains.broken >= 1
    assert trains.held == 0


def test_the_head_of_one_train_and_the_tail_of_the_next_are_no_train() -> None:
    """The numbers would fit; the times do not."""
    trains = Trains()
    assert handles(trains, part(0, 1), part(1, 2), part(2, 3, ticks=16_200)) == []
    assert trains.broken == 1


def test_parts_doubled_or_out_of_order_make_no_train() -> None:
    for order in ([0, 0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0], [0, 1, 1, 2]):
        states = {0: 1, 1: 2, 2: 3}
        found = handles(Trains(), *(part(place, states[place]) for place in order))
        assert found == ([[1, 2, 3]] if order in ([0, 0, 1, 2], [0, 1, 1, 2]) else []), order


def test_the_plain_tail_of_a_broken_train_is_no_reply() -> None:
    trains = Trains()
    tail = frames.parse(
        golden.reply([golden.one(golden.HR, golden.BPM, 63, handle=3)], ticks=8000, sequence=1)
    )
    assert isinstance(tail, Reply)
    assert handles(trains, part(0, 1), part(2, 2), tail) == []
    assert trains.broken == 2


def test_trains_of_two_requests_may_cross() -> None:
    trains = Trains()
    other = [part(0, 1, invoke=4), part(1, 3, invoke=4)]
    assert handles(trains, part(0, 1), other[0], part(1, 2), other[1], part(2, 3)) == [[1, 2], [1, 2, 3]]


def test_trains_that_never_end_are_bounded() -> None:
    trains = Trains()
    for invoke in range(8):
        trains.take(part(0, 1, invoke=invoke))
        for place in range(1, 3 * PARTS_MAX):
            trains.take(part(place & 0xFF, 2, invoke=invoke))
    assert trains.held <= OBJECTS_MAX + PARTS_MAX
    assert len(trains._trains) <= 4


def test_an_error_reply_names_what_it_answers() -> None:
    assert frames.parse(golden.denied(7, 9)) == Denied(7, 9)


def test_attributes_stand_once() -> None:
    twice = golden.attributes([(1, b""), (1, b"")])
    with pytest.raises(BadFrame, match="attribute twice"):
        attributes.attributes_of(Reader(twice))


@pytest.mark.parametrize("tag", [0x00, 0x0D, 0x99, 0xFF])
def test_an_association_message_with_another_tag_is_refused(tag: int) -> None:
    with pytest.raises(BadFrame, match="tag"):
        association.parse_association(bytes((tag, 1, 0)))
