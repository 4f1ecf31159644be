"""The report as JSON: the contract of `infusiond audit --json`."""

from __future__ import annotations

from daemon.desk.audit.audit import CANNOT_SEE, Report
from daemon.desk.audit.columns import Column
from daemon.desk.audit.findings import Finding
from daemon.desk.audit.printing import decimal


def as_json(file: str, report: Report) -> dict[str, object]:
    """Everything of the report; `computed` is a number where there is one."""
    return {
        "file": file,
        "ok": report.ok,
        "unreadable": report.unreadable or None,
        "rows": _rows(report),
        "totals": {name: None if value is None else decimal(value) for name, value in report.totals},
        "findings": [_finding(one) for one in report.findings],
        "cannot_see": CANNOT_SEE,
    }


def _rows(report: Report) -> list[dict[str, object]]:
    if report.sheet is None:
        return []
    found: list[dict[str, object]] = []
    for number, (texts, computed) in enumerate(zip(report.sheet.rows, report.computed, strict=True), 1):
        printed = {
            str(heading.column or heading.text): text.strip()
            for heading, text in zip(report.sheet.headings, texts, strict=True)
        }
        values = {name: decimal(value) for name, value in computed.items()}
        step = report.sheet.text(number - 1, Column.STEP) or str(number)
        found.append({"row": number, "step": step, "printed": printed, "computed": values})
    return found


def _finding(one: Finding) -> dict[str, object]:
    return {
        "row": one.row,
        "column": one.column,
        "printed": one.printed,
        "computed": decimal(one.exact) if one.exact is not None else one.computed or None,
        "severity": one.severity.value,
        "code": one.code,
        "message": one.message,
        "change": one.change or None,
        "alternatives": [
            {"row": other.row, "column": other.column, "value": other.value} for other in one.alternatives
        ],
    }
