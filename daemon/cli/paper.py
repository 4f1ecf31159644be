"""`infusiond plan FILE --html OUT --pdf OUT`: the papers, and the file of their codes' hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from daemon import codes_file
from daemon.bag_codes import draw
from daemon.cli.files import exit_code
from daemon.cli.labels import CODES_MODE, CODES_SUFFIX, SECRET
from daemon.clock import SystemClock
from daemon.desk.paper.as_html import html as as_html
from daemon.desk.paper.content import papers
from daemon.desk.paper.model import Papers
from daemon.desk.paper.order import Order
from daemon.desk.paper.unprintable import Unprintable
from daemon.engine.codes import BagCodes
from daemon.new_files import NewFile, write_new
from daemon.protocols.faults import Fault
from daemon.protocols.findings import as_findings
from daemon.protocols.load import Draft
from daemon.protocols.plan import Severity
from daemon.protocols.sheet import Sheet
from daemon.protocols.target import FRACTION, Asked
from daemon.protocols.toml_text import TomlFile
from daemon.signing.sidecar import read_signatures
from daemon.signing.signers import read_signers
from daemon.signing.values import Verdict
from daemon.signing.verify import verify


@dataclass(frozen=True, slots=True)
class Source:
    """A protocol file, read and drafted for the dose asked for; `signers`: the list, if one was given."""

    file: Path
    toml: TomlFile
    draft: Draft
    asked: Asked
    signers: Path | None


def paper_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of the papers."""
    told = "Write the papers for bedside and pharmacy and the labels to this file, as"
    for option in (
        click.option("--signers", type=click.Path(path_type=Path), help="Name signers only from this list."),
        click.option("--pdf", type=click.Path(path_type=Path), help=f"{told} PDF."),
        click.option("--html", type=click.Path(path_type=Path), help=f"{told} HTML."),
    ):
        command = option(command)
    return command


def write_papers(ctx: click.Context, source: Source, html: Path | None, pdf: Path | None) -> None:
    """New files; with labels also OUT.codes. Nothing is written over, and none stays unless all are made."""
    draft, sheet = source.draft, source.draft.sheet
    if sheet is None:
        click.echo("no papers: there are no numbers to print until this is mended:", err=True)
        for fault in draft.faults:
            click.echo(str(fault), err=True)
        ctx.exit(exit_code(list(draft.faults)) or 1)
    codes, kept = _codes(draft, sheet)
    order = _order(ctx, source, sheet, codes)
    made = papers(order)
    mode = SECRET if codes else 0o644
    try:
        files = [NewFile(html, as_html(made).encode(), mode)] if html is not None else []
        files += [NewFile(pdf, _as_pdf(made), mode)] if pdf is not None else []
    except Unprintable as error:
        click.echo(f"{pdf}: {error}", err=True)
        ctx.exit(1)
    beside = _beside(files[-1].path) if kept is not None else None
    if kept is not None and draft.plan is not None and beside is not None:
        hashes = codes_file.text_of(draft.plan, kept, order.printed.replace(" UTC", "+00:00"))
        files.append(NewFile(beside, hashes.encode(), CODES_MODE))
    try:
        write_new(files)
    except OSError as error:
        click.echo(f"the papers cannot be written: {error}", err=True)
        ctx.exit(2)
    click.echo("papers: " + ", ".join(str(one.path) for one in files), err=True)
    if beside is not None:
        click.echo(f'print, stick, delete; in the bed file: bag_codes = "{beside.name}"', err=True)


def _as_pdf(made: Papers) -> bytes:
    from daemon.desk.paper.as_pdf import pdf  # noqa: PLC0415 - most of a second that only a PDF needs

    return pdf(made)


def _codes(draft: Draft, sheet: Sheet) -> tuple[dict[str, str], BagCodes | None]:
    """Codes only for what a pump may give, in a unit."""
    if draft.plan is None or refused(draft) or sheet.dose_unit == FRACTION:
        return {}, None
    codes, kept = draw([bag.id for bag in draft.plan.solutions])
    return dict(codes), kept


def refused(draft: Draft) -> bool:
    """Faults, blanks or errors: nobody signs it, and no bag of it gets a label."""
    return bool(draft.faults) or any(one.severity is Severity.ERROR for one in draft.findings)


def _order(ctx: click.Context, source: Source, sheet: Sheet, codes: dict[str, str]) -> Order:
    draft = source.draft
    return Order(
        sheet=sheet,
        plan=draft.plan,
        findings=(*as_findings(draft.faults), *draft.findings),
        refused=refused(draft),
        file_sha256=hashlib.sha256(source.toml.raw).hexdigest(),
        signed=tuple(_signed(ctx, source)),
        printed=SystemClock().utc().isoformat(sep=" ", timespec="minutes").replace("+00:00", " UTC"),
        codes=codes,
    )


def _signed(ctx: click.Context, source: Source) -> list[str]:
    """Who signed the bytes the numbers are from; a dose from the command line was signed by nobody."""
    signatures = read_signatures(source.file)
    known = read_signers(source.signers) if source.signers is not None else ()
    if isinstance(signatures, list) or isinstance(known, list):
        _refuse(ctx, signatures, known)
        return []
    if not signatures:
        return ["Signed by nobody."]
    asked = source.asked
    if asked.dose is not None or asked.dose_unit is not None:
        return ["NOT SIGNED: the dose is from the command line, not from the signed file."]
    size = [] if asked == Asked() else ["The size of the patient is from the command line."]
    verdicts = verify(source.toml.raw, signatures, known)
    return [*(_sentence(one, listed=source.signers is not None) for one in verdicts), *size]


def _sentence(one: Verdict, *, listed: bool) -> str:
    if not one.valid or (listed and not one.known):
        return f"The signature of {one.signer} does NOT count: {one.why}."
    if not listed:
        return f"Signed by {one.signer} (not compared with a list of signers)."
    return f"Signed by {one.signer} ({one.role})."


def _refuse(ctx: click.Context, *found: object) -> None:
    for faults in found:
        for fault in faults if isinstance(faults, list) else []:
            click.echo(str(fault) if isinstance(fault, Fault) else "", err=True)
    ctx.exit(2)


def _beside(out: Path) -> Path:
    return out.with_name(out.name + CODES_SUFFIX)
