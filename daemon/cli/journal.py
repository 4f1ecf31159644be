"""`infusiond journal`: the record, read without the daemon."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from daemon import exact_json
from daemon.bed import load_bed
from daemon.journal.records import Record
from daemon.journal.series import Part, Whole
from daemon.journal.walk import Fault

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def journal() -> None:
    """Show, verify or export the record of a bed. FILE is its first file, or the bed file that names it.

    Later files lie beside it and are read with it; one of them, given by its own name, is read alone.
    """


@journal.command()
@click.argument("file", type=FILE)
@click.option("--from", "from_seq", type=int, default=1, help="First record.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per record.")
def show(file: Path, from_seq: int, *, as_json: bool) -> None:
    """Print the records in order."""
    whole = _whole(file)
    with _readable(file):
        for record in whole:
            if record.seq >= from_seq:
                click.echo(record.body if as_json else _line(record))
    _end(whole.fault)


@journal.command()
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True)
def verify(file: Path, *, as_json: bool) -> None:
    """Recompute the whole hash chain, over all files; exit 1 where it breaks."""
    whole = _whole(file)
    count, head, first = 0, "", 0
    with _readable(file):
        for record in whole:
            count, head, first = count + 1, record.hash, first or record.seq
    fault = whole.fault
    if as_json:
        broken = {"seq": fault.seq, "why": fault.why} if fault is not None else None
        told = {"records": count, "first": first, "files": len(whole.parts), "head": head, "fault": broken}
        click.echo(exact_json.dumps(told))
    elif fault is None:
        files = f" in {len(whole.parts)} files, from record {first} on" if len(whole.parts) > 1 else ""
        click.echo(f"{count} records{files}, chain unbroken, head {head}")
    _end(fault)


@journal.command()
@click.argument("file", type=FILE)
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def export(file: Path, out: Path) -> None:
    """Write every record with its hash as JSON lines; an existing file is not overwritten."""
    whole, count = _whole(file), 0
    with _readable(file):
        try:
            lines = out.open("x", encoding="utf-8")
        except OSError as error:
            raise _unusable(f"{out}: {error.strerror}") from error
        with lines:
            for record in whole:
                count += 1
                lines.write(f'{{"hash":"{record.hash}","record":{record.body}}}\n')
    click.echo(f"{count} records written to {out}")
    _end(whole.fault)


def _whole(file: Path) -> Whole:
    path = file
    if file.suffix == ".toml":
        bed = load_bed(file)
        if isinstance(bed, list):
            raise _unusable("\n".join(str(fault) for fault in bed))
        path = bed.journal
    alone = re.search(r"\.(\d{12,})$", path.name)
    whole = Whole(path, only=Part(int(alone[1]), path) if alone and path.exists() else None)
    if not whole.parts:
        raise _unusable(f"{path}: there is no such journal")
    return whole


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _unusable(f"{file}: cannot be read: {error}") from error


def _unusable(text: str) -> SystemExit:
    click.echo(text, err=True)
    return SystemExit(2)


def _line(record: Record) -> str:
    content = record.content()
    data = " ".join(f"{key}={value}" for key, value in content["data"].items() if key not in ("plan", "pump"))
    return f"{record.seq:>7} {content['utc']} {content['type']:<18} {data}"


def _end(fault: Fault | None) -> None:
    if fault is not None:
        click.echo(f"BROKEN at record {fault.seq}: {fault.why}", err=True)
        sys.exit(1)
