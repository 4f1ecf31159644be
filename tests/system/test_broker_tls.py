"""An encrypted broker: the certificate is checked by name though an address is connected to."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drivers.errors import LinkLost
from drivers.links.mqtt.broker import Broker, Connection, Tls, tls_context
from tests.mosquitto import Mosquitto
from tests.needs import needs

pytestmark = needs("mosquitto")

LIMIT_S = 30.0
NAME = "broker.hospital"


class Authority:
    """Signs certificates into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.ca = folder / f"{name}.pem"
        built = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        cert = built.sign(self._key, hashes.SHA256())
        self.ca.write_bytes(cert.public_bytes(serialization.Encoding.PEM))

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        day = dt.timedelta(days=1)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - day).not_valid_after(now + day)

    def issue(self, name: str, *more: x509.GeneralName) -> tuple[Path, Path]:
        """Certificate and key of somebody with this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name), *more])
        cert = self._builder(subject, key).add_extension(names, critical=False)
        paths = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        paths[0].write_bytes(cert.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return paths


class Secured:
    """A broker that shows a certificate and asks for one."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.authority = Authority(folder, "authority")
        self.stranger = Authority(folder, "stranger")
        loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        cert, key = self.authority.issue(NAME, loopback)
        key.chmod(0o644)
        self.ours = self.authority.issue("bed-4")
        self.theirs = self.stranger.issue("mallory")
        self.broker = Mosquitto(
            folder,
            [
                f"cafile {self.authority.ca}",
                f"certfile {cert}",
                f"keyfile {key}",
                "require_certificate true",
            ],
        )
        self.broker.start()

    async def said(self, tls: Tls | None) -> str:
        """What becomes of a connection: nothing wrong, or why it was lost."""
        ready, lost = asyncio.Event(), list[LinkLost]()

        def is_lost(error: LinkLost) -> None:
            lost.append(error)
            ready.set()

        heard: list[bytes] = []
        connection = Connection(
            Broker("127.0.0.1", self.broker.port, tls),
            ("a",),
            on_ready=ready.set,
            on_message=lambda _, payload, __: heard.append(payload),
            on_lost=is_lost,
        )
        await asyncio.wait_for(ready.wait(), LIMIT_S)
        if not lost:
            connection.send("a", b"x" * 3000)
            async with asyncio.timeout(LIMIT_S):
                while not heard and not lost:  # noqa: ASYNC110 - two ends are looked at
                    await asyncio.sleep(0.01)
        connection.stop()
        await connection.stopped()
        assert bool(lost) is not bool(heard)
        return str(lost[0]) if lost else ""


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    one = Secured(tmp_path)
    yield one
    one.broker.kill()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_whom_the_link_trusts_and_who_trusts_the_link(secured: Secured) -> None:
    """A refused handshake leaves its socket to the collector: so does paho, below aiomqtt."""
    ca, (cert, key) = secured.authority.ca, secured.ours
    assert await secured.said(Tls(ca, NAME, cert, key)) == ""
    assert await secured.said(Tls(ca, "127.0.0.1", cert, key)) == ""
    assert "verify failed" in await secured.said(Tls(ca, "other.hospital", cert, key))
    assert "verify failed" in await secured.said(Tls(secured.stranger.ca, NAME, cert, key))
    assert await secured.said(Tls(ca, NAME)) != ""
    assert await secured.said(Tls(ca, NAME, *secured.theirs)) != ""
    assert await secured.said(None) != ""


def test_certificates_that_cannot_be_used_are_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        tls_context(Tls(tmp_path / "none.pem", NAME))
    (tmp_path / "bad.pem").write_text("nonsense")
    with pytest.raises(OSError, match=r"."):
        tls_context(Tls(tmp_path / "bad.pem", NAME))
