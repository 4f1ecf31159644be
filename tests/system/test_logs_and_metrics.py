"""Log and metrics of shipped programs at a simulated bed, through a run with every device lost and back."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from simulators.campaign.engine.labels import PATIENT
from tests.system.bed import Bed


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    with Bed(tmp_path) as made:
        yield made


def scrape(port: int) -> dict[str, float]:
    """Samples without labels, and those with a single one that is 1, by name."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
    except OSError:
        return {}
    assert PATIENT not in text
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    plain = {one.name: one.value for one in samples if not one.labels}
    return plain | {f"{one.name} {value}": one.value for one in samples for value in one.labels.values()}


@contextlib.contextmanager
def metrics(bed: Bed) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with bed.file.open("a") as file:
        file.write(f'\n[metrics]\nlisten = "127.0.0.1:{port}"\n')
    process = bed._start("metrics", "infusiond", "metrics", str(bed.file))
    try:
        yield port
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_a_run_is_followed_by_bed_run_seq_and_device_and_names_no_patient(bed: Bed) -> None:
    """Start, hung daemon, dead bedside, orderly stop: each line has its place, none the patient."""
    bed.env["INFUSIOND_LOG"] = "json"
    with metrics(bed) as port:
        bed.start_simulator()
        bed.start_daemon()
        bed.begin()
        bed.until(lambda: scrape(port).get("infusiond_mode AUTOMATIC") == 1, "a scrape tells of the run")
        told = scrape(port)
        assert told["infusiond_up"] == told["infusiond_run"] == told["infusiond_pump_linked"] == 1
        assert told["infusiond_dose_given high"] > 0
        assert told["infusiond_daemon_resident_memory_bytes"] > 10_000_000
        daemon, simulator = bed.daemon, bed.simulator
        assert daemon is not None
        assert simulator is not None
        daemon.send_signal(signal.SIGSTOP)
        bed.until(lambda: scrape(port).get("infusiond_up") == 0, "a hung daemon is told as not heard")
        assert "infusiond_mode AUTOMATIC" not in scrape(port)
        daemon.send_signal(signal.SIGCONT)
        bed.until(lambda: scrape(port).get("infusiond_up") == 1, "it is heard again")
        simulator.kill()
        simulator.wait()
        bed.until(lambda: scrape(port).get("infusiond_pump_linked") == 0, "the pump is lost")
        bed.until(lambda: scrape(port)["infusiond_device_losses_total pump-1"] >= 1, "and that is counted")
        daemon.terminate()
        daemon.wait(timeout=20)
    logs = {name: (bed.folder / f"{name}.log").read_text(encoding="utf-8") for name in ("daemon", "metrics")}
    for text in logs.values():
        assert PATIENT not in text
        assert bed.code not in text
    lines = [json.loads(line) for text in logs.values() for line in text.splitlines()]
    assert all(
        line["bed"] == "sim/test/bed-1" and {"utc", "level", "run", "seq"} <= set(line) for line in lines
    )
    heard = [line for line in lines if line["event"] not in ("daemon.lost", "daemon.heard")]
    assert {line["run"] for line in heard} == {1}
    seqs = [json.loads(line)["seq"] for line in logs["daemon"].splitlines()]
    assert seqs == sorted(seqs)
    assert 0 < seqs[0] < seqs[-1] <= len(bed.records())
    of = {(line["event"], line.get("device")) for line in lines}
    assert {
        ("service.ready", None),
        ("pump.identified", "pump-1"),
        ("monitor.identified", "monitor-1"),
        ("pump.lost", "pump-1"),
        ("monitor.lost", "monitor-1"),
        ("daemon.lost", None),
    } <= of


def test_a_bed_that_does_not_say_where_is_refused(bed: Bed) -> None:
    done = bed.run("metrics", str(bed.file))
    assert done.returncode == 2
    assert 'write [metrics] and listen = "127.0.0.1:9464"' in done.stderr


def test_an_address_that_is_taken_is_told(bed: Bed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, bed.file.open("a") as file:
        file.write(f'\n[metrics]\nlisten = "127.0.0.1:{taken.getsockname()[1]}"\n')
        file.flush()
        done = bed.run("metrics", str(bed.file))
    assert done.returncode == 2
    assert "metrics.listen: " in done.stderr
    assert "Traceback" not in done.stderr
