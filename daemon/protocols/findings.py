"""What a person must know about a plan that is allowed: discarded drug, corrections, lines, rounding."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from daemon.exact_json import plain
from daemon.protocols.blanks import BLANK
from daemon.protocols.case import Case, flows, infusions, short
from daemon.protocols.dose_checks import exposure_breaks
from daemon.protocols.exposure import PatientSide, patient_side
from daemon.protocols.faults import Fault
from daemon.protocols.plan import Finding, Severity
from daemon.protocols.schema import ProtocolIn
from daemon.protocols.schema_by_hand import ByHandIn


def findings_of(protocol: ProtocolIn | ByHandIn, case: Case) -> Iterator[Finding]:
    """Notes and warnings, in the order of the file."""
    yield from _bags(protocol, case)
    yield from _lines(protocol, case)
    yield from _steps(protocol, case)
    yield from _exposure(protocol, case)
    yield from _endless(case)


def as_findings(faults: tuple[Fault, ...]) -> tuple[Finding, ...]:
    """Faults in the form of findings, for the sheet of a refused plan."""
    return tuple(
        Finding(Severity.ERROR, fault.code, fault.key, f"{_given(fault)}{fault.problem}; {fault.remedy}")
        for fault in sorted(faults, key=lambda fault: fault.code == BLANK)
    )


def _given(fault: Fault) -> str:
    return f"{fault.value}: " if fault.value else ""


def _note(code: str, where: str, message: str) -> Finding:
    return Finding(Severity.NOTE, code, where, message)


def _bags(protocol: ProtocolIn | ByHandIn, case: Case) -> Iterator[Finding]:
    unit = protocol.dose_unit
    for index, bag in enumerate(protocol.solutions):
        concentration = None if bag.flush else case.measures.concentrations.get(bag.id)
        if concentration is None or bag.volume_ml is None:
            continue
        if bag.corrected and case.parts.target_dose is not None:
            exact, made = case.measures.unrounded[bag.id], case.measures.amounts[bag.id]
            rounded = "" if exact == made else f", made as {short(made)}"
            yield _note(
                "last_bag_corrected",
                f"solutions[{index}].corrected",
                f"{bag.id} holds the target less what the bags before it give: "
                f"{plain(case.parts.target_dose)} - {short(Fraction(case.parts.target_dose) - exact)} "
                f"= {short(exact)} {unit}{rounded}",
            )
        left = Fraction(bag.volume_ml) - _drawn(case, bag.id)
        if left > 0:
            yield _note(
                "discarded",
                f"solutions[{index}]",
                f"{short(left)} of {plain(bag.volume_ml)} mL of {bag.id} are not given and are discarded "
                f"({short(left * concentration)} {unit})",
            )


def _drawn(case: Case, bag: str) -> Fraction:
    """What the steps take from a bag, in mL."""
    infused = [step.volume for step in case.measures.steps if step is not None and step.solution == bag]
    by_hand = [dose.volume for dose in case.measures.by_hand.values() if dose.solution == bag]
    return sum(infused, Fraction(0)) + sum((one for one in by_hand if one is not None), Fraction(0))


def _lines(protocol: ProtocolIn | ByHandIn, case: Case) -> Iterator[Finding]:
    for index, bag in enumerate(protocol.solutions):
        concentration = case.measures.concentrations.get(bag.id)
        line = bag.line
        if concentration is None or line is None or not line.dead_volume_ml or bag.volume_ml is None:
            continue
        volume = plain(line.dead_volume_ml)
        held = f"{short(Fraction(line.dead_volume_ml) * concentration)} {protocol.dose_unit}"
        where = f"solutions[{index}].line"
        short_of = bag.volume_ml < _drawn(case, bag.id) + Fraction(line.dead_volume_ml)
        if line.primed and short_of:
            yield Finding(
                Severity.WARNING,
                "priming_on_top",
                where,
                f"priming the line of {bag.id} takes {volume} mL ({held}) on top of the "
                f"{plain(bag.volume_ml)} mL planned, of the same concentration; "
                "the line keeps as much at the end",
            )
        elif line.primed:
            yield _note(
                "priming", where, f"priming the line of {bag.id} takes {volume} mL ({held}) of the bag"
            )


def _steps(protocol: ProtocolIn | ByHandIn, case: Case) -> Iterator[Finding]:
    for index, (step, measured) in enumerate(zip(protocol.steps, case.measures.steps, strict=True)):
        if step.until is not None and measured is not None:
            how = f"runs {measured.solution} empty" if step.until == "empty" else "stops at the target dose"
            yield _note(
                f"until_{step.until}",
                f"steps[{index}].until",
                f"step {index + 1} {how}: {short(measured.volume)} mL in {short(measured.minutes)} min",
            )
        if step.by_time:
            yield Finding(
                Severity.WARNING,
                "by_time",
                f"steps[{index}].by_time",
                f"step {index + 1} is judged by time: its dose is known to one counter unit of the pump only",
            )


def _exposure(protocol: ProtocolIn | ByHandIn, case: Case) -> Iterator[Finding]:
    found = flows(case)
    if not found:
        return
    side = patient_side(found)
    if any(not flow.concentration for flow in found):
        yield _flush(protocol, side)
    drugs = [flow for flow in found if flow.concentration]
    if all((flow.primed or not flow.dead_volume) and not flow.shared for flow in drugs):
        return
    kept = side.kept
    yield Finding(
        Severity.WARNING,
        "dead_volume",
        "solutions",
        "lines are not primed, or share a part behind a Y-site: "
        "a new bag reaches the patient only after the dead volume; "
        f"{short(kept)} {protocol.dose_unit} stay in the line at the end",
    )
    ceilings, places = protocol.ceilings, infusions(case)
    for index, problem in exposure_breaks(found, ceilings.max_step_up_ratio, ceilings.max_dose_rate_h):
        yield Finding(
            Severity.WARNING,
            "exposure_accepted",
            f"steps[{places[index]}]",
            f"in step {places[index] + 1} {problem}; accepted by {protocol.exposure_accepted_by}",
        )


def _flush(protocol: ProtocolIn | ByHandIn, side: PatientSide) -> Finding:
    uncounted, unit = short(sum(side.flushed, Fraction(0))), protocol.dose_unit
    return _note(
        "flush",
        "steps",
        f"after the last drug the line is flushed to the patient: {uncounted} {unit} of what it gives "
        f"were primed into the line and count on top; {short(side.kept)} {unit} stay in it",
    )


def _endless(case: Case) -> Iterator[Finding]:
    values = list(case.measures.concentrations.values())
    values += [step.minutes for step in case.measures.steps if step is not None]
    if any(not _ends(value) for value in values):
        yield _note(
            "rounding",
            "steps",
            "some values have no end as decimals; they are computed exactly and rounded once, to 28 digits",
        )


def _ends(value: Fraction) -> bool:
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1
