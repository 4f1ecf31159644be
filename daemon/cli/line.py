"""`infusiond confirm line` and `infusiond flush`: what was done to the drug line."""

from __future__ import annotations

import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from daemon.cli.bedside import by_option, confirm, do, json_option, seen_option, socket_option
from daemon.engine.line import FlushTo, Handling


@confirm.command("line")
@socket_option
@json_option
@by_option()
@click.option(
    "--handling",
    type=click.Choice([one.value for one in Handling]),
    default=Handling.CONNECTED.value,
    show_default=True,
    help="Only connected, all of it up to the vein replaced, or cleared away from the patient.",
)
@click.option("--cleared-ml", default="0", help="How many mL ran out of it away from the patient.")
@click.option("--valves", is_flag=True, help="Every line that meets the Y-site has a non-return valve.")
def confirm_line(
    socket: Path, *, as_json: bool, by: str, handling: str, cleared_ml: str, valves: bool
) -> None:
    """Line, second access or hub stopcock, clamp; the cuff is not on the infusion arm."""
    ml = _ml(cleared_ml, "--cleared-ml")
    do(
        socket,
        "confirm_line",
        as_json=as_json,
        by=by,
        handling=handling,
        cleared_ml=ml,
        valves=valves,
    )


@click.command()
@socket_option
@json_option
@seen_option
@by_option()
@click.option(
    "--to",
    type=click.Choice([one.value for one in FlushTo]),
    required=True,
    help="Where the fluid went; nobody = the line was not flushed.",
)
@click.option("--volume-ml", default="0", help="How many mL were pushed through; 0 to nobody.")
def flush(socket: Path, *, as_json: bool, by: str, to: str, volume_ml: str, seen: int | None) -> None:
    """The drug line was flushed with fluid without drug, or was not: what it held counts accordingly."""
    do(socket, "flush", as_json=as_json, by=by, to=to, volume_ml=_ml(volume_ml, "--volume-ml"), seen=seen)


def _ml(text: str, option: str) -> str:
    """A volume as the daemon takes it; exit 2 for anything else."""
    try:
        volume = Decimal(text)
    except InvalidOperation:
        volume = Decimal("NaN")
    if not volume.is_finite() or volume < 0:
        click.echo(f"{option} {text!r} is no volume: give mL with a decimal point, such as 10", err=True)
        sys.exit(2)
    return f"{volume:f}"
