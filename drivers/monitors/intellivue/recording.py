"""Recorded IntelliVue bytes, of one direction or both, as readings: numbers, alarms, who and whom. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from drivers.monitors.intellivue import frames
from drivers.monitors.intellivue.alarms import MonitorAlarm, alarms_of
from drivers.monitors.intellivue.frames import Event, Reply
from drivers.monitors.intellivue.numerics import Numeric, numerics_of
from drivers.monitors.intellivue.polls import PollReply, poll_reply
from drivers.monitors.intellivue.stream import Messages
from drivers.monitors.intellivue.subject import patient_of, system_of
from drivers.monitors.intellivue.vitals import FACTORS, SIGNALS, against, judge
from drivers.recordings import Reading, Tally, vital
from drivers.values import Signal, Validity

KINDS = {
    frames.NUMERICS: "numerics",
    frames.ALARMS: "alarms",
    frames.PATIENT: "patient",
    frames.MDS: "system",
}
SENSOR_OFF = "sensor disconnected"


class Recording:
    """Each part of a linked reply is read by itself; a number is told as often as the monitor says it.

    Only while the monitor's own alarms, as far as they were heard, call its sensor off it does not count.
    """

    def __init__(self) -> None:
        self._accepted: Counter[str] = Counter()
        self._messages = Messages(self._take)
        self._readings: list[Reading] = []
        self._off: tuple[MonitorAlarm, ...] = ()

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the messages these bytes complete."""
        self._messages.feed(data)
        return self._told()

    def finish(self) -> list[Reading]:
        """Those that were waiting for more; a message without its end is rejected."""
        self._messages.finish()
        return self._told()

    def tally(self) -> Tally:
        """Messages by what they are; what was none by reason."""
        return Tally(dict(self._accepted), dict(self._messages.rejected))

    def _told(self) -> list[Reading]:
        readings, self._readings = self._readings, []
        return readings

    def _take(self, message: bytes) -> None:
        """BadFrame for what is no message, before anything of it is kept."""
        parsed = frames.parse(message)
        kind, readings = frames.kind_name(parsed), list[Reading]()
        if isinstance(parsed, Event) and parsed.kind == frames.MDS_CREATED:
            readings = [_state(None, "monitor", system_of(parsed.body).identity.detail)]
        elif isinstance(parsed, Reply):
            reply = poll_reply(parsed)
            kind = KINDS.get(reply.objects, "other objects")
            readings = self._read(reply)
        self._accepted[kind] += 1
        self._readings += [one for one in readings if one.value or one.unit]

    def _read(self, reply: PollReply) -> list[Reading]:
        match reply.objects:
            case frames.NUMERICS:
                return [one for number in numerics_of(reply.found) for one in self._number(number, reply.at)]
            case frames.ALARMS:
                alarms = alarms_of(reply.found)
                self._off = tuple(alarm for alarm in alarms if alarm.sensor_off)
                return _alarms(alarms, reply.at)
            case frames.PATIENT:
                return [_state(reply.at, "patient", patient_of(reply.found))]
        return []

    def _number(self, number: Numeric, at: str | None) -> list[Reading]:
        """A number that is one of our signals, at the time of its measurement where it carries one."""
        signal = SIGNALS.get(number.code)
        if signal is None:
            return []
        one = judge(signal, number, self._off)
        when = number.at if number.stamped else at
        detail = _detail(signal, number, one.validity)
        return [vital(signal, one, when, detail=detail, source=f"{number.code:04X}")]


def _detail(signal: Signal, number: Numeric, why: Validity) -> str:
    """What speaks against a number: the monitor, its alarms, or a unit that is not understood."""
    said = against(number)
    if why is Validity.INACTIVE and not said:
        return SENSOR_OFF
    if why is Validity.IMPLAUSIBLE and number.unit not in FACTORS[signal]:
        return f"unit {number.unit:04X}"
    return said


def _state(at: str | None, what: str, text: str) -> Reading:
    return Reading(at, what, text, "", valid=True)


def _alarms(alarms: Iterable[MonitorAlarm], at: str | None) -> list[Reading]:
    return [
        Reading(
            at,
            "technical_alarm" if alarm.technical else "patient_alarm",
            SENSOR_OFF if alarm.sensor_off else f"code {alarm.code}",
            "",
            valid=True,
            source=f"{alarm.source:04X}",
        )
        for alarm in alarms
    ]
