"""Recorded Asena bytes as readings: the recorded frames, both directions, and what is none."""

from __future__ import annotations

from decimal import Decimal

from drivers.pumps.alaris_asena.recording import Recording
from drivers.recordings import Reading
from tests.drivers import asena_peer as golden
from tests.drivers.asena_peer import COMMANDS, REPLIES, wire


def decode(stream: bytes) -> tuple[dict[str, Reading], Recording]:
    recording = Recording()
    readings = [*recording.feed(stream), *recording.finish()]
    return {one.signal: one for one in readings}, recording


def test_each_recorded_frame_has_its_reading() -> None:
    said, recording = decode(b"".join(REPLIES.values()) + golden.limit("11.000"))
    assert recording.tally().accepted == {"reply": len(REPLIES) + 1}
    assert not recording.tally().rejected
    values = {signal: one.value for signal, one in said.items()}
    assert values == {
        "protocol": "Asena Rev 2.1.5",
        "serial": "8002-51733",
        "response_max": Decimal(4000),
        "syringe": "BD PLASTIPAK 50 mL",
        "rate_max": Decimal("1200.00"),
        "motion": "infusing",
        "mode": "HLD",
        "rate": Decimal("0.00"),
        "counter": Decimal("0.969"),
        "log": "214725",
        "set_rate": Decimal("12.50"),
        "set_limit": Decimal("11.000"),
        "mains": "on",
    }


def test_what_stands_is_told_from_the_second_reading_on() -> None:
    said, _ = decode(golden.STATUS_REPLY * 2)
    assert said["motion"].value == "stopped"


def test_of_a_command_and_its_echo_the_first_is_the_hosts() -> None:
    both = golden.STATUS + golden.STATUS_REPLY
    both += golden.SET_RATE + golden.SET_RATE_REPLY + golden.STOP + golden.STOP
    both += golden.ESC + golden.SET_LIMIT + golden.SET_LIMIT + golden.RATE + golden.RATE_REPLY
    said, recording = decode(both)
    assert recording.tally().accepted == {"request": 5, "reply": 5}
    assert said["set_rate"].value == Decimal("3.50")


def test_every_command_alone_is_a_request() -> None:
    _, recording = decode(golden.STATUS + b"".join(COMMANDS.values()))
    tally = recording.tally()
    assert not tally.rejected
    assert tally.accepted["request"] >= 18


def test_what_is_no_frame_and_what_is_no_reading_are_counted_by_reason() -> None:
    stream = b"!INF|4962\r" + wire("INF^short") + wire("INF_VTBI^^") + golden.STATUS[:4]
    said, recording = decode(stream)
    assert recording.tally().accepted == {"reply": 1}
    assert recording.tally().rejected == {"crc": 1, "length": 1, "unfinished": 1}
    assert (said["set_limit"].value, said["set_limit"].reason) == (None, "inactive: no limit")


def test_an_unconfirmed_syringe_is_questionable() -> None:
    said, _ = decode(wire("SYRINGE_STATUS^BD PLASTIPAK^ 50^"))
    assert not said["syringe"].valid
