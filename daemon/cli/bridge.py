"""`infusiond bridge`: the far end of an `mqtt:` link, on the host that has the device's port."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import secrets
import signal
from pathlib import Path

import click

from daemon.clock import SystemClock
from daemon.link_key import NoKey, read_key
from daemon.runtime.bridge_proof import BridgeProof
from drivers.interfaces import Link
from drivers.links.factory import open_link
from drivers.links.mqtt.bridge import Bridge
from drivers.links.mqtt.broker import Broker, Connection, Tls, tls_context
from drivers.links.mqtt.envelope import SESSION_BYTES
from drivers.links.mqtt.stream import Seal
from drivers.links.text import LinkKind, read_link

_FILE = click.Path(path_type=Path)
INSTANCE_BYTES = 6
"""Begins each session of one bridge; ten random bytes follow."""
_CARRIED = (LinkKind.SERIAL, LinkKind.TCP)


@click.command()
@click.option("--link", "link_text", required=True, help="The device's own link: serial:PATH or tcp:….")
@click.option("--mqtt", "broker_text", required=True, metavar="ADDRESS:PORT", help="The broker.")
@click.option("--topic", required=True, help="TOPIC of the bed file's mqtt:TOPIC.")
@click.option("--key-file", required=True, help="The key both ends share, or credential:NAME.")
@click.option("--baud", type=click.IntRange(300, 921_600), default=9600, show_default=True)
@click.option("--parity", type=click.Choice(["N", "E", "O"]), default="N", show_default=True)
@click.option("--rtscts", is_flag=True, help="With RTS/CTS flow control.")
@click.option("--ca", type=_FILE, help="Encrypt, and check the broker by this authority.")
@click.option("--server-name", help="What the broker's certificate says, if not its address.")
@click.option("--cert", type=_FILE, help="Our certificate, if the broker asks for one.")
@click.option("--cert-key", type=_FILE, help="The key of --cert.")
def bridge(
    link_text: str,
    broker_text: str,
    topic: str,
    key_file: str,
    baud: int,
    parity: str,
    rtscts: bool,
    ca: Path | None,
    server_name: str | None,
    cert: Path | None,
    cert_key: Path | None,
) -> None:
    """Carry the bytes of one device to the daemon and back, until SIGTERM.

    Nothing is sent to the device but what the daemon has just sealed: when the daemon or the broker is gone,
    the device hears nothing more and its own watchdog acts. Not a medical device.
    """
    if ca is None and (server_name or cert or cert_key):
        raise click.UsageError("--server-name, --cert and --cert-key need --ca")
    try:
        if read_link(link_text).kind not in _CARRIED:
            raise click.UsageError(f"--link {link_text}: a bridge carries serial:PATH or tcp:ADDRESS:PORT")
        shared = Seal(read_key(key_file, Path.cwd()), read_link(f"mqtt:{topic}").rest)
        at = read_link(f"tcp:{broker_text}")
        tls = Tls(ca, server_name or at.address, cert, cert_key) if ca is not None else None
        if tls is not None:
            tls_context(tls)
        device = open_link(link_text, baud=baud, parity=parity, rtscts=rtscts)
    except (ValueError, NoKey, OSError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    instance = secrets.token_bytes(INSTANCE_BYTES)
    proof = BridgeProof(shared.topic, link_text, instance)
    try:
        asyncio.run(_run(shared, device, Broker(at.address, at.port, tls), proof, instance))
    except OSError as error:
        click.echo(f"--topic {topic}: another bridge of this host has it ({error})", err=True)
        raise SystemExit(2) from None


async def _run(shared: Seal, device: Link, broker: Broker, proof: BridgeProof, instance: bytes) -> None:
    await proof.start()
    one = Bridge(
        shared,
        device,
        functools.partial(Connection, broker),
        SystemClock().wire_ms,
        lambda: instance + secrets.token_bytes(SESSION_BYTES - INSTANCE_BYTES),
        _say,
    )
    running = asyncio.ensure_future(one.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running
    proof.close()


def _say(line: str) -> None:
    """One line on stdout; a reader that is gone harms nothing."""
    with contextlib.suppress(OSError, ValueError):
        os.write(1, f"{line}\n".encode())
