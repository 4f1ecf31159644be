"""The NE-1000 driver against its simulator: what each method sends, refuses and reads."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from decimal import Decimal

import pytest

from drivers.errors import NoReply, OutOfRange, Overtaken, Refused
from drivers.links.memory import NullModem
from drivers.pumps.ne_1000.driver import Ne1000
from drivers.pumps.ne_1000.readback import rate_range_of
from drivers.registry import PUMPS
from drivers.values import Authority, Motion, PumpAlarm
from simulators.wires.ne_1000_program import Phase
from tests.drivers.ne_1000_bench import Bench, bench, running, setting
from tests.drivers.virtual import virtual

D = Decimal
EITHER = ("refused", "accepted")


@virtual
async def test_connect_enters_safe_mode_with_its_watchdog_and_writes_neither_rate_nor_volume() -> None:
    async with bench(connect=False) as made:
        identity = await made.driver.connect()
        assert (identity.model, identity.firmware) == ("NE1000", "3.923")
        assert identity.serial == made.tap.name
        assert (identity.rate_min_ml_h, identity.rate_max_ml_h) == (D("0.024"), D(1699))
        assert made.driver.capabilities.rate_max_ml_h == 1699
        assert made.wire.saf_s == 10
        assert set(made.tap.sent) <= {"0SAF10", "0SAF10 basic", "0SAF", "0VER", "0DIA"}


@pytest.mark.parametrize(
    "choice",
    [dict(zip(("a", "b", "c", "d"), one, strict=True)) for one in itertools.product((0, 1), repeat=4)],
)
def test_any_mode_any_answer_is_entered(choice: dict[str, int]) -> None:
    """The documents do not say: packets in Basic mode, the reply's mode, the alarmed command."""

    @virtual
    async def story() -> None:
        words = {
            "ne_safe_in_basic": EITHER[choice["a"]],
            "ne_enter_reply": ("basic", "safe")[choice["b"]],
            "ne_alarm_command": EITHER[choice["c"]],
            "ne_saf_s": ("0", "3")[choice["d"]],
        }
        async with bench(Authority.CONTROL, seed=1, connect=True, **words) as made:
            assert made.wire.saf_s == 10
            reading = await made.driver.read()
            assert reading.alarms == {PumpAlarm.POWER_RESET}
            assert (await made.driver.read()).alarms == frozenset()

    story()


@virtual
async def test_nobody_there() -> None:
    driver = Ne1000(NullModem("nobody").a)
    with pytest.raises(NoReply, match="Safe mode"):
        await driver.connect()


@pytest.mark.parametrize("saf_s", ["0", "7"])
def test_f27_a_pump_that_is_only_watched_keeps_its_mode(saf_s: str) -> None:
    """F27: nothing but questions is sent, in the mode it is found in."""

    @virtual
    async def story() -> None:
        async with bench(Authority.MONITOR, ne_saf_s=saf_s) as made:
            await made.driver.read()
            assert made.wire.saf_s == int(saf_s)
            asked = {one.removesuffix(" basic") for one in made.tap.sent}
            assert asked == {"0VER", "0DIA", "0RAT", "0VOL", "0DIS"}

    story()


@virtual
async def test_f15_the_volume_is_one_phase_and_the_next_one_stops() -> None:
    """F15, F24: what was left in phase 2 would pump on at 100 mL/h without limit; it does not."""
    async with bench() as made:
        await running(made, "60", "0.5")
        reading = await made.passes(60)
        assert await made.stands()
        assert await made.flowed_ml() == D("0.5")
        assert (reading.motion, reading.counter_ml) == (Motion.STOPPED, D("0.5"))
        assert reading.alarms >= {PumpAlarm.LIMIT_REACHED}


@virtual
async def test_a_program_whose_second_phase_is_not_stop_runs_on() -> None:
    """The proof that the proof can fail: phase 2 as the last user left it."""
    async with bench() as made:
        await running(made, "60", "0.5")
        made.wire.program.phases[2].function = "RAT"
        await made.passes(60)
        assert not await made.stands()
        assert await made.flowed_ml() > D("1.2")
        assert (await made.driver.read()).limit_left_ml is not None


@virtual
async def test_a_phase_that_does_not_take_stop_is_not_run() -> None:
    """FUNSTP is acknowledged and not kept: read back, refused, nothing runs."""
    async with bench() as made:
        made.wire.program.phases[2] = Stubborn(rate=D(100))
        with pytest.raises(Refused, match="not STP"):
            await running(made)
        with pytest.raises(Refused, match="programmed anew"):
            await made.driver.start()
        assert await made.flowed_ml() == 0


class Stubborn(Phase):
    """A phase that keeps what it does."""

    def __setattr__(self, name: str, value: object) -> None:
        """Everything but its function."""
        if name != "function" or not hasattr(self, "direction"):
            super().__setattr__(name, value)


@pytest.mark.parametrize(
    ("rate", "limit"),
    [
        *[(rate, "1") for rate in ("12.345", "1000.5", "0", "2000", "0.001", "NaN")],
        *[("10", limit) for limit in (None, "0", "0.0005", "10000", "12.345", "NaN")],
    ],
)
def test_f7_what_cannot_be_written_exactly_is_never_sent(rate: str, limit: str | None) -> None:
    """F7: none, zero, more digits than there are; the pump hears nothing of it."""

    @virtual
    async def story() -> None:
        async with bench() as made:
            before = list(made.tap.sent)
            with pytest.raises(OutOfRange):
                await made.driver.program(setting(rate, limit))
            assert made.tap.sent == before

    story()


@virtual
async def test_numbers_always_go_with_a_point() -> None:
    async with bench() as made:
        await made.driver.program(setting("500", "25"))
        assert {"0RAT500.0MH", "0VOL25.0"} <= set(made.tap.sent)
        assert await made.driver.read_setting() == setting("500", "25")


@virtual
async def test_f7_volume_0_of_a_running_pump_is_no_limit() -> None:
    """F7: a hand has set it at the pump."""
    async with bench() as made:
        await running(made)
        made.wire.program.phases[1].volume_ml = D(0)
        reading = await made.driver.read()
        assert (reading.motion, reading.limit_left_ml) == (Motion.INFUSING, None)
        assert (await made.driver.read_setting()).limit_ml is None


@virtual
async def test_a_reading_counts_and_tells_what_is_left() -> None:
    async with bench() as made:
        await running(made, "60", "1.5")
        reading = await made.passes(30)
        assert reading.motion is Motion.INFUSING
        assert (reading.rate_ml_h, reading.remote) == (D(60), True)
        assert reading.limit_left_ml == D("1.5") - reading.counter_ml
        assert abs(reading.counter_ml - D("0.5")) <= D("0.001")
        made.body.infused_ml = D("12.3456")
        assert (await made.driver.read()).counter_ml == D("12.34")


@virtual
async def test_f15_a_running_pump_is_not_programmed() -> None:
    """F15: refused by the driver before a byte that could change it."""
    async with bench() as made:
        await running(made)
        before = len(made.tap.sent)
        with pytest.raises(Refused, match="stop it first"):
            await made.driver.program(setting("10", "1"))
        assert set(made.tap.sent[before:]) == {"0DIS"}


@pytest.mark.parametrize("stopped", EITHER)
@pytest.mark.parametrize("paused", EITHER)
@pytest.mark.parametrize("totals", ["kept", "cleared"])
def test_f15_stop_program_run_again_and_again(stopped: str, paused: str, totals: str) -> None:
    """F15, F26: the count goes on over every restart, whether the pump begins anew or not."""

    @virtual
    async def story() -> None:
        async with bench(ne_stop_stopped=stopped, ne_paused_data=paused, ne_totals_at_run=totals) as made:
            true_ml = D(0)
            for turn in range(6):
                rate = f"{20 + turn}"
                await running(made, rate, "1.5")
                await made.passes(40)
                await made.driver.stop()
                reading = await made.driver.read()
                true_ml += D(rate) * 40 / 3600
                assert abs(reading.counter_ml - true_ml) <= D("0.002") + D("0.001") * turn
                assert reading.motion is Motion.STOPPED

    story()


@virtual
async def test_run_is_never_sent_to_a_paused_program() -> None:
    """F6: RUN would revive what is stored; each RUN needs its own program."""
    async with bench() as made:
        await running(made)
        await made.driver.stop()
        with pytest.raises(Refused, match="programmed anew"):
            await made.driver.start()
        await made.driver.program(setting("10", "1"))
        await made.press("start")
        await asyncio.sleep(1)
        await made.press("stop")
        await asyncio.sleep(3)
        with pytest.raises(Refused, match="status is P"):
            await made.driver.start()
        assert made.tap.sent.count("0RUN") == 1


@virtual
async def test_a_rate_changed_while_running_is_shown_and_not_stored() -> None:
    """F6: the keypad: shown as it runs; forgotten by the next RUN."""
    async with bench() as made:
        await running(made, "60", "1.5")
        await made.press("rate", "90")
        assert (await made.driver.read()).rate_ml_h == 90
        await made.press("stop")
        assert (await made.driver.read()).rate_ml_h == 60


@virtual
async def test_f40_an_alarm_is_kept_until_a_reading_has_carried_it() -> None:
    """F40: reporting it has cleared it in the pump; readings that fail do not lose it."""
    async with bench(occlusion_ml="0.2") as made:
        await made.driver.read()
        await running(made, "60", "1.5")
        await made.fault("occlusion")
        await asyncio.sleep(9)
        await asyncio.sleep(0)
        await made.driver.read()
        await made.fault("loss", arg="1")
        await asyncio.sleep(9)
        assert await made.stands()
        await made.fault("loss", on=False)
        with pytest.raises(NoReply):
            await made.driver.read()
        assert made.wire.alarm == ""
        await made.fault("loss", arg="1")
        with pytest.raises(NoReply):
            await made.driver.read()
        await made.fault("loss", on=False)
        assert PumpAlarm.OCCLUSION in (await made.driver.read()).alarms
        assert PumpAlarm.OCCLUSION not in (await made.driver.read()).alarms


@pytest.mark.parametrize("after", ["paused", "stopped"])
def test_f17_without_a_word_the_pump_stops_itself_and_says_so(after: str) -> None:
    """F17, F40: 10 s after the last packet; the copy it sends unasked does not end the alarm."""

    @virtual
    async def story() -> None:
        async with bench(ne_after_watchdog=after) as made:
            await running(made, "60", "1.5")
            await asyncio.sleep(9.9)
            assert not await made.stands()
            await asyncio.sleep(0.2)
            assert await made.stands()
            assert made.wire.alarm == "T"
            with pytest.raises(NoReply):
                await made.driver.read()
            assert (await made.driver.read()).alarms >= {PumpAlarm.LINK_TIMEOUT}
            await running(made)
            assert not await made.stands()

    story()


@virtual
async def test_power_off_is_told_and_nothing_starts_by_itself() -> None:
    async with bench() as made:
        await running(made)
        await asyncio.sleep(5)
        await made.fault("power")
        await made.fault("power", on=False)
        with pytest.raises(NoReply):
            await made.driver.read()
        reading = await made.driver.read()
        assert reading.alarms >= {PumpAlarm.POWER_RESET}
        assert reading.motion is Motion.STOPPED
        assert reading.counter_ml == 0, "a counter that fell is not hidden (F26)"
        with pytest.raises(Refused):
            await made.driver.start()


@virtual
async def test_f26_totals_cleared_by_a_hand_while_it_runs_are_seen_to_fall() -> None:
    async with bench() as made:
        await running(made)
        before = (await made.passes(20)).counter_ml
        await made.press("clear")
        assert (await made.driver.read()).counter_ml < before


@virtual
async def test_a_hand_on_the_keys_is_not_written_over() -> None:
    """F10: data are refused; STP and readings are not."""
    async with bench() as made:
        await running(made)
        await made.fault("operating")
        await made.driver.stop()
        assert (await made.driver.read()).motion is Motion.STOPPED
        with pytest.raises(Refused, match="not now"):
            await made.driver.program(setting("10", "1"))
        await made.fault("operating", on=False)
        await asyncio.sleep(2.1)
        await made.driver.program(setting("10", "1"))


@virtual
async def test_purging_is_a_bolus_and_withdrawing_a_program() -> None:
    """F26: neither is an order of ours."""
    async with bench() as made:
        await made.driver.read()
        await made.press("bolus", "5")
        assert (await made.driver.read()).motion is Motion.BOLUS
        await made.driver.stop()
        made.wire.program.phases[1].direction = "WDR"
        made.wire.program.withdrawing = True  # as if a hand had begun it
        assert (await made.driver.read()).motion is Motion.PROGRAM


@virtual
async def test_release_ends_safe_mode_of_a_pump_that_stands() -> None:
    async with bench() as made:
        await running(made)
        with pytest.raises(Refused):
            await made.driver.release()
        await made.driver.stop()
        await made.driver.release()
        assert made.wire.saf_s == 0
        assert made.wire.program.status == "S"
        await asyncio.sleep(30)
        assert made.wire.alarm == ""


@virtual
async def test_a_stop_on_the_way_keeps_run_from_the_wire() -> None:
    """F10: whatever waits behind a STOP is thrown away; what is being programmed is not started."""
    async with bench() as made:
        for after in range(1, 400, 3):
            task = asyncio.ensure_future(running(made))
            for _ in range(after):
                await asyncio.sleep(0)
            begun = "0RUN" in made.tap.sent
            await made.driver.stop()
            with suppress(Overtaken, Refused):
                await task
            assert ("0RUN" in made.tap.sent) is begun
            assert await made.stands()
            if begun:
                return
    raise AssertionError("RUN was never on its way")


def test_f13_no_serial_number_is_expected_of_it() -> None:
    with pytest.raises(ValueError, match="no serial number"):
        PUMPS["ne-1000"].build("memory:x", expected_serial="1")
    assert not PUMPS["ne-1000"].capabilities.has_serial_number


def test_the_syringe_bounds_the_rate() -> None:
    """As the pump writes them: the lowest rounded up, the highest down, to four digits."""
    assert rate_range_of(D("26.59")) == (D("0.024"), D(1699))
    assert rate_range_of(D("4.699")) == (D("0.001"), D("53.07"))


FAULTS = [
    ("loss", "0.15"),
    ("loss", "0.4"),
    ("corrupt", "0.15"),
    ("corrupt", "0.5"),
    ("split", None),
    ("duplicate", "0.5"),
    ("delay", "0.1"),
    ("delay", "0.25"),
    ("delay", "0.45"),
    ("baud", "1920"),
    ("baud", "120"),
]


@pytest.mark.parametrize(("name", "arg"), FAULTS)
@pytest.mark.parametrize("seed", range(4))
def test_under_every_fault_of_the_wire_only_what_was_granted_flows(
    name: str, arg: str | None, seed: int
) -> None:
    """F15, F38: never faster than asked, never more than the limits together, and STOP stands in the end."""

    @virtual
    async def story() -> None:
        async with bench(seed=seed) as made:
            await made.fault(name, arg=arg)
            granted = D(0)
            for rate, limit in (("60", "0.2"), ("120", "0.3"), ("6", "0.1")):
                granted += D(limit) * await tried(made, rate, limit)
                assert made.body.flow_ml_h <= 120
                await stopped(made)
            assert await made.flowed_ml() <= granted + D("0.001")

    story()


async def tried(made: Bench, rate: str, limit: str) -> int:
    """How often RUN was sent with this limit; watched for a while after it."""
    before = made.tap.sent.count("0RUN")
    for _ in range(3):
        try:
            await running(made, rate, limit)
        except (NoReply, Refused):
            await stopped(made)
            continue
        break
    for _ in range(5):
        await asyncio.sleep(0.7)
        try:
            reading = await made.driver.read()
        except (NoReply, Refused):
            continue
        assert reading.motion in {Motion.INFUSING, Motion.STOPPED}
        if reading.motion is Motion.INFUSING:
            assert reading.rate_ml_h == D(rate)
            assert reading.limit_left_ml is not None
            assert reading.limit_left_ml <= D(limit)
    return made.tap.sent.count("0RUN") - before


async def stopped(made: Bench) -> None:
    """STOP until a reading shows it, as the channel does; then, or on a link too bad to read, it stands."""
    for _ in range(20):
        try:
            await made.driver.stop()
            if (await made.driver.read()).motion is Motion.STOPPED:
                assert await made.stands()
                return
        except (NoReply, Refused):
            continue
    await asyncio.sleep(1)
    assert await made.stands()


@virtual
async def test_an_unplugged_port_is_lost_and_had_back() -> None:
    async with bench() as made:
        await running(made)
        await made.fault("unplug")
        with pytest.raises(Exception, match=r"unplugged|closed|not open"):
            await made.driver.read()
        await made.fault("unplug", on=False)
        await made.driver.connect()
        reading = await made.driver.read()
        assert reading.motion is Motion.INFUSING
        assert reading.limit_left_ml == D("1.5") - reading.counter_ml


@virtual
async def test_f28_what_was_held_back_gives_nothing_after_a_reconnect() -> None:
    """F28: a frozen link lets old bytes out at once; nothing that was not programmed runs."""
    async with bench() as made:
        await made.driver.program(setting("60", "0.5"))
        await made.fault("freeze")
        with pytest.raises(NoReply):
            await made.driver.start()
        await made.fault("freeze", on=False)
        await stopped(made)
        await asyncio.sleep(5)
        assert await made.stands()
