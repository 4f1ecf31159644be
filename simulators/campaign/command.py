"""`infusiond-sim campaign`."""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

import click

from simulators.campaign.beds import BEDS
from simulators.campaign.campaign import Report, campaign, replayed
from simulators.campaign.campaign import sweep as swept
from simulators.campaign.engine.story import ENGINE
from simulators.campaign.stories import Profile
from simulators.campaign.story import KINDS, WIRE, narrowed

SWEEP = "No seeds: what counts to n, struck at every n below N."
PROFILES = {profile.name: profile for profile in (ENGINE, WIRE)}


def _seeds(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, int]:
    first, colon, last = value.partition(":")
    try:
        seeds = (int(first), int(last) if colon else int(first) + 1)
    except ValueError:
        seeds = (0, 0)
    if not 0 <= seeds[0] < seeds[1]:
        raise click.BadParameter(f"{value}: expected A:B, 0 <= A < B, such as 0:20", context, parameter)
    return seeds


GARBAGE = 20_000
"""Frozen states make no circles: what a story leaves is looked through less often than Python would."""


def _kinds(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    named = tuple(one for one in value.split(",") if one)
    unknown = sorted(set(named) - set(KINDS))
    if unknown:
        text = f"nothing strikes by the name of {', '.join(unknown)}; there are: {', '.join(KINDS)}"
        raise click.BadParameter(text, context, parameter)
    return named


@click.command("campaign")
@click.option(
    "--seeds", callback=_seeds, default="0:10", show_default=True, metavar="A:B", help="A to B - 1."
)
@click.option(
    "--hours", type=click.FloatRange(0, 10_000), default=1, show_default=True, help="Each seed lives."
)
@click.option("--profile", type=click.Choice(sorted(PROFILES)), default="wire", show_default=True)
@click.option("--story", metavar="SEED/RUN|nth/KIND/N", help="Play this one story and nothing else.")
@click.option("--bed", type=click.Choice(list(BEDS)), help="Every story at this bed; profile wire.")
@click.option("--only", callback=_kinds, default="", metavar="KIND,KIND", help="Nothing else; profile wire.")
@click.option("--sweep", type=click.IntRange(1, 10_000), metavar="N", help=SWEEP)
@click.option("--first", is_flag=True, help="Stop at the first story that breaks an invariant.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
def command(
    *,
    seeds: tuple[int, int],
    hours: float,
    profile: str,
    story: str | None,
    bed: str | None,
    only: tuple[str, ...],
    sweep: int | None,
    first: bool,
    as_json: bool,
) -> None:
    """Try to hurt a simulated patient with drawn faults, on virtual time. Exit 1 if it succeeds."""
    gc.freeze()
    gc.set_threshold(GARBAGE)
    played = narrowed(bed, only) if profile == WIRE.name else PROFILES[profile]
    if story is not None:
        _again(story, played)
        return
    if sweep is not None:
        report = swept(sweep, tell=_to_stderr)
    else:
        report = campaign(seeds, hours, first=first, profile=played, tell=_to_stderr)
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
        f"{sum(report.struck.values())} faults: "
        + ", ".join(f"{name} {number}" for name, number in told["faults"].items()),
        f"{sum(report.checked.values())} checks: "
        + ", ".join(f"{name} {number}" for name, number in told["invariants"].items()),
        f"{len(report.violations)} violations",
    ]
    return "\n".join(lines)
