"""`infusiond plan`: the step table as a nurse would sign it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from daemon import exact_json
from daemon.cli.files import Kind, exit_code, kind_of, unknown_kind
from daemon.cli.labels import write_labels
from daemon.cli.options import DoseType, PumpModelType, console
from daemon.protocols.faults import Fault
from daemon.protocols.findings import as_findings
from daemon.protocols.load import Draft, Equipment, draft_protocol
from daemon.protocols.margin import margin_ml
from daemon.protocols.plan import Finding, Plan, Severity
from daemon.protocols.rendering import print_findings, print_sheet
from daemon.protocols.toml_text import read_toml
from drivers import registry
from drivers.values import PumpCapabilities


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dose", type=DoseType(), help="Another target dose, in the dose unit of the file.")
@click.option("--pump", type=PumpModelType(), help="Check against this pump and show its margins.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    help="Write labels with new bag codes to this file, and their hashes to a file beside it.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON with exact numbers instead of the sheet.")
@click.pass_context
def plan(
    ctx: click.Context,
    file: Path,
    dose: Decimal | None,
    pump: str | None,
    labels: Path | None,
    as_json: bool,
) -> None:
    """Show what FILE would give, step by step, with everything that is wrong with it.

    Exit code 0: good. 1: the plan has errors. 2: FILE is no protocol file.
    """
    capabilities = registry.PUMPS[pump].capabilities if pump else None
    draft = _draft(file, capabilities, dose)
    findings = (*as_findings(draft.faults), *(draft.plan.findings if draft.plan else ()))
    if as_json:
        click.echo(exact_json.dumps(_json(file, draft.plan, findings, capabilities), indent=2))
    elif draft.plan is not None:
        print_sheet(console(), draft.plan, findings, capabilities)
    else:
        out = console()
        out.print(f"{file}: REFUSED, there is no plan to show")
        print_findings(out, findings)
    if labels is not None:
        _labels(ctx, draft, labels)
    ctx.exit(exit_code(list(draft.faults)))


def _labels(ctx: click.Context, draft: Draft, out: Path) -> None:
    """Labels only for a plan that may be given."""
    if (
        draft.plan is None
        or draft.faults
        or any(one.severity is Severity.ERROR for one in draft.plan.findings)
    ):
        click.echo(f"{out}: no labels for a plan that is refused", err=True)
        ctx.exit(exit_code(list(draft.faults)) or 1)
    try:
        codes = write_labels(draft.plan, out)
    except OSError as error:
        click.echo(f"{out}: labels cannot be written: {error}", err=True)
        ctx.exit(2)
    click.echo(f'labels: {out} (print, stick, delete); in the bed file: bag_codes = "{codes.name}"', err=True)


def _draft(file: Path, pump: PumpCapabilities | None, dose: Decimal | None) -> Draft:
    toml = read_toml(file)
    kind = kind_of(toml.data) if toml.data is not None else Kind.PROTOCOL
    if kind is Kind.PROTOCOL:
        return draft_protocol(toml, str(file), Equipment(pump), dose)
    if kind is None:
        return Draft(None, (unknown_kind(str(file)),))
    remedy = "give the protocol file it names"
    return Draft(None, (Fault(str(file), "", "", "this is a bed file", remedy, "unknown_kind"),))


def _json(
    file: Path, plan: Plan | None, findings: tuple[Finding, ...], pump: PumpCapabilities | None
) -> dict[str, object]:
    told: dict[str, object] = {
        "findings": [
            {"severity": one.severity.value, "code": one.code, "where": one.where, "message": one.message}
            for one in findings
        ],
    }
    head: dict[str, object] = {"file": str(file), "pump": pump.model if pump else None}
    if plan is None:
        return {**head, "solutions": [], "steps": [], "total_minutes": None, "total_dose": None, **told}
    return {
        **head,
        "protocol": plan.protocol_id,
        "title": plan.title,
        "drug": plan.drug,
        "source": plan.source,
        "route": plan.route,
        "dose_unit": plan.dose_unit,
        "target_dose": plan.target_dose,
        "ordered_by": plan.ordered_by,
        "sha256": plan.sha256,
        "solutions": _solutions(plan),
        "steps": _steps(plan, pump),
        "total_minutes": plan.total_minutes,
        "total_dose": plan.total_dose,
        **told,
    }


def _solutions(plan: Plan) -> list[dict[str, object]]:
    return [
        {
            "id": bag.id,
            "label": bag.label,
            "amount": bag.amount,
            "concentration": bag.concentration,
            "volume_ml": bag.volume_ml,
            "dead_volume_ml": bag.dead_volume_ml,
            "y_site_ml": bag.y_site_ml,
            "primed": bag.primed,
            "stable_h": bag.stable_h,
            "flush": bag.flush,
        }
        for bag in plan.solutions
    ]


def _steps(plan: Plan, pump: PumpCapabilities | None) -> list[dict[str, object]]:
    steps: list[dict[str, object]] = []
    for step in plan.steps:
        row: dict[str, object] = {
            "step": step.number,
            "solution": step.solution,
            "rate_ml_h": step.rate_ml_h,
            "minutes": step.minutes,
            "volume_ml": step.volume_ml,
            "dose": step.dose,
            "cumulative": step.cumulative,
            "dose_rate_h": step.dose_rate_h,
            "elapsed_min": step.elapsed_min,
            "exposure": step.exposure,
            "until_empty": step.until_empty,
            "by_time": step.by_time,
        }
        if pump is not None:
            row["margin_ml"] = margin_ml(step.rate_ml_h, pump)
            row["margin_dose"] = margin_ml(step.rate_ml_h, pump) * plan.solution(step.solution).concentration
        steps.append(row)
    return steps
