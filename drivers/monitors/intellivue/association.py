"""Association messages: what opens and ends a session (Data Export over ACSE). Pure.

A message is a tag, a length (one byte, or FF and a u16), session data, and presentation data in BER with
lengths of either form. Only what is negotiated is read; the rest is written as clients in the field write it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from drivers.errors import BadFrame
from drivers.monitors.intellivue.attributes import attributes_of
from drivers.monitors.intellivue.reader import Reader

REQUEST, ACCEPT, REFUSE, ABORT, RELEASE, RELEASED = 0x0D, 0x0E, 0x0C, 0x19, 0x09, 0x0A
TAGS = {ACCEPT: "accept", REFUSE: "refuse", ABORT: "abort", RELEASE: "release", RELEASED: "released"}
LONG = 0xFF
POLL_PROFILE = 0x0001
POLL_PROFILE_EXTENDED = 0xF001
NUMERICS_EACH_SECOND = 0x8000_0000
TICKS_A_SECOND = 8000
DEPTH_MAX = 16
PRESENTATION, USER_INFORMATION, EXTERNAL, OCTETS = 0xC1, 0xBE, 0x28, 0x81
INDEFINITE = 0x80

_SESSION = bytes.fromhex("0508 1301 0016 0102 8000 1402 0002")
_ASSOCIATE = bytes.fromhex(
    "3180 a080 8001 0100 00 a280 a003 000001"
    "a480 3080 020101 0604 52010001 3080 0602 5101 00000000"
    "3080 020102 060c 2a8648ce1402010000000101 3080 060c 2a8648ce1402010000000201 0000 0000 0000"
    "6180 3080 020101 a080 6080 a180 060c 2a8648ce1402010000000301 0000"
    "be80 2880 060c 2a8648ce1402010000000101 020102"
)
_OFFER = bytes.fromhex(
    "80000000 40000000 00000000 80000000 20000000 00000000"
    "0001002c 0001 0028 80000000 000009c4 000009c4 000003e8 ffffffff 60000000"
    "0001000c f0010008 8c000000 00000000"
)
"""As a client; polls 312.5 ms apart at the least, messages of 2500 bytes in, 1000 out; extended polls."""
_ENDS = bytes(16)
_RELEASE = bytes.fromhex("c116 6180 3080 020101 a080 6280 800100 0000 0000 0000 0000")


@dataclass(frozen=True, slots=True)
class Profile:
    """What the monitor grants: least time between polls, and whether numerics come by themselves."""

    min_poll_s: Decimal
    extended: bool

    @property
    def timeout_s(self) -> Decimal:
        """After so long without a poll the monitor ends the association (table recalled, not read)."""
        if self.min_poll_s <= Decimal("3.3"):
            return Decimal(10)
        return 3 * self.min_poll_s if self.min_poll_s <= 43 else Decimal(130)


@dataclass(frozen=True, slots=True)
class Associated:
    """An association message of the monitor: `word` of TAGS, and the profile where it accepts."""

    word: str
    profile: Profile | None = None


def _message(tag: int, rest: bytes) -> bytes:
    return bytes((tag, len(rest))) + rest


def _request() -> bytes:
    presentation = _ASSOCIATE + bytes((OCTETS, len(_OFFER))) + _OFFER + _ENDS
    return _message(REQUEST, _SESSION + bytes((PRESENTATION, len(presentation))) + presentation)


REQUEST_MESSAGE = _request()
RELEASE_MESSAGE = _message(RELEASE, _RELEASE)


def length_of(data: bytes) -> int | None:
    """Bytes of the association message that `data` begins with; None if too few are there to tell."""
    if len(data) < 2 or (data[1] == LONG and len(data) < 4):
        return None
    return 4 + int.from_bytes(data[2:4]) if data[1] == LONG else 2 + data[1]


def parse_association(data: bytes) -> Associated:
    """One whole message; BadFrame says in a word or two what is wrong."""
    word = TAGS.get(data[0])
    if word is None:
        raise BadFrame("tag")
    if length_of(data) != len(data):
        raise BadFrame("length")
    if word != "accept":
        return Associated(word)
    return Associated(word, _profile(_user_data(data[4 if data[1] == LONG else 2 :])))


def _user_data(data: bytes) -> bytes:
    """The octets inside user information, found by walking the BER around them."""
    reader = Reader(data)
    while reader.u8() != PRESENTATION:
        reader.take(_session_length(reader))
    _session_length(reader)
    path: list[int] = []
    while reader.left:
        tag = reader.u8()
        length = _length(reader)
        if length is None:
            path.append(tag)
            if len(path) > DEPTH_MAX:
                raise BadFrame("depth")
        elif tag == OCTETS and path[-2:] == [USER_INFORMATION, EXTERNAL]:
            return reader.take(length)
        elif tag == 0 and length == 0:
            path = path[:-1]
        else:
            reader.take(length)
    raise BadFrame("no user data")


def _session_length(reader: Reader) -> int:
    first = reader.u8()
    return reader.u16() if first == LONG else first


def _length(reader: Reader) -> int | None:
    """A length of BER; None for the indefinite one."""
    first = reader.u8()
    if first == INDEFINITE:
        return None
    return first if first < INDEFINITE else int.from_bytes(reader.take(first & 0x7F))


def _profile(data: bytes) -> Profile:
    """What the monitor answers to the offer."""
    reader = Reader(data)
    reader.take(20)
    attributes_of(reader)
    granted = attributes_of(reader).get(POLL_PROFILE)
    if granted is None:
        raise BadFrame("no poll profile")
    poll = Reader(granted)
    poll.u32()
    min_poll = poll.u32()
    poll.take(16)
    package = attributes_of(poll).get(POLL_PROFILE_EXTENDED, bytes(4))
    extended = bool(Reader(package).u32() & NUMERICS_EACH_SECOND)
    return Profile(Decimal(min_poll) / TICKS_A_SECOND, extended)
