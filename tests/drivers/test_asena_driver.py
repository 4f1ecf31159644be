"""The Asena driver against a pump played by hand, over the memory link and on virtual time."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import pairwise

import pytest

from drivers.errors import (
    BadFrame,
    HalfProgrammed,
    LinkLost,
    NoReply,
    OutOfRange,
    Overtaken,
    Refused,
    WrongDevice,
)
from drivers.links.memory import NullModem
from drivers.pumps.alaris_asena.driver import AlarisAsena
from drivers.pumps.alaris_asena.readback import ALARMS
from drivers.values import Authority, LocalChange, Motion, PumpAlarm, PumpSetting
from tests.drivers import asena_peer as golden
from tests.drivers.asena_peer import Peer, again, connected, settle, wire
from tests.drivers.virtual import virtual

D = Decimal
WANTED = PumpSetting(D("12.5"), D(11))
WRITES = {golden.SET_RATE, golden.SET_RATE_LOW, golden.SET_LIMIT, golden.NO_LIMIT, golden.START}


def bare(seen: list[bytes]) -> list[bytes]:
    """Without what makes the pump forget half a frame, and without the keep-alive."""
    return [
        one.lstrip(golden.ESC)
        for one in seen
        if one.lstrip(golden.ESC) not in {golden.CONTROL, golden.CONFIG}
    ]


@virtual
async def test_connect_asks_who_it_is_takes_control_and_writes_neither_rate_nor_limit() -> None:
    pump, peer, who = await connected(expected_serial="8002-51740")
    assert (who.serial, who.protocol, who.rate_max_ml_h) == ("8002-51740", "Asena Rev 2.1.5", D(1200))
    assert peer.seen == [
        golden.SERIAL,
        golden.PROTOCOL,
        golden.LONGEST,
        golden.RATE_MAX,
        golden.CONTROL,
        golden.CONFIG,
    ]
    assert pump.capabilities.reply_limit_s == 4


@virtual
async def test_a_slower_syringe_narrows_the_rate() -> None:
    cable = NullModem()
    peer = Peer(cable)
    peer.replies[golden.RATE_MAX] = wire("INF_RATE_MAX_SYRINGE^150.00^ml/h")
    peer.replies[golden.LONGEST] = wire("COMMS_RESPONSE_MAX^3000^ms")
    await peer.open()
    pump = AlarisAsena(cable.a)
    await pump.connect()
    assert (pump.capabilities.rate_max_ml_h, pump.capabilities.reply_limit_s) == (D(150), D(3))
    with pytest.raises(OutOfRange):
        await pump.program(PumpSetting(D(151), D(11)))


@virtual
async def test_another_serial_number_is_another_pump_and_gets_no_key() -> None:
    """(A) D9."""
    cable = NullModem()
    peer = Peer(cable)
    peer.replies[golden.SERIAL] = golden.OTHER_SERIAL_REPLY
    await peer.open()
    with pytest.raises(WrongDevice, match=r"8002-51733 answered, 8002-51740"):
        await AlarisAsena(cable.a, expected_serial="8002-51740").connect()
    assert peer.seen == [golden.SERIAL]


@virtual
async def test_a_pump_swapped_behind_an_open_link_is_noticed() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status(serial="8002-51733")
    with pytest.raises(WrongDevice):
        await pump.read()


@pytest.mark.parametrize(
    "answer",
    [
        "REMOTE_CTRL^DISABLED^****^PERMIT^0^ms",
        "REMOTE_CTRL^ENABLED^****^DENY^0^ms",
        "REMOTE_CTRL^ENABLED",
        "ERROR^7",
    ],
)
@virtual
async def test_remote_control_refused_whatever_the_words(answer: str) -> None:
    cable = NullModem()
    peer = Peer(cable)
    peer.replies[golden.CONTROL] = wire(answer)
    await peer.open()
    with pytest.raises(Refused, match="REMOTE_CTRL"):
        await AlarisAsena(cable.a).connect()
    with pytest.raises(LinkLost):
        await AlarisAsena(cable.a).read()


@pytest.mark.parametrize("answer", [None, "REMOTE_CFG^DISABLED^****^DENY^0^ms"])
@virtual
async def test_without_configuration_it_can_be_stopped_and_not_set_f10(answer: str | None) -> None:
    cable = NullModem()
    peer = Peer(cable)
    peer.replies[golden.CONFIG] = None if answer is None else wire(answer)
    await peer.open()
    pump = AlarisAsena(cable.a)
    await pump.connect()
    await pump.stop()
    for method in (pump.program(WANTED), pump.start()):
        with pytest.raises(Refused, match="REMOTE_CFG"):
            await method
    assert not WRITES & set(peer.seen)


@virtual
async def test_a_pump_that_is_only_watched_gets_no_key_f27() -> None:
    cable = NullModem()
    peer = Peer(cable)
    await peer.open()
    pump = AlarisAsena(cable.a, authority=Authority.MONITOR)
    await pump.connect()
    assert (await pump.read()).remote
    await asyncio.sleep(3)
    assert not {golden.CONTROL, golden.CONFIG} & {one.lstrip(golden.ESC) for one in peer.seen}


@virtual
async def test_a_pump_that_misses_the_first_question_is_found() -> None:
    cable = NullModem()
    peer = Peer(cable)
    peer.lose = 2
    await peer.open()
    await AlarisAsena(cable.a).connect()
    assert peer.seen[:3].count(golden.SERIAL) + peer.seen[:3].count(golden.ESC + golden.SERIAL) == 3


@virtual
async def test_a_pump_that_takes_four_seconds_is_found() -> None:
    cable = NullModem()
    peer = Peer(cable)
    peer.late_s = 3.9
    await peer.open()
    await AlarisAsena(cable.a).connect()
    assert asyncio.get_running_loop().time() < 11


@virtual
async def test_nobody_there_is_given_up_and_the_port_is_free() -> None:
    cable = NullModem()
    with pytest.raises(NoReply, match="INST_SERIALNO"):
        await AlarisAsena(cable.a).connect()
    await cable.a.open(lambda _: None, lambda _: None)


@pytest.mark.parametrize("late_s", [0.0, 0.1, 1.0, 3.9])
@virtual
async def test_the_keep_alive_does_not_starve_behind_slow_answers_f17(late_s: float) -> None:
    """F17, F18: the key comes at least every T/3 = 1.33 s while readings take 4 s each."""
    pump, peer, _ = await connected()
    peer.late_s = late_s
    loop = asyncio.get_running_loop()
    while loop.time() < 60:
        await pump.read()
        await asyncio.sleep(1)
    keys = peer.times(golden.CONTROL)
    assert max(after - before for before, after in pairwise(keys)) <= 4 / 3
    assert len(keys) < 80


@virtual
async def test_a_caller_that_asks_no_more_feeds_no_watchdog() -> None:
    """A hung supervising loop must not keep a pump alive."""
    _, peer, _ = await connected()
    await asyncio.sleep(60)
    assert 4 <= max(peer.times(golden.CONTROL)) <= 9


@virtual
async def test_a_key_that_is_refused_later_is_told_as_no_remote() -> None:
    pump, peer, _ = await connected()
    assert (await pump.read()).remote
    peer.replies[golden.CONTROL] = wire("REMOTE_CTRL^DISABLED^****^DENY^0^ms")
    await asyncio.sleep(1.5)
    assert not (await pump.read()).remote


@virtual
async def test_a_communication_time_out_is_told_once_per_connection() -> None:
    """AL_COMTO ends remote control; after a new connection it may stay on the display for ever."""
    pump, peer, _ = await connected()
    await pump.read()
    peer.replies[golden.ALARM] = wire("ALARM^AL_COMTO^ ^ ")
    reading = await pump.read()
    assert not reading.remote
    assert reading.alarms == {PumpAlarm.LINK_TIMEOUT}
    await again(pump, peer)
    assert (await pump.read()).remote


@virtual
async def test_the_reading() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status("INF", "12.50", "2.345")
    peer.replies[golden.LIMIT] = golden.limit("8.655")
    reading = await pump.read()
    assert (reading.motion, reading.rate_ml_h) == (Motion.INFUSING, D("12.50"))
    assert (reading.counter_ml, reading.limit_left_ml) == (D("2.345"), D("8.655"))
    assert (reading.remote, reading.mains) == (True, True)
    assert not reading.alarms | reading.local


@pytest.mark.parametrize(
    ("mode", "rate", "volumes", "motion"),
    [
        ("HLD", "0.00", ["1.000", "1.000"], Motion.STOPPED),
        ("HLD", "0.00", ["1.000", "1.010", "1.020", "1.030", "1.040"], Motion.INFUSING),
        ("HLD", "12.50", ["1.000", "1.000"], Motion.STOPPED),
        ("HLD", "12.50", ["1.000", "1.003", "1.006", "1.009", "1.012"], Motion.INFUSING),
        ("SET", "3.50", ["0.000", "0.000"], Motion.STOPPED),
        ("XYZ", "12.50", ["1.000", "1.000"], Motion.INFUSING),
        ("XYZ", "0.00", ["1.000", "1.000"], Motion.STOPPED),
        ("HLD", "0.00", ["1.000", "1.004", "1.004"], Motion.STOPPED),
        ("BOLUS", "0.00", ["1.000"], Motion.BOLUS),
        ("PURGE", "99.00", ["1.000"], Motion.BOLUS),
        ("TITR", "5.00", ["1.000"], Motion.PROGRAM),
        ("KVO", "1.00", ["1.000"], Motion.KVO),
    ],
)
@virtual
async def test_running_is_judged_by_rate_and_counter_not_by_the_mode_word(
    mode: str, rate: str, volumes: list[str], motion: Motion
) -> None:
    """F23, F25: delivering includes a counter that moves."""
    pump, peer, _ = await connected()
    answers = iter(volumes)
    last = volumes[0]
    real = peer._heard

    def heard(data: bytes) -> None:
        nonlocal last
        if data.lstrip(golden.ESC) == golden.STATUS:
            last = next(answers, last)
            peer.replies[golden.STATUS] = golden.status(mode, rate, last)
        real(data)

    await peer.link.close()
    await peer.link.open(heard, lambda _: None)
    await pump.connect()
    assert (await pump.read()).motion is motion


@virtual
async def test_a_counter_that_creeps_under_a_standing_display_is_seen_within_two_units() -> None:
    """Rate 0.00 is shown and drug runs slowly: the counter is the second witness."""
    pump, peer, _ = await connected()
    motions = []
    for volume in ("1.000", "1.000", "1.001", "1.001", "1.002", "1.003"):
        peer.replies[golden.STATUS] = golden.status("HLD", "0.00", volume)
        motions.append((await pump.read()).motion)
    assert motions[:4] == [Motion.STOPPED] * 4


@pytest.mark.parametrize(("word", "alarms"), ALARMS.items())
@virtual
async def test_every_alarm_word(word: str, alarms: frozenset[PumpAlarm]) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.ALARM] = wire(f"ALARM^{word}^ ^ ")
    reading = await pump.read()
    assert reading.alarms == alarms
    assert reading.mains is (word != "AL_ACDIS")


@virtual
async def test_an_unknown_alarm_word_is_an_alarm_and_a_flag_without_a_word_too() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.ALARM] = wire("ALARM^AL_NEWER^ ^ ")
    assert (await pump.read()).alarms == {PumpAlarm.UNKNOWN}
    peer.replies[golden.ALARM] = golden.ALARM_REPLY
    peer.replies[golden.STATUS] = golden.status(flag="A")
    assert not (await pump.read()).alarms
    assert (await pump.read()).alarms == {PumpAlarm.UNKNOWN}


@virtual
async def test_kvo_and_go_on_after_the_limit_are_told_as_such_f24() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status("INF", "1.00")
    peer.replies[golden.ALARM] = wire("ALARM^AL_VTBIK^ ^ ")
    assert (await pump.read()).motion is Motion.KVO
    peer.replies[golden.ALARM] = wire("ALARM^AL_VTBIC^ ^ ")
    assert (await pump.read()).limit_left_ml is None
    peer.replies[golden.ALARM] = wire("ALARM^AL_TITCA^ ^ ")
    assert (await pump.read()).motion is Motion.PROGRAM


@virtual
async def test_an_alarm_is_kept_until_a_reading_has_carried_it_f40() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.ALARM] = wire("ALARM^AL_OCCLU^ ^ ")
    peer.replies[golden.LIMIT] = wire("INF_VTBI^ACTIV^nonsense")
    with pytest.raises(BadFrame):
        await pump.read()
    await asyncio.sleep(0.5)
    peer.replies[golden.ALARM] = golden.ALARM_REPLY
    peer.replies[golden.LIMIT] = golden.limit()
    assert (await pump.read()).alarms == {PumpAlarm.OCCLUSION}
    assert not (await pump.read()).alarms


@virtual
async def test_a_log_id_that_moved_is_a_hand_also_while_we_were_away() -> None:
    pump, peer, _ = await connected()
    assert not (await pump.read()).local
    peer.replies[golden.STATUS] = golden.status(log=2)
    assert (await pump.read()).local == {LocalChange.TARGET}
    assert not (await pump.read()).local
    peer.replies[golden.STATUS] = golden.status(log=9)
    await again(pump, peer)
    assert (await pump.read()).local == {LocalChange.TARGET}


@pytest.mark.parametrize("shown", [["11.000", "10.990", "10.970"], ["11.000", "11.000", "11.000"]])
@virtual
async def test_what_is_left_is_known_whether_it_shows_the_limit_set_or_what_remains(shown: list[str]) -> None:
    pump, peer, _ = await connected()
    left = []
    for volume, limit in zip(("5.000", "5.010", "5.030"), shown, strict=True):
        peer.replies[golden.STATUS] = golden.status("INF", "12.50", volume)
        peer.replies[golden.LIMIT] = golden.limit(limit)
        left.append((await pump.read()).limit_left_ml)
    assert left == [D(11), D("10.990"), D("10.970")]


@virtual
async def test_no_limit_is_told_as_none_f7() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.LIMIT] = golden.limit("")
    assert (await pump.read()).limit_left_ml is None
    assert (await pump.read_setting()) == PumpSetting(D("12.50"), None)


@virtual
async def test_a_stopped_pump_gets_limit_then_rate_each_read_back_f15() -> None:
    """(A) D4."""
    pump, peer, _ = await connected()
    await pump.read()
    peer.seen.clear()
    await pump.program(WANTED)
    shown = [golden.LIMIT, golden.RATE, golden.STATUS]
    assert bare(peer.seen) == [*shown, golden.SET_LIMIT, *shown, golden.SET_RATE, *shown, *shown]


@pytest.mark.parametrize(("rate", "first"), [("5.00", golden.SET_LIMIT), ("40.00", golden.SET_RATE)])
@virtual
async def test_up_is_limit_first_down_is_rate_first_and_at_once_f15(rate: str, first: bytes) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status("INF", rate, "1.000")
    peer.replies[golden.LIMIT] = golden.limit("2.000")
    await pump.read()
    peer.seen.clear()
    peer.obeys[golden.SET_LIMIT] = (golden.LIMIT, golden.limit())
    await pump.program(WANTED)
    if first == golden.SET_RATE:
        assert bare(peer.seen)[0] == golden.SET_RATE
    writes = [one for one in bare(peer.seen) if one in WRITES]
    assert writes[0] == first
    assert set(writes) == {golden.SET_LIMIT, golden.SET_RATE}


@virtual
async def test_the_same_limit_again_is_told_apart_by_its_last_digit() -> None:
    """A pump that shows the limit as set would not show whether it was set again."""
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status("INF", "12.50", "1.000")
    await pump.read()
    other = wire("INF_VTBI^ACTIV^10.999^ml^STOP")
    peer.replies[other] = other
    peer.obeys[other] = (golden.LIMIT, other)
    await pump.program(WANTED)
    assert other in peer.seen


@pytest.mark.parametrize(
    ("rate", "limit"),
    [
        ("12.5", None),
        ("12.5", "0"),
        ("12.5", "-1"),
        ("12.5", "0.0005"),
        ("12.5", "10.0005"),
        ("12.5", "50.001"),
        ("12.5", "NaN"),
        ("12.505", "10"),
        ("0", "10"),
        ("0.09", "10"),
        ("1200.01", "10"),
        ("Infinity", "10"),
    ],
)
@virtual
async def test_what_the_pump_cannot_take_exactly_is_not_sent_f7(rate: str, limit: str | None) -> None:
    pump, peer, _ = await connected()
    peer.seen.clear()
    with pytest.raises(OutOfRange):
        await pump.program(PumpSetting(D(rate), None if limit is None else D(limit)))
    await settle()
    assert peer.seen == []


@pytest.mark.parametrize(
    "answer",
    [
        "INF_VTBI^ACTIV^12.000^ml^STOP",
        "INF_VTBI^ACTIV^11.000^ml^KVO",
        "INF_VTBI^ACTIV^11.000^ml",
        "INF_VTBI^DEACT",
        "INF_VTBI^DENIED",
        "ERR^INF_VTBI",
    ],
)
@virtual
async def test_any_answer_to_a_limit_but_the_echo_is_a_refusal_and_the_rate_is_not_written(
    answer: str,
) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.SET_LIMIT] = wire(answer)
    with pytest.raises(Refused, match="INF_VTBI"):
        await pump.program(WANTED)
    assert golden.SET_RATE not in peer.seen


@pytest.mark.parametrize("answer", ["INF_RATE^3.50^ml/h", "INF_RATE^12.50^l/h", "INF_RATE^12.50", "NAK"])
@virtual
async def test_a_rate_refused_after_its_limit_was_taken_is_half_a_pair_f15(answer: str) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.SET_RATE] = wire(answer)
    with pytest.raises(HalfProgrammed):
        await pump.program(WANTED)


@virtual
async def test_an_echo_that_lies_is_found_by_reading_back() -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.RATE] = golden.RATE_REPLY
    with pytest.raises(HalfProgrammed, match=r"3\.50"):
        await pump.program(WANTED)


@pytest.mark.parametrize(
    ("command", "answer", "why"),
    [
        (golden.SYRINGE, wire("SYRINGE_STATUS^BD PLASTIPAK^ 50^"), "syringe"),
        (golden.SYRINGE, wire("SYRINGE_STATUS^BD PLASTIPAK^ 50^UNCONF"), "syringe"),
        (golden.SYRINGE, wire("SYRINGE_STATUS"), "syringe"),
        (golden.LIMIT, golden.limit(""), "no volume limit"),
        (golden.STATUS, golden.status("BOLUS", "99.00"), "bolus"),
        (golden.STATUS, golden.status("TITRATE", "9.00"), "program"),
    ],
)
@virtual
async def test_what_forbids_a_start(command: bytes, answer: bytes, why: str) -> None:
    """F7, F26: an unconfirmed syringe, no limit, or something of the pump's own going on."""
    pump, peer, _ = await connected()
    peer.replies[command] = answer
    with pytest.raises(Refused, match=why):
        await pump.start()
    assert golden.START not in peer.seen


@pytest.mark.parametrize("answer", ["INF_START^DENIED", "INF_STOP", "ERR"])
@virtual
async def test_a_start_that_is_not_echoed_is_refused(answer: str) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.START] = wire(answer)
    with pytest.raises((Refused, NoReply)):
        await pump.start()


@virtual
async def test_release_leaves_remote_control_of_a_standing_pump_and_sets_nothing_f7() -> None:
    pump, peer, _ = await connected()
    peer.seen.clear()
    await pump.release()
    assert bare(peer.seen)[-2:] == [golden.LEAVE, golden.LEAVE_CONFIG]
    assert golden.NO_LIMIT not in peer.seen
    peer.seen.clear()
    await asyncio.sleep(5)
    assert peer.seen == []
    with pytest.raises(LinkLost, match="not connected"):
        await pump.start()


@pytest.mark.parametrize("mode", ["INF", "KVO", "BOLUS"])
@virtual
async def test_release_of_a_pump_that_does_not_stand_is_refused(mode: str) -> None:
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = golden.status(mode, "5.00")
    with pytest.raises(Refused, match="not released"):
        await pump.release()
    assert golden.LEAVE not in peer.seen


@virtual
async def test_link_loss_is_told_by_every_method_and_connect_comes_back_f28() -> None:
    """F28: what was not sent is void; a new connection begins with questions."""
    pump, peer, _ = await connected()
    peer.replies[golden.STATUS] = None
    reading = asyncio.create_task(pump.read())
    await settle()
    await peer.link.close()
    with pytest.raises(LinkLost):
        await reading
    for method in (pump.read, pump.read_setting, pump.start, pump.stop, pump.release):
        with pytest.raises(LinkLost):
            await method()
    with pytest.raises(LinkLost):
        await pump.program(WANTED)
    peer.replies[golden.STATUS] = golden.status()
    await peer.open()
    peer.seen.clear()
    await pump.connect()
    assert not WRITES & set(peer.seen)
    await pump.stop()
    await pump.close()
    await pump.close()


@virtual
async def test_close_writes_nothing_and_ends_the_keep_alive() -> None:
    pump, peer, _ = await connected()
    peer.seen.clear()
    await pump.close()
    await asyncio.sleep(5)
    assert peer.seen == []


@virtual
async def test_a_stop_in_between_keeps_the_rest_of_a_pair_from_the_wire_f10() -> None:
    pump, peer, _ = await connected()
    peer.late_s = 1
    programming = asyncio.create_task(pump.program(WANTED))
    await asyncio.sleep(5)
    assert peer.times(golden.SET_LIMIT)
    await pump.stop()
    with pytest.raises(Overtaken):
        await programming
    assert not peer.times(golden.SET_RATE)
