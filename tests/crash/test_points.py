"""A seeded sample of all crash points, and one bug that is found; `make crash` takes every point."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon.journal.store import Store
from tests.crash.torn import tear
from tests.journal.files import chained, facts, on_disk

ROOT = Path(__file__).parents[2]
SAMPLE, SEED = "0.003", "1"
FILE = "daemon/service.py"
TOLD = "self.supervisor.submit(inp.DaemonRestarted(self._gap_known))"


def crashed(folder: Path, *words: str) -> dict[str, Any]:
    """The report of a process of its own, from the tree in `folder`."""
    there = {**os.environ, "PYTHONPATH": str(folder)}
    call = [sys.executable, "-m", "tests.crash", *words]
    done = subprocess.run(call, cwd=folder, env=there, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_d5_f10_killed_at_a_sample_of_all_points() -> None:
    """D5, F10, F17, F38: pump, journal and the restarted daemon agree; STOP is carried out."""
    report = crashed(ROOT, "--sample", SAMPLE, "--seed", SEED)
    assert report["findings"] == []
    assert sum(report["died"].values()) >= 20
    assert report["points"]["before append"] > 300
    assert report["points"]["before send"] > 3000
    assert report["points"]["before turn"] > 500


def test_a_daemon_that_simply_goes_on_is_found(tmp_path: Path) -> None:
    """What never fails proves nothing: a restart of which the run is not told renews by itself."""
    for part in ("daemon", "drivers", "simulators", "tests"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    assert text.count(TOLD) == 1
    (tmp_path / FILE).write_text(text.replace(TOLD, "pass"), encoding="utf-8")
    report = crashed(tmp_path, "--sample", "0.001", "--seed", SEED)
    assert any("nothing is heard" in found["text"] for found in report["findings"])


@pytest.mark.parametrize("seed", range(8))
def test_the_log_is_torn_inside_its_last_transaction(tmp_path: Path, seed: int) -> None:
    """D5: whatever byte of it is lost or garbled, all before it is there and believed."""
    records = chained(facts(9))
    store = Store(tmp_path / "journal.db")
    store.open()
    for record in records:
        store.append([record])
    (tmp_path / "copy").mkdir()
    for part in ("", "-wal"):
        shutil.copy(tmp_path / f"journal.db{part}", tmp_path / "copy")
    store.close()
    copy = tmp_path / "copy" / "journal.db"
    assert tear(copy.with_name("journal.db-wal"), random.Random(seed))
    assert on_disk(copy) == (records[:8], None)
