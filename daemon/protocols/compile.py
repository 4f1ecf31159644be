"""A valid protocol compiled into a plan: exact fractions inside, Decimals of 28 digits out."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from decimal import Context, Decimal
from enum import Enum
from fractions import Fraction

from daemon import exact_json
from daemon.protocols.case import Case, flows
from daemon.protocols.compile_patient import patient_rules_of
from daemon.protocols.exposure import PatientSide, patient_side
from daemon.protocols.plan import Finding, Plan, Solution, Step
from daemon.protocols.rules import (
    Ceilings,
    CheckingRule,
    GapRule,
    GapRules,
    GateRule,
    LimitRule,
    ResumeRule,
    Rules,
    SignalRule,
    StretchRule,
)
from daemon.protocols.schema import ProtocolIn, ResumeIn

_EXACT = Context(prec=28)


def compile_plan(protocol: ProtocolIn, case: Case, findings: Sequence[Finding]) -> Plan | None:
    """The plan, or None while an amount or a volume of it cannot be known."""
    found = flows(case)
    target = case.parts.target_dose
    if (
        found is None
        or case.measures.by_hand
        or target is None
        or any(bag.id not in case.measures.amounts for bag in protocol.solutions)
    ):
        return None
    plan = Plan(
        protocol_id=protocol.id,
        title=protocol.title,
        drug=protocol.drug,
        source=_source(protocol),
        dose_unit=protocol.dose_unit,
        target_dose=target,
        solutions=_solutions(protocol, case),
        steps=_steps(protocol, case, patient_side(found)),
        rules=rules_of(protocol),
        findings=tuple(findings),
        sha256="",
        ordered_by=protocol.ordered_by,
        route=protocol.route,
        exposure_accepted_by=protocol.exposure_accepted_by or "",
    )
    return dataclasses.replace(plan, sha256=content_hash(plan))


def content_hash(plan: Plan) -> str:
    """SHA-256 over the canonical JSON of everything but the findings, which explain, and the hash."""
    content = plain_data(dataclasses.replace(plan, findings=(), sha256=""))
    return hashlib.sha256(exact_json.dumps(content, sort_keys=True).encode()).hexdigest()


def decimal(number: Fraction) -> Decimal:
    """The fraction as a Decimal, exact if it ends within 28 digits, else rounded half to even."""
    return _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))


def rules_of(protocol: ProtocolIn) -> Rules:
    """The rules exactly as ordered."""
    return Rules(
        grade_scale=protocol.grade_scale,
        signals=tuple(
            SignalRule(rule.signal, rule.fresh_s, rule.missing_hold_s, rule.baseline)
            for rule in protocol.signals
        ),
        limits=tuple(
            LimitRule(rule.signal, rule.kind, rule.value, rule.for_s, rule.grade) for rule in protocol.limits
        ),
        gate=GateRule(protocol.gate.when_closed, protocol.gate.dwell_max_min),
        assessment_every_min=protocol.assessment.every_min,
        resume=tuple(
            ResumeRule(
                rule.cause,
                rule.grade,
                tuple(rule.allow),
                rule.max_times or 0,
                _stretch(rule),
                tuple(rule.at_first_step or ()),
            )
            for rule in protocol.resume
        ),
        gap=GapRules(
            protocol.gap.window_min,
            tuple(GapRule(rule.from_min, rule.to_min, *rule.action) for rule in protocol.gap.rules),
            protocol.gap.proof_s,
            protocol.gap.flicker_max,
            protocol.gap.flicker_window_min,
        ),
        ceilings=Ceilings(
            protocol.ceilings.max_dose_rate_h,
            protocol.ceilings.max_total_dose,
            protocol.ceilings.max_step_up_ratio,
            protocol.ceilings.unattended_max_min,
            protocol.ceilings.link_hours,
            protocol.ceilings.first_step_max,
        ),
        after_watch_min=protocol.after_watch.minutes,
        checking=CheckingRule(
            protocol.checking.expires_min,
            protocol.checking.vitals_match_s,
            protocol.checking.patient_again_min,
            protocol.checking.wrong_codes_max,
        ),
        patient=patient_rules_of(protocol),
        reactions_per_step_max=protocol.reactions_per_step_max,
        empty_from_percent=protocol.empty.from_percent if protocol.empty is not None else None,
    )


def _stretch(rule: ResumeIn) -> StretchRule | None:
    if rule.for_minutes is None or rule.then is None:
        return None
    return StretchRule(rule.for_minutes, rule.then)


def _source(protocol: ProtocolIn) -> str:
    source = protocol.source
    doi = f"doi:{source.doi}" if source.doi else None
    return " ".join(part for part in (source.citation, doi, source.url) if part)


def _solutions(protocol: ProtocolIn, case: Case) -> tuple[Solution, ...]:
    return tuple(
        Solution(
            id=bag.id,
            label=bag.label,
            amount=decimal(case.measures.amounts[bag.id]),
            volume_ml=bag.volume_ml,
            concentration=decimal(case.measures.concentrations[bag.id]),
            dead_volume_ml=bag.line.dead_volume_ml,
            primed=bag.line.primed,
            y_site_ml=bag.line.y_site_ml,
            stable_h=bag.stable_h,
            flush=bag.flush,
            preparation=bag.preparation or "",
        )
        for bag in protocol.solutions
    )


def _steps(protocol: ProtocolIn, case: Case, side: PatientSide) -> tuple[Step, ...]:
    steps: list[Step] = []
    cumulative = elapsed = Fraction(0)
    pushed = zip(side.steps, side.flushed, strict=True)
    for written, measured, (plugs, flushed) in zip(protocol.steps, case.measures.steps, pushed, strict=True):
        if measured is None:
            raise ValueError("a step without measures")
        concentration = case.measures.concentrations[measured.solution]
        dose = measured.volume * concentration + flushed
        cumulative += dose
        elapsed += measured.minutes
        steps.append(
            Step(
                number=len(steps) + 1,
                solution=measured.solution,
                rate_ml_h=decimal(measured.rate),
                minutes=decimal(measured.minutes),
                volume_ml=decimal(measured.volume),
                dose=decimal(dose),
                cumulative=decimal(cumulative),
                dose_rate_h=decimal(measured.rate * concentration),
                elapsed_min=decimal(elapsed),
                exposure=decimal(sum((plug.dose for plug in plugs), Fraction(0))),
                until_empty=written.until == "empty",
                by_time=written.by_time,
                line_fill=written.line_fill,
            )
        )
    return tuple(steps)


def plain_data(value: object) -> object:
    """Dataclasses as mappings, enumerations as their values, tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain_data(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [plain_data(item) for item in value]
    return value
