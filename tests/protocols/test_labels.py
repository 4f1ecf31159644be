"""F13: labels with codes, the file of their hashes, and the sets a bed refuses."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from daemon import codes_file
from daemon.codes_file import CodesFile, unfit
from daemon.engine.codes import Mismatch, mismatch, well_formed
from daemon.protocols.faults import Fault
from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from tests.protocols.files import CASTELLS, PUMP, RITUXIMAB
from tests.protocols.test_verbs import run

BED_FILE = Path("bed.toml")
LABEL = re.compile(r"^(bag-\d): .*?^CODE +(\S+)$", re.MULTILINE | re.DOTALL)


def plan(path: Path = CASTELLS, dose: Any = None) -> Plan:
    made = load_protocol(path, pump=PUMP, target_dose=dose)
    assert isinstance(made, Plan), made
    return made


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    out = tmp_path / "bed-4.labels"
    assert run("plan", CASTELLS, "--labels", out).exit_code == 0
    return out


def kept(labels: Path) -> CodesFile:
    read = codes_file.read(labels.with_name(f"{labels.name}.codes"), BED_FILE)
    assert isinstance(read, CodesFile), read
    return read


def printed(labels: Path) -> dict[str, str]:
    return dict(LABEL.findall(labels.read_text()))


def test_f13_every_bag_has_a_label_with_a_code_of_its_own(labels: Path) -> None:
    """F13: drug, solution, strength, the code, and room for what is written by hand."""
    codes = printed(labels)
    assert set(codes) == {"bag-1", "bag-2", "bag-3"}
    assert len(set(codes.values())) == 3
    assert all(well_formed(code) for code in codes.values())
    text = labels.read_text()
    assert text.count("made at (date, time) ___") == text.count("expires ___") == 3
    assert "6 mg in 250 mL = 0.024 mg/mL" in text
    for solution, code in codes.items():
        assert mismatch(code, kept(labels).codes, solution) is None
        assert text.count(code) == 1
    assert mismatch(codes["bag-1"], kept(labels).codes, "bag-2") is Mismatch.OTHER_BAG


def test_f13_codes_stand_on_the_labels_alone(labels: Path) -> None:
    """F13: not on the screen, not in the file beside them; others cannot read the labels."""
    again = run("plan", CASTELLS, "--labels", labels.with_name("again"))
    assert "bag_codes = " in again.output
    beside = labels.with_name(f"{labels.name}.codes").read_text()
    for code in (*printed(labels).values(), *printed(labels.with_name("again")).values()):
        assert code not in again.output
        assert code not in beside
    assert stat.S_IMODE(labels.stat().st_mode) == 0o600


def test_f13_labels_are_never_written_over(labels: Path) -> None:
    """F13: the codes of bags that hang already would be lost."""
    before = labels.read_bytes()
    result = run("plan", CASTELLS, "--labels", labels)
    assert result.exit_code == 2
    assert "never written over" in result.output
    assert labels.read_bytes() == before


def test_f13_a_refused_plan_has_no_labels(tmp_path: Path) -> None:
    """F13: no bag is made for it."""
    bad = tmp_path / "p.toml"
    bad.write_text(CASTELLS.read_text().replace("max_total_dose = 630", "max_total_dose = 60"))
    result = run("plan", bad, "--labels", tmp_path / "out")
    assert result.exit_code == 1
    assert not (tmp_path / "out").exists()


def fault(labels: Path, for_plan: Plan, used: dict[str, str] | None = None) -> Fault | None:
    return unfit(kept(labels), for_plan, used or {}, (BED_FILE, labels))


def test_f13_a_set_is_taken_for_its_plan_and_for_no_other(labels: Path) -> None:
    """F13: another protocol or dose, changed rules, a used set: each with file, key and remedy."""
    assert fault(labels, plan()) is None
    changed = labels.with_name("p.toml")
    changed.write_text(CASTELLS.read_text().replace("every_min = 30", "every_min = 29"))
    refused = {
        "protocol": fault(labels, plan(RITUXIMAB)),
        "dose": fault(labels, plan(CASTELLS, plan().target_dose / 2)),
        "changed": fault(labels, plan(changed)),
        "used": fault(labels, plan(), {kept(labels).codes.salt: "was used by an earlier run"}),
    }
    for why, found in refused.items():
        assert found is not None, why
        assert (found.file, found.key) == ("bed.toml", "bag_codes")
        assert "--labels" in found.remedy
    assert refused["used"] is not None
    assert "earlier run" in refused["used"].problem


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"kind": "infusiond bag codes"}', "7", '{"kind": 7, "hashes": {}}'],
)
def test_f13_what_is_no_file_of_codes_is_refused(text: str, tmp_path: Path) -> None:
    """F13: and named."""
    path = tmp_path / "some.codes"
    path.write_text(text)
    read = codes_file.read(path, BED_FILE)
    assert isinstance(read, Fault)
    assert (read.key, read.value) == ("bag_codes", '"some.codes"')
    missing = codes_file.read(tmp_path / "none", BED_FILE)
    assert isinstance(missing, Fault)


def test_f13_a_file_with_a_broken_hash_is_refused(labels: Path) -> None:
    """F13: a damaged copy matches no label, and says so before the run."""
    path = labels.with_name(f"{labels.name}.codes")
    content = json.loads(path.read_text())
    content["hashes"]["bag-1"] = content["hashes"]["bag-1"][:-1]
    path.write_text(json.dumps(content))
    assert isinstance(codes_file.read(path, BED_FILE), Fault)
