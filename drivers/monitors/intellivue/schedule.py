"""Which polls are due when: values, alarms, patient, and one that keeps the association alive. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from drivers.errors import NoReply, Refused
from drivers.monitors.intellivue import frames
from drivers.monitors.intellivue.association import TICKS_A_SECOND, Profile

PERIOD_S = 60
"""For so long an extended poll is asked for; it is renewed at half."""
INTERVAL_S = Decimal(1)
PATIENT_S = Decimal(5)
ASK_AGAIN_INTERVALS = 3
ASKED_MAX = 3
"""Questions for values in a row that may stay unanswered before the monitor counts as silent."""
PATIENT_ASKED_MAX = 3
"""Questions for the patient that may stay unanswered before the monitor names none."""
DENIED_S = 60
"""What the monitor denies is asked again so much later."""
OPEN_MAX = 32


class Poll(Enum):
    """What is asked for, in this order: class of objects and group of attributes."""

    PATIENT = (frames.PATIENT, frames.ALL_ATTRIBUTES)
    ALARMS = (frames.ALARMS, frames.ALARM_GROUP)
    NUMERICS = (frames.NUMERICS, frames.ALL_ATTRIBUTES)
    KEEP_ALIVE = (frames.MDS, frames.SYSTEM_GROUP)


@dataclass(frozen=True, slots=True)
class _Question:
    poll: Poll
    asked_s: Decimal


class Asking:
    """Keeps the times of one association. `subject` is the patient it names; None = not yet known."""

    def __init__(self, profile: Profile, number: int, now_s: Decimal) -> None:
        self.subject: str | None = None
        self._number = number
        self._invoke = 0
        self._extended = profile.extended
        self._timeout_s = profile.timeout_s
        self._interval_s = INTERVAL_S if profile.extended else max(INTERVAL_S, profile.min_poll_s)
        side_s = max(INTERVAL_S, profile.min_poll_s)
        self._periods = {
            Poll.NUMERICS: self._interval_s,
            Poll.ALARMS: side_s,
            Poll.PATIENT: max(PATIENT_S, side_s),
            Poll.KEEP_ALIVE: max(side_s, profile.timeout_s / 3),
        }
        self._next = dict.fromkeys(Poll, now_s)
        self._heard_s = now_s
        self._asked = 0
        self._patient_asked = 0
        self._open: OrderedDict[int, _Question] = OrderedDict()

    def due(self, now_s: Decimal) -> list[bytes]:
        """The polls to send now; NoReply when no values came for too long."""
        silent_s = ASK_AGAIN_INTERVALS * self._interval_s
        longest_s = min(ASKED_MAX * silent_s, self._timeout_s)
        if now_s - self._heard_s >= longest_s:
            raise NoReply(f"no values for {longest_s} s")
        if now_s - self._heard_s >= self._asked * silent_s:
            self._next[Poll.NUMERICS] = now_s
        polls = [poll for poll in Poll if now_s >= self._next[poll]]
        return [self._ask(poll, now_s) for poll in polls]

    def poll_of(self, number: int, objects: int) -> Poll | None:
        """Which of ours a reply answers; None for one that answers somebody else."""
        if number != self._number:
            return None
        return next((poll for poll in Poll if poll.value[0] == objects), None)

    def asked_s(self, poll: Poll, invoke: int) -> Decimal | None:
        """When this was asked; None once it was answered."""
        question = self._open.get(invoke)
        return question.asked_s if question is not None and question.poll is poll else None

    def answered(self, poll: Poll, invoke: int, now_s: Decimal) -> None:
        """A reply that could be read."""
        self._open.pop(invoke, None)
        if poll is Poll.NUMERICS:
            self._heard_s, self._asked = now_s, 1

    def denied(self, invoke: int, code: int, now_s: Decimal) -> list[bytes]:
        """The monitor answers with an error: values are asked for in the other way, anything else later."""
        question = self._open.pop(invoke, None)
        if question is None:
            return []
        if question.poll is not Poll.NUMERICS:
            self._next[question.poll] = now_s + DENIED_S
            if question.poll is Poll.PATIENT and self.subject is None:
                self.subject = ""
            return []
        if not self._extended:
            raise Refused("the monitor denies its values", code=code, reason="error reply")
        self._extended = False
        self._interval_s = self._periods[Poll.NUMERICS] = self._periods[Poll.ALARMS]
        return [self._ask(Poll.NUMERICS, now_s)]

    def _ask(self, poll: Poll, now_s: Decimal) -> bytes:
        self._invoke = self._invoke % 0xFFFF + 1
        self._open[self._invoke] = _Question(poll, now_s)
        if len(self._open) > OPEN_MAX:
            self._open.popitem(last=False)
        self._next[poll] = now_s + self._periods[poll]
        objects, group = poll.value
        if poll is Poll.NUMERICS:
            self._asked += 1
            if self._extended:
                self._next[poll] = now_s + PERIOD_S // 2
                ticks = PERIOD_S * TICKS_A_SECOND
                return frames.extended_poll(self._invoke, self._number, objects, group, ticks)
        if poll is Poll.PATIENT and self.subject is None:
            self._first_patient(now_s)
        return frames.single_poll(self._invoke, self._number, objects, group)

    def _first_patient(self, now_s: Decimal) -> None:
        """Asked more often until it is known; in the end the monitor names none."""
        self._patient_asked += 1
        self._next[Poll.PATIENT] = now_s + INTERVAL_S
        if self._patient_asked > PATIENT_ASKED_MAX:
            self.subject = ""
