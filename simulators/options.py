"""Named choices from the command line into the frozen options of bodies and wires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from simulators.bodies.patient import PatientOptions
from simulators.bodies.pump_options import PumpOptions
from simulators.bodies.reaction import ReactionOptions
from simulators.wires.alaris_options import AlarisOptions
from simulators.wires.bcc_options import BccOptions
from simulators.wires.dianet_options import DianetOptions
from simulators.wires.hl7_oru import Hl7Options
from simulators.wires.intellivue_options import IntelliVueOptions
from simulators.wires.mqtt_json import MqttJsonOptions
from simulators.wires.ne_1000_options import Ne1000Options
from simulators.wires.oximeter import OximeterOptions
from simulators.wires.s5_dri import S5Options

SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


class BadOption(ValueError):
    """An option name or value nobody knows; the text says what would be right."""


@dataclass(frozen=True)
class BedOptions:
    """What belongs to neither pump nor patient: the line's dead volume and how full bags really are."""

    dead_ml: Decimal = Decimal(2)
    y_site_ml: Decimal = Decimal("0.5")
    """The part behind the Y-site, where several pumps meet: it belongs to no pump's `dead_ml`."""
    overfill: Decimal = Decimal(0)
    primed: bool = True
    """The first line is full of the first bag's solution; otherwise of saline."""


@dataclass(frozen=True)
class Options:
    """All options of a simulated bed."""

    bed: BedOptions = field(default_factory=BedOptions)
    pump: PumpOptions = field(default_factory=PumpOptions)
    patient: PatientOptions = field(default_factory=PatientOptions)
    reaction: ReactionOptions = field(default_factory=ReactionOptions)
    bcc: BccOptions = field(default_factory=BccOptions)
    alaris: AlarisOptions = field(default_factory=AlarisOptions)
    dianet: DianetOptions = field(default_factory=DianetOptions)
    intellivue: IntelliVueOptions = field(default_factory=IntelliVueOptions)
    hl7: Hl7Options = field(default_factory=Hl7Options)
    mqtt_json: MqttJsonOptions = field(default_factory=MqttJsonOptions)
    ne_1000: Ne1000Options = field(default_factory=Ne1000Options)
    oximeter: OximeterOptions = field(default_factory=OximeterOptions)
    s5: S5Options = field(default_factory=S5Options)


def option_names() -> dict[str, Any]:
    """Every option by name with its default."""
    parts = Options()
    return {
        option.name: getattr(getattr(parts, part.name), option.name)
        for part in fields(Options)
        for option in fields(getattr(parts, part.name))
    }


def choose(texts: Mapping[str, str]) -> Options:
    """Options with the named ones replaced; BadOption names what is wrong."""
    defaults = option_names()
    unknown = sorted(set(texts) - set(defaults))
    if unknown:
        raise BadOption(f"no option {', '.join(unknown)}; there are: {', '.join(sorted(defaults))}")
    values = {name: _parse(name, text, defaults[name]) for name, text in texts.items()}
    chosen = Options()
    for part in fields(Options):
        record = getattr(chosen, part.name)
        mine = {option.name: values[option.name] for option in fields(record) if option.name in values}
        chosen = replace(chosen, **{part.name: replace(record, **mine)})
    return chosen


def _parse(name: str, text: str, default: Any) -> Any:
    kind = type(default)
    try:
        if kind is bool:
            return SWITCH[text.lower()]
        value = kind(text)
    except (ValueError, KeyError, InvalidOperation):
        raise BadOption(f"{name}={text}: expected {_expected(default)}") from None
    if isinstance(value, Decimal) and not value.is_finite():
        raise BadOption(f"{name}={text}: expected a number")
    return value


def _expected(default: Any) -> str:
    if isinstance(default, bool):
        return "on or off"
    if isinstance(default, StrEnum):
        return " or ".join(member.value for member in type(default))
    return "a whole number" if isinstance(default, int) else "a number"
