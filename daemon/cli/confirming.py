"""`infusiond confirm …`: what a person has seen, read, heard or done at the bed, each with a name."""

from __future__ import annotations

import sys
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn

import click

from daemon import exact_json
from daemon.cli.bedside import (
    by_option,
    confirm,
    do,
    json_option,
    nobody,
    seen_option,
    socket_option,
)
from daemon.cli.line import confirm_line
from daemon.clock import SystemClock
from daemon.control import client

__all__ = ["confirm", "confirm_line", "sound_test"]

_FORM = "%Y-%m-%dT%H:%M"
_MADE = "--made YYYY-MM-DDTHH:MM"


@confirm.command("solution")
@socket_option
@json_option
@seen_option
@by_option()
@click.option("--pump", required=True, help="What the label of the pump says.")
@click.option("--code", prompt="Code on the bag's label", help="What the label of the bag says.")
@click.option(
    "--made", default="", help="When the bag was made, from its label: YYYY-MM-DDTHH:MM, local time."
)
@click.option("--made-min", default="", help="The same as minutes since then.")
@click.option(
    "--primed/--not-primed",
    prompt="Is the line filled with this solution up to the hub",
    help="Its line is filled with this solution up to the hub.",
)
@click.option("--witness", default="", help="The second, different person; not needed with --scanned.")
@click.option("--scanned", is_flag=True, help="Pump and bag were read by a scanner, not by eye.")
def confirm_solution(
    socket: Path,
    *,
    as_json: bool,
    by: str,
    pump: str,
    code: str,
    made: str,
    made_min: str,
    primed: bool,
    witness: str,
    scanned: bool,
    seen: int | None,
) -> None:
    """Bag and pump belong together: read both labels."""
    words = {"pump": pump, "code": code, "made_min": _minutes(made, made_min), "witness": witness}
    do(
        socket,
        "confirm_solution",
        as_json=as_json,
        by=by,
        primed=primed,
        scanned=scanned,
        seen=seen,
        **words,
    )


def _minutes(made: str, made_min: str) -> str:
    """Minutes since the bag was made, as the daemon takes them."""
    if made and made_min:
        _unusable(f"say when the bag was made once: {_MADE}, or --made-min N")
    if not made and not made_min:
        made = click.prompt("When was the bag made, from its label (YYYY-MM-DDTHH:MM)")
    try:
        if made_min:
            minutes = Decimal(made_min)
        else:
            then = datetime.strptime(made, _FORM).astimezone()
            minutes = Decimal(int((SystemClock().utc() - then).total_seconds())) / 60
    except (InvalidOperation, ValueError):
        _unusable(f"{made or made_min!r} is no time: {_MADE}, or --made-min N")
    if not minutes.is_finite() or minutes < 0:
        _unusable("the bag was made in the future: compare its label with the clock of this computer")
    return f"{minutes:f}"


def _unusable(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(2)


@confirm.command("patient")
@socket_option
@json_option
@seen_option
@by_option()
@click.option("--patient", required=True, help="The identifier on the wristband, read at the bed.")
def confirm_patient(socket: Path, *, as_json: bool, by: str, patient: str, seen: int | None) -> None:
    """The wristband was read: this is the plan's patient."""
    do(socket, "confirm_patient", as_json=as_json, by=by, patient=patient, seen=seen)


@confirm.command("vitals")
@socket_option
@json_option
@seen_option
@by_option()
def confirm_vitals(socket: Path, *, as_json: bool, by: str, seen: int | None) -> None:
    """Pulse and SpO2 shown here are those on the monitor beside the patient."""
    do(socket, "confirm_vitals", as_json=as_json, by=by, seen=seen)


@confirm.command("sound")
@socket_option
@json_option
@by_option()
def confirm_sound(socket: Path, *, as_json: bool, by: str) -> None:
    """You heard the test tone at the bed."""
    do(socket, "confirm_sound", as_json=as_json, by=by)


@click.command("sound-test")
@socket_option
@json_option
def sound_test(socket: Path, *, as_json: bool) -> None:
    """Ask everything at the bed that can sound for a test tone."""
    try:
        answer = client.ask(socket, "sound_test")
    except client.NoDaemon as error:
        nobody(error, as_json=as_json)
    click.echo(exact_json.dumps(answer) if as_json else answer["answer"])
    sys.exit(0 if answer["ok"] else 1)
