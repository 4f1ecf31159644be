"""The other side of the control socket, for the command line and the station."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from daemon import exact_json
from daemon.control.requests import ACTS
from daemon.engine.acts.persons import BOUND

TIMEOUT_S = 8.0


class NoDaemon(Exception):
    """Nobody answers on the control socket; the text says what to do with the hands."""


def ask(
    path: Path, verb: str, args: dict[str, Any] | None = None, *, limit_s: float = TIMEOUT_S
) -> dict[str, Any]:
    """One request, one answer."""
    for answer in stream(path, verb, args, limit_s=limit_s):
        return answer
    raise NoDaemon(nobody_answers(path, "it hung up"))


def act(path: Path, verb: str, **args: Any) -> dict[str, Any]:
    """One act of a person, with a fresh act id, decided on the screen `seen`; None = the present one."""
    if ACTS[verb] in BOUND and args.get("seen") is None:
        args["seen"] = ask(path, "status")["status"]["screen"]
    return ask(path, verb, {"act_id": uuid.uuid4().hex, **args})


def stream(
    path: Path,
    verb: str,
    args: dict[str, Any] | None = None,
    *,
    limit_s: float = TIMEOUT_S,
    reply: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda _: None,
) -> Iterator[dict[str, Any]]:
    """Answers to one request until the daemon hangs up; what `reply` makes of one is sent back."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(limit_s)
            connection.connect(str(path))
            connection.sendall(json.dumps({"verb": verb, "args": args or {}}).encode() + b"\n")
            with connection.makefile("rb") as lines:
                for line in lines:
                    answer = _answer(line)
                    said = reply(answer)
                    if said is not None:
                        connection.sendall(json.dumps(said).encode() + b"\n")
                    yield answer
    except ValueError as error:
        raise NoDaemon(nobody_answers(path, f"a broken word: {error}")) from error
    except OSError as error:
        raise NoDaemon(nobody_answers(path, str(error))) from error


def _answer(line: bytes) -> dict[str, Any]:
    match exact_json.loads(line):
        case dict(answer):
            return answer
        case _:
            raise ValueError("an answer is a JSON object")


def nobody_answers(path: Path, why: str) -> str:
    """What is said where the daemon is not: what to do with the hands."""
    return (
        f"no infusiond answers on {path} ({why}). "
        "If drug is running: press STOP on the pump and clamp the line at the patient."
    )
