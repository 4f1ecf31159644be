"""Checks of what is ordered about the patient: severe reactions, cuff, values by hand (F22, F31, F32)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from daemon.exact_json import plain
from daemon.protocols.case import Case
from daemon.protocols.faults import Fault
from daemon.protocols.parse import Raw, read, read_list
from daemon.protocols.rules import ChoiceKind, Grade, HoldCause
from daemon.protocols.schema_patient import CuffIn, ManualVitalIn
from drivers.values import MONITORED, Signal

OTHER_PULSES = frozenset({Signal.HR})
"""Pulses that do not come from the SpO2 probe."""


def patient_faults(case: Case, data: Raw) -> Iterator[Fault]:
    """Every fault of them that needs more than one key to see."""
    yield from _severe(case, data)
    yield from _cuff(case, data)
    yield from _by_hand(case, data)
    yield from _only_by_hand(case, data)


def _severe(case: Case, data: Raw) -> Iterator[Fault]:
    """Severe is never resumed, unless the prescriber says so by name (F22)."""
    rules = data.get("resume")
    resumed = [
        index for index, rule in enumerate(rules if isinstance(rules, list) else ()) if _resumes_severe(rule)
    ]
    lifted, prescriber = data.get("resume_after_severe"), data.get("ordered_by")
    if lifted is None:
        for index in resumed:
            yield case.fault(
                f"resume[{index}].allow",
                "",
                "after a severe reaction the run is never resumed (F22)",
                'write allow = ["never"]; only the prescriber lifts this, by resume_after_severe = "NAME"',
                "severe_never",
            )
    elif lifted != prescriber:
        yield case.fault(
            "resume_after_severe",
            f'"{lifted}"',
            f'only "{prescriber}", who orders this protocol, may allow a resume after a severe one (F22)',
            f'write resume_after_severe = "{prescriber}", or leave it out',
            "not_the_prescriber",
        )
    elif not resumed:
        yield case.fault(
            "resume_after_severe",
            f'"{lifted}"',
            "no rule allows anything after a severe reaction",
            "leave resume_after_severe out",
            "unused",
        )


def _resumes_severe(rule: object) -> bool:
    if not isinstance(rule, Mapping):
        return False
    severe = rule.get("cause") == HoldCause.REACTION and rule.get("grade") == Grade.SEVERE
    return severe and rule.get("allow") != [ChoiceKind.NEVER.value]


def _watched(case: Case) -> set[Signal] | None:
    """The signals the file watches; None while one of its blocks cannot be read."""
    if None in case.parts.signals:
        return None
    return {rule.signal for rule in case.parts.signals if rule is not None}


def _cuff(case: Case, data: Raw) -> Iterator[Fault]:
    cuff, watched = read(CuffIn, data.get("cuff")), _watched(case)
    for index, signal in enumerate(cuff.other_pulse if cuff is not None else ()):
        key, value = f"cuff.other_pulse[{index}]", f'"{signal}"'
        if signal not in OTHER_PULSES:
            yield case.fault(
                key,
                value,
                "this shows no pulse of its own while the cuff holds the SpO2 probe's arm (F31)",
                "write some of: " + ", ".join(sorted(OTHER_PULSES)) + "; or other_pulse = []",
                "no_other_pulse",
            )
        elif watched is not None and signal not in watched:
            yield case.fault(
                key,
                value,
                "how fresh this signal has to be is not ordered",
                f'add a [[signals]] block for "{signal}", or leave it out',
                "signal_unwatched",
            )


def ages_by_hand(data: Raw) -> Mapping[Signal, Decimal]:
    """The signals that may be entered by hand, and for how many minutes such a value counts."""
    rules = read_list(ManualVitalIn, data, "manual_vitals")
    return {rule.signal: rule.max_age_min for rule in rules if rule is not None}


def _only_by_hand(case: Case, data: Raw) -> Iterator[Fault]:
    """A signal no monitor gives: a hand may, and the gate lives with values as old as a hand's (F32)."""
    ages, readable = ages_by_hand(data), None not in read_list(ManualVitalIn, data, "manual_vitals")
    for index, rule in enumerate(case.parts.signals):
        if rule is None or rule.signal in MONITORED:
            continue
        if rule.signal not in ages and readable:
            yield case.fault(
                f"signals[{index}].signal",
                f'"{rule.signal}"',
                "no monitor gives this signal, and it may not be entered by hand",
                f'add a [[manual_vitals]] block for "{rule.signal}", or leave the signal out',
                "signal_without_source",
            )
        elif rule.signal in ages and rule.fresh_s < 60 * ages[rule.signal]:
            yield case.fault(
                f"signals[{index}].fresh_s",
                plain(rule.fresh_s),
                f"{rule.signal} comes from a hand only, and counts for "
                f"{plain(ages[rule.signal])} min by its [[manual_vitals]] block: no hand measures so often",
                f"write fresh_s = {plain(60 * ages[rule.signal])}, or change max_age_min",
                "stale_by_nature",
            )


def _by_hand(case: Case, data: Raw) -> Iterator[Fault]:
    rules, watched = read_list(ManualVitalIn, data, "manual_vitals"), _watched(case)
    counts = Counter(rule.signal for rule in rules if rule is not None)
    for index, rule in enumerate(rules):
        if rule is None:
            continue
        key, value = f"manual_vitals[{index}].signal", f'"{rule.signal}"'
        if counts[rule.signal] > 1:
            counts[rule.signal] = 0
            yield case.fault(
                key,
                value,
                "this signal has more than one block",
                "keep one [[manual_vitals]] block for each signal",
                "double",
            )
        if watched is not None and rule.signal not in watched:
            yield case.fault(
                key,
                value,
                "a value of a signal that is not watched opens no gate",
                f'add a [[signals]] block for "{rule.signal}", or leave it out',
                "signal_unwatched",
            )
