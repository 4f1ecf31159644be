"""From a protocol file to a plan, or to every fault of the file at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from daemon.protocols.bag_checks import bag_faults
from daemon.protocols.by_hand import PUMP_KEYS, by_hand_faults, is_driven, not_driven
from daemon.protocols.case import Case
from daemon.protocols.compile import compile_plan
from daemon.protocols.device_checks import (
    Carrier,
    carrier_faults,
    monitor_faults,
    pump_faults,
)
from daemon.protocols.dose_checks import dose_faults
from daemon.protocols.explain import validation_faults
from daemon.protocols.faults import Fault
from daemon.protocols.findings import findings_of
from daemon.protocols.hand_findings import by_hand_alone
from daemon.protocols.ladder_findings import ladder_findings
from daemon.protocols.line_checks import empty_faults, line_faults
from daemon.protocols.measure import measure
from daemon.protocols.occlusion_findings import smaller_than_occlusion
from daemon.protocols.parse import Raw, parts
from daemon.protocols.patient_checks import ages_by_hand, patient_faults
from daemon.protocols.plan import Finding, Plan
from daemon.protocols.rule_checks import rule_faults
from daemon.protocols.schema import ProtocolIn
from daemon.protocols.schema_by_hand import ByHandIn
from daemon.protocols.several_pumps import several_pumps_faults
from daemon.protocols.sheet import Sheet
from daemon.protocols.sheet_of import sheet_of
from daemon.protocols.target import FRACTION, Asked, with_target
from daemon.protocols.toml_text import TomlFile, read_toml
from drivers.values import MonitorCapabilities, PumpCapabilities

Whole = TypeVar("Whole", bound=BaseModel)
AS_THE_FILE_SAYS = Asked()


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the protocol is to run on; None = not known, not checked.

    `monitors` carry the signals the bed file takes from each, `carriers` say which pump gives which solution.
    """

    pump: PumpCapabilities | None = None
    """Of solutions that no carrier is known for."""
    monitors: Sequence[MonitorCapabilities] | None = None
    carriers: Mapping[str, Carrier] | None = None
    by_hand: bool = False
    """A person sets the pump: it need take no command (F27)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """All faults of a file, and its numbers if they add up; with faults it is read, never run."""

    plan: Plan | None
    faults: tuple[Fault, ...]
    sheet: Sheet | None = None
    """Its numbers; also with faults elsewhere, and of files that no pump drives."""
    findings: tuple[Finding, ...] = ()


def load_protocol(
    path: Path,
    *,
    pump: PumpCapabilities | None,
    target_dose: Decimal | None = None,
    asked: Asked | None = None,
    monitors: Sequence[MonitorCapabilities] | None = None,
    carriers: Mapping[str, Carrier] | None = None,
) -> Plan | list[Fault]:
    """The plan of a file to be run, for another target if asked, or all its faults. Never raises."""
    equipment = Equipment(pump, monitors, carriers)
    file = str(path)
    return plan_of(draft_protocol(read_toml(path), file, equipment, asked or Asked(target_dose)), file)


def plan_of(draft: Draft, file: str) -> Plan | list[Fault]:
    """What a pump may be driven by, or everything that stands against it."""
    faults = [*draft.faults, *for_a_run(draft, file)]
    return faults if faults or draft.plan is None else draft.plan


def for_a_run(draft: Draft, file: str) -> Iterator[Fault]:
    """What keeps a file that may be printed from being run by a pump."""
    if draft.sheet is not None and not draft.sheet.driven:
        yield not_driven(file)
    elif draft.plan is not None and draft.plan.dose_unit == FRACTION:
        problem, remedy = "a run needs its dose in a unit", "give target_dose and dose_unit in the bed file"
        yield Fault(file, "dose_unit", f'"{FRACTION}"', problem, remedy, "no_unit")


def draft_protocol(toml: TomlFile, file: str, equipment: Equipment, asked: Asked = AS_THE_FILE_SAYS) -> Draft:
    """Check a file that has been read, for the dose that is asked for."""
    if toml.data is None:
        return Draft(None, toml.faults)
    target = with_target(file, toml.data, asked)
    data = target.data
    driven = is_driven(data)
    said = validation_faults(file, ProtocolIn if driven else ByHandIn, data, but=() if driven else PUMP_KEYS)
    told = (fault for fault in said if target.known or fault.key != "target_dose")
    read = parts(data, driven=driven)
    case = Case(file, read, measure(read))
    faults = (*toml.faults, *target.faults, *told, *bag_faults(case))
    faults += tuple(_acceptance(case, data))
    faults += tuple(_driven_faults(case, data, equipment) if driven else by_hand_faults(case, data))
    protocol = _valid(ProtocolIn, data) if driven else None
    whole = protocol if driven else _valid(ByHandIn, data)
    findings = target.findings + (() if whole is None else tuple(findings_of(whole, case)))
    findings += tuple(smaller_than_occlusion(case.measures.steps, equipment.carriers or {}))
    findings += tuple(by_hand_alone(case, data, equipment.monitors)) if driven else ()
    plan = None if protocol is None or toml.faults else compile_plan(protocol, case, findings)
    by_hand = whole if isinstance(whole, ByHandIn) else None
    sheet = sheet_of(case, data, plan, by_hand, driven=driven)
    if sheet is not None:
        findings += tuple(ladder_findings(case, sheet, equipment.pump))
    if plan is not None:
        plan = dataclasses.replace(plan, findings=findings)
    if plan is None and not faults and (driven or sheet is None):
        raise AssertionError(f"{file}: neither a plan nor a fault")
    return Draft(plan, faults, sheet, findings)


def _driven_faults(case: Case, data: Raw, equipment: Equipment) -> Iterator[Fault]:
    yield from _by_hand_among(case)
    yield from _checks(case, data, equipment)
    yield from line_faults(case)
    yield from empty_faults(case, data)
    yield from patient_faults(case, data)


def _by_hand_among(case: Case) -> Iterator[Fault]:
    for index, step in enumerate(case.parts.steps):
        if step is not None and not step.infused:
            problem, remedy = "this key is missing", "add it: the rate in mL/h"
            yield case.fault(f"steps[{index}].rate_ml_h", "", problem, remedy, "missing")


def _checks(case: Case, data: Raw, equipment: Equipment) -> Iterator[Fault]:
    yield from dose_faults(case)
    yield from rule_faults(case)
    if equipment.pump is not None:
        carriers = equipment.carriers or {}
        yield from pump_faults(case, equipment.pump, carriers, by_hand=equipment.by_hand)
    if equipment.monitors is not None:
        yield from monitor_faults(case, equipment.monitors, ages_by_hand(data))
    if equipment.carriers is not None:
        yield from carrier_faults(case, equipment.carriers)
        yield from several_pumps_faults(case, equipment.carriers)


def _acceptance(case: Case, data: Raw) -> Iterator[Fault]:
    if data.get("exposure") == "accepted" and "exposure_accepted_by" not in data:
        yield case.fault(
            "exposure_accepted_by",
            "",
            "nobody accepts the exposure by name (F39)",
            'add exposure_accepted_by = "NAME", or leave exposure out',
            "missing",
        )
    if "exposure_accepted_by" in data and "exposure" not in data:
        yield case.fault(
            "exposure",
            "",
            "a name accepts something that is not said",
            'add exposure = "accepted", or leave exposure_accepted_by out',
            "missing",
        )


def _valid(model: type[Whole], data: Raw) -> Whole | None:
    try:
        return model.model_validate(data)
    except ValidationError:
        return None
