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
from daemon.protocols.plan import Finding, Plan, Severity, Step
from daemon.protocols.words import rules_in_words
from drivers.values import PumpCapabilities

NOT_A_DEVICE = "Not a medical device. Every number on this sheet is to be checked before it is signed."
_PLACES = 6
_WIDEST = 1000
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def print_sheet(
    console: Console, plan: Plan, findings: Sequence[Finding], pump: PumpCapabilities | None
) -> None:
    """Print the whole sheet; with an error among the findings it says REFUSED and has no line to sign."""
    for part in _sheet(console, plan, findings, pump):
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


def _sheet(
    console: Console, plan: Plan, findings: Sequence[Finding], pump: PumpCapabilities | None
) -> Iterator[RenderableType]:
    refused = any(finding.severity is Severity.ERROR for finding in findings)
    yield Text(plan.title, style="bold")
    yield f"{plan.drug}, {figure(plan.target_dose)} {plan.dose_unit}, {plan.route}   [{plan.protocol_id}]"
    yield f"Source: {plan.source}"
    yield Text(NOT_A_DEVICE, style="bold")
    if refused:
        yield Text(
            "REFUSED: this plan has errors, see the findings. It is not to be given.", style="bold red"
        )
    yield Rule("Solutions, to be made by the pharmacy", align="left")
    yield _solutions(plan)
    yield Rule("Steps", align="left")
    whole = _steps(plan, pump, numbers=True, rates=True)
    if Measurement.get(console, console.options.update(max_width=_WIDEST), whole).maximum <= console.width:
        yield whole
    else:
        yield _steps(plan, pump, numbers=True, rates=False)
        yield _steps(plan, pump, numbers=False, rates=True)
    yield _total(plan)
    yield Rule("Rules as ordered", align="left")
    yield _rules(plan)
    yield Rule("Findings", align="left")
    print_findings(console, findings)
    yield Rule("Signatures" if not refused else "REFUSED, not to be signed", align="left")
    yield from () if refused else _signatures(plan)
    yield f"SHA-256 {plan.sha256[:16]}… of this plan"
    yield Text(NOT_A_DEVICE, style="bold")


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)


def _solutions(plan: Plan) -> Table:
    table = _table()
    table.add_column("bag", no_wrap=True)
    table.add_column("label", overflow="fold", max_width=30)
    for heading in (plan.dose_unit, "mL", f"{plan.dose_unit}/mL", "line mL"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("primed")
    for bag in plan.solutions:
        numbers = (bag.amount, bag.volume_ml, bag.concentration, bag.dead_volume_ml)
        primed = "yes" if bag.primed else "NO"
        table.add_row(bag.id, Text(bag.label), *(figure(number) for number in numbers), primed)
    return table


def _steps(plan: Plan, pump: PumpCapabilities | None, *, numbers: bool, rates: bool) -> Table:
    table = _table()
    unit = plan.dose_unit
    headings = ["step", "bag"]
    if numbers:
        headings += ["mL/h", "min", "mL", f"dose\n{unit}", f"so far\n{unit}"]
    if rates:
        headings += [f"rate\n{unit}/h", "elapsed\nmin"]
        headings += ["margin\nmL", f"margin\n{unit}"] if pump is not None else []
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "bag" else "right", no_wrap=True)
    for step in plan.steps:
        shown: list[Decimal] = []
        if numbers:
            shown += [step.rate_ml_h, step.minutes, step.volume_ml, step.dose, step.cumulative]
        if rates:
            shown += [step.dose_rate_h, step.elapsed_min]
        cells = [figure(number) for number in shown]
        cells += _margin(plan, step, pump) if rates and pump is not None else []
        table.add_row(str(step.number), step.solution, *cells)
    return table


def _margin(plan: Plan, step: Step, pump: PumpCapabilities) -> list[str]:
    """Margin in mL and in dose, both rounded up."""
    margin = margin_ml(step.rate_ml_h, pump)
    dose = margin * plan.solution(step.solution).concentration
    places = Decimal(1).scaleb(min(-2, dose.adjusted() - 1))
    return [plain(margin.quantize(Decimal("0.01"), ROUND_UP)), plain(dose.quantize(places, ROUND_UP))]


def _total(plan: Plan) -> Text:
    hours, minutes = divmod(plan.total_minutes, 60)
    whole, rest = divmod(minutes, 1)
    time = f"{plain(hours)} h {plain(whole)} min {figure(rest * 60)} s"
    return Text(
        f"In all {figure(plan.total_dose)} {plan.dose_unit} in {figure(plan.total_minutes)} min ({time})"
    )


def _rules(plan: Plan) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for heading, sentence in rules_in_words(plan):
        table.add_row(Text(heading, style="bold"), Text(sentence))
    return table


def _signatures(plan: Plan) -> Iterator[RenderableType]:
    for who in (f"Ordered by {plan.ordered_by}", "Pharmacist", "Nurse", "Second nurse"):
        yield Text(f"\n{who + ' ':_<62} date and time ______________")
    yield ""
