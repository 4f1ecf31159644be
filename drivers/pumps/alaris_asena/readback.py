"""Asena words and numbers in ours. Where a document is silent, the dangerous reading wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from drivers.pumps.alaris_asena.frames import Infusion
from drivers.values import Motion, PumpAlarm

ALARMS: Mapping[str, frozenset[PumpAlarm]] = {
    "AL_OCCLU": frozenset({PumpAlarm.OCCLUSION}),
    "AL_NEOIN": frozenset({PumpAlarm.NEAR_EMPTY}),
    "AL_EOIKV": frozenset({PumpAlarm.EMPTY, PumpAlarm.KVO_RUNNING}),
    "AL_EOIST": frozenset({PumpAlarm.EMPTY}),
    "AL_VTBIC": frozenset({PumpAlarm.LIMIT_REACHED}),
    "AL_VTBIK": frozenset({PumpAlarm.LIMIT_REACHED, PumpAlarm.KVO_RUNNING}),
    "AL_VTBIS": frozenset({PumpAlarm.LIMIT_REACHED}),
    "AL_SYRCO": frozenset({PumpAlarm.SYRINGE}),
    "AL_DRDIS": frozenset({PumpAlarm.SYRINGE}),
    "AL_LDSCN": frozenset({PumpAlarm.UNKNOWN}),
    "AL_PRDSC": frozenset({PumpAlarm.UNKNOWN}),
    "AL_LWBAT": frozenset({PumpAlarm.BATTERY_LOW}),
    "AL_EMBAT": frozenset({PumpAlarm.BATTERY_EMPTY}),
    "AL_LBTAC": frozenset({PumpAlarm.BATTERY_LOW}),
    "AL_ACDIS": frozenset(),
    "AL_COMTO": frozenset({PumpAlarm.LINK_TIMEOUT}),
    "AL_CALLB": frozenset({PumpAlarm.REMINDER}),
    "AL_RHIGH": frozenset({PumpAlarm.RATE_INVALID}),
    "AL_TCITG": frozenset({PumpAlarm.UNKNOWN}),
    "AL_TITCA": frozenset({PumpAlarm.UNKNOWN}),
    "AL_TITNC": frozenset({PumpAlarm.UNKNOWN}),
    "AL_FAULT": frozenset({PumpAlarm.UNKNOWN}),
}
"""By word; mains lost is no alarm of ours but a state. A word without a line here is UNKNOWN."""

MAINS_LOST = "AL_ACDIS"
LINK_TIMEOUT = "AL_COMTO"
KVO = frozenset({"AL_EOIKV", "AL_VTBIK"})
UNLIMITED = frozenset({"AL_VTBIC"})
"""The limit is used up and the pump goes on."""
TITRATION = frozenset({"AL_TCITG", "AL_TITCA", "AL_TITNC"})

STANDING = frozenset({"HLD", "SET"})
UNIT_ML = Decimal("0.001")
_BOLUS = ("BOL", "PUR", "PRI")
_PROGRAM = ("TIT", "TCI", "PRO", "RMP")


def alarms_of(words: frozenset[str]) -> frozenset[PumpAlarm]:
    """Alarm words by our names."""
    unknown = frozenset({PumpAlarm.UNKNOWN})
    return frozenset(alarm for word in words for alarm in ALARMS.get(word, unknown))


@dataclass(frozen=True, slots=True)
class Stand:
    """The pump says that it stands: the counter when it first did, the counter now, whether that stood."""

    from_ml: Decimal
    counter_ml: Decimal
    proven: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """One INF with what the ones before it on the same connection make of it."""

    now: Infusion
    stand: Stand | None

    @property
    def unproven(self) -> bool:
        """It says that it stands, and the counter has not been seen to."""
        return self.stand is not None and not self.stand.proven


def seen(before: Seen | None, now: Infusion) -> Seen:
    """The next of them."""
    counter = now.infused_ml
    if now.rate_ml_h > 0 and now.mode.upper() not in STANDING:
        return Seen(now, None)
    if before is None or before.stand is None or counter > before.stand.from_ml + UNIT_ML:
        still = before is not None and before.stand is not None and counter <= before.stand.counter_ml
        return Seen(now, Stand(counter, counter, still))
    stand = before.stand
    return Seen(now, replace(stand, counter_ml=counter, proven=stand.proven or counter <= stand.counter_ml))


def motion_of(it: Seen, alarms: frozenset[str]) -> Motion:
    """Judged by rate and counter; the mode word alone says neither that it runs nor that it stands.

    Rate 0, or a standing mode word with a rate beside it, stands once the counter stood from one INF to the
    next, and until it moves.
    """
    mode = it.now.mode.upper()
    if any(word in mode for word in _BOLUS):
        return Motion.BOLUS
    if any(word in mode for word in _PROGRAM):
        return Motion.PROGRAM
    if it.stand is not None and it.stand.proven:
        return Motion.STOPPED
    if alarms & TITRATION:
        return Motion.PROGRAM
    return Motion.KVO if alarms & KVO or "KV" in mode else Motion.INFUSING


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of the limit, whether the pump shows the limit as set or what remains of it.

    `shown_ml` is what INF_VTBI said last, `counter_ml` what the counter said beside it.
    """

    shown_ml: Decimal
    counter_ml: Decimal
    left_ml: Decimal


def remaining(before: Remaining | None, shown_ml: Decimal | None, counter_ml: Decimal) -> Remaining | None:
    """The next of them: a number that changed is what it says, one that did not has been run into."""
    if shown_ml is None:
        return None
    if before is None or shown_ml != before.shown_ml or counter_ml < before.counter_ml:
        return Remaining(shown_ml, counter_ml, shown_ml)
    moved = counter_ml - before.counter_ml
    return Remaining(shown_ml, counter_ml, max(before.left_ml - moved, Decimal(0)))
