"""`infusiond metrics`: figures of one bed for Prometheus, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path

import click

from daemon import engineers_log
from daemon.bed import Bed, load_bed
from daemon.bed_metrics import MetricsEntry
from daemon.clock import SystemClock
from daemon.feeds.metrics.exporter import Exporter
from daemon.feeds.metrics.listener import Listener
from daemon.feeds.newest import Newest


@click.command()
@click.argument("bed_file", type=click.Path(path_type=Path))
def metrics(bed_file: Path) -> None:
    """Tell engineers' figures of one bed to whoever scrapes them, until SIGTERM."""
    bed = load_bed(bed_file)
    if isinstance(bed, list):
        raise _unusable("\n".join(str(fault) for fault in bed))
    if bed.metrics is None:
        raise _unusable(f'{bed_file}: metrics: is missing; write [metrics] and listen = "127.0.0.1:9464"')
    try:
        asyncio.run(_run(bed, bed.metrics))
    except OSError as error:
        raise _unusable(f"{bed_file}: metrics.listen: {error}") from error


async def _run(bed: Bed, entry: MetricsEntry) -> None:
    clock = SystemClock()
    place = engineers_log.begin(bed.place, clock.utc, bed.patient)
    newest = Newest(bed.socket, clock.wire_ms)
    place.at = newest.place
    listener = Listener(entry.host, entry.port, Exporter(bed.place, newest).text)
    await listener.open()
    following = asyncio.ensure_future(newest.following.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, following.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await following
    await listener.close()


def _unusable(text: str) -> SystemExit:
    click.echo(text, err=True)
    return SystemExit(2)
