"""Whatever reads what comes from outside has a target, and every model on the shelf has two."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.registry import models
from tests.fuzz import readers
from tests.fuzz.targets import TARGETS
from tests.matrix.carried import ROOT

COVERED = {module for target in TARGETS.values() for module in target.reads}
REMEDY = (
    "give it a target in tests/fuzz (docs/reference/fuzz.md), or a reason in TRUSTED of tests/fuzz/readers.py"
)


def test_every_reader_of_outside_bytes_is_fuzzed() -> None:
    assert sorted(readers.readers() - COVERED - readers.TRUSTED.keys()) == [], REMEDY


def test_nothing_is_said_of_a_module_that_is_not_there_or_reads_nothing() -> None:
    assert sorted(readers.TRUSTED.keys() - readers.readers()) == []
    assert sorted(readers.TRUSTED.keys() & COVERED) == []
    assert [module for module in COVERED if not (ROOT / module).exists()] == []


def test_every_model_on_the_shelf_is_decoded_and_driven() -> None:
    assert [name for name in models() if not {f"decode-{name}", f"drive-{name}"} <= TARGETS.keys()] == []


@pytest.mark.parametrize(
    "source",
    ["json.loads(x)", "tomllib.loads(x)", "sqlite3.connect(x)", "p.read_text()", "csv.reader(x)",
     "await r.readline()", "s.recv(9)", "p.open('rb')", "open(p)", "os.read(3, 9)", "read_toml(p)"],
)  # fmt: skip
def test_a_reading_call_is_found_anywhere(
    source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for package in ("daemon", "drivers", "simulators"):
        (tmp_path / package).mkdir()
    inside = f"async def f(x, p, r, s):\n    return [{source}]\n"
    (tmp_path / "daemon" / "new.py").write_text(inside)
    (tmp_path / "daemon" / "other.py").write_text("def f(x):\n    return json.dumps(x)\n")
    monkeypatch.setattr(readers, "ROOT", tmp_path)
    readers.readers.cache_clear()
    try:
        assert readers.readers() == {"daemon/new.py"}
    finally:
        readers.readers.cache_clear()
