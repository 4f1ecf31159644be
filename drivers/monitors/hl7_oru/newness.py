"""What of a message was measured anew, and how old it is: by the sender's own differences of time. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from drivers.monitors.hl7_oru.message import Header
from drivers.monitors.hl7_oru.times import passed_s, time_of
from drivers.monitors.hl7_oru.vitals import CUFF, Judged
from drivers.values import Measurement, Signal

REMEMBERED = 64
"""Control ids of so many messages; a repetition comes soon or not at all."""
SUBJECTS_MAX = 16
"""Patients of one sender whose pressures are remembered."""
AHEAD_MAX_S = 1
"""A measurement may stand this much after its message: seconds are cut off somewhere."""

Cuff = tuple[datetime | None, tuple[Decimal | None, ...]]


class Newness:
    """Follows one sender from message to message; `passed` is told how long ours waited in between.

    A message that was held back is as old as the wait was longer than the sender's own time says, against the
    least delayed message so far. A sender's clock set back measures nothing once and is followed from there.
    """

    def __init__(self) -> None:
        self._ids: deque[str] = deque(maxlen=REMEMBERED)
        self._sent_at: datetime | None = None
        self._ahead_s = Decimal(0)
        self._delay_s: Decimal | None = Decimal(0)
        self._cuffs: dict[str, Cuff] = {}

    def passed(self, seconds: Decimal) -> None:
        """So much time went by at our end."""
        self._ahead_s += seconds

    def repeated(self, header: Header) -> bool:
        """The sender has said this message before: nothing in it is new."""
        if header.control_id in self._ids:
            return True
        self._ids.append(header.control_id)
        return False

    def sent(self, header: Header) -> None:
        """A message that is no repetition: how late it is."""
        before, self._sent_at = self._sent_at, time_of(header.sent_at, latest=True)
        if self._sent_at is None:
            self._delay_s = None
            return
        if before is None:
            self._ahead_s, self._delay_s = Decimal(0), Decimal(0)
            return
        step_s = passed_s(before, self._sent_at)
        if step_s < 0:
            self._ahead_s, self._delay_s = Decimal(0), None
            return
        self._ahead_s = max(Decimal(0), self._ahead_s - step_s)
        self._delay_s = self._ahead_s

    def measurements(self, subject: str, judged: Mapping[Signal, Judged]) -> dict[Signal, Measurement]:
        """The signals of one patient, each new or not; a patient's pressures are new once."""
        cuff_is_new = self._cuff_is_new(subject, judged)
        return {
            signal: self._measurement(one, cuff_is_new if signal in CUFF else None)
            for signal, one in judged.items()
        }

    def _measurement(self, one: Judged, cuff_is_new: bool | None) -> Measurement:
        age_s = self._age_s(one)
        unusual = one.source == "cuff" and not one.own
        if one.value is None or age_s is None or cuff_is_new is False or unusual:
            return Measurement(one.value, one.validity, measured=False)
        return Measurement(one.value, one.validity, age_s=age_s)

    def _age_s(self, one: Judged) -> Decimal | None:
        """From measurement to message by the sender's clock, and the message's delay; None = unknown."""
        if self._sent_at is None or self._delay_s is None:
            return None
        since_s = Decimal(0) if one.at is None else passed_s(one.at, self._sent_at)
        return None if since_s < -AHEAD_MAX_S else max(Decimal(0), since_s) + self._delay_s

    def _cuff_is_new(self, subject: str, judged: Mapping[Signal, Judged]) -> bool:
        """By its own time if it has one; otherwise only other numbers than before are a new measurement."""
        pressures = [judged[signal] for signal in CUFF if signal in judged]
        values = tuple(one.value for one in pressures)
        if not any(value is not None for value in values):
            return False
        at = next((one.at for one in pressures if one.own), None)
        before = self._cuffs.get(subject)
        self._cuffs.pop(subject, None)
        self._cuffs[subject] = (at, values)
        while len(self._cuffs) > SUBJECTS_MAX:
            del self._cuffs[next(iter(self._cuffs))]
        if at is not None:
            return before is None or before[0] is None or passed_s(before[0], at) > 0
        return before is not None and before[1] != values
