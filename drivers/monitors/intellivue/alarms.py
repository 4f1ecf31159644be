"""The monitor's own alarms: two lists in the alert object, of the patient's and of technical ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drivers.monitors.intellivue.polls import Observation
from drivers.monitors.intellivue.reader import Reader, items

PATIENT_LIST = 0x0902
TECHNICAL_LIST = 0x0904
SOURCE_FLAG = 1
"""The lowest bit of a code tells how the source is coded (recalled, not read)."""
DISCONNECTED, SENSOR_DISCONNECTED = 22, 308
PULLED = frozenset({DISCONNECTED, SENSOR_DISCONNECTED})


@dataclass(frozen=True, slots=True)
class MonitorAlarm:
    """One alarm: what it is about (`source`, an object's `context` and `handle`), `code`, `kind`, `state`."""

    technical: bool
    source: int
    code: int
    kind: int
    state: int
    context: int
    handle: int

    @property
    def sensor_off(self) -> bool:
        """The sensor or its cable is unplugged."""
        return self.technical and self.code & ~SOURCE_FLAG in PULLED


def alarms_of(found: Iterable[Observation]) -> tuple[MonitorAlarm, ...]:
    """All alarms of a reply; BadFrame where a list does not hold what it announces."""
    return tuple(alarm for one in found for alarm in _of(one))


def _of(one: Observation) -> Iterator[MonitorAlarm]:
    for attribute in (PATIENT_LIST, TECHNICAL_LIST):
        data = one.attributes.get(attribute)
        if data is None:
            continue
        outer = Reader(data)
        count, entries = items(outer)
        outer.end()
        for _ in range(count):
            source, code, kind, state = (entries.u16() for _ in range(4))
            entries.u16()
            context, handle = entries.u16(), entries.u16()
            entries.u16()
            entries.sized()
            yield MonitorAlarm(attribute == TECHNICAL_LIST, source, code, kind, state, context, handle)
        entries.end()
