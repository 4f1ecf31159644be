"""What may be asked over the control socket, and how a request becomes an act of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from daemon.engine import inputs as inp
from daemon.engine.acts.persons import BOUND
from daemon.journal.codec import CodecError, decode
from daemon.protocols.fraction_text import part_of
from daemon.protocols.rules import Choice, ChoiceKind

ACTS: Mapping[str, type[inp.AnyAct]] = {
    "confirm_solution": inp.ConfirmSolution,
    "confirm_patient": inp.ConfirmPatient,
    "confirm_vitals": inp.ConfirmVitals,
    "confirm_sound": inp.ConfirmSound,
    "confirm_line": inp.ConfirmLine,
    "flush": inp.FlushLine,
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
    "reset": inp.ResetAlarm,
    "pause_audio": inp.PauseAudio,
    "classify": inp.ClassifyCounter,
    "settle": inp.SettleStep,
    "enter_time": inp.EnterTime,
    "replace_pump": inp.ReplacePump,
    "correct_grade": inp.CorrectGrade,
    "vitals": inp.ManualVitals,
    "exclude": inp.ExcludeSource,
}
"""Every act by its verb."""
SECRET = frozenset({"code", "patient"})
"""What is never said back (F12, F13)."""
_CHOICES = frozenset(ChoiceKind) - {ChoiceKind.NEVER, ChoiceKind.FRACTION}


class BadRequest(ValueError):
    """A request that is no act; the text says what it lacks."""


def act_of(verb: str, given: Mapping[str, Any]) -> inp.AnyAct:
    """The act a request asks for; BadRequest names the verb, the key and the remedy."""
    cls = ACTS.get(verb)
    if cls is None:
        known_verbs = ", ".join([*sorted(ACTS), "status", "watch", "follow", "report"])
        raise BadRequest(f"unknown verb {verb!r}; known: {known_verbs}")
    known = {field.name for field in fields(cls)}
    wanted = {field.name for field in fields(cls) if field.default is MISSING}
    if cls in BOUND:
        wanted.add("seen")
    missing, unknown = wanted - given.keys(), given.keys() - known
    if missing or unknown:
        raise BadRequest(f"{verb}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    hints = get_type_hints(cls)
    return cls(**{name: _value(verb, name, hints[name], given[name]) for name in given})


def _value(verb: str, name: str, kind: Any, given: Any) -> Any:
    if kind is Choice:
        return choice_of(str(given))
    try:
        value = decode(kind, given)
    except CodecError as error:
        said = "" if name in SECRET else f" = {given!r:.60}"
        raise BadRequest(f"{verb}: {name}{said}: use {_remedy(kind)}") from error
    if name == "act_id" and not value:
        raise BadRequest(f"{verb}: act_id is empty: use a new text for every act")
    return value


def _remedy(kind: Any) -> str:
    """What a value of this kind looks like, in words."""
    members = [member for member in get_args(kind) if member not in (NoneType, Ellipsis)]
    if get_origin(kind) is tuple:
        return "a list of texts"
    if get_origin(kind) is Mapping:
        return 'numbers as text, such as {"hr": "80"}'
    if members:
        return _remedy(members[0])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(kind)
    return {str: "text", bool: "true or false"}.get(kind, "a number")


def choice_of(text: str) -> Choice:
    """`rest_of_step`, `same_step`, `fraction=0.5`, `back=N`, `start_over`; BadRequest for anything else."""
    part = part_of(text)
    if part is not None:
        return Choice(ChoiceKind.FRACTION, 0, part)
    word, _, number = text.replace(" ", "").partition("=")
    steps = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    allowed = word in _CHOICES and (steps > 0 if word == ChoiceKind.BACK else not number)
    if not allowed:
        raise BadRequest(
            f"choice {text!r:.60}: use rest_of_step, same_step, fraction=0.5, back=N or start_over"
        )
    return Choice(ChoiceKind(word), steps)
