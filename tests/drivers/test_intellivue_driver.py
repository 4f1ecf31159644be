"""An IntelliVue over the memory link on virtual time, the far end played by hand."""

from __future__ import annotations

import asyncio
import struct
from decimal import Decimal
from itertools import pairwise

import pytest

from drivers.errors import DeviceError, LinkLost, NoReply, Refused
from drivers.links.memory import NullModem
from drivers.monitors.intellivue import frames
from drivers.monitors.intellivue.association import RELEASE_MESSAGE
from drivers.monitors.intellivue.driver import IntelliVue
from drivers.monitors.intellivue.serial_frames import encode
from drivers.monitors.intellivue.times import MonitorClock
from drivers.values import MonitorIdentity, Signal, Validity, VitalsSample
from tests.drivers import intellivue_peer as golden
from tests.drivers.dianet_peer import settle
from tests.drivers.intellivue_peer import BPM, HR
from tests.drivers.virtual import virtual

EXTENDED, SINGLE = b"\xf1\x3b", b"\x0c\x16"
NUMERICS, ALARMS, PATIENT, SYSTEM = 0x06, 0x36, 0x2A, 0x21
NO_EXTENDED = golden.ACCEPTED.replace(bytes.fromhex("f00100088e"), bytes.fromhex("f00100080e"))
QUICK = bytes.fromhex("000009c4")


def accepted(*, min_poll: bytes = QUICK, extended: bool = True) -> bytes:
    message = golden.ACCEPTED if extended else NO_EXTENDED
    return message.replace(bytes.fromhex("00075300"), min_poll)


class Bed:
    """A driver under test; the monitor's running time is the loop's, 100 s ahead."""

    def __init__(self, *, datagrams: bool = True) -> None:
        self.cable = NullModem("m1")
        self.monitor = IntelliVue(self.cable.a, datagrams=datagrams)
        self.seen: list[bytes] = []
        self.samples: list[VitalsSample] = []
        self.identities: list[MonitorIdentity] = []
        self.sequence = 0
        self.run: asyncio.Task[None]

    async def start(self) -> None:
        await settle()
        self.seen.clear()
        await self.cable.b.open(self.seen.append, lambda _: None)
        self.run = asyncio.create_task(self.monitor.run(self.identities.append, self.samples.append))
        await settle()

    async def say(self, *messages: bytes) -> None:
        for message in messages:
            self.cable.b.write(message)
        await settle()

    async def associate(self, answer: bytes | None = None, *, name: bytes | None = b"") -> None:
        """Accepted, identified, the patient asked for and answered."""
        await self.start()
        await self.say(accepted() if answer is None else answer, golden.CREATED)
        if name is not None:
            await self.answer(PATIENT, golden.patient(name))

    def asked(self, kind: int, action: bytes = SINGLE) -> list[bytes]:
        """The polls of a class so far."""
        return [one for one in self.seen if one[24:26] == action and one[32:34] == struct.pack(">H", kind)]

    @property
    def ticks(self) -> int:
        return int((asyncio.get_running_loop().time() + 100) * 8000)

    async def answer(self, kind: int, *objects: golden.Object, ticks: int | None = None) -> None:
        """The reply to the last single poll of a class."""
        poll = self.asked(kind)[-1]
        invoke, number = struct.unpack(">H", poll[8:10])[0], struct.unpack(">H", poll[28:30])[0]
        when = self.ticks if ticks is None else ticks
        await self.say(golden.reply(objects, ticks=when, kind=kind, invoke=invoke, number=number))

    def values(self, *, ticks: int | None = None, rate: float = 72, sequence: int | None = None) -> bytes:
        """The next reply of the extended poll."""
        self.sequence += 1
        poll = self.asked(NUMERICS, EXTENDED)[-1]
        return golden.reply(
            [golden.one(HR, BPM, rate)],
            ticks=self.ticks if ticks is None else ticks,
            sequence=self.sequence if sequence is None else sequence,
            number=struct.unpack(">H", poll[28:30])[0],
            invoke=struct.unpack(">H", poll[8:10])[0],
        )

    @property
    def session(self) -> object:
        return self.monitor.session

    async def ended(self) -> DeviceError:
        with pytest.raises(DeviceError) as caught:
            await self.run
        return caught.value

    async def stop(self) -> None:
        self.run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.run


@virtual
async def test_request_answer_who_polls_values_release() -> None:
    bed = Bed()
    await bed.start()
    assert bed.seen == [golden.REQUEST]
    await bed.say(accepted())
    assert bed.seen == [golden.REQUEST]
    await bed.say(golden.CREATED)
    event = frames.parse(golden.CREATED)
    assert isinstance(event, frames.Event)
    assert bed.seen[1] == frames.created_result(event)
    assert bed.identities == [MonitorIdentity("intellivue", "MD PNP ICE TEST ONE, serial number 1234567")]
    assert [len(bed.asked(kind)) for kind in (PATIENT, ALARMS, SYSTEM)] == [1, 1, 1]
    (poll,) = bed.asked(NUMERICS, EXTENDED)
    assert poll.endswith(bytes.fromhex("0001 0008 f13e 0004 00075300"))
    await bed.answer(PATIENT, golden.patient(b""))
    await bed.say(bed.values())
    assert bed.samples[0].signals[Signal.HR].value == 72
    assert bed.samples[0].signals[Signal.HR].measured
    assert bed.samples[0].subject == ""
    await bed.stop()
    assert bed.seen[-1] == RELEASE_MESSAGE


@virtual
async def test_the_same_in_serial_frames_cut_at_every_byte() -> None:
    bed = Bed(datagrams=False)
    await bed.start()
    assert bed.seen == [golden.framed(golden.REQUEST)]
    stream = golden.framed(accepted()) + b"noise" + golden.framed(golden.CREATED)
    for byte in stream:
        bed.cable.b.write(bytes((byte,)))
    await settle()
    assert len(bed.identities) == 1
    assert len(bed.seen) == 6
    await bed.stop()
    assert bed.seen[-1] == encode(RELEASE_MESSAGE)


@pytest.mark.parametrize("link", ["udp:127.0.0.1:24105", "serial:/dev/ttyUSB0", "tcp:10.0.0.1:4001"])
def test_the_framing_belongs_to_the_link(link: str) -> None:
    cable = NullModem("x")
    cable.a._name = link
    assert IntelliVue(cable.a)._datagrams is link.startswith("udp:")


@virtual
async def test_f12_nothing_is_told_before_it_is_known_whom_the_monitor_watches() -> None:
    """F12: the identifier of the monitor is the sample's subject, and a new one shows within seconds."""
    bed = Bed()
    await bed.associate(name=None)
    await bed.say(bed.values())
    assert bed.samples == []
    await bed.answer(PATIENT, golden.patient("SIM-0001".encode("utf-16-be")))
    await asyncio.sleep(1)
    await bed.say(bed.values())
    assert [one.subject for one in bed.samples] == ["SIM-0001"]
    for _ in range(5):
        await asyncio.sleep(1)
        await bed.say(bed.values())
    assert 2 <= len(bed.asked(PATIENT)) <= 3
    await bed.answer(PATIENT, golden.patient("OTHER".encode("utf-16-be")))
    await asyncio.sleep(1)
    await bed.say(bed.values())
    assert bed.samples[-1].subject == "OTHER"
    await bed.stop()


@pytest.mark.parametrize("way", ["silent", "denied"])
@virtual
async def test_a_monitor_that_does_not_tell_the_patient_names_none(way: str) -> None:
    bed = Bed()
    await bed.associate(name=None)
    if way == "denied":
        (poll,) = bed.asked(PATIENT)
        await bed.say(golden.denied(struct.unpack(">H", poll[8:10])[0], 0))
    for _ in range(5):
        await bed.say(bed.values())
        await asyncio.sleep(1)
    assert bed.samples[-1].subject == ""
    assert len(bed.samples) == (5 if way == "denied" else 2)
    await bed.stop()


@virtual
async def test_the_extended_poll_is_renewed_before_it_ends_and_others_keep_it_alive() -> None:
    bed = Bed()
    await bed.associate()
    for _ in range(95):
        await bed.say(bed.values())
        await asyncio.sleep(1)
    assert len(bed.asked(NUMERICS, EXTENDED)) == 4
    assert len({one[28:30] for one in bed.asked(NUMERICS, EXTENDED)}) == 1
    assert len({one[8:10] for one in bed.asked(NUMERICS, EXTENDED)}) == 4
    assert len(bed.asked(SYSTEM)) >= 95 / (10 / 3) - 2
    assert len(bed.asked(ALARMS)) >= 94
    assert len(bed.samples) == 95
    await bed.stop()


@pytest.mark.parametrize(("min_poll_ms", "limit_s"), [(313, 10), (3000, 10), (10_000, 30), (60_000, 130)])
@virtual
async def test_the_monitor_is_never_left_unpolled_for_its_time_out(min_poll_ms: int, limit_s: int) -> None:
    """Some poll goes out at least twice in each time-out, and none more often than was granted."""
    bed = Bed()
    await bed.associate(accepted(min_poll=struct.pack(">I", min_poll_ms * 8)))
    times: list[float] = []
    loop = asyncio.get_running_loop()
    for _ in range(300):
        before = len(bed.seen)
        await bed.say(bed.values())
        await asyncio.sleep(1)
        times += [loop.time()] * (len(bed.seen) > before)
    assert max(after - one for one, after in pairwise(times)) <= limit_s / 2
    assert len(bed.asked(ALARMS)) <= 300_000 / max(1000, min_poll_ms) + 1
    await bed.stop()


@pytest.mark.parametrize("way", ["not offered", "denied"])
@virtual
async def test_without_extended_polls_values_are_asked_for_one_by_one(way: str) -> None:
    bed = Bed()
    await bed.associate(accepted(extended=way == "denied"))
    if way == "denied":
        (poll,) = bed.asked(NUMERICS, EXTENDED)
        await bed.say(golden.denied(struct.unpack(">H", poll[8:10])[0]))
    for _ in range(5):
        await bed.answer(NUMERICS, golden.one(HR, BPM, 72))
        await asyncio.sleep(1)
    assert len(bed.samples) == 5
    assert 5 <= len(bed.asked(NUMERICS)) <= 6
    await bed.stop()


@virtual
async def test_a_monitor_that_denies_its_values_altogether_is_given_up() -> None:
    bed = Bed()
    await bed.associate(accepted(extended=False))
    (poll,) = bed.asked(NUMERICS)
    await bed.say(golden.denied(struct.unpack(">H", poll[8:10])[0], 2))
    error = await bed.ended()
    assert isinstance(error, Refused)
    assert error.code == 2


@virtual
async def test_what_is_denied_is_asked_again_much_later() -> None:
    bed = Bed()
    await bed.associate()
    (poll,) = bed.asked(ALARMS)
    await bed.say(golden.denied(struct.unpack(">H", poll[8:10])[0]), golden.denied(999))
    for _ in range(70):
        await bed.say(bed.values())
        await asyncio.sleep(1)
    assert 2 <= len(bed.asked(ALARMS)) <= 12
    assert not bed.run.done()
    await bed.stop()


# -- silence, refusal, abort ---------------------------------------------------------------------------


@virtual
async def test_nobody_there_is_asked_three_times() -> None:
    bed = Bed()
    await bed.start()
    with pytest.raises(NoReply, match="memory:m1: no answer to an association request for 6 s"):
        await bed.run
    assert bed.seen == [golden.REQUEST] * 3 + [RELEASE_MESSAGE]
    assert asyncio.get_running_loop().time() == pytest.approx(6, abs=0.5)


@virtual
async def test_f12_a_monitor_that_does_not_tell_who_it_is_is_no_source() -> None:
    """F12: no value without knowing from which monitor; one whose event was lost is associated anew."""
    bed = Bed()
    await bed.start()
    await bed.say(accepted())
    with pytest.raises(NoReply, match="who it is"):
        await bed.run
    assert bed.seen == [golden.REQUEST, RELEASE_MESSAGE]
    await bed.associate()
    await bed.say(bed.values())
    assert len(bed.samples) == 1
    await bed.stop()


@virtual
async def test_the_event_is_answered_each_time_it_comes() -> None:
    bed = Bed()
    await bed.associate()
    before = len(bed.seen)
    await bed.say(golden.CREATED)
    assert len(bed.seen) == before + 1
    assert len(bed.identities) == 1
    await bed.say(golden.CREATED.replace(b"1234567", b"7654321"))
    assert [one.detail[-7:] for one in bed.identities] == ["1234567", "7654321"]
    await bed.stop()


@pytest.mark.parametrize(
    ("message", "kind"), [("0c00", Refused), ("1900", LinkLost), ("0900", LinkLost), ("0a00", LinkLost)]
)
@pytest.mark.parametrize("associated", [False, True])
@virtual
async def test_refusal_abort_and_release_end_the_run(
    message: str, kind: type[DeviceError], associated: bool
) -> None:
    bed = Bed()
    await (bed.associate() if associated else bed.start())
    await bed.say(bytes.fromhex(message))
    error = await bed.ended()
    assert isinstance(error, kind)
    assert str(error).startswith("memory:m1: the monitor")


@virtual
async def test_f31_a_monitor_that_falls_silent_is_asked_again_and_then_given_up() -> None:
    bed = Bed()
    await bed.associate()
    await bed.say(bed.values())
    began = asyncio.get_running_loop().time()
    with pytest.raises(NoReply, match="no values for 9 s"):
        await bed.run
    assert asyncio.get_running_loop().time() - began == pytest.approx(9, abs=0.6)
    assert len(bed.asked(NUMERICS, EXTENDED)) == 3
    await bed.associate()
    await asyncio.sleep(1)
    await bed.say(bed.values())
    assert len(bed.samples) == 2
    assert len(bed.identities) == 2
    await bed.stop()


@virtual
async def test_f31_with_slow_polls_the_silence_is_no_longer_than_the_time_out() -> None:
    """F31: a minute between polls, one by one: a dead association is given up in time."""
    bed = Bed()
    await bed.associate(accepted(min_poll=struct.pack(">I", 480_000), extended=False))
    assert str(await bed.ended()).endswith("no values for 130 s")
    assert len(bed.asked(NUMERICS)) == 3


@virtual
async def test_f31_alarms_and_other_answers_are_no_values() -> None:
    """F31: a monitor that answers everything but its values is silent."""
    bed = Bed()
    await bed.associate()
    async with asyncio.timeout(30):
        while not bed.run.done():
            await bed.answer(ALARMS, golden.alarm(0x4182, 40, technical=False))
            await asyncio.sleep(1)
    assert isinstance(await bed.ended(), NoReply)


@virtual
async def test_link_loss_ends_the_run() -> None:
    bed = Bed()
    await bed.associate()
    bed.cable.unplug()
    with pytest.raises(LinkLost):
        await bed.run
    await bed.monitor.close()
    with pytest.raises(LinkLost):
        await bed.monitor.run(bed.identities.append, bed.samples.append)


@virtual
async def test_what_the_receiver_of_samples_raises_ends_the_run() -> None:
    bed = Bed()

    def broken(_: VitalsSample) -> None:
        raise RuntimeError("the receiver")

    await bed.cable.b.open(bed.seen.append, lambda _: None)
    bed.run = asyncio.create_task(bed.monitor.run(bed.identities.append, broken))
    await settle()
    await bed.say(accepted(), golden.CREATED)
    await bed.answer(PATIENT, golden.patient(b""))
    await bed.say(bed.values())
    with pytest.raises(RuntimeError, match="the receiver"):
        await bed.run


@virtual
async def test_noise_is_counted_and_changes_nothing() -> None:
    bed = Bed()
    await bed.associate()
    good = bed.values()
    for cut in range(len(good)):
        bed.cable.b.write(good[:cut])
    await bed.say(good, golden.REQUEST, golden.SINGLE_POLL)
    session = bed.monitor.session
    assert session is not None
    assert len(bed.samples) == 1
    assert sum(session.rejected.values()) == len(good)
    assert session.accepted["request"] == 1
    assert session.accepted["poll"] == 1
    await bed.stop()


# -- lost, doubled, overtaken, late --------------------------------------------------------------------


@virtual
async def test_datagrams_lost_doubled_and_overtaken() -> None:
    """A gap is counted; a reply that comes again or late is not new and brings no old value back."""
    bed = Bed()
    await bed.associate()
    replies = []
    for number in range(1, 7):
        replies.append(bed.values(rate=60 + number))
        await asyncio.sleep(1)
        await bed.answer(ALARMS)
    for number in (1, 2, 2, 5, 4, 5, 6):
        await bed.say(replies[number - 1])
    session = bed.monitor.session
    assert session is not None
    assert [one.signals[Signal.HR].value for one in bed.samples] == [61, 62, 65, 66]
    assert session.lost == 2
    assert session.rejected == {"repeated": 2, "overtaken": 1}
    await bed.stop()


@virtual
async def test_a_sequence_that_begins_anew_or_wraps_is_no_loss() -> None:
    bed = Bed()
    await bed.associate()
    for sequence in (0xFFFE, 0xFFFF, 0, 1, 0, 1, 2):
        await asyncio.sleep(1)
        await bed.say(bed.values(sequence=sequence))
    session = bed.monitor.session
    assert session is not None
    assert session.lost == 0
    assert len(bed.samples) == 7
    await bed.stop()


@virtual
async def test_running_time_that_wraps_goes_on() -> None:
    bed = Bed()
    await bed.associate(name=None)
    base = (1 << 32) - 16_000
    await bed.answer(PATIENT, golden.patient(b""), ticks=base)
    for second in range(1, 5):
        await asyncio.sleep(1)
        await bed.say(bed.values(ticks=(base + 8000 * second) & 0xFFFFFFFF))
    assert [one.signals[Signal.HR].measured for one in bed.samples] == [True] * 4
    assert all(one.signals[Signal.HR].age_s < 1 for one in bed.samples)
    await bed.stop()


@virtual
async def test_f31_what_the_wire_held_back_is_as_old_as_it_is() -> None:
    """F31: by the monitor's own running time; a backlog does not look new, and what follows it does."""
    bed = Bed()
    await bed.associate()
    for _ in range(5):
        await bed.say(bed.values())
        await asyncio.sleep(1)
        await bed.answer(ALARMS)
    held = []
    for _ in range(7):
        held.append((bed.values(), bed.ticks))
        await asyncio.sleep(1)
    for message, ticks in held:
        await bed.say(message)
        one = bed.samples[-1].signals[Signal.HR]
        true_s = Decimal(bed.ticks - ticks) / 8000
        assert one.measured
        assert true_s <= one.age_s <= true_s + Decimal("0.75")
    await bed.say(bed.values())
    assert bed.samples[-1].signals[Signal.HR].age_s < Decimal("0.75")
    await bed.stop()


@virtual
async def test_f31_a_wire_that_stays_slow_keeps_its_age() -> None:
    """F31: each reply comes regularly and 7 s late; it is never taken for fresh."""
    bed = Bed()
    await bed.associate()
    on_the_way = []
    for second in range(40):
        on_the_way.append(bed.values())
        await asyncio.sleep(1)
        if second >= 6:
            await bed.say(on_the_way[second - 6])
    ages = [one.signals[Signal.HR].age_s for one in bed.samples[-20:]]
    assert [age for age in ages if not 7 <= age <= 8] == []
    await bed.stop()


@virtual
async def test_f28_answers_to_the_session_before_are_not_its_own() -> None:
    bed = Bed()
    await bed.associate()
    old = bed.values()
    await bed.say(bytes.fromhex("1900"))
    await bed.ended()
    await bed.associate()
    await bed.say(old)
    session = bed.monitor.session
    assert session is not None
    assert bed.samples == []
    assert session.rejected == {"not asked": 1}
    await bed.stop()


@virtual
async def test_f31_a_monitor_whose_time_stands_still_measures_nothing_again() -> None:
    """F31: not in the same association, and not in the next one."""
    bed = Bed()
    await bed.associate()
    ticks = bed.ticks
    for _ in range(20):
        if not bed.run.done():
            await bed.say(bed.values(ticks=ticks))
            await asyncio.sleep(1)
    assert len(bed.samples) == 1
    assert isinstance(await bed.ended(), NoReply)
    await bed.associate(name=None)
    await bed.answer(PATIENT, golden.patient(b""), ticks=ticks)
    await bed.say(bed.values(ticks=ticks))
    assert len(bed.samples) == 1
    await bed.say(bed.values(ticks=ticks + 8000))
    assert len(bed.samples) == 2
    await bed.stop()


@virtual
async def test_linked_values_are_one_sample() -> None:
    bed = Bed()
    await bed.associate()
    poll = bed.asked(NUMERICS, EXTENDED)[-1]
    invoke, number = struct.unpack(">H", poll[8:10])[0], struct.unpack(">H", poll[28:30])[0]
    objects = [golden.one(HR, BPM, 72), golden.one(0x4BB8, 0x0220, 98), golden.one(0x4B48, 0x17A0, 37)]
    for place, state in ((0, 1), (1, 2), (2, 3)):
        assert bed.samples == []
        ticks = int(100.5 * 8000)
        part = golden.reply(
            objects[place : place + 1],
            ticks=ticks,
            sequence=1 + place,
            invoke=invoke,
            number=number,
            link=(state, place + 1),
        )
        await bed.say(part)
    (sample,) = bed.samples
    valid = {signal for signal, one in sample.signals.items() if one.validity is Validity.VALID}
    assert valid == {Signal.HR, Signal.SPO2, Signal.TEMP}
    bed.sequence = 3
    await asyncio.sleep(2)
    await bed.say(bed.values())
    session = bed.monitor.session
    assert session is not None
    assert session.lost == 0
    await bed.stop()


def test_the_clock_takes_the_tightest_bound_and_mends_itself() -> None:
    clock = MonitorClock()
    clock.answered(clock.seconds(8000), Decimal(10))
    assert clock.age_s(Decimal(1), Decimal(12)) == Decimal("2.25")
    clock.answered(clock.seconds(16_000), Decimal(12))
    assert clock.age_s(Decimal(2), Decimal(12)) == Decimal("0.25")
    assert clock.age_s(Decimal(10), Decimal(12)) == 0
    assert clock.age_s(Decimal(11), Decimal(14)) == 1
    assert clock.seconds(8000) == 1
    assert clock.seconds(15_999) < 2
