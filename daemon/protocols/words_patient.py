"""The rules about the patient in sentences, as they stand on the sheet that is signed."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.exact_json import plain
from daemon.protocols.patient_rules import CuffRule, PatientRules


def patient_in_words(rules: PatientRules) -> Iterator[tuple[str, str]]:
    """Pairs of a heading and a sentence."""
    yield "Cuff", _cuff(rules.cuff)
    by_hand = [f"{rule.signal} counts for {plain(rule.max_age_min)} min" for rule in rules.by_hand]
    yield "By hand", ", ".join(by_hand) or "no vital sign may be entered by hand"
    yield (
        "Two sources",
        f"the worse counts; one may be left out for {plain(rules.exclude_max_min)} min, never the last",
    )
    yield "Advice", f"after more than {rules.advice_per_hour} holds an hour for one technical cause"
    late = plain(rules.reaction.late_h)
    yield "Reactions", f"the patient is then watched until {late} h after the last drug, or longer"
    severe = rules.reaction.after_severe
    yield "", f"severe is resumed, as ordered by {severe}" if severe else "severe is never resumed"


def _cuff(rule: CuffRule) -> str:
    if not rule.other_pulse:
        return "a pulse lost while it measures holds like any other"
    others, most = " or ".join(rule.other_pulse), plain(rule.blank_max_s)
    return (
        f"SpO2 and pulse lost while it measures shut the gate and do not hold for {most} s, "
        f"while {others} is fresh"
    )
