"""The codes of the daemon in words a nurse understands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from daemon.engine.alarms import Priority
from daemon.engine.phases import Phase
from daemon.protocols.rules import ChoiceKind, GapAction, HoldCause, LimitKind
from drivers.values import Motion, PumpAlarm, Signal, Validity

SIGNALS: Mapping[str, str] = {
    Signal.HR: "heart rate",
    Signal.PULSE: "pulse",
    Signal.SPO2: "SpO2",
    Signal.NIBP_SYS: "blood pressure (systolic)",
    Signal.NIBP_DIA: "blood pressure (diastolic)",
    Signal.NIBP_MEAN: "blood pressure (mean)",
    Signal.RR: "breathing rate",
    Signal.TEMP: "temperature",
    Signal.ETCO2: "EtCO2",
    Signal.PEF: "peak flow",
}
SHORT: Mapping[str, str] = {
    Signal.HR: "HR",
    Signal.PULSE: "Pulse",
    Signal.SPO2: "SpO2",
    Signal.NIBP_SYS: "BP sys",
    Signal.NIBP_DIA: "BP dia",
    Signal.NIBP_MEAN: "BP mean",
    Signal.RR: "Resp",
    Signal.TEMP: "Temp",
    Signal.ETCO2: "EtCO2",
    Signal.PEF: "PEF",
}
UNITS: Mapping[str, str] = {"1/min": "/min", "degC": "°C"}

PHASES: Mapping[str, str] = {
    Phase.PLANNED: "not started",
    Phase.CHECKING: "checks before the start",
    Phase.INFUSING: "infusing",
    Phase.WAITING_GATE: "drug stopped, waiting for the gate",
    Phase.AWAITING_SOLUTION: "drug stopped, waiting for the next bag",
    Phase.SWITCHING: "one pump hands over to the next",
    Phase.HELD: "drug stopped",
    Phase.OBSERVING: "pump runs and is only watched",
    Phase.MANUAL: "the pump is driven by hand",
    Phase.AFTER_WATCH: "all steps given, watching the patient",
    Phase.COMPLETED: "run completed",
    Phase.ABORTED: "run aborted",
}
CAUSES: Mapping[str, str] = {
    HoldCause.REACTION: "reaction",
    HoldCause.VITALS: "vital sign beyond its limit",
    HoldCause.MONITOR_LOST: "vital sign missing",
    HoldCause.PUMP_ALARM: "pump alarm",
    HoldCause.PUMP_LOST: "pump does not answer",
    HoldCause.HAND_CHANGE: "pump changed by hand",
    HoldCause.OPERATOR: "held by a person",
    HoldCause.RESTART: "service restarted",
    HoldCause.CLOCK: "clock not believable",
    HoldCause.JOURNAL: "record cannot be written",
    HoldCause.GUARD: "refused by the guard",
}
MOTIONS: Mapping[str, str] = {
    Motion.STOPPED: "STOPPED",
    Motion.INFUSING: "INFUSING",
    Motion.KVO: "RUNNING (keep-vein-open)",
    Motion.BOLUS: "RUNNING A BOLUS",
    Motion.PROGRAM: "RUNNING A PROGRAM OF ITS OWN",
}
PUMP_ALARMS: Mapping[str, str] = {
    PumpAlarm.OCCLUSION: "line blocked",
    PumpAlarm.AIR: "air in the line",
    PumpAlarm.DOOR_OPEN: "door open",
    PumpAlarm.EMPTY: "bag empty",
    PumpAlarm.NEAR_EMPTY: "bag nearly empty",
    PumpAlarm.SYRINGE: "syringe not seated",
    PumpAlarm.DRIP: "drip sensor",
    PumpAlarm.BATTERY_EMPTY: "battery empty",
    PumpAlarm.BATTERY_LOW: "battery low",
    PumpAlarm.RATE_INVALID: "rate not possible",
    PumpAlarm.REMINDER: "reminder",
    PumpAlarm.STANDBY_END: "standby over",
    PumpAlarm.LIMIT_REACHED: "volume limit reached",
    PumpAlarm.TIME_END: "time over",
    PumpAlarm.LINK_TIMEOUT: "no word from this program",
    PumpAlarm.KVO_END: "keep-vein-open over",
    PumpAlarm.KVO_RUNNING: "keep-vein-open running",
    PumpAlarm.LOCAL_KEY: "key pressed at the pump",
    PumpAlarm.PRESSURE_LOW: "pressure low",
    PumpAlarm.PCA_BUTTON: "patient's button pressed",
    PumpAlarm.PCA_LIMIT: "patient's button limit",
    PumpAlarm.REMOVED: "taken out of its rack",
    PumpAlarm.POWER_RESET: "power was off",
    PumpAlarm.PROGRAM_FAULT: "fault in the pump's program",
    PumpAlarm.UNKNOWN: "an alarm this program does not know",
}
VALIDITIES: Mapping[str, str] = {
    Validity.VALID: "",
    Validity.NOT_PRESENT: "not connected",
    Validity.INACTIVE: "off or sensor off",
    Validity.INVALID: "not usable",
    Validity.QUESTIONABLE: "QUESTIONABLE",
    Validity.OUT_OF_RANGE: "out of range",
    Validity.IMPLAUSIBLE: "not plausible",
    Validity.OTHER_PATIENT: "OF ANOTHER PATIENT",
}
_SIGNAL_REASONS: Mapping[str, str] = {
    "missing": "has not been measured",
    "stale": "is too old: measure again",
    "limit": "is on or beyond its limit",
    Validity.NOT_PRESENT: "is not connected",
    Validity.INACTIVE: "is off or its sensor is off",
    Validity.INVALID: "is not usable",
    Validity.QUESTIONABLE: "is questionable",
    Validity.OUT_OF_RANGE: "is out of range",
    Validity.IMPLAUSIBLE: "is not plausible",
    Validity.OTHER_PATIENT: "is that of another patient",
}
_REASONS: Mapping[str, str] = {
    "assessment:overdue": "the assessment is overdue (infusiond confirm assessment --by NAME)",
    "pump:silent": "the pump does not answer",
    "pump:not_remote": "the pump is not in remote mode",
    "pump:stop_not_confirmed": "STOP is not confirmed",
    "other_pump:silent": "another pump of this bed does not answer",
    "other_pump:not_remote": "another pump of this bed is not in remote mode",
    "other_pump:stop_not_confirmed": "STOP is not confirmed at another pump of this bed",
    "other_pump:moving": "another pump of this bed is not yet proven to stand",
    "journal:broken": "the record cannot be written",
    "patient:unconfirmed": "the patient must be matched again (confirm patient)",
    "vitals:unconfirmed": "a monitor was replaced: compare pulse and SpO2 with it (confirm vitals)",
    "sound:lost": "nothing at the bed can make a sound",
    "exposure": "the line is not primed and would give the patient more than ordered: prime it",
    "bag:expired": "the bag may no longer be used",
    "line:stronger": "the line still holds a stronger drug: replace or clear it (confirm line)",
    "volume:differs": "the pump's counter and rate x time disagree",
    "volume:unsettled": "the step's volume is not settled (infusiond settle)",
}
CHOICES: Mapping[str, str] = {
    ChoiceKind.REST_OF_STEP: "rest of {step}",
    ChoiceKind.SAME_STEP: "all of {step}",
    ChoiceKind.FRACTION: "in {step}",
    ChoiceKind.BACK: "to step {step}",
    ChoiceKind.START_OVER: "to step {step}",
}
_GAP_ACTIONS: Mapping[str, str] = {
    GapAction.CONTINUE: "go on",
    GapAction.START_OVER: "start over",
    GapAction.ABANDON: "abandon the run",
}
MARKS: Mapping[str, str] = {Priority.HIGH: "!!! HIGH", Priority.MEDIUM: "!! MEDIUM", Priority.LOW: "! LOW"}
"""Priority without colour."""

_LIMITS: Mapping[str, str] = {
    LimitKind.BELOW: "{value} or below",
    LimitKind.ABOVE: "{value} or above",
    LimitKind.FALL_PERCENT: "{value} % or more under baseline, which is {limit}",
    LimitKind.RISE_PERCENT: "{value} % or more over baseline, which is {limit}",
    LimitKind.FALL_BY: "{value} or more under baseline, which is {limit}",
    LimitKind.RISE_BY: "{value} or more over baseline, which is {limit}",
}
_LIMIT = re.compile(rf"\blimit ({'|'.join(_LIMITS)}) (\S+) \(= ([^\s)]+)\)")
_MISSING = re.compile(r"\bmissing \((\w+)\) for")
_RULE = re.compile(r" \(F\d+\)")
_CODE = re.compile(r"\b([a-z][a-z0-9_]*):([a-z][a-z0-9_]*)\b")
_SIGNAL = re.compile(rf"\b({'|'.join(sorted(SIGNALS, key=len, reverse=True))})\b")


def reason(code: str) -> str:
    """A gate code in words; a code that is not known is shown as it is, never left out."""
    if code in _REASONS:
        return _REASONS[code]
    source, _, what = code.partition(":")
    if source in SIGNALS and what in _SIGNAL_REASONS:
        return f"{SIGNALS[source]} {_SIGNAL_REASONS[what]}"
    if source == "pump" and what in PUMP_ALARMS:
        return f"pump alarm: {PUMP_ALARMS[what]}"
    if source == "next_pump" and what in PUMP_ALARMS:
        return f"alarm of the pump that is next: {PUMP_ALARMS[what]}"
    if source in CAUSES:
        return f"{CAUSES[source]} ({what})"
    return code


def in_words(text: str) -> str:
    """A sentence of the daemon with the codes and signal names in it put into words, without rule numbers."""
    text = _RULE.sub("", text)
    text = _LIMIT.sub(
        lambda found: f"limit: {_LIMITS[found[1]].format(value=found[2], limit=found[3])}", text
    )
    text = _MISSING.sub(lambda found: f"missing ({VALIDITIES.get(found[1]) or 'no new value'}) for", text)
    told = _CODE.sub(lambda found: reason(found[0]), text)
    return _SIGNAL.sub(lambda found: SIGNALS[found[0]], told)


def gap_action(code: str) -> str:
    """`back=2` in words."""
    word, _, steps = code.partition("=")
    if word == GapAction.BACK:
        return f"go back {steps} step{'' if steps == '1' else 's'}"
    return _GAP_ACTIONS.get(word, code)


def choice(code: str, step: int) -> str:
    """A resume choice in words, with the step it goes to."""
    return CHOICES.get(code.partition("=")[0], code).format(step=step)
