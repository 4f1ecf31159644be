"""Whether the disk has room for the record of one more run ((A) P2)."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOM_MB = 100
"""Many times what a run and its feeds write; a run that has begun is not judged by it."""


def short_of_room(journal: Path) -> str:
    """Why no run begins beside this journal; empty = there is room. OSError where nobody can say."""
    folder = next(folder for folder in journal.absolute().parents if folder.is_dir())
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb >= ROOM_MB:
        return ""
    return f"{folder}: {free_mb} MB are free, a run begins with {ROOM_MB} MB or more; make room there"
