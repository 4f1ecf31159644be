"""`infusiond feed`: what the ward hears of one bed, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
from pathlib import Path

import click

from daemon import engineers_log
from daemon.bed import Bed, load_bed
from daemon.bed_feeds import Hl7Entry, MqttEntry, Tls
from daemon.clock import SystemClock
from daemon.feeds.hl7 import feed as hl7
from daemon.feeds.hl7.heading import Bed as Hl7Bed
from daemon.feeds.hl7.sending import Receiver, Sender
from daemon.feeds.mqtt.client import Broker
from daemon.feeds.mqtt.feed import MqttFeed
from daemon.feeds.mqtt.topics import Place
from daemon.feeds.newest import Newest
from daemon.feeds.password import NoPassword, read_password
from daemon.private_file import check_private


@click.command()
@click.argument("bed_file", type=click.Path(path_type=Path))
def feed(bed_file: Path) -> None:
    """Tell the ward of one bed until SIGTERM. Informational: the alarm at the bed is what counts."""
    bed = load_bed(bed_file)
    if isinstance(bed, list):
        raise _unusable("\n".join(str(fault) for fault in bed))
    if not bed.feeds.names:
        raise _unusable(f"{bed_file}: feeds: there are none; write a [feeds.mqtt] or [feeds.hl7] table")
    asyncio.run(_run(bed))


async def _run(bed: Bed) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    clock = SystemClock()
    newest = Newest(bed.socket, clock.wire_ms)
    engineers_log.begin(bed.place, clock.utc, bed.patient).at = newest.place
    feeds = _feeds(bed, clock)
    running = [asyncio.create_task(one.run()) for one in (newest.following, *feeds)]
    waiting = asyncio.create_task(ended.wait())
    done, _ = await asyncio.wait([waiting, *running], return_when=asyncio.FIRST_COMPLETED)
    for task in (*running, waiting):
        task.cancel()
    await asyncio.gather(*running, waiting, return_exceptions=True)
    for task in done - {waiting}:
        with contextlib.suppress(asyncio.CancelledError):
            task.result()


def _feeds(bed: Bed, clock: SystemClock) -> list[hl7.Hl7Feed | MqttFeed]:
    found: list[hl7.Hl7Feed | MqttFeed] = []
    if bed.feeds.mqtt is not None:
        found.append(_mqtt(bed, bed.feeds.mqtt, clock))
    if bed.feeds.hl7 is not None:
        found.append(_hl7(bed, bed.feeds.hl7, clock))
    return found


def _mqtt(bed: Bed, entry: MqttEntry, clock: SystemClock) -> MqttFeed:
    password = None
    if entry.password_file is not None:
        try:
            password = read_password(entry.password_file)
        except NoPassword as error:
            raise _unusable(f"feeds.mqtt.password_file: {error}") from error
    tls = _context(entry.tls, "mqtt") if entry.tls is not None else None
    broker = Broker(entry.host, entry.port, tls, entry.username, password)
    place = Place(bed.site, bed.unit, bed.bed)
    return MqttFeed(place, broker, bed.socket, bed.journal, clock, confirm=entry.confirm)


def _hl7(bed: Bed, entry: Hl7Entry, clock: SystemClock) -> hl7.Hl7Feed:
    place = Hl7Bed(
        bed.site,
        bed.unit,
        bed.bed,
        entry.device_id,
        receiving_application=entry.receiving_application,
        receiving_facility=entry.receiving_facility,
    )
    told = bed.journal.with_name(f"{bed.journal.name}.hl7")
    return hl7.Hl7Feed(place, Sender(_receiver(entry)), bed.socket, bed.journal, told, clock)


def _receiver(entry: Hl7Entry) -> Receiver:
    return Receiver(entry.host, entry.port, _context(entry.tls, "hl7") if entry.tls is not None else None)


def _context(tls: Tls, feed: str) -> ssl.SSLContext:
    """Host names are checked, whatever the certificate."""
    try:
        if tls.certificate is not None:
            check_private(tls.key or tls.certificate)
        context = ssl.create_default_context(cafile=tls.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if tls.certificate is not None:
            context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ssl.SSLError) as error:
        raise _unusable(f"feeds.{feed}.tls: {tls.ca}, {tls.certificate}: {error}") from error
    return context


def _unusable(text: str) -> SystemExit:
    click.echo(text, err=True)
    return SystemExit(2)
