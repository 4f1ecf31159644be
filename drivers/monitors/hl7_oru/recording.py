"""Recorded MLLP bytes, of one direction or both, as readings with the sender's own times. Pure."""

from __future__ import annotations

from drivers.monitors.hl7_oru.frames import Decoder
from drivers.monitors.hl7_oru.message import Message
from drivers.monitors.hl7_oru.times import time_of, written
from drivers.monitors.hl7_oru.vitals import Judged, patients_of
from drivers.recordings import Reading, Tally, reason_of
from drivers.values import UNITS, Signal, Validity


class Recording:
    """The signals of every message; alerts, blank messages and answers are counted and give none."""

    def __init__(self) -> None:
        self._decoder = Decoder()

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the messages these bytes complete."""
        blocks = self._decoder.feed(data)
        return [one for block in blocks if isinstance(block, Message) for one in readings_of(block)]

    def finish(self) -> list[Reading]:
        """A message without its end is rejected."""
        self._decoder.finish()
        return []

    def tally(self) -> Tally:
        """Messages by kind; what was none by reason."""
        return Tally(dict(self._decoder.accepted), dict(self._decoder.rejected))


def readings_of(message: Message) -> list[Reading]:
    """All signals of all patients; without a time of its own a value has that of its group or its message."""
    sent = written(time_of(message.header.sent_at))
    return [
        _reading(signal, one, sent)
        for judged in patients_of(message).values()
        for signal, one in judged.items()
    ]


def _reading(signal: Signal, one: Judged, sent: str | None) -> Reading:
    at = written(one.at) or sent
    valid = one.validity is Validity.VALID
    reason = reason_of(one.validity, one.detail)
    return Reading(at, str(signal), one.value, UNITS[signal], valid, reason, one.source)
