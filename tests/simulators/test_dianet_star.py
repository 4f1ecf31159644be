from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.values import EndAction, LocalChange, PumpAlarm
from simulators.wires.dianet_codec import enclose, unstuff
from simulators.wires.dianet_options import (
    AddressZero,
    Choice,
    CrcNakSegment,
    EventClear,
    Reentry,
    Remaining,
    StoppedRate,
)
from simulators.wires.dianet_segments import Actual, State, Status, Target, word
from simulators.wires.dianet_star import Mode
from tests.simulators.dianet_host import (
    CC_ACCEPTED,
    CLEAR,
    DONE,
    IDENT,
    IMPOSSIBLE,
    ISTWERT,
    LIMITS,
    REGEL,
    SET_12_5,
    SOLLWERT,
    START,
    STATUS,
    STEUER,
    STOP,
    TARGET_OUT_OF_RANGE,
    ack,
    content,
    make,
    nak,
    remote,
    running,
    status,
    target,
)

D = Decimal


def test_golden_ident_reply() -> None:
    expected = "7E 00 01 06 0F EC 30 39 00 0E 50 46 4D 20 41 31 32 33 34 35 3B 9A CA 00 30 E3 7E"
    assert make().receive(IDENT, 0.0) == bytes.fromhex(expected)


@pytest.mark.parametrize(("request_", "mode"), [(REGEL, Mode.FERNREGEL), (STEUER, Mode.FERNSTEUER)])
def test_golden_cc_mode(request_: bytes, mode: Mode) -> None:
    wire = remote(request_)
    assert wire.mode is mode
    assert wire.pump.panel_locked is (mode is Mode.FERNREGEL)


def test_golden_status() -> None:
    expected = "7E 41 02 06 01 00 00 10 00 00 00 00 98 00 00 04 E2 00 00 00 49 00 23 08 D7 7E"
    state = word([State.FERNREGEL, State.MAINS, State.RUNNING])
    message = Status(
        frozenset({LocalChange.TARGET}), frozenset({PumpAlarm.LIMIT_REACHED}), state, D("12.5"), D("7.39"), 35
    )
    assert enclose(b"A\x02\x06" + message.pack()) == bytes.fromhex(expected)


def test_golden_stuffing() -> None:
    expected = "7E 41 02 06 00 00 00 00 00 00 00 00 7D A0 00 00 7D 5E 7D 5D 00 00 00 00 00 00 FD E0 7E"
    message = Status(frozenset(), frozenset(), 0x80, D("323.81"), D(0), 0)
    assert enclose(b"A\x02\x06" + message.pack()) == bytes.fromhex(expected)


def test_golden_istwert() -> None:
    expected = "7E 41 03 06 0C 00 00 00 1B 00 0D 00 00 00 F0 00 00 00 32 00 00 00 00 00 00 C1 C2 7E"
    assert enclose(b"A\x03\x06" + Actual(12, D("2.7"), 13, 240).pack()) == bytes.fromhex(expected)


def test_istwert_of_a_running_pump() -> None:
    wire = running()
    wire.pump.advance(D(13 * 60))
    inner = content(wire.receive(ISTWERT, 0.5))
    assert inner[3:10] == bytes.fromhex("0A 00 00 00 1B 00 0D")


def test_golden_sollwert() -> None:
    expected = (
        ("7E 41 04 06 00 00 04 E2 00 00 00 64" + "00" * 8 + "05 00 00 43 41 52 42 4F 50 4C 41 54 49 4E")
        + "20" * 9
        + "57 D9 7E"
    )
    wire = remote()
    drug = b"CARBOPLATIN".ljust(20)
    assert ack(wire.receive(target(rest=b"\xff" * 11 + drug), 0.0))
    assert wire.receive(SOLLWERT, 0.0) == bytes.fromhex(expected)
    assert Target(D("12.5"), D(10), drug=drug).pack() == content(bytes.fromhex(expected))[3:]


def test_golden_writes_and_actions() -> None:
    wire = remote()
    assert wire.receive(START, 0.0) == IMPOSSIBLE
    assert ack(wire.receive(SET_12_5, 0.0))
    assert wire.receive(START, 0.0) == DONE
    assert wire.pump.motion.value == "infusing"
    assert wire.receive(STOP, 0.0) == DONE
    assert wire.pump.motion.value == "stopped"
    assert wire.receive(CLEAR, 0.0) == DONE
    assert wire.receive(target(rate=200_000), 0.0) == TARGET_OUT_OF_RANGE


def test_limits_name_the_remote_range_last() -> None:
    inner = content(remote().receive(LIMITS, 0.0))
    sizes = (4, 1, 1, 4, 4, 1, 4, 1, 4, 2, 4, 2, 1, 4, 4, 4, 4)
    assert len(inner) == 3 + sum(sizes)
    fields, place = [], 3
    for size in sizes:
        fields.append(int.from_bytes(inner[place : place + size], "big"))
        place += size
    assert fields == [80000, 1, 1, 120_000, 10, 3, 0, 9, 99_999, 999, 10, 1, 0, 99_990, 10, 120_000, 10]


def test_reload_is_empty() -> None:
    assert content(remote().receive(enclose(b"A\x09"), 0.0)) == b"A\x09\x06" + bytes(9)
    assert nak(remote().receive(enclose(b"A\x14" + bytes(9)), 0.0)) == 0x0C


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (bytes.fromhex("7E 41 02 5C 0E 7E"), 0x01),
        (bytes.fromhex("7E 41 02 80 5C 0D 7E"), 0x02),
        (bytes.fromhex("7E 41 7E"), 0x02),
        (bytes.fromhex("7E 41 02 5C 0D 7D 7E"), 0x02),
        (enclose(b"A\x55"), 0x03),
        (enclose(b"A\x02\x00"), 0x07),
        (enclose(b"A\x12" + bytes(38)), 0x07),
        (enclose(b"B\x02"), 0x08),
        (enclose(b"\x00\x02"), 0x08),
        (enclose(b"A\x11\x00\x07"), 0x06),
        (enclose(b"A\x11\x08\x01"), 0x0C),
        (target(rate=5), 0x06),
        (target(vtbd=100_000), 0x06),
        (target(rest=b"\x00\x05" + b"\xff" * 29), 0x06),
        (target(rest=b"\xff" * 8 + b"\x0a" + b"\xff" * 22), 0x06),
    ],
)
def test_refusals(frame: bytes, code: int) -> None:
    wire = remote()
    before = content(wire.receive(SOLLWERT, 0.0))
    assert nak(wire.receive(frame, 0.0)) == code
    assert content(wire.receive(SOLLWERT, 0.0)) == before


def test_wrong_inverse_drops_to_mode_0() -> None:
    wire = remote()
    assert nak(wire.receive(enclose(bytes.fromhex("0010F013CFC70241FFFFFFFF")), 0.1)) == 0x05
    assert (wire.mode, wire.address) == (Mode.DOKU, 0)


def test_writing_without_remote_mode_is_refused() -> None:
    wire = make()
    assert wire.receive(enclose(bytes.fromhex("0010F013CFC60041FFFFFFFF")), 0.0) == CC_ACCEPTED
    assert nak(wire.receive(SET_12_5, 0.0)) == 0x09
    assert nak(wire.receive(START, 0.0)) == 0x09
    assert status(wire)["state"] & 1 << State.DOKU


def test_f15_rate_and_limit_travel_together_and_ones_change_nothing() -> None:
    wire = running()
    assert ack(wire.receive(enclose(b"A\x12" + b"\xff" * 39), 0.0))
    assert (wire.pump.rate_ml_h, wire.pump.limit_left_ml) == (D("12.5"), D(10))
    assert ack(wire.receive(target(rate=2000, vtbd=0xFFFFFFFF), 0.0))
    assert (wire.pump.rate_ml_h, wire.pump.limit_left_ml) == (D(20), D(10))


def test_f7_limit_zero_runs_for_ever() -> None:
    wire = remote()
    assert ack(wire.receive(target(rate=10_000, vtbd=0), 0.0))
    assert wire.receive(START, 0.0) == DONE
    assert wire.pump.advance(D(7200)) == 200
    assert status(wire)["remaining"] == 0


def test_f10_stop_is_refused_while_a_hand_is_on_the_keys() -> None:
    wire = running()
    wire.pump.press("silence")
    assert nak(wire.receive(STOP, 0.5)) == 0x04
    assert status(wire, 1.0)["state"] & 1 << State.OPERATED
    assert nak(wire.receive(STOP, 1.9)) == 0x04
    assert nak(wire.receive(STOP, 2.4)) == 0x04
    assert wire.pump.motion.value == "infusing"
    wire.receive(STATUS, 2.45)
    assert wire.receive(STOP, 2.6) == DONE
    wire.pump.operating = True
    for tenth in range(30, 130):
        assert nak(wire.receive(STOP, tenth / 10)) == 0x04
    wire.pump.operating = False
    assert nak(wire.receive(STOP, 13.9)) == 0x04
    assert nak(wire.receive(STOP, 14.8)) == 0x04
    assert wire.receive(STOP, 15.0) == DONE


def test_local_change_sets_a_request_bit_once() -> None:
    wire = remote()
    wire.pump.press("rate", D("41.7"))
    assert status(wire)["request"] == 1
    assert status(wire)["request"] == 0


def test_request_bits_can_stay_until_acknowledged() -> None:
    wire = remote(event_clear=EventClear.ACK)
    wire.pump.press("rate", D("41.7"))
    assert [status(wire, at)["request"] for at in (0.0, 1.0, 2.1)] == [1, 1, 1]
    assert ack(wire.receive(SET_12_5, 2.2))
    assert status(wire, 2.3)["request"] == 0


def test_fernregel_start_stop_key_raises_bit_16() -> None:
    wire = remote(REGEL)
    wire.pump.press("start")
    assert status(wire)["alarm"] == 1 << 16


@pytest.mark.parametrize(
    ("action", "moving"), [(EndAction.STOP, False), (EndAction.CONTINUE, True), (EndAction.KVO, True)]
)
def test_f17_link_watchdog(action: EndAction, moving: bool) -> None:
    """(A) D2."""
    wire = running({"link_loss": action})
    assert status(wire, 1.19)["alarm"] == 0
    assert wire.wake_s(1.19) == pytest.approx(2.39)
    wire.tick(2.38)
    assert wire.mode.name == "FERNSTEUER"
    wire.tick(2.4)
    assert wire.mode is (Mode.CCOFF if moving else Mode.CCOFFSTOP)
    assert (wire.pump.motion.value != "stopped") is moving
    assert nak(wire.receive(STATUS, 2.5)) == 0x08
    assert ack(wire.receive(IDENT, 2.5))
    assert wire.receive(STEUER, 2.6) == CC_ACCEPTED
    assert status(wire, 2.7)["alarm"] & 1 << 14
    assert not status(wire, 2.8)["alarm"] & 1 << 14


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_f17_polls_every_350_ms_survive_two_lost_exchanges(lost: int) -> None:
    wire = running()
    status(wire, 0.35)
    wire.tick(0.35 * (lost + 2) - 0.01)
    wire.receive(STATUS, 0.35 * (lost + 2))
    assert (wire.mode.name == "FERNSTEUER") is (lost <= 2)


def test_f17_only_valid_traffic_to_this_pump_feeds_the_watchdog() -> None:
    for frame in (enclose(b"B\x02"), bytes.fromhex("7E 41 02 5C 0E 7E"), IDENT):
        wire = running()
        wire.receive(frame, 1.0)
        wire.tick(1.3)
        assert wire.mode.name == "CCOFFSTOP"


@pytest.mark.parametrize(("choice", "moving"), [(Reentry.KEEPS, True), (Reentry.STOPS, False)])
def test_f17_reentry_on_a_running_motor_is_a_choice(choice: Reentry, moving: bool) -> None:
    wire = running({"link_loss": EndAction.CONTINUE}, reentry=choice)
    wire.tick(5.0)
    assert wire.receive(STEUER, 6.0) == CC_ACCEPTED
    assert (wire.pump.motion.value == "infusing") is moving


def test_stopped_rate_is_a_choice() -> None:
    for choice, rate in ((StoppedRate.ZERO, 0), (StoppedRate.SET, 1250)):
        wire = running(stopped_rate=choice)
        assert status(wire)["rate"] == 1250
        wire.receive(STOP, 0.0)
        assert status(wire)["rate"] == rate


def test_remaining_vtbd_is_a_choice() -> None:
    for choice, remaining in ((Remaining.REMAINDER, 75), (Remaining.SINCE_SET, 25)):
        wire = running(remaining=choice)
        wire.pump.advance(D(720))
        assert status(wire)["remaining"] == remaining


def test_target_and_clear_while_running_are_choices() -> None:
    assert ack(running().receive(target(rate=2000), 0.0))
    assert nak(running(target_running=Choice.REFUSED).receive(target(rate=2000), 0.0)) == 0x0C
    assert nak(running().receive(target(rate=0), 0.0)) == 0x0C
    assert running().receive(CLEAR, 0.0) == IMPOSSIBLE
    assert running(clear_running=Choice.ACCEPTED).receive(CLEAR, 0.0) == DONE


def test_crc_nak_segment_and_address_zero_are_choices() -> None:
    bad = bytes.fromhex("7E 41 02 5C 0E 7E")
    assert content(remote().receive(bad, 0.0))[1] == 0x02
    assert content(remote(crc_nak_segment=CrcNakSegment.ZERO).receive(bad, 0.0))[1] == 0
    assert ack(remote().receive(IDENT, 0.0))
    assert nak(remote(address_zero=AddressZero.UNASSIGNED).receive(IDENT, 0.0)) == 0x08


def test_manual_bolus_lasts_as_long_as_it_is_repeated() -> None:
    wire = running({"bolus_ml_h": D(720)})
    on = enclose(b"A\x11\x05\x01")
    assert wire.receive(on, 0.0) == DONE
    assert status(wire, 0.5)["state"] & 1 << State.MANUAL_BOLUS
    assert wire.receive(on, 1.0) == DONE
    wire.receive(STATUS, 1.9)
    wire.tick(2.19)
    assert wire.pump.motion.value == "bolus"
    wire.tick(2.2)
    assert wire.pump.motion.value == "infusing"


def test_volume_bolus() -> None:
    wire = remote(pump={"bolus_ml_h": D(720)})
    assert nak(wire.receive(enclose(b"A\x11\x06\x01"), 0.0)) == 0x0C
    rest = bytes.fromhex("FFFF FFFFFFFF 0014") + b"\xff" * 23
    assert ack(wire.receive(target(rest=rest), 0.0))
    assert wire.receive(enclose(b"A\x11\x06\x01"), 0.0) == DONE
    assert status(wire)["state"] & 1 << State.VOLUME_BOLUS
    assert wire.pump.advance(D(60)) == 2


def test_f26_power_cycle_ends_the_session() -> None:
    wire = running()
    wire.pump.power(False)
    assert wire.receive(STATUS, 0.1) == b""
    wire.pump.power(True)
    assert nak(wire.receive(STATUS, 0.2)) == 0x08
    assert wire.mode.name == "CCOFF"


def test_leaving_with_a_rate_only_the_remote_range_has_is_rate_invalid() -> None:
    leave = enclose(bytes.fromhex("4110F013CFC60041FFFFFFFF"))
    for rate, alarm in ((110_000, 1 << 9), (5_000, 0)):
        wire = remote()
        assert ack(wire.receive(target(rate=rate), 0.0))
        assert wire.receive(leave, 0.0) == CC_ACCEPTED
        assert status(wire)["alarm"] == alarm


@pytest.mark.parametrize("leaves", [False, True])
def test_f24_limit_end_may_drop_remote_mode_once(leaves: bool) -> None:
    wire = running({"end_action": EndAction.KVO}, limit_end_leaves_remote=leaves)
    for tenth in range(1, 6):
        wire.pump.advance(D(720))
        status(wire, tenth / 10)
    assert wire.pump.motion.value == "kvo"
    assert wire.receive(STOP, 0.6) == (bytes.fromhex("7E 41 11 15 09 AD 24 7E") if leaves else DONE)
    assert wire.receive(STEUER, 0.7) == CC_ACCEPTED
    assert wire.receive(STOP, 0.8) == DONE


def test_frames_split_anywhere_and_a_stale_half_is_forgotten() -> None:
    wire = remote()
    assert b"".join(wire.receive(STATUS[i : i + 1], 0.1) for i in range(len(STATUS))) != b""
    wire.receive(STATUS[:3], 0.2)
    assert ack(wire.receive(STATUS, 0.6))


@given(st.lists(st.binary(max_size=60), max_size=10), st.booleans())
def test_random_bytes_never_crash_nor_start_the_motor(chunks: list[bytes], framed: bool) -> None:
    wire = remote()
    for number, chunk in enumerate(chunks):
        wire.receive(enclose(chunk) if framed else chunk, number / 10)
    assert wire.pump.advance(D(1)) == 0 or wire.pump.rate_ml_h > 0


@given(st.binary(max_size=45), st.sampled_from(range(0x20)))
def test_every_well_framed_request_has_exactly_one_reply(data: bytes, segment: int) -> None:
    wire = remote()
    reply = wire.receive(enclose(bytes([0x41, segment]) + data), 0.0)
    assert content(reply)[1] == segment


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("41 7D5D 7D5E 7DA0 01", "41 7D 7E 80 01"),
        ("7D5D 7D5D 7D5D 7D5D", "7D 7D 7D 7D"),
        ("41 01 02 03", "41 01 02 03"),
        ("41 01 02 7D", None),
        ("41 7D7D 01 02 03", None),
        ("41 01 80 02 03", None),
        ("41 7D5D 01", None),
    ],
)
def test_stuffed_bytes_are_read_back_and_wrong_ones_are_a_frame_error(raw: str, plain: str | None) -> None:
    """Facts: pumps 4.1: 7D, 7E and 80 travel as 7D 5D, 7D 5E and 7D A0; a raw 80 is none of ours."""
    assert unstuff(bytes.fromhex(raw)) == (None if plain is None else bytes.fromhex(plain))
