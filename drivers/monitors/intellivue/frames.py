"""Data export messages: requests out, events, results and errors in (Data Export over ROSE). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.errors import BadFrame
from drivers.monitors.intellivue import association
from drivers.monitors.intellivue.association import Associated
from drivers.monitors.intellivue.reader import Reader

DATA = 0xE1
HEADER = bytes.fromhex("e1000002")
INVOKE, RESULT = 1, 2
EVENT, CONFIRMED_EVENT, ACTION = 0, 1, 7
SINGLE_POLL = 0x0C16
EXTENDED_POLL = 0xF13B
MDS_CREATED = 0x0D06
MDS, PATIENT, NUMERICS, ALARMS = 0x21, 0x2A, 0x06, 0x36
ALL_ATTRIBUTES = 0
ALARM_GROUP = 0x0801
SYSTEM_GROUP = 0x080C
POLL_PERIOD = 0xF13E
PARTITION = 1
_MONITOR = bytes.fromhex("0021 0000 0000")
LINK_FIRST, LINK_MIDDLE, LINK_LAST = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Event:
    """Something the monitor tells unasked; `time` in its ticks, `kind` as the wire has it."""

    invoke: int
    confirmed: bool
    source: bytes
    time: int
    kind: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A result, or one part of a linked one: `state` is 0 alone, else first, middle or last."""

    invoke: int
    state: int
    number: int
    action: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Denied:
    """An error reply: `code` is the monitor's own."""

    invoke: int
    code: int


@dataclass(frozen=True, slots=True)
class Other:
    """A well-formed message that nothing here asks for."""

    kind: str


Message = Associated | Event | Reply | Denied | Other


def kind_name(message: Message) -> str:
    """A word for the counts."""
    match message:
        case Associated(word):
            return word
        case Event():
            return "event"
        case Reply(state=0):
            return "result"
        case Reply():
            return "linked"
        case Denied():
            return "error"
    return message.kind


def length_of(data: bytes) -> int | None:
    """Bytes of the message that `data` begins with; None if too few are there to tell.

    BadFrame where no message begins.
    """
    if data[0] == DATA:
        if not HEADER.startswith(data[:2]):
            raise BadFrame("tag")
        return 8 + int.from_bytes(data[6:8]) if len(data) >= 8 else None
    if data[0] in association.TAGS or data[0] == association.REQUEST:
        return association.length_of(data)
    raise BadFrame("tag")


def parse(data: bytes) -> Message:
    """One whole message; BadFrame says in a word or two what is wrong, and is all it raises."""
    if not data:
        raise BadFrame("short")
    if data[0] == association.REQUEST and length_of(data) == len(data):
        return Other("request")
    if data[0] != DATA:
        return association.parse_association(data)
    reader = Reader(data)
    reader.take(len(HEADER))
    operation, content = reader.u16(), reader.sized()
    reader.end()
    match operation:
        case 1:
            return _invoked(content)
        case 2:
            return _reply(content, 0, 0)
        case 5:
            state, number = content.u8(), content.u8()
            if not LINK_FIRST <= state <= LINK_LAST:
                raise BadFrame("link state")
            return _reply(content, state, number)
        case 3:
            return _denied(content)
    return Other("other operation")


def _invoked(content: Reader) -> Event | Other:
    invoke, command, argument = content.u16(), content.u16(), content.sized()
    content.end()
    if command not in {EVENT, CONFIRMED_EVENT}:
        return Other("poll" if command == ACTION else "other command")
    source, time, kind = argument.take(6), argument.u32(), argument.u16()
    body = argument.sized().rest()
    argument.end()
    return Event(invoke, command == CONFIRMED_EVENT, source, time, kind, body)


def _reply(content: Reader, state: int, number: int) -> Reply | Other:
    invoke, command, argument = content.u16(), content.u16(), content.sized()
    content.end()
    if command != ACTION:
        return Other("answer")
    argument.take(len(_MONITOR))
    action = argument.u16()
    if action not in {SINGLE_POLL, EXTENDED_POLL}:
        argument.u16()
        action = argument.u16()
    body = argument.sized().rest()
    argument.end()
    return Reply(invoke, state, number, action, body)


def _denied(content: Reader) -> Denied:
    invoke, code = content.u16(), content.u16()
    content.sized()
    content.end()
    return Denied(invoke, code)


def _envelope(operation: int, invoke: int, command: int, argument: bytes) -> bytes:
    body = _u16(invoke, command, len(argument)) + argument
    return HEADER + _u16(operation, len(body)) + body


def _action(invoke: int, action: int, body: bytes) -> bytes:
    return _envelope(INVOKE, invoke, ACTION, _MONITOR + bytes(4) + _u16(action, len(body)) + body)


def single_poll(invoke: int, number: int, objects: int, group: int) -> bytes:
    """Ask once for the attributes of a group of all objects of a class."""
    return _action(invoke, SINGLE_POLL, _u16(number, PARTITION, objects, group))


def extended_poll(invoke: int, number: int, objects: int, group: int, ticks: int) -> bytes:
    """Ask for them again and again for so long, in ticks of 1/8 ms."""
    period = _u16(1, 8, POLL_PERIOD, 4) + ticks.to_bytes(4)
    return _action(invoke, EXTENDED_POLL, _u16(number, PARTITION, objects, group) + period)


def created_result(event: Event) -> bytes:
    """What the monitor waits for after it told who it is."""
    argument = _MONITOR + event.time.to_bytes(4) + _u16(MDS_CREATED, 0)
    return _envelope(RESULT, event.invoke, CONFIRMED_EVENT, argument)


def _u16(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2) for number in numbers)
