"""The sheet a nurse, a pharmacist and a prescriber sign, for a terminal or a printer of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_UP, Decimal

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from daemon.exact_json import plain
from daemon.protocols.margin import margin_ml
from daemon.protocols.plan import Finding, Plan, Severity
from daemon.protocols.sheet import Row, Sheet
from daemon.protocols.words import rules_in_words
from drivers.values import PumpCapabilities

NOT_A_DEVICE = "Not a medical device. Every number on this sheet is to be checked before it is signed."
_PLACES = 6
_WIDEST = 1000
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def print_sheet(
    console: Console,
    sheet: Sheet,
    plan: Plan | None,
    findings: Sequence[Finding],
    pump: PumpCapabilities | None,
) -> None:
    """Print the whole sheet; with an error among the findings it says REFUSED and has no line to sign."""
    for part in _sheet(console, sheet, plan, findings, pump):
        console.print(part)


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Print findings, the gravest first."""
    for finding in sorted(findings, key=lambda finding: list(Severity).index(finding.severity)):
        where = f" {finding.where}" if finding.where else ""
        text = Text.assemble(
            (f"{finding.severity}{where}", _STYLES[finding.severity]), f"  {finding.message}"
        )
        text.overflow = "fold"
        console.print(Padding(text, (0, 0, 0, 2)))


def figure(number: Decimal) -> str:
    """The number as the sheet shows it: in full up to six places, else rounded and marked ≈."""
    text = plain(number)
    if len(text.partition(".")[2]) <= _PLACES:
        return text
    places = max(_PLACES, _PLACES - 1 - number.adjusted())
    return "≈" + plain(number.quantize(Decimal(1).scaleb(-places)))


def shown(number: Decimal | None) -> str:
    """The number as the sheet shows it, and nothing where there is none."""
    return "" if number is None else figure(number)


def _sheet(
    console: Console,
    sheet: Sheet,
    plan: Plan | None,
    findings: Sequence[Finding],
    pump: PumpCapabilities | None,
) -> Iterator[RenderableType]:
    refused = any(finding.severity is Severity.ERROR for finding in findings)
    yield Text(sheet.title, style="bold")
    dose = f"{figure(sheet.target_dose)} {sheet.dose_unit}"
    yield f"{sheet.drug}, {dose}, {sheet.route}   [{sheet.protocol_id}]"
    yield f"Source: {sheet.source}"
    yield Text(NOT_A_DEVICE, style="bold")
    if refused:
        yield Text(
            "REFUSED: this plan has errors, see the findings. It is not to be given.", style="bold red"
        )
    if sheet.bags:
        yield Rule("Solutions, to be made by the pharmacy", align="left")
        yield _bags(sheet)
    yield Rule("Steps", align="left")
    whole = _rows(sheet, pump, numbers=True, rates=True)
    if Measurement.get(console, console.options.update(max_width=_WIDEST), whole).maximum <= console.width:
        yield whole
    else:
        yield _rows(sheet, pump, numbers=True, rates=False)
        yield _rows(sheet, pump, numbers=False, rates=True)
    yield _total(sheet)
    if any(front.after_min != 0 for front in sheet.fronts):
        yield Rule("When each drug reaches the patient", align="left")
        yield _fronts(sheet)
    rules = tuple(rules_in_words(plan)) if plan is not None else sheet.by_hand
    if rules:
        yield Rule("Rules as ordered", align="left")
        yield _rules(rules)
    yield Rule("Findings", align="left")
    print_findings(console, findings)
    yield Rule("Signatures" if not refused else "REFUSED, not to be signed", align="left")
    yield from () if refused else _signatures(sheet)
    yield f"SHA-256 {sheet.sha256[:16]}… of this plan"
    yield Text(NOT_A_DEVICE, style="bold")


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)


def _bags(sheet: Sheet) -> Table:
    table = _table()
    table.add_column("bag", no_wrap=True)
    table.add_column("label", overflow="fold", max_width=30)
    for heading in (sheet.dose_unit, "mL", f"{sheet.dose_unit}/mL", "line mL"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("primed")
    for bag in sheet.bags:
        numbers = (bag.amount, bag.volume_ml, bag.concentration, bag.dead_volume_ml)
        primed = "" if bag.primed is None else "yes" if bag.primed else "NO"
        table.add_row(bag.id, Text(bag.label), *(shown(number) for number in numbers), primed)
    return table


def _rows(sheet: Sheet, pump: PumpCapabilities | None, *, numbers: bool, rates: bool) -> Table:
    table = _table()
    unit = sheet.dose_unit
    infused = any(row.rate_ml_h is not None for row in sheet.rows)
    by_hand = any(row.rate_ml_h is None for row in sheet.rows)
    headings = ["step", *(["day"] if _days(sheet) else []), "bag"]
    if numbers:
        headings += [*(["mL/h", "min"] if infused else []), "mL", f"dose\n{unit}", f"so far\n{unit}"]
        headings += ["next after\nmin", "by"] if by_hand else []
    if rates:
        headings += [f"rate\n{unit}/h"] if infused else []
        headings += [f"patient\n{unit}/h"] if _exposed(sheet) else []
        headings += ["elapsed\nmin"]
        headings += ["margin\nmL", f"margin\n{unit}"] if pump is not None and infused else []
    for heading in headings:
        side = "left" if heading in {"bag", "by"} else "right"
        table.add_column(heading, justify="left" if side == "left" else "right", no_wrap=True)
    for row in sheet.rows:
        cells = [str(row.number), *([str(row.day)] if _days(sheet) else []), row.solution or ""]
        if numbers:
            cells += [shown(row.rate_ml_h), shown(row.minutes)] if infused else []
            cells += [shown(row.volume_ml), figure(row.dose), figure(row.cumulative)]
            cells += [shown(row.interval_min), row.form or row.route] if by_hand else []
        if rates:
            cells += [shown(row.dose_rate_h)] if infused else []
            cells += [shown(row.exposure_rate_h)] if _exposed(sheet) else []
            cells += [shown(row.elapsed_min)]
            cells += _margin(sheet, row, pump) if pump is not None and infused else []
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _exposed(sheet: Sheet) -> bool:
    """The line makes a difference: the patient gets another dose per hour than the pump gives (F39)."""
    return any(row.exposure_rate_h != row.dose_rate_h for row in sheet.rows)


def _days(sheet: Sheet) -> bool:
    return any(row.day != 1 for row in sheet.rows)


def _margin(sheet: Sheet, row: Row, pump: PumpCapabilities) -> list[str]:
    """Margin in mL and in dose, both rounded up."""
    if row.rate_ml_h is None or row.solution is None:
        return ["", ""]
    concentration = sheet.bag(row.solution).concentration
    if concentration is None:
        return ["", ""]
    margin = margin_ml(row.rate_ml_h, pump)
    dose = margin * concentration
    places = Decimal(1).scaleb(min(-2, dose.adjusted() - 1))
    return [plain(margin.quantize(Decimal("0.01"), ROUND_UP)), plain(dose.quantize(places, ROUND_UP))]


def _total(sheet: Sheet) -> Text:
    dose = f"In all {figure(sheet.total_dose)} {sheet.dose_unit}"
    if sheet.total_minutes is None or _days(sheet):
        return Text(dose)
    hours, minutes = divmod(sheet.total_minutes, 60)
    whole, rest = divmod(minutes, 1)
    time = f"{plain(hours)} h {plain(whole)} min {figure(rest * 60)} s"
    return Text(f"{dose} in {figure(sheet.total_minutes)} min ({time})")


def _fronts(sheet: Sheet) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for front in sheet.fronts:
        if front.after_min is None:
            arrival = "never: the line holds all of it"
        else:
            rate = f"{shown(front.dose_rate_h)} {sheet.dose_unit}/h"
            arrival = f"{figure(front.after_min)} min after hanging, in step {front.step}, at {rate}"
        table.add_row(Text(front.solution, style="bold"), Text(arrival))
    return table


def _rules(rules: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for heading, sentence in rules:
        table.add_row(Text(heading, style="bold"), Text(sentence))
    return table


def _signatures(sheet: Sheet) -> Iterator[RenderableType]:
    for who in (f"Ordered by {sheet.ordered_by}", "Pharmacist", "Nurse", "Second nurse"):
        yield Text(f"\n{who + ' ':_<62} date and time ______________")
    yield ""
