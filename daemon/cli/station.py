"""`infusiond station`: the nursing station's side of the MQTT feed."""

from __future__ import annotations

import asyncio
import socket as sockets
import ssl
import sys
from pathlib import Path

import aiomqtt
import click
from aiomqtt import ProtocolVersion
from rich.console import Console
from rich.live import Live

from daemon import exact_json
from daemon.clock import SystemClock
from daemon.feeds.mqtt.client import Broker, Client
from daemon.feeds.mqtt.topics import ROOT
from daemon.feeds.password import NoPassword, read_password
from daemon.station.board import board
from daemon.station.listening import Listening, receipt
from daemon.station.ward import Row, Ward

FRAME_S = 0.25
LOOK_S = 3.0


@click.group()
def station() -> None:
    """See every bed of a ward, and confirm alarms. Informational; not a medical device."""


def _broker(mqtt: str, ca: Path | None, username: str | None, password_file: Path | None) -> Broker:
    host, _, port = mqtt.rpartition(":")
    if not host or not port.isdigit():
        raise click.BadParameter(f"{mqtt}: write HOST:PORT, such as mqtt.ward.example:8883")
    try:
        tls = ssl.create_default_context(cafile=ca) if ca is not None else None
        password = read_password(password_file) if password_file is not None else None
    except (OSError, NoPassword) as error:
        raise click.BadParameter(str(error)) from error
    return Broker(host, int(port), tls, username, password)


mqtt_option = click.option("--mqtt", required=True, help="The broker, HOST:PORT.")
ca_option = click.option("--ca", type=click.Path(path_type=Path), help="TLS: who signed its certificate.")
username_option = click.option("--username", help="Name at the broker.")
password_option = click.option(
    "--password-file", type=click.Path(path_type=Path), help="File with the password."
)


@station.command()
@mqtt_option
@ca_option
@username_option
@password_option
@click.option("--unit", default="", help="Only the beds of this unit.")
@click.option("--name", default="", help="What the beds call this station; else the name of this host.")
@click.option("--json", "as_json", is_flag=True, help="Look for 3 s, print every bed as JSON, end.")
def watch(
    mqtt: str,
    *,
    ca: Path | None,
    username: str | None,
    password_file: Path | None,
    unit: str,
    name: str,
    as_json: bool,
) -> None:
    """Every bed of a ward: state, step, alarms, and how long ago it was heard."""
    ward, clock = Ward(unit), SystemClock()
    broker = _broker(mqtt, ca, username, password_file)
    listening = Listening(broker, ward, clock, name or sockets.gethostname(), confirms=not as_json)
    if as_json:
        asyncio.run(_look(listening))
        beds = [_plain(row) for row in ward.rows(clock.wire_ms())]
        click.echo(exact_json.dumps({"down": listening.down, "beds": beds}, indent=2))
        sys.exit(2 if listening.down else 0)
    try:
        asyncio.run(_show(listening, ward, clock))
    except KeyboardInterrupt:
        return


async def _look(listening: Listening) -> None:
    task = asyncio.create_task(listening.run())
    await asyncio.sleep(LOOK_S)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _show(listening: Listening, ward: Ward, clock: SystemClock) -> None:
    task = asyncio.create_task(listening.run())
    console = Console(highlight=False, markup=False)
    with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
        while not task.done():
            now = clock.wire_ms()
            rows, (width, height) = ward.rows(now), console.size
            seen = board(rows, listening.down, now, note=listening.unconfirmed, width=width, height=height)
            live.update(seen, refresh=True)
            await asyncio.sleep(FRAME_S)
    task.result()


def _plain(row: Row) -> dict[str, object]:
    return {
        "site": row.site,
        "unit": row.unit,
        "bed": row.bed,
        "presence": row.presence.value,
        "quiet_s": row.quiet_s,
        "missed": row.missed,
        "state": row.state,
        "alarms": list(row.alarms),
    }


@station.command()
@mqtt_option
@ca_option
@username_option
@password_option
@click.option("--bed", required=True, help="SITE/UNIT/BED.")
@click.option("--alarm", required=True, help="Its id, such as held_vitals.")
@click.option("--by", required=True, help="Your name: it is recorded at the bed.")
@click.option("--name", default="", help="What the bed calls this station; else the name of this host.")
def ack(
    mqtt: str,
    *,
    ca: Path | None,
    username: str | None,
    password_file: Path | None,
    bed: str,
    alarm: str,
    by: str,
    name: str,
) -> None:
    """Say with your name that you know of an alarm. It changes nothing at the bed but the record."""
    broker = _broker(mqtt, ca, username, password_file)
    answer = asyncio.run(_acknowledge(broker, f"{ROOT}/{bed}", alarm, by, name or sockets.gethostname()))
    click.echo(answer or f"acknowledged {alarm} of {bed} as {by}; the condition stays", err=bool(answer))
    sys.exit(1 if answer else 0)


async def _acknowledge(broker: Broker, branch: str, alarm: str, by: str, name: str) -> str:
    """Why it was not done; empty = it was."""
    refused: list[str] = []
    try:
        async with Client(broker, ProtocolVersion.V5, refused.append) as client:
            await client.hear(f"{branch}/alarm/{alarm}")
            async with asyncio.timeout(LOOK_S):
                message = await anext(aiter(client.messages))
            key = str(exact_json.loads(bytes(message.payload))["key"])
            await client.put(f"{branch}/ack/{alarm}", receipt(key, "acknowledged", name, by))
    except TimeoutError:
        return f"{branch}: has no active alarm {alarm}"
    except (aiomqtt.MqttError, OSError, ValueError, LookupError, TypeError) as error:
        return str(error)
    return refused[0] if refused else ""
