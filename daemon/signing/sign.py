"""Adds a signature to the sidecar of a protocol file; takes none away that somebody else made."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon.new_files import NewFile, write_new
from daemon.protocols.faults import Fault
from daemon.signing.key_file import SigningKey
from daemon.signing.sidecar import read_signatures, sidecar_of, text_of
from daemon.signing.values import Signature
from daemon.signing.verify import holds, signed_bytes


class AlreadySigned(Exception):
    """A signature of this person is there; `stale`: of other bytes than the file has now."""

    def __init__(self, *, stale: bool) -> None:
        super().__init__("signed already")
        self.stale = stale


def signature_of(raw: bytes, key: SigningKey, at: str) -> Signature:
    """The signature of these bytes by this person at this time."""
    made = key.private.sign(signed_bytes(raw, key.name, at))
    return Signature(key.name, at, hashlib.sha256(raw).hexdigest(), key.public_key, made)


def add_signature(protocol: Path, raw: bytes, key: SigningKey, at: str, *, replace: bool) -> list[Fault]:
    """Write the sidecar with one signature more; faults of a sidecar that cannot be read leave it as it is.

    AlreadySigned where their own is there and `replace` was not asked for; OSError where the disk refuses.
    """
    with _alone(protocol.parent) as folder:
        found = read_signatures(protocol)
        if isinstance(found, list):
            return found
        own = [one for one in found if one.signer == key.name]
        if own and not replace:
            good = [one for one in own if one.public_key == key.public_key and _valid(one, raw)]
            raise AlreadySigned(stale=not good)
        others = [one for one in found if one.signer != key.name]
        _write(sidecar_of(protocol), text_of(protocol, [*others, signature_of(raw, key, at)]))
        os.fsync(folder)
    return []


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """The folder, locked from reading signatures until they are written; who is killed locks nothing."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield handle
    except BlockingIOError as error:
        raise OSError(error.errno, "somebody else signs in this folder right now: try again") from None
    finally:
        os.close(handle)


def _valid(one: Signature, raw: bytes) -> bool:
    return holds(one.public_key, one.signature, signed_bytes(raw, one.signer, one.at))


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    write_new([NewFile(fresh, text.encode(), 0o644)])
    fresh.replace(path)
