"""`python -m tests.soak`: seven virtual days on one bed; JSON, 1 if memory, files or chain are wrong."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import click
import structlog

from simulators.campaign.story import MEMORY
from tests.soak.bed import Days, Soak

GROWN_MB = 12.0
"""Between a quarter of the time and its end; a leak of 1 kB a record would be ten times that in a week."""
DISK_MB = 40
"""A day of files, the open one, and their logs."""


@click.command()
@click.option("--hours", type=float, default=168, show_default=True)
@click.option("--look-hours", type=float, default=6, show_default=True)
def main(hours: float, look_hours: float) -> None:
    """Live, look, judge."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    begun = time.process_time()
    memory = str(MEMORY) if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        days = Soak(Path(folder), hours, look_hours, lambda text: click.echo(text, err=True)).live()
    wrong = judged(days)
    click.echo(json.dumps({**asdict(days), "wrong": wrong, "cpu_s": round(time.process_time() - begun)}))
    sys.exit(1 if wrong else 0)


def judged(days: Days, grown_mb: float = GROWN_MB, disk_mb: float = DISK_MB) -> list[str]:
    """What is wrong with these days."""
    warm = days.rss_mb[len(days.rss_mb) // 4 :]
    grown, disk = max(warm) - warm[0], max(days.disk_bytes) / 2**20
    wrong = [f"memory grew by {grown:.1f} MiB"] * (grown > grown_mb)
    wrong += [f"the files grew to {disk:.1f} MiB"] * (disk > disk_mb)
    wrong += [f"the chain does not hold: {days.fault}"] * bool(days.fault)
    wrong += ["no file was begun"] * (max(days.files) < 2)
    runs, missed = (days.happened.get(what, 0) for what in ("run", "not begun"))
    return wrong + [f"{missed} runs could not be begun beside {runs} that were"] * (missed > runs // 20)


if __name__ == "__main__":
    main()
