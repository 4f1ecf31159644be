"""A data export client as such programs are written in the field: fixed places, no driver of ours."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from decimal import Decimal

from simulators.bodies.patient import Patient, PatientOptions
from simulators.bodies.reaction import ReactionOptions
from simulators.wires.intellivue import IntelliVue
from simulators.wires.intellivue_options import IntelliVueOptions

REQUEST = bytes.fromhex(
    "0dec0508130100160102800014020002c1dc3180a0808001010000a280a003000001a4803080020101060452010001308006"
    "025101000000003080020102060c2a8648ce14020100000001013080060c2a8648ce14020100000002010000000000006180"
    "3080020101a0806080a180060c2a8648ce14020100000003010000be802880060c2a8648ce14020100000001010201028148"
    "8000000040000000000000008000000020000000000000000001002c0001002880000000000009c4000009c4000003e8ffff"
    "ffff600000000001000cf00100088c0000000000000000000000000000000000000000000000"
)
CREATED_RESULT = bytes.fromhex("e1000002 0002 0014 0001 0001 000e 0021 00000000 000abd00 0d06 0000")
SINGLE_POLL = bytes.fromhex(
    "e1000002 0001001c 0000 0007 0016 0021 00000000 00000000 0c16 0008 0001 0001 0006 0000"
)
RELEASE = bytes.fromhex("0918c1166180308002010 1a0806280800100 0000000000000000".replace(" ", ""))
STEP = Decimal("0.25")


def extended_poll(ticks: int, kind: int = 6) -> bytes:
    body = struct.pack(">HHHH", 1, 1, kind, 0) + struct.pack(">HHHHI", 1, 8, 0xF13E, 4, ticks)
    action = struct.pack(">HIIHH", 0x21, 0, 0, 0xF13B, len(body)) + body
    invoke = struct.pack(">HHH", 1, 7, len(action)) + action
    return struct.pack(">HHHH", 0xE100, 2, 1, len(invoke)) + invoke


def single_poll(kind: int) -> bytes:
    return SINGLE_POLL[:32] + struct.pack(">H", kind) + SINGLE_POLL[34:]


@dataclass
class Part:
    """One reply as it came: `link` is 0 for a plain result, else first, between, last."""

    link: int
    count: int
    sequence: int
    ticks: int
    time: bytes
    numbers: dict[int, tuple[int, int, float | None]] = field(default_factory=dict)
    stamps: dict[int, bytes] = field(default_factory=dict)


def number(raw: int) -> float | None:
    mantissa, exponent = raw & 0xFFFFFF, (raw >> 24) - 256 * (raw >> 31)
    if mantissa == 0x7FFFFF:
        return None
    return (mantissa - (1 << 24) * (mantissa >> 23)) * 10.0**exponent


def read(message: bytes) -> Part | None:
    """A poll reply by fixed offsets; None for anything else."""
    operation = struct.unpack(">H", message[4:6])[0]
    if message[0] != 0xE1 or operation not in {2, 5}:
        return None
    assert struct.unpack(">H", message[6:8])[0] == len(message) - 8
    at = 8
    link = count = 0
    if operation == 5:
        link, count = message[8], message[9]
        at = 10
    _, command, length = struct.unpack(">HHH", message[at : at + 6])
    assert (command, length) == (7, len(message) - at - 6)
    action, length = struct.unpack(">HH", message[at + 12 : at + 16])
    assert length == len(message) - at - 16
    at += 18
    sequence = -1
    if action == 0xF13B:
        sequence = struct.unpack(">H", message[at : at + 2])[0]
        at += 2
    part = Part(
        link, count, sequence, struct.unpack(">I", message[at : at + 4])[0], message[at + 4 : at + 12]
    )
    at += 18
    contexts, length = struct.unpack(">HH", message[at : at + 4])
    assert (contexts, length) == (1, len(message) - at - 4)
    _, objects, length = struct.unpack(">HHH", message[at + 4 : at + 10])
    assert length == len(message) - at - 10
    at += 10
    for _ in range(objects):
        handle, several, length = struct.unpack(">HHH", message[at : at + 6])
        at += 6
        end = at + length
        for _ in range(several):
            name, size = struct.unpack(">HH", message[at : at + 4])
            value = message[at + 4 : at + 4 + size]
            at += 4 + size
            if name == 0x0950:
                keep(part, value)
            elif name == 0x094B:
                for place in range(4, size, 10):
                    keep(part, value[place : place + 10])
            elif name == 0x0990:
                part.stamps[handle] = value
        assert at == end
    assert at == len(message)
    return part


def keep(part: Part, value: bytes) -> None:
    code, state, unit, raw = struct.unpack(">HHHI", value)
    part.numbers[code] = (state, unit, number(raw))


class Client:
    """A monitor on a quarter-second grid with this client at its other end."""

    def __init__(self, speed: str = "1", patient: PatientOptions | None = None, **options: object) -> None:
        body = Patient(patient or PatientOptions(noise=0.0), ReactionOptions())
        self.wire = IntelliVue(body, IntelliVueOptions(**options), Decimal(speed))  # type: ignore[arg-type]
        self.speed = Decimal(speed)
        self.now_s = Decimal(0)

    def send(self, message: bytes) -> list[bytes]:
        said = self.wire.receive(message, float(self.now_s))
        return self.wire.split(said) if said else []

    def wait(self, seconds: float) -> list[bytes]:
        out: list[bytes] = []
        end = self.now_s + Decimal(str(seconds))
        while self.now_s < end:
            self.now_s += STEP
            self.wire.patient.advance(STEP * self.speed)
            said = self.wire.tick(float(self.now_s))
            out += self.wire.split(said) if said else []
        return out

    def associate(self) -> bytes:
        """The monitor's answer, after which it is known."""
        answer, created = self.send(REQUEST)
        assert created[24:26] == b"\x0d\x06"
        self.send(CREATED_RESULT)
        return answer

    def values(self, seconds: float) -> list[list[Part]]:
        """The whole replies of an extended poll that is renewed each second."""
        out: list[bytes] = []
        for _ in range(int(seconds)):
            out += self.send(extended_poll(8000 * 5)) + self.wait(1)
        return trains(out)


def trains(messages: list[bytes]) -> list[list[Part]]:
    found: list[list[Part]] = []
    for message in messages:
        part = read(message)
        if part is not None:
            if part.link in {0, 1}:
                found.append([])
            found[-1].append(part)
    return found


def numbers(train: list[Part]) -> dict[int, tuple[int, int, float | None]]:
    return {code: value for part in train for code, value in part.numbers.items()}
