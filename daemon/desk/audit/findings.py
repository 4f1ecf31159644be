"""What an audit says about one cell, one head line, or the table as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Severity(StrEnum):
    """`rounding`: nothing contradicts, somebody should know. `error`: the print contradicts itself."""

    ROUNDING = "rounding"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Change:
    """One other single change that would make the row hold as well."""

    row: int | None
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One root finding. `row` counts data rows from 1, None for a head line; `printed` is text as printed."""

    row: int | None
    column: str
    printed: str
    computed: str
    severity: Severity
    code: str
    message: str
    change: str = ""
    alternatives: tuple[Change, ...] = ()
    exact: Fraction | None = None
