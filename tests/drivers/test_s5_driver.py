"""The S/5 driver over the memory link on virtual time, and the life cycle of a cuff pressure."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from drivers.errors import LinkLost, NoReply
from drivers.links.memory import NullModem
from drivers.monitors.s5_dri import frames
from drivers.monitors.s5_dri.driver import S5Dri
from drivers.monitors.s5_dri.nibp import Cuff, CuffWatch
from drivers.values import MonitorIdentity, Signal, Validity, VitalsSample
from tests.drivers import s5_peer as golden
from tests.drivers.dianet_peer import settle
from tests.drivers.virtual import virtual

ASK_5_S = frames.encode_display_request(5)
CANCEL = frames.encode_display_request(0)


class Bed:
    """A monitor under test with the far end of its cable."""

    def __init__(self) -> None:
        self.cable = NullModem("m1")
        self.monitor = S5Dri(self.cable.a)
        self.seen: list[bytes] = []
        self.samples: list[VitalsSample] = []
        self.identities: list[MonitorIdentity] = []
        self.run: asyncio.Task[None]

    async def start(self) -> None:
        await self.cable.b.open(self.seen.append, lambda _: None)
        self.run = asyncio.create_task(self.monitor.run(self.identities.append, self.samples.append))
        await settle()

    async def say(self, *frames_: bytes) -> VitalsSample:
        for frame in frames_:
            self.cable.b.write(frame)
        await settle()
        return self.samples[-1]

    async def stop(self) -> None:
        self.run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.run


@virtual
async def test_it_subscribes_and_delivers_in_the_callback_of_the_last_byte() -> None:
    bed = Bed()
    await bed.start()
    assert bed.seen == [ASK_5_S]
    assert (
        golden.DISPLAY_10_S.replace(b"\x0a\x00\x0e", b"\x05\x00\x0e").replace(b"\x49\x7e", b"\x44\x7e")
        == ASK_5_S
    )
    frame = golden.display()
    bed.monitor._on_bytes(frame[:-1])
    assert bed.samples == []
    bed.monitor._on_bytes(frame[-1:])
    assert len(bed.samples) == 1
    assert bed.samples[0].signals[Signal.SPO2].value == 98
    assert bed.identities == [MonitorIdentity("s5-dri", "interface level 10")]
    await bed.stop()
    assert bed.seen == [ASK_5_S, CANCEL]


@virtual
async def test_waves_alarms_and_garbage_are_no_samples() -> None:
    bed = Bed()
    await bed.start()
    await bed.say(golden.display())
    await bed.say(golden.WAVE_START, b"\x7egarbage\x7e", golden.DISPLAY_10_S, golden.display(kind=2))
    assert len(bed.samples) == 1
    assert bed.monitor.decoder.accepted == {"phdb": 3, "wave": 1}
    assert bed.monitor.decoder.rejected == {"short": 1}
    await bed.stop()


@virtual
async def test_a_frame_repeated_with_its_time_measures_nothing_f31() -> None:
    bed = Bed()
    await bed.start()
    assert (await bed.say(golden.display())).signals[Signal.HR].measured
    repeated = await bed.say(golden.display())
    assert not any(one.measured for one in repeated.signals.values())
    later = await bed.say(golden.display(time_s=1005))
    assert later.signals[Signal.HR].measured
    assert not later.signals[Signal.NIBP_SYS].measured
    await bed.stop()


@virtual
async def test_a_silent_monitor_is_asked_again_and_then_given_up_f31() -> None:
    bed = Bed()
    await bed.start()
    with pytest.raises(NoReply, match="45 s"):
        await bed.run
    assert bed.seen[:3] == [ASK_5_S] * 3
    assert asyncio.get_running_loop().time() == pytest.approx(45, abs=0.2)


@virtual
async def test_an_answer_starts_the_count_anew() -> None:
    bed = Bed()
    await bed.start()
    for beat in range(4):
        await asyncio.sleep(29)
        await bed.say(golden.display(time_s=beat))
    assert len(bed.samples) == 4
    assert bed.seen == [ASK_5_S] * 5
    assert not bed.run.done()
    await bed.stop()


@virtual
async def test_link_loss_ends_the_run() -> None:
    bed = Bed()
    await bed.start()
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
    run = asyncio.create_task(bed.monitor.run(bed.identities.append, broken))
    await settle()
    bed.cable.b.write(golden.display())
    with pytest.raises(RuntimeError, match="the receiver"):
        await run


@virtual
async def test_the_cuff_of_the_documented_life_cycle() -> None:
    bed = Bed()
    await bed.start()
    told = []
    cycle = [
        (0x000B, 12000, 0),
        (0x000B, 12000, 5),
        (0x010B, 12000, 60),
        (0x012B, 12000, 120),
        (0x002B, 10000, 125),
        (0x000B, 10000, 130),
        (0x010B, 10000, 190),
    ]
    for label, systolic, time_s in cycle:
        sample = await bed.say(golden.display({76: label, 78: systolic}, time_s=1000 + time_s))
        one = sample.signals[Signal.NIBP_SYS]
        assert one.validity is Validity.VALID or one.value is None
        told.append((one.measured, one.age_s))
    assert told == [
        (True, Decimal(60)),
        (False, Decimal(0)),
        (False, Decimal(0)),
        (False, Decimal(0)),
        (True, Decimal(5)),
        (False, Decimal(0)),
        (False, Decimal(0)),
    ]
    await bed.stop()


def ages(*steps: tuple[int, int | None, int]) -> list[int | None]:
    watch = CuffWatch()
    told = []
    for label, value, time_s in steps:
        age_s = watch.new_age_s(Cuff(label, (None if value is None else Decimal(value),), time_s))
        told.append(None if age_s is None else int(age_s))
    return told


def test_cuff_first_frame_of_all() -> None:
    assert ages((0x000B, 120, 0)) == [60]
    assert ages((0x010B, 120, 0)) == [None]
    assert ages((0x012B, 120, 0)) == [None]


def test_cuff_the_same_numbers_measured_again_are_new() -> None:
    assert ages((0x012B, 120, 0), (0x002B, 120, 5)) == [None, 5]


def test_cuff_measured_again_within_the_minute() -> None:
    assert ages((0x000B, 120, 0), (0x002B, 120, 5), (0x002B, 90, 10), (0x000B, 90, 15)) == [
        60,
        None,
        None,
        15,
    ]


def test_cuff_a_repeated_value_is_never_new() -> None:
    """Trap 1."""
    assert ages(*[(0x000B, 120, second) for second in range(60)]) == [60] + [None] * 59


def test_cuff_old_is_never_new_even_with_another_value() -> None:
    assert ages((0x010B, 120, 0), (0x010B, 90, 5)) == [None, None]


def test_cuff_a_value_missing_for_a_while_is_not_new_when_it_comes_back() -> None:
    assert ages((0x000B, 120, 0), (0x000B, None, 5), (0x000B, 120, 10)) == [60, None, None]


def test_cuff_an_unbelievable_clock_makes_it_as_old_as_the_label_allows() -> None:
    assert ages((0x010B, 120, 500), (0x000B, 90, 500)) == [None, 60]
    assert ages((0x010B, 120, 500), (0x000B, 90, 400)) == [None, 60]
    assert ages((0x010B, 120, 500), (0x000B, 90, 900)) == [None, 60]


@virtual
async def test_f31_the_cuff_says_that_it_measures() -> None:
    """F31: bit 5 of the NIBP label, and only from a module that is there; it is no new pressure."""
    bed = Bed()
    await bed.start()
    assert not (await bed.say(golden.display({76: 0x000B}))).cuff_measuring
    measuring = await bed.say(golden.display({76: 0x012B}, time_s=1005))
    assert measuring.cuff_measuring
    assert not measuring.signals[Signal.NIBP_SYS].measured
    assert not (await bed.say(golden.display({72: 0, 76: 0x012B}, time_s=1010))).cuff_measuring
    assert not (await bed.say(golden.display({76: 0x000B}, time_s=1015))).cuff_measuring
    await bed.stop()


@virtual
async def test_f31_a_heart_rate_of_the_probe_is_no_second_pulse_while_the_cuff_measures() -> None:
    """F31, trap 8: HR and pulse of one sensor: while the cuff may take it, neither speaks for the other."""
    bed = Bed()
    await bed.start()
    for time_s, (source, label, validity) in enumerate(
        (
            (6, 0x000B, Validity.VALID),
            (6, 0x012B, Validity.QUESTIONABLE),
            (1, 0x012B, Validity.VALID),
            (2, 0x012B, Validity.VALID),
        )
    ):
        sample = await bed.say(golden.display({0: 3 | source << 3, 76: label}, time_s=1000 + 5 * time_s))
        assert sample.signals[Signal.HR].validity is validity
    await bed.stop()
