"""Codes and units of the two dialects, Philips `0002-xxxx` and IEEE 11073 (MDC), in our signals. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from drivers.monitors.hl7_oru.message import Observation
from drivers.values import Signal

PHILIPS = re.compile(r"0002[-*]([0-9a-f]{4})", re.IGNORECASE)
"""The printed guide has one code with `*`."""
PHILIPS_CODES: Mapping[str, Signal] = {
    "4182": Signal.HR,
    "480a": Signal.PULSE,
    "4822": Signal.PULSE,
    "4bb8": Signal.SPO2,
    "4a05": Signal.NIBP_SYS,
    "4a06": Signal.NIBP_DIA,
    "4a07": Signal.NIBP_MEAN,
    "5000": Signal.RR,
    "500a": Signal.RR,
    "5012": Signal.RR,
    "4b48": Signal.TEMP,
    "f0c7": Signal.TEMP,
    "50b0": Signal.ETCO2,
}
MDC_CODES: Mapping[str, Signal] = {
    "147842": Signal.HR,
    "149522": Signal.PULSE,
    "149530": Signal.PULSE,
    "149546": Signal.PULSE,
    "150456": Signal.SPO2,
    "150021": Signal.NIBP_SYS,
    "150022": Signal.NIBP_DIA,
    "150023": Signal.NIBP_MEAN,
    "150301": Signal.NIBP_SYS,
    "150302": Signal.NIBP_DIA,
    "150303": Signal.NIBP_MEAN,
    "151562": Signal.RR,
    "150344": Signal.TEMP,
    "151708": Signal.ETCO2,
    "151728": Signal.ETCO2,
}
CUFF_PULSE = frozenset({"149546"})
"""A pulse taken with the cuff is as old as the cuff's pressures."""
CUFF_WORDS = ("nbp", "nibp", "cuff")
RR_VMD = {"20": "co2", "6": "impedance"}
"""VMD (the second part of OBX-4) to where a respiration rate comes from."""
RR_SOURCES: Mapping[str, str] = {"5012": "co2"}

KPA_MMHG = Decimal("7.50062")
RATE_UNITS = frozenset({"/min", "1/min", "bpm", "rpm", "{beat}/min", "{beats}/min", "{breath}/min"})
UNIT_CODES: Mapping[str, str] = {
    "0004-0220": "%",
    "0004-0aa0": "/min",
    "0004-0ae0": "/min",
    "0004-0f20": "mmHg",
    "0004-0f03": "kPa",
    "0004-1710": "degC",
    "0004-17a0": "degC",
    "262688": "%",
    "264864": "/min",
    "264928": "/min",
    "266016": "mmHg",
    "265987": "kPa",
    "268192": "degC",
    "266560": "degF",
    "mm[hg]": "mmHg",
    "mmhg": "mmHg",
    "kpa": "kPa",
    "%": "%",
    "cel": "degC",
    "c": "degC",
    "degc": "degC",
    "°c": "degC",
    "[degf]": "degF",
    "°f": "degF",
    **dict.fromkeys(RATE_UNITS, "/min"),
}
WANTED: Mapping[Signal, str] = {
    Signal.HR: "/min",
    Signal.PULSE: "/min",
    Signal.RR: "/min",
    Signal.SPO2: "%",
    Signal.NIBP_SYS: "mmHg",
    Signal.NIBP_DIA: "mmHg",
    Signal.NIBP_MEAN: "mmHg",
    Signal.ETCO2: "mmHg",
    Signal.TEMP: "degC",
}
UNITLESS = frozenset({Signal.HR, Signal.PULSE, Signal.RR, Signal.SPO2})
"""Where no other unit is in use, a missing one is no doubt."""


def signal_of(one: Observation) -> Signal | None:
    """The signal of an observation's code; None if it is none of ours."""
    philips = PHILIPS.fullmatch(one.code)
    if philips is not None:
        return PHILIPS_CODES.get(philips[1].lower())
    return MDC_CODES.get(one.code) if one.system in {"MDC", ""} else None


def by_cuff(one: Observation) -> bool:
    """Whether a pulse was taken with the cuff."""
    return one.code in CUFF_PULSE or any(word in one.method.lower() for word in CUFF_WORDS)


def breaths_source(one: Observation) -> str:
    """`co2`, `impedance`, or empty where neither code nor place says it."""
    vmd = one.place.split(".")
    philips = PHILIPS.fullmatch(one.code)
    if philips is not None:
        return RR_SOURCES.get(philips[1].lower(), "")
    return RR_VMD.get(vmd[1], "") if len(vmd) > 1 else ""


def in_our_unit(signal: Signal, value: Decimal, unit: tuple[str, ...]) -> Decimal | None:
    """The value in the signal's unit, converted once and here; None if its unit is missing or unknown."""
    wanted = WANTED[signal]
    named = [part.lower() for part in unit if part]
    if not named:
        return value if signal in UNITLESS else None
    said = next((UNIT_CODES[part] for part in named if part in UNIT_CODES), None)
    match said, wanted:
        case _ if said == wanted:
            return value
        case "kPa", "mmHg":
            return value * KPA_MMHG
        case "degF", "degC":
            return ((value - 32) * 5 / 9).quantize(Decimal("0.001"))
    return None
