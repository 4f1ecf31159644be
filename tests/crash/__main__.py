"""`python -m tests.crash`: die at every point of one run, or at a sample; a JSON report, 1 for findings."""

from __future__ import annotations

import json
import logging
import random
import sys
import time
from typing import Any

import click
import structlog

from simulators.campaign.mortal import Point, Touch
from tests.crash.fork import Outcome, crashes


@click.command()
@click.option(
    "--sample", type=click.FloatRange(0, 1), default=1, show_default=True, help="Share of the points."
)
@click.option("--seed", type=int, default=1, show_default=True)
def main(sample: float, seed: int) -> None:
    """Kill at writes, sends and turns; say how many points there are and what was found."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    report = crash_report(sample, seed)
    click.echo(json.dumps(report, indent=1))
    sys.exit(1 if report["findings"] else 0)


def crash_report(sample: float, seed: int) -> dict[str, Any]:
    """Both plays of the run: one for what it writes and sends, one for the turns of its loop."""
    begun = time.monotonic()
    touches = crashes(_wanted(sample, seed, turns=False))
    turns = crashes(_wanted(sample, seed, turns=True), turns=True)
    kinds = sorted({*touches.points, "before turn"})
    both = (touches, turns)
    return {
        "points": {kind: _of(kind, both).points[kind] for kind in kinds},
        "died": {kind: _of(kind, both).died[kind] for kind in kinds},
        "phases": dict(touches.phases + turns.phases),
        "findings": touches.findings + turns.findings,
        "seconds": round(time.monotonic() - begun, 1),
    }


def _of(kind: str, both: tuple[Outcome, Outcome]) -> Outcome:
    return both[kind == "before turn"]


def _wanted(sample: float, seed: int, *, turns: bool) -> Any:
    chance = random.Random(f"{seed}/{turns}")

    def wanted(point: Point) -> bool:
        return (point.touch is Touch.TURN) is turns and chance.random() < sample

    return wanted


if __name__ == "__main__":
    main()
