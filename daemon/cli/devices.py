"""`infusiond devices`: what a device says, without a bed and without a run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from daemon import exact_json
from daemon.cli import decoding, probing, shelving
from daemon.cli.device_model import MODEL
from daemon.cli.options import console
from drivers.errors import DeviceError
from drivers.recordings import Reading, Recording
from drivers.registry import models
from drivers.search import Tried, candidates, try_model
from drivers.shelf import recording_of

CHUNK = 1 << 16


@click.group()
def devices() -> None:
    """Look at devices: recordings of them, who answers on a link, the shelf of models."""


@devices.command()
@click.argument("model", type=MODEL)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_data", is_flag=True, help="One JSON object a line, the counts last.")
@click.pass_context
def decode(ctx: click.Context, model: str, file: Path, as_data: bool) -> None:
    """Read FILE, raw bytes of a MODEL, and print every reading and how many frames there were.

    Exit code 0: every frame is good. 1: some were rejected, or there was none. 2: FILE cannot be read.
    """
    recording = recording_of(models()[model].shelf)
    line = decoding.json_line if as_data else decoding.text_line
    for readings in _read(recording, ctx, file):
        if readings:
            click.echo("\n".join(line(one) for one in readings))
    tally = recording.tally()
    counts = decoding.as_json(tally)
    click.echo(exact_json.dumps(counts) if as_data else decoding.words(model, tally))
    ctx.exit(1 if counts["frames"]["rejected"] or not counts["frames"]["accepted"] else 0)


def _read(recording: Recording, ctx: click.Context, file: Path) -> Iterator[Sequence[Reading]]:
    """The readings of the file piece by piece; exit code 2 where it cannot be read."""
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield recording.feed(chunk)
    except OSError as error:
        click.echo(f"{file}: cannot be read: {error.strerror}", err=True)
        ctx.exit(2)
    yield recording.finish()


@devices.command(name="list")
@click.option("--json", "as_data", is_flag=True, help="JSON instead of a table.")
def list_models(as_data: bool) -> None:
    """Show every model: what it is, how it is reached, and how far it has come by what tests show."""
    rows = shelving.rows()
    if as_data:
        click.echo(exact_json.dumps({"models": [shelving.as_json(row) for row in rows]}, indent=2))
    else:
        console().print(shelving.table(rows))
        click.echo("\n".join(shelving.legend(rows)))


@devices.command()
@click.argument("link")
@click.option("--model", type=MODEL, help="Try this model only.")
@click.option("--json", "as_data", is_flag=True, help="JSON instead of text.")
@click.pass_context
def probe(ctx: click.Context, link: str, model: str | None, as_data: bool) -> None:
    """Find out who answers on LINK, sending nothing that could move a motor or change a setting.

    Exit code 0: a device answered. 1: nobody did. 2: LINK cannot be used.
    """
    try:
        tried = asyncio.run(_search(link, model))
    except (ValueError, DeviceError) as error:
        click.echo(str(error), err=True)
        ctx.exit(2)
    if as_data:
        click.echo(exact_json.dumps(probing.as_json(link, tried), indent=2))
    else:
        click.echo("\n".join(probing.text_lines(link, tried)))
    ctx.exit(0 if tried[-1].found is not None else 1)


async def _search(link: str, model: str | None) -> list[Tried]:
    """Model after model until one answers."""
    names = candidates(link, model)
    if not names:
        raise ValueError(f"link {link!r}: it reaches no {model or 'model'}")
    tried: list[Tried] = []
    for name in names:
        tried.append(await try_model(name, link))
        if tried[-1].found is not None:
            break
    return tried
