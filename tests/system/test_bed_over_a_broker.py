"""A whole bed whose pump is behind a real broker and whose monitor is behind a port: `serve` as shipped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.runtime.simulated import prove
from tests.mosquitto import Mosquitto, free_port
from tests.needs import needs
from tests.system.bed import SPEED, Bed

pytestmark = needs("mosquitto")


class FarBed(Bed):
    """The pump's terminal is a bridge's; the daemon has a topic, and the monitor on a TCP port."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.broker = Mosquitto(folder)
        self.broker.start()
        self.topic = f"test-{self.broker.port}/bed-1/pump-1"
        self.monitor_port = free_port()
        key = folder / "bed.key"
        key.write_text("5a" * 32)
        key.chmod(0o600)
        text = self.file.read_text(encoding="utf-8")
        text = text.replace(f"serial:{self.pump}", f"mqtt:{self.topic}")
        text = text.replace(f"serial:{folder / 'monitor'}", f"tcp:127.0.0.1:{self.monitor_port}")
        text += f'\n[links]\nbroker = "127.0.0.1:{self.broker.port}"\nkey_file = "bed.key"\n'
        self.file.write_text(text, encoding="utf-8")

    def start_far_end(self) -> None:
        """Simulator and bridge."""
        words = ["--pump-link", f"pty:{self.pump}", "--monitor-link", f"tcp:{self.monitor_port}"]
        words += ["--speed", str(self.speed), "--seed", "1", "--bag", "A=1,94", "--option", "flow_error=0"]
        self.simulator = self._start("simulator", "infusiond-sim", "bed", *words)
        self.until(lambda: prove(f"tcp:127.0.0.1:{self.monitor_port}"), "the simulator listens")
        self.start_bridge()

    def start_bridge(self) -> None:
        words = ["--link", f"serial:{self.pump}", "--mqtt", f"127.0.0.1:{self.broker.port}"]
        words += ["--topic", self.topic, "--key-file", str(self.folder / "bed.key")]
        self.bridge = self._start("bridge", "infusiond", "bridge", *words)
        self.until(lambda: prove(f"mqtt:{self.topic}", "127.0.0.1"), "the bridge answers for its device")


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[FarBed]:
    with FarBed(tmp_path) as one:
        one.start_far_end()
        one.start_daemon()
        yield one
        one.broker.kill()
        one.bridge.kill()
        one.bridge.wait()


def test_f28_f36_a_run_whose_broker_dies_is_stopped_by_the_pump_and_goes_on_by_nobody(bed: FarBed) -> None:
    """F28, F36: simulated at both ends, so it may run; the broker dies, nothing moves, nothing resumes."""
    proof = prove(f"mqtt:{bed.topic}", "127.0.0.1")
    assert proof is not None
    assert (proof.model, proof.speed, len(proof.instance)) == ("dianet-star", SPEED, 6)
    assert prove(f"mqtt:{bed.topic}", "10.3.0.5") is None
    assert prove(f"mqtt:{bed.topic}") is None
    bed.begin()
    bed.broker.kill()
    bed.until(lambda: not bed.flows(), "the pump's own watchdog stops it")
    bed.broker.start()
    bed.until_status(lambda s: s["pump"]["motion"] == "stopped", "the pump is read again, standing")
    until = time.monotonic() + 3
    while time.monotonic() < until:
        assert not bed.flows()
        time.sleep(0.1)
    seen = bed.status()
    assert seen is not None
    assert seen["phase"] == "held"


def test_a_second_bridge_of_this_host_is_refused(bed: FarBed) -> None:
    words = ["--link", f"serial:{bed.pump}", "--mqtt", f"127.0.0.1:{bed.broker.port}"]
    words += ["--topic", bed.topic, "--key-file", str(bed.folder / "bed.key")]
    second = bed.run("bridge", *words)
    assert second.returncode == 2
    assert "another bridge of this host has it" in second.stderr
