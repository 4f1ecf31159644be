"""What the receiver has been told, kept over a restart of the feed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from daemon import exact_json
from daemon.feeds.hl7.alerts import Alert, Inactivation, State
from daemon.feeds.record import record_number

_KINDS = {"number": int, "escalated": int, "occlusion": bool}
"""Of an alert's parts; the others are texts."""


@dataclass
class Book:
    """`seq`, `digest`: up to this record all infusion events were told; `told`: open chains of alerts.

    `ended`: chains that were told to their end, until the record of that end has been passed.
    """

    seq: int = 0
    digest: str = ""
    told: dict[str, Alert] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)


def load(path: Path) -> Book:
    """The book of a file; a new one where there is none that can be read: then all is told again."""
    try:
        content = exact_json.loads(path.read_text(encoding="utf-8"))
        told = {str(key): _alert(one) for key, one in content["told"].items()}
        ended = {str(one) for one in content["ended"]}
        return Book(record_number(content["seq"]), str(content["digest"]), told, ended)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Book()


def save(book: Book, path: Path) -> None:
    """Write it whole or not at all; OSError where the disk does not take it."""
    told = {key: _plain(alert) for key, alert in book.told.items()}
    text = json.dumps({"seq": book.seq, "digest": book.digest, "told": told, "ended": sorted(book.ended)})
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)  # noqa: PTH105 - one call for both


def _plain(alert: Alert) -> dict[str, Any]:
    named = {one.name: getattr(alert, one.name) for one in fields(alert)}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in named.items()}


def _alert(one: Mapping[str, Any]) -> Alert:
    wrong = [key for key, value in one.items() if type(value) is not _KINDS.get(key, str)]
    if wrong:
        raise TypeError(f"{wrong} are of another kind")
    times = {key: datetime.fromisoformat(one[key]) for key in ("began", "at")}
    words = {"state": State(one["state"]), "inactivation": Inactivation(one["inactivation"])}
    return Alert(**{**one, **times, **words})
