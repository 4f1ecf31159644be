"""The table as printed with its wrong cells marked, and each finding in plain lines beneath it."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from daemon.desk.audit.audit import CANNOT_SEE, Report
from daemon.desk.audit.columns import Column
from daemon.desk.audit.findings import Finding, Severity
from daemon.desk.audit.printing import shown
from daemon.desk.audit.reading import Sheet

_CELLS_NAMED = 6
_WIDEST = 1000
_SHORT = {
    Column.SOLUTION: "bag",
    Column.CONCENTRATION: "per mL",
    Column.RATE: "mL/h",
    Column.MINUTES: "min",
    Column.VOLUME: "mL",
    Column.DOSE: "dose",
    Column.CUMULATIVE: "so far",
    Column.DOSE_RATE: "dose/h",
    Column.ELAPSED: "elapsed",
    Column.INTERVAL: "wait",
    Column.PERCENT: "%",
}


def print_report(out: Console, file: str, report: Report) -> None:
    """Print the whole report."""
    errors = [one for one in report.findings if one.severity is Severity.ERROR]
    roundings = [one for one in report.findings if one.severity is Severity.ROUNDING]
    if report.sheet is None:
        out.print(Text(f"{file}: UNREADABLE", style="bold red"))
        for one in errors:
            out.print(f"  {one.message}", overflow="fold")
        return
    verdict = "no error found" if not errors else f"{len(errors)} ERROR{'S' if len(errors) > 1 else ''}"
    out.print(Text(f"{file}: {verdict}", style="bold red" if errors else "bold green"))
    for line in report.sheet.head:
        if line.key not in {"source", "source_url", "note", "notes", "comment"}:
            marks = _marks(errors, None, line.key.replace("_", " "))
            out.print(Text.assemble(f"  {line.text.replace('_', ' ')}: {line.value}", (marks, "bold red")))
    out.print()
    whole = _table(report.sheet, errors, short=False)
    wide = Measurement.get(out, out.options.update(max_width=_WIDEST), whole).maximum > out.width
    out.print(_table(report.sheet, errors, short=True) if wide else whole)
    _totals(out, report)
    for number, one in enumerate(errors, 1):
        _error(out, report.sheet, number, one)
    if roundings:
        out.print(Rule("no errors, but to be known", align="left"))
        _roundings(out, roundings)
    out.print(Rule(align="left"))
    out.print(Text(CANNOT_SEE))


def _table(sheet: Sheet, errors: list[Finding], *, short: bool) -> Table:
    """The rows as printed; with short headings where the terminal is narrow."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for heading in sheet.headings:
        name = heading.text.replace("_", " ")
        name = _SHORT.get(heading.column, name) if short and heading.column else name
        table.add_column(name, justify="right" if heading.column else "left", overflow="fold")
    for number, row in enumerate(sheet.rows, 1):
        cells = []
        for heading, text in zip(sheet.headings, row, strict=True):
            marks = _marks(errors, number, str(heading.column)) if heading.column else ""
            style = "bold red" if marks else ""
            cells.append(Text.assemble((text.strip(), style), (marks, style)))
        table.add_row(*cells)
    if sheet.totals:
        table.add_row(*[Text(text.strip(), style="bold") for text in sheet.totals])
    return table


def _marks(errors: list[Finding], row: int | None, column: str) -> str:
    """The numbers of the findings about a cell, as [1]."""
    numbers = [
        str(number)
        for number, one in enumerate(errors, 1)
        if one.row == row and one.column.replace("_", " ") == column.replace("_", " ")
    ]
    return f" [{','.join(numbers)}]" if numbers else ""


def _totals(out: Console, report: Report) -> None:
    unit = (
        next((line.value for line in report.sheet.head if line.key == "dose_unit"), "")
        if report.sheet
        else ""
    )
    units = {"minutes": "min", "volume_ml": "mL", "dose": unit}
    parts = [f"{shown(value)} {units[name]}".strip() for name, value in report.totals if value is not None]
    if parts:
        out.print(Text("as computed, in all: " + ", ".join(parts), style="dim"))
    out.print()


def _error(out: Console, sheet: Sheet, number: int, one: Finding) -> None:
    computed = f", computed {_short(one)}" if one.exact is not None else ""
    printed = f"printed {one.printed}" if one.printed else "not as printed"
    head = f"[{number}] {_where(sheet, one)}: {printed}{computed}"
    out.print(Text(head, style="bold red", overflow="fold"))
    text = one.message[:1].upper() + one.message[1:] + "."
    if one.change:
        text += f" One change: {one.change}"
        rivals = [f"{_cell(sheet, rival.row, rival.column)} {rival.value}" for rival in one.alternatives]
        text += f" (or {', or '.join(rivals)})." if rivals else "."
    out.print(Padding(Text(text, overflow="fold"), (0, 0, 0, 4)))


def _short(one: Finding) -> str:
    return shown(one.exact) if one.exact is not None else one.computed


def _where(sheet: Sheet, one: Finding) -> str:
    if one.row is None:
        return one.column.replace("_", " ") or "the table"
    return _cell(sheet, one.row, one.column)


def _cell(sheet: Sheet, row: int | None, column: str) -> str:
    """A cell by the step printed in its row."""
    name = column.replace("_", " ")
    if row is None:
        return name
    step = next(
        (sheet.rows[row - 1][place] for place, one in enumerate(sheet.headings) if one.column == "step"), ""
    ).strip()
    return f"step {step}, {name}" if step else f"row {row}, {name}"


def _roundings(out: Console, roundings: list[Finding]) -> None:
    """Roundings of one column by one rule on one line, the rest each on its own."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in roundings:
        rule = one.message.partition(", ")[2] if one.code in _GROUPED and one.row is not None else ""
        groups.setdefault(
            (one.column if rule else "", rule or f"{one.code} {one.row} {one.column}"), []
        ).append(one)
    for (column, rule), group in groups.items():
        if column:
            named = [f"{one.printed} for {_short(one)} (row {one.row})" for one in group[:_CELLS_NAMED]]
            more = f" and {len(group) - _CELLS_NAMED} more" if len(group) > _CELLS_NAMED else ""
            text = f"{column.replace('_', ' ')}, {rule}: {', '.join(named)}{more}"
        else:
            one = group[0]
            place = f"row {one.row}, {one.column}" if one.row else one.column.replace("_", " ")
            printed = f" printed {one.printed}" if one.printed else ""
            text = f"{place}{printed}: {one.message}".lstrip(": ")
        out.print(Padding(Text(text, overflow="fold"), (0, 0, 0, 2)))


_GROUPED = frozenset({"rounding", "carried_rounding", "rounded_inputs"})
