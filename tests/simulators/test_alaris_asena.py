"""The simulated Asena as an independent client meets it: golden bytes, key, watchdog, each option."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from simulators.bodies.bag import Bag, Solution
from simulators.bodies.pump import PumpBody
from simulators.options import BadOption, choose
from simulators.wires.alaris_asena import AlarisAsena
from tests.drivers import asena_peer as golden
from tests.drivers.asena_peer import wire

D = Decimal


class Client:
    """A host that writes texts and reads texts; link seconds pass when it says so."""

    def __init__(self, **options: str) -> None:
        chosen = choose({"flow_error": "0", "link_loss": "continue", **options})
        self.pump = PumpBody(Bag(Solution("A", D(1)), D(60)), chosen.pump)
        self.wire = AlarisAsena(self.pump, chosen.alaris)
        self.now_s = 0.0

    def raw(self, data: bytes) -> bytes:
        return self.wire.receive(data, self.now_s)

    def ask(self, text: str) -> str:
        reply = self.raw(wire(text))
        assert reply.count(b"\r") <= 1
        text = reply[1:-6].decode()
        assert not reply or wire(text) == reply
        return text

    def take(self) -> None:
        assert "PERMIT" in self.ask("REMOTE_CTRL^ENABLED^3CC1")
        assert "PERMIT" in self.ask("REMOTE_CFG^ENABLED^3CC1")

    def wait(self, seconds: float, *, keep: bool = True) -> bytes:
        out = b""
        for _ in range(round(seconds * 2)):
            self.now_s += 0.5
            self.pump.advance(D("0.5"))
            out += self.wire.tick(self.now_s)
            if keep:
                self.raw(golden.CONTROL)
        return out

    def run(self, rate: str = "60", limit: str = "10.000") -> None:
        self.take()
        self.ask(f"INF_VTBI^ACTIV^{limit}^ml^STOP")
        self.ask(f"INF_RATE^{rate}^ml/h")
        assert self.ask("INF_START") == "INF_START"

    def status(self) -> list[str]:
        return self.ask("INF").split("^")


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (golden.PROTOCOL, golden.PROTOCOL_REPLY),
        (golden.SERIAL, golden.SERIAL_REPLY),
        (golden.LONGEST, golden.LONGEST_REPLY),
        (golden.CONTROL, golden.CONTROL_REPLY),
        (golden.LEAVE, golden.LEAVE_REPLY),
        (golden.SYRINGE, golden.SYRINGE_REPLY),
        (golden.RATE_MAX, golden.RATE_MAX_REPLY),
        (golden.SET_RATE_LOW, golden.SET_RATE_LOW_REPLY),
        (golden.SET_RATE, golden.SET_RATE_REPLY),
        (golden.SET_LIMIT, golden.SET_LIMIT),
        (golden.STOP, golden.STOP),
        (golden.ALARM, golden.ALARM_REPLY),
    ],
)
def test_recorded_bytes_whole_and_cut(command: bytes, reply: bytes) -> None:
    client = Client()
    client.take()
    assert client.raw(command) == reply
    assert b"".join(client.raw(bytes((byte,))) for byte in command) == reply


def test_the_other_recorded_pump() -> None:
    client = Client(asena_serial="8002-51733")
    assert client.raw(golden.SERIAL) == golden.OTHER_SERIAL_REPLY
    assert client.raw(golden.OTHER_CONTROL) == golden.CONTROL_REPLY
    assert b"PERMIT" not in client.raw(golden.CONTROL)


def test_esc_forgets_half_a_frame_and_a_wrong_check_is_not_answered() -> None:
    client = Client()
    assert client.raw(golden.STATUS[:3] + golden.ESC + golden.ALARM) == golden.ALARM_REPLY
    assert client.raw(b"!INF|4962\r" + b"noise\r" + b"\x00" * 1000 + b"!" + b"x" * 2000 + b"\r") == b""
    assert client.raw(golden.ALARM) == golden.ALARM_REPLY


def test_without_the_key_nothing_is_set_and_nothing_moves() -> None:
    client = Client()
    for text in ("INF_RATE^12.5^ml/h", "INF_VTBI^ACTIV^1.000^ml^STOP", "INF_START"):
        assert client.ask(text) != text
    assert client.ask("REMOTE_CTRL^ENABLED^0000").split("^")[1] == "DISABLED"
    assert client.pump.rate_ml_h == 0


def test_values_are_rounded_to_the_pumps_places_and_told_so() -> None:
    client = Client()
    client.take()
    assert client.ask("INF_RATE^3.456^ml/h") == "INF_RATE^3.46^ml/h"
    assert client.ask("INF_VTBI^ACTIV^1.23456^ml^STOP") == "INF_VTBI^ACTIV^1.235^ml^STOP"
    assert client.ask("INF_RATE^1200.01^ml/h") == "INF_RATE^3.46^ml/h"
    assert client.ask("INF_VTBI^ACTIV^50.001^ml^STOP") != "INF_VTBI^ACTIV^50.001^ml^STOP"


def test_it_runs_ramps_counts_and_stops_at_its_limit() -> None:
    client = Client()
    client.run("60", "1.000")
    assert client.status()[3] == "INF"
    client.wait(30)
    shown = client.status()
    assert shown[4] == "60.00"
    assert D("0.45") < D(shown[7]) < D("0.5")
    client.wait(40)
    assert client.status()[3:5] == ["HLD", "0.00"]
    assert client.ask("ALARM").startswith("ALARM^AL_VTBIS")
    assert client.status()[2] == "A"


@pytest.mark.parametrize(("shown", "low", "high"), [("remainder", "9.5", "9.6"), ("set", "10", "10")])
def test_the_limit_reads_back_what_is_left_or_what_was_set(shown: str, low: str, high: str) -> None:
    client = Client(asena_limit_shown=shown)
    client.run()
    client.wait(28)
    assert D(low) <= D(client.ask("INF_VTBI").split("^")[2]) <= D(high)


@pytest.mark.parametrize(("shown", "text"), [("zero", "ACTIV^0.000"), ("inactive", "^0.000")])
def test_a_limit_that_was_reached_reads_as_zero_or_inactive(shown: str, text: str) -> None:
    client = Client(asena_end_shown=shown)
    client.run("600", "1.000")
    client.wait(10)
    assert client.ask("INF_VTBI") == f"INF_VTBI^{text}^ml^STOP"


def test_no_limit_reads_as_an_empty_field_f7() -> None:
    client = Client()
    client.take()
    assert client.ask("INF_VTBI^DEACT") == "INF_VTBI^DEACT"
    assert client.ask("INF_VTBI").split("^")[1] == ""
    assert client.pump.limit_left_ml is None


@pytest.mark.parametrize(("held", "rate"), [("zero", "0.00"), ("set", "60.00")])
def test_a_held_pump_shows_rate_zero_or_the_rate_set(held: str, rate: str) -> None:
    client = Client(asena_held_rate=held)
    client.run()
    client.ask("INF_STOP")
    assert client.status()[3:5] == ["HLD", rate]


@pytest.mark.parametrize(("action", "runs"), [("continue", True), ("stop", False)])
def test_a_missing_key_raises_the_alarm_and_the_motor_does_what_is_chosen(action: str, runs: bool) -> None:
    client = Client(link_loss=action)
    client.run()
    client.wait(20)
    assert client.ask("ALARM").startswith("ALARM^AL_NOALM")
    client.wait(4.5, keep=False)
    assert client.ask("ALARM").startswith("ALARM^AL_COMTO")
    assert (client.status()[3] == "INF") is runs
    assert client.ask("INF_STOP") != "INF_STOP"
    client.take()
    assert client.ask("INF_STOP") == "INF_STOP"


@pytest.mark.parametrize(("ends", "word"), [("reentry", "AL_NOALM"), ("key", "AL_COMTO")])
def test_what_ends_the_communication_time_out(ends: str, word: str) -> None:
    client = Client(asena_time_out_ends=ends)
    client.take()
    client.wait(5, keep=False)
    client.take()
    assert client.ask("ALARM").split("^")[1] == word
    client.pump.press("silence")
    assert client.ask("ALARM").split("^")[1] == "AL_NOALM"


@pytest.mark.parametrize(
    ("refusal", "answer"),
    [
        ("echo_old", "INF_RATE^0.00^ml/h"),
        ("denied", "INF_RATE^DENIED"),
        ("error_word", "ERR^INF_RATE"),
        ("silent", ""),
    ],
)
def test_each_shape_of_a_refusal(refusal: str, answer: str) -> None:
    assert Client(asena_refusal=refusal).ask("INF_RATE^12.5^ml/h") == answer


def test_later_firmware_refuses_remote_control_and_a_menu_may_refuse_configuration() -> None:
    assert "PERMIT" not in Client(asena_remote="off").ask("REMOTE_CTRL^ENABLED^3CC1")
    client = Client(asena_configuration="off")
    assert "PERMIT" in client.ask("REMOTE_CTRL^ENABLED^3CC1")
    assert "PERMIT" not in client.ask("REMOTE_CFG^ENABLED^3CC1")
    assert client.ask("INF_RATE^12.5^ml/h") != "INF_RATE^12.50^ml/h"


def test_an_unconfirmed_syringe_does_not_start() -> None:
    client = Client(asena_confirmed="off")
    client.take()
    assert client.ask("SYRINGE_STATUS").split("^")[3] == "UNCONF"
    client.ask("INF_VTBI^ACTIV^10.000^ml^STOP")
    client.ask("INF_RATE^60^ml/h")
    assert client.ask("INF_START") != "INF_START"


def test_near_end_and_end_of_the_syringe() -> None:
    client = Client(near_empty_ml="59.9")
    client.run("600", "50.000")
    client.wait(2)
    assert client.ask("ALARM").startswith("ALARM^AL_NEOIN")
    client.pump.bag.content_ml = D("0.1")
    client.wait(2)
    assert client.ask("ALARM").startswith("ALARM^AL_EOIST")


@pytest.mark.parametrize(
    ("fault", "word"), [("occlude", "AL_OCCLU"), ("open_door", "AL_DRDIS"), ("mains", "AL_ACDIS")]
)
def test_alarms_of_the_body(fault: str, word: str) -> None:
    client = Client()
    client.run("600")
    if fault == "mains":
        client.pump.mains = False
    else:
        getattr(client.pump, fault)(True)
    client.wait(12)
    assert client.ask("ALARM").split("^")[1] == word


@pytest.mark.parametrize(("counts", "moved"), [("off", 0), ("on", 1)])
def test_the_log_id_moves_with_keys_and_by_choice_with_commands(counts: str, moved: int) -> None:
    client = Client(asena_log_counts_remote=counts)
    client.take()
    before = int(client.status()[13])
    client.ask("INF_RATE^12.5^ml/h")
    assert int(client.status()[13]) - before == moved
    client.pump.press("rate", D(5))
    assert int(client.status()[13]) - before == moved + 1
    assert client.status()[4] == "0.00"


@pytest.mark.parametrize(("keeps", "rate"), [("off", "0.00"), ("on", "60.00")])
def test_a_power_cycle_ends_remote_control_and_keeps_settings_or_not(keeps: str, rate: str) -> None:
    client = Client(keeps_settings=keeps)
    client.run()
    client.pump.power(False)
    assert client.ask("INF") == ""
    client.pump.power(True)
    assert client.status()[3] == "SET"
    assert client.ask("INF_RATE") == f"INF_RATE^{rate}^ml/h"
    assert client.ask("INF_START") != "INF_START"


def test_answers_take_their_time_and_keep_their_order() -> None:
    client = Client(asena_reply_min_s="0.5", asena_reply_max_s="3.9")
    asked = [golden.SERIAL, golden.STATUS, golden.ALARM, golden.RATE] * 5
    assert client.raw(b"".join(asked)) == b""
    due = client.wire.wake_s(0)
    assert due is not None
    assert 0.5 <= due <= 3.9
    said = client.wait(4, keep=False)
    words = [frame[1:].split(b"^")[0].decode() for frame in said.split(b"\r")[:-1]]
    assert words == ["INST_SERIALNO", "INF", "ALARM", "INF_RATE"] * 5


@pytest.mark.parametrize(("late", "moves_at_once"), [("off", True), ("on", False)])
def test_a_command_acts_when_it_comes_or_with_its_answer(late: str, moves_at_once: bool) -> None:
    client = Client(asena_reply_min_s="2", asena_reply_max_s="2", asena_acts_late=late)
    client.raw(golden.CONTROL + golden.CONFIG + golden.SET_LIMIT + golden.SET_RATE)
    client.wait(2.5)
    client.raw(golden.START)
    assert (client.pump.flow_ml_h > 0 or client.pump.motion.value == "infusing") is moves_at_once
    client.wait(2.5)
    assert client.pump.motion.value == "infusing"


@pytest.mark.parametrize("what", ["rate", "limit", "start", "stop"])
def test_an_echo_that_lies(what: str) -> None:
    client = Client(asena_lie=what)
    client.take()
    assert client.ask("INF_VTBI^ACTIV^10.000^ml^STOP") == "INF_VTBI^ACTIV^10.000^ml^STOP"
    assert client.ask("INF_RATE^60^ml/h") == "INF_RATE^60.00^ml/h"
    assert (client.pump.rate_ml_h == 0) is (what == "rate")
    assert (client.pump.limit_left_ml is None) is (what == "limit")
    client.pump.set_rate(D(60))
    assert client.ask("INF_START") == "INF_START"
    assert (client.pump.motion.value == "stopped") is (what == "start")
    assert client.ask("INF_STOP") == "INF_STOP"
    assert (client.pump.motion.value == "infusing") is (what == "stop")


def test_any_bytes_are_survived() -> None:
    client = Client()
    chance = random.Random(5)
    for _ in range(300):
        client.raw(
            chance.randbytes(chance.randrange(60)) + chance.choice([b"\r", b"!", b"\x1b", golden.START])
        )
    client.raw(b"\r")
    assert client.raw(golden.ALARM) == golden.ALARM_REPLY
    assert client.pump.motion.value == "stopped"
    for text in (
        "",
        "^",
        "INF_RATE^",
        "INF_RATE^nan^ml/h",
        "INF_VTBI^ACTIV",
        "INF_VTBI^ACTIV^-1^ml^STOP",
        "REMOTE_CTRL",
    ):
        client.ask(text)


def test_options_have_names_of_their_own() -> None:
    with pytest.raises(BadOption, match="remainder or set"):
        choose({"asena_limit_shown": "both"})
