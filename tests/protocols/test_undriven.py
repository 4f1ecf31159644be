"""What is known and not driven by this version is refused by name, with the rule and what to do instead."""

from __future__ import annotations

import dataclasses
import io
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from rich.console import Console

from daemon.bed import Bed, bed_of
from daemon.protocols.faults import Fault
from daemon.protocols.load import load_protocol
from daemon.protocols.rendering import print_sheet
from daemon.protocols.toml_text import parse_toml
from drivers import registry
from tests.protocols.files import CONFIG, PUMP, castells, changed, draft, faults, step

BY_HAND = """
id = "aspirin"
title = "Aspirin by mouth"
drug = "aspirin"
route = "oral"
dose_unit = "mg"
target_dose = 100
ordered_by = "Dr. Example"
late_min = 10
source = { citation = "a test" }
assessment = { every_min = 15 }
after_watch = { minutes = 60 }

[ceilings]
max_total_dose = 130
max_step_up_ratio = 80

[[steps]]
dose = 0.5
interval_min = 15

[[steps]]
dose = 40
interval_min = 15

[[steps]]
dose = 81
form = "tablet 81 mg"
"""
EXAMPLE = (CONFIG / "bed.example.toml").read_text()
CONTROL = ('authority = "control"', 'authority = "control"')
MONITOR = ('authority = "control"', 'authority = "monitor"')


def bed(monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], **caps: Any) -> list[Fault] | Bed:
    """The example with a pump that can do other things."""
    model = registry.PUMPS["dianet-star"]
    other = dataclasses.replace(model, capabilities=dataclasses.replace(model.capabilities, **caps))
    monkeypatch.setattr(registry, "PUMPS", MappingProxyType({"dianet-star": other}))
    return bed_of(parse_toml("bed.toml", changed(EXAMPLE, change)), Path("bed.toml"))


@pytest.mark.parametrize("caps", [{"one_frame": False}, {"gapless": False, "stops_to_program": 2}])
def test_f15_a_pump_that_cannot_take_a_pair_while_it_runs_is_controlled_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caps: dict[str, Any]
) -> None:
    """F15: two commands in their order, or a short stand for each new limit."""
    assert isinstance(bed(monkeypatch, CONTROL, **caps), Bed)


def test_f15_such_a_pump_may_be_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(bed(monkeypatch, MONITOR, one_frame=False, gapless=False), Bed)


@pytest.mark.parametrize(("cycle_s", "good"), [("7.5", True), ("7.6", False)])
def test_f27_a_pump_too_slow_to_be_watched_is_refused(
    monkeypatch: pytest.MonkeyPatch, cycle_s: str, good: bool
) -> None:
    """F27: two complete readings take more than 15 s."""
    read = bed(monkeypatch, MONITOR, cycle_s=Decimal(cycle_s))
    assert isinstance(read, Bed) is good
    if isinstance(read, list):
        (fault,) = read
        assert (fault.key, fault.code) == ("pumps[0].model", "too_slow")
        assert "take 15.2 s" in fault.problem
        assert "(F27)" in fault.problem


@pytest.mark.parametrize(
    "lines",
    [
        ["dose = 100", "interval_min = 15"],
        ['solution = "bag-1"', "rate_ml_h = 2", "minutes = 15", "day = 2"],
        ['solution = "bag-1"', "volume_ml = 2", 'route = "iv_bolus"', "interval_min = 15"],
    ],
)
def test_f37_a_plan_with_a_step_by_hand_is_not_driven(lines: list[str]) -> None:
    """F37: one reason, with the rule and what to do instead; not a list of keys a pump would need."""
    (fault,) = [fault for fault in faults(castells(step(2, *lines))) if fault.code == "not_driven"]
    assert "not driven by this version (F37)" in fault.problem
    assert "leave out after" not in fault.remedy
    assert "resume" in fault.remedy
    assert not [one for one in faults(castells(step(2, *lines))) if one.key.startswith("resume")]


def test_f37_a_file_by_hand_is_good_and_is_not_served(tmp_path: Path) -> None:
    """F37: it is checked and printed; a bed that names it is refused."""
    path = tmp_path / "aspirin.toml"
    path.write_text(BY_HAND)
    drafted = draft(BY_HAND)
    assert not drafted.faults
    assert drafted.plan is None
    assert drafted.sheet is not None
    assert [str(row.elapsed_min) for row in drafted.sheet.rows] == ["0", "15", "30"]
    assert str(drafted.sheet.total_dose) == "121.5"
    served = load_protocol(path, pump=PUMP)
    assert isinstance(served, list)
    assert [fault.code for fault in served] == ["not_driven"]
    assert "(F37)" in served[0].problem


@pytest.mark.parametrize(
    ("change", "key", "code"),
    [
        (("interval_min = 15", "interval_min = -15"), "steps[0].interval_min", "negative"),
        (("interval_min = 15", ""), "steps[0].interval_min", "missing"),
        (("dose = 81", "dose = 81\ninterval_min = 15"), "steps[2].interval_min", "unused"),
        (("dose = 81", "dose = 3201"), "steps[2]", "step_up_ceiling"),
        (("max_total_dose = 130", "max_total_dose = 121"), "ceilings.max_total_dose", "total_dose_ceiling"),
        (
            ("max_step_up_ratio = 80", "max_step_up_ratio = 80\nfirst_step_max = 0.0049"),
            "ceilings.first_step_max",
            "first_step_ceiling",
        ),
        (("dose = 40", "dose = 40\nvolume_ml = 2"), "steps[1]", "one_dose"),
        (("dose = 40", "dose = 40\nby_time = true"), "steps[1].by_time", "unused"),
        (("dose = 40", "dose = 40\nrate_ml_h = 3"), "steps[1].dose", "hand_and_pump"),
        (("dose = 40", "dose = 40\nday = 3"), "steps[2].day", "day_order"),
        (("dose = 40", 'dose = 40\nroute = "iv"'), "steps[1].route", "hand_and_pump"),
        (('form = "tablet 81 mg"', 'form = "____"'), "steps[2].form", "blank"),
        (("late_min = 10", 'late_min = "____ minutes"'), "late_min", "blank"),
        (("late_min = 10", ""), "late_min", "missing"),
    ],
)
def test_f37_what_is_wrong_in_a_file_by_hand_is_named(change: tuple[str, str], key: str, code: str) -> None:
    found = faults(changed(BY_HAND, change))
    assert (key, code) in [(fault.key, fault.code) for fault in found]
    assert all(fault.remedy for fault in found)


def test_f37_a_rate_under_the_skin_is_printed_and_not_driven() -> None:
    """F37: a pump that the patient wears is none of the bed's."""
    worn = changed(BY_HAND, ('route = "oral"', 'route = "sc"'), ("[ceilings]", WORN + "[ceilings]"))
    worn = worn.split("[[steps]]")[0] + "".join(
        f'[[steps]]\nsolution = "u10"\ndose_rate_h = {rate}\nminutes = 60\n' for rate in ("0.01", "0.02")
    )
    made = draft(worn)
    assert not made.faults, made.faults
    assert made.sheet is not None
    assert not made.sheet.driven
    assert [str(row.rate_ml_h) for row in made.sheet.rows] == ["0.001", "0.002"]


WORN = """
[[solutions]]
id = "u10"
label = "U10"
concentration = 10
volume_ml = 3

"""


TWO_DAYS = """
[[solutions]]
id = "weak"
label = "weak"
concentration = 1
volume_ml = 100
line = {{ dead_volume_ml = {dead}, primed = {primed}, y_site_ml = 0 }}

[[solutions]]
id = "strong"
label = "strong"
concentration = 10
volume_ml = 100
line = {{ dead_volume_ml = {dead}, primed = {primed}, y_site_ml = 0 }}

[[steps]]
solution = "weak"
rate_ml_h = 20
minutes = 60

[[steps]]
solution = "strong"
rate_ml_h = 4
minutes = 15
{pause}
[[steps]]
solution = "strong"
rate_ml_h = 8
minutes = 180
day = 2
"""


def two_days(dead: str = "10", primed: str = "true", pause: str = "") -> str:
    """Infusions on two days."""
    head = changed(
        BY_HAND,
        ('route = "oral"', 'route = "iv"'),
        ("target_dose = 100", "target_dose = 270"),
        ("max_total_dose = 130", "max_total_dose = 270"),
        ("max_step_up_ratio = 80", "max_step_up_ratio = 2.6"),
    ).split("[[steps]]")[0]
    return head + TWO_DAYS.format(dead=dead, primed=primed, pause=pause)


def test_f39_a_line_that_breaks_the_step_up_is_refused_on_two_days_too() -> None:
    """F39: 10 mL not primed: on day 2 the patient meets the strong bag at twice the rate it was hung with."""
    assert not draft(two_days()).faults
    found = draft(two_days(primed="false")).faults
    assert {fault.code for fault in found} == {"exposure"}
    assert found[0].key == "solutions[1].line.primed"
    accepted = two_days(primed="false").replace(
        "late_min = 10", 'late_min = 10\nexposure = "accepted"\nexposure_accepted_by = "Dr. Example"'
    )
    made = draft(accepted)
    assert not made.faults, made.faults
    assert {"dead_volume", "exposure_accepted"} <= {finding.code for finding in made.findings}


def test_f11_drug_that_was_primed_into_the_line_counts_into_the_total() -> None:
    """F11, F30: a flush on the second day pushes 10 mL of the strong solution, 100 mg, to the patient."""
    flush = (
        '\n[[solutions]]\nid = "saline"\nlabel = "saline"\nflush = true\nvolume_ml = 50\n'
        "line = { dead_volume_ml = 10, primed = false, y_site_ml = 0 }\n"
    )
    step = '\n[[steps]]\nsolution = "saline"\nrate_ml_h = 8\nminutes = 150\nday = 2\n'
    text = two_days() + flush + step
    assert [fault.code for fault in draft(text).faults] == ["total_dose_ceiling"]
    assert not draft(text.replace("max_total_dose = 270", "max_total_dose = 370")).faults


def test_a_pause_after_an_infusion_is_time() -> None:
    made = draft(two_days().replace("minutes = 60\n", "minutes = 60\ninterval_min = 40\n"))
    assert not made.faults, made.faults
    assert made.sheet is not None
    assert [str(row.elapsed_min) for row in made.sheet.rows] == ["60", "115", "180"]


def test_f1_a_dose_by_hand_is_compared_with_the_infusion_after_it() -> None:
    """F1: 0.001 mg by hand, then 100 mg over 6 min: no ceiling of a step-up lets that pass."""
    text = (
        two_days()
        .replace(
            '[[steps]]\nsolution = "weak"\nrate_ml_h = 20\nminutes = 60\n',
            '[[steps]]\nsolution = "weak"\nvolume_ml = 0.001\nroute = "iv_bolus"\ninterval_min = 15\n',
        )
        .replace("target_dose = 270", "target_dose = 250")
    )
    assert "step_up_ceiling" in {fault.code for fault in draft(text).faults}


def test_the_rules_of_a_file_by_hand_are_on_its_sheet() -> None:
    made = draft(BY_HAND)
    assert made.sheet is not None
    assert (
        dict(made.sheet.by_hand)["Late"] == "a dose 10 min after its time or later: ask the prescriber first"
    )
    assert "130 mg in all" in dict(made.sheet.by_hand)["Ceilings"]


def test_a_route_that_is_no_text_is_a_fault() -> None:
    found = faults(two_days().replace('route = "iv"', 'route = ["sc"]'))
    assert ("route", "literal_error") in [(fault.key, fault.code) for fault in found]


def test_a_dose_from_a_solution_that_is_not_there_is_a_fault_and_is_shown() -> None:
    made = draft(changed(BY_HAND, ("dose = 40", 'dose = 40\nsolution = "typo"')))
    assert "unknown_solution" in {fault.code for fault in made.faults}
    assert made.sheet is not None
    print_sheet(Console(file=io.StringIO(), width=90), made.sheet, None, (), PUMP)
