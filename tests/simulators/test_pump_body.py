from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.values import EndAction, LocalChange, PumpAlarm
from simulators.bodies.bag import Bag, Solution
from simulators.bodies.pump import PumpBody
from simulators.bodies.pump_options import AfterEnd, PumpOptions, StopKey

D = Decimal
NEAR = D("1e-15")


def make_pump(content_ml: str = "250", **options: object) -> PumpBody:
    chosen = {"flow_error": D(0), "ramp_s": D(0), "stop_s": D(0), **options}
    return PumpBody(Bag(Solution("A", D("0.024")), D(content_ml)), PumpOptions(**chosen))  # type: ignore[arg-type]


def running(rate: str = "60", limit: str = "0", content_ml: str = "250", **options: object) -> PumpBody:
    pump = make_pump(content_ml, **options)
    pump.set_rate(D(rate))
    pump.set_limit(D(limit))
    assert pump.start()
    return pump


@given(
    st.lists(
        st.tuples(st.decimals(D("0.1"), D(200), places=2), st.decimals(D("0.1"), D(900), places=1)),
        max_size=8,
    )
)
def test_volume_is_the_integral_of_the_rate(stretches: list[tuple[Decimal, Decimal]]) -> None:
    pump = running(content_ml="100000")
    given_ml = D(0)
    for rate, seconds in stretches:
        pump.set_rate(rate)
        given_ml += pump.advance(seconds)
    expected = sum((rate * seconds / 3600 for rate, seconds in stretches), D(0))
    assert abs(given_ml - expected) < NEAR
    assert abs(pump.bag.content_ml + given_ml - 100000) < NEAR


@given(st.lists(st.decimals(D("0.01"), D(120), places=2), min_size=1, max_size=20))
def test_how_time_is_cut_does_not_change_the_volume(cuts: list[Decimal]) -> None:
    whole = running(rate="33", limit="1.3", ramp_s=D(2), stop_s=D("0.2"))
    parts = running(rate="33", limit="1.3", ramp_s=D(2), stop_s=D("0.2"))
    total = sum(cuts, D(0))
    assert abs(whole.advance(total) - sum((parts.advance(cut) for cut in cuts), D(0))) < NEAR


def test_motor_ramps_up_and_runs_out() -> None:
    pump = running(rate="36", ramp_s=D(2), stop_s=D("0.2"))
    assert pump.advance(D(1)) == D("0.0025")
    assert pump.flow_ml_h == 18
    pump.advance(D(1))
    assert pump.flow_ml_h == 36
    pump.stop()
    assert pump.motion.value == "stopped"
    assert pump.advance(D(5)) == D("0.001")
    assert pump.flow_ml_h == 0


def test_counter_truncates_to_its_unit_and_ignores_the_flow_error() -> None:
    pump = running(rate="36", flow_error=D("0.05"))
    assert pump.advance(D(19)) == D("0.1995")
    assert pump.counter_ml == D("0.1")
    pump.advance(D(1))
    assert pump.counter_ml == D("0.2")


def test_f24_limit_end_stops() -> None:
    pump = running(rate="60", limit="1.0")
    assert pump.advance(D(28_800)) == D(1)
    assert pump.motion.value == "stopped"
    assert PumpAlarm.LIMIT_REACHED in pump.alarms
    assert pump.limit_left_ml == 0
    assert not pump.start()


def test_f24_limit_end_goes_to_kvo_for_eight_hours() -> None:
    pump = running(rate="60", limit="1.0", end_action=EndAction.KVO, kvo_ml_h=D(3))
    given_ml = pump.advance(D(60 + 28_800))
    assert pump.motion.value == "kvo"
    assert given_ml == 1 + 24
    assert {PumpAlarm.LIMIT_REACHED, PumpAlarm.KVO_RUNNING} <= pump.alarms


def test_f24_kvo_is_never_above_the_rate_and_ends_itself() -> None:
    pump = running(rate="2", limit="0.1", end_action=EndAction.KVO, kvo_ml_h=D(3), kvo_max_min=D(30))
    given_ml = pump.advance(D(7200))
    assert given_ml == D("1.1")
    assert pump.motion.value == "stopped"
    assert PumpAlarm.KVO_END in pump.alarms


def test_f24_limit_end_continues() -> None:
    pump = running(rate="60", limit="1.0", end_action=EndAction.CONTINUE)
    assert pump.advance(D(120)) == 2
    assert pump.limit_left_ml is None


def test_f7_a_limit_of_zero_runs_until_the_bag_is_empty() -> None:
    pump = running(rate="100", limit="0", content_ml="50")
    assert pump.limit_left_ml is None
    assert pump.advance(D(36_000)) == 50
    assert PumpAlarm.EMPTY in pump.alarms
    assert not pump.start()


def test_f7_start_after_the_end_can_be_without_limit() -> None:
    pump = running(rate="60", limit="1.0", after_end=AfterEnd.UNLIMITED)
    pump.advance(D(120))
    assert pump.start()
    assert pump.limit_left_ml is None
    assert pump.advance(D(600)) == 10


@pytest.mark.parametrize(("stored_ml", "bolus_ml"), [("1", "0.5"), ("0.3", "0.3")])
def test_f14_occlusion_stores_volume_and_releases_a_bolus(stored_ml: str, bolus_ml: str) -> None:
    pump = running(rate="5", occlusion_ml=D(1))
    pump.occlude(True)
    out_ml = pump.advance(D(stored_ml) * 720 + (60 if stored_ml == "1" else 0))
    assert out_ml == 0
    assert pump.counter_ml == D(stored_ml)
    assert (PumpAlarm.OCCLUSION in pump.alarms) == (stored_ml == "1")
    assert pump.pressure_percent == (100 if stored_ml == "1" else 37)
    pump.stop()
    pump.occlude(False)
    assert pump.advance(D(1)) == D(bolus_ml)
    assert pump.advance(D(1)) == 0
    assert abs(pump.bag.content_ml - (250 - D(bolus_ml))) < NEAR


def test_f14_time_to_alarm_grows_as_the_rate_falls() -> None:
    times = {}
    for rate in ("5", "0.5"):
        pump = running(rate=rate)
        pump.occlude(True)
        minutes = 0
        while PumpAlarm.OCCLUSION not in pump.alarms:
            pump.advance(D(60))
            minutes += 1
        times[rate] = minutes
    assert times == {"5": 12, "0.5": 120}


def test_an_occluded_pump_never_restarts_by_itself() -> None:
    pump = running(rate="100")
    pump.occlude(True)
    pump.advance(D(600))
    pump.occlude(False)
    pump.advance(D(1))
    assert pump.advance(D(3600)) == 0


@pytest.mark.parametrize("what", ["open_door", "let_air_in"])
def test_door_and_air_stop_at_once_and_block_the_start(what: str) -> None:
    pump = running(ramp_s=D(2), stop_s=D(2))
    pump.advance(D(10))
    getattr(pump, what)(True)
    assert pump.advance(D(60)) == 0
    assert not pump.start()
    getattr(pump, what)(False)
    assert pump.advance(D(60)) == 0
    assert pump.start()
    assert not pump.alarms & {PumpAlarm.AIR, PumpAlarm.DOOR_OPEN}


def test_battery_drains_warns_and_dies() -> None:
    pump = running(rate="60", battery_min=D(40))
    pump.mains = False
    assert pump.advance(D(600)) == 10
    assert PumpAlarm.BATTERY_LOW in pump.alarms
    assert pump.advance(D(7200)) == 30
    assert PumpAlarm.BATTERY_EMPTY in pump.alarms
    assert pump.motion.value == "stopped"
    assert not pump.start()


def test_f30_bag_runs_short_and_overfull() -> None:
    for overfill, content in (("-0.1", "225"), ("0.1", "275")):
        bag = Bag(Solution("A", D(1)), D(250), D(overfill))
        pump = PumpBody(bag, PumpOptions(flow_error=D(0), ramp_s=D(0)))
        pump.set_rate(D(1000))
        assert pump.start()
        assert pump.advance(D(7200)) == D(content)


def test_near_empty_is_seen_on_the_real_content() -> None:
    pump = running(rate="100", content_ml="6")
    assert PumpAlarm.NEAR_EMPTY not in pump.alarms
    pump.advance(D(40))
    assert PumpAlarm.NEAR_EMPTY in pump.alarms


def test_f8_the_hand_stops_starts_and_types() -> None:
    pump = running(rate="4.17")
    assert pump.press("stop")
    assert pump.advance(D(60)) == 0
    assert pump.press("rate", D("41.7"))
    assert pump.hand == {LocalChange.TARGET}
    assert pump.press("start")
    assert pump.advance(D(3600)) == D("41.7")
    assert not pump.press("rate", D(100_000))


def test_locked_panel_alarms_and_its_stop_key_is_a_choice() -> None:
    for choice, stopped in ((StopKey.STOPS, True), (StopKey.ALARM_ONLY, False)):
        pump = running(stop_key=choice)
        pump.panel_locked = True
        assert not pump.press("rate", D(99))
        assert pump.press("stop") is stopped
        assert (pump.motion.value == "stopped") is stopped
        assert PumpAlarm.LOCAL_KEY in pump.alarms


def test_f26_bolus_counts_and_returns_to_what_was() -> None:
    pump = running(rate="10", limit="50", bolus_ml_h=D(720))
    pump.advance(D(3600))
    assert pump.press("bolus", D(2))
    assert pump.motion.value == "bolus"
    assert pump.advance(D(10)) == 2
    assert pump.motion.value == "infusing"
    assert pump.counter_ml == 12
    assert pump.limit_left_ml == 38


def test_f26_clear_and_power_cycle() -> None:
    pump = running(rate="60", limit="20")
    pump.advance(D(600))
    pump.press("clear")
    assert pump.counter_ml == 0
    pump.advance(D(300))
    pump.power(False)
    assert not pump.start()
    pump.power(True)
    assert (pump.boots, pump.motion.value) == (1, "stopped")
    assert (pump.counter_ml, pump.rate_ml_h, pump.limit_left_ml) == (D(0), D(0), None)
    assert not pump.start()


def test_power_cycle_can_keep_settings() -> None:
    pump = running(rate="60", limit="20", keeps_settings=True)
    pump.advance(D(600))
    pump.power(False)
    pump.power(True)
    assert (pump.counter_ml, pump.rate_ml_h, pump.limit_left_ml) == (D(10), D(60), D(10))
    assert pump.advance(D(60)) == 0


@pytest.mark.parametrize(
    ("action", "hour_ml"), [(EndAction.STOP, "0"), (EndAction.CONTINUE, "60"), (EndAction.KVO, "3")]
)
def test_f5_link_loss_does_what_is_chosen(action: EndAction, hour_ml: str) -> None:
    pump = running(rate="60", link_loss=action)
    pump.link_lost()
    assert pump.advance(D(3600)) == D(hour_ml)
    assert PumpAlarm.LINK_TIMEOUT in pump.alarms


def test_f10_a_runaway_motor_does_not_obey() -> None:
    pump = running(rate="60", limit="1")
    pump.runaway = True
    pump.stop()
    assert pump.advance(D(600)) == 10


def test_no_start_without_a_rate() -> None:
    assert not make_pump().start()


def test_unknown_key_is_named() -> None:
    with pytest.raises(ValueError, match="no such key: eject"):
        make_pump().press("eject")
