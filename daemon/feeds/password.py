"""The password of a broker, from a file that nobody else can read."""

from __future__ import annotations

import stat
from pathlib import Path

from daemon.protocols.regular_file import read_regular


class NoPassword(Exception):
    """There is no usable password; the text says what would be right, and shows nothing of the file."""


def read_password(path: Path) -> str:
    """The one line of this file. NoPassword otherwise."""
    try:
        found = read_regular(path)
        text = found.raw.decode("utf-8").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise NoPassword(f"{path}: cannot be read: {why}; write the password into it, one line") from None
    if found.mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = f"{stat.S_IMODE(found.mode):04o}"
        raise NoPassword(f"{path}: others can read or change this password (mode {mode}); chmod 600 {path}")
    if not text or "\n" in text:
        raise NoPassword(f"{path}: a password is one line; write it there")
    return text
