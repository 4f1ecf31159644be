"""A recording of a broker's messages: what is on a usual topic, with its own time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.monitors.mqtt_json.frames import line_of
from drivers.monitors.mqtt_json.recording import Recording

GOOD = b'{"value": 98, "unit": "%", "time": "2026-01-01T12:00:00+02:00"}'


@pytest.mark.parametrize(
    ("payload", "retained", "expected"),
    [
        (GOOD, False, ("2026-01-01T10:00:00Z", Decimal(98), "")),
        (GOOD, True, ("2026-01-01T10:00:00Z", Decimal(98), "questionable: retained")),
        (b'{"value": 98, "unit": "%"}', False, (None, Decimal(98), "questionable: no time")),
        (b'{"value": null, "time": 1767261600}', False, ("2026-01-01T10:00:00Z", None, "inactive")),
        (b'{"value": 98, "time": 1767261600000}', False, ("2026-01-01T10:00:00Z", None, "invalid")),
    ],
)
def test_what_a_message_says(payload: bytes, retained: bool, expected: tuple[object, object, str]) -> None:
    (one,) = Recording().feed(line_of("spo2", payload, retained))
    assert (one.at, one.value, one.reason) == expected


def test_other_topics_and_a_last_line_without_its_end() -> None:
    recording = Recording()
    assert recording.feed(line_of("lamp", GOOD, retained=False)) == []
    assert recording.feed(line_of("spo2", GOOD, retained=False)[:-1]) == []
    assert len(recording.finish()) == 1
    recording.feed(line_of("spo2", GOOD, retained=False)[:-9])
    recording.finish()
    assert recording.tally().accepted == {"message": 2}
    assert recording.tally().rejected == {"no message": 1}
