"""A time factor near a patient: whatever the link, `--speed 2` without a proven simulator ends in exit 2."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli.main import main
from daemon.runtime.simulated import prove
from tests.protocols.files import CASTELLS, CONFIG, changed

BED = CONFIG / "bed.example.toml"


def refused(folder: Path, pump: str, monitor: str = "serial:/dev/ttyUSB1") -> str:
    """What `serve --speed 2` says; it must end in exit 2 and have opened nothing."""
    protocol = folder / "protocols" / CASTELLS.name
    protocol.parent.mkdir(exist_ok=True)
    protocol.write_text(CASTELLS.read_text(encoding="utf-8"))
    text = BED.read_text(encoding="utf-8")
    bed = folder / "bed.toml"
    bed.write_text(changed(text, ("serial:/dev/ttyUSB0", pump), ("serial:/dev/ttyUSB1", monitor)))
    before = sorted(folder.rglob("*"))
    result = CliRunner().invoke(main, ["serve", str(bed), "--speed", "2"])
    assert result.exit_code == 2, result.output
    assert sorted(folder.rglob("*")) == before
    return result.output


@contextmanager
def liar(path: Path | str, device: str) -> Iterator[None]:
    """Answers on a proof socket like a simulator of this device."""
    proof = {"simulator": "infusiond-sim", "model": "dianet-star", "speed": 2, "device": device}
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen(4)

        def answer() -> None:
            while True:
                try:
                    connection, _ = door.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(64)
                    connection.sendall(json.dumps(proof).encode() + b"\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield
        door.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def server() -> Iterator[tuple[int, list[bytes]]]:
    """A terminal server on this host: its port, and whatever is sent to it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def listen() -> None:
            try:
                connection, _ = door.accept()
                with connection:
                    heard.append(connection.recv(64))
            except OSError:
                return

        thread = threading.Thread(target=listen)
        thread.start()
        yield door.getsockname()[1], heard
        door.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_f36_no_time_factor_on_a_serial_port(tmp_path: Path) -> None:
    """F36: a USB serial port proves nothing, also if somebody beside its name says that it is simulated."""
    linked = tmp_path / "ttyUSB0"
    linked.symlink_to("/dev/ttyUSB0")
    with liar(tmp_path / "ttyUSB0.sim", device="/dev/ttyUSB0"):
        for port in ("/dev/ttyUSB0", "/dev/ttyS0", str(linked), str(tmp_path / "none")):
            assert f"serial:{port} does not prove to be a simulator" in refused(tmp_path, f"serial:{port}")


def test_f36_no_time_factor_over_a_network(tmp_path: Path, server: tuple[int, list[bytes]]) -> None:
    """F36, F28: a host on the ward's network, near or far, is not even asked."""
    port, heard = server
    for link in (f"tcp:127.0.0.1:{port}", "tcp:10.11.12.13:4001", "tcp:pump.ward:4001", "udp:10.11.12.13:1"):
        said = refused(tmp_path, link)
        assert "does not prove" in said or "names are not looked up" in said or "over UDP" in said
    assert heard == []


def test_f36_another_host_is_no_simulator_whoever_says_so_here(tmp_path: Path) -> None:
    """F36: who answers here for a device elsewhere, or for another port, is not believed."""
    with liar("\0infusiond-sim/tcp:4001", device="tcp:4001"):
        for link in ("tcp:10.11.12.13:4001", "tcp:127.0.0.2:4001", "tcp:[::1]:4001", "mqtt:ward/pump"):
            assert prove(link) is None
        assert "does not prove" in refused(tmp_path, "tcp:10.11.12.13:4001")
    with liar("\0infusiond-sim/tcp:4001", device="tcp:4002"):
        assert prove("tcp:127.0.0.1:4001") is None


def test_f36_a_simulated_pump_does_not_speed_up_a_real_monitor(tmp_path: Path) -> None:
    """F36: every link proves itself, not only the pump's."""
    assert "does not prove" in refused(tmp_path, "memory:pump", "serial:/dev/ttyUSB1")


def test_f36_a_foreign_terminal_is_no_simulator(tmp_path: Path) -> None:
    """F36: any PTY at all, say of a terminal program, has no token."""
    master, slave = os.openpty()
    name = os.ttyname(slave)
    assert f"serial:{name} does not prove" in refused(tmp_path, f"serial:{name}")
    os.close(master)
    os.close(slave)
