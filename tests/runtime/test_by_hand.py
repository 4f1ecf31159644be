"""F27: whole runs by hand through the shipped daemon, with a nurse who is slow, errs and forgets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from daemon.control.view import view
from daemon.engine import course, slices
from daemon.engine import inputs as inp
from daemon.engine.events import OrderKind, SettingOrdered
from daemon.engine.hand_reading import told
from daemon.engine.phases import Mode, Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import GateAction, HoldCause
from daemon.runtime.replay import replay
from drivers.values import Motion, PumpSetting
from simulators.campaign.hand_nurse import Slips
from tests.patient.tap import ACTION, CC_MODE, WRITE, Tap
from tests.runtime.by_hand import Bed, at_work, bed_of, plan, raised
from tests.runtime.conftest import records_of, types_of

CYCLE_S = 1.3
"""The pump is read whole within this."""
MODE_AT = 5
"""Where CC_MODE carries the mode; 0 is the one in which the pump takes nothing."""

Told = Callable[[Bed], Coroutine[Any, Any, None]]


def play(bed: Bed, story: Told) -> None:
    """On virtual time; whatever happened, nothing but questions went to the pump."""

    async def told_to(_: Any) -> None:
        await story(bed)

    bed.world.run(told_to)
    assert orders_on(bed.tap) == []


def orders_on(taps: list[Tap]) -> list[bytes]:
    """What could move or set the pump, or take it over."""
    sent = [frame for tap in taps for frame in tap.sent if frame != b"open"]
    assert sent, "the tap heard nothing"
    return [
        frame
        for frame in sent
        if frame[0] in (ACTION, WRITE) or (frame[0] == CC_MODE and frame[MODE_AT] != 0)
    ]


def completed(state: RunState) -> bool:
    return state.phase is Phase.COMPLETED


def gap_from(state: RunState) -> int | None:
    return state.gap.open_from_ms


@pytest.mark.parametrize("when_closed", list(GateAction))
def test_f27_a_whole_run_by_hand(when_closed: GateAction, tmp_path: Path) -> None:
    """The plan is given, the books contain what flowed, no HIGH alarm; the journal replays to the state."""
    bed = bed_of(tmp_path, made=plan(when_closed))
    last = []

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(completed, minutes=60)
            bed.books_hold()
            last.append(bed.world.state)

    play(bed, story)
    names = {alarm for _, alarm, _ in raised(tmp_path)}
    assert names <= {
        "told_start",
        "told_change",
        "told_limit",
        "limit_ends",
        "rate_soon",
        "rate_soon_now",
        "press_stop",
    }
    assert {"told_start", "told_change", "rate_soon_now"} <= names
    again = replay(records_of(tmp_path / "journal.db"))
    assert again is not None
    assert again.state == last[0]
    truth, target = bed.world.bed.left.total_dose, bed.world.plan.target_dose
    assert target * Decimal("0.98") <= truth <= target * Decimal("1.15")
    assert "StopConfirmed" in types_of(tmp_path / "journal.db")


@pytest.mark.parametrize("when_closed", list(GateAction))
@pytest.mark.parametrize("minutes", [2, 5, 10])
def test_f27_a_slow_nurse_is_no_error(minutes: int, when_closed: GateAction, tmp_path: Path) -> None:
    """F16: the old rate goes on as the gate rule orders, counted as it ran; never silently, never held."""
    bed = bed_of(tmp_path, Slips(set_s=minutes * 60, start_s=20, stop_s=20), plan(when_closed))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.phase is Phase.HELD or s.step == 2, minutes=60)
            assert bed.world.state.hold is None
            await asyncio.sleep(60)
            bed.books_hold()

    play(bed, story)
    alarms = list(raised(tmp_path))
    assert not {alarm for _, alarm, _ in alarms} & {"stop_by_hand", "hand_more", "unlimited"}
    assert "told_change" in {alarm for _, alarm, _ in alarms}


def slip(factor: str) -> Callable[[SettingOrdered], PumpSetting]:
    """The decimal point is typed wrong; the limit is right."""
    return lambda order: replace(order.setting, rate_ml_h=order.setting.rate_ml_h * Decimal(factor))


def test_f27_ten_times_the_rate_on_a_standing_pump_is_never_told_to_start(tmp_path: Path) -> None:
    bed = bed_of(tmp_path, Slips(types=slip("10")))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await asyncio.sleep(60)
            seen = view(bed.world.state, bed.world.clock.now_ms())
            assert seen["mode"] == "ADVISORY"
            assert seen["hand"]["press_start"] is False
            assert seen["todo"].startswith("The pump shows 300.00 mL/h")
            assert seen["todo"].endswith("Do not press START yet.")
            await bed.hands.press("start")
            await asyncio.sleep(2 * CYCLE_S)
            assert {"hand_more", "stop_by_hand"} <= bed.high()
            seen = view(bed.world.state, bed.world.clock.now_ms())
            texts = {one["id"]: one["text"] for one in seen["alarms"]}
            assert texts["hand_more"].startswith("STOP THE PUMP")
            await bed.world.until(lambda s: s.pump.stopped, minutes=1)
            bed.books_hold()

    play(bed, story)


def test_f27_more_than_told_while_it_runs_is_high_at_the_first_complete_reading(tmp_path: Path) -> None:
    """41.7 typed for 4.17, at the change of a rate."""
    bed = bed_of(tmp_path)

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            await asyncio.sleep(30)
            await bed.hands.press("rate", Decimal(300))
            await asyncio.sleep(CYCLE_S)
            assert "hand_more" in bed.high()
            assert bed.world.state.alarms["hand_more"].detail.startswith("STOP THE PUMP: it runs at 300")
            hold = bed.world.state.hold
            assert hold is not None
            assert hold.causes == {HoldCause.HAND_CHANGE}
            await bed.world.until(lambda s: s.pump.stopped, minutes=1)
            bed.books_hold()

    play(bed, story)


@pytest.mark.parametrize(("key", "value"), [("rate", "20"), ("limit", "9"), ("limit", "0.5")])
def test_f27_less_or_another_limit_is_medium_after_two_readings_and_ends_when_mended(
    key: str, value: str, tmp_path: Path
) -> None:
    """What it really gives is counted; nothing is held."""
    bed = bed_of(tmp_path)

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            await asyncio.sleep(20)
            approved = bed.world.state.pump.approved
            assert approved is not None
            await bed.hands.press(key, Decimal(value))
            await asyncio.sleep(3 * CYCLE_S)
            assert "hand_wrong" in bed.world.state.alarms
            assert bed.high() == set()
            assert bed.world.state.phase is Phase.INFUSING
            right = approved.rate_ml_h if key == "rate" else approved.limit_ml
            await bed.hands.press(key, right or Decimal(0))
            await asyncio.sleep(2 * CYCLE_S)
            assert "hand_wrong" not in bed.world.state.alarms
            bed.books_hold()

    play(bed, story)


@pytest.mark.parametrize(
    ("press", "alarm"),
    [(("limit", "0"), "unlimited"), (("bolus", "2"), "hand_more")],
)
def test_f07_f26_no_limit_and_a_bolus_are_high(press: tuple[str, str], alarm: str, tmp_path: Path) -> None:
    bed = bed_of(tmp_path)

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            await asyncio.sleep(20)
            await bed.hands.press(press[0], Decimal(press[1]))
            await asyncio.sleep(2 * CYCLE_S)
            assert alarm in bed.high()
            assert bed.world.state.phase is Phase.HELD
            await bed.world.until(lambda s: s.pump.stopped, minutes=1)

    play(bed, story)


def test_f24_a_pump_that_ends_in_kvo_is_high(tmp_path: Path) -> None:
    """Nobody sets the limit anew; the pump runs on at its keep-vein-open rate."""
    bed = bed_of(tmp_path, made=plan(unattended_min=2), end_action="kvo")

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            bed.hands.slips.set_s = 3600
            await bed.world.until(lambda s: s.phase is Phase.HELD, minutes=5)
            await asyncio.sleep(1)
            assert "stop_by_hand" in bed.high()
            await bed.world.until(lambda s: s.pump.stopped, minutes=1)
            bed.books_hold()

    play(bed, story)


def test_f27_started_before_it_was_read_back_is_high(tmp_path: Path) -> None:
    bed = bed_of(tmp_path, Slips(set_s=3600))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: told(s) is not None, minutes=1)
            order = told(bed.world.state)
            assert order is not None
            await bed.hands.press("rate", order.setting.rate_ml_h)
            await bed.hands.press("limit", order.setting.limit_ml or Decimal(0))
            await bed.hands.press("start")
            await asyncio.sleep(2 * CYCLE_S)
            assert "before its setting was read back" in bed.world.state.alarms["hand_more"].detail
            assert "hand_more" in bed.high()

    play(bed, story)


def test_f27_a_forgotten_start_is_told_until_the_gap_rule_ends_it(tmp_path: Path) -> None:
    bed = bed_of(tmp_path, Slips(forgets_start=True))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await asyncio.sleep(120)
            assert "told_start" in bed.world.state.alarms
            assert view(bed.world.state, bed.world.clock.now_ms())["todo"].endswith("PRESS START.")
            await bed.world.until(lambda s: s.phase is Phase.HELD, minutes=30)
            assert "gap_running" in bed.world.state.alarms
            assert told(bed.world.state) is None
            assert bed.world.bed.left.total_dose == 0

    play(bed, story)


def test_f10_f27_a_hold_is_an_instruction_until_the_pump_is_seen_standing(tmp_path: Path) -> None:
    """Said again every 30 s; nothing says `sent`; dose counts on; the gap begins when it is seen stopped."""
    bed = bed_of(tmp_path, Slips(stop_s=100), plan(unattended_min=15))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            await asyncio.sleep(20)
            before = bed.world.dose_now()
            _, answer = bed.world.act(inp.HoldNow, by="Ann", reason="")
            assert answer.startswith("STOP THE PUMP BY HAND")
            await asyncio.sleep(5)
            state = bed.world.state
            seen = view(state, bed.world.clock.now_ms())
            assert seen["mode"] == Mode.STOP_NOT_CONFIRMED
            assert "stop_by_hand" in bed.high()
            assert seen["todo"].startswith("CLAMP THE DRUG LINE AT THE PATIENT.")
            assert "STOP THE PUMP BY HAND" in seen["todo"]
            for one in seen["alarms"]:
                assert "sent" not in one["text"]
                assert "STOP THE PUMP BY HAND" in one["text"]
            await asyncio.sleep(80)
            assert bed.moves()
            assert gap_from(bed.world.state) is None
            assert bed.world.dose_now().low > before.high
            bed.books_hold()
            await bed.world.until(lambda s: s.pump.stopped, minutes=2)
            opened_ms = gap_from(bed.world.state)
            assert opened_ms is not None
            assert bed.world.clock.now_ms() - opened_ms < 15_000
            assert not bed.high() & {"stop_by_hand"}
            assert bed.world.state.mode is Mode.HELD
            bed.books_hold()

    play(bed, story)
    said = [at for at, alarm, _ in raised(tmp_path) if alarm == "stop_by_hand"]
    assert len(said) >= 3
    assert all(later - earlier <= 31_000 for earlier, later in pairwise(said))


def test_f10_a_named_person_may_say_stopped_by_hand(tmp_path: Path) -> None:
    """The pump cannot be read; a person's word ends the instruction."""
    bed = bed_of(tmp_path, Slips(stop_s=3600))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            await bed.world.do(do="fault", name="unplug", on=True)
            bed.world.act(inp.HoldNow, by="Ann", reason="")
            await asyncio.sleep(3)
            assert "stop_by_hand" in bed.high()
            accepted, answer = bed.world.act(inp.ConfirmStopped, by="Ann")
            assert (accepted, answer) == (True, "recorded: stopped by hand, line clamped")
            assert "stop_by_hand" not in bed.world.state.alarms

    play(bed, story)


def test_f05_f19_a_pump_ended_by_its_limit_is_a_gap_and_told_anew(tmp_path: Path) -> None:
    """Nobody renews it: asked at half, urgently before its end; the rest is told to a standing pump."""
    bed = bed_of(tmp_path, made=plan(unattended_min=2))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            bed.hands.slips.set_s = 240
            await bed.world.until(lambda s: "told_limit" in s.alarms, minutes=3)
            assert "limit_ends" in bed.world.state.alarms
            await bed.world.until(lambda s: not s.running, minutes=3)
            await asyncio.sleep(CYCLE_S)
            assert bed.world.state.gap.open_from_ms is not None
            assert bed.world.state.hold is None
            order = told(bed.world.state)
            assert order is not None
            assert order.kind is OrderKind.START
            bed.books_hold()
            bed.hands.slips.set_s = 10
            await bed.world.until(lambda s: s.step == 2, minutes=20)
            bed.books_hold()

    play(bed, story)


def test_f29_sigterm_is_an_instruction_and_writes_nothing(tmp_path: Path) -> None:
    bed = bed_of(tmp_path, Slips(stop_s=3))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            await bed.world.stop_daemon()
            assert not bed.moves()

    play(bed, story)
    assert {"service_stopping", "held_restart"} <= {alarm for _, alarm, _ in raised(tmp_path)}


def test_f27_after_a_restart_the_pump_is_compared_and_told_anew(tmp_path: Path) -> None:
    """As recorded: observed to the end of its limit; a person confirms, and the renewal is told anew."""
    bed = bed_of(tmp_path, made=plan(unattended_min=2))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            await asyncio.sleep(30)
            await bed.world.kill_daemon()
            await asyncio.sleep(3)
            await bed.world.start_daemon()
            await bed.world.until(lambda s: s.phase is Phase.OBSERVING and not s.pump.compare, minutes=1)
            assert told(bed.world.state) is None
            bed.world.act(inp.ConfirmPatient, by="Ann", patient="SIM-0001")
            await bed.world.until(lambda s: not s.gate_shut, minutes=1)
            accepted, answer = bed.world.act(inp.ConfirmRunning, by="Ann")
            assert accepted, answer
            await bed.world.until(lambda s: told(s) is not None, minutes=2)
            await bed.world.until(lambda s: s.step == 2, minutes=20)
            bed.books_hold()

    play(bed, story)


@pytest.mark.parametrize("factor", [4, 10])
def test_f34_the_guard_judges_what_is_told(
    factor: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that would tell a nurse four times too much: refused, held, never on the screen."""
    right = course.setting

    def wrong(state: RunState, now: int) -> PumpSetting:
        one = right(state, now)
        return PumpSetting(one.rate_ml_h * factor, one.limit_ml)

    monkeypatch.setattr(course, "setting", wrong)
    bed = bed_of(tmp_path)

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.phase is Phase.HELD, minutes=1)
            assert "held_guard" in bed.high()
            assert told(bed.world.state) is None
            await asyncio.sleep(60)
            assert bed.world.bed.left.total_dose == 0

    play(bed, story)
    assert "Told" not in types_of(tmp_path / "journal.db")


def test_f34_a_step_told_too_early_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard keeps its own place from what was read, not from what was told."""
    monkeypatch.setattr(slices, "full", lambda state: state.account.proven_ms > 20_000)
    bed = bed_of(tmp_path)

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.phase is Phase.HELD, minutes=5)
            assert bed.world.state.hold is not None
            assert bed.world.state.hold.causes == {HoldCause.GUARD}
            assert bed.world.state.step == 1

    play(bed, story)


def test_f27_a_pump_that_can_only_be_read(tmp_path: Path) -> None:
    """BCC: told, read back, started, a new rate taken with a torn limit; 41.7 for 4.17 seen within 15 s."""
    bed = bed_of(tmp_path, Slips(set_s=5, start_s=1, stop_s=1), model="bcc")
    asked: list[bytes] = []

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.step == 2 and s.pump.approved is not None, minutes=8)
            await asyncio.sleep(15)
            assert "hand_wrong" not in bed.world.state.alarms
            assert bed.world.state.phase is Phase.INFUSING
            await bed.hands.press("rate", Decimal(600))
            await asyncio.sleep(15)
            assert "hand_more" in bed.world.state.alarms
            await bed.world.until(lambda s: s.pump.stopped, minutes=1)
            bed.books_hold()
            asked.extend(frame for frame in bed.tap[0].sent if frame != b"open")

    bed.world.run(lambda _: story(bed))
    text = b"".join(asked)
    words = set(re.findall(rb"[A-Z]{3,}:[A-Z]+", text))
    assert words <= {b"ADMIN:ALIVE", b"ADMIN:VERSION", b"MEM:GETSLOT", b"MEM:GET"}
    assert b"MEM:GETSLOT" in words


def test_f27_the_run_over_the_pump_is_left_alone(tmp_path: Path) -> None:
    """Aborted while it runs: asked for until it is seen standing, then let go without a word."""
    bed = bed_of(tmp_path, Slips(stop_s=20))

    async def story(bed: Bed) -> None:
        async with at_work(bed):
            await bed.world.until(lambda s: s.running, minutes=2)
            _, answer = bed.world.act(inp.Abort, by="Ann", reason="enough")
            assert answer.startswith("STOP THE PUMP BY HAND")
            await asyncio.sleep(10)
            assert "stop_by_hand" in bed.high()
            await bed.world.until(lambda s: s.pump.stop_ms is None, minutes=2)
            assert bed.world.state.phase is Phase.ABORTED
            assert bed.world.state.pump.reading is not None
            assert bed.world.state.pump.reading.motion is Motion.STOPPED

    play(bed, story)
