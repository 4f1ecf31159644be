"""`infusiond-sim device intellivue` as a program: on UDP and on a terminal, for our driver and for others."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.registry import MONITORS
from drivers.values import MonitorIdentity, Signal, Validity, VitalsSample
from simulators.proof import ask, beside_port
from tests.simulators import intellivue_client as field

ROOT = Path(__file__).parents[2]
LIMIT_S = 15.0
SIM = (sys.executable, "-m", "simulators.cli", "device", "intellivue", "--option", "noise=0")


@contextmanager
def simulator(link: str, *options: str) -> Iterator[str]:
    words = [*SIM, "--link", link, *options]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def client_of(link: str) -> socket.socket:
    """A client of the field on a socket of its own."""
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.connect(("127.0.0.1", int(link.partition(":")[2])))
    found.settimeout(LIMIT_S)
    return found


@pytest.mark.parametrize("kind", ["udp", "pty", "tcp"])
async def test_the_driver_reads_it_over_a_real_port(kind: str, tmp_path: Path) -> None:
    where = f"pty:{tmp_path / 'monitor'}" if kind == "pty" else f"{kind}:0"
    with simulator(where, "--speed", "20", "--option", "patient_id=SIM-0001") as link:
        text = f"serial:{tmp_path / 'monitor'}" if kind == "pty" else link.replace(":", ":127.0.0.1:")
        samples: asyncio.Queue[VitalsSample] = asyncio.Queue()
        who: list[MonitorIdentity] = []
        monitor = MONITORS["intellivue"].build(text)
        running = asyncio.create_task(monitor.run(who.append, samples.put_nowait))
        async with asyncio.timeout(LIMIT_S):
            pressures = 0
            while pressures == 0:
                sample = await samples.get()
                assert sample.subject == "SIM-0001"
                assert sample.signals[Signal.SPO2].value == 98
                assert sample.signals[Signal.HR].validity is Validity.VALID
                pressures += sample.signals[Signal.NIBP_DIA].measured
        assert who[0].detail == "Philips M8005A, serial number DE72800001"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_a_client_of_the_field_and_a_second_one() -> None:
    """Associates with the bytes it always sends and polls; another one is refused and disturbs nothing."""
    with simulator("udp:0", "--option", "link_objects=64") as link, client_of(link) as client:
        client.send(field.REQUEST)
        assert client.recv(4096)[0] == 0x0E
        assert client.recv(4096)[24:26] == b"\x0d\x06"
        client.send(field.CREATED_RESULT)
        client.send(field.SINGLE_POLL)
        part = field.read(client.recv(4096))
        assert part is not None
        assert part.numbers[0x4BB8] == (0, 0x0220, 98.0)
        with client_of(link) as other:
            other.send(field.SINGLE_POLL)
            other.send(field.REQUEST)
            assert other.recv(4096)[0] == 0x0C
            client.send(field.extended_poll(8000 * 3))
            parts = [field.read(client.recv(4096)) for _ in range(3)]
            assert [part.sequence for part in parts if part] == [0, 1, 2]
            client.send(field.RELEASE)
            assert client.recv(4096)[0] == 0x0A
            other.send(field.REQUEST)
            assert other.recv(4096)[0] == 0x0E
        assert ask(beside_port(link), {"do": "prove"})["model"] == "intellivue"


def test_it_announces_itself_to_whoever_listens_for_monitors() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.settimeout(LIMIT_S)
        try:
            ear.bind(("127.0.0.1", 24005))
        except OSError:
            pytest.skip("UDP 24005 of this host is taken")
        with simulator("udp:0"):
            told = ear.recv(4096)
            assert told.endswith(bytes.fromhex("f101 0014 0002 0010 0001 0001 5e29 0000 0005 0001 5e29 0000"))
