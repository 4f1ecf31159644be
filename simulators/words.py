"""Requests as words: `hang B`, `press rate value=12.5`, `fault occlusion off`, or JSON as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

PLACES = {"hang": ("solution",), "press": ("key", "value"), "fault": ("name", "on"), "react": ("grade",)}
SWITCH = {"on": True, "true": True, "off": False, "false": False}


def request_of(words: Sequence[str]) -> dict[str, Any]:
    """The request the words mean; ValueError when they mean none."""
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        try:
            request = json.loads(words[0])
        except RecursionError:
            raise ValueError("a request is nested no deeper than this") from None
        if not isinstance(request, dict):
            raise ValueError("a request is a JSON object")
        return request
    verb, *rest = words
    places = list(PLACES.get(verb, ()))
    request = {"do": verb}
    for word in rest:
        key, equals, value = word.partition("=")
        if not equals:
            if not places:
                raise ValueError(f"{verb} does not take {word}")
            key, value = places.pop(0), word
        request[key] = SWITCH.get(value, value)
    return request
