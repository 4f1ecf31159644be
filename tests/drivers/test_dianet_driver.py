"""The DIANET-Star driver against a pump played by hand, over the memory link and on virtual time."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from drivers.errors import LinkLost, NoReply, OutOfRange, Overtaken, Refused, WrongDevice
from drivers.links.memory import NullModem
from drivers.pumps.dianet_star.driver import DianetStar
from drivers.values import LocalChange, Motion, PumpAlarm, PumpIdentity, PumpSetting
from tests.drivers import dianet_peer as golden
from tests.drivers.dianet_peer import TARGET, Peer, connected, settle
from tests.drivers.virtual import virtual


@virtual
async def test_connect_says_who_answers_and_writes_neither_rate_nor_limit() -> None:
    pump, peer, identity = await connected(expected_serial="12345")
    assert identity == PumpIdentity(
        "Perfusor fm", "12345", "PFM A12345", "000E", Decimal("0.30"), Decimal("300.00"), Decimal("999.0")
    )
    assert peer.seen == [golden.IDENT_00, golden.CC_FERNSTEUER, golden.LIMITS]
    can = pump.capabilities
    assert (can.rate_min_ml_h, can.rate_max_ml_h, can.limit_max_ml) == (
        Decimal("0.3"),
        Decimal(300),
        Decimal(999),
    )


@virtual
async def test_the_default_mode_leaves_the_keys_to_the_nurse_f17() -> None:
    _, peer, _ = await connected()
    assert golden.CC_FERNSTEUER in peer.seen
    _, peer, _ = await connected(remote_mode="fernregel")
    assert golden.CC_FERNREGEL in peer.seen
    with pytest.raises(ValueError, match="remote_mode"):
        DianetStar(NullModem().a, remote_mode="doku")


@virtual
async def test_connect_repeats_ident_every_500_ms() -> None:
    cable = NullModem()
    peer = Peer(cable)
    peer.lose = 2
    await peer.open()
    await DianetStar(cable.a).connect()
    assert asyncio.get_running_loop().time() == pytest.approx(1.0, abs=0.01)
    assert peer.seen[:4] == [golden.IDENT_00] * 3 + [golden.CC_FERNSTEUER]


@virtual
async def test_connect_finds_a_pump_that_still_holds_our_address() -> None:
    cable = NullModem()
    peer = Peer(cable)
    del peer.replies[golden.IDENT_00], peer.replies[golden.CC_FERNSTEUER]
    peer.replies[golden.wire("4101")] = golden.wire("4101060FEC3039000E50464D204131323334353B9ACA00")
    peer.replies[golden.wire("4110F013CFC60141FFFFFFFF")] = golden.CC_ACCEPTED
    await peer.open()
    pump = DianetStar(cable.a)
    await pump.connect()
    await pump.close()
    await settle()
    await peer.open()
    peer.seen.clear()
    await pump.connect()
    assert peer.seen[0] == golden.wire("4101")


@virtual
async def test_connect_gives_up_after_a_bounded_number_of_tries_and_frees_the_port() -> None:
    cable = NullModem()
    pump = DianetStar(cable.a)
    with pytest.raises(NoReply, match="5 IDENT"):
        await pump.connect()
    await cable.a.open(lambda _: None, lambda _: None)


@pytest.mark.parametrize(
    ("ident", "why"),
    [
        ("0001060FF43039000E50464D204131323334353B9ACA00", "type 1021"),
        ("0001060FEC3039000950464D204131323334353B9ACA00", "0009 is older"),
        ("0001060FEC303A000E50464D204131323334353B9ACA00", "12346 answered, 12345 is expected"),
    ],
)
@virtual
async def test_the_wrong_pump_is_refused_before_anything_is_written(ident: str, why: str) -> None:
    cable = NullModem()
    peer = Peer(cable)
    peer.replies[golden.IDENT_00] = golden.wire(ident)
    await peer.open()
    with pytest.raises(WrongDevice, match=why):
        await DianetStar(cable.a, expected_serial="12345").connect()
    assert peer.seen == [golden.IDENT_00]


@virtual
async def test_a_wrong_inverse_is_refused() -> None:
    cable = NullModem()
    peer = Peer(cable)
    peer.replies[golden.CC_FERNSTEUER] = golden.nak(0x10, 0x05)
    await peer.open()
    with pytest.raises(Refused, match="CC_MODE refused, code 05: ident"):
        await DianetStar(cable.a).connect()


@virtual
async def test_the_documented_reading() -> None:
    pump, peer, _ = await connected(remote_mode="fernregel")
    peer.replies[golden.STATUS] = golden.STATUS_REPLY
    reading = await pump.read()
    assert reading.motion is Motion.INFUSING
    assert (reading.rate_ml_h, reading.limit_left_ml) == (Decimal("12.50"), Decimal("7.3"))
    assert reading.counter_ml == Decimal("2.7")
    assert reading.alarms == {PumpAlarm.LIMIT_REACHED}
    assert reading.local == {LocalChange.TARGET}
    assert (reading.remote, reading.mains) == (True, True)
    assert (reading.battery_min, reading.pressure_percent) == (240, 12)


@virtual
async def test_remote_is_our_mode_without_link_alarm_f17() -> None:
    pump, peer, _ = await connected()
    for state, alarm, remote in ((0x14, 0, True), (0x18, 0, False), (0x12, 0, False), (0x14, 1 << 14, False)):
        peer.replies[golden.STATUS] = golden.status(state=state, alarm=alarm)
        assert (await pump.read()).remote is remote


@virtual
async def test_read_setting_and_no_limit_f7() -> None:
    pump, peer, _ = await connected()
    assert await pump.read_setting() == TARGET
    peer.replies[golden.SOLLWERT] = golden.sollwert(1250, 0)
    assert await pump.read_setting() == PumpSetting(Decimal("12.50"), None)


@pytest.mark.parametrize(
    ("state", "alarm", "stored", "left"),
    [
        (0x94, 0, 0, None),
        (0x94, 0, 100, None),
        (0x94, 1 << 12, 100, Decimal(0)),
        (0x94, 1 << 12, 0, None),
        (0x14, 0, 100, Decimal(0)),
        (0x14, 0, 0, None),
    ],
)
@virtual
async def test_nothing_remains_used_up_or_no_limit_f7(
    state: int, alarm: int, stored: int, left: Decimal | None
) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status(state=state, alarm=alarm, remaining=0)
    peer.replies[golden.SOLLWERT] = golden.sollwert(1250, stored)
    assert (await pump.read()).limit_left_ml == left


@virtual
async def test_an_alarm_is_kept_until_a_reading_has_carried_it_f40() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status(alarm=1 << 3, request=1 << 3)
    del peer.replies[golden.ISTWERT]
    with pytest.raises(NoReply):
        await pump.read()
    peer.replies[golden.STATUS] = golden.status()
    peer.replies[golden.ISTWERT] = golden.ISTWERT_REPLY
    reading = await pump.read()
    assert reading.alarms == {PumpAlarm.OCCLUSION}
    assert reading.local == {LocalChange.DOSE}
    reading = await pump.read()
    assert not reading.alarms
    assert not reading.local


@virtual
async def test_program_writes_rate_and_limit_in_one_frame_f15() -> None:
    pump, peer, _ = await connected()
    peer.seen.clear()
    await pump.program(TARGET)
    assert peer.seen == [golden.SET_TARGET]


@pytest.mark.parametrize(
    ("rate", "limit"),
    [
        ("12.5", None),
        ("12.5", "0"),
        ("12.5", "-1"),
        ("12.5", "10.05"),
        ("12.5", "999.1"),
        ("12.5", "NaN"),
        ("12.505", "10"),
        ("0", "10"),
        ("0.29", "10"),
        ("300.01", "10"),
        ("Infinity", "10"),
    ],
)
@virtual
async def test_what_the_pump_cannot_take_exactly_is_not_sent_f7(rate: str, limit: str | None) -> None:
    pump, peer, _ = await connected()
    peer.seen.clear()
    with pytest.raises(OutOfRange):
        await pump.program(PumpSetting(Decimal(rate), None if limit is None else Decimal(limit)))
    await settle()
    assert peer.seen == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (0x01, "crc"),
        (0x04, "user operating"),
        (0x06, "range"),
        (0x0C, "action impossible"),
        (0x7F, "unknown"),
    ],
)
@virtual
async def test_a_refusal_has_its_code_and_a_word_f10(code: int, reason: str) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STOP] = golden.nak(0x11, code)
    with pytest.raises(Refused) as caught:
        await pump.stop()
    assert (caught.value.code, caught.value.reason) == (code, reason)


@virtual
async def test_the_documented_refusals() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.START] = golden.ACTION_REFUSED
    peer.replies[golden.SET_TARGET] = golden.TARGET_REFUSED
    with pytest.raises(Refused, match="START refused, code 0C"):
        await pump.start()
    with pytest.raises(Refused, match="SOLLWERT write refused, code 06"):
        await pump.program(TARGET)


@virtual
async def test_a_transmission_nak_may_carry_any_segment() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STOP] = golden.wire("41001501")
    with pytest.raises(Refused, match="crc"):
        await pump.stop()


@virtual
async def test_start_is_one_action_after_the_reload_was_looked_at_f26() -> None:
    pump, peer, _ = await connected()
    peer.seen.clear()
    await pump.start()
    assert peer.seen == [golden.RELOAD, golden.START]
    peer.replies[golden.RELOAD] = golden.nak(0x09, 0x03)
    await pump.start()
    assert peer.seen[2:] == [golden.RELOAD, golden.START]
    peer.replies[golden.RELOAD] = golden.RELOAD_ARMED
    with pytest.raises(Refused, match="RELOAD is armed"):
        await pump.start()
    assert peer.seen[4:] == [golden.RELOAD]


@virtual
async def test_link_loss_is_told_by_every_method_and_connect_comes_back() -> None:
    pump, peer, _ = await connected()
    peer.hold = True
    reading = asyncio.create_task(pump.read())
    await settle()
    await peer.link.close()
    with pytest.raises(LinkLost):
        await reading
    for method in (pump.read, pump.read_setting, pump.start, pump.stop, pump.release):
        with pytest.raises(LinkLost):
            await method()
    with pytest.raises(LinkLost):
        await pump.program(TARGET)
    peer.hold = False
    await peer.open()
    await pump.connect()
    await pump.stop()
    await pump.close()
    await pump.close()


@virtual
async def test_release_zeroes_a_stopped_pump_in_one_frame_and_leaves_f7() -> None:
    pump, peer, _ = await connected()
    peer.seen.clear()
    await pump.release()
    assert peer.seen == [golden.STATUS, golden.SET_ZERO, golden.CC_LEAVE]
    with pytest.raises(LinkLost, match="not connected"):
        await pump.start()


@pytest.mark.parametrize("state", [0x94, 0x14 | 1 << 13, 0x14 | 1 << 9, 0x14 | 1 << 28])
@virtual
async def test_release_of_a_pump_that_does_not_stand_is_refused_f7(state: int) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status(state=state)
    with pytest.raises(Refused, match="not released"):
        await pump.release()
    assert golden.SET_ZERO not in peer.seen


@virtual
async def test_a_start_during_release_keeps_the_zero_limit_from_the_wire_f7() -> None:
    pump, peer, _ = await connected()
    peer.hold = True
    release = asyncio.create_task(pump.release())
    await settle()
    start = asyncio.create_task(pump.start())
    await settle()
    peer.deliver()
    with pytest.raises(Overtaken):
        await release
    await start
    assert golden.SET_ZERO not in peer.seen


@virtual
async def test_close_writes_nothing() -> None:
    pump, peer, _ = await connected()
    peer.seen.clear()
    await pump.close()
    await settle()
    assert peer.seen == []
