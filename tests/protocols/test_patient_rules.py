"""What a file orders about reactions, cuff, sources and values by hand: each refusal, and the grade scale."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.protocols.faults import Fault
from daemon.protocols.grading import SCALES, graded, spelt, unknown
from daemon.protocols.patient_rules import CuffRule
from daemon.protocols.rules import Choice, ChoiceKind, Grade, HoldCause
from drivers.values import Signal
from tests.protocols.files import CASTELLS, castells, faults, plan

SEVERE = '["never"]'
LIFTED = (
    ('allow = ["never"]', 'allow = ["back=1"]\nmax_times = 1\nat_first_step = ["never"]'),
    ('grade_scale = "brown-2004"', 'grade_scale = "brown-2004"\nresume_after_severe = "NAME"'),
)
PRESCRIBER = next(
    line.split('"')[1] for line in CASTELLS.read_text().splitlines() if line.startswith("ordered_by")
)


def only(text: str) -> Fault:
    found = faults(text)
    assert len(found) == 1, [str(fault) for fault in found]
    assert found[0].remedy
    return found[0]


def test_f22_severe_is_lifted_only_by_the_name_of_the_prescriber() -> None:
    """F22: a protocol lifts never-after-severe only by `resume_after_severe` signed by its prescriber."""
    assert only(castells(*LIFTED)).code == "not_the_prescriber"
    signed = castells(*LIFTED).replace('"NAME"', f'"{PRESCRIBER}"')
    made = plan(signed)
    assert made.rules.patient.reaction.after_severe == PRESCRIBER
    severe = next(rule for rule in made.rules.resume if rule.grade is Grade.SEVERE)
    assert severe.cause is HoldCause.REACTION
    assert severe.allow == (Choice(ChoiceKind.BACK, 1),)
    assert only(castells(LIFTED[0])).code == "severe_never"
    alone = castells(LIFTED[1]).replace('"NAME"', f'"{PRESCRIBER}"')
    assert only(alone).code == "unused"


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("reaction", "reaction.late_h"),
        ("cuff", "cuff.blank_max_s"),
        ("cuff", "cuff.other_pulse"),
        ("holds", "holds.advice_per_hour"),
        ("sources", "sources.exclude_max_min"),
    ],
)
def test_f22_f31_f32_nothing_has_a_default(section: str, key: str) -> None:
    """F22, F31, F32: a key that is not ordered refuses the file and is named."""
    name = key.partition(".")[2]
    block = next(one for one in CASTELLS.read_text().split("\n\n") if one.startswith(f"[{section}]"))
    less = "\n".join(line for line in block.splitlines() if not line.startswith(f"{name} "))
    fault = only(castells((block, less)))
    assert (fault.key, fault.code) == (key, "missing")
    gone = only(castells((block + "\n\n", "")))
    assert (gone.key, gone.code) == (section, "missing")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("late_h = 6", "late_h = 5.99", "late_too_short"),
        ("blank_max_s = 90", "blank_max_s = 90.1", "blank_too_long"),
        ("exclude_max_min = 30", "exclude_max_min = 31", "exclude_too_long"),
        ('other_pulse = ["hr"]', 'other_pulse = ["pulse"]', "no_other_pulse"),
        ('other_pulse = ["hr"]', 'other_pulse = ["spo2"]', "no_other_pulse"),
        ("advice_per_hour = 3", "advice_per_hour = 0", "greater_than_equal"),
    ],
)
def test_f22_f31_f32_bounds_of_the_literature_hold(old: str, new: str, code: str) -> None:
    """F22: at least 6 h; F31: at most 90 s, and only a pulse of another probe; F32: at most 30 min."""
    assert old in castells()
    assert code in only(castells((old, new))).code


def test_f31_f32_only_watched_signals() -> None:
    """F31, F32: freshness of another pulse and of a value by hand is judged by the signal's own rule."""
    blocks = castells().split("\n\n")
    without_hr = "\n\n".join(one for one in blocks if '"hr"' not in one or one.startswith("[cuff]"))
    assert [fault.code for fault in faults(without_hr)] == ["signal_unwatched"]
    by_hand = 'signal = "hr"\nmax_age_min = 5'
    assert only(castells((by_hand, 'signal = "etco2"\nmax_age_min = 5'))).code == "signal_unwatched"
    assert only(castells((by_hand, 'signal = "spo2"\nmax_age_min = 4'))).code == "double"


def test_f32_values_by_hand_are_optional_and_f31_a_cuff_may_excuse_nothing() -> None:
    blocks = castells().split("\n\n")
    none = "\n\n".join(one for one in blocks if not one.startswith("[[manual_vitals]]"))
    made = plan(none.replace('other_pulse = ["hr"]', "other_pulse = []"))
    assert made.rules.patient.by_hand == ()
    assert made.rules.patient.cuff == CuffRule(Decimal(90), ())
    assert plan(castells()).rules.patient.cuff.other_pulse == (Signal.HR,)


BROWN = SCALES["brown-2004"]


def test_f22_the_scale_grades_as_printed() -> None:
    """F22, Brown 2004: skin only is mild; airway or gut moderate; hypoxia, hypotension, collapse severe."""
    by_grade = {grade: {name for name, its in BROWN.items() if its is grade} for grade in Grade}
    assert by_grade[Grade.MILD] == {"erythema", "urticaria", "angioedema"}
    assert {"dyspnoea", "stridor", "wheeze", "nausea", "vomiting", "presyncope"} <= by_grade[Grade.MODERATE]
    assert {"confusion", "collapse", "unconsciousness", "incontinence"} <= by_grade[Grade.SEVERE]
    assert "hypotension" in by_grade[Grade.SEVERE]
    assert all(name == spelt(name) for name in BROWN)


@pytest.mark.parametrize("tapped", [None, *Grade])
@pytest.mark.parametrize("symptom", [None, "urticaria", "Chest_Tightness", "COLLAPSE"])
@pytest.mark.parametrize("epinephrine", [False, True])
def test_f22_the_higher_grade_holds_and_epinephrine_is_severe(
    tapped: Grade | None, symptom: str | None, epinephrine: bool
) -> None:
    """F22: understated grades: the worst of all that was said."""
    symptoms = () if symptom is None else (symptom,)
    found = graded("brown-2004", symptoms, tapped, epinephrine=epinephrine)
    if epinephrine:
        assert found is Grade.SEVERE
        return
    ranks = [BROWN[spelt(one)].rank for one in symptoms] + ([tapped.rank] if tapped else [])
    assert (found.rank if found else None) == max(ranks, default=None)


def test_f22_a_symptom_the_scale_does_not_know_is_named() -> None:
    assert unknown("brown-2004", ("urticaria", "Itch", "chest tightness")) == ("Itch",)
