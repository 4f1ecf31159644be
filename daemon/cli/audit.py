"""`infusiond audit`: recompute every number of a printed table."""

from __future__ import annotations

from pathlib import Path

import click

from daemon import exact_json
from daemon.cli.options import console
from daemon.desk.audit.as_json import as_json
from daemon.desk.audit.audit import Report
from daemon.desk.audit.audit import audit as audit_bytes
from daemon.desk.audit.findings import Finding, Severity
from daemon.desk.audit.view import print_report
from daemon.protocols.regular_file import read_regular


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--json", "as_data", is_flag=True, help="JSON with exact numbers instead of text.")
@click.pass_context
def audit(ctx: click.Context, table: Path, as_data: bool) -> None:
    """Recompute every number of a printed TABLE (CSV), and name the cells that are wrong.

    Exit code 0: nothing but roundings. 1: an error was found. 2: TABLE cannot be read.
    """
    report = _report(table)
    if as_data:
        click.echo(exact_json.dumps(as_json(str(table), report), indent=2))
    else:
        print_report(console(), str(table), report)
    ctx.exit(report.exit_code)


def _report(table: Path) -> Report:
    try:
        content = read_regular(table).raw
    except OSError as error:
        finding = Finding(None, "", "", "", Severity.ERROR, "unreadable", f"cannot be read: {error.strerror}")
        return Report(None, findings=(finding,), unreadable="unreadable")
    return audit_bytes(content)
