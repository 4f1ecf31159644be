"""The verbs about the patient: a reaction, its grade, vital signs by hand, one monitor left out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from daemon import exact_json
from daemon.cli.bedside import by_option, do, do_stop, json_option, seen_option, socket_option
from daemon.cli.measured import minutes_ago
from daemon.clock import SystemClock
from daemon.protocols.grading import SCALES
from daemon.protocols.rules import Grade
from drivers.values import UNITS, Signal

GRADES = [grade.value for grade in Grade]


@click.command()
@socket_option
@json_option
@by_option(required=False)
@click.option("--symptom", "symptoms", multiple=True, metavar="NAME", help="As often as needed; see --list.")
@click.option("--grade", type=click.Choice(GRADES), default=None, help="The higher one holds.")
@click.option("--epinephrine", is_flag=True, help="Epinephrine was given: the reaction is severe.")
@click.option("--minutes-ago", type=int, default=0, help="When it began, if not just now.")
@click.option("--text", default="", help="Anything else: other symptoms, what was given.")
@click.option("--list", "listed", is_flag=True, help="Print the scales with their symptoms.")
def reaction(
    socket: Path,
    *,
    as_json: bool,
    by: str,
    symptoms: Sequence[str],
    grade: str | None,
    epinephrine: bool,
    minutes_ago: int,
    text: str,
    listed: bool,
) -> None:
    """Report a reaction, in any phase; the drug stops first."""
    if listed:
        _print_scales(as_json=as_json)
        return
    do_stop(
        socket,
        "reaction",
        as_json=as_json,
        by=by,
        grade=grade,
        text=text,
        symptoms=list(symptoms),
        epinephrine=epinephrine,
        minutes_ago=minutes_ago,
    )


def _print_scales(*, as_json: bool) -> None:
    if as_json:
        scales = {name: {one: its.value for one, its in scale.items()} for name, scale in SCALES.items()}
        click.echo(exact_json.dumps(scales, indent=2))
        return
    for name, scale in SCALES.items():
        click.echo(name)
        for grade in Grade:
            click.echo(f"  {grade}: {', '.join(one for one, its in scale.items() if its is grade)}")


@click.command("correct-grade")
@socket_option
@json_option
@seen_option
@by_option()
@click.option("--witness", required=True, help="The second, different person.")
@click.option("--grade", type=click.Choice(GRADES), required=True, help="The lower grade.")
@click.option("--reason", required=True, help="Why it is lower; both grades stay on record.")
def correct_grade(
    socket: Path, *, as_json: bool, by: str, witness: str, grade: str, reason: str, seen: int | None
) -> None:
    """Lower the grade of the reaction: the prescriber and a second person."""
    do(
        socket,
        "correct_grade",
        as_json=as_json,
        by=by,
        witness=witness,
        grade=grade,
        reason=reason,
        seen=seen,
    )


@click.command()
@socket_option
@json_option
@by_option()
@click.option("--set", "values", multiple=True, required=True, metavar="SIGNAL=VALUE", help="Such as hr=80.")
@click.option("--at", default=None, metavar="HH:MM", help="When it was measured, local time.")
@click.option("--minutes-ago", "minutes", type=int, default=None, help="When it was measured; 0 = just now.")
def vitals(
    socket: Path, *, as_json: bool, by: str, values: Sequence[str], at: str | None, minutes: int | None
) -> None:
    """Enter vital signs that were measured or read off, where the protocol allows it."""
    known = _values(values)
    try:
        ago = minutes_ago(at, minutes, SystemClock().utc())
    except ValueError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    do(socket, "vitals", as_json=as_json, by=by, values=known, minutes_ago=ago)


def _values(texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in list(Signal) or name in found:
            units = ", ".join(f"{signal} ({UNITS[signal]})" for signal in Signal)
            click.echo(f"--set {text}: write SIGNAL=VALUE, each signal once; signals: {units}", err=True)
            sys.exit(2)
        found[name] = value
    return found


@click.command()
@socket_option
@json_option
@seen_option
@by_option()
@click.argument("source")
@click.option("--reason", required=True, help="Why its values are not to be believed.")
@click.option("--minutes", type=int, required=True, help="For how long; then it counts again by itself.")
def exclude(
    socket: Path, *, as_json: bool, by: str, source: str, reason: str, minutes: int, seen: int | None
) -> None:
    """Leave out one of several monitors that give the same signals; never the last one."""
    do(socket, "exclude", as_json=as_json, by=by, source=source, reason=reason, minutes=minutes, seen=seen)
