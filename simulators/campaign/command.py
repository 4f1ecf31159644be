"""`infusiond-sim campaign`."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from simulators.campaign import story as wire
from simulators.campaign.beds import BEDS
from simulators.campaign.campaign import campaign, replayed
from simulators.campaign.campaign import sweep as swept
from simulators.campaign.engine import story as engine
from simulators.campaign.engine.scenes import SCENES
from simulators.campaign.report import Report
from simulators.campaign.stories import Profile

SWEEP = "No seeds: what counts to n, struck at every n below N."
PROFILES = {profile.name: profile for profile in (engine.ENGINE, wire.WIRE)}
NARROWED = {"engine": (engine.narrowed, SCENES), "wire": (wire.narrowed, BEDS)}
"""How each is narrowed, and its beds."""


def _seeds(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, int]:
    first, colon, last = value.partition(":")
    try:
        seeds = (int(first), int(last) if colon else int(first) + 1)
    except ValueError:
        seeds = (0, 0)
    if not 0 <= seeds[0] < seeds[1]:
        raise click.BadParameter(f"{value}: expected A:B, 0 <= A < B, such as 0:20", context, parameter)
    return seeds


def _played(name: str, bed: str | None, only: str) -> Profile:
    """The profile of this name, narrowed."""
    narrowed, beds = NARROWED[name]
    if bed is not None and bed not in beds:
        text = f"no bed {bed} in profile {name}; there are: {', '.join(beds)}"
        raise click.BadParameter(text, param_hint="--bed")
    kinds = tuple(one for one in only.split(",") if one)
    profile = narrowed(bed, kinds)
    unknown = sorted(set(kinds) - set(profile.acts))
    if unknown:
        text = f"nothing strikes by the name of {', '.join(unknown)}; there are: {', '.join(profile.acts)}"
        raise click.BadParameter(text, param_hint="--only")
    return profile


@click.command("campaign")
@click.option(
    "--seeds", callback=_seeds, default="0:10", show_default=True, metavar="A:B", help="A to B - 1."
)
@click.option(
    "--hours", type=click.FloatRange(0, 10_000), default=1, show_default=True, help="Each seed lives."
)
@click.option("--profile", type=click.Choice(sorted(PROFILES)), default="wire", show_default=True)
@click.option("--story", metavar="SEED/RUN|nth/KIND/N", help="Play this one story and nothing else.")
@click.option("--bed", metavar="BED", help="Every story at this bed of the profile.")
@click.option("--only", default="", metavar="KIND,KIND", help="Nothing else strikes.")
@click.option("--sweep", type=click.IntRange(1, 10_000), metavar="N", help=SWEEP)
@click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="So many seeds at a time."
)
@click.option("--first", is_flag=True, help="Stop at the first story that breaks an invariant.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
def command(
    *,
    seeds: tuple[int, int],
    hours: float,
    profile: str,
    story: str | None,
    bed: str | None,
    only: str,
    sweep: int | None,
    workers: int,
    first: bool,
    as_json: bool,
) -> None:
    """Try to hurt a simulated patient with drawn faults, on virtual time. Exit 1 if it succeeds."""
    played = _played(profile, bed, only)
    if story is not None:
        _again(story, played)
        return
    if sweep is not None:
        report = swept(sweep, tell=_to_stderr)
    else:
        report = campaign(seeds, hours, first=first, profile=played, workers=workers, tell=_to_stderr)
    click.echo(json.dumps(report.as_json()) if as_json else _words(report))
    sys.exit(1 if report.violations else 0)


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)


def _again(name: str, profile: Profile) -> None:
    try:
        ended = replayed(name, profile)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--story") from error
    for line in profile.told(ended.story):
        click.echo(line)
    click.echo(f"BROKEN {ended.text}" if ended.broken else "every invariant held")
    sys.exit(1 if ended.broken else 0)


def _words(report: Report) -> str:
    told: dict[str, Any] = report.as_json()
    lines = [
        f"{told['runs']} runs, {told['patient_hours']} patient-hours, {told['cpu_s']} s of CPU",
        f"{told['times_real_time']} times real time, {told['patient_hours_per_cpu_hour']} to a CPU-hour",
        f"{sum(report.struck.values())} faults: "
        + ", ".join(f"{name} {number}" for name, number in told["faults"].items()),
        f"{sum(report.checked.values())} checks: "
        + ", ".join(f"{name} {number}" for name, number in told["invariants"].items()),
        f"{len(report.violations)} violations",
    ]
    return "\n".join(lines)
