"""Recorded BCC bytes, of one or both directions, as readings: what each block says, by its slot. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from drivers.errors import BadFrame
from drivers.pumps.bcc import alarms, frames, readback
from drivers.pumps.bcc.frames import Block, Damaged
from drivers.pumps.bcc.readback import NO_VALUE, NOT_NOW
from drivers.pumps.bcc.records import ERROR, RS, VALUES, VERSION, Record, record_of
from drivers.recordings import Reading, Tally
from drivers.values import PumpAlarm

NUMBERS: Mapping[str, tuple[str, str]] = {
    "INRT": ("rate", "mL/h"),
    "BASRT": ("set_rate", "mL/h"),
    "INVTB": ("set_limit", "mL"),
    "VOLREMAIN": ("limit_left", "mL"),
    "INVI": ("counter", "mL"),
    "INAKKU": ("battery", "min"),
    "INP2": ("pressure", "%"),
}
TEXTS: Mapping[str, str] = {"GNMODEL": "model", "INSERNUM": "serial", "INSOL": "drug"}
REQUESTS = (b"ADMIN:", b"MEM:")
REMOVED = "39"


class Recording:
    """What the rack said; requests give no reading, errors none but that a pump was taken out."""

    def __init__(self) -> None:
        self._accepted: Counter[str] = Counter()
        self._decoder = frames.Decoder()
        self._open = b""
        """The last record of a block that is not the last: it may run on into the next one."""
        self._runs_on = False
        """This rack's records do."""

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the blocks these bytes complete."""
        return [one for item in self._decoder.feed(data) for one in self._block(item)]

    def finish(self) -> list[Reading]:
        """A frame without its end is rejected."""
        self._decoder.finish()
        return []

    def tally(self) -> Tally:
        """`request`, `reply` and `refusal`; what was none by reason."""
        return Tally(dict(self._accepted), dict(self._decoder.rejected))

    def _block(self, item: Block | Damaged) -> list[Reading]:
        before, self._open = self._open, b""
        if isinstance(item, Damaged):
            return []
        if item.info.startswith(REQUESTS):
            self._accepted["request"] += 1
            return []
        records = self._records(item, before)
        self._accepted["refusal" if any(one.parameter == ERROR for one in records) else "reply"] += 1
        version = _version(item.info)
        return [version] if version is not None else list(_readings(records))

    def _records(self, block: Block, before: bytes) -> list[Record]:
        pieces = block.info.split(RS.encode())
        if before and pieces[0] and _record(pieces[0]) is None:
            self._runs_on = True
            pieces[0] = before + pieces[0]
        elif not (pieces[0] and self._runs_on):
            pieces.insert(0, before)
        if not block.last:
            self._open = pieces.pop()
        return [record for record in map(_record, pieces) if record is not None]


def _record(text: bytes) -> Record | None:
    try:
        return record_of(text.decode("utf-8"), VALUES)
    except (BadFrame, UnicodeDecodeError):
        return None


def _version(info: bytes) -> Reading | None:
    try:
        version = record_of(info.decode("utf-8"), VERSION)
    except (BadFrame, UnicodeDecodeError):
        return None
    return Reading(None, "protocol", version.parameter, "", valid=True)


def _readings(records: list[Record]) -> Iterator[Reading]:
    for slot in dict.fromkeys(record.slot for record in records):
        own = [record for record in records if record.slot == slot]
        for record in own:
            yield from _of_record(record)
        yield from _of_slot({readback.plain(record.parameter): record.value for record in own}, slot)


def _of_record(record: Record) -> Iterator[Reading]:
    name, value = record.parameter, record.value
    if name in NUMBERS:
        signal, unit = NUMBERS[name]
        yield _number(signal, unit, value, record.slot)
    elif name in TEXTS:
        none = value in {NO_VALUE, NOT_NOW, ""}
        yield _reading(TEXTS[name], None if none else value, "", _absent(value) if none else "", record.slot)
    elif name == ERROR and value == REMOVED:
        yield _reading("alarm", str(PumpAlarm.REMOVED), "", "", record.slot)


def _number(signal: str, unit: str, text: str, slot: str) -> Reading:
    number = readback.number(text)
    limit = signal in {"set_limit", "limit_left"}
    if (text == NO_VALUE and limit) or (signal == "set_limit" and number == 0):
        return _reading(signal, None, unit, "inactive: no limit", slot)
    return _reading(signal, number, unit, "" if number is not None else _absent(text), slot)


def _absent(text: str) -> str:
    if text == NOT_NOW:
        return "invalid: temporarily unavailable"
    return "not_present: no value" if text in {NO_VALUE, ""} else "invalid: no number"


def _of_slot(values: Mapping[str, str], slot: str) -> Iterator[Reading]:
    """What several values of one block say together; a block that does not say it gives no reading of it."""
    for read in (_motion, _mains, _alarms, _local):
        try:
            yield from (_reading(signal, value, "", "", slot) for signal, value in read(values))
        except BadFrame:
            continue


def _motion(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "motion", str(readback.motion_of(values))


def _mains(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if "STATUS1" in values or "INM8" in values:
        yield "mains", "on" if readback.mains_of(values) else "off"


def _alarms(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    shown = {
        name: value for name, value in values.items() if name in alarms.WORDS or name in alarms.INDICATORS
    }
    for alarm in sorted(readback.shown_alarms(shown)):
        yield "alarm", str(alarm)


def _local(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for change in sorted(readback.local_of(values)):
        yield "local_change", str(change)


def _reading(signal: str, value: Decimal | str | None, unit: str, reason: str, slot: str) -> Reading:
    return Reading(None, signal, value, unit, not reason, reason, slot)
