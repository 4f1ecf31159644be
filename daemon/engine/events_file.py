"""The facts of the record itself: where one of its files ends and the next begins. They change no run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daemon.engine.account import Span


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was: monotonic time of one boot, and the wall's (ISO 8601), believed or not."""

    boot: str
    wire_ms: int
    utc: str
    sync: bool


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run that gave drug: of which order, to whom, how much, from when to when (F11)."""

    protocol_id: str
    patient: str
    dose: Span
    first: Moment
    last: Moment


@dataclass(frozen=True, slots=True)
class FileEnded:
    """The record goes on in another file, which begins with the next number; no run was open."""


@dataclass(frozen=True, slots=True)
class FileBegun:
    """A file begins after the record with hash `before`; files that end before `kept_from` may be gone.

    What the files before it say that still counts: sets of bag codes used up, and runs that gave drug.
    """

    before: str
    kept_from: int
    used_codes: Mapping[str, str]
    earlier: tuple[EarlierRun, ...]
