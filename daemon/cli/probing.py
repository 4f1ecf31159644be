"""`infusiond devices probe`: the words and the JSON of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from drivers.registry import models
from drivers.search import Tried

OWN_WORDS = ("name", "serial", "firmware", "protocol")


def as_json(link: str, tried: Sequence[Tried]) -> dict[str, Any]:
    """Who answered, or null, and everything that was tried, in its order."""
    answered = next((one for one in tried if one.found is not None), None)
    return {
        "link": link,
        "answered": None if answered is None else _answer(answered),
        "tried": [
            {
                "model": one.model,
                "serial_line": None if one.line is None else str(one.line),
                "sent": [data.hex() for data in one.sent],
                "answered": one.found is not None,
            }
            for one in tried
        ],
    }


def text_lines(link: str, tried: Sequence[Tried]) -> list[str]:
    """The same for people."""
    answered = next((one for one in tried if one.found is not None), None)
    if answered is None:
        models_tried = ", ".join(one.model for one in tried)
        return [
            f"nobody answers on {link} as {models_tried}",
            *(f"  {_attempt(one)}" for one in tried),
            "look at the cable, the device's own setting of its port, and whether it is switched on",
        ]
    answer = _answer(answered)
    limits = [f"{name} {value}" for name, value in answer["limits"].items()]
    return [
        f"{answered.model} answers on {link}",
        *(f"  {key}: {answer[key] or 'it does not say'}" for key in OWN_WORDS),
        f"  limits: {', '.join(limits) or 'it states none to a question'}",
        *(f"  {name}: {_plain(value)}" for name, value in answer["capabilities"].items()),
        f"  {_attempt(answered)}",
    ]


def _answer(one: Tried) -> dict[str, Any]:
    if one.found is None:
        raise ValueError(f"{one.model} did not answer")
    return {
        "model": one.model,
        "name": one.found.name,
        "serial": one.found.serial,
        "firmware": one.found.firmware,
        "protocol": one.found.protocol,
        "limits": dict(one.found.limits),
        "capabilities": capabilities(one.model),
    }


def capabilities(name: str) -> Mapping[str, Any]:
    """What a model can do, as JSON; the registry's data, not what this device said."""
    known = asdict(models()[name].capabilities)
    del known["model"]
    return {key: _json(value) for key, value in known.items()}


def _json(value: object) -> object:
    return sorted(str(one) for one in value) if isinstance(value, frozenset) else value


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _attempt(one: Tried) -> str:
    line = f" at {one.line}" if one.line is not None else ""
    sent = ", ".join(dict.fromkeys(data.hex() for data in one.sent))
    return f"tried {one.model}{line}: {f'sent {sent}' if sent else 'listened, sent nothing'}"
