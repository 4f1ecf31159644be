"""`infusiond-sim` with oximeters on terminals, read by the drivers through real ports."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.registry import MONITORS
from drivers.values import Signal, Validity, VitalsSample
from simulators.proof import ask

ROOT = Path(__file__).parents[2]
LIMIT_S = 10.0
SIM = (sys.executable, "-m", "simulators.cli")


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Path]:
    """A pump, an S/5, a Nellcor and a Masimo on one patient, on wires that split every byte."""
    links = {name: f"pty:{tmp_path / name}" for name in ("pump", "monitor", "nellcor-n560", "masimo-ascii1")}
    also = [f"--also={name}={links[name]}" for name in ("nellcor-n560", "masimo-ascii1")]
    words = ["bed", "--pump-link", links["pump"], "--monitor-link", links["monitor"], *also]
    words += ["--speed", "30", "--option", "noise=0", "--fault", "split"]
    with subprocess.Popen([*SIM, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in links] == list(links.values())
        yield tmp_path
        process.terminate()


@pytest.mark.parametrize("model", ["nellcor-n560", "masimo-ascii1"])
async def test_the_driver_reads_its_simulator_over_a_terminal(bed: Path, model: str) -> None:
    samples: asyncio.Queue[VitalsSample] = asyncio.Queue()
    monitor = MONITORS[model].build(f"serial:{bed / model}")
    running = asyncio.create_task(monitor.run(lambda _: None, samples.put_nowait))
    async with asyncio.timeout(LIMIT_S):
        for _ in range(40):
            one = (await samples.get()).signals
            assert one[Signal.SPO2].value == 98
            assert one[Signal.PULSE].value == 72
            assert one[Signal.SPO2].measured
    assert ask(bed / f"{model}.sim", {"do": "prove"})["model"] == model
    assert ask(bed / f"{model}.sim", {"do": "fault", "name": "search"}) == {"ok": True}
    async with asyncio.timeout(LIMIT_S):
        while one[Signal.SPO2].validity is not Validity.INVALID:
            one = (await samples.get()).signals
            assert one[Signal.SPO2].value in {None, 98}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("also", ["nellcor-n560", "dianet-star=tcp:0", "toaster=tcp:0", "nellcor-n560="])
def test_another_monitor_is_named_with_its_link(also: str) -> None:
    words = ["bed", "--pump-link", "tcp:0", "--monitor-link", "tcp:0", "--also", also]
    run = subprocess.run([*SIM, *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert run.returncode == 2
    assert "expected MODEL=LINK" in run.stderr
