"""What a poll reply says, when, and of which objects; replies in parts are put together. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from drivers.monitors.intellivue.attributes import absolute_time, attributes_of, time_text
from drivers.monitors.intellivue.frames import EXTENDED_POLL, LINK_FIRST, LINK_MIDDLE, Reply
from drivers.monitors.intellivue.reader import Reader, items

PARTS_MAX = 64
OBJECTS_MAX = 1024
"""More than any monitor has; a train of replies beyond is given up."""
TRAINS_MAX = 4
TICKS_WRAP = 1 << 32
TOGETHER_TICKS = 4000
"""Half a second: the next reply of an extended poll is later than that."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One object: the context and handle it is known by, and its attributes."""

    context: int
    handle: int
    attributes: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class PollReply:
    """`ticks` is the monitor's running time in 1/8 ms.

    `time` is its calendar in 1/100 s, and `at` the same as text; None if its clock is not set.

    `sequence` and `last_sequence` are the numbers of its first and its last part; None in a single poll.
    """

    number: int
    sequence: int | None
    last_sequence: int | None
    ticks: int
    time: int | None
    at: str | None
    objects: int
    group: int
    found: tuple[Observation, ...]


def poll_reply(reply: Reply) -> PollReply:
    """The content of a result; BadFrame where its lists do not hold what they announce."""
    reader = Reader(reply.body)
    number = reader.u16()
    sequence = reader.u16() if reply.action == EXTENDED_POLL else None
    ticks, stamp = reader.u32(), reader.take(8)
    reader.u16()
    objects, group = reader.u16(), reader.u16()
    count, contexts = items(reader)
    reader.end()
    found: list[Observation] = []
    for _ in range(count):
        context = contexts.u16()
        several, observations = items(contexts)
        found += [_observation(context, observations) for _ in range(several)]
        observations.end()
    contexts.end()
    time, at = absolute_time(stamp), time_text(stamp)
    return PollReply(number, sequence, sequence, ticks, time, at, objects, group, tuple(found))


def _observation(context: int, reader: Reader) -> Observation:
    return Observation(context, reader.u16(), attributes_of(reader))


@dataclass
class _Train:
    """The parts of one reply so far, and the number of the first one."""

    parts: list[PollReply]
    first: int

    def place(self, number: int) -> int:
        """Of a part with this number, from 0; numbers wrap at 256."""
        return (number - self.first) & 0xFF


class Trains:
    """Puts linked replies together in bounded memory; `broken` counts trains given up.

    The parts of a train come in order and all of them, or it is given up: half a list of values could hide
    what the other half says. A part that comes twice counts once. The last part may also come as a plain
    result of the same request.
    """

    def __init__(self) -> None:
        self.broken = 0
        self._trains: dict[int, _Train] = {}
        self._linked: dict[int, PollReply] = {}
        """The last linked part by request: a plain result of that moment is its tail."""

    @property
    def held(self) -> int:
        """Objects of trains that have not ended."""
        return sum(len(part.found) for train in self._trains.values() for part in train.parts)

    def take(self, reply: Reply) -> PollReply | None:
        """The whole reply that this part ends; BadFrame for a part that cannot be read."""
        part = poll_reply(reply)
        train = self._trains.get(reply.invoke)
        if train is None or not _together(train.parts[0], part):
            return self._outside(reply, part)
        if reply.state:
            place = train.place(reply.number)
            if place < len(train.parts) and train.parts[place] == part:
                return None
            if place != len(train.parts) or reply.state == LINK_FIRST:
                self._give_up(reply.invoke)
                return None
        train.parts.append(part)
        if reply.state == LINK_MIDDLE:
            if len(train.parts) >= PARTS_MAX or self.held > OBJECTS_MAX:
                self._give_up(reply.invoke)
            return None
        return _whole(self._trains.pop(reply.invoke).parts)

    def _outside(self, reply: Reply, part: PollReply) -> PollReply | None:
        """A part of no train that is there: it begins one, stands alone, or is the rest of a broken one."""
        linked = self._linked.get(reply.invoke)
        if reply.state == 0 and (linked is None or not _together(linked, part)):
            return part
        if reply.state:
            self._linked.pop(reply.invoke, None)
            self._linked[reply.invoke] = part
            if len(self._linked) > TRAINS_MAX:
                del self._linked[next(iter(self._linked))]
        if reply.state != LINK_FIRST or reply.invoke in self._trains:
            self._give_up(reply.invoke)
        if reply.state == LINK_FIRST:
            while len(self._trains) >= TRAINS_MAX or (self._trains and self.held > OBJECTS_MAX):
                self._give_up(next(iter(self._trains)))
            self._trains[reply.invoke] = _Train([part], reply.number)
        return None

    def _give_up(self, invoke: int) -> None:
        self._trains.pop(invoke, None)
        self.broken += 1


def _together(before: PollReply, part: PollReply) -> bool:
    """Parts of one reply are as good as simultaneous."""
    same = (before.number, before.objects, before.group) == (part.number, part.objects, part.group)
    return same and (part.ticks - before.ticks) % TICKS_WRAP < TOGETHER_TICKS


def _whole(parts: list[PollReply]) -> PollReply:
    """One reply of all parts, with the time of the first."""
    found = tuple(one for part in parts for one in part.found)
    return replace(parts[0], last_sequence=parts[-1].last_sequence, found=found)
