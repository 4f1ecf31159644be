"""Published vital signs: mapped, converted once, fresh only with a time, never because they were kept."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import NoReply
from drivers.links.memory import NullModem
from drivers.monitors.mqtt_json.driver import SILENT_S, MqttJson
from drivers.monitors.mqtt_json.frames import LINE_MAX, Decoder, Message, line_of
from drivers.monitors.mqtt_json.vitals import in_our_unit, published, time_of
from drivers.published import Place
from drivers.values import Measurement, MonitorIdentity, Signal, Validity, VitalsSample
from tests.drivers.dianet_peer import settle
from tests.drivers.virtual import virtual

D = Decimal
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
RECORDED = (
    b'{"tst":"2026-03-01T12:00:00.000000+0000","topic":"hr","qos":0,"retain":0,"payloadlen":58,'
    b'"payload":"{\\"value\\":71.5,\\"unit\\":\\"bpm\\",\\"time\\":\\"2026-03-01T11:59:58Z\\"}"}\n'
)
"""A line as `mosquitto_sub -F %j` prints it."""


def content(**said: Any) -> dict[str, Any]:
    """A good message, with changes; Ellipsis = the key is not there."""
    good = {"value": D(71), "unit": "bpm", "time": "2026-03-01T11:59:58+00:00", **said}
    return {key: value for key, value in good.items() if value is not ...}


def read(place: Place = Place("hr"), *, retained: bool = False, **said: Any) -> Measurement:  # noqa: B008
    return published(Signal.HR, place, content(**said), NOW, retained=retained).measurement


def test_a_recorded_line() -> None:
    (message,) = Decoder().feed(RECORDED)
    assert message == Message(
        "hr", {"value": D("71.5"), "unit": "bpm", "time": "2026-03-01T11:59:58Z"}, retained=False
    )
    one = published(Signal.HR, Place("hr"), message.content, NOW, retained=False).measurement
    assert one == Measurement(D("71.5"), Validity.VALID, age_s=D(2))


def test_split_at_every_byte_and_our_own_lines_read_back() -> None:
    text = RECORDED + line_of("a/b", b'{"value":1,"unit":"%"}', True) + b"\n" + RECORDED
    whole = Decoder().feed(text)
    assert [message.retained for message in whole] == [False, True, False]
    for at in range(len(text)):
        decoder = Decoder()
        assert decoder.feed(text[:at]) + decoder.feed(text[at:]) == whole


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nonsense", "no message"),
        (b"[1]", "no message"),
        (b'{"payload":"{}"}', "no message"),
        (b'{"topic":1,"payload":"{}"}', "no message"),
        (b'{"topic":"hr","payload":"71"}', "no JSON object"),
        (b'{"topic":"hr","payload":"{\\"value\\":NaN}"}', "no JSON object"),
        (b'{"topic":"hr","payload":"{\\"value\\":1,\\"value\\":2}"}', "no JSON object"),
        (b'{"topic":"hr","payload":"' + b"[" * 9000 + b'"}', "no JSON object"),
        (b"x" * (LINE_MAX + 1), "too long"),
    ],
)
def test_what_is_no_message_is_counted_and_the_next_one_is_read(line: bytes, reason: str) -> None:
    decoder = Decoder()
    assert len(decoder.feed(line + b"\n" + RECORDED)) == 1
    assert decoder.rejected == Counter({reason: 1})


@pytest.mark.parametrize(("size", "kept"), [(LINE_MAX - 1, 1), (LINE_MAX, 1), (LINE_MAX + 1, 0)])
@pytest.mark.parametrize("cut", [0, 1, LINE_MAX - 1])
def test_the_longest_line_whole_and_in_two(size: int, cut: int, *, kept: int) -> None:
    line = RECORDED.rstrip(b"\n") + b" " * (size - len(RECORDED) + 1) + b"\n"
    decoder = Decoder()
    assert len(decoder.feed(line[:cut]) + decoder.feed(line[cut:])) == kept
    assert decoder.rejected == Counter({} if kept else {"too long": 1})


def test_nothing_is_kept_of_a_line_that_is_too_long() -> None:
    decoder = Decoder()
    decoder.feed(b"x" * LINE_MAX)
    for _ in range(3):
        decoder.feed(b"x")
        assert not decoder._held
    assert len(decoder.feed(b"\n" + RECORDED)) == 1


def test_half_a_letter_and_bytes_that_are_none_become_a_mark() -> None:
    """A lone surrogate in JSON and a byte that is no UTF-8; both stay inside their text."""
    (message,) = Decoder().feed(b'{"topic":"hr","payload":"{\\"unit\\":\\"\\ud800\\"}"}\n')
    assert message.content == {"unit": "?"}
    (message,) = Decoder().feed(line_of("hr", b'{"unit":"\xff"}', False))
    assert message.content == {"unit": "\N{REPLACEMENT CHARACTER}"}


def test_a_line_that_does_not_say_whether_it_was_kept_was() -> None:
    (message,) = Decoder().feed(b'{"topic":"hr","payload":"{}"}\n')
    assert message.retained


@given(st.lists(st.binary(max_size=60) | st.sampled_from([RECORDED, b"\n", RECORDED[:40]]), max_size=12))
def test_any_bytes(pieces: list[bytes]) -> None:
    decoder = Decoder()
    for piece in pieces:
        decoder.feed(piece)
    assert len(decoder._held) <= LINE_MAX


@pytest.mark.parametrize(
    ("signal", "value", "unit", "ours"),
    [
        (Signal.HR, "71", "1/min", "71"),
        (Signal.SPO2, "0.973", "1", "97.3"),
        (Signal.SPO2, "97", "%", "97"),
        (Signal.NIBP_SYS, "16", "kPa", "120.0"),
        (Signal.ETCO2, "5.1", "kPa", "38.3"),
        (Signal.NIBP_SYS, "120", "mm[Hg]", "120"),
        (Signal.TEMP, "98.6", "degF", "37.0"),
        (Signal.TEMP, "310.15", "K", "37.0"),
        (Signal.TEMP, "37.2", "Cel", "37.2"),
        (Signal.TEMP, "37", "mmHg", None),
        (Signal.HR, "71", "Hz", None),
        (Signal.SPO2, "97", "", None),
        (Signal.HR, "1E+400", "bpm", None),
    ],
)
def test_units_are_converted_once_and_an_unknown_one_is_no_value(
    signal: Signal, value: str, unit: str, ours: str | None
) -> None:
    assert in_our_unit(signal, D(value), unit) == (None if ours is None else D(ours))


def test_a_value_that_is_no_number_or_has_no_unit_is_invalid() -> None:
    wrong: list[dict[str, Any]] = [
        {"value": "71"},
        {"value": True},
        {"value": {}},
        {"unit": ...},
        {"unit": 5},
    ]
    for said in wrong:
        assert read(**said) == Measurement(None, Validity.INVALID)
    assert read(value=None) == read(value=...) == Measurement(None, Validity.INACTIVE)
    assert read(value=D(-1)) == read(value=D(400)) == Measurement(None, Validity.IMPLAUSIBLE)


def test_retained_or_undated_values_are_not_fresh() -> None:
    """Shown, never measured: neither opens a gate."""
    stale = Measurement(D(71), Validity.QUESTIONABLE, measured=False)
    assert read(retained=True) == stale
    for time in (..., None, "yesterday", "2026-03-01T11:59:58", True, D("1E+300"), D("-1E+300")):
        assert read(time=time) == stale
    assert published(Signal.HR, Place("hr"), content(), None, retained=False).measurement == stale


@pytest.mark.parametrize(
    ("seconds", "measured"), [(-3600, True), (-1, True), (0, True), (2, True), (2.001, False), (3600, False)]
)
def test_age_is_by_our_clock_and_the_future_is_none(seconds: float, measured: bool) -> None:
    """(A) R6."""
    one = read(time=(NOW + timedelta(seconds=seconds)).isoformat())
    assert one.measured is measured
    assert one.age_s == (max(D(0), -D(str(seconds))) if measured else 0)


def test_times() -> None:
    for raw in ("2026-03-01T12:00:00Z", "2026-03-01T14:00:00+02:00", D(1772366400), D(1772366400000)):
        assert time_of(raw) == NOW
    assert time_of(D("1772366400.5")) == NOW + timedelta(milliseconds=500)


def test_keys_inside_keys_a_fixed_unit_and_a_quality() -> None:
    place = Place("x", value="obs.hr", unit_is="1/min", time="obs.at", valid="obs.q", good=("good", "fair"))
    said = {"obs": {"hr": D(71), "at": "2026-03-01T12:00:00Z", "q": "fair"}}
    assert published(Signal.HR, place, said, NOW, retained=False).measurement.validity is Validity.VALID
    for quality in ("bad", None, True, "GOOD"):
        said["obs"]["q"] = quality
        assert published(Signal.HR, place, said, NOW, retained=False).measurement == Measurement(
            None, Validity.INVALID
        )
    yes = Place("x", valid="ok")
    assert read(yes, ok=True).validity is Validity.VALID
    assert read(yes, ok=False).validity is read(yes).validity is Validity.INVALID


class Ears:
    def __init__(self) -> None:
        self.samples: list[VitalsSample] = []
        self.identities: list[MonitorIdentity] = []


def line(topic: str, *, retain: bool = False, **said: Any) -> bytes:
    text = json.dumps({key: float(v) if isinstance(v, Decimal) else v for key, v in content(**said).items()})
    return line_of(topic, text.encode(), retain)


@virtual
async def test_the_driver_counts_a_time_once_and_tells_silence() -> None:
    cable, ears = NullModem("gateway"), Ears()
    places = {Signal.HR: Place("hr"), Signal.SPO2: Place("spo2"), Signal.TEMP: Place("temp")}
    monitor = MqttJson(cable.a, places=places, signals=frozenset({Signal.HR, Signal.SPO2}), utc=lambda: NOW)
    await cable.b.open(lambda _: None, lambda _: None)
    running = asyncio.create_task(monitor.run(ears.identities.append, ears.samples.append))
    await settle()
    cable.b.write(line("hr", retain=True))
    await settle()
    assert ears.identities == []
    newer = "2026-03-01T11:59:59+00:00"
    for said in (line("hr"), line("hr"), line("hr", time=newer), line("hr"), line("temp"), line("other")):
        cable.b.write(said)
    await settle()
    measured = [sample.signals[Signal.HR].measured for sample in ears.samples]
    assert measured == [False, True, False, True, False]
    assert [one.model for one in ears.identities] == ["mqtt-json"]
    cable.b.write(line("spo2", value=D(97), unit="%"))
    await settle()
    assert ears.samples[-1].signals[Signal.SPO2].value == D(97)
    began = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < began + float(SILENT_S) - 1:
        cable.b.write(line("temp") + line("hr", retain=True))
        await asyncio.sleep(1)
    with pytest.raises(NoReply, match="no message for 30 s"):
        await running
