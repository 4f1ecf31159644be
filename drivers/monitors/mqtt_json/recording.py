"""Recorded messages of a broker as readings, each with its own time. Pure."""

from __future__ import annotations

from drivers.monitors.mqtt_json.frames import Decoder, Message
from drivers.monitors.mqtt_json.vitals import Published, published, time_of
from drivers.published import USUAL, Place
from drivers.recordings import Reading, Tally, vital
from drivers.values import Signal, Validity


class Recording:
    """Each signal of a message on its usual topic; how long it was on its way nothing in a recording says."""

    def __init__(self) -> None:
        self._decoder = Decoder()

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the messages these bytes end."""
        return [one for message in self._decoder.feed(data) for one in readings_of(message)]

    def finish(self) -> list[Reading]:
        """Those of a last line without its end: JSON that was cut is none."""
        return self.feed(b"\n")

    def tally(self) -> Tally:
        """Messages; what was none by reason."""
        return Tally(dict(self._decoder.accepted), dict(self._decoder.rejected))


def readings_of(message: Message) -> list[Reading]:
    """What a message says on its topic; one on another topic says nothing."""
    return [
        _reading(signal, place, message)
        for signal, place in sorted(USUAL.items())
        if place.topic == message.topic
    ]


def _reading(signal: Signal, place: Place, message: Message) -> Reading:
    at = time_of(message.content.get(place.time))
    said = published(signal, place, message.content, at, retained=message.retained)
    return vital(signal, said.measurement, _written(said), detail=_detail(said, message))


def _written(said: Published) -> str | None:
    return None if said.at is None else said.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _detail(said: Published, message: Message) -> str:
    """A value that is shown and not fresh was kept by the broker, or has no time."""
    if said.measurement.validity is not Validity.QUESTIONABLE:
        return ""
    return "retained" if message.retained else "no time"
