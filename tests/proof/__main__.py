"""`python -m tests.proof`: the long proof, its parts side by side; 1 if one of them found anything."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import click

from tests.proof.parts import Length, Played, parts, play
from tests.proof.report import kept, told

ROOT = Path(__file__).parents[2]


@click.command()
@click.option("--seeds", default=Length().seeds, show_default=True, help="Of both campaigns, A:B.")
@click.option(
    "--hours", default=Length().hours, show_default=True, help="Each seed of the profile wire lives."
)
@click.option("--engine-hours", default=Length().engine_hours, show_default=True)
@click.option(
    "--sweep", default=Length().sweep, show_default=True, help="What counts to n is struck below it."
)
@click.option("--switches", default=Length().switches, show_default=True, help="Changes of pump, A:B.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Parts side by side.")
def main(seeds: str, hours: float, engine_hours: float, sweep: int, switches: str, jobs: int) -> None:
    """Play every part, say how each ended, and leave build/proof.json and build/proof.md."""
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    wanted = parts(Length(seeds, hours, engine_hours, sweep, switches))
    of, on = _commit(), _machine()
    ended: dict[str, Played] = {}
    so_far: list[Played] = []
    with ThreadPoolExecutor(jobs) as pool:
        for done in as_completed(pool.submit(play, part) for part in wanted):
            one = done.result()
            ended[one.part.name] = one
            so_far = [ended[part.name] for part in wanted if part.name in ended]
            (folder / "proof.json").write_text(json.dumps(kept(so_far), indent=1), encoding="utf-8")
            click.echo(f"{one.part.name}: exit code {one.code} after {one.seconds / 60:.1f} min")
            if one.code:
                click.echo(one.tail, err=True)
    report = told(so_far, of, on)
    (folder / "proof.md").write_text(report, encoding="utf-8")
    click.echo(report)
    sys.exit(int(any(one.code for one in ended.values())))


def _commit() -> str:
    asked = ["git", "describe", "--always", "--dirty"]
    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.strip() or "a tree without git"


def _machine() -> str:
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {load}"


if __name__ == "__main__":
    main()
