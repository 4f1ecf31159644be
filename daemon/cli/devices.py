"""`infusiond devices`: what a device says, without a bed and without a run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from daemon import exact_json
from daemon.cli import probing
from daemon.cli.device_model import MODEL, shelf_of
from drivers.errors import DeviceError
from drivers.recordings import Reading, Tally
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
    recording = recording_of(shelf_of(model))
    for chunk in _chunks(ctx, file):
        _print(recording.feed(chunk), as_data)
    _print(recording.finish(), as_data)
    tally = recording.tally()
    counts = as_json(tally)
    click.echo(exact_json.dumps(counts) if as_data else _words(model, tally))
    ctx.exit(1 if counts["frames"]["rejected"] or not counts["frames"]["accepted"] else 0)


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


def as_json(tally: Tally) -> dict[str, Any]:
    """The object a recording ends with."""
    return {
        "frames": {"accepted": sum(tally.accepted.values()), "rejected": sum(tally.rejected.values())},
        "by_kind": _sorted(tally.accepted),
        "by_reason": _sorted(tally.rejected),
    }


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}


def _chunks(ctx: click.Context, file: Path) -> Iterator[bytes]:
    """The file piece by piece; exit code 2 where it cannot be read."""
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except OSError as error:
        click.echo(f"{file}: cannot be read: {error.strerror}", err=True)
        ctx.exit(2)


def _print(readings: Sequence[Reading], as_data: bool) -> None:
    lines = [_json_line(one) if as_data else _text_line(one) for one in readings]
    if lines:
        click.echo("\n".join(lines))


def _json_line(one: Reading) -> str:
    """`reason` is null where nothing speaks against the value; `source` only where the device says one."""
    data: dict[str, Any] = {
        "at": one.at,
        "signal": one.signal,
        "value": one.value,
        "unit": one.unit,
        "valid": one.valid,
        "reason": one.reason or None,
    }
    if one.source:
        data["source"] = one.source
    return exact_json.dumps(data)


def _text_line(one: Reading) -> str:
    value = "---" if one.value is None else str(one.value)
    source = f"  from {one.source}" if one.source else ""
    reason = f"  {one.reason}" if one.reason else ""
    return f"{one.at or '-':20} {one.signal:12} {value:>10} {one.unit:6}{source}{reason}".rstrip()


def _words(model: str, tally: Tally) -> str:
    counts = as_json(tally)
    accepted, rejected = counts["frames"]["accepted"], counts["frames"]["rejected"]
    kinds = ", ".join(f"{name} {count}" for name, count in counts["by_kind"].items())
    reasons = ", ".join(f"{name} {count}" for name, count in counts["by_reason"].items())
    if not accepted:
        said = f" ({reasons})" if reasons else ""
        return f"no frame of {model} in it; {rejected} rejected{said}"
    why = f": {reasons}" if reasons else ""
    return f"{accepted} frames accepted: {kinds}\n{rejected} rejected{why}"
