"""Mutated messages against all that reads them: `python -m tests.drivers.intellivue_campaign N SEED`."""

from __future__ import annotations

import random
import sys
from contextlib import suppress
from decimal import Decimal

from drivers.errors import BadFrame, DeviceError
from drivers.monitors.intellivue import frames
from drivers.monitors.intellivue.alarms import alarms_of
from drivers.monitors.intellivue.frames import Event, Reply
from drivers.monitors.intellivue.numerics import numerics_of
from drivers.monitors.intellivue.polls import OBJECTS_MAX, poll_reply
from drivers.monitors.intellivue.recording import Recording
from drivers.monitors.intellivue.schedule import OPEN_MAX
from drivers.monitors.intellivue.session import Session
from drivers.monitors.intellivue.subject import patient_of, system_of
from drivers.values import MONITORED
from tests.drivers import intellivue_peer as golden

QUICK = golden.ACCEPTED.replace(bytes.fromhex("00075300"), bytes.fromhex("000009c4"))
STEP_S = Decimal("0.25")
NOON = "2026-01-01 12:00:00.00"
PATIENT = golden.reply([golden.patient("SIM-0001".encode("utf-16-be"))], ticks=80, kind=0x2A, invoke=1)
POOL = (
    golden.ACCEPTED,
    golden.CREATED,
    golden.CREATED_RESULT,
    golden.SINGLE_POLL,
    golden.denied(3),
    PATIENT,
    golden.reply([golden.alarm(golden.SPO2, 308)], ticks=8000, kind=0x36),
    golden.reply(
        [golden.one(golden.HR, golden.BPM, 72), golden.cuff(120, 70, 87, NOON)], ticks=8000, sequence=4
    ),
    golden.reply([golden.one(golden.SPO2, golden.PERCENT, 98)], ticks=9000, sequence=5, link=(1, 1)),
    golden.reply([golden.one(0x50B0, golden.KPA, 5.1)], ticks=9000, sequence=5, link=(3, 2)),
)


def read_all(message: bytes) -> None:
    """Everything that reads a message, as driver, probe and recordings do; BadFrame at most."""
    parsed = frames.parse(message)
    if isinstance(parsed, Event):
        system_of(parsed.body)
    if isinstance(parsed, Reply):
        found = poll_reply(parsed).found
        list(numerics_of(found))
        alarms_of(found)
        patient_of(found)


def mutated(message: bytes, rng: random.Random) -> bytes:
    """Bytes changed, bits flipped, pieces lost or put in."""
    bad = bytearray(message)
    for _ in range(rng.randint(0, 4)):
        place = rng.randrange(len(bad) + 1)
        match rng.randrange(4):
            case 0:
                bad[place : place + 1] = rng.randbytes(1)
            case 1 if place < len(bad):
                bad[place] ^= 1 << rng.randrange(8)
            case 2:
                del bad[place : place + rng.randint(1, 8)]
            case _:
                bad[place:place] = rng.randbytes(rng.randint(1, 8))
    return bytes(bad) if rng.random() < 0.95 else rng.randbytes(rng.randint(0, 200))


def associated(now_s: Decimal) -> Session:
    session = Session(MONITORED, 1, now_s)
    session.beat(now_s)
    for message in (QUICK, golden.CREATED, PATIENT):
        session.take(message, now_s)
    return session


def campaign(count: int, seed: int) -> int:
    """How many associations were ended by `count` inputs; anything but a DeviceError goes through."""
    rng = random.Random(seed)
    now_s = Decimal(0)
    session, recording = associated(now_s), Recording()
    ended = 0
    for _ in range(count):
        bad = mutated(rng.choice(POOL), rng)
        recording.feed(bad)
        with suppress(BadFrame):
            read_all(bad)
        try:
            now_s += STEP_S
            session.take(bad, now_s)
            session.beat(now_s)
        except DeviceError:
            ended += 1
            session = associated(now_s)
        assert session.trains.held <= OBJECTS_MAX + 2
        assert session._asking is not None
        assert len(session._asking._open) <= OPEN_MAX
    recording.finish()
    return ended


if __name__ == "__main__":
    inputs, first = (int(word) for word in sys.argv[1:])
    print(f"{inputs} inputs, {campaign(inputs, first)} associations ended, nothing else raised")
