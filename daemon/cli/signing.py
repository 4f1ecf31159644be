"""`infusiond key`, `sign`, `signatures`: who stands for a protocol file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
from pydantic_core import PydanticCustomError

from daemon import exact_json
from daemon.cli.files import Kind, exit_code, kind_of, unknown_kind
from daemon.clock import SystemClock
from daemon.protocols.faults import Fault
from daemon.protocols.load import Draft, Equipment, draft_protocol
from daemon.protocols.regular_file import MAX_BYTES, read_regular
from daemon.protocols.toml_text import toml_of
from daemon.signing.key_file import SigningKey, new_key, read_key, write_key
from daemon.signing.names import key_text, signer_name
from daemon.signing.sidecar import read_signatures, sidecar_of
from daemon.signing.sign import AlreadySigned, add_signature
from daemon.signing.signers import read_signers
from daemon.signing.values import Verdict
from daemon.signing.verify import verify

_OPEN = frozenset({"no_size"})
"""Faults of an order that only the patient's size at the bed completes: it can be signed without."""


@click.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new file for the private key.")
@click.pass_context
def key(ctx: click.Context, name: str, out: Path) -> None:
    """Make a key for NAME to sign protocols with; print what belongs into the list of signers.

    Exit code 0: made. 2: NAME or OUT cannot be used.
    """
    try:
        made = new_key(signer_name(name))
        write_key(made, out)
    except PydanticCustomError as error:
        context = error.context or {}
        click.echo(f"{name!r}: {context['problem']}; {context['remedy']}", err=True)
        ctx.exit(2)
    except OSError as error:
        click.echo(f"{out}: the key cannot be written: {error.strerror}; give a new file", err=True)
        ctx.exit(2)
    click.echo(f"the private key is in {out}: keep it, show it to nobody. For the list of signers:", err=True)
    click.echo(f'[[signers]]\nname = "{made.name}"\nrole = "prescriber" # or "pharmacist", "nurse"')
    click.echo(f'public_key = "{key_text(made.public_key)}"')


@click.command()
@click.argument("protocol", type=click.Path(path_type=Path))
@click.option("--key", "key_path", type=click.Path(path_type=Path), required=True, help="Your private key.")
@click.option("--replace", is_flag=True, help="Put this signature in the place of your own earlier one.")
@click.pass_context
def sign(ctx: click.Context, protocol: Path, key_path: Path, replace: bool) -> None:
    """Sign every byte of the PROTOCOL file; the signature goes into PROTOCOL.sig beside it.

    Exit code 0: signed. 1: refused. 2: a file cannot be used.
    """
    own, raw = read_key(key_path), _bytes(ctx, protocol)
    if isinstance(own, list):
        _refuse(ctx, own, 2)
    draft = _draft(protocol, raw)
    faults = [fault for fault in draft.faults if fault.code not in _OPEN]
    if faults:
        click.echo(f"{protocol}: not signed: a protocol that is refused is signed by nobody", err=True)
        _refuse(ctx, faults, exit_code(faults))
    _add(ctx, protocol, raw, own, replace=replace)
    sheet = draft.sheet
    told = f": {sheet.title}, {exact_json.plain(sheet.target_dose)} {sheet.dose_unit}" if sheet else ""
    click.echo(f"{own.name} signed {protocol}{told}; in {sidecar_of(protocol)}")


@click.command()
@click.argument("protocol", type=click.Path(path_type=Path))
@click.option("--signers", type=click.Path(path_type=Path), help="The list of those who may sign.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
@click.pass_context
def signatures(ctx: click.Context, protocol: Path, signers: Path | None, as_json: bool) -> None:
    """Show who signed the PROTOCOL file, and whether each signature holds for the bytes it has now.

    Exit code 0: signed, and all signatures hold (with --signers: of known persons). 1: not so.
    2: a file cannot be used.
    """
    raw, found = _bytes(ctx, protocol), read_signatures(protocol)
    known = read_signers(signers) if signers is not None else ()
    if isinstance(found, list) or isinstance(known, list):
        _refuse(ctx, [fault for one in (found, known) if isinstance(one, list) for fault in one], 2)
    verdicts = verify(raw, found, known)
    good = bool(verdicts) and all(one.valid and (one.known or signers is None) for one in verdicts)
    if as_json:
        click.echo(exact_json.dumps(_json(protocol, raw, verdicts, good=good), indent=2))
    else:
        click.echo(f"{protocol}: {len(verdicts)} signatures" if verdicts else f"{protocol}: signed by nobody")
        for one in verdicts:
            click.echo(f"  {_line(one, listed=signers is not None)}")
    ctx.exit(0 if good else 1)


def _add(ctx: click.Context, protocol: Path, raw: bytes, own: SigningKey, *, replace: bool) -> None:
    at = SystemClock().utc().isoformat(timespec="seconds")
    try:
        broken = add_signature(protocol, raw, own, at, replace=replace)
    except AlreadySigned as already:
        if not already.stale:
            click.echo(f"{own.name} has signed {protocol} already; nothing was changed")
            ctx.exit(0)
        click.echo(
            f"{protocol}: {own.name} signed other bytes than it has now, or with another key; nothing was "
            "changed. Read it again, then sign it with --replace",
            err=True,
        )
        ctx.exit(1)
    except OSError as error:
        click.echo(f"{sidecar_of(protocol)}: cannot be written: {error}", err=True)
        ctx.exit(2)
    if broken:
        _refuse(ctx, broken, 2)


def _bytes(ctx: click.Context, protocol: Path) -> bytes:
    try:
        raw = read_regular(protocol).raw
    except OSError as error:
        click.echo(f"{protocol}: cannot be read: {error.strerror}; give a protocol file", err=True)
        ctx.exit(2)
    if len(raw) > MAX_BYTES:
        click.echo(f"{protocol}: give a protocol file of at most {MAX_BYTES} bytes", err=True)
        ctx.exit(2)
    return raw


def _draft(protocol: Path, raw: bytes) -> Draft:
    toml = toml_of(raw, str(protocol))
    if toml.data is not None and kind_of(toml.data) is not Kind.PROTOCOL:
        return Draft(None, (unknown_kind(str(protocol)),))
    return draft_protocol(toml, str(protocol), Equipment())


def _refuse(ctx: click.Context, faults: list[Fault], code: int) -> NoReturn:
    for fault in faults:
        click.echo(str(fault), err=True)
    ctx.exit(code)


def _line(one: Verdict, *, listed: bool) -> str:
    if not one.valid:
        return f"NOT VALID  {one.signer}, {one.at}: {one.why}"
    if not listed:
        key = key_text(one.public_key)
        return f"valid      {one.signer}, {one.at}, key {key}: whose it is, only --signers tells"
    if not one.known:
        return f"NOT KNOWN  {one.signer}, {one.at}: {one.why}"
    return f"valid      {one.signer} ({one.role}), {one.at}"


def _json(protocol: Path, raw: bytes, verdicts: Sequence[Verdict], *, good: bool) -> dict[str, object]:
    return {
        "file": str(protocol),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "ok": good,
        "signatures": [
            {
                "signer": one.signer,
                "role": one.role or None,
                "at": one.at,
                "public_key": key_text(one.public_key),
                "valid": one.valid,
                "known": one.known,
                "why": one.why or None,
            }
            for one in verdicts
        ],
    }
