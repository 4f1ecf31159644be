"""The key that an `mqtt:` link's two ends share: from a file that nobody else can read, or from systemd."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from daemon.protocols.regular_file import read_regular

CREDENTIAL = "credential:"
"""`credential:NAME` is what systemd's LoadCredential=NAME:… has put into $CREDENTIALS_DIRECTORY."""
_HEX = re.compile(rb"\s*([0-9a-fA-F]{64})\s*")
_MAKE = "make one: umask 077; openssl rand -hex 32 > FILE, and bring it to the other end by hand"


class NoKey(Exception):
    """There is no usable key; the text says what would be right, and shows nothing of the file."""


def read_key(where: str, folder: Path, environment: Mapping[str, str] = os.environ) -> bytes:
    """The 32 bytes of a key: `where` is a path, from `folder`, or `credential:NAME`. NoKey otherwise."""
    if where.startswith(CREDENTIAL):
        name = where.removeprefix(CREDENTIAL)
        kept = environment.get("CREDENTIALS_DIRECTORY")
        if kept is None or "/" in name or not name:
            raise NoKey(f"{where}: systemd gave no such credential; write LoadCredential={name}:FILE")
        return _key(Path(kept) / name, secret_folder=True)
    return _key(folder / where, secret_folder=False)


def _key(path: Path, *, secret_folder: bool) -> bytes:
    try:
        found = read_regular(path)
    except OSError as error:
        raise NoKey(f"{path}: cannot be read: {error.strerror or error}; {_MAKE}") from None
    if not secret_folder and found.mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = f"{stat.S_IMODE(found.mode):04o}"
        raise NoKey(
            f"{path}: others can read or change this key (mode {mode}); chmod 600 {path}, and if others may "
            "have seen it make a new one for both ends"
        )
    text = _HEX.fullmatch(found.raw)
    if text is None:
        raise NoKey(f"{path}: a key is 64 hexadecimal digits; {_MAKE}")
    return bytes.fromhex(text[1].decode())
