"""The simulated rack against a host that follows the document byte by byte, without the driver."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.values import EndAction
from simulators.bodies.bag import Bag, Solution
from simulators.bodies.pump import PumpBody
from simulators.bodies.pump_options import PumpOptions
from simulators.options import choose
from simulators.wires.bcc import Bcc
from tests.drivers import bcc_wire as wire

D = Decimal
ACK, NAK = b"\x06", b"\x15"


class Host:
    """Asks and acknowledges at its times; takes blocks apart by the letter of the document."""

    def __init__(self, pump: dict[str, object] | None = None, **options: str) -> None:
        body = {"flow_error": D(0), "ramp_s": D(0), "stop_s": D(0), **(pump or {})}
        self.pump = PumpBody(Bag(Solution("A", D(1)), D(250)), PumpOptions(**body))  # type: ignore[arg-type]
        self.options = choose(options).bcc
        self.wire = Bcc([self.pump], self.options)
        self.now_s = 0.0

    def wait(self, seconds: float) -> bytes:
        """Time passes for rack and pump; what the rack says in it."""
        said = b""
        step_s = 0.01 if seconds < 40 else 1.0
        for _ in range(round(seconds / step_s)):
            self.now_s = round(self.now_s + step_s, 2)
            self.pump.advance(D(str(step_s)))
            self.pump.drain()
            said += self.wire.tick(self.now_s)
        return said

    def say(self, data: bytes, wait_s: float = 0.2) -> bytes:
        """What the rack says to these bytes within a time."""
        return self.wire.receive(data, self.now_s) + self.wait(wait_s)

    def ask(self, info: str, bed: str = "BED01") -> list[tuple[str, str, str]]:
        """Address, parameter and value of every record of a whole reply."""
        self.wait(0.6)
        text = b""
        said = self.say(wire.block(info.encode(), bed=bed, stuffing=self.options.bcc_stuffing))
        while True:
            info_bytes, last = opened(said, stuffing=self.options.bcc_stuffing)
            joined = text and self.options.bcc_cut == "records"
            text += (b"\x1e" if joined else b"") + info_bytes
            said = self.say(ACK)
            if last:
                assert said == b""
                return [tuple(one.split(",", 3)[1:]) for one in text.decode().split("\x1e")]  # type: ignore[misc]

    def values(self, slot: str = "11") -> dict[str, str]:
        """The values of one slot by parameter."""
        return {name: value for _, name, value in self.ask(f"MEM:GETSLOT#{slot}")}


def opened(frame: bytes, *, stuffing: bool) -> tuple[bytes, bool]:
    """Information of exactly one good block, and whether it is the last."""
    text = frame.decode("latin-1")
    if stuffing:
        plain, place = "", 0
        while place < len(text):
            pair = text[place : place + 2]
            found = next((letter for letter, stands in wire.PAIRS.items() if stands == pair), "")
            plain += found or text[place]
            place += 2 if found else 1
        text = plain
    assert (text[0], text[6], text[-1]) == ("\x01", "\x02", "\x04")
    assert int(text[1:6]) == len(text)
    assert int(text[-6:-1]) == sum(text[:-6].encode("latin-1")) % 256
    assert text[-7] in "\x03\x17"
    path, _, info = text[7:-7].partition(">")
    assert path.endswith("/1/1")
    return info.encode("latin-1"), text[-7] == "\x03"


def test_the_documented_conversation() -> None:
    host = Host()
    host.now_s = 206.0
    assert host.say(wire.ALIVE) == wire.ACCEPTED
    host.say(ACK)
    host.now_s = 207.0
    assert host.say(wire.VERSION) == wire.VERSION_REPLY
    host.now_s = 207.0
    host.wire.slots.clear()
    assert host.say(wire.GET_SLOT) == wire.SLOT_ERROR
    assert host.say(wire.GET.replace(b"00029", b"00028")) == wire.SYNTAX_ERROR
    assert host.say(wire.GET[:-1] + b"x\x04") == wire.SYNTAX_ERROR


def test_the_documented_stuffing() -> None:
    host = Host(bcc_stuffing="on", bcc_bed="1")
    host.now_s = 206.0
    assert host.say(wire.ALIVE_STUFFED) == wire.block(b"206,50100,GNACK,0", bed="1")
    assert opened(host.say(wire.ALIVE), stuffing=True) == (b"0,50100,GNERR,68", True)
    host = Host(bcc_stuffing="on")
    host.wire.receive(wire.GET_STUFFED, 0.0)
    info, _ = opened(host.wait(0.1), stuffing=True)
    assert b"INSERNUM,123456" in info


def test_all_values_of_a_running_pump() -> None:
    host = Host()
    for key, value in (("rate", "12.5"), ("limit", "10"), ("start", "0")):
        assert host.pump.press(key, D(value))
    host.wait(360)
    shown = host.values()
    wanted = {"INRT": "12.50", "BASRT": "12.50", "INVTB": "10.0", "VOLREMAIN": "8.7", "INVI": "1.2"}
    assert wanted.items() <= shown.items()
    assert {"GNMODEL": "688N030001", "INSERNUM": "123456", "DSSTATUS": "00051"}.items() <= shown.items()
    assert {"INM3": "1", "INM8": "1", "RUNSTATE": "2", "INA7": "0"}.items() <= shown.items()
    assert shown["INSOL"] == "CARBOPLATIN 2,4 µg"
    host.wait(3600)
    shown = host.values()
    ended = {"VOLREMAIN": "0.0", "INVI": "10.0", "INM3": "0", "INA7": "1", "RUNSTATE": "5"}
    assert ended.items() <= shown.items()


@pytest.mark.parametrize("cut", ["records", "bytes"])
def test_blocks_hold_no_more_than_their_room_and_wait_for_their_acknowledgement(cut: str) -> None:
    host = Host(bcc_cut=cut, bcc_block_bytes="120", bcc_synchronised="on")
    whole = host.ask("MEM:GETSLOT#11")
    assert len(whole) > 40
    host.now_s = 10.0
    first = host.say(wire.GET_SLOT)
    info, last = opened(first, stuffing=False)
    assert (len(info) <= 120, last) == (True, False)
    assert host.wait(0.2) == b""
    assert host.say(NAK, 0.3) == first
    second = host.say(ACK)
    assert second not in {b"", first}
    assert host.say(wire.GET_SLOT)[18:] == first[18:]


def test_an_acknowledgement_that_comes_too_soon_is_not_heard() -> None:
    host = Host(bcc_block_bytes="120")
    first = host.say(wire.GET_SLOT, 0.06)
    assert first
    assert host.say(ACK) == b""
    assert host.say(ACK) != b""


@pytest.mark.parametrize("hasty", ["ignored", "answered"])
def test_a_cycle_may_be_asked_for_half_a_second_after_the_last(hasty: str) -> None:
    host = Host(bcc_hasty=hasty)
    host.ask("MEM:GETSLOT#11")
    assert bool(host.say(wire.GET_SLOT)) is (hasty == "answered")
    host.wait(0.4)
    assert host.say(wire.GET_SLOT) != b""


@pytest.mark.parametrize("answer", ["error", "silence"])
def test_another_bed_gets_no_values(answer: str) -> None:
    host = Host(bcc_wrong_bed=answer)
    said = host.say(wire.block(b"MEM:GET", bed="BED02"))
    assert said == (wire.SYNTAX_ERROR if answer == "error" else b"")
    host.wire.switches()["bed_renamed"](True)
    assert host.say(wire.ALIVE).startswith(b"\x0100040\x02OTHER7/1/1>")


def test_a_rack_with_pillars_slots_and_neighbours() -> None:
    host = Host(bcc_slot="1O", bcc_neighbours="2", bcc_address="digits")
    host.wait(3600)
    records = host.ask("MEM:GET")
    serials = {address: value for address, name, value in records if name == "INSERNUM"}
    assert serials == {"501124": "123456", "50121": "123457", "50122": "123458"}
    infused = {address: D(value) for address, name, value in records if name == "INVI"}
    assert infused["501124"] == 0
    assert 49 < infused["50121"] < infused["50122"] < 52
    assert {one for one, _, _ in host.ask("MEM:GETSLOT#22")} == {"50122"}
    assert host.ask("MEM:GETSLOT#3A") == [("501310", "GNERR", "41")]
    for wrong in ("10", "41", "1P", "111", ""):
        assert host.ask(f"MEM:GETSLOT#{wrong}") == [("50100", "GNERR", "811")]


def test_a_pump_taken_out_is_said_once_f40() -> None:
    host = Host()
    take_out = host.wire.switches()["removed"]
    take_out(True)
    assert host.ask("MEM:GETSLOT#11") == [("50111", "GNERR", "39")]
    assert host.ask("MEM:GETSLOT#11") == [("50111", "GNERR", "41")]
    assert host.ask("MEM:GET") == [("50100", "GNERR", "11")]
    take_out(False)
    assert host.values()["INSERNUM"] == "123456"


def test_rate_and_volume_are_of_different_moments_unless_synchronised_f27() -> None:
    for synchronised in ("off", "on"):
        host = Host(bcc_block_bytes="120", bcc_synchronised=synchronised, bcc_volume_lag_s="5")
        host.pump.press("rate", D(5))
        host.pump.press("limit", D(5))
        host.wait(1.5)
        said = host.say(wire.GET_SLOT)
        shown = b""
        while said:
            host.pump.press("limit", D(50))
            host.pump.press("rate", D(50))
            shown += said
            said = host.say(ACK)
        assert (b"INRT,50.00" in shown) is (synchronised == "off")
        assert b"INVTB,5.0" in shown
        host.wait(5)
        assert host.values()["INVTB"] == "50.0"


@pytest.mark.parametrize("style", ["single", "words"])
@pytest.mark.parametrize("padded", ["on", "off"])
def test_both_styles_show_what_the_body_does(style: str, padded: str) -> None:
    host = Host(bcc_alarms=style, bcc_padded=padded)
    host.pump.set_rate(D(20))
    host.pump.set_limit(D(9))
    host.pump.start()
    host.pump.let_air_in(True)
    shown = host.values()
    if style == "single":
        assert (shown["INA15"], shown["INM03" if padded == "on" else "INM3"]) == ("1", "0")
        assert "ALARM1" not in shown
    else:
        assert (shown["ALARM1"], shown["ALARM2"], shown["PREALARM"]) == (str(1 << 28), "0", "0")
        assert int(shown["STATUS1"]) == 1 << 0 | 1 << 1 | 1 << 6
        assert "INA15" not in shown


def test_a_pump_switched_off_shows_nothing() -> None:
    host = Host()
    host.pump.power(False)
    shown = host.values()
    assert (shown["DSSTATUS"], shown["INRT"], shown["RUNSTATE"]) == ("00050", "_NV", "_NV")
    host.pump.power(True)
    host.wire.switches()["unavailable"](True)
    assert (host.values()["INRT"], host.values()["DSSTATUS"]) == ("_NA", "00051")


def test_what_is_shown_at_rest_and_without_a_limit_is_an_option() -> None:
    for rate, limit in (("set", "nv"), ("zero", "zero")):
        host = Host(bcc_standing_rate=rate, bcc_no_limit=limit)
        host.pump.set_rate(D(5))
        shown = host.values()
        assert (shown["INRT"], shown["INVTB"]) == {"set": ("5.00", "_NV"), "zero": ("0.00", "0.0")}[rate]
    for vtbi, wanted in (("set", "9.0"), ("remains", "7.9")):
        host = Host(bcc_vtbi=vtbi)
        host.pump.set_rate(D(60))
        host.pump.set_limit(D(9))
        host.pump.start()
        host.wait(60)
        assert host.values()["INVTB"] == wanted


def test_kvo_as_configured_f24() -> None:
    host = Host({"end_action": EndAction.KVO, "kvo_ml_h": D(3)}, bcc_alarms="words")
    host.pump.set_rate(D(60))
    host.pump.set_limit(D(1))
    host.pump.start()
    host.wait(70)
    shown = host.values()
    assert (shown["INRT"], shown["VOLREMAIN"], shown["RUNSTATE"]) == ("3.00", "0.0", "14")
    assert int(shown["STATUS1"]) >> 13 & 1
    assert (shown["ALARM1"], shown["PREALARM"]) == (str(1 << 13), str(1 << 5))


def test_cyclic_mode_sends_unasked_and_falls_silent_without_an_acknowledgement() -> None:
    host = Host(bcc_cyclic_s="5", bcc_block_bytes="2000")
    host.wait(1)
    said = host.wait(5)
    assert opened(said, stuffing=False)[1]
    assert host.say(ACK) == b""
    host.pump.press("rate", D(7))
    assert b"INRT,7.00" in host.wait(1.2)
    assert host.wait(30) == b""
    assert host.say(wire.ALIVE) != b""
    host.say(ACK)
    assert host.wait(5.5) != b""
