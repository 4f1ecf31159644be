"""What the campaign strikes and judges belongs to ids that exist, and is counted beside them."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from simulators.campaign.command import PROFILES
from tests.matrix.campaign import COUNTED, NO_REPORT, REPORTS, belongs, counted, last_report, mapped, said_of
from tests.matrix.rules import RULES
from tests.matrix.table_a import table_a

REMEDY = "add `name = [ids]` in tests/matrix/campaign.toml (an empty list: it belongs to none)"


KNOWN = {
    "faults": {name for profile in PROFILES.values() for name in profile.acts},
    "invariants": {name for profile in PROFILES.values() for name in profile.invariants},
}


@pytest.mark.parametrize("part", COUNTED)
def test_every_invariant_and_every_fault_says_what_it_belongs_to(part: str) -> None:
    """(A) P14."""
    assert sorted(name for name in KNOWN[part] if not belongs(part, name)) == [], REMEDY


@pytest.mark.parametrize("part", COUNTED)
def test_nothing_is_said_of_what_does_not_exist(part: str) -> None:
    """(A) P14."""
    unused = [name for name in mapped()[part] if not any(fnmatchcase(one, name) for one in KNOWN[part])]
    assert unused == [], "take the line out of tests/matrix/campaign.toml, or give it the new name"
    ids = {rule.id for rule in RULES} | {one.id for one in table_a()}
    assert sorted({one for each in mapped()[part].values() for one in each} - ids) == []


REPORT = {
    "faults": {"kill": 3, "freeze": 2, "noise": 7, "alarm_air": 2, "alarm_drip": 1},
    "invariants": {"dose": 100, "left alone": 5},
}


def test_counts_of_a_report_stand_beside_the_ids_they_belong_to() -> None:
    found = counted("D1", REPORT)
    assert (found.faults["kill"], found.faults["freeze"], found.faults["no_limit"]) == (3, 2, 0)
    assert found.checks == {"dose": 100, "left alone": 5}
    assert "struck 5 times" in said_of("D1", REPORT)
    assert "judged 105 times" in said_of("D1", REPORT)
    assert counted("R9", REPORT).faults["alarm_*"] == 3
    assert said_of("D1", None) == NO_REPORT
    assert said_of("H3", REPORT) == ""


def test_the_report_of_make_proof_comes_before_the_one_that_is_kept(tmp_path: Path) -> None:
    newest, kept = tmp_path / "proof.json", tmp_path / "kept.json"
    assert last_report((newest, kept)) is None
    kept.write_text(json.dumps(REPORT))
    assert last_report((newest, kept)) == {**REPORT, "from": str(kept)}
    newest.write_text('{"faults": {"kill": 9}, "invariants"')
    assert last_report((newest, kept)) == {**REPORT, "from": str(kept)}, "a file that was cut off is none"
    newest.write_text(json.dumps({"wire": {**REPORT, "runs": 9}, "engine": [REPORT]}))
    found = last_report((newest, kept))
    assert found is not None
    assert found["invariants"] == {"dose": 200, "left alone": 10}, "two profiles are one proof"


def test_the_report_that_is_kept_can_be_read_and_is_of_every_profile() -> None:
    """(A) P13: without `make proof` the matrix still has counts."""
    found = last_report(REPORTS[1:])
    assert found is not None
    assert sum(found["invariants"].values()) > 0
    assert set(json.loads(REPORTS[1].read_text())) == set(PROFILES)
