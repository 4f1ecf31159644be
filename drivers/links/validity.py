"""When a message that gives more drug still counts: envelopes, sessions and fresh links (F28). Pure.

The far end hands out a session and the time of its own clock; the near end seals with both. Clocks are
never compared. STOP and reading need the session only: less drug never waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

VALID_MS = 2_000
"""How long after its stamp, by the far end's clock, a message that gives more may arrive (F28)."""
FRESH_MS = 1_000
"""Nothing that gives more is sent when the last round trip ended longer ago (F28)."""


class Kind(StrEnum):
    """What a message asks for; everything but STOP and OBSERVE gives more."""

    STOP = "stop"
    OBSERVE = "observe"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message on its way. `stamp_ms` is the far end's own time, as it told it last."""

    session: str
    counter: int
    stamp_ms: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class FarEnd:
    """The end at the pump: the session it has given out, and the highest counter it has taken."""

    session: str
    counter: int = 0


def take(far: FarEnd, envelope: Envelope, now_ms: int) -> tuple[FarEnd, str]:
    """Whether a message counts at the far end's time `now_ms`; the text says why not, empty = it does."""
    if envelope.session != far.session:
        return far, "it was sealed for another session"
    if envelope.kind is Kind.MORE:
        if envelope.counter <= far.counter:
            return far, f"its counter {envelope.counter} does not rise above {far.counter}"
        age = now_ms - envelope.stamp_ms
        if not 0 <= age <= VALID_MS:
            return far, f"it is {age} ms old; more drug is valid for {VALID_MS} ms"
    return replace(far, counter=max(far.counter, envelope.counter)), ""


@dataclass(frozen=True, slots=True)
class NearEnd:
    """The end at the daemon. Nothing waits in it: a message is sealed when it is sent, or it is not sent."""

    session: str | None = None
    counter: int = 0
    stamp_ms: int = 0
    answered: bool = False
    """A STOP or a reading was answered on this connection."""
    trip_ms: int = 0
    """How long the last answer took, by the near end's clock."""
    answer_ms: int = 0


def connected(session: str, stamp_ms: int) -> NearEnd:
    """A new connection: nothing of the one before is left."""
    return NearEnd(session, stamp_ms=stamp_ms)


def lost() -> NearEnd:
    """The connection is gone; what was sealed for it counts nowhere."""
    return NearEnd()


def answer(near: NearEnd, *, stamp_ms: int, asked_ms: int, now_ms: int) -> NearEnd:
    """The answer to a STOP or a reading, with the far end's time in it."""
    return replace(near, stamp_ms=stamp_ms, answered=True, trip_ms=now_ms - asked_ms, answer_ms=now_ms)


def seal(
    near: NearEnd, kind: Kind, now_ms: int, watchdog_s: Decimal | None
) -> tuple[NearEnd, Envelope | None, str]:
    """The next message, or None and why it is not sent; `now_ms` is the near end's time."""
    if near.session is None:
        return near, None, "the link is lost"
    if kind is Kind.MORE:
        if not near.answered:
            return near, None, "a connection begins with STOP or a reading"
        why = no_more(now_ms, near.answer_ms, near.trip_ms, watchdog_s)
        if why:
            return near, None, why
    near = replace(near, counter=near.counter + 1)
    return near, Envelope(near.session or "", near.counter, near.stamp_ms, kind), ""


def no_more(now_ms: int, answer_ms: int, trip_ms: int, watchdog_s: Decimal | None) -> str:
    """Why a link may not carry more drug now, empty if it may: its last round trip is too old or too long.

    Too long is more than a third of the pump's own watchdog of `watchdog_s`; None = it has none.
    """
    if now_ms - answer_ms > FRESH_MS:
        return (
            f"the last answer is {now_ms - answer_ms} ms old; more drug needs one of the last {FRESH_MS} ms"
        )
    if watchdog_s is not None and trip_ms * 3 > watchdog_s * 1000:
        return f"the last answer took {trip_ms} ms: more than a third of the watchdog of {watchdog_s} s"
    return ""
