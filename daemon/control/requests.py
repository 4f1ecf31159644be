"""What may be asked over the control socket, and how a request becomes an act of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from daemon.engine import inputs as inp
from daemon.journal.codec import CodecError, decode
from daemon.protocols.rules import Choice, ChoiceKind

ACTS: Mapping[str, type[inp.AnyAct]] = {
    "confirm_solution": inp.ConfirmSolution,
    "confirm_line": inp.ConfirmLine,
    "confirm_running": inp.ConfirmRunning,
    "confirm_stopped": inp.ConfirmStopped,
    "confirm_empty": inp.ConfirmEmpty,
    "confirm_assessment": inp.Assess,
    "start": inp.Start,
    "hold": inp.HoldNow,
    "reaction": inp.ReportReaction,
    "resume": inp.Resume,
    "manual": inp.GoManual,
    "automatic": inp.GoAutomatic,
    "abort": inp.Abort,
    "ack": inp.Acknowledge,
}
"""Every act by its verb."""


class BadRequest(ValueError):
    """A request that is no act; the text says what it lacks."""


def act_of(verb: str, given: Mapping[str, Any]) -> inp.AnyAct:
    """The act a request asks for; BadRequest names the verb, the key and the remedy."""
    cls = ACTS.get(verb)
    if cls is None:
        raise BadRequest(f"unknown verb {verb!r}; known: {', '.join(sorted(ACTS))}, status, watch, report")
    wanted = {field.name for field in fields(cls)}
    missing, unknown = wanted - given.keys(), given.keys() - wanted
    if missing or unknown:
        raise BadRequest(f"{verb}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    try:
        values = {**given}
        if "choice" in values:
            values["choice"] = {
                "kind": (choice := choice_of(str(values["choice"]))).kind,
                "steps": choice.steps,
            }
        act: inp.AnyAct = decode(cls, values)
    except CodecError as error:
        raise BadRequest(f"{verb}: {error}") from error
    return act


def choice_of(text: str) -> Choice:
    """`rest_of_step`, `same_step`, `back=N`, `start_over`; BadRequest for anything else."""
    word, _, number = text.replace(" ", "").partition("=")
    try:
        kind = ChoiceKind(word)
        steps = int(number) if kind is ChoiceKind.BACK else 0
    except ValueError as error:
        raise BadRequest(f"choice {text!r}: use rest_of_step, same_step, back=N or start_over") from error
    if kind is ChoiceKind.NEVER or (kind is ChoiceKind.BACK and steps < 1):
        raise BadRequest(f"choice {text!r}: use rest_of_step, same_step, back=N or start_over")
    return Choice(kind, steps)
