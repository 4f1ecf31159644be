"""What one cycle of BCC values says: motion, rate, limit, counter, alarms, identity. Pure.

`_NV` is no value and reads like a parameter that is not there, never like zero; `_NA` is a value that cannot
be had at this moment, and a reading that needs it cannot be had either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from drivers.errors import BadFrame, WrongDevice
from drivers.pumps.bcc import alarms
from drivers.pumps.bcc.records import ERROR, Record
from drivers.values import LocalChange, Motion, PumpAlarm, PumpIdentity, PumpReading, PumpSetting

Values = Mapping[str, str]
"""The values of one pump by parameter."""

NO_VALUE = "_NV"
NOT_NOW = "_NA"
MODELS = {
    "686": "Infusomat Space",
    "687": "Infusomat Space P",
    "688": "Perfusor Space",
    "586": "Infusomat Space (US)",
    "587": "Infusomat Space P (US)",
    "588": "Perfusor Space (US)",
    "I0002": "Compact plus",
    "I0003": "Compact plus",
}
"""What GNMODEL, or else GNNEW, begins with."""
MODEL_NOT_TOLD = "Space or Compact plus pump"
OFF = 50
REFUSALS = {
    11: "no data or no pumps",
    39: "the pump was taken out",
    41: "no connection to a pump there",
    68: "syntax or checksum",
    811: "no such slot",
}
LINK = range(40, 50)
TOPOLOGY = range(50, 60)

_NUMBER = re.compile(r"[0-9]{1,7}(\.[0-9]{1,4})?")
_WORD = re.compile(r"[0-9]{1,10}")
_PADDED = re.compile(r"(IN[AM])0([0-9])")
INDICATED = frozenset(name for name in alarms.INDICATORS if name.startswith("INA"))

_UNUSED = "GNNEW"


def _mask(*bits: int) -> int:
    return sum(1 << bit for bit in bits)


STATUS_OFF_UNLESS = _mask(0)
STATUS_MAINS = _mask(1)
STATUS_MOVED = _mask(4, 10, 11)
STATUS_INFUSING = _mask(7)
STATUS_KVO = _mask(13)
STATUS_SILENCED = _mask(19, 20)
STATUS_EDITED = _mask(24)
RUN_RUN = _mask(1)
RUN_ALARM = _mask(2)
RUN_KVO = _mask(3)
RUN_MENU = _mask(4)
PREALARM_KVO = _mask(5)


def values_of(records: Sequence[Record], slot: str) -> dict[str, str]:
    """What the records say of the pump in `slot`; BadFrame if they say one thing twice.

    Blocks carry no number: a value that stands there twice is a block too many.
    """
    found: dict[str, str] = {}
    for record in records:
        name = plain(record.parameter)
        if record.slot != slot or name in {"GNACK", ERROR}:
            continue
        if name in found and name != _UNUSED:
            raise BadFrame(f"{name} twice in one cycle")
        found[name] = record.value
    return found


def plain(parameter: str) -> str:
    """INA03 and INA3 are one."""
    return _PADDED.sub(r"\1\2", parameter)


def code_of(value: str) -> int | str:
    """The number of a GNERR, as it stands if it is none."""
    return int(value) if value.isdecimal() else value


def refusal(code: int | str) -> str:
    """What GNERR means by its code."""
    if not isinstance(code, int) or code not in REFUSALS:
        return "pump link" if code in LINK else "topology" if code in TOPOLOGY else "unknown"
    return REFUSALS[code]


def serial_of(values: Values) -> str:
    """The pump's serial number, or else its unique id; empty if it tells neither."""
    return _text(values, "INSERNUM") or _text(values, "INNR") or ""


def identity_of(values: Values, protocol: str) -> PumpIdentity:
    """Who stands in the slot; WrongDevice for another model, and for no model and no serial number."""
    said = [_text(values, name) or "" for name in ("GNMODEL", "GNNEW")]
    for text in said:
        code = next((code for code in MODELS if text.startswith(code)), None)
        if code is not None:
            detail = [text.removeprefix(code), *(one for one in said if one is not text)]
            firmware = " ".join(part for part in (one.strip(" /,;:-") for one in detail) if part)
            return PumpIdentity(MODELS[code], serial_of(values), firmware, protocol)
    if not any(said) and serial_of(values):
        return PumpIdentity(MODEL_NOT_TOLD, serial_of(values), "", protocol)
    raise WrongDevice(f"model {' '.join(said).strip() or 'not told'}: no Space or Compact plus pump")


def check_on(values: Values) -> None:
    """BadFrame if the pump is switched off or tells nothing at all."""
    status = _bits(values, "STATUS1")
    state = _text(values, "DSSTATUS")
    off = state is not None and state.isdecimal() and int(state) == OFF
    if off or (status is not None and not status & STATUS_OFF_UNLESS):
        raise BadFrame("the pump is switched off")


def motion_of(values: Values) -> Motion:
    """The most dangerous of all that is said of it; BadFrame if nothing says whether it runs."""
    status, run = _bits(values, "STATUS1"), _bits(values, "RUNSTATE")
    pumping = _number(values, "INM3")
    mode = _number(values, "OPMODE")
    if status is None and run is None and pumping is None:
        raise BadFrame("nothing says whether it runs: no STATUS1, RUNSTATE or INM3")
    status, run, pre = status or 0, run or 0, _bits(values, "PREALARM") or 0
    if mode:
        return Motion.PROGRAM
    if status & STATUS_MOVED or _on(values, "INM2") or _on(values, "INM14"):
        return Motion.BOLUS
    if status & STATUS_KVO or run & RUN_KVO or pre & PREALARM_KVO or _on(values, "INM10"):
        return Motion.KVO
    return Motion.INFUSING if status & STATUS_INFUSING or run & RUN_RUN or pumping else Motion.STOPPED


def alarms_of(values: Values) -> frozenset[PumpAlarm]:
    """Every alarm, in whichever style they are shown; BadFrame if in neither."""
    if _text(values, "ALARM1") is None and not INDICATED & set(values):
        raise BadFrame("it shows no alarms: neither ALARM1 nor INA1 to INA16")
    found = shown_alarms(values)
    if (_bits(values, "RUNSTATE") or 0) & RUN_ALARM and not found:
        return frozenset({PumpAlarm.UNKNOWN})
    return found


def shown_alarms(values: Values) -> frozenset[PumpAlarm]:
    """Every alarm that has a word or a parameter among these values."""
    words = {name: _bits(values, name) or 0 for name in alarms.WORDS}
    single = {alarm for name, alarm in alarms.INDICATORS.items() if _on(values, name)}
    return frozenset(single.union(*(alarms.of_word(name, bits) for name, bits in words.items())))


def mains_of(values: Values) -> bool:
    """Whether it runs on mains; yes where it does not say."""
    status = _bits(values, "STATUS1")
    return bool(status & STATUS_MAINS) if status is not None else _number(values, "INM8") != 0


def local_of(values: Values) -> frozenset[LocalChange]:
    """Whether a hand is at its keys, or has silenced it."""
    status, run = _bits(values, "STATUS1") or 0, _bits(values, "RUNSTATE") or 0
    found = set()
    if status & STATUS_EDITED or run & RUN_MENU:
        found.add(LocalChange.OPERATING)
    if status & STATUS_SILENCED:
        found.add(LocalChange.SILENCE)
    return frozenset(found)


def setting_of(values: Values) -> PumpSetting:
    """Rate and VTBI as shown; VTBI 0 or without a value is no limit (F7).

    Of a pump that stands and shows rate 0, the configured base rate where it has one.
    """
    rate = _needed(values, "INRT")
    if rate == 0 and motion_of(values) is Motion.STOPPED:
        rate = _number(values, "BASRT") or rate
    return PumpSetting(rate_ml_h=rate, limit_ml=_number(values, "INVTB") or None)


def limit_left_of(values: Values) -> Decimal | None:
    """Remaining VTBI, None = no limit; where it is not shown, the whole VTBI is the most that can remain.

    Nothing left of a VTBI is used up if the pump says so or stands, and no limit if it goes on without.
    """
    limit = setting_of(values).limit_ml
    if limit is None:
        return None
    left = _number(values, "VOLREMAIN")
    if left is None:
        return limit
    ended = PumpAlarm.LIMIT_REACHED in alarms_of(values) or motion_of(values) is not Motion.INFUSING
    return left if left > 0 or ended else None


def reading_of(values: Values, latched: frozenset[PumpAlarm], local: frozenset[LocalChange]) -> PumpReading:
    """One reading; `latched` and `local` are what has been seen since the last one."""
    battery, pressure = _spare(values, "INAKKU"), _spare(values, "INP2")
    return PumpReading(
        motion=motion_of(values),
        rate_ml_h=_needed(values, "INRT"),
        limit_left_ml=limit_left_of(values),
        counter_ml=_needed(values, "INVI"),
        remote=True,
        alarms=latched | alarms_of(values),
        local=local | local_of(values),
        mains=mains_of(values),
        battery_min=battery,
        pressure_percent=pressure,
    )


def _text(values: Values, name: str) -> str | None:
    value = values.get(name, NO_VALUE)
    if value == NOT_NOW:
        raise BadFrame(f"{name} is temporarily unavailable")
    return None if value in {NO_VALUE, ""} else value


def number(text: str) -> Decimal | None:
    """An unsigned decimal number; None for anything else."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _number(values: Values, name: str) -> Decimal | None:
    text = _text(values, name)
    found = None if text is None else number(text)
    if text is not None and found is None:
        raise BadFrame(f"{name} {text[:20]!r} is no number")
    return found


def _needed(values: Values, name: str) -> Decimal:
    number = _number(values, name)
    if number is None:
        raise BadFrame(f"{name} has no value")
    return number


def _bits(values: Values, name: str) -> int | None:
    text = _text(values, name)
    if text is None:
        return None
    if not _WORD.fullmatch(text) or int(text) >= 1 << 32:
        raise BadFrame(f"{name} {text[:20]!r} is no word of 32 bits")
    return int(text)


def _on(values: Values, name: str) -> bool:
    return bool(_number(values, name))


def _spare(values: Values, name: str) -> int | None:
    """A figure that a reading can do without."""
    found = number(values.get(name, NO_VALUE))
    return None if found is None else int(found)
