"""The simulated NE-1000, asked with bytes typed from the documents: modes, alarms, phases, refusals."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from drivers.values import Motion
from simulators.bodies.bag import Bag, Solution
from simulators.bodies.pump import PumpBody
from simulators.options import choose
from simulators.wires.ne_1000 import Ne1000

D = Decimal


class Host:
    """A client of its own: lines in Basic mode, packets that are given whole."""

    def __init__(self, **options: str) -> None:
        chosen = choose({"flow_error": "0", "occlusion_ml": "0.2", **options})
        self.body = PumpBody(Bag(Solution("A", D(1)), D(60), D(0)), chosen.pump)
        self.wire = Ne1000(self.body, chosen.ne_1000)
        self.now_s = 0.0

    def send(self, data: bytes) -> bytes:
        """Bytes at this moment."""
        return self.wire.receive(data, self.now_s)

    def ask(self, command: str) -> str:
        """A line, and what stands between 02 and 03 in the answer."""
        answer = self.send(command.encode() + b"\r")
        assert answer[:1] == b"\x02", answer
        assert answer[-1:] == b"\x03", answer
        return answer[1:-1].decode()

    @property
    def turns(self) -> bool:
        """The motor."""
        return self.body.motion is not Motion.STOPPED

    def passes(self, seconds: float, step_s: float = 0.1) -> bytes:
        """Time; whatever the pump says unasked."""
        said = b""
        for _ in range(round(seconds / step_s)):
            self.now_s += step_s
            self.body.advance(D(str(step_s)))
            said += self.wire.tick(self.now_s)
        return said


@pytest.fixture
def host() -> Host:
    """The alarm of power-up has been seen."""
    made = Host()
    assert made.ask("0") == "00A?R"
    return made


def program(host: Host, rate: str = "60.0MH", volume: str = "0.5", second: str = "STP") -> None:
    for command in ("PHN2", f"FUN{second}", "PHN1", "FUNRAT", "VOLML", f"VOL{volume}", f"RAT{rate}"):
        assert host.ask(f"0{command}") == "00S"


def test_the_documented_conversation() -> None:
    made = Host()
    assert made.send(bytes.fromhex("0209305341463059AD03")) == b"\x0200A?R\x03"
    assert made.send(bytes.fromhex("0209305341463059AD03")) == b"\x0200S\x03"
    assert made.ask("0VER") == "00SNE1000V3.923"
    assert [made.ask(one) for one in ("0DIA26.59", "0VOLUL", "0VOL2500", "0RAT500UM")] == ["00S"] * 4
    assert made.ask("0RUN") == "00I"
    made.passes(0.5)
    assert made.ask("0DIS") == "00II4.166W0.000UL"
    assert made.ask("0STP") == "00P"
    assert made.ask("0RAT9999MM") == "00P?NA"
    assert made.ask("0STP") == "00S"
    assert made.ask("0RAT9999MM") == "00S?OOR"


def test_safe_mode_as_documented(host: Host) -> None:
    assert host.send(bytes.fromhex("020A30534146313063BE03")) == bytes.fromhex("0207303053AAA603")
    assert host.send(bytes.fromhex("0208305341463D8803")) == bytes.fromhex("02093030533130276E03")
    assert host.send(b"0VER\r") == b"", "lines are not listened to"
    assert host.send(bytes.fromhex("0208305341463D8903"))[2:9] == b"00S?COM"


def test_case_spaces_and_controls_do_not_count(host: Host) -> None:
    assert host.send(b" 0 v\ne r\r") == b"\x0200SNE1000V3.923\x03"
    assert host.ask("VER") == "00SNE1000V3.923"
    assert host.ask("0XYZ") == "00S?"


def test_an_address_on_the_chain() -> None:
    made = Host(ne_address="12")
    assert made.send(b"0VER\r") == b""
    assert made.send(b"12\r") == b"\x0212A?R\x03"
    assert made.ask("12VER") == "12SNE1000V3.923"


@pytest.mark.parametrize(("second", "more"), [("STP", False), ("RAT", True)])
def test_f15_a_program_runs_on_unless_phase_2_is_stop(host: Host, second: str, more: bool) -> None:
    """F15, F7: what was left in phase 2: 100 mL/h without limit."""
    program(host, second=second)
    assert host.ask("0RUN") == "00I"
    host.passes(60)
    assert host.ask("0DIS")[2] == ("I" if more else "S")
    assert (host.body.infused_ml > D("0.9")) is more
    assert (host.body.limit_left_ml is None) is more


def test_the_end_of_a_step_is_status_s_with_its_volume(host: Host) -> None:
    program(host)
    host.ask("0RUN")
    host.passes(31)
    assert host.ask("0DIS") == "00SI0.500W0.000ML"


def test_f7_volume_0_pumps_for_ever(host: Host) -> None:
    program(host, volume="0.0")
    host.ask("0RUN")
    host.passes(120)
    assert host.ask("0") == "00I"


def test_f15_while_running_no_volume_no_unit_and_a_rate_that_is_not_kept(host: Host) -> None:
    program(host, volume="5.0")
    host.ask("0RUN")
    assert host.ask("0VOL9.0") == "00I?NA"
    assert host.ask("0DIA20.0") == "00I?NA"
    assert host.ask("0RAT1.0MM") == "00I?NA"
    assert host.ask("0RAT90.0") == "00I"
    assert host.body.flow_ml_h == 90
    assert host.ask("0RAT") == "00I90.00MH"
    host.ask("0STP")
    assert host.ask("0RAT") == "00P60.00MH"
    host.ask("0RUN")
    assert host.body.flow_ml_h == 60


@pytest.mark.parametrize(("choice", "answer"), [("refused", "00P?NA"), ("accepted", "00P")])
def test_data_while_paused(choice: str, answer: str) -> None:
    made = Host(ne_paused_data=choice)
    made.ask("0")
    program(made)
    made.ask("0RUN")
    made.ask("0STP")
    assert made.ask("0VOL1.0") == answer


@pytest.mark.parametrize(("choice", "answer"), [("refused", "00S?NA"), ("accepted", "00S")])
def test_stop_while_stopped(choice: str, answer: str) -> None:
    made = Host(ne_stop_stopped=choice)
    made.ask("0")
    assert made.ask("0STP") == answer


@pytest.mark.parametrize(("choice", "stored"), [("refused", "0.000"), ("accepted", "5.000")])
def test_f40_an_alarm_is_said_once_in_the_place_of_an_answer(choice: str, stored: str) -> None:
    made = Host(ne_alarm_command=choice)
    assert made.ask("0VOL5.0") == "00A?R"
    assert made.ask("0VOL") == f"00S{stored}ML"


@pytest.mark.parametrize(("choice", "letter"), [("paused", "P"), ("stopped", "S")])
def test_f17_the_watchdog_waits_for_a_packet_then_stops_and_says_so(choice: str, letter: str) -> None:
    """F17: idle until the first whole packet; the copy it sends unasked does not end the alarm."""
    made = Host(ne_after_watchdog=choice, ne_saf_s="2")
    status = bytes.fromhex("020530365303")
    made.wire.alarm = ""
    program_body(made)
    assert made.passes(30) == b""
    assert made.turns
    assert made.send(status)[2:5] == b"00I"
    assert made.passes(1.9) == b""
    said = made.passes(0.2)
    assert said[2:-3] == b"00A?T"
    assert host_stands(made)
    assert made.send(status)[2:-3] == b"00A?T"
    assert made.send(status)[2:-3] == b"00" + letter.encode()


def host_stands(host: Host) -> bool:
    """The motor does not turn."""
    return not host.turns


def program_body(host: Host) -> None:
    """Started by hand."""
    host.body.set_rate(D(60))
    host.body.set_limit(D(5))
    host.body.press("start")
    host.wire.tick(host.now_s)


@pytest.mark.parametrize("saf", ["0", "9"])
def test_a_stall_is_an_alarm_and_unasked_only_in_safe_mode(saf: str) -> None:
    made = Host(ne_saf_s=saf)
    made.wire.alarm = ""
    program_body(made)
    made.body.occlude(on=True)
    said = made.passes(60)
    assert (b"A?S" in said) is (saf != "0")
    assert made.wire.alarm == "S"


def test_bytes_of_a_packet_half_a_second_apart_are_none(host: Host) -> None:
    """Facts: the inter-byte limit is 0.5 s."""
    raw = bytes.fromhex("020A30534146313063BE03")
    for gap_s, answered in ((0.4, True), (0.6, False)):
        host.wire.saf_s = 5
        said = host.send(raw[:5])
        host.now_s += gap_s
        said += host.send(raw[5:])
        assert bool(said) is answered


def test_safe_mode_survives_power_off() -> None:
    made = Host()
    made.ask("0")
    made.send(bytes.fromhex("020A30534146313063BE03"))
    made.body.power(on=False)
    assert made.send(b"0\r") == b""
    made.body.power(on=True)
    assert made.passes(30) == b""
    assert made.send(bytes.fromhex("020530365303"))[2:-3] == b"00A?R"
    assert made.wire.saf_s == 10


def test_f26_a_new_diameter_clears_the_totals(host: Host) -> None:
    program(host)
    host.ask("0RUN")
    host.passes(31)
    assert host.ask("0DIA14.0") == "00S"
    assert host.ask("0DIS") == "00SI0.000W0.000UL"
    assert host.ask("0DIA14.01") == "00S"
    assert host.ask("0DIS") == "00SI0.000W0.000ML"


@pytest.mark.parametrize(("choice", "shown"), [("kept", "0.500"), ("cleared", "0.000")])
def test_the_totals_of_a_new_program(choice: str, shown: str) -> None:
    made = Host(ne_totals_at_run=choice)
    made.ask("0")
    program(made)
    made.ask("0RUN")
    made.passes(31)
    made.ask("0RUN")
    assert made.ask("0DIS") == f"00II{shown}W0.000ML"


@pytest.mark.parametrize(("choice", "shown"), [("truncated", "2.504"), ("rounded", "2.505")])
def test_digits_that_do_not_fit(choice: str, shown: str) -> None:
    made = Host(ne_display=choice)
    made.ask("0")
    made.body.infused_ml = D("2.5049")
    assert made.ask("0DIS") == f"00SI{shown}W0.000ML"


@pytest.mark.parametrize(("choice", "answer"), [("accepted", "00S"), ("refused", "00S?OOR")])
def test_numbers_of_five_digits(choice: str, answer: str) -> None:
    made = Host(ne_too_many_digits=choice)
    made.ask("0")
    assert made.ask("0RAT12.345MH") == answer
    if choice == "accepted":
        assert made.ask("0RAT") == "00S12.35MH"


@pytest.mark.parametrize(("choice", "answer"), [("refused", "00I?NA"), ("accepted", "00I")])
def test_clearing_while_running(choice: str, answer: str) -> None:
    made = Host(ne_clear_running=choice)
    made.ask("0")
    program(made)
    made.ask("0RUN")
    assert made.ask("0CLDINF") == answer


def test_a_hand_on_the_keys(host: Host) -> None:
    """Data and RUN are refused for a while; STP and questions are not."""
    program(host)
    host.body.press("start")
    host.passes(0.1)
    assert host.ask("0VOL1.0") == "00I?NA"
    assert host.ask("0STP") == "00P"
    host.passes(2.1)
    assert host.ask("0STP") == "00S"
    assert host.ask("0VOL1.0") == "00S"


def test_the_rest_of_the_words(host: Host) -> None:
    assert host.ask("0DIRWDR") == "00S"
    assert host.ask("0DIRREV") == "00S"
    assert host.ask("0DIR") == "00SINF"
    assert host.ask("0PHN42") == "00S?OOR"
    assert host.ask("0LOC1") == "00S"
    assert host.body.panel_locked
    assert host.ask("0LOC") == "00S1"
    assert host.ask("0FUNXYZ") == "00S?OOR"
    assert host.ask("0SAF256") == "00S?OOR"
    assert host.ask("0PUR") == "00X"
    assert host.ask("0STP") == "00S"
    assert host.ask("0CLD") == "00S?"


def test_any_bytes_are_survived(host: Host) -> None:
    chance = random.Random(1000)
    for _ in range(2000):
        host.now_s += chance.random()
        host.send(chance.randbytes(chance.randrange(1, 40)))
    host.now_s += 1
    host.wire.saf_s, host.wire.alarm = 0, ""
    host.send(b"\r")
    assert host.ask("0VER")[3:] == "NE1000V3.923"
