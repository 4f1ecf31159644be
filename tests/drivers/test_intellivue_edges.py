"""IntelliVue messages at their edges: long lengths, the BER walked to the end, surplus at every level."""

from __future__ import annotations

import struct

import pytest

from drivers.errors import BadFrame
from drivers.monitors.intellivue import association, frames
from drivers.monitors.intellivue.alarms import alarms_of
from drivers.monitors.intellivue.association import Associated
from drivers.monitors.intellivue.attributes import model_of, serial_of, text_of
from drivers.monitors.intellivue.frames import Denied, Event, Other, Reply
from drivers.monitors.intellivue.polls import poll_reply
from drivers.monitors.intellivue.reader import Reader
from tests.drivers import intellivue_peer as golden

EXTERNAL, END, NUMBER = "2880", "0000", "020102"
USER_INFORMATION = "be80"
PROFILE = golden.ACCEPTED.hex().partition("8150")[2][:160]
"""What the documented answer grants: 80 bytes of user data."""
DECOY = "8104 deadbeef"


def accepted(inside: str, session: str = "0508 1301001601028000 14020002") -> bytes:
    """An answer with this around the user data; the session data as the document has it."""
    presentation = bytes.fromhex("6180 3080 020101 a080 6180" + inside)
    body = bytes.fromhex(session) + b"\xc1" + bytes((len(presentation),)) + presentation
    return b"\x0e" + bytes((len(body),)) + body


def extended(message: bytes) -> bool:
    parsed = frames.parse(message)
    assert isinstance(parsed, Associated)
    assert parsed.profile is not None
    assert parsed.profile.min_poll_s == 60
    return parsed.profile.extended


@pytest.mark.parametrize(
    "inside",
    [
        USER_INFORMATION + EXTERNAL + NUMBER + "8150" + PROFILE,
        USER_INFORMATION + EXTERNAL + "0500" + "8150" + PROFILE,
        USER_INFORMATION + DECOY + EXTERNAL + "8150" + PROFILE,
        EXTERNAL + DECOY + END + USER_INFORMATION + EXTERNAL + "8150" + PROFILE,
        USER_INFORMATION + EXTERNAL + NUMBER + END + DECOY + EXTERNAL + "8150" + PROFILE,
        USER_INFORMATION + EXTERNAL + "3080" + DECOY + END + "8150" + PROFILE,
        USER_INFORMATION + EXTERNAL + "30803080" + DECOY + END + END + "8150" + PROFILE,
        USER_INFORMATION + EXTERNAL + END + END + USER_INFORMATION + EXTERNAL + "8150" + PROFILE,
    ],
)
def test_the_user_data_are_the_octets_of_the_external_of_user_information(inside: str) -> None:
    """Other octets stand before, beside and below it; an end closes one level and no more."""
    assert extended(accepted(inside))


@pytest.mark.parametrize(
    "inside",
    [
        "8150" + PROFILE,
        USER_INFORMATION + "8150" + PROFILE,
        EXTERNAL + "8150" + PROFILE,
        USER_INFORMATION + EXTERNAL + END + "8150" + PROFILE,
        USER_INFORMATION + EXTERNAL + "3080" + "8150" + PROFILE,
        USER_INFORMATION + EXTERNAL + "3080" + END + END + "8150" + PROFILE,
        USER_INFORMATION + EXTERNAL + "8050" + PROFILE,
    ],
)
def test_octets_anywhere_else_are_no_user_data(inside: str) -> None:
    with pytest.raises(BadFrame, match="no user data"):
        frames.parse(accepted(inside))


@pytest.mark.parametrize(("levels", "kept"), [(15, True), (16, True), (17, False)])
def test_so_many_levels_of_ber_are_walked_and_no_more(levels: int, *, kept: bool) -> None:
    """Four are there already, two are the user information and its external."""
    message = accepted("3080" * (levels - 6) + USER_INFORMATION + EXTERNAL + "8150" + PROFILE)
    if kept:
        assert extended(message)
    else:
        with pytest.raises(BadFrame, match="depth"):
            frames.parse(message)


@pytest.mark.parametrize("session", ["0502 c100 14020002", "1402c1c1", "05ff0003 c1c1c1", ""])
def test_session_data_are_passed_over_by_their_lengths(session: str) -> None:
    """C1 begins the presentation only where an item begins."""
    assert extended(accepted(USER_INFORMATION + EXTERNAL + "8150" + PROFILE, session))


@pytest.mark.parametrize(
    ("data", "length"),
    [
        ("0e", None),
        ("0eff", None),
        ("0eff01", None),
        ("0e00", 2),
        ("0efe", 256),
        ("0eff0100", 260),
        ("0eff00ff00", 259),
        ("0effffff", 65_539),
        ("0d05", 7),
        ("e1", None),
        ("e1000002000100", None),
        ("e100000200010000", 8),
        ("e100000200010100", 264),
        ("e100000200010102ff", 266),
        ("e10001ff00010001", 9),
        ("e100000200018000", 32_776),
    ],
)
def test_the_length_of_a_message_as_soon_as_it_can_be_told(data: str, length: int | None) -> None:
    """LI in one byte, or FF and two; E100 is the session, the two bytes behind it name a context."""
    assert frames.length_of(bytes.fromhex(data)) == length


@pytest.mark.parametrize("data", ["e101000200010000", "e2", "00", "ff00"])
def test_where_no_message_begins(data: str) -> None:
    with pytest.raises(BadFrame, match="tag"):
        frames.length_of(bytes.fromhex(data))


def event(argument: bytes, behind: bytes = b"", command: int = 0) -> bytes:
    return golden.data(1, struct.pack(">HHH", 7, command, len(argument)) + argument + behind)


def answer(argument: bytes, behind: bytes = b"") -> bytes:
    return golden.data(2, struct.pack(">HHH", 3, 7, len(argument)) + argument + behind)


ARGUMENT = bytes.fromhex("002100000000 00075300 0d06 0002 abcd")
POLLED = bytes.fromhex("002100000000 0c16 0002 abcd")


def test_an_event_and_a_result_with_nothing_behind_them() -> None:
    monitor = bytes.fromhex("002100000000")
    assert frames.parse(event(ARGUMENT)) == Event(7, False, monitor, 480_000, 0x0D06, b"\xab\xcd")
    assert frames.parse(event(ARGUMENT, command=1)) == Event(7, True, monitor, 480_000, 0x0D06, b"\xab\xcd")
    assert frames.parse(answer(POLLED)) == Reply(3, 0, 0, 0x0C16, b"\xab\xcd")
    assert frames.parse(golden.denied(3, 4)) == Denied(3, 4)


@pytest.mark.parametrize(
    "message",
    [
        event(ARGUMENT + b"\x00"),
        event(ARGUMENT, b"\x00"),
        answer(POLLED + b"\x00"),
        answer(POLLED, b"\x00"),
        golden.data(3, struct.pack(">HHH", 3, 4, 0) + b"\x00"),
        golden.data(3, struct.pack(">HHH", 3, 4, 1) + b"\x00\x00"),
    ],
)
def test_a_byte_too_many_at_any_level_is_refused(message: bytes) -> None:
    """The lengths around it are right."""
    with pytest.raises(BadFrame, match="length"):
        frames.parse(message)


@pytest.mark.parametrize(("state", "kept"), [(0, False), (1, True), (2, True), (3, True), (4, False)])
def test_a_linked_result_is_first_middle_or_last(state: int, *, kept: bool) -> None:
    message = golden.reply([golden.one(golden.HR, golden.BPM, 72)], ticks=1, sequence=1, link=(state, 9))
    if not kept:
        with pytest.raises(BadFrame, match="link state"):
            frames.parse(message)
        return
    parsed = frames.parse(message)
    assert isinstance(parsed, Reply)
    assert (parsed.state, parsed.number) == (state, 9)


def test_every_kind_of_message_is_counted_under_its_name() -> None:
    names: dict[frames.Message, str] = {
        Associated("abort"): "abort",
        Event(1, True, b"", 0, 0, b""): "event",
        Reply(1, 0, 0, 0, b""): "result",
        Reply(1, 1, 0, 0, b""): "linked",
        Reply(1, 3, 2, 0, b""): "linked",
        Denied(1, 2): "error",
        Other("poll"): "poll",
    }
    assert {message: frames.kind_name(message) for message in names} == names


def sized(text: bytes) -> bytes:
    return struct.pack(">H", len(text)) + text


def specification(*entries: tuple[int, bytes], behind: bytes = b"") -> bytes:
    body = b"".join(struct.pack(">HH", kind, 1) + sized(text) for kind, text in entries) + behind
    return struct.pack(">HH", len(entries), len(body)) + body


def test_the_serial_number_is_the_first_entry_of_that_kind() -> None:
    """Kind 1; others are revisions and part numbers."""
    assert serial_of(specification((2, b"REV A"), (1, b"SN1"), (1, b"SN2"), (3, b"X"))) == "SN1"
    assert serial_of(specification((2, b"REV A"))) == ""
    assert serial_of(specification()) == ""


def test_surplus_in_texts_and_lists_is_refused() -> None:
    assert model_of(sized(b"ACME") + sized(b"BOX")) == "ACME BOX"
    with pytest.raises(BadFrame, match="length"):
        model_of(sized(b"ACME") + sized(b"BOX") + b"\x00")
    with pytest.raises(BadFrame, match="length"):
        serial_of(specification((1, b"SN1"), behind=b"\x00"))
    number, found = golden.alarm(golden.SPO2, 308)
    for list_name in (0x0902, 0x0904):
        longer = [(name, data + b"\x00" * (name == list_name)) for name, data in found]
        parsed = frames.parse(golden.reply([(number, longer)], ticks=1, kind=0x36))
        assert isinstance(parsed, Reply)
        with pytest.raises(BadFrame, match="length"):
            alarms_of(poll_reply(parsed).found)


@pytest.mark.parametrize("text", ["BOX", "X", "BOX\0", "XX\0\0", "\u0100ris", "\u0100X", "X\u0100"])
def test_a_text_loses_its_padding_and_nothing_else(text: str) -> None:
    """Also one whose two-byte letters are all below 80 hex."""
    raw = text.encode("ascii") if text.isascii() else text.encode("utf-16-be")
    assert text_of(Reader(sized(raw))) == text.rstrip("\0")


def test_the_offer_lets_numerics_come_each_second() -> None:
    """8C000000 and 8E000000 have the highest bit; a package without it, or none at all, has not."""
    message = accepted(USER_INFORMATION + EXTERNAL + "8150" + PROFILE)
    package = bytes.fromhex("0001000c f0010008 8e000000 00000000")
    assert package in message
    for word, granted in (("80000000", True), ("7fffffff", False), ("00000000", False)):
        other = bytes.fromhex("0001000c f0010008" + word + "00000000")
        assert extended(message.replace(package, other)) is granted
    assert association.NUMERICS_EACH_SECOND == 1 << 31


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (event(ARGUMENT, command=7), "poll"),
        (event(ARGUMENT, command=3), "other command"),
        (event(ARGUMENT, command=5), "other command"),
        (golden.data(2, struct.pack(">HHH", 3, 5, 0)), "answer"),
        (golden.data(4, b""), "other operation"),
        (golden.data(6, b""), "other operation"),
    ],
)
def test_what_nothing_here_asks_for_is_told_by_its_kind(message: bytes, kind: str) -> None:
    assert frames.parse(message) == Other(kind)
