"""The alarms a pump shows over BCC, in both styles: bit words, or one parameter for each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drivers.values import PumpAlarm

INDICATORS: Mapping[str, PumpAlarm] = {
    "INA1": PumpAlarm.BATTERY_EMPTY,
    "INA2": PumpAlarm.EMPTY,
    "INA3": PumpAlarm.OCCLUSION,
    "INA5": PumpAlarm.STANDBY_END,
    "INA6": PumpAlarm.LINK_TIMEOUT,
    "INA7": PumpAlarm.LIMIT_REACHED,
    "INA8": PumpAlarm.TIME_END,
    "INA9": PumpAlarm.SYRINGE,
    "INA11": PumpAlarm.BATTERY_LOW,
    "INA12": PumpAlarm.NEAR_EMPTY,
    "INA13": PumpAlarm.DOOR_OPEN,
    "INA14": PumpAlarm.DRIP,
    "INA15": PumpAlarm.AIR,
    "INA16": PumpAlarm.KVO_END,
    "INM10": PumpAlarm.KVO_RUNNING,
}


def _bits(*named: tuple[Iterable[int], PumpAlarm | None]) -> Mapping[int, PumpAlarm | None]:
    return {bit: alarm for bits, alarm in named for bit in bits}


WORDS: Mapping[str, Mapping[int, PumpAlarm | None]] = {
    "ALARM1": _bits(
        ((2, 5, 6, 7, 8), PumpAlarm.BATTERY_EMPTY),
        ((9,), PumpAlarm.EMPTY),
        ((10, 11, 20), PumpAlarm.OCCLUSION),
        ((12,), PumpAlarm.STANDBY_END),
        ((13,), PumpAlarm.LIMIT_REACHED),
        ((14,), PumpAlarm.TIME_END),
        ((15, 17, 18), PumpAlarm.SYRINGE),
        ((19,), PumpAlarm.KVO_END),
        (range(22, 28), PumpAlarm.DRIP),
        (range(28, 32), PumpAlarm.AIR),
    ),
    "ALARM2": _bits(
        ((1,), PumpAlarm.LOCAL_KEY),
        ((2,), PumpAlarm.PCA_LIMIT),
        ((29,), PumpAlarm.OCCLUSION),
        ((30,), PumpAlarm.DOOR_OPEN),
        ((31,), PumpAlarm.SYRINGE),
    ),
    "PREALARM": _bits(
        ((1,), PumpAlarm.SYRINGE),
        ((2, 3, 10, 11, 12), None),
        ((4,), PumpAlarm.BATTERY_LOW),
        ((5,), PumpAlarm.KVO_RUNNING),
    ),
}
"""By bit. None: the end of volume or time is near, which is expected (F40), or the pressure rises."""


def of_word(name: str, bits: int) -> set[PumpAlarm]:
    """Every alarm of a bit word; a bit without a name is UNKNOWN."""
    known = WORDS[name]
    set_bits = [bit for bit in range(bits.bit_length()) if bits >> bit & 1]
    found = {known.get(bit, PumpAlarm.UNKNOWN) for bit in set_bits}
    return {alarm for alarm in found if alarm is not None}
