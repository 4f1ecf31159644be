"""Shorthands to audit a table given as text."""

from __future__ import annotations

from textwrap import dedent

from daemon.desk.audit.audit import Report, audit
from daemon.desk.audit.findings import Finding, Severity


def audited(text: str) -> Report:
    """The report of a table."""
    return audit(dedent(text).strip().encode())


def errors(report: Report) -> list[Finding]:
    """The findings that are errors."""
    return [one for one in report.findings if one.severity is Severity.ERROR]


def cells(report: Report) -> list[tuple[int | None, str, str]]:
    """Row, column and code of the errors."""
    return [(one.row, one.column, one.code) for one in errors(report)]


def notes(report: Report, code: str) -> list[Finding]:
    """The findings of a code that are no errors."""
    return [one for one in report.findings if one.severity is Severity.ROUNDING and one.code == code]
