"""What pydantic found wrong, told as faults with key path and remedy."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Collection, Iterator, Mapping, Sequence

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from daemon.protocols.blanks import blank_fault, is_blank
from daemon.protocols.faults import Fault, shown

MOST_TOLD = 500
"""Faults of form told of one file: nobody reads on, and each takes time."""
_KINDS = {
    "string_type": ("this is not text", 'write text in "quotes"'),
    "string_too_short": ("this is empty", "write at least one character"),
    "string_too_long": ("this is too long", "write a shorter text"),
    "bool_type": ("this is neither true nor false", "write true or false, without quotes"),
    "int_type": ("this is not a whole number", "write a whole number such as 2"),
    "list_type": ("this is not a list", "write one [[block]] for each entry, or a [list]"),
    "model_type": ("this is not a table", "write a [table] with keys"),
    "too_short": ("this list is empty", "write at least one entry"),
    "too_long": ("this list is too long", "write fewer entries"),
}


def validation_faults(
    file: str, model: type[BaseModel], data: Mapping[str, object], but: Collection[str] = ()
) -> tuple[Fault, ...]:
    """Every fault of `data` against the schema, its keys `but` these; empty if it is valid."""
    try:
        model.model_validate({key: value for key, value in data.items() if key not in but})
    except ValidationError as error:
        details = error.errors(include_url=False)
        told = tuple(_fault(file, model, detail) for detail in details[:MOST_TOLD])
        return told if len(details) <= MOST_TOLD else (*told, _more(file, len(details) - MOST_TOLD))
    return ()


def _more(file: str, count: int) -> Fault:
    return Fault(file, "", "", f"and {count} more faults", "mend these first, then check again", "more")


def key_path(location: Sequence[int | str]) -> str:
    """`("steps", 3, "rate_ml_h")` as `steps[3].rate_ml_h`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _fault(file: str, model: type[BaseModel], detail: ErrorDetails) -> Fault:
    location = detail["loc"]
    kind = detail["type"]
    context: Mapping[str, object] = detail.get("ctx") or {}
    value = shown(detail["input"])
    if is_blank(detail["input"]) and kind != "extra_forbidden":
        return blank_fault(file, key_path(location), detail["input"], _description(model, location))
    if kind == "missing":
        problem, remedy = "this key is missing", f"add it: {_description(model, location)}"
        return Fault(file, key_path(location), "", problem, remedy, "missing")
    if kind == "extra_forbidden":
        return Fault(
            file, key_path(location), value, "this key is not known", _nearest(model, location), "unknown_key"
        )
    if kind == "fault":
        key = str(context["key"])
        path = key_path((*location, key)) if key else key_path(location)
        given = _beneath(detail["input"], key)
        return Fault(file, path, given, str(context["problem"]), str(context["remedy"]), str(context["code"]))
    problem, remedy = _known(model, detail)
    return Fault(file, key_path(location), value, problem, remedy, kind)


def _beneath(given: object, key: str) -> str:
    """The value under `key`; a table that is wrong as a whole is not repeated in full."""
    if isinstance(given, dict):
        return shown(given[key]) if key in given else ""
    return shown(given)


def _known(model: type[BaseModel], detail: ErrorDetails) -> tuple[str, str]:
    context: Mapping[str, object] = detail.get("ctx") or {}
    if detail["type"] == "literal_error":
        return "this word is not known here", f"write {context['expected']}"
    if detail["type"] == "string_pattern_mismatch":
        return "this name has characters it may not have", _description(model, detail["loc"])
    if detail["type"] == "greater_than_equal":
        return "this is too small", f"write {context['ge']} or more"
    if detail["type"] == "less_than_equal":
        return "this is too large", f"write at most {context['le']}"
    return _KINDS.get(detail["type"], (detail["msg"], "see the reference of this file"))


def _models_along(model: type[BaseModel], location: Sequence[int | str]) -> Iterator[type[BaseModel]]:
    """The models met on the way down the key path, the first being the whole file."""
    current: type[BaseModel] | None = model
    for part in location:
        if current is None:
            return
        yield current
        if isinstance(part, str):
            field = current.model_fields.get(part)
            inner = None if field is None else _model_in(field.annotation)
            if inner is None:
                return
            current = inner


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in typing.get_args(annotation):
        inner = _model_in(argument)
        if inner is not None:
            return inner
    return None


def _description(model: type[BaseModel], location: Sequence[int | str]) -> str:
    names = [part for part in location if isinstance(part, str)]
    owner = list(_models_along(model, location))[-1]
    field = owner.model_fields.get(names[-1]) if names else None
    return (field.description if field else None) or "see the reference of this file"


def _nearest(model: type[BaseModel], location: Sequence[int | str]) -> str:
    owner = list(_models_along(model, location))[-1]
    known = list(owner.model_fields)
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    return f"write {close[0]}" if close else "remove it; known here: " + ", ".join(known)
