"""From a protocol file to a plan, or to every fault of the file at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from daemon.protocols.compile import compile_plan
from daemon.protocols.device_checks import carrier_faults, monitor_faults, pump_faults
from daemon.protocols.dose_checks import Case, dose_faults
from daemon.protocols.explain import validation_faults
from daemon.protocols.faults import Fault
from daemon.protocols.findings import findings_of
from daemon.protocols.line_checks import line_faults
from daemon.protocols.measure import measure
from daemon.protocols.occlusion_findings import smaller_than_occlusion
from daemon.protocols.parse import Raw, parts
from daemon.protocols.patient_checks import patient_faults
from daemon.protocols.plan import Plan
from daemon.protocols.rule_checks import rule_faults
from daemon.protocols.schema import ProtocolIn
from daemon.protocols.toml_text import TomlFile, read_toml
from drivers.values import MonitorCapabilities, PumpCapabilities


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the protocol is to run on; None = not known, not checked.

    `monitors` carry the signals the bed file takes from each, `carried` the solutions of its pumps.
    """

    pump: PumpCapabilities | None = None
    monitors: Sequence[MonitorCapabilities] | None = None
    carried: Collection[str] | None = None
    occlusion_ml: Decimal | None = None
    """What pump and set store before an occlusion alarms (F14)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """All faults of a file, and its numbers if they add up; with faults it is read, never run."""

    plan: Plan | None
    faults: tuple[Fault, ...]


def load_protocol(
    path: Path,
    *,
    pump: PumpCapabilities | None,
    target_dose: Decimal | None = None,
    monitors: Sequence[MonitorCapabilities] | None = None,
    carried: Collection[str] | None = None,
    occlusion_ml: Decimal | None = None,
) -> Plan | list[Fault]:
    """The plan of a file, for another target if given, or all its faults. Never raises for a bad file."""
    equipment = Equipment(pump, monitors, carried, occlusion_ml)
    draft = draft_protocol(read_toml(path), str(path), equipment, target_dose)
    if draft.faults or draft.plan is None:
        return list(draft.faults)
    return draft.plan


def draft_protocol(
    toml: TomlFile, file: str, equipment: Equipment, target_dose: Decimal | None = None
) -> Draft:
    """Check a file that has been read; `target_dose` replaces the file's."""
    if toml.data is None:
        return Draft(None, toml.faults)
    faults = (*toml.faults, *validation_faults(file, ProtocolIn, toml.data))
    read = parts(toml.data, target_dose)
    case = Case(file, read, measure(read))
    protocol = _protocol(toml.data)
    faults += tuple(_checks(case, equipment))
    faults += tuple(_acceptance(case, toml.data))
    faults += tuple(line_faults(case, toml.data))
    faults += tuple(patient_faults(case, toml.data))
    findings = () if protocol is None else tuple(findings_of(protocol, case))
    findings += tuple(smaller_than_occlusion(case.measures.steps, equipment.occlusion_ml))
    plan = None if protocol is None or toml.faults else compile_plan(protocol, case, findings)
    if plan is None and not faults:
        raise AssertionError(f"{file}: neither a plan nor a fault")
    return Draft(plan, faults)


def _checks(case: Case, equipment: Equipment) -> Iterator[Fault]:
    yield from dose_faults(case)
    yield from rule_faults(case)
    if equipment.pump is not None:
        yield from pump_faults(case, equipment.pump)
    if equipment.monitors is not None:
        yield from monitor_faults(case, equipment.monitors)
    if equipment.carried is not None:
        yield from carrier_faults(case, equipment.carried)


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


def _protocol(data: Raw) -> ProtocolIn | None:
    try:
        return ProtocolIn.model_validate(data)
    except ValidationError:
        return None
