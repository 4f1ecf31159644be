"""The verbs a person uses at the bed; each is one act through the control socket."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from daemon import exact_json
from daemon.cli.press_stop import Pressed
from daemon.control import client

STOPPED_FIRST = frozenset({"unknown_symptom", "minutes_ago", "nothing_graded"})
"""Refusals of a reaction that could not be graded; the drug was stopped all the same."""
DEFAULT_SOCKET = Path("/run/infusiond/infusiond.sock")

F = TypeVar("F", bound=Callable[..., Any])


def socket_option(command: F) -> F:
    """`--socket`, also from INFUSIOND_SOCKET."""
    return click.option(
        "--socket",
        "socket",
        type=click.Path(path_type=Path),
        envvar="INFUSIOND_SOCKET",
        default=DEFAULT_SOCKET,
        show_default=True,
        help="The bed's control socket.",
    )(command)


def json_option(command: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")(command)


def by_option(*, required: bool = True) -> Callable[[F], F]:
    """`--by`: the name of the person, recorded as claimed."""
    told = "Your name, recorded as claimed."
    if required:
        return click.option("--by", required=True, help=told)
    return click.option("--by", default="", help=told)


def seen_option(command: F) -> F:
    """`--seen`: the number of the screen the person decided on."""
    return click.option(
        "--seen",
        type=int,
        default=None,
        help="Number of the screen you decided on, as watch and status show it; refused if it changed.",
    )(command)


released_option = click.option(
    "--released/--not-released",
    default=None,
    help="After an occlusion: the pressure was released away from the patient, the line clamped.",
)


def nobody(error: client.NoDaemon, *, as_json: bool) -> NoReturn:
    """Say that nobody answers, in the form asked for, and exit 2."""
    if as_json:
        click.echo(exact_json.dumps({"ok": False, "answer": str(error)}))
    else:
        click.echo(str(error), err=True)
    sys.exit(2)


def do(socket: Path, verb: str, *, as_json: bool, **args: Any) -> None:
    """Carry out one act, print its answer; exit 0 done, 1 refused, 2 nobody answers."""
    try:
        answer = client.act(socket, verb, **args)
    except client.NoDaemon as error:
        nobody(error, as_json=as_json)
    click.echo(exact_json.dumps(answer) if as_json else answer["answer"])
    sys.exit(0 if answer["ok"] else 1)


def _nothing(_text: str) -> None:
    """With --json the sentences are in the answer."""


def do_stop(socket: Path, verb: str, *, as_json: bool, **args: Any) -> None:
    """An act that stops; exit 0 stopped or nothing to stop, 1 not confirmed in 3 s, 2 nobody answers."""
    pressed = Pressed(socket, tell=_nothing if as_json else click.echo)
    try:
        answer = pressed.send(verb, {"act_id": uuid.uuid4().hex, **args})
    except client.NoDaemon as error:
        nobody(error, as_json=as_json)
    stops = answer["ok"] or answer.get("code") in STOPPED_FIRST
    stopped = pressed.confirmed() if stops else None
    if as_json:
        click.echo(exact_json.dumps({**answer, "stopped": stopped}))
    sys.exit(0 if answer["ok"] and stopped is not False else 1)


@click.command()
@socket_option
@json_option
@seen_option
@by_option()
@click.option("--witness", required=True, help="The second, different person.")
def start(socket: Path, *, as_json: bool, by: str, witness: str, seen: int | None) -> None:
    """Begin the plan; two different persons."""
    do(socket, "start", as_json=as_json, by=by, witness=witness, seen=seen)


@click.command()
@socket_option
@json_option
@by_option(required=False)
@click.option("--reason", default="", help="Why; may be left out.")
def hold(socket: Path, *, as_json: bool, by: str, reason: str) -> None:
    """STOP the drug now. Needs no name."""
    do_stop(socket, "hold", as_json=as_json, by=by, reason=reason)


@click.command()
@socket_option
@json_option
@seen_option
@by_option()
@click.option("--choice", required=True, help="rest_of_step, same_step, fraction=0.5, back=N or start_over.")
@click.option("--reason", required=True, help="Why the run may go on.")
@click.option("--witness", default="", help="The second person, where two are needed.")
@released_option
def resume(
    socket: Path,
    *,
    as_json: bool,
    by: str,
    choice: str,
    reason: str,
    witness: str,
    released: bool | None,
    seen: int | None,
) -> None:
    """Go on from a hold, within what the protocol's rules leave (see status)."""
    args = {"by": by, "choice": choice, "reason": reason, "witness": witness, "seen": seen}
    do(socket, "resume", as_json=as_json, **args, **_said(released))


def _said(released: bool | None) -> dict[str, bool]:
    return {} if released is None else {"released": released}


@click.command()
@socket_option
@json_option
@by_option(required=False)
@click.option("--reason", default="")
def abort(socket: Path, *, as_json: bool, by: str, reason: str) -> None:
    """STOP at once; with --by the run is over, without it stays held."""
    do_stop(socket, "abort", as_json=as_json, by=by, reason=reason)


@click.command()
@socket_option
@json_option
@by_option()
@click.option("--reason", default="")
def manual(socket: Path, *, as_json: bool, by: str, reason: str) -> None:
    """Finish by hand: the daemon watches and sends nothing but your STOP."""
    do(socket, "manual", as_json=as_json, by=by, reason=reason)


@click.command()
@socket_option
@json_option
@seen_option
@by_option()
@click.option("--witness", required=True)
def automatic(socket: Path, *, as_json: bool, by: str, witness: str, seen: int | None) -> None:
    """Leave manual: the pump is stopped and the run held; then resume by the rules."""
    do(socket, "automatic", as_json=as_json, by=by, witness=witness, seen=seen)


@click.group()
def confirm() -> None:
    """Say with your name what you have seen or done."""


def _plain_confirm(name: str, help_text: str) -> None:
    @confirm.command(name, help=help_text)
    @socket_option
    @json_option
    @by_option()
    def command(socket: Path, *, as_json: bool, by: str) -> None:
        do(socket, f"confirm_{name}", as_json=as_json, by=by)


@confirm.command("running")
@socket_option
@json_option
@seen_option
@by_option()
def confirm_running(socket: Path, *, as_json: bool, by: str, seen: int | None) -> None:
    """The observed pump runs as shown; automatic goes on."""
    do(socket, "confirm_running", as_json=as_json, by=by, seen=seen)


@confirm.command("empty")
@socket_option
@json_option
@seen_option
@by_option()
@released_option
def confirm_empty(socket: Path, *, as_json: bool, by: str, seen: int | None, released: bool | None) -> None:
    """The last bag is empty; its step is over."""
    do(socket, "confirm_empty", as_json=as_json, by=by, seen=seen, **_said(released))


_plain_confirm("assessment", "The patient was looked at and may go on.")


@confirm.command("stopped")
@socket_option
@json_option
@by_option()
@click.option("--pump", default="", help="Which one, where STOP is not confirmed at several.")
def confirm_stopped(socket: Path, *, as_json: bool, by: str, pump: str) -> None:
    """The pump was stopped by hand and the line is clamped."""
    do(socket, "confirm_stopped", as_json=as_json, by=by, pump=pump)
