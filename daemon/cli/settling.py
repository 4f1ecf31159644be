"""The verbs that end a doubt: about the counter, a step, the time the drug was off, the pump."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from daemon.cli.bedside import by_option, do, json_option, seen_option, socket_option
from daemon.cli.options import DoseType
from daemon.engine.doubts import Explanation, Settlement


@click.command()
@socket_option
@json_option
@seen_option
@by_option()
@click.option(
    "--as", "how", type=click.Choice([how.value for how in Explanation]), required=True, help="What it was."
)
@click.option("--text", required=True, help="What happened at the pump.")
def classify(socket: Path, *, as_json: bool, by: str, how: str, text: str, seen: int | None) -> None:
    """Say what a leap of the pump's volume counter was; the oldest one first."""
    do(socket, "classify", as_json=as_json, by=by, how=how, text=text, seen=seen)


@click.command()
@socket_option
@json_option
@seen_option
@by_option()
@click.option("--credit/--give", required=True, help="Count the step as given, or give what it lacks.")
@click.option("--reason", required=True, help="Why.")
def settle(socket: Path, *, as_json: bool, by: str, credit: bool, reason: str, seen: int | None) -> None:
    """Decide about a step that is full by one of its bounds and not by the other."""
    how = Settlement.CREDIT if credit else Settlement.GIVE
    do(socket, "settle", as_json=as_json, by=by, how=how.value, reason=reason, seen=seen)


@click.command("enter-time")
@socket_option
@json_option
@seen_option
@by_option()
@click.option("--minutes-ago", type=DoseType(), required=True, help="Minutes since the drug stopped.")
@click.option("--witness", required=True, help="The second, different person.")
def enter_time(
    socket: Path, *, as_json: bool, by: str, minutes_ago: Decimal, witness: str, seen: int | None
) -> None:
    """Say how long ago the drug stopped, where no clock can tell; two different persons."""
    minutes = str(minutes_ago)
    do(socket, "enter_time", as_json=as_json, by=by, minutes_ago=minutes, witness=witness, seen=seen)


@click.command("replace-pump")
@socket_option
@json_option
@seen_option
@by_option()
@click.option("--serial", required=True, help="Serial number of the pump that now stands here.")
@click.option("--witness", required=True, help="The second, different person.")
def replace_pump(
    socket: Path, *, as_json: bool, by: str, serial: str, witness: str, seen: int | None
) -> None:
    """Put another pump in the place of the one before; two different persons, only while held."""
    do(socket, "replace_pump", as_json=as_json, by=by, serial=serial, witness=witness, seen=seen)
