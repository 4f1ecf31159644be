"""One association with a monitor, from the request to its end: messages in, samples out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from drivers.errors import BadFrame, DeviceError, LinkLost, NoReply, Refused
from drivers.monitors.intellivue import frames
from drivers.monitors.intellivue.alarms import MonitorAlarm, alarms_of
from drivers.monitors.intellivue.association import REQUEST_MESSAGE, Associated, Profile
from drivers.monitors.intellivue.frames import Denied, Event, Message, Reply
from drivers.monitors.intellivue.numerics import numerics_of
from drivers.monitors.intellivue.polls import PollReply, Trains
from drivers.monitors.intellivue.schedule import Asking, Poll
from drivers.monitors.intellivue.subject import patient_of, system_of
from drivers.monitors.intellivue.times import MonitorClock, Newness
from drivers.monitors.intellivue.vitals import CUFF, cuff_measuring, judged
from drivers.values import MonitorIdentity, Signal, VitalsSample

REQUEST_AGAIN_S = 2
REQUESTS_MAX = 3
"""Association requests that may stay unanswered, so long after each other."""
CREATED_MAX_S = 5
"""From the acceptance to the event in which the monitor tells who it is."""

Said = bytes | MonitorIdentity | VitalsSample


class Session:
    """Says what to send and what was measured. `number` marks its polls: answers to others are not its own.

    `now_s` runs on from any moment. Every DeviceError it raises is the end of the association.
    """

    def __init__(
        self, signals: Iterable[Signal], number: int, now_s: Decimal, last_ticks: int | None = None
    ) -> None:
        self.accepted: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.last_ticks = last_ticks
        """The monitor's running time in the last values: the same in another session is nothing new."""
        self.lost = 0
        """Replies of the extended poll that never came, by their numbers."""
        self.trains = Trains()
        self.alarms: tuple[MonitorAlarm, ...] = ()
        self._signals = frozenset(signals) | frozenset(CUFF)
        self._number = number
        self._begun_s = now_s
        self._requests = 0
        self._profile: Profile | None = None
        self._identity: MonitorIdentity | None = None
        self._asking: Asking | None = None
        self._clock = MonitorClock()
        self._newness = Newness()
        self._newest: dict[Poll, Decimal] = {}
        self._sequence: int | None = None

    def beat(self, now_s: Decimal) -> list[bytes]:
        """What is due to be sent; NoReply when the monitor has been silent for too long."""
        if self._asking is not None:
            return self._asking.due(now_s)
        waited_s = now_s - self._begun_s
        if self._profile is not None:
            if waited_s >= CREATED_MAX_S:
                raise NoReply(f"the monitor did not tell who it is for {CREATED_MAX_S} s")
            return []
        if waited_s < self._requests * REQUEST_AGAIN_S:
            return []
        if self._requests == REQUESTS_MAX:
            raise NoReply(f"no answer to an association request for {REQUESTS_MAX * REQUEST_AGAIN_S} s")
        self._requests += 1
        return [REQUEST_MESSAGE]

    def take(self, data: bytes, now_s: Decimal) -> list[Said]:
        """One message of the monitor. What cannot be read is counted and changes nothing."""
        try:
            message = frames.parse(data)
            said = self._act(message, now_s)
        except BadFrame as error:
            self.rejected[str(error)] += 1
            return []
        self.accepted[frames.kind_name(message)] += 1
        return said

    def _act(self, message: Message, now_s: Decimal) -> list[Said]:
        match message:
            case Associated():
                self._associated(message, now_s)
            case Event(kind=frames.MDS_CREATED) if self._profile is not None:
                return self._created(message, now_s)
            case Reply() if self._asking is not None:
                whole = self.trains.take(message)
                if whole is not None:
                    return self._replied(message.invoke, whole, now_s, self._asking)
            case Denied() if self._asking is not None:
                return list(self._asking.denied(message.invoke, message.code, now_s))
        return []

    def _associated(self, message: Associated, now_s: Decimal) -> None:
        if message.profile is None:
            raise _ended(message.word)
        if self._profile is None:
            self._profile, self._begun_s = message.profile, now_s

    def _created(self, event: Event, now_s: Decimal) -> list[Said]:
        """Answered as often as it comes: our answer may have been lost."""
        identity = system_of(event.body).identity
        said: list[Said] = [frames.created_result(event)]
        if identity != self._identity:
            self._identity = identity
            said.append(identity)
        if self._asking is None and self._profile is not None:
            self._asking = Asking(self._profile, self._number, now_s)
            said += self._asking.due(now_s)
        return said

    def _replied(self, invoke: int, reply: PollReply, now_s: Decimal, asking: Asking) -> list[Said]:
        poll = asking.poll_of(reply.number, reply.objects)
        if poll is None:
            self.rejected["not asked"] += 1
            return []
        at_s = self._clock.seconds(reply.ticks)
        before_s = self._newest.get(poll)
        if before_s is not None and at_s <= before_s:
            self.rejected["repeated" if at_s == before_s else "overtaken"] += 1
            return []
        asked_s = asking.asked_s(poll, invoke)
        if asked_s is not None:
            self._clock.answered(at_s, asked_s)
        said = self._read(poll, reply, at_s, now_s, asking)
        asking.answered(poll, invoke, now_s)
        self._newest[poll] = at_s
        return said

    def _read(
        self, poll: Poll, reply: PollReply, at_s: Decimal, now_s: Decimal, asking: Asking
    ) -> list[Said]:
        match poll:
            case Poll.NUMERICS:
                return self._numerics(reply, at_s, now_s, asking.subject)
            case Poll.ALARMS:
                self.alarms = alarms_of(reply.found)
            case Poll.PATIENT:
                asking.subject = patient_of(reply.found)
        return []

    def _numerics(self, reply: PollReply, at_s: Decimal, now_s: Decimal, subject: str | None) -> list[Said]:
        """Nothing is told before it is known whom the monitor watches (F12)."""
        numerics = list(numerics_of(reply.found))
        self._count(reply)
        again, self.last_ticks = reply.ticks == self.last_ticks, reply.ticks
        if again:
            self.rejected["repeated"] += 1
        if again or subject is None:
            return []
        before_s = self._newest.get(Poll.NUMERICS)
        since_s = None if before_s is None else at_s - before_s
        age_s = self._clock.age_s(at_s, now_s)
        found = judged(numerics, self.alarms, self._signals)
        signals = {
            signal: self._newness.told(signal, one, reply.time, since_s, age_s)
            for signal, one in found.items()
        }
        return [VitalsSample(signals, subject=subject, cuff_measuring=cuff_measuring(numerics))]

    def _count(self, reply: PollReply) -> None:
        """A number that went back is a count begun anew, as at a renewal."""
        if reply.sequence is None:
            return
        if self._sequence is not None:
            gap = (reply.sequence - self._sequence - 1) & 0xFFFF
            self.lost += gap if gap < 0x8000 else 0
        self._sequence = reply.last_sequence


def _ended(word: str) -> DeviceError:
    if word == "refuse":
        return Refused("the monitor refuses the association", code=word, reason="perhaps it has a client")
    return LinkLost(f"the monitor ended the association: {word}")
