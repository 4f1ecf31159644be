"""The report of the long proof says what every part said, also of one that found something or died."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from tests.matrix.campaign import last_report
from tests.proof.parts import Length, Part, Played, parts, play, said
from tests.proof.report import kept, told

CAMPAIGN = {
    "profile": "wire",
    "runs": 1200,
    "patient_hours": 42.6,
    "cpu_s": 270.0,
    "patient_hours_per_cpu_hour": 568,
    "faults": {"kill": 3, "stop": 4},
    "invariants": {"dose": 100, "gap": 5},
    "violations": [],
}
BROKEN = {**CAMPAIGN, "violations": [{"story": "7/1", "text": "1.2 over, 1.1 allowed"}]}


def played(name: str, code: int = 0, *reports: dict[str, object], text: str = "x") -> Played:
    return Played(Part(name, ()), code, reports, text, 61.0)


def test_the_counts_of_every_campaign_stand_side_by_side() -> None:
    text = told([played("wire", 0, CAMPAIGN), played("engine", 0, CAMPAIGN)], "abc", "2 cores")
    assert "| wire | 1,200 | 42.6 | 270.0 | 568 | 7 | 105 | 0 |" in text
    assert "| kill | 3 | 3 |" in text
    assert "| gap | 5 | 5 |" in text
    assert "None." in text


def test_what_was_found_is_told_with_its_story() -> None:
    text = told([played("wire", 1, BROKEN)], "abc", "2 cores")
    assert "| wire | found something | 1.0 |" in text
    assert "- wire, story 7/1: 1.2 over, 1.1 allowed" in text


def test_a_part_that_died_is_not_one_that_held() -> None:
    text = told([played("crash", 139, text="")], "abc", "2 cores")
    assert "| crash | did not end: exit code 139 | 1.0 |" in text
    assert "It gave no report." in text


def test_lines_that_are_no_json_are_told_as_they_are() -> None:
    assert said("found: a bug, 3 s\n") == ()
    assert "- found: a bug, 3 s" in told([played("planted", text="found: a bug, 3 s\n")], "abc", "2 cores")


@pytest.mark.parametrize(("text", "reports"), [('{"a": 1}', 1), ('{"a": 1}\n{"a": 2}\n', 2), ("", 0)])
def test_one_object_or_one_a_line(text: str, reports: int) -> None:
    assert len(said(text)) == reports


def test_the_matrix_counts_every_campaign_of_the_proof(tmp_path: Path) -> None:
    """(A) P13."""
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(kept([played("wire", 0, CAMPAIGN), played("engine", 0, CAMPAIGN)])))
    report = last_report([file])
    assert report is not None
    assert report["faults"] == {"kill": 6, "stop": 8}


def test_every_part_can_be_called() -> None:
    """Each knows the words it is given."""
    for part in parts(dataclasses.replace(Length(), seeds="0:1")):
        asked = dataclasses.replace(part, words=(*part.words, "--help"))
        if part.name != "planted":
            assert play(asked).code == 0, part
