"""A file compiled whole: steps, source, bags, ordered rules and the hash, each against a second reading."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path

import pytest

from daemon.protocols.compile import content_hash, decimal
from daemon.protocols.rules import Choice, ChoiceKind, Grade, HoldCause, StretchRule, Then, ThenKind
from tests.protocols.files import CONFIG, castells, draft, faults, plan

D = Decimal
RATES = ((1, "2.5 5 10 20"), (2, "5 10 20 40"), (3, "10 20 40"))
BY_HAND = {
    *("amiodarone-michigan-11-dose", "ampicillin-marquette-18-dose", "aspirin-10-step", "aspirin-6-dose"),
    *("ceftazidime-2-day-part", "glargine-2-day", "penicillin-g-19-syringe-part", "penicillin-v-14-dose"),
    "tmpsmx-6-step-part",
}
ACCEPTED = ("grade_scale =", 'exposure = "accepted"\nexposure_accepted_by = "Dr. Example"\ngrade_scale =')


def near(ours: Decimal, exact: Fraction) -> bool:
    """The nearest Decimal of 28 digits."""
    return abs(Fraction(ours) - exact) <= abs(exact) / 10**27


def test_castells_step_by_step() -> None:
    """Clin Rev Allergy Immunol 2022, table 5: 6 mg in bag 1, 60 in bag 2, what is left of 600 in bag 3."""
    made = plan(castells())
    rows = [(bag, Fraction(rate)) for bag, rates in RATES for rate in rates.split()]
    given = Fraction(0)
    for number, (bag, rate) in enumerate(rows, 1):
        strength = {1: Fraction(6, 250), 2: Fraction(60, 250)}.get(bag)
        step = made.step(number)
        strength = strength if strength is not None else Fraction(made.solution("bag-3").concentration)
        volume = rate / 4
        given += volume * strength
        assert (step.number, step.solution) == (number, f"bag-{bag}")
        assert near(step.rate_ml_h, rate)
        assert (step.minutes, step.elapsed_min) == (D(15), D(15 * number))
        assert near(step.volume_ml, volume)
        assert near(step.dose, volume * strength)
        assert near(step.cumulative, given)
        assert near(step.dose_rate_h, rate * strength)
        assert (step.by_time, step.line_fill, step.until_empty) == (False, False, False)
    assert [step.number for step in made.steps] == list(range(1, 13))
    assert made.step(12).cumulative == made.target_dose == 600
    assert near(made.step(12).dose, 600 - given)


@pytest.mark.parametrize(
    ("doi", "url", "told"),
    [
        ("10.1007/x", "https://example.org/a", "A book doi:10.1007/x https://example.org/a"),
        ("10.1007/x", None, "A book doi:10.1007/x"),
        (None, "https://example.org/a", "A book https://example.org/a"),
    ],
)
def test_the_source_is_citation_doi_and_address_as_far_as_given(
    doi: str | None, url: str | None, told: str
) -> None:
    text = castells()
    head, rest = text.split("[source]\n", 1)
    rest = rest[rest.index("\n[[solutions]]") :]
    lines = ['citation = "A book"']
    lines += [f'doi = "{doi}"'] if doi else []
    lines += [f'url = "{url}"'] if url else []
    assert plan("\n".join([head + "[source]", *lines]) + "\n" + rest).source == told


def test_what_is_not_written_is_empty_and_what_is_stands_in_the_plan() -> None:
    """Who accepted the exposure, and how a bag is made up."""
    made = plan(castells())
    assert made.exposure_accepted_by == ""
    assert [bag.preparation for bag in made.solutions] == ["", "", ""]
    written = plan(castells(ACCEPTED, ('label = "1/100"', 'label = "1/100"\npreparation = "6 mg in 250 mL"')))
    assert written.exposure_accepted_by == "Dr. Example"
    assert [bag.preparation for bag in written.solutions] == ["6 mg in 250 mL", "", ""]


def test_f2_each_resume_rule_is_as_ordered() -> None:
    """F2, F21: choices, how often, the stretch of a fraction, and what holds where nothing was tolerated."""
    found = {rule.key: rule for rule in plan(castells()).rules.resume}
    mild, moderate, severe = (found[f"reaction:{grade}"] for grade in Grade)
    half = Choice(ChoiceKind.FRACTION, 0, D("0.5"))
    same, back, never = Choice(ChoiceKind.SAME_STEP), Choice(ChoiceKind.BACK, 1), Choice(ChoiceKind.NEVER)
    assert (mild.allow, mild.max_times, mild.at_first_step) == ((same, half, back), 2, (same,))
    assert mild.stretch == StretchRule(D(30), Then(ThenKind.SAME_STEP))
    assert (moderate.allow, moderate.stretch) == ((back, Choice(ChoiceKind.BACK, 2)), None)
    assert moderate.at_first_step == (never,)
    assert (severe.allow, severe.max_times, severe.stretch, severe.at_first_step) == ((never,), 0, None, ())
    operator = found["operator"]
    assert operator.cause is HoldCause.OPERATOR
    assert operator.allow == (Choice(ChoiceKind.REST_OF_STEP), same, back)
    assert (operator.max_times, operator.grade) == (10, None)


def canonical(value: object) -> str:
    """JSON written a second time: keys in the order of the alphabet, numbers in full, nothing between."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("path", sorted((CONFIG / "protocols").glob("*.toml")), ids=lambda path: path.stem)
def test_the_hash_is_over_the_canonical_text_of_all_that_is_ordered(path: Path) -> None:
    """Not over the findings, which explain; any tool can work it out. What no pump gives has no plan."""
    made = draft(path.read_text(encoding="utf-8")).plan
    if made is None:
        assert path.stem in BY_HAND
        return
    assert path.stem not in BY_HAND
    ordered = canonical(replace(made, findings=(), sha256=""))
    assert made.sha256 == hashlib.sha256(ordered.encode()).hexdigest()
    assert content_hash(replace(made, findings=())) == made.sha256
    assert content_hash(replace(made, ordered_by="somebody else")) != made.sha256


def test_a_bag_of_a_stated_strength_holds_strength_times_volume() -> None:
    made = plan(castells(("fraction = 0.01", "concentration = 0.024")))
    assert (made.solution("bag-1").amount, made.solution("bag-1").concentration) == (D(6), D("0.024"))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("rate_ml_h = 5\n", 'rate_ml_h = "x"\n'), "steps[1].rate_ml_h"),
        (("minutes = 15\n", 'minutes = "x"\n'), "steps[0].minutes"),
    ],
)
def test_what_a_step_that_cannot_be_read_gives_is_not_guessed(change: tuple[str, str], key: str) -> None:
    """The last step ends at the target and the bag before it is corrected: neither is a second fault."""
    assert [(fault.key, fault.code) for fault in faults(castells(change))] == [(key, "not_a_number")]


def test_a_number_without_an_end_has_28_digits() -> None:
    assert decimal(Fraction(1, 3)) == D("0." + 28 * "3")
    assert decimal(Fraction(200, 3)) == D("66." + 25 * "6" + "7")
    assert decimal(Fraction(1, 8)) == D("0.125")


def test_where_one_bag_has_no_known_content_there_is_no_plan() -> None:
    """Its strength is known, and so is every step."""
    made = draft(castells(("fraction = 0.01\nvolume_ml = 250", "concentration = 0.024")))
    assert made.plan is None
    assert made.faults
