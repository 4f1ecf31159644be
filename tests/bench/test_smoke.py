"""The parts of the benchmark work together; nothing here depends on how fast the machine is."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bench import stop_latency
from tests.bench.bed import BenchBed
from tests.bench.lines import Loop
from tests.bench.peers import BAD_SPO2
from tests.bench.stop_latency import ROWS, judged, quantile, report


def test_a_stop_is_timed_beside_the_bare_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F18, (A) R1: the shipped daemon sends STOP while its disk stalls, and goes on when it is resumed."""
    monkeypatch.setattr(stop_latency, "WARM_UP", 1)
    said: list[str] = []
    file = tmp_path / "bench.json"
    code = stop_latency.main(["--samples", "2", "--row", "link_idle", "--out", str(file)], said.append)
    found = json.loads(said[0])
    assert json.loads(file.read_text()) == found
    assert code == (0 if found["ok"] else 1)
    (row,) = found["rows"]
    assert (row["name"], row["n"], row["budget"]) == ("link_idle", 2, {"p50_ms": 1, "p99_ms": 5})
    assert 0 < row["p50_ms"] <= row["p99_ms"] <= row["max_ms"]
    assert found["floor"]["n"] == 2
    assert found["ratio_p50"] > 0
    assert found["machine"]["cores"] >= 1


def test_a_stalled_disk_takes_no_record_and_stop_goes_out_all_the_same(tmp_path: Path) -> None:
    """(A) R1: what the row `link_idle` claims of its disk is so."""
    with BenchBed(loop := Loop(), tmp_path) as bed:
        bed.stall_disk()
        before = records(tmp_path)
        bed.pump.listen()
        bed.vitals(BAD_SPO2)
        loop.until(lambda: bed.pump.stop_ns > 0, "STOP")
        assert records(tmp_path) == before
        bed.let_disk_go()
        loop.until(lambda: records(tmp_path) > before, "the record reaches the disk")
        bed.resume()
        assert bed.pump.reads_running > 0
    loop.close()


def records(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "journal.db")) as journal:
        found: int = journal.execute("SELECT count(*) FROM record").fetchone()[0]
    return found


def test_every_broken_budget_is_named() -> None:
    measured = {"link_idle": [0.5] * 98 + [6.0] * 2, "in_flight": [20.0] * 100, "hold_pressed": [51.0] * 2}
    found = report(measured, [0.1] * 100)
    assert found["ratio_p50"] == 5
    assert found["broken"] == ["link_idle.p99_ms", "hold_pressed.p99_ms", "ratio_p50"]
    assert found["ok"] is False
    assert report({"in_flight": [20.0]}, [])["ok"] is True


def test_the_budgets_are_those_of_the_design() -> None:
    assert {row.name: (row.p50_ms, row.p99_ms) for row in ROWS} == {
        "link_idle": (1, 5),
        "in_flight": (None, 100),
        "reply_owed": (None, 500),
        "hold_pressed": (None, 50),
    }
    assert stop_latency.RATIO_MAX == 3


def test_quantiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 201)]
    assert (quantile(values, 0.5), quantile(values, 0.99)) == (100, 198)
    assert quantile([7.0], 0.99) == 7
    assert judged(ROWS[0], [1.0])["over"] == []
    assert judged(ROWS[0], [1.1])["over"] == ["p50_ms"]
