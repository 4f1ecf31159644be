"""New files that belong together: all of them on the disk, or none of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class NewFile:
    """What is to be written where, and who may read it."""

    path: Path
    raw: bytes
    mode: int


def write_new(files: Sequence[NewFile]) -> None:
    """Write files that do not exist yet; on any error none of them stays.

    FileExistsError where a name is taken, also by another one of them; OSError where the disk refuses.
    """
    with ExitStack() as handles, ExitStack() as made:
        opened = [(_claimed(one, handles, made), one.raw) for one in files]
        for file, raw in opened:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        for folder in dict.fromkeys(one.path.parent for one in files):
            sync_folder(folder)
        made.pop_all()


def _claimed(one: NewFile, handles: ExitStack, made: ExitStack) -> BinaryIO:
    """The new file, still empty."""
    try:
        handle = os.open(one.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, one.mode)
    except FileExistsError as error:
        told = "the name is taken, and it is never written over"
        raise FileExistsError(error.errno, told, str(one.path)) from None
    made.callback(one.path.unlink, missing_ok=True)
    return handles.enter_context(os.fdopen(handle, "wb"))


def sync_folder(folder: Path) -> None:
    """Names made in this folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
