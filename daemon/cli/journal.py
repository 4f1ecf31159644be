"""`infusiond journal`: the record, read without the daemon."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import click

from daemon import exact_json
from daemon.bed import load_bed
from daemon.journal.records import Record
from daemon.journal.store import Fault, Store, verified


@click.group()
def journal() -> None:
    """Show, verify or export the record of a bed. FILE is a journal or the bed file that names it."""


@journal.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--from", "from_seq", type=int, default=1, help="First record.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per record.")
def show(file: Path, from_seq: int, *, as_json: bool) -> None:
    """Print the records in order."""
    good, fault = _records(file)
    for record in good[max(from_seq - 1, 0) :]:
        click.echo(record.body if as_json else _line(record))
    _end(fault)


@journal.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True)
def verify(file: Path, *, as_json: bool) -> None:
    """Recompute the whole hash chain; exit 1 where it breaks."""
    good, fault = _records(file)
    head = good[-1].hash if good else ""
    if as_json:
        broken = {"seq": fault.seq, "why": fault.why} if fault is not None else None
        click.echo(exact_json.dumps({"records": len(good), "head": head, "fault": broken}))
    elif fault is None:
        click.echo(f"{len(good)} records, chain unbroken, head {head}")
    _end(fault)


@journal.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def export(file: Path, out: Path) -> None:
    """Write every record with its hash as JSON lines; an existing file is not overwritten."""
    good, fault = _records(file)
    try:
        with out.open("x", encoding="utf-8") as lines:
            lines.writelines(f'{{"hash":"{record.hash}","record":{record.body}}}\n' for record in good)
    except OSError as error:
        click.echo(f"{out}: {error.strerror}", err=True)
        sys.exit(2)
    click.echo(f"{len(good)} records written to {out}")
    _end(fault)


def _records(file: Path) -> tuple[list[Record], Fault | None]:
    path = file
    if file.suffix == ".toml":
        bed = load_bed(file)
        if isinstance(bed, list):
            click.echo("\n".join(str(fault) for fault in bed), err=True)
            sys.exit(2)
        path = bed.journal
    store = Store(path, read_only=True)
    try:
        store.open()
        return verified(store.read())
    except (sqlite3.Error, OSError) as error:
        click.echo(f"{path}: cannot be read: {error}", err=True)
        sys.exit(2)
    finally:
        store.close()


def _line(record: Record) -> str:
    content = record.content()
    data = " ".join(f"{key}={value}" for key, value in content["data"].items() if key not in ("plan", "pump"))
    return f"{record.seq:>7} {content['utc']} {content['type']:<18} {data}"


def _end(fault: Fault | None) -> None:
    if fault is not None:
        click.echo(f"BROKEN at record {fault.seq}: {fault.why}", err=True)
        sys.exit(1)
