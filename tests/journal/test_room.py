"""P2: no run begins on a disk that is nearly full; one that has begun is taken up all the same."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from daemon.cli import serve
from daemon.engine.phases import Phase
from daemon.journal.room import ROOM_MB, short_of_room
from daemon.runtime.opening import Found
from tests.terminal import beds


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes that are free, as the disk says."""
    said = [ROOM_MB * 1_000_000]
    asked: Any = lambda folder: SimpleNamespace(free=said[0]) if Path(folder).is_dir() else None  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", asked)
    return said


def test_the_room_is_told_with_what_is_needed_also_before_the_folder_is_there(
    free: list[int], tmp_path: Path
) -> None:
    """(A) P2: to the byte."""
    journal = tmp_path / "not" / "yet" / "bed.journal"
    assert short_of_room(journal) == ""
    free[0] -= 1
    assert (
        short_of_room(journal)
        == f"{tmp_path}: 99 MB are free, a run begins with 100 MB or more; make room there"
    )


def test_a_full_disk_refuses_a_new_run_and_keeps_nobody_from_taking_one_up(
    free: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """(A) P2, P4: exit code 2 and why; a run under way is held and alarmed by its own disk, not by this."""
    bed: Any = SimpleNamespace(journal=tmp_path / "bed.journal")
    running = Found(None, beds.RUNNING, None, None)
    over = Found(None, replace(beds.RUNNING, phase=Phase.COMPLETED), None, None)
    nothing = Found(None, None, None, None)
    for found in (running, over, nothing):
        serve._refuse_without_room(bed, found)
    free[0] = 0
    serve._refuse_without_room(bed, running)
    for found in (over, nothing):
        with pytest.raises((SystemExit, click.exceptions.Exit)) as ended:
            serve._refuse_without_room(bed, found)
        assert getattr(ended.value, "exit_code", getattr(ended.value, "code", None)) == 2
        assert "0 MB are free" in capsys.readouterr().err
