"""Real ports: PTY and TCP ends, the proof socket and the command as a process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.runtime.simulated import Proof, prove
from drivers.errors import LinkLost
from simulators.proof import ask
from simulators.pty import PtyEnd
from simulators.tcp import TcpEnd
from simulators.udp import UdpEnd
from simulators.words import request_of

ROOT = Path(__file__).parents[2]
IDENT = bytes.fromhex("7E 00 01 1D 0E 7E")
IDENT_REPLY_HEAD = bytes.fromhex("7E 00 01 06")
LIMIT_S = 10.0


def talk(path: Path, request: bytes, size: int) -> bytes:
    """A raw client: open, write, read until `size` bytes, close."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(port, request)
        out = b""
        while len(out) < size and select.select([port], [], [], LIMIT_S)[0]:
            out += os.read(port, 4096)
        return out
    finally:
        os.close(port)


async def echoing(path: Path) -> PtyEnd:
    end = PtyEnd(path)
    await end.open(lambda data: end.write(data[::-1]), lambda _: None)
    return end


async def test_pty_is_raw_and_survives_clients_that_come_and_go(tmp_path: Path) -> None:
    end = await echoing(tmp_path / "p")
    everything = bytes(range(256))
    for _ in range(3):
        got = await asyncio.to_thread(talk, end.path, everything, 256)
        assert got == everything[::-1]
    port = os.open(end.path, os.O_RDWR | os.O_NOCTTY)
    flags = termios.tcgetattr(port)
    os.close(port)
    assert not flags[3] & (termios.ECHO | termios.ICANON)
    assert flags[2] & termios.CSIZE == termios.CS8
    await end.close()
    await end.close()
    assert not end.path.is_symlink()


async def test_pty_replaces_a_symlink_but_nothing_else(tmp_path: Path) -> None:
    link, file = tmp_path / "old", tmp_path / "file"
    link.symlink_to("/dev/null")
    file.write_text("precious")
    end = await echoing(link)
    assert str(link.readlink()).startswith("/dev/pts/")
    with pytest.raises(LinkLost):
        await echoing(file)
    link.unlink()
    link.symlink_to("/dev/null")
    await end.close()
    assert link.is_symlink(), "a symlink that is no longer ours stays"
    assert file.read_text() == "precious"


async def test_a_full_pty_drops_bytes_and_does_not_block(tmp_path: Path) -> None:
    end = await echoing(tmp_path / "p")
    for _ in range(100):
        end.write(bytes(4096))
    await end.close()


async def test_tcp_serves_one_client_on_loopback() -> None:
    end = TcpEnd(0)
    await end.open(lambda data: end.write(data[::-1]), lambda _: None)
    for _ in range(2):
        reader, writer = await asyncio.open_connection("127.0.0.1", end.port)
        writer.write(b"abc")
        assert await reader.readexactly(3) == b"cba"
        second, other = await asyncio.open_connection("127.0.0.1", end.port)
        with contextlib.suppress(ConnectionError):
            assert await second.read() == b""
        other.close()
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.05)
    with pytest.raises(LinkLost):
        await TcpEnd(end.port).open(lambda _: None, lambda _: None)
    await end.close()


async def test_udp_one_datagram_is_one_piece_and_answers_go_to_whoever_spoke_last() -> None:
    end = UdpEnd(0)
    end.write(b"nobody hears this")
    await end.open(lambda data: end.write(data[::-1]), lambda _: None)
    hosts = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for host in hosts:
        host.setblocking(False)
        host.connect(("127.0.0.1", end.port))
        for said in (b"abc", b"defg"):
            host.send(said)
            async with asyncio.timeout(LIMIT_S):
                assert await asyncio.get_running_loop().sock_recv(host, 100) == said[::-1]
    with pytest.raises(BlockingIOError):
        hosts[0].recv(100)
    with pytest.raises(LinkLost):
        await UdpEnd(end.port).open(lambda _: None, lambda _: None)
    await end.close()
    await end.close()
    for host in hosts:
        host.close()


class Sim:
    """infusiond-sim as a process."""

    def __init__(self, *args: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulators.cli", *args],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def start() -> Iterator[type[Sim] | object]:
    made: list[Sim] = []

    def make(*args: str) -> Sim:
        made.append(Sim(*args))
        return made[-1]

    yield make
    for sim in made:
        sim.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_device_serves_proves_and_cleans_up(start: type[Sim], tmp_path: Path, number: int) -> None:
    path = tmp_path / "pump"
    sim = start("device", "dianet-star", "--link", f"pty:{path}", "--speed", "60", "--bag", "A=0.024,250")
    assert sim.line() == f"pty:{path}"
    proof = ask(tmp_path / "pump.sim", {"do": "prove"})
    assert proof == {
        "simulator": "infusiond-sim",
        "model": "dianet-star",
        "speed": 60,
        "device": str(path.readlink()),
    }
    for _ in range(2):
        assert talk(path, IDENT, 27).startswith(IDENT_REPLY_HEAD)
    assert sim.end(number) == 0
    assert list(tmp_path.iterdir()) == []


def test_f36_unplug_removes_the_terminal_and_replug_makes_a_new_one(start: type[Sim], tmp_path: Path) -> None:
    path, proof = tmp_path / "pump", tmp_path / "pump.sim"
    sim = start("device", "dianet-star", "--link", f"pty:{path}")
    sim.line()
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    assert ask(proof, {"do": "fault", "name": "unplug"}) == {"ok": True}
    assert not path.is_symlink()
    assert select.select([port], [], [], LIMIT_S)[0]
    with contextlib.suppress(OSError):
        assert os.read(port, 16) == b""
    os.close(port)
    assert ask(proof, {"do": "fault", "name": "unplug", "on": False}) == {"ok": True}
    assert talk(path, IDENT, 27).startswith(IDENT_REPLY_HEAD)
    assert sim.end() == 0


def test_bed_couples_pump_and_patient(start: type[Sim], tmp_path: Path) -> None:
    pump, monitor = tmp_path / "pump", tmp_path / "monitor"
    sim = start(
        *("bed", "--pump-link", f"pty:{pump}", "--monitor-link", f"pty:{monitor}", "--speed", "100"),
        *("--bag", "A=1,250", "--bag", "B=10,250", "--option", "flow_error=0"),
    )
    assert [sim.line(), sim.line()] == [f"pty:{pump}", f"pty:{monitor}"]
    done = [
        subprocess.run(
            [sys.executable, "-m", "simulators.cli", "do", str(pump), *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        for words in (
            ["hang", "B"],
            ["press", "rate", "360"],
            ['{"do": "press", "key": "start"}'],
            ["fault", "x"],
        )
    ]
    assert [run.returncode for run in done] == [0, 0, 0, 1]
    limit_s = time.monotonic() + LIMIT_S
    while True:
        state = ask(tmp_path / "monitor.sim", {"do": "state"})
        if float(state["dose_reached_patient"]) > 0 or time.monotonic() > limit_s:
            break
    assert state["left_pump"]["B"]["volume_ml"] == state["reached_patient"]["B"]["volume_ml"]
    assert float(state["dose_reached_patient"]) > 0
    once = bytes.fromhex(
        "7e310000000000000000000000000000000000000000ff00000000000000000000000000000000000001ffff0000000000002f7e"
    )
    assert len(talk(monitor, once, 1155)) >= 1155
    assert sim.end() == 0
    assert list(tmp_path.iterdir()) == []


def test_tcp_prints_the_port_it_got(start: type[Sim]) -> None:
    sim = start("device", "s5-dri", "--link", "tcp:0")
    line = sim.line()
    assert line.startswith("tcp:")
    with socket.create_connection(("127.0.0.1", int(line.removeprefix("tcp:"))), LIMIT_S):
        pass
    assert sim.end() == 0


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_f36_a_port_proves_itself_beside_the_device_protocol(start: type[Sim], kind: str) -> None:
    sim = start("device", "s5-dri", "--link", f"{kind}:0", "--speed", "7")
    link = sim.line()
    port = int(link.removeprefix(f"{kind}:"))
    assert port > 0
    assert prove(f"{kind}:127.0.0.1:{port}") == Proof("s5-dri", 7)
    assert prove(f"{kind}:localhost:{port}") == Proof("s5-dri", 7)
    other = {"tcp": "udp", "udp": "tcp"}[kind]
    for text in (f"{other}:127.0.0.1:{port}", f"{kind}:127.0.0.2:{port}", f"{kind}:[::1]:{port}"):
        assert prove(text) is None
    assert prove(f"{kind}:10.11.12.13:{port}") is None
    words = [sys.executable, "-m", "simulators.cli", "do", link, "state"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "reached_patient" in json.loads(done.stdout)
    assert sim.end(signal.SIGKILL) == -signal.SIGKILL
    assert prove(f"{kind}:127.0.0.1:{port}") is None


def test_a_stale_socket_and_symlink_are_replaced(start: type[Sim], tmp_path: Path) -> None:
    path = tmp_path / "pump"
    first = start("device", "dianet-star", "--link", f"pty:{path}")
    first.line()
    first.end(signal.SIGKILL)
    assert path.is_symlink()
    second = start("device", "dianet-star", "--link", f"pty:{path}")
    assert second.line() == f"pty:{path}"
    assert ask(tmp_path / "pump.sim", {"do": "prove"})["simulator"] == "infusiond-sim"


def test_the_socket_answers_nonsense_with_an_error(start: type[Sim], tmp_path: Path) -> None:
    start("device", "dianet-star", "--link", f"pty:{tmp_path / 'p'}").line()
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(LIMIT_S)
        line.connect(str(tmp_path / "p.sim"))
        line.sendall(b'nonsense\n[1]\n{"do": "prove"}\n')
        replies = [json.loads(reply) for reply in (line.makefile("rb").readline() for _ in range(1))]
    assert replies == [{"error": "not JSON"}]


@pytest.mark.parametrize(
    "args",
    [
        ["device", "dianet-star", "--link", "serial:/dev/ttyS0"],
        ["device", "dianet-star", "--link", "pty:/nowhere/at/all"],
        ["device", "toaster", "--link", "pty:/tmp/x"],
        ["device", "dianet-star", "--link", "pty:/tmp/x", "--speed", "0"],
        ["device", "dianet-star", "--link", "pty:/tmp/x", "--option", "colour=red"],
        ["device", "dianet-star", "--link", "tcp:0", "--fault", "gremlins"],
        ["device", "dianet-star", "--link", "tcp:0", "--bag", "A"],
        ["do", "/nowhere/at/all", "prove"],
    ],
)
def test_unusable_input_is_exit_2(args: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "simulators.cli", *args],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert run.returncode == 2
    assert run.stderr
    assert "Traceback" not in run.stderr


def test_help_says_what_it_is_not() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "simulators.cli", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Not a medical device" in " ".join(run.stdout.split())


def test_words() -> None:
    assert request_of(["hang", "B", "volume_ml=50"]) == {"do": "hang", "solution": "B", "volume_ml": "50"}
    assert request_of(["fault", "loss", "on", "arg=0.3"]) == {
        "do": "fault",
        "name": "loss",
        "on": True,
        "arg": "0.3",
    }
    assert request_of(['{"do": "state"}']) == {"do": "state"}
    with pytest.raises(ValueError, match="does not take"):
        request_of(["treat", "quickly"])
