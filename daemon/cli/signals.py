"""The verbs about the signals of alarms; none of them changes a condition, or the run."""

from __future__ import annotations

from pathlib import Path

import click

from daemon.cli.bedside import by_option, do, json_option, socket_option
from daemon.engine.inputs_alarms import PAUSE_MAX_MIN, PAUSE_MIN


@click.command()
@socket_option
@json_option
@by_option(required=False)
@click.argument("alarm")
def ack(socket: Path, *, as_json: bool, by: str, alarm: str) -> None:
    """Acknowledge an alarm by its id; its condition stays."""
    do(socket, "ack", as_json=as_json, by=by, alarm=alarm)


@click.command()
@socket_option
@json_option
@by_option()
@click.argument("alarm")
def reset(socket: Path, *, as_json: bool, by: str, alarm: str) -> None:
    """Take off a latched alarm whose condition is over."""
    do(socket, "reset", as_json=as_json, by=by, alarm=alarm)


@click.command("pause-audio")
@socket_option
@json_option
@by_option()
@click.option(
    "--minutes",
    type=click.IntRange(1, PAUSE_MAX_MIN),
    default=PAUSE_MIN,
    show_default=True,
    help="For so long; a new alarm ends it sooner.",
)
def pause_audio(socket: Path, *, as_json: bool, by: str, minutes: int) -> None:
    """Pause the sound at the bed; STOP NOT CONFIRMED sounds again after 30 s."""
    do(socket, "pause_audio", as_json=as_json, by=by, minutes=minutes)
