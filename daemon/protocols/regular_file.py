"""Reads a file that somebody names, whatever lies there: no pipe, no device, no more than is of use."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class RegularFile:
    """At most MAX_BYTES + 1 bytes, one more than a file may have, and the mode of their file."""

    raw: bytes
    mode: int


def read_regular(path: Path) -> RegularFile:
    """The file at this path. OSError where there is none, or something that is no regular file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except ValueError as error:
        raise OSError(errno.EINVAL, f"this is no path: {error}") from None
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "this is no regular file", str(path))
        with os.fdopen(handle, "rb", closefd=False) as file:
            return RegularFile(file.read(MAX_BYTES + 1), mode)
    finally:
        os.close(handle)
