"""`python -m tests.crash`: die at every point of one run, or at a sample; a JSON report, 1 for findings."""

from __future__ import annotations

import json
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
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
    """The run is played three times: for its writes and sends, for the turns of its loop, for torn writes."""
    begun = time.monotonic()
    plays = {
        "": crashes(_wanted(sample, seed, lambda point: point.touch is not Touch.TURN)),
        "turn": crashes(_wanted(sample, seed, lambda point: point.touch is Touch.TURN), turns=True),
        "torn": crashes(_wanted(sample, seed, _just_written), torn=True),
    }
    return {
        "points": {kind: number for kind, number in _kinds(plays, "points").items() if number},
        "died": _kinds(plays, "died"),
        "phases": dict(sum((one.phases for one in plays.values()), Counter[str]())),
        "findings": [found for one in plays.values() for found in one.findings],
        "seconds": round(time.monotonic() - begun, 1),
    }


def _kinds(plays: dict[str, Outcome], what: str) -> dict[str, int]:
    """Of each play the kinds that only it is played for."""
    touches, turns, torn = (getattr(plays[name], what) for name in ("", "turn", "torn"))
    return {
        **{kind: touches[kind] for kind in sorted(touches)},
        "before turn": turns["before turn"],
        "torn append": torn["after append"],
    }


def _just_written(point: Point) -> bool:
    return point.touch is Touch.APPEND and point.after


def _wanted(sample: float, seed: int, one_of: Callable[[Point], bool]) -> Callable[[Point], bool]:
    chance = random.Random(seed)
    return lambda point: one_of(point) and chance.random() < sample


if __name__ == "__main__":
    main()
