"""The rules of a plan in sentences, as they stand on the sheet that is signed."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.exact_json import plain
from daemon.protocols.plan import Plan
from daemon.protocols.rules import (
    CheckingRule,
    Choice,
    ChoiceKind,
    GapAction,
    GapRule,
    GapRules,
    GateAction,
    HoldCause,
    LimitKind,
    LimitRule,
    ResumeRule,
    SignalRule,
    ThenKind,
)
from daemon.protocols.words_patient import patient_in_words
from drivers.values import UNITS

_KINDS = {
    LimitKind.BELOW: "{value} {unit} or below",
    LimitKind.ABOVE: "{value} {unit} or above",
    LimitKind.FALL_PERCENT: "{value} % or more under baseline",
    LimitKind.RISE_PERCENT: "{value} % or more over baseline",
    LimitKind.FALL_BY: "{value} {unit} or more under baseline",
    LimitKind.RISE_BY: "{value} {unit} or more over baseline",
}
_CHOICES = {
    ChoiceKind.REST_OF_STEP: "rest of the step",
    ChoiceKind.SAME_STEP: "same step again",
    ChoiceKind.START_OVER: "start over",
    ChoiceKind.NEVER: "never",
}
_GAPS = {
    GapAction.CONTINUE: "go on",
    GapAction.START_OVER: "start over",
    GapAction.ABANDON: "abandon the run",
}


def rules_in_words(plan: Plan) -> Iterator[tuple[str, str]]:
    """Pairs of a heading and a sentence; a heading is empty where it goes on from the one before."""
    rules = plan.rules
    yield from _under("Before the start", _checking(rules.checking))
    yield from _under("Watched", [_signal(rule) for rule in rules.signals])
    yield from _under("Limits", [_limit(rule) for rule in rules.limits])
    yield "Assessment", f"by the nurse, every {plain(rules.assessment_every_min)} min"
    yield "Gate shut", _gate(plan)
    yield from _under("After a hold", [_resume(rule) for rule in rules.resume])
    yield "", _reactions(rules.reactions_per_step_max)
    yield from _under("After a gap", [_gap(rule) for rule in rules.gap.rules])
    yield from _under("", _gap_ends(rules.gap))
    yield "Ceilings", _ceilings(plan)
    yield from _under("Bags", _bags(plan))
    yield from patient_in_words(rules.patient)
    yield "After the end", f"observed for {plain(rules.after_watch_min)} min"
    yield "Grades", f"by the scale {rules.grade_scale}; epinephrine given makes any reaction severe"


def _under(heading: str, sentences: list[str]) -> Iterator[tuple[str, str]]:
    for index, sentence in enumerate(sentences):
        yield heading if index == 0 else "", sentence


def _checking(rule: CheckingRule) -> list[str]:
    again, within = plain(rule.patient_again_min), plain(rule.vitals_match_s)
    return [
        (
            f"what is confirmed counts for {plain(rule.expires_min)} min; "
            f"pulse and SpO2 are compared at the bed on values of the last {within} s"
        ),
        (
            f"the patient is matched again after a hold of {again} min; "
            f"{rule.wrong_codes_max} wrong bag codes in a row hold"
        ),
    ]


def _signal(rule: SignalRule) -> str:
    baseline = "with baseline" if rule.baseline else "without baseline"
    fresh, missing = plain(rule.fresh_s), plain(rule.missing_hold_s)
    return f"{rule.signal}: no older than {fresh} s, held when missing for {missing} s, {baseline}"


def _limit(rule: LimitRule) -> str:
    beyond = _KINDS[rule.kind].format(value=plain(rule.value), unit=UNITS[rule.signal])
    time = f"for {plain(rule.for_s)} s" if rule.for_s else "once"
    meaning = f"{rule.grade} reaction" if rule.grade else "hold"
    return f"{rule.signal} {beyond}, {time}: {meaning}"


def _gate(plan: Plan) -> str:
    gate = plan.rules.gate
    if gate.when_closed is GateAction.STOP or gate.dwell_max_min is None:
        return "when the step is full: the pump is stopped until the gate opens"
    dwell = plain(gate.dwell_max_min)
    return f"when the step is full: go on at the same rate for at most {dwell} min, then stop"


def _resume(rule: ResumeRule) -> str:
    cause = f"{rule.cause}, {rule.grade}" if rule.grade else str(rule.cause)
    if [choice.kind for choice in rule.allow] == [ChoiceKind.NEVER]:
        return f"{cause}: never"
    choices = " or ".join(_choice(choice) for choice in rule.allow)
    first = " or ".join(_choice(choice) for choice in rule.at_first_step) or "never"
    at_first = f"; in step 1: {first}" if rule.cause is HoldCause.REACTION else ""
    return f"{cause}: {choices}; at most {rule.max_times} times{_stretch(rule)}{at_first}"


def _choice(choice: Choice) -> str:
    match choice.kind:
        case ChoiceKind.BACK:
            return _back(choice.steps)
        case ChoiceKind.FRACTION:
            return f"{plain(choice.part)} of the dose per hour of the last completed step"
        case _:
            return _CHOICES[choice.kind]


def _stretch(rule: ResumeRule) -> str:
    if rule.stretch is None:
        return ""
    then = rule.stretch.then
    words = {
        ThenKind.SAME_STEP: "the same step whole",
        ThenKind.BACK: _back(then.steps),
        ThenKind.REPEAT: "again, and held after the last time",
    }
    return f"; the part runs for {plain(rule.stretch.for_minutes)} min, then {words[then.kind]}"


def _back(steps: int) -> str:
    return f"back {steps} step" + ("s" if steps > 1 else "")


def _gap(rule: GapRule) -> str:
    start = plain(rule.from_min)
    span = f"{start} to {plain(rule.to_min)} min" if rule.to_min is not None else f"{start} min or longer"
    return f"{span}: {_back(rule.steps) if rule.action is GapAction.BACK else _GAPS[rule.action]}"


def _reactions(most: int) -> str:
    times = "the first reaction" if most == 1 else f"reaction number {most}"
    return f"after {times} at one step: only back, whatever else is allowed"


def _gap_ends(gap: GapRules) -> list[str]:
    return [
        f"drug-free time is also summed over any {plain(gap.window_min)} min; the stricter rule holds",
        f"a gap ends when delivery has been proven for {plain(gap.proof_s)} s and one counter unit",
        (
            f"{gap.flicker_max} stops for one cause within {plain(gap.flicker_window_min)} min: "
            "held until two persons act"
        ),
    ]


def _ceilings(plan: Plan) -> str:
    ceilings, unit = plan.rules.ceilings, plan.dose_unit
    first = ceilings.first_step_max
    return ("" if first is None else f"step 1 at most {plain(first)} of the target; ") + (
        f"{plain(ceilings.max_dose_rate_h)} {unit}/h; {plain(ceilings.max_total_dose)} {unit} in all; "
        f"{plain(ceilings.max_step_up_ratio)} times the dose per hour from step to step; "
        f"at most {plain(ceilings.unattended_max_min)} min on one grant; "
        f"a run of the last {plain(ceilings.link_hours)} h counts into the dose in all"
    )


def _bags(plan: Plan) -> list[str]:
    percent = plan.rules.empty_from_percent
    hours = ", ".join(f"{bag.id} {plain(bag.stable_h)} h" for bag in plan.solutions)
    told = [f"may be used after making: {hours}"]
    if percent is not None:
        told.append(f"may be called empty once {plain(percent)} % of the step is in")
    return told
