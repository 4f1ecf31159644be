"""Whether a private key is private."""

from __future__ import annotations

import stat
from pathlib import Path

_PUBLIC = stat.S_IRWXO | stat.S_IWGRP


def check_private(path: Path) -> None:
    """PermissionError where others can read a TLS key, or its group change it ((A) P5); OSError without one.

    Its group may read it, as Debian's `ssl-cert` and systemd's credentials have it.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _PUBLIC:
        raise PermissionError(
            f"{path}: others can read or change this key (mode {mode:04o}): chmod 640 {path}; "
            "if others may have seen it, make a new one"
        )
