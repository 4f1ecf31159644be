"""`infusiond annunciator`: the sound at the bed, in a process of its own."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from daemon.annunciator.box import Box
from daemon.annunciator.ear import heard
from daemon.annunciator.speaker import Alsa, Relay
from daemon.cli.bedside import socket_option
from daemon.clock import SystemClock
from daemon.terminal.hearing import Hearing

TURN_S = 0.1


@click.command()
@socket_option
@click.option("--alsa", default="default", show_default=True, help="The sound device, by its ALSA name.")
@click.option("--relay", default="", help="Instead of ALSA: a command, called with high, medium or low.")
@click.option("--name", default="annunciator", show_default=True, help="What the bed calls it.")
def annunciator(socket: Path, alsa: str, relay: str, name: str) -> None:
    """Sound the alarms of one bed, and by itself when its daemon is silent. Not a medical device."""
    clock = SystemClock()
    box = Box(Relay(relay) if relay else Alsa(alsa), lambda text: click.echo(text, err=True))
    hearing = Hearing(socket, clock, box, name)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    hearing.start()
    while not ended.wait(TURN_S):
        box.turn(heard(hearing.audible(), hearing.last), clock.wire_ms())
