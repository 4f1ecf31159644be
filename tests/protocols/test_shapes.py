"""Shapes of published protocols beyond bags at rates: by size, in parts, to the target, in units per hour."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.protocols.load import Draft, Equipment, draft_protocol
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CASTELLS, PUMP, castells, draft, step

D = Decimal
BY_KG = ("target_dose = 600", "dose_per_kg = 8")
BY_M2 = ("target_dose = 600", "dose_per_m2 = 375")


def asked(text: str, ask: Asked) -> Draft:
    return draft_protocol(parse_toml("p.toml", text), "p.toml", Equipment(PUMP), ask)


def codes(made: Draft) -> list[tuple[str, str]]:
    return [(fault.key, fault.code) for fault in made.faults]


@pytest.mark.parametrize(
    ("text", "ask", "target"),
    [
        (castells(BY_KG), Asked(weight_kg=D(70)), "560"),
        (castells((BY_KG[0], "dose_per_kg = 8\nweight_kg = 70")), Asked(), "560"),
        (castells((BY_KG[0], "dose_per_kg = 8\nweight_kg = 70")), Asked(weight_kg=D(60)), "480"),
        (castells((BY_KG[0], "dose_per_kg = 8\ntarget_max = 500")), Asked(weight_kg=D(70)), "500"),
        (castells((BY_M2[0], "dose_per_m2 = 300")), Asked(surface_m2=D("1.8")), "540"),
    ],
)
def test_a_target_by_weight_or_surface(text: str, ask: Asked, target: str) -> None:
    made = asked(text, ask)
    assert not made.faults, made.faults
    assert made.plan is not None
    assert made.plan.total_dose == made.plan.target_dose == D(target)


@pytest.mark.parametrize(
    ("lines", "ask", "key", "code"),
    [
        ("dose_per_kg = 8", Asked(), "dose_per_kg", "no_size"),
        ("dose_per_m2 = 8", Asked(weight_kg=D(70)), "dose_per_m2", "no_size"),
        ("dose_per_kg = 8", Asked(weight_kg=D(7000)), "weight_kg", "no_such_size"),
        ("dose_per_m2 = 8", Asked(surface_m2=D(18)), "surface_m2", "no_such_size"),
        ("dose_per_kg = 8\ndose_per_m2 = 8", Asked(weight_kg=D(70)), "dose_per_m2", "one_target"),
        ("target_dose = 600\ndose_per_kg = 8", Asked(weight_kg=D(70)), "dose_per_kg", "one_target"),
        ("target_dose = 600\ntarget_max = 8", Asked(), "target_max", "unused"),
        ("dose_per_kg = 8\nsurface_m2 = 1.8", Asked(weight_kg=D(70)), "surface_m2", "unused"),
        ('dose_per_kg = "8"', Asked(weight_kg=D(70)), "dose_per_kg", "not_a_number"),
        ("dose_per_kg = -8", Asked(weight_kg=D(70)), "dose_per_kg", "negative"),
        ("dose_per_kg = nan", Asked(weight_kg=D(70)), "dose_per_kg", "not_finite"),
        ("dose_per_kg = 1e400", Asked(weight_kg=D(70)), "dose_per_kg", "out_of_size"),
        ('dose_per_kg = "____ mg for each kg"', Asked(weight_kg=D(70)), "dose_per_kg", "blank"),
        ("target_dose = 600", Asked(D(600), "mcg"), "dose_unit", "unit_differs"),
        ("dose_per_kg = 8", Asked(D(500), weight_kg=D(70)), "dose_per_kg", "ordered_by_size"),
        ("dose_per_kg = 8\ntarget_max = 500", Asked(D(2000)), "dose_per_kg", "ordered_by_size"),
        ("target_dose = 600", Asked(weight_kg=D(70)), "target_dose", "unused"),
        ("dose_per_kg = 8", Asked(weight_kg=D(70), surface_m2=D(2)), "surface_m2", "unused"),
        ("dose_per_kg = 8.65721680876", Asked(weight_kg=D("70.1234567891")), "dose_per_kg", "out_of_size"),
    ],
)
def test_what_is_wrong_about_the_target(lines: str, ask: Asked, key: str, code: str) -> None:
    made = asked(castells(("target_dose = 600", lines)), ask)
    assert codes(made) == [(key, code)]
    assert made.faults[0].remedy


def test_parts_of_a_target_need_a_unit_to_be_a_dose() -> None:
    text = castells(('dose_unit = "mg"', 'dose_unit = "fraction"'), ("target_dose = 600\n", ""))
    text = text.replace("max_dose_rate_h = 191", "max_dose_rate_h = 0.32").replace(
        "max_total_dose = 630", "max_total_dose = 1.05"
    )
    assert not asked(text, Asked()).faults
    assert codes(asked(text, Asked(D(600)))) == [("dose_unit", "no_unit")]
    assert codes(asked(text, Asked(dose_unit="mg"))) == [("dose_unit", "no_dose")]
    assert codes(asked(text, Asked(weight_kg=D(60)))) == [("dose_unit", "unused")]
    made = asked(text, Asked(D(600), "mg"))
    assert not made.faults, made.faults
    same = draft(castells())
    assert made.plan is not None
    assert same.plan is not None
    assert [one.dose for one in made.plan.steps] == [one.dose for one in same.plan.steps]


@pytest.mark.parametrize("unit", ["ng", "mcg", "mg", "g", "units", "IU", "mmol"])
def test_a_dose_in_another_unit_than_the_file_is_never_taken(unit: str) -> None:
    made = asked(castells(('dose_unit = "mg"', f'dose_unit = "{unit}"')), Asked(D(600), "mg"))
    assert codes(made) == ([] if unit == "mg" else [("dose_unit", "unit_differs")])


ACCEPTED = 'exposure = "accepted"\nexposure_accepted_by = "Dr. Example"\n\n'
UNCORRECTED = ("corrected = true", "fraction = 1")
LAST = "steps[11].until"
LAST_BUT_ONE = step(11, 'solution = "bag-3"', "rate_ml_h = 40", 'until = "target"')
STOP = ('until = "empty"', 'until = "target"')


def test_a_last_bag_that_is_not_corrected_gives_more_or_stops_at_the_target() -> None:
    """Run to empty it gives D + G; stopped at the target it leaves G/c of the bag."""
    ceiling = ("max_dose_rate_h = 191", "max_dose_rate_h = 193")
    empty = draft(castells(UNCORRECTED, ceiling))
    stopped = draft(castells(UNCORRECTED, ceiling, STOP))
    assert not empty.faults + stopped.faults, empty.faults + stopped.faults
    assert empty.sheet is not None
    assert stopped.sheet is not None
    given = D("4.725")
    assert empty.sheet.total_dose == 600 + given
    assert stopped.sheet.total_dose == 600
    left = (empty.sheet.rows[-1].volume_ml or 0) - (stopped.sheet.rows[-1].volume_ml or 0)
    assert left == given / D("2.4")
    assert "total_differs" in {finding.code for finding in empty.findings}
    assert "until_target" in {finding.code for finding in stopped.findings}


def test_the_target_is_what_has_reached_the_patient() -> None:
    """F39: through a line that was not primed, what it keeps is not counted as given."""
    larger = ("corrected = true\nvolume_ml = 250", "amount = 720\nvolume_ml = 300")
    text = castells(larger, ("max_dose_rate_h = 191", "max_dose_rate_h = 193"), STOP)
    text = text.replace("primed = true", "primed = false")
    text = text.replace("[source]", f"{ACCEPTED}[source]", 1)
    made = draft(text)
    assert not made.faults, made.faults
    assert made.sheet is not None
    reached = sum(Fraction(row.exposure) for row in made.sheet.rows)
    assert reached == 600
    assert made.sheet.total_dose == 624, "and 10 mL of 2.4 mg/mL stay in the line"


@pytest.mark.parametrize(
    ("changes", "key", "code"),
    [
        ((LAST_BUT_ONE,), "steps[10].until", "until_target_not_last"),
        ((("= 600", "= 0.01"), UNCORRECTED, ("fraction = 0.01", "amount = 6"), STOP), LAST, "nothing_left"),
        ((UNCORRECTED, ("fraction = 1\n", "fraction = 0.9\n"), STOP), LAST, "bag_overdrawn"),
    ],
)
def test_a_target_that_cannot_be_reached_so(
    changes: tuple[tuple[str, str], ...], key: str, code: str
) -> None:
    assert (key, code) in codes(draft(castells(*changes)))


def test_units_per_hour_over_a_tenfold_change_of_strength() -> None:
    """A ramp: the mL/h follow from the strength, and fall tenfold where the bag is ten times stronger."""
    changes = [
        step(number, f'solution = "{bag}"', f"dose_rate_h = {rate}", "minutes = 15")
        for number, bag, rate in ((4, "bag-1", "0.48"), (5, "bag-2", "1.2"))
    ]
    made = draft(castells(*changes))
    assert not made.faults, made.faults
    assert made.sheet is not None
    rows = made.sheet.rows
    assert [row.rate_ml_h for row in rows[3:5]] == [20, 5]
    assert [row.dose_rate_h for row in rows[3:5]] == [D("0.48"), D("1.2")]


@pytest.mark.parametrize(
    ("lines", "rate", "minutes", "volume"),
    [
        (("rate_ml_h = 20", "minutes = 15"), "20", "15", "5"),
        (("volume_ml = 5", "minutes = 15"), "20", "15", "5"),
        (("rate_ml_h = 20", "volume_ml = 5"), "20", "15", "5"),
        (("dose_rate_h = 0.48", "volume_ml = 5"), "20", "15", "5"),
    ],
)
def test_two_of_three_say_a_step(lines: tuple[str, ...], rate: str, minutes: str, volume: str) -> None:
    made = draft(castells(step(4, 'solution = "bag-1"', *lines)))
    assert made.sheet is not None
    row = made.sheet.rows[3]
    assert (row.rate_ml_h, row.minutes, row.volume_ml) == (D(rate), D(minutes), D(volume))
    same = draft(castells())
    assert made.plan is not None
    assert same.plan is not None
    assert made.plan.steps == same.plan.steps


@pytest.mark.parametrize(
    ("lines", "key", "code"),
    [
        (("rate_ml_h = 20", "minutes = 15", "volume_ml = 5"), "steps[3]", "one_end"),
        (("rate_ml_h = 20", "dose_rate_h = 1", "minutes = 15"), "steps[3].dose_rate_h", "two_rates"),
        (("minutes = 15",), "steps[3].rate_ml_h", "missing"),
        (('until = "empty"',), "steps[3].rate_ml_h", "missing"),
        (("rate_ml_h = 20", 'until = "midnight"'), "steps[3].until", "literal_error"),
        (("volume_ml = 5",), "steps[3].rate_ml_h", "missing"),
        (("volume_ml = 5", "minutes = 14.9"), "steps[3].rate_ml_h", "rate_not_on_pump"),
    ],
)
def test_a_step_that_is_not_said(lines: tuple[str, ...], key: str, code: str) -> None:
    assert (key, code) in codes(draft(castells(step(4, 'solution = "bag-1"', *lines))))


@pytest.mark.parametrize(("unit", "amount"), [("1.5", "6"), ("4", "8"), ("5", "5"), ("7", "7"), ("12", "12")])
def test_an_amount_is_rounded_to_what_can_be_prepared(unit: str, amount: str) -> None:
    """6 mg, half up; the corrected bag makes up for it, so the target is still given."""
    made = draft(castells(("fraction = 0.01", f"fraction = 0.01\nrounded_to = {unit}")))
    assert made.sheet is not None
    assert made.sheet.bags[0].amount == D(amount)
    assert made.sheet.total_dose == 600
    assert ("rounded_to" in {finding.code for finding in made.findings}) is (amount != "6")


def test_an_amount_rounded_to_nothing_is_refused() -> None:
    made = draft(castells(("fraction = 0.01", "fraction = 0.01\nrounded_to = 12.1")))
    assert ("solutions[0].rounded_to", "rounded_to_nothing") in codes(made)


def test_a_strength_instead_of_an_amount() -> None:
    made = draft(castells(("fraction = 0.01", "concentration = 0.024")))
    same = draft(castells())
    assert made.plan is not None
    assert same.plan is not None
    assert made.plan.steps == same.plan.steps


def test_the_first_step_against_its_ceiling() -> None:
    """1/40,000 of the target."""
    ceiling = ("unattended_max_min = 15", "unattended_max_min = 15\nfirst_step_max = {}")
    assert not draft(castells((ceiling[0], ceiling[1].format("0.000025")))).faults
    (fault,) = draft(castells((ceiling[0], ceiling[1].format("0.000024")))).faults
    assert (fault.key, fault.code) == ("ceilings.first_step_max", "first_step_ceiling")


def test_f1_a_wrong_bag_is_told_for_every_step() -> None:
    """F1: bag 3 for step 1 would give about a hundred times the dose."""
    made = draft(castells())
    assert made.sheet is not None
    told = [{wrong.bag: wrong.times for wrong in row.wrong_bags} for row in made.sheet.rows]
    assert told[0] == {"bag-2": 10, "bag-3": D("99.2125")}
    assert told[8] == {"bag-1": told[8]["bag-1"], "bag-2": told[8]["bag-2"]}
    assert (told[8]["bag-2"] or 1) < 1
    words = [finding.message for finding in made.findings if finding.code == "wrong_bag"]
    assert words == [
        "steps 1 to 4: another bag in place of bag-1 would give bag-2 x 10, bag-3 x 99.212 of the dose",
        "steps 5 to 8: another bag in place of bag-2 would give bag-3 x 9.921 of the dose",
    ]


@given(st.data())
def test_a_blank_anywhere_is_named_and_the_table_stands(data: st.DataObject) -> None:
    """Any value of the rules left blank: code blank at its key; the numbers are the same."""
    lines = CASTELLS.read_text().splitlines()
    start = lines.index("[[signals]] # example, to be ordered by the prescriber")
    able = [at for at, line in enumerate(lines) if at > start and " = " in line and not line.startswith("#")]
    at = data.draw(st.sampled_from(able))
    key = lines[at].split(" = ")[0]
    lines[at] = f'{key} = "____ to be ordered"'
    made = draft("\n".join(lines))
    blanks = [fault for fault in made.faults if fault.code == "blank"]
    assert [fault.key.split(".")[-1] for fault in blanks] == [key]
    assert blanks[0].remedy == "to be ordered"
    assert made.plan is None
    same = draft(CASTELLS.read_text())
    assert made.sheet is not None
    assert same.sheet is not None
    assert made.sheet.rows == same.sheet.rows


def test_a_bag_with_a_blank_line_is_computed_with() -> None:
    made = draft(
        CASTELLS.read_text()
        .replace("dead_volume_ml = 10", 'dead_volume_ml = "____ mL, measured"')
        .replace("stable_h = 24", 'stable_h = "____ hours"')
    )
    assert {fault.code for fault in made.faults} == {"blank"}
    assert len(made.faults) == 6
    assert made.sheet is not None
    assert made.sheet.total_dose == 600


def test_a_corrected_bag_that_is_rounded_says_what_was_given_before() -> None:
    made = draft(castells(("corrected = true", "corrected = true\nrounded_to = 50")))
    (words,) = [finding.message for finding in made.findings if finding.code == "last_bag_corrected"]
    assert words.endswith("600 - 4.725 = 595.275 mg, made as 600")


@pytest.mark.parametrize(
    ("change", "severity"), [("rounded_to = 6.5", "note"), ("rounded_to = 9", "warning")]
)
def test_a_bag_made_much_stronger_is_a_warning(change: str, severity: str) -> None:
    made = draft(castells(("fraction = 0.01", f"fraction = 0.01\n{change}")))
    (found,) = [finding for finding in made.findings if finding.code == "rounded_to"]
    assert found.severity == severity


@pytest.mark.parametrize(("hours", "good"), [("3.7", True), ("3.6", False)])
def test_f4_a_bag_keeps_as_long_as_its_own_steps_take(hours: str, good: bool) -> None:
    """F4: bag 3 gives for 219.375 min; one that keeps for less could never be hung."""
    text = CASTELLS.read_text()
    at = text.index("stable_h", text.index('id = "bag-3"'))
    found = codes(draft(text[:at] + text[at:].replace("stable_h = 24", f"stable_h = {hours}", 1)))
    assert found == ([] if good else [("solutions[2].stable_h", "bag_expires")])


@pytest.mark.parametrize(
    "change",
    [
        ('label = "1/100"', 'label = "1/100"\npreparation = "6 mL of stock into 244 mL"'),
        ('label = "1/100"', 'label = "1/50"'),
        ("rate_ml_h = 2.5", "rate_ml_h = 2.5\nline_fill = true"),
        ("link_hours = 72", "link_hours = 72\nfirst_step_max = 0.01"),
    ],
)
def test_what_is_printed_is_in_the_hash(change: tuple[str, str]) -> None:
    same, changed = draft(castells()), draft(castells(change))
    assert same.sheet is not None
    assert changed.sheet is not None
    assert same.sheet.sha256 != changed.sheet.sha256


@pytest.mark.parametrize("sign", ["\\u001b", "\\n", "\\u202e", "\\u2028"])
def test_a_text_is_one_line_that_is_printed(sign: str) -> None:
    found = codes(draft(castells(('label = "1/100"', f'label = "1/100{sign}x"'))))
    assert found == [("solutions[0].label", "control_character")]


def test_names_that_differ_in_capitals_only_are_one_name_to_a_nurse() -> None:
    text = castells(('id = "bag-2"', 'id = "BAG-1"'))
    assert ("solutions[1].id", "double") in codes(
        draft(text.replace('solution = "bag-2"', 'solution = "BAG-1"'))
    )


def test_a_bag_hung_again_goes_on_through_the_line_that_is_there() -> None:
    """F39: A unprimed, B primed in a shorter line, A again: the line is B's now."""
    again = '\n[[steps]]\nsolution = "bag-1"\nrate_ml_h = 5\nminutes = 15\n'
    text = castells(("dead_volume_ml = 10, primed = true", "dead_volume_ml = 10, primed = false"))
    text = text.replace("dead_volume_ml = 10, primed = true", "dead_volume_ml = 2, primed = true")
    text = text.replace("\n[[steps]] # 9", again + "\n[[steps]] # 9", 1)
    assert "line_differs" in {code for _, code in codes(draft(text))}
