"""`infusiond plan`: the step table as a nurse would sign it."""

from __future__ import annotations

from pathlib import Path

import click

from daemon import exact_json
from daemon.cli.files import Kind, exit_code, kind_of, unknown_kind
from daemon.cli.labels import write_labels
from daemon.cli.options import PumpModelType, console, dose_options
from daemon.cli.paper import Source, paper_options, write_papers
from daemon.cli.plan_json import plan_json
from daemon.protocols.faults import Fault
from daemon.protocols.findings import as_findings
from daemon.protocols.load import Draft, Equipment, draft_protocol
from daemon.protocols.plan import Severity
from daemon.protocols.rendering import print_findings, print_sheet
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import TomlFile, read_toml
from drivers import registry
from drivers.values import PumpCapabilities


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@dose_options
@click.option("--pump", type=PumpModelType(), help="Check against this pump and show its margins.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    help="Write labels with new bag codes to this file, and their hashes to a file beside it.",
)
@paper_options
@click.option("--json", "as_json", is_flag=True, help="JSON with exact numbers instead of the sheet.")
@click.pass_context
def plan(
    ctx: click.Context,
    file: Path,
    asked: Asked,
    pump: str | None,
    labels: Path | None,
    html: Path | None,
    pdf: Path | None,
    signers: Path | None,
    as_json: bool,
) -> None:
    """Show what FILE would give, step by step, with everything that is wrong with it.

    Exit code 0: good. 1: the plan has errors. 2: FILE is no protocol file.
    """
    capabilities = registry.PUMPS[pump].capabilities if pump else None
    if labels is not None and (html is not None or pdf is not None):
        raise click.UsageError("the papers hold labels with codes of their own; leave --labels out")
    toml = read_toml(file)
    draft = _draft(file, toml, capabilities, asked)
    findings = (*as_findings(draft.faults), *draft.findings)
    if as_json:
        click.echo(exact_json.dumps(plan_json(file, draft.sheet, findings, capabilities), indent=2))
    elif draft.sheet is not None:
        print_sheet(console(), draft.sheet, draft.plan, findings, capabilities)
    else:
        out = console()
        out.print(f"{file}: REFUSED, there is no plan to show")
        print_findings(out, findings)
    if labels is not None:
        _labels(ctx, draft, labels)
    if html is not None or pdf is not None:
        write_papers(ctx, Source(file, toml, draft, asked, signers), html, pdf)
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


def _draft(file: Path, toml: TomlFile, pump: PumpCapabilities | None, asked: Asked) -> Draft:
    kind = kind_of(toml.data) if toml.data is not None else Kind.PROTOCOL
    if kind is Kind.PROTOCOL:
        return draft_protocol(toml, str(file), Equipment(pump), asked)
    if kind is None:
        return Draft(None, (unknown_kind(str(file)),))
    remedy = "give the protocol file it names"
    return Draft(None, (Fault(str(file), "", "", "this is a bed file", remedy, "unknown_kind"),))
