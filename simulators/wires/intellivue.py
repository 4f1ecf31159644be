"""The monitor's side of IntelliVue Data Export, on the network or its serial port (MIB/RS232)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from simulators.bodies.patient import Patient
from simulators.wires import intellivue_codec as codec
from simulators.wires.intellivue_objects import SOURCES, Display, chunks
from simulators.wires.intellivue_options import (
    IntelliVueOptions,
    LinkEnd,
    Renewal,
    SecondRequest,
    TimedOut,
    TrainSequence,
)

TICKS = 8000
REPLY_EVERY_S = Decimal("1.024")
TELL_AGAIN_S = 2.0
ANNOUNCED_TO = 24005
ANNOUNCE_EVERY_S = 10.0
WAKE_MIN_S = 0.001
NUMERICS, ALARMS, PATIENT, SYSTEM = 0x06, 0x36, 0x2A, 0x21
NO_SUCH_CLASS, NO_SUCH_ACTION, BUSY = 0, 9, 10
EXTENDED_FLAGS = 0x8E00_0000
FAULTS = ("mute", "stuck", "busy", "deny_extended", "deny_patient", "deny_alarms", "demo", "other_patient")


@dataclass
class Extended:
    """A poll the monitor answers again and again until `ends_s` of the link's clock."""

    invoke: int
    number: int
    group: int
    ends_s: float
    due_s: Decimal
    sequence: int = 0


@dataclass
class Association:
    """What the monitor keeps of its one client."""

    min_poll_ticks: int
    asked_s: float
    told_s: float
    known: bool = False
    """The client has answered the event in which the monitor tells who it is."""
    polls: dict[int, Extended] = field(default_factory=dict)

    @property
    def timeout_s(self) -> float:
        """Without a poll for so long it ends."""
        period_s = self.min_poll_ticks / TICKS
        return 10.0 if period_s <= 3.3 else 3 * period_s if period_s <= 43 else 130.0


class IntelliVue:
    """One monitor with one client at a time. Values come in body seconds, `speed` per link second.

    A client that begins with C0 is answered in serial frames, any other in messages as they are.
    """

    model = "intellivue"
    bytes_per_s = 115200 // 10

    def __init__(
        self, patient: Patient, options: IntelliVueOptions | None = None, speed: Decimal = Decimal(1)
    ) -> None:
        self.patient = patient
        self.options = options or IntelliVueOptions()
        self.display = Display(patient, self.options)
        self.association: Association | None = None
        self.refused = 0
        """Requests of clients that came while there was one."""
        self.lan = False
        """It is on a network, where it announces itself."""
        self._speed = speed
        self._serial = False
        self._raw: bytearray | None = None
        self._booted_s, self._first_tick = Decimal(0), self.options.start_ticks
        self._announced_s: float | None = None
        self._events = 0
        self._stuck = b""

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take a datagram, or bytes of a serial line."""
        out = self.tick(now_s)
        if self._raw is None and not self._serial and data[:1] in codec.FIRST_BYTES:
            return out + self._said(self._take(data, now_s))
        for byte in data:
            message = self._collect(byte)
            if message is not None:
                out += self._said(self._take(message, now_s))
        return out

    def split(self, data: bytes) -> list[bytes]:
        """What it says at once, message by message as on the network."""
        return [data] if self._serial else codec.cut(data)

    def turn_away(self, data: bytes) -> bytes | None:
        """What another client hears while there is one; None = it may come."""
        if self.association is None or self.options.second_request is SecondRequest.RESTART:
            return None
        self.refused += 1
        return codec.REFUSED if data[:1] == bytes((codec.AARQ,)) else b""

    def announced_to(self, data: bytes) -> int | None:
        """The port a Connect Indication goes to; None for all else, which is the client's."""
        return ANNOUNCED_TO if data[:1] == b"\x00" else None

    def tick(self, now_s: float) -> bytes:
        """What is due: values, who it is once more, the end of an association nobody polls."""
        if "power" in self.display.on:
            return b""
        if self.association is None:
            return self._said(self._announce(now_s))
        return self._said(self._due(self.association, now_s))

    def wake_s(self, now_s: float) -> float | None:
        """When something is due next."""
        if self.association is None:
            return now_s + ANNOUNCE_EVERY_S
        due = [self.association.asked_s + self.association.timeout_s]
        if not self.association.known:
            due.append(self.association.told_s + TELL_AGAIN_S)
        polls = self.association.polls.values()
        due += [now_s + float((poll.due_s - self.patient.elapsed_s) / self._speed) for poll in polls]
        return max(now_s + WAKE_MIN_S, min(due))

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Its faults by name."""

        def switch(within: set[str], name: str, on: bool) -> None:
            (within.add if on else within.discard)(name)

        return {
            **{f"{name}_off": partial(switch, self.display.off, name) for name in SOURCES},
            **{
                f"{name}_questionable": partial(switch, self.display.on, f"{name}_questionable")
                for name in SOURCES
            },
            **{name: partial(switch, self.display.on, name) for name in FAULTS},
            "power": self._power,
            "abort": self._abort,
            "clock_back": lambda on: setattr(self.display, "clock_ahead_s", -3600 if on else 0),
            "nibp_auto_off": lambda on: setattr(self.patient.cuff, "auto", not on),
        }

    def _power(self, on: bool) -> None:
        """Off forgets the client and the running time."""
        (self.display.on.add if on else self.display.on.discard)("power")
        self.association = None
        self._booted_s, self._first_tick = self.patient.elapsed_s, 0

    def _abort(self, on: bool) -> None:
        """The association is over without a word to the client."""
        if on:
            self.association = None

    def _collect(self, byte: int) -> bytes | None:
        """The message that this byte of a serial line ends."""
        if byte == 0xC0:
            self._raw = bytearray()
        elif byte == 0xC1 and self._raw is not None:
            raw, self._raw = bytes(self._raw), None
            message = codec.unwrap(raw)
            self._serial = self._serial or message is not None
            return message
        elif self._raw is not None and len(self._raw) < codec.FRAME_MAX:
            self._raw.append(byte)
        return None

    def _said(self, messages: list[bytes]) -> bytes:
        if "mute" in self.display.on or "power" in self.display.on:
            return b""
        return b"".join(codec.wrap(one) if self._serial else one for one in messages)

    def _take(self, message: bytes, now_s: float) -> list[bytes]:
        if "power" in self.display.on or not message:
            return []
        if message[0] == codec.AARQ:
            return self._associate(message, now_s)
        if self.association is None:
            return []
        if message[0] in {0x09, 0x19}:
            self.association = None
            return [codec.RELEASED] if message[0] == 0x09 else []
        try:
            return self._operation(self.association, message, now_s)
        except struct.error:
            return []

    def _associate(self, message: bytes, now_s: float) -> list[bytes]:
        asked = codec.asked_profile(message)
        taken = self.association is not None and self.options.second_request is SecondRequest.REFUSE
        if asked is None or taken or "busy" in self.display.on:
            self.refused += 1
            return [codec.REFUSED]
        min_poll = self.options.min_poll_ms * 8 or asked[0]
        flags = EXTENDED_FLAGS & asked[1] if self.options.extended_poll else 0
        self.association = Association(min_poll, now_s, now_s)
        return [codec.accepted(min_poll, flags), self._tell()]

    def _tell(self) -> bytes:
        self._events = self._events % 0xFFFF + 1
        confirmed = self.options.confirmed_event
        return codec.created(self._events, self._ticks(), confirmed, self.display.system())

    def _operation(self, client: Association, message: bytes, now_s: float) -> list[bytes]:
        operation, length, invoke, command = struct.unpack(">HHHH", message[4:12])
        if message[0] != 0xE1 or length != len(message) - 8:
            return []
        if operation == 2 and command == 1:
            client.known = True
        if operation != 1 or command != 7 or not client.known:
            return []
        action, _, number, _, objects, group = struct.unpack(">HHHHHH", message[24:36])
        client.asked_s = now_s
        refusal = self._refusal(action, objects)
        if refusal is not None:
            return [codec.error(invoke, refusal)]
        if action == codec.SINGLE:
            return self._reply(Extended(invoke, number, group, 0, Decimal(0)), objects, codec.SINGLE)
        return self._extend(client, message, Extended(invoke, number, group, now_s, Decimal(0)), now_s)

    def _refusal(self, action: int, objects: int) -> int | None:
        """The code of the error it answers a poll with, if it does."""
        on = self.display.on
        if action not in {codec.SINGLE, codec.EXTENDED}:
            return NO_SUCH_ACTION
        if action == codec.EXTENDED and ("deny_extended" in on or not self.options.extended_poll):
            return NO_SUCH_ACTION
        denied = (objects == PATIENT and "deny_patient" in on) or (objects == ALARMS and "deny_alarms" in on)
        return NO_SUCH_CLASS if denied or objects not in {NUMERICS, ALARMS, PATIENT, SYSTEM} else None

    def _extend(self, client: Association, message: bytes, poll: Extended, now_s: float) -> list[bytes]:
        """Begin an extended poll, or keep it up for another period; without one it is answered once."""
        objects = struct.unpack(">H", message[32:34])[0]
        period = message[36:].partition(b"\xf1\x3e\x00\x04")[2][:4]
        if len(period) < 4:
            return self._reply(poll, objects, codec.EXTENDED)
        poll.ends_s = now_s + int.from_bytes(period) / TICKS
        running = client.polls.get(objects)
        poll.due_s = self.patient.elapsed_s if running is None else running.due_s
        if running is not None and self.options.renewal is Renewal.CONTINUES:
            poll.sequence = running.sequence
        client.polls[objects] = poll
        return self._due(client, now_s)

    def _due(self, client: Association, now_s: float) -> list[bytes]:
        if now_s >= client.asked_s + client.timeout_s:
            self.association = None
            return [codec.ABORTED] if self.options.timed_out is TimedOut.ABORT else []
        out = []
        if not client.known and now_s >= client.told_s + TELL_AGAIN_S:
            client.told_s = now_s
            out.append(self._tell())
        for objects, poll in list(client.polls.items()):
            if now_s >= poll.ends_s:
                del client.polls[objects]
            elif self.patient.elapsed_s >= poll.due_s:
                out += self._reply(poll, objects, codec.EXTENDED)
                poll.due_s += REPLY_EVERY_S
                if poll.due_s <= self.patient.elapsed_s:
                    poll.due_s = self.patient.elapsed_s + REPLY_EVERY_S
        return out

    def _reply(self, poll: Extended, objects: int, action: int) -> list[bytes]:
        """The objects of a class in one message, or linked in several."""
        found = {
            NUMERICS: self.display.numerics,
            ALARMS: self.display.alarms,
            PATIENT: self.display.patient,
        }.get(objects, lambda: [(0, codec.listed(self.display.system().items()))])()
        head = struct.pack(">I", self._ticks()) + self.display.now()
        if "stuck" in self.display.on:
            head = self._stuck or head
        self._stuck = head
        parts = chunks(found, self.options.link_objects)
        each = self.options.train_sequence is TrainSequence.EACH
        out = []
        for place, part in enumerate(parts):
            content = struct.pack(">H", poll.number)
            if action == codec.EXTENDED:
                content += struct.pack(">H", poll.sequence)
                if each or part is parts[-1]:
                    poll.sequence = (poll.sequence + 1) & 0xFFFF
            content += head + struct.pack(">HHH", 1, objects, poll.group) + codec.objects(part)
            out.append(codec.result(poll.invoke, action, content, self._link(place, len(parts))))
        return out

    def _link(self, place: int, count: int) -> tuple[int, int] | None:
        """First 1, between 2, last 3, and the number of the part; None = a plain result."""
        last = place == count - 1
        if count == 1 or (last and self.options.link_end is LinkEnd.RESULT):
            return None
        state = 1 if place == 0 else 3 if last else 2
        return state, (place + self.options.link_count_from) & 0xFF

    def _announce(self, now_s: float) -> list[bytes]:
        """A Connect Indication, while nobody is associated."""
        if not self.lan or not self.options.announce:
            return []
        if self._announced_s is not None and now_s < self._announced_s + ANNOUNCE_EVERY_S:
            return []
        self._announced_s = now_s
        return [codec.indication(self._ticks())]

    def _ticks(self) -> int:
        """Its running time in 1/8 ms, which wraps after six days."""
        elapsed = int((self.patient.elapsed_s - self._booted_s) * TICKS)
        return (self._first_tick + elapsed) & 0xFFFF_FFFF
