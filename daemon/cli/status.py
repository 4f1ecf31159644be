"""`infusiond status` and `infusiond report`: what the bed does now, and what it did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from daemon import exact_json
from daemon.cli.bedside import json_option, nobody, socket_option
from daemon.control import client
from daemon.terminal.report import report_text
from daemon.terminal.status import status_text
from daemon.terminal.watch import watch_forever


def _ask(socket: Path, verb: str, *, as_json: bool) -> dict[str, Any]:
    try:
        return client.ask(socket, verb)
    except client.NoDaemon as error:
        nobody(error, as_json=as_json)


@click.command()
@socket_option
@json_option
@click.option("--watch", is_flag=True, help="A live view, readable from two metres.")
def status(socket: Path, *, as_json: bool, watch: bool) -> None:
    """Say what the bed does now, and what comes next."""
    if watch:
        sys.exit(watch_forever(socket))
    seen = _ask(socket, "status", as_json=as_json)["status"]
    click.echo(exact_json.dumps(seen, indent=2) if as_json else status_text(seen))


@click.command()
@socket_option
@json_option
def report(socket: Path, *, as_json: bool) -> None:
    """Say what was planned and what was given, from the journal."""
    told = _ask(socket, "report", as_json=as_json)["report"]
    click.echo(exact_json.dumps(told, indent=2) if as_json else report_text(told))
