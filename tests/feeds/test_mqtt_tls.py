"""Mutual TLS, host names and the shipped access rules, with a real Mosquitto (P5)."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
import pytest
from aiomqtt import ProtocolVersion

from daemon.feeds.mqtt.client import Broker, Client
from tests.mosquitto import Mosquitto
from tests.needs import needs

pytestmark = needs("mosquitto", "openssl")

SHIPPED = Path(__file__).parents[2] / "config" / "mosquitto"
BED = "general/allergy/bed-4"
OTHER = "general/allergy/bed-5"


@dataclass
class Ward:
    """A broker with the shipped rules, and who has signed what."""

    folder: Path
    broker: Mosquitto

    def context(self, who: str | None, authority: str = "ca") -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.folder / f"{authority}.pem")
        if who is not None:
            context.load_cert_chain(self.folder / f"{who}.pem", self.folder / f"{who}.key")
        return context

    def client(
        self, who: str | None, refused: list[str], host: str = "localhost", authority: str = "ca"
    ) -> Client:
        where = Broker(host, self.broker.port, self.context(who, authority))
        return Client(where, ProtocolVersion.V5, refused.append)


NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


def openssl(folder: Path, words: str, *more: str) -> None:
    subprocess.run(["openssl", *words.split(), *more], cwd=folder, check=True, capture_output=True)


def authority(folder: Path, name: str) -> None:
    openssl(folder, f"req -x509 {NEW_KEY} -days 2 -keyout {name}.key -out {name}.pem", "-subj", f"/CN={name}")


def certificate(
    folder: Path, name: str, common_name: str, extension: str = "basicConstraints=CA:FALSE"
) -> None:
    subject = "/CN=" + common_name.replace("/", "\\/")
    openssl(folder, f"req {NEW_KEY} -keyout {name}.key -out {name}.csr", "-subj", subject)
    (folder / f"{name}.ext").write_text(f"{extension}\n")
    files = f"-in {name}.csr -out {name}.pem -extfile {name}.ext"
    openssl(folder, f"x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 {files}")


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    authority(tmp_path, "ca")
    authority(tmp_path, "stranger")
    certificate(tmp_path, "broker", "localhost", "subjectAltName=DNS:localhost")
    certificate(tmp_path, "bed", BED)
    certificate(tmp_path, "station", "station")
    lines: list[str] = []
    for line in (SHIPPED / "infusiond.conf").read_text().splitlines():
        key = line.partition(" ")[0]
        if line and key not in {"#", "listener", "allow_anonymous"}:
            here = line.replace("/etc/mosquitto/ward-ca", f"{tmp_path}/ca")
            lines.append(here.replace("/etc/mosquitto", str(tmp_path)))
    (tmp_path / "infusiond.acl").write_text((SHIPPED / "infusiond.acl").read_text())
    broker = Mosquitto(tmp_path, lines, anonymous=False)
    broker.start()
    yield Ward(tmp_path, broker)
    broker.kill()


async def test_p5_a_bed_writes_its_own_branch_and_no_other(ward: Ward) -> None:
    """(A) P5."""
    refused: list[str] = []
    async with ward.client("bed", refused) as bed:
        await bed.put(f"infusiond/v1/{BED}/state", b"{}", retain=True)
        assert refused == []
        await bed.put(f"infusiond/v1/{OTHER}/state", b"{}", retain=True)
        assert "Not authorized" in refused[0]
    async with ward.client("station", refused) as station:
        await station.hear("infusiond/v1/#")
        async with asyncio.timeout(10):
            message = await anext(aiter(station.messages))
        assert str(message.topic) == f"infusiond/v1/{BED}/state"


async def test_p5_a_station_writes_receipts_alone(ward: Ward) -> None:
    """(A) P5."""
    refused: list[str] = []
    async with ward.client("station", refused) as station:
        await station.put(f"infusiond/v1/{BED}/ack/held_vitals", b"{}")
        assert refused == []
        for word in ("state", "alarm/x", "heartbeat", "event"):
            await station.put(f"infusiond/v1/{BED}/{word}", b"{}")
        assert len(refused) == 4


@pytest.mark.parametrize(
    ("who", "host", "signed_by"),
    [(None, "localhost", "ca"), ("bed", "127.0.0.1", "ca"), ("bed", "localhost", "stranger")],
    ids=["no certificate", "another host name", "another authority"],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves a refused socket
async def test_p5_nobody_else_gets_in_and_nobody_else_is_believed(
    who: str | None, host: str, signed_by: str, ward: Ward
) -> None:
    """(A) P5."""
    client = ward.client(who, [], host, signed_by)
    with pytest.raises(aiomqtt.MqttError):
        async with client:
            await client.put(f"infusiond/v1/{BED}/state", b"{}")
