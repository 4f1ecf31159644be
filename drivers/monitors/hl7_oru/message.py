"""An HL7 v2 message as groups of observations, each under its patient and its time. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from drivers.errors import BadFrame

ALERT_SYSTEM = "MDIL-ALERT"
OBSERVATIONS_MAX = 2000
_ESCAPES = {"F": 0, "S": 1, "R": 2, "E": 3, "T": 4}
"""Letter of an escape to its place in the separators."""


@dataclass(frozen=True, slots=True)
class Header:
    """MSH. `separators` are field, component, repetition, escape, subcomponent."""

    separators: str
    application: str
    facility: str
    sent_at: str
    type: str
    trigger: str
    control_id: str
    raw_control_id: str
    """As it was written, to be written back."""
    processing: str
    version: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One OBX: code, place in the device (4), value, unit, flags (8), status (11), time (14), method (17)."""

    code: str
    name: str
    system: str
    place: str
    value: str
    unit: tuple[str, ...]
    flags: tuple[str, ...]
    status: str
    at: str
    method: str


@dataclass(slots=True)
class Group:
    """What stands under one OBR: whose it is, and when it was observed (OBR-7)."""

    subject: str
    at: str = ""
    observations: list[Observation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `kind`: `observations`, `alarm` (nothing but alerts), `blank`, `ack`, `other`."""

    header: Header
    kind: str
    groups: tuple[Group, ...]


def header_of(segment: str) -> Header:
    """MSH of a message; BadFrame if it cannot be read."""
    if not segment.startswith("MSH") or len(segment) < 9:
        raise BadFrame("no MSH")
    sep = segment[3]
    fields = segment.split(sep)
    marks = fields[1][:4]
    separators = sep + marks + "^~\\&"[len(marks) :]
    if len(set(separators)) != 5 or any(char.isalnum() or not char.isprintable() for char in separators):
        raise BadFrame("separators")
    reader = _Fields(fields, separators, first=1)
    control_id = reader.text(10)
    kind = reader.components(9)
    if not control_id:
        raise BadFrame("no control id")
    return Header(
        separators=separators,
        application=fields[2],
        facility=fields[3],
        sent_at=reader.text(7),
        type=kind[0],
        trigger=kind[1] if len(kind) > 1 else "",
        control_id=control_id,
        raw_control_id=fields[9],
        processing=reader.text(11),
        version=reader.text(12),
    )


def parse_message(segments: list[str]) -> Message:
    """All segments of a message; BadFrame says in one word why it is none."""
    if not segments:
        raise BadFrame("empty")
    header = header_of(segments[0])
    if header.type != "ORU":
        return Message(header, "ack" if header.type == "ACK" else "other", ())
    groups = _groups(segments[1:], header.separators)
    seen = [one for group in groups for one in group.observations if one.value or one.status == "X"]
    if not seen:
        kind = "blank"
    else:
        kind = "alarm" if all(one.system == ALERT_SYSTEM for one in seen) else "observations"
    return Message(header, kind, tuple(groups))


def _groups(segments: list[str], separators: str) -> list[Group]:
    groups = [Group("")]
    patient = visit = ""
    count = 0
    for segment in segments:
        reader = _Fields(segment.split(separators[0]), separators)
        match segment[:3]:
            case "PID":
                patient, visit = reader.components(3)[0].strip(), ""
                groups.append(Group(patient))
            case "PV1":
                visit = _bed(reader.components(3))
                groups.append(Group(patient or visit))
            case "OBR":
                groups.append(Group(patient or visit, reader.text(7)))
            case "OBX":
                count += 1
                if count > OBSERVATIONS_MAX:
                    raise BadFrame("too many observations")
                groups[-1].observations.append(_observation(reader))
    return [group for group in groups if group.observations]


def _bed(location: list[str]) -> str:
    """PV1-3 is point of care, room, bed; a unit or a room names neither a patient nor a bed."""
    return location[2].strip() if len(location) > 2 else ""


def _observation(reader: _Fields) -> Observation:
    code = [*reader.components(3), "", ""]
    method = reader.components(17)
    return Observation(
        code=code[0].strip(),
        name=code[1].strip(),
        system=code[2].strip(),
        place=reader.text(4),
        value=reader.text(5).strip(),
        unit=tuple(part.strip() for part in reader.components(6)),
        flags=tuple(flag.strip() for flag in reader.repetitions(8)),
        status=reader.text(11).strip(),
        at=reader.text(14).strip(),
        method=" ".join(part.strip() for part in method if part.strip()),
    )


class _Fields:
    """A segment's fields by number, unescaped; a field that is not there is empty. `first` is 1 for MSH."""

    def __init__(self, fields: list[str], separators: str, first: int = 0) -> None:
        self._fields = fields
        self._first = first
        self._separators = separators
        escape = re.escape(separators[3])
        self._escaped = re.compile(f"{escape}([^{escape}]*){escape}")

    def text(self, number: int) -> str:
        """The first component of the first repetition."""
        return self.components(number)[0]

    def components(self, number: int) -> list[str]:
        """The components of the first repetition; never empty."""
        one = self._raw(number).split(self._separators[2], 1)[0]
        return [self._unescape(part) for part in one.split(self._separators[1])]

    def repetitions(self, number: int) -> list[str]:
        """The first component of each repetition."""
        parts = self._raw(number).split(self._separators[2])
        return [self._unescape(part.split(self._separators[1])[0]) for part in parts if part]

    def _raw(self, number: int) -> str:
        place = number - self._first
        return self._fields[place] if place < len(self._fields) else ""

    def _unescape(self, text: str) -> str:
        if self._separators[3] not in text:
            return text
        return self._escaped.sub(lambda found: self._meant(found[1]), text)

    def _meant(self, inner: str) -> str:
        place = _ESCAPES.get(inner)
        return self._separators[place] if place is not None else ""
