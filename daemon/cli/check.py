"""`infusiond check`: are these files good, and if not, everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from daemon import exact_json
from daemon.bed import Bed, bed_of
from daemon.bed_signing import read_signed
from daemon.cli.files import Kind, exit_code, kind_of, unknown_kind
from daemon.cli.options import PumpModelType, console, dose_options
from daemon.protocols.blanks import BLANK
from daemon.protocols.faults import Fault
from daemon.protocols.load import AS_THE_FILE_SAYS, Equipment, draft_protocol, for_a_run
from daemon.protocols.plan import Finding, Severity
from daemon.protocols.rendering import figure
from daemon.protocols.sheet import Sheet
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import TomlFile, read_toml
from drivers import registry


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say about one file; `against` is what it was checked against."""

    file: str
    kind: Kind | None
    against: str
    sheet: Sheet | None
    faults: tuple[Fault, ...]
    said: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Notes and warnings of a good protocol."""
        return () if self.faults else self.said


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--pump", type=PumpModelType(), help="Check protocols against this pump, if no bed file is given."
)
@dose_options
@click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...], pump: str | None, as_json: bool, asked: Asked) -> None:
    """Check protocol and bed FILES; every fault of every file is told at once.

    With a bed file, the protocol it names is checked too, and all protocols against its pump and monitors.
    Exit code 0: good. 1: refused. 2: a file cannot be read or is no TOML.
    """
    verdicts = check_files(files, pump, asked)
    if as_json:
        click.echo(exact_json.dumps(_json(verdicts), indent=2))
    else:
        for verdict in verdicts:
            _print(verdict)
    ctx.exit(max(exit_code(list(verdict.faults)) for verdict in verdicts))


def check_files(files: Sequence[Path], pump: str | None, asked: Asked = AS_THE_FILE_SAYS) -> list[Verdict]:
    """A verdict for every file, and for the protocols that the bed files among them name."""
    read = {path: read_toml(path) for path in files}
    verdicts: list[Verdict] = []
    beds: list[Bed] = []
    protocols: list[Path] = []
    for path, toml in read.items():
        kind = None if toml.data is None else kind_of(toml.data)
        if toml.data is None:
            verdicts.append(Verdict(str(path), None, "", None, toml.faults))
        elif kind is Kind.BED:
            bed = bed_of(toml, path)
            faults = tuple(bed) if isinstance(bed, list) else ()
            verdicts.append(Verdict(str(path), kind, "", None, faults))
            beds += [bed] if isinstance(bed, Bed) else []
        elif kind is Kind.PROTOCOL:
            protocols.append(path)
        else:
            verdicts.append(Verdict(str(path), None, "", None, (*toml.faults, unknown_kind(str(path)))))
    for bed in beds:
        verdicts += _for_bed(bed, protocols, read, asked)
    if not beds:
        verdicts += [_for_pumps(path, read[path], pump, asked) for path in protocols]
    return verdicts


def _for_bed(bed: Bed, protocols: Sequence[Path], read: dict[Path, TomlFile], asked: Asked) -> list[Verdict]:
    """Its own protocol, for its own target dose, and the others on the command line."""
    against = f"bed {bed.bed}, {', '.join(dict.fromkeys(pump.model for pump in bed.pumps))}"
    same = [path for path in protocols if path.resolve() == bed.protocol.resolve()]
    others = [path for path in protocols if path not in same]
    own = same[0] if same else bed.protocol
    toml, signed = read_signed(bed, own)
    todo = [(own, toml, bed.asked), *((path, read[path], asked) for path in others)]
    verdicts = []
    for path, content, dose in todo:
        draft = draft_protocol(content, str(path), bed.equipment, dose)
        faults = draft.faults
        if path is own:
            faults += (*for_a_run(draft, str(path)), *(signed if isinstance(signed, list) else ()))
        verdicts.append(Verdict(str(path), Kind.PROTOCOL, against, draft.sheet, faults, draft.findings))
    return verdicts


def _for_pumps(path: Path, toml: TomlFile, pump: str | None, asked: Asked) -> Verdict:
    """Against the pump named, else every pump that can be controlled: one that can do it is enough."""
    file = str(path)
    alone = draft_protocol(toml, file, Equipment(), asked)
    if alone.sheet is not None and not alone.sheet.driven:
        return Verdict(file, Kind.PROTOCOL, "", alone.sheet, alone.faults, alone.findings)
    models = (
        [pump] if pump else [name for name, one in registry.PUMPS.items() if not one.capabilities.read_only]
    )
    able: list[str] = []
    against: list[Fault] = []
    for model in models:
        draft = draft_protocol(toml, file, Equipment(registry.PUMPS[model].capabilities), asked)
        more = [fault for fault in draft.faults if fault not in alone.faults]
        against += more
        able += [] if more else [model]
    faults = alone.faults if able else (*alone.faults, *against)
    return Verdict(file, Kind.PROTOCOL, ", ".join(able or models), alone.sheet, faults, alone.findings)


def _print(verdict: Verdict) -> None:
    out = console()
    against = f", checked against {verdict.against}" if verdict.against else ""
    if not verdict.faults:
        out.print(f"{verdict.file}: good{against}", style="green", soft_wrap=True)
        if verdict.sheet is not None:
            sheet = verdict.sheet
            dose = f"{figure(sheet.total_dose)} {sheet.dose_unit}"
            out.print(f"  {sheet.title}: {len(sheet.rows)} steps, {dose}, SHA-256 {sheet.sha256[:16]}")
            if not sheet.driven:
                out.print("  by hand: it is checked, printed and signed, and no pump is driven by it (F37)")
    else:
        count = f"{len(verdict.faults)} fault" + ("s" if len(verdict.faults) > 1 else "")
        out.print(f"{verdict.file}: REFUSED, {count}{against}", style="bold red", soft_wrap=True)
    blanks = [fault for fault in verdict.faults if fault.code == BLANK]
    if blanks:
        out.print(f"  left blank, a person has to order {len(blanks)} values:", style="bold")
    for fault in blanks:
        out.print(f"    {fault.key} → {fault.remedy}", overflow="fold")
    for fault in verdict.faults:
        if fault.code == BLANK:
            continue
        given = f" = {fault.value}" if fault.value else ""
        other = "" if fault.file == verdict.file else f"{fault.file}: "
        out.print(f"  {other}{fault.place}{given}".rstrip(), style="bold", overflow="fold")
        out.print(f"    {fault.problem}", overflow="fold")
        out.print(f"    → {fault.remedy}", overflow="fold")
    for finding in verdict.findings:
        if finding.severity is Severity.WARNING:
            out.print(f"  warning {finding.where}: {finding.message}", style="yellow", overflow="fold")


def _json(verdicts: list[Verdict]) -> dict[str, object]:
    return {
        "ok": not any(verdict.faults for verdict in verdicts),
        "files": [
            {
                "file": verdict.file,
                "kind": verdict.kind.value if verdict.kind else None,
                "ok": not verdict.faults,
                "against": verdict.against,
                "sha256": verdict.sheet.sha256 if verdict.sheet and not verdict.faults else None,
                "driven": verdict.sheet.driven if verdict.sheet else None,
                "faults": [
                    {
                        "file": fault.file,
                        "key": fault.key,
                        "value": fault.value,
                        "problem": fault.problem,
                        "remedy": fault.remedy,
                        "code": fault.code,
                    }
                    for fault in verdict.faults
                ],
                "findings": [
                    {
                        "severity": one.severity.value,
                        "code": one.code,
                        "where": one.where,
                        "message": one.message,
                    }
                    for one in verdict.findings
                ],
            }
            for verdict in verdicts
        ],
    }
