"""A damaged file of a journal: every byte of it is kept beside, and its believable beginning goes on."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

from daemon.journal.records import Record
from daemon.journal.series import Part
from daemon.journal.store import LOGS, Store
from daemon.journal.walk import Fault


def set_aside(part: Part, good: list[Record], fault: Fault) -> tuple[Path, Fault]:
    """Keep every byte of the damaged file and begin a new one with the records that hold.

    The new file is whole before the damaged one is moved: killed anywhere, the next start goes on. Of a later
    file of which nothing holds no new one is made: the record goes on in the file before.
    """
    path = part.path
    fresh = _fresh(path)
    for suffix in ("", *LOGS):
        fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
    kept = _kept(path)[-1]
    if not good and part.first > 1:
        _move_logs(path, kept)
        path.rename(kept)
        return kept, fault
    with closing(Store(fresh)) as store:
        store.open()
        if good:
            store.append(good)
    path.rename(kept)
    _put_in_place(path, kept)
    return kept, fault


def finish_setting_aside(base: Path) -> tuple[Path, Fault] | None:
    """What a start that was killed between its moves left to do."""
    fresh = re.compile(re.escape(base.name) + r"(\.\d{12,})?\.new")
    for file in list(base.parent.iterdir()) if base.parent.is_dir() else []:
        if not fresh.fullmatch(file.name):
            continue
        path = file.with_name(file.name.removesuffix(".new"))
        if not path.exists():
            kept = _kept(path)[-2]
            _put_in_place(path, kept)
            return kept, Fault(0, "found by a start that was killed")
    return None


def _put_in_place(path: Path, kept: Path) -> None:
    _move_logs(path, kept)
    _fresh(path).rename(path)


def _move_logs(path: Path, kept: Path) -> None:
    for suffix in LOGS:
        log = path.with_name(path.name + suffix)
        if log.exists():
            log.rename(kept.with_name(kept.name + suffix))


def _fresh(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _kept(path: Path) -> list[Path]:
    """Names of the damaged files kept so far, and the next free one."""
    names = [path.with_name(f"{path.name}.damaged-1")]
    while names[-1].exists():
        names.append(path.with_name(f"{path.name}.damaged-{len(names) + 1}"))
    return names
