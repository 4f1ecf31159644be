"""Numbers that hazards ask for are ordered: no default, each with a remedy (F14, F19, F21, F26, D13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.bed import Bed, bed_of, load_bed
from daemon.cli.check import check_files
from daemon.protocols.faults import Fault
from daemon.protocols.plan import Plan, Severity
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CONFIG, bed_plan, castells, changed, faults, plan

EXAMPLE = CONFIG / "bed.example.toml"
M = " # example, to be ordered by the prescriber"
GAP = {"proof_s": "60", "flicker_max": "3", "flicker_window_min": "10"}


def bed_faults(*changes: tuple[str, str]) -> list[Fault]:
    read = bed_of(parse_toml("bed.toml", changed(EXAMPLE.read_text(), *changes)), Path("bed.toml"))
    return read if isinstance(read, list) else []


@pytest.mark.parametrize("key", GAP)
def test_f19_the_numbers_of_a_gap_have_no_default(key: str) -> None:
    """F19, (A) D13: each missing one refuses the file and says what to write."""
    (fault,) = faults(castells((f"{key} = {GAP[key]}\n", "")))
    assert (fault.key, fault.code) == (f"gap.{key}", "missing")
    assert "such as" in fault.remedy or "minutes" in fault.remedy


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("proof_s = 60", "proof_s = 0", "gap.proof_s"),
        ("flicker_max = 3", "flicker_max = 1", "gap.flicker_max"),
        ("flicker_max = 3", "flicker_max = 2.5", "gap.flicker_max"),
        ("flicker_window_min = 10", "flicker_window_min = -1", "gap.flicker_window_min"),
        (f"reactions_per_step_max = 2{M}", "reactions_per_step_max = 0", "reactions_per_step_max"),
        (f"reactions_per_step_max = 2{M}", "reactions_per_step_max = 10", "reactions_per_step_max"),
    ],
)
def test_f19_f21_numbers_without_sense_are_refused(old: str, new: str, key: str) -> None:
    """F19, F21: with the bound in the remedy."""
    (fault,) = faults(castells((old, new)))
    assert fault.key == key
    assert fault.remedy


def test_f21_how_many_reactions_at_one_step_has_no_default() -> None:
    """F21: 'unless ordered otherwise' is ordered, and stands on the sheet that is signed."""
    (fault,) = faults(castells((f"reactions_per_step_max = 2{M}\n", "")))
    assert (fault.key, fault.code) == ("reactions_per_step_max", "missing")
    assert plan(castells()).rules.reactions_per_step_max == 2


def test_f19_the_ordered_numbers_reach_the_plan_and_its_hash() -> None:
    """F19, F29: another number is another plan."""
    one, other = plan(castells()), plan(castells(("proof_s = 60", "proof_s = 90")))
    assert one.rules.gap.proof_s == 60
    assert one.rules.gap.flicker_max == 3
    assert one.rules.gap.flicker_window_min == 10
    assert other.rules.gap.proof_s == 90
    assert one.sha256 != other.sha256


@pytest.mark.parametrize("key", ["occlusion_ml", "release_bolus_ml", "bolus_allowance_ml"])
def test_f14_f26_control_needs_what_commissioning_measured(key: str) -> None:
    """F14, F26: without the number control is refused; a pump that is only watched may leave it out."""
    line = next(line for line in EXAMPLE.read_text().splitlines() if line.startswith(f"{key} ="))
    (fault,) = bed_faults((f"{line}\n", ""))
    assert (fault.key, fault.code) == (f"pumps[0].{key}", "missing")
    assert "such as" in fault.remedy
    assert not bed_faults((f"{line}\n", ""), ('"control"', '"monitor"'))


def test_f14_a_small_occlusion_volume_needs_a_record() -> None:
    """F14: below 1.25 mL only with the commissioning record that measured it."""
    (fault,) = bed_faults(("occlusion_ml = 1.25", "occlusion_ml = 1.24"))
    assert (fault.key, fault.code) == ("pumps[0].occlusion_ml", "occlusion_without_record")
    assert "occlusion_record" in fault.remedy
    record = 'occlusion_ml = 1.24\nocclusion_record = "2026-05-02, J. Engineer, set 8700036SP"'
    assert not bed_faults(("occlusion_ml = 1.25", record))
    assert not bed_faults(("occlusion_ml = 1.25", "occlusion_ml = 2"))


def test_f14_steps_smaller_than_what_the_set_stores_are_named() -> None:
    """F14: `infusiond check` of the bed names step 1 of castells (0.625 mL), and not step 2 (1.25 mL)."""
    verdicts = check_files([EXAMPLE], None)
    warned = [
        finding
        for verdict in verdicts
        for finding in verdict.findings
        if finding.code == "smaller_than_occlusion"
    ]
    assert [(one.where, one.severity) for one in warned] == [("steps[0]", Severity.WARNING)]
    assert "0.625 mL" in warned[0].message
    assert "step 1 " in warned[0].message


def test_f14_the_warning_depends_on_the_bed_and_not_on_the_plan() -> None:
    """F14, F29: a finding explains: the hash of the plan is the same on every bed."""
    bed = load_bed(EXAMPLE)
    assert isinstance(bed, Bed)
    on_the_bed = bed_plan(bed)
    assert isinstance(on_the_bed, Plan)
    assert on_the_bed.sha256 == plan(castells()).sha256
    assert bed.pumps[0].commissioned is not None
