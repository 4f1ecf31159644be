"""The BCC driver against a rack played by hand, over the memory link and on virtual time."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from drivers.errors import BadFrame, DeviceError, LinkLost, NoReply, Refused, WrongDevice
from drivers.links.memory import NullModem
from drivers.pumps.bcc.driver import Bcc
from drivers.registry import PUMPS
from drivers.values import Motion, PumpAlarm, PumpIdentity, PumpReading, PumpSetting
from tests.drivers import bcc_wire as wire
from tests.drivers.bcc_peer import ACK, NAK, PUMP, Peer, connected, plugged
from tests.drivers.virtual import virtual


def now_s() -> float:
    return asyncio.get_running_loop().time()


@virtual
async def test_connect_asks_who_is_there_and_nothing_else() -> None:
    pump, peer = await plugged(expected_serial="123456")
    assert await pump.connect() == PumpIdentity("Perfusor Space", "123456", "N030001 688", "V3.30")
    assert await peer.seen() == [wire.ALIVE, ACK, wire.VERSION, ACK, wire.GET_SLOT, ACK]


@virtual
async def test_one_cycle_is_one_reading_and_its_setting() -> None:
    pump, peer = await connected()
    assert await pump.read() == PumpReading(
        motion=Motion.STOPPED,
        rate_ml_h=Decimal("12.50"),
        limit_left_ml=Decimal("7.3"),
        counter_ml=Decimal("2.7"),
        remote=True,
        battery_min=240,
        pressure_percent=12,
    )
    assert await pump.read_setting() == PumpSetting(Decimal("12.50"), Decimal("10.0"))
    assert await peer.seen() == [wire.GET_SLOT, ACK]


@virtual
async def test_a_setting_asked_for_later_is_read_anew() -> None:
    pump, peer = await connected()
    await pump.read()
    peer.show({**PUMP, "INRT": "41.70"})
    await asyncio.sleep(1)
    assert await pump.read_setting() == PumpSetting(Decimal("41.70"), Decimal("10.0"))


@pytest.mark.parametrize("blocks", [1, 2, 5, len(PUMP)])
@virtual
async def test_every_block_is_acknowledged_after_its_time_and_the_next_request_after_the_pace_f27(
    blocks: int,
) -> None:
    pump, peer = await connected()
    peer.show(PUMP, blocks=blocks)
    first = await pump.read()
    assert await pump.read() == first
    await peer.seen()
    acks = [at for at, data in peer.heard if data == ACK]
    assert len(acks) == len(peer.said_s) >= 2 * min(blocks, 2) - 2
    assert all(ack - said >= 0.1 for said, ack in zip(peer.said_s, acks, strict=True))
    asked = [at for at, data in peer.heard if data == wire.GET_SLOT]
    over = acks[len(acks) // 2 - 1]
    assert 0.5 <= asked[1] - over < 0.6


@virtual
async def test_a_damaged_block_is_asked_for_again_f10() -> None:
    pump, peer = await connected()
    peer.show(PUMP, blocks=3)
    peer.damage = 2
    assert (await pump.read()).rate_ml_h == Decimal("12.50")
    assert await peer.seen() == [wire.GET_SLOT, NAK, NAK, ACK, ACK, ACK]
    peer.damage = 3
    with pytest.raises(BadFrame, match="damaged 3 times"):
        await pump.read()
    peer.heard.clear()
    await pump.read()
    assert (await peer.seen())[:3] == [wire.ALIVE, ACK, wire.GET_SLOT]


@pytest.mark.parametrize("nth", [1, 2, 3])
@virtual
async def test_a_lost_block_ends_the_cycle_and_the_next_one_begins_at_block_1(nth: int) -> None:
    pump, peer = await connected()
    peer.show(PUMP, blocks=3)

    def lose_the_nth() -> None:
        peer.lose = len(peer.said_s) == nth - 1

    said = peer.say

    def say(data: bytes) -> None:
        lose_the_nth()
        said(data)

    peer.say = say  # type: ignore[method-assign]
    with pytest.raises(NoReply, match=r"silent for 2\.5 s"):
        await pump.read()
    peer.say = said  # type: ignore[method-assign]
    assert (await pump.read()).counter_ml == Decimal("2.7")


@virtual
async def test_a_late_cycle_is_never_the_answer_to_a_later_question() -> None:
    pump, peer = await connected()
    peer.hold = True
    with pytest.raises(NoReply):
        await pump.read()
    peer.show({**PUMP, "RUNSTATE": "2", "INM3": "1"})
    reading = asyncio.create_task(pump.read())
    await asyncio.sleep(0.9)
    peer.release()
    assert (await reading).motion is Motion.INFUSING


@virtual
async def test_blocks_carry_no_number_so_one_too_many_spoils_the_cycle() -> None:
    pump, peer = await connected()
    peer.show(PUMP, blocks=3)
    first, second, third = peer.replies[wire.GET_SLOT]
    peer.replies[wire.GET_SLOT] = [first + second, third]
    with pytest.raises(BadFrame, match="more blocks than were asked for"):
        await pump.read()
    peer.replies[wire.GET_SLOT] = [first, first, second, third]
    with pytest.raises(BadFrame, match="twice in one cycle"):
        await pump.read()
    peer.replies[wire.GET_SLOT] = [first + second[:9], second, third]
    with pytest.raises(BadFrame, match="more blocks than were asked for"):
        await pump.read()
    peer.show(PUMP, blocks=3)
    await pump.read()


@virtual
async def test_records_may_run_on_into_the_next_block() -> None:
    pump, peer = await connected()
    text = wire.records({**PUMP, "INSOL": "Carboplatin 2,4 µg/ml"})
    for size in range(7, 120, 3):
        parts = [text[at : at + size] for at in range(0, len(text), size)]
        peer.replies[wire.GET_SLOT] = [wire.block(part, last=part is parts[-1]) for part in parts]
        if len(parts) * 0.11 < 6:
            assert (await pump.read()).limit_left_ml == Decimal("7.3")


@virtual
async def test_the_pump_taken_out_is_said_once_and_kept_until_a_reading_carries_it_f40() -> None:
    pump, peer = await connected()
    shown = peer.replies[wire.GET_SLOT]
    peer.replies[wire.GET_SLOT] = [wire.block(b"207,50111,GNERR,39")]
    with pytest.raises(Refused, match="taken out") as refused:
        await pump.read()
    assert refused.value.code == 39
    peer.replies[wire.GET_SLOT] = [wire.SLOT_ERROR]
    for _ in range(3):
        with pytest.raises(Refused, match="slot 11: error 41"):
            await pump.read()
    await pump.close()
    await asyncio.sleep(0)
    await peer.open()
    peer.replies[wire.GET_SLOT] = shown
    await pump.connect()
    assert (await pump.read()).alarms == {PumpAlarm.REMOVED}
    assert (await pump.read()).alarms == frozenset()


@virtual
async def test_taken_out_and_found_anew_by_its_number_is_an_alarm_all_the_same_f40() -> None:
    pump, peer = await plugged(slot=None, expected_serial="123456")
    peer.replies[wire.GET] = [wire.block(TWO)]
    await pump.connect()
    moved = wire.records(PUMP, address="50122")
    peer.replies[wire.GET] = [wire.block(b"207,50111,GNERR,39\x1e207,50113,GNERR,39\x1e" + moved)]
    peer.replies[wire.block(b"MEM:GETSLOT#22")] = [wire.block(moved)]
    await pump.close()
    await asyncio.sleep(0)
    await peer.open()
    await pump.connect()
    assert (await pump.read()).alarms == {PumpAlarm.REMOVED}
    assert (await pump.read()).alarms == frozenset()


@virtual
async def test_taken_out_and_put_back_between_two_cycles_is_an_alarm_all_the_same_f40() -> None:
    pump, peer = await connected()
    peer.replies[wire.GET_SLOT] = [wire.block(b"207,50111,GNERR,39\x1e" + wire.records(PUMP))]
    assert (await pump.read()).alarms == {PumpAlarm.REMOVED}


@virtual
async def test_an_alarm_seen_in_a_cycle_that_gave_no_reading_is_in_the_next_f40() -> None:
    pump, peer = await connected()
    peer.show({**PUMP, "INA15": "1", "INVI": "_NA"})
    with pytest.raises(BadFrame, match="memory:rack: INVI is temporarily unavailable"):
        await pump.read()
    peer.show(PUMP)
    assert (await pump.read()).alarms == {PumpAlarm.AIR}
    assert (await pump.read()).alarms == frozenset()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (11, "no data or no pumps"),
        (68, "syntax or checksum"),
        (44, "pump link"),
        (51, "topology"),
        (7, "unknown"),
    ],
)
@virtual
async def test_errors_carry_their_code_and_a_word(code: int, reason: str) -> None:
    pump, peer = await connected()
    peer.replies[wire.GET_SLOT] = [wire.block(f"207,50100,GNERR,{code}".encode())]
    with pytest.raises(Refused, match=f"the rack: error {code}: {reason}") as refused:
        await pump.read()
    assert (refused.value.code, refused.value.reason) == (code, reason)


@virtual
async def test_an_error_of_another_slot_is_not_ours() -> None:
    pump, peer = await connected()
    peer.replies[wire.GET_SLOT] = [wire.block(b"207,50112,GNERR,39\x1e" + wire.records(PUMP))]
    assert (await pump.read()).alarms == frozenset()


@virtual
async def test_another_pump_in_the_slot_is_refused_at_connect_and_in_every_cycle_f26() -> None:
    """(A) D9."""
    pump, peer = await connected(expected_serial="123456")
    peer.show({**PUMP, "INSERNUM": "654321", "INA15": "1"})
    with pytest.raises(WrongDevice, match="slot 11: 654321 answers, 123456 did before"):
        await pump.read()
    peer.show({**PUMP, "INSERNUM": "_NV"})
    with pytest.raises(WrongDevice, match="no serial number answers"):
        await pump.read()
    pump, peer = await plugged(expected_serial="7")
    with pytest.raises(WrongDevice, match="slot 11: 123456 answers, 7 is expected"):
        await pump.connect()
    peer.show({**PUMP, "GNMODEL": "999", "GNNEW": "999"})
    await asyncio.sleep(0)
    await peer.open()
    with pytest.raises(WrongDevice, match="model 999 999: no Space or Compact plus pump"):
        await Bcc(pump._link, slot="11").connect()


TWO = wire.records(PUMP) + b"\x1e" + wire.records({**PUMP, "INSERNUM": "77"}, address="501110")


@virtual
async def test_without_a_slot_the_rack_is_searched() -> None:
    for serial, slot in (("123456", b"11"), ("77", b"1A")):
        pump, peer = await plugged(slot=None, expected_serial=serial)
        peer.replies[wire.GET] = [wire.block(TWO)]
        asked = wire.block(b"MEM:GETSLOT#" + slot)
        peer.replies[asked] = [wire.block(TWO)]
        assert (await pump.connect()).serial == serial
        await pump.read()
        assert (await peer.seen())[-2:] == [asked, ACK]
    pump, peer = await plugged(slot=None)
    peer.replies[wire.GET] = [wire.block(TWO)]
    with pytest.raises(WrongDevice, match="no slot is named, and the rack has 123456 in slot 11, 77 in slot"):
        await pump.connect()


@pytest.mark.parametrize("code", [11, 41, 811])
@virtual
async def test_an_empty_slot_is_refused_with_what_the_rack_has(code: int) -> None:
    pump, peer = await plugged(slot="22")
    peer.replies[wire.block(b"MEM:GETSLOT#22")] = [wire.block(f"207,50122,GNERR,{code}".encode())]
    peer.replies[wire.GET] = [wire.block(TWO)]
    with pytest.raises(WrongDevice, match="slot 22: no pump; the rack has 123456 in slot 11, 77 in slot 1A"):
        await pump.connect()


@virtual
async def test_what_there_is_no_command_for_is_refused_and_nothing_is_sent_f27() -> None:
    pump, peer = await connected()
    await asyncio.sleep(1)
    peer.heard.clear()
    setting = PumpSetting(Decimal(1), Decimal(1))
    for asked in (pump.program(setting), pump.start(), pump.stop(), pump.release()):
        with pytest.raises(Refused, match="BCC has no command for it"):
            await asked
    await asyncio.sleep(1)
    assert peer.heard == []


@virtual
async def test_the_bed_is_learnt_from_the_first_reply_and_anew_after_a_break() -> None:
    pump, peer = await connected()
    peer.replies = {wire.ALIVE: [wire.block(b"1,50100,GNACK,0", bed="x")]}
    asked = wire.block(b"MEM:GETSLOT#11", bed="x")
    peer.replies[asked] = [wire.block(wire.records(PUMP), bed="x")]
    with pytest.raises(NoReply):
        await pump.read()
    assert (await pump.read()).rate_ml_h == Decimal("12.50")
    peer.replies[asked] = [wire.block(wire.records(PUMP), bed="y")]
    with pytest.raises(BadFrame, match="bed y answers, x was asked"):
        await pump.read()


@virtual
async def test_a_rack_that_wants_stuffing_is_found_out() -> None:
    pump, peer = await plugged()
    peer.replies = {
        wire.ALIVE: [wire.stuffed(wire.SYNTAX_ERROR)],
        wire.ALIVE_STUFFED: [wire.stuffed(wire.ACCEPTED)],
        wire.stuffed(wire.VERSION): [wire.stuffed(wire.VERSION_REPLY)],
        wire.stuffed(wire.GET_SLOT): [wire.block(wire.records(PUMP), stuffing=True)],
    }
    await pump.connect()
    assert (await pump.read()).counter_ml == Decimal("2.7")
    silent, peer = await plugged()
    peer.replies = {
        wire.ALIVE_STUFFED: [wire.block(b"1,50100,GNACK,0", bed="1", stuffing=True)],
        wire.block(b"ADMIN:VERSION", bed="1", stuffing=True): [wire.block(b"1,50100,V3.30", bed="1")],
        wire.block(b"MEM:GETSLOT#11", bed="1", stuffing=True): [
            wire.block(wire.records(PUMP), bed="1", stuffing=True)
        ],
    }
    await silent.connect()


@virtual
async def test_a_rack_that_takes_bed_1_only_once_is_asked_by_its_name() -> None:
    pump, peer = await connected()
    peer.replies[wire.ALIVE] = [wire.SYNTAX_ERROR]
    peer.replies[wire.block(b"ADMIN:ALIVE")] = [wire.ACCEPTED]
    peer.lose = 1
    with pytest.raises(NoReply):
        await pump.read()
    assert (await pump.read()).counter_ml == Decimal("2.7")


@virtual
async def test_a_rack_without_a_word_ends_in_bounded_time_and_frees_the_port() -> None:
    cable = NullModem()
    pump = Bcc(cable.a)
    with pytest.raises(NoReply):
        await pump.connect()
    assert now_s() < 12.1
    await cable.a.open(lambda _: None, lambda _: None)


@virtual
async def test_a_line_that_babbles_is_no_rack_and_ends_in_bounded_time() -> None:
    pump, peer = await connected()

    async def babble() -> None:
        while True:
            peer.link.write(b"\x01\x02 noise ")
            await asyncio.sleep(0.2)

    task = asyncio.create_task(babble())
    before_s = now_s()
    with pytest.raises(NoReply, match="no whole reply within 7 s"):
        await pump.read()
    assert now_s() - before_s < 7.1
    task.cancel()


@virtual
async def test_a_cycle_that_takes_too_long_is_none_f27() -> None:
    pump, peer = await connected()
    said = peer.say

    def slowly(data: bytes) -> None:
        asyncio.get_running_loop().call_later(0.9, said, data)

    peer.say = slowly  # type: ignore[method-assign]
    peer.show(PUMP, blocks=10)
    with pytest.raises(NoReply, match="no whole reply within 7 s"):
        await pump.read()


@virtual
async def test_unplugged_is_told_at_once_and_reconnected_by_connect() -> None:
    cable = NullModem()
    peer = Peer(cable)
    await peer.open()
    pump = Bcc(cable.a, slot="11")
    with pytest.raises(LinkLost, match="not connected"):
        await pump.read()
    await pump.connect()
    peer.hold = True
    reading = asyncio.create_task(pump.read())
    await asyncio.sleep(0.7)
    cable.unplug()
    with pytest.raises(LinkLost, match="unplugged"):
        await reading
    with pytest.raises(LinkLost):
        await pump.read()
    with pytest.raises(LinkLost):
        await pump.connect()
    cable.plug_in()
    peer.hold = False
    await peer.open()
    await pump.connect()
    await pump.read()
    await pump.close()
    await pump.close()
    with pytest.raises(LinkLost, match="closed"):
        await pump.read_setting()


@virtual
async def test_two_readers_take_turns() -> None:
    pump, peer = await connected()
    first, second = await asyncio.gather(pump.read(), pump.read())
    assert first == second
    assert await peer.seen() == [wire.GET_SLOT, ACK] * 2


@virtual
async def test_a_reader_that_gives_up_leaves_no_late_answer_behind() -> None:
    pump, peer = await connected()
    peer.show(PUMP, blocks=3)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.7):
            await pump.read()
    assert (await pump.read()).rate_ml_h == Decimal("12.50")
    assert wire.ALIVE in await peer.seen()


def test_the_link_names_the_slot_and_the_baud_rate() -> None:
    build = PUMPS["bcc"].build
    assert isinstance(build("serial:/dev/ttyUSB0#2A@115200"), Bcc)
    assert isinstance(build("tcp:192.168.7.20:4001#11"), Bcc)
    assert isinstance(build("memory:rack"), Bcc)
    for wrong, why in (
        ("serial:/dev/ttyUSB0#41", "expected pillar 1-3"),
        ("serial:/dev/ttyUSB0#10", "expected pillar 1-3"),
        ("serial:/dev/ttyUSB0#1P", "expected pillar 1-3"),
        ("serial:/dev/ttyUSB0#11@4800", "expected one of 9600, 19200"),
        ("nonsense#11", "expected serial:PATH"),
    ):
        with pytest.raises(ValueError, match=why):
            build(wrong)
    with pytest.raises(ValueError, match="one device is behind this port"):
        PUMPS["dianet-star"].build("serial:/dev/ttyUSB0#11")


@virtual
async def test_everything_raised_is_a_device_error() -> None:
    pump, peer = await connected()
    for info in (
        b"",
        b"\xff",
        b"x",
        b"206,50111,INRT",
        b"206,60111,INRT,1",
        b",,,",
        b"\x1e",
        b"1,50111,INRT,1,2",
    ):
        peer.replies[wire.GET_SLOT] = [wire.block(info)]
        with pytest.raises(DeviceError):
            await pump.read()
