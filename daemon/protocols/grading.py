"""From symptoms to a grade, by a published scale whose name holds its version (F22)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from daemon.protocols.rules import Grade

_BROWN_2004: Mapping[str, Grade] = {
    "erythema": Grade.MILD,
    "urticaria": Grade.MILD,
    "angioedema": Grade.MILD,
    "dyspnoea": Grade.MODERATE,
    "stridor": Grade.MODERATE,
    "wheeze": Grade.MODERATE,
    "chest-tightness": Grade.MODERATE,
    "throat-tightness": Grade.MODERATE,
    "nausea": Grade.MODERATE,
    "vomiting": Grade.MODERATE,
    "abdominal-pain": Grade.MODERATE,
    "diaphoresis": Grade.MODERATE,
    "presyncope": Grade.MODERATE,
    "cyanosis": Grade.SEVERE,
    "spo2-92-or-less": Grade.SEVERE,
    "hypotension": Grade.SEVERE,
    "confusion": Grade.SEVERE,
    "collapse": Grade.SEVERE,
    "unconsciousness": Grade.SEVERE,
    "incontinence": Grade.SEVERE,
}
"""Brown SGA. J Allergy Clin Immunol 2004;114:371-376. Skin and subcutaneous tissue only is mild; features of
airway, gut or circulation are moderate; hypoxia, hypotension (systolic below 90 mmHg in adults) or neurologic
compromise is severe."""

SCALES: Mapping[str, Mapping[str, Grade]] = {"brown-2004": _BROWN_2004}
"""Scale and version -> symptom -> grade. A symptom that is not here is entered as text, with a grade."""


def spelt(symptom: str) -> str:
    """A symptom as a person types it, in the spelling of the scales."""
    return "-".join(symptom.casefold().replace("_", " ").replace("-", " ").split())


def unknown(scale: str, symptoms: Collection[str]) -> tuple[str, ...]:
    """Those of the symptoms that the scale does not know, as they were typed."""
    return tuple(symptom for symptom in symptoms if spelt(symptom) not in SCALES[scale])


def graded(scale: str, symptoms: Collection[str], tapped: Grade | None, *, epinephrine: bool) -> Grade | None:
    """The higher of the tapped grade and that of the symptoms; epinephrine makes it severe.

    None where nothing was said; KeyError for a symptom the scale does not know.
    """
    grades = [SCALES[scale][spelt(symptom)] for symptom in symptoms]
    if tapped is not None:
        grades.append(tapped)
    if epinephrine:
        grades.append(Grade.SEVERE)
    return max(grades, key=lambda grade: grade.rank, default=None)
