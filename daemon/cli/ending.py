"""`infusiond stop`: end the daemon of a bed in good order, and never under a patient (F29)."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

import click

from daemon import exact_json
from daemon.cli.bedside import json_option, nobody, socket_option
from daemon.clock import SystemClock
from daemon.control import client

GONE_MS = 12_000
LOOK_S = 0.05


@click.command()
@socket_option
@json_option
def stop(socket: Path, *, as_json: bool) -> None:
    """End the daemon in good order. Refused while drug runs or a STOP is not confirmed: hold first."""
    try:
        answer = client.ask(socket, "stop")
    except client.NoDaemon as error:
        nobody(error, as_json=as_json)
    if answer["ok"] and not _gone(socket):
        why = f"{answer['answer']}, but its socket is still there after {GONE_MS // 1000} s"
        answer = {"ok": False, "answer": why}
    click.echo(exact_json.dumps(answer) if as_json else answer["answer"])
    sys.exit(0 if answer["ok"] else 1)


def _gone(socket: Path) -> bool:
    """The socket is taken away last, after pump and journal."""
    clock, pause = SystemClock(), Event()
    end_ms = clock.wire_ms() + GONE_MS
    while socket.exists():
        if clock.wire_ms() > end_ms:
            return False
        pause.wait(LOOK_S)
    return True
