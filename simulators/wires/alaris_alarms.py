"""The one word an Asena answers ALARM with: the gravest of what its body shows."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.values import Motion, PumpAlarm
from simulators.bodies.pump import PumpBody

NONE = "AL_NOALM"

WORDS: Mapping[PumpAlarm, str] = {
    PumpAlarm.BATTERY_EMPTY: "AL_EMBAT",
    PumpAlarm.DOOR_OPEN: "AL_DRDIS",
    PumpAlarm.OCCLUSION: "AL_OCCLU",
    PumpAlarm.EMPTY: "AL_EOIST",
    PumpAlarm.AIR: "AL_SYRCO",
    PumpAlarm.RATE_INVALID: "AL_RHIGH",
    PumpAlarm.LINK_TIMEOUT: "AL_COMTO",
    PumpAlarm.NEAR_EMPTY: "AL_NEOIN",
}
"""From the gravest down. A syringe pump has no air detector and no door: its plunger drive comes off."""


def word_of(pump: PumpBody, *, syringe: bool) -> str:
    """`syringe`: it is confirmed."""
    alarms = pump.alarms
    for alarm, word in WORDS.items():
        if alarm in alarms:
            return word
    if not syringe and pump.motion is not Motion.STOPPED:
        return "AL_SYRCO"
    if PumpAlarm.LIMIT_REACHED in alarms:
        ends = {Motion.STOPPED: "AL_VTBIS", Motion.KVO: "AL_VTBIK"}
        return ends.get(pump.motion, "AL_VTBIC")
    if PumpAlarm.BATTERY_LOW in alarms:
        return "AL_LBTAC" if pump.mains else "AL_LWBAT"
    return NONE if pump.mains else "AL_ACDIS"
