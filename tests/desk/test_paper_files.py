"""F13: labels, papers and the hashes of their codes are all there, or none of them is."""

from __future__ import annotations

import errno
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.protocols.files import CASTELLS
from tests.protocols.test_verbs import run


def plan(*words: object) -> Any:
    return run("plan", CASTELLS, *words)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No file may grow larger, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def papers(folder: Path, html: str = "o.html", pdf: str = "o.pdf") -> Any:
    return plan("--html", folder / html, "--pdf", folder / pdf)


@pytest.mark.parametrize(
    ("html", "pdf"),
    [("o.html", "none/o.pdf"), ("o.html", "o.html"), ("o.pdf.codes", "o.pdf"), ("o.html", "../none/o.pdf")],
)
def test_f13_where_one_name_cannot_be_used_no_label_stays(tmp_path: Path, html: str, pdf: str) -> None:
    """F13: a label without its hashes fits no bed, and would be stuck on a bag."""
    made = papers(tmp_path, html, pdf)
    assert (made.exit_code, "cannot be written" in made.output) == (2, True)
    assert left(tmp_path) == []


@pytest.mark.parametrize("size", [0, 100, 3000, 20_000])
def test_f13_a_full_disk_leaves_nothing_and_the_next_try_works(tmp_path: Path, size: int) -> None:
    with at_most(size):
        made = papers(tmp_path)
    assert (made.exit_code, left(tmp_path)) == (2, [])
    assert papers(tmp_path).exit_code == 0
    assert left(tmp_path) == ["o.html", "o.pdf", "o.pdf.codes"]


@pytest.mark.parametrize("full_at", [1, 2, 3])
def test_f13_the_file_that_does_not_reach_the_disk_takes_the_others_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_at: int
) -> None:
    """F13: also when it is the last of them, the hashes."""
    count, real = [0], os.fsync

    def fsync(handle: int) -> None:
        count[0] += 1
        if count[0] == full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    made = papers(tmp_path)
    assert (made.exit_code, "No space left" in made.output, left(tmp_path)) == (2, True, [])


@pytest.mark.parametrize("size", [0, 100, 600])
def test_f13_labels_on_a_full_disk_leave_nothing(tmp_path: Path, size: int) -> None:
    with at_most(size):
        made = plan("--labels", tmp_path / "b.labels")
    assert (made.exit_code, "cannot be written" in made.output, left(tmp_path)) == (2, True, [])
    assert plan("--labels", tmp_path / "b.labels").exit_code == 0
    assert left(tmp_path) == ["b.labels", "b.labels.codes"]


def test_f13_labels_whose_hashes_have_no_place_are_not_made(tmp_path: Path) -> None:
    (tmp_path / "b.labels.codes").symlink_to(tmp_path / "nowhere")
    made = plan("--labels", tmp_path / "b.labels")
    assert (made.exit_code, "never written over" in made.output) == (2, True)
    assert left(tmp_path) == ["b.labels.codes"]


@pytest.mark.parametrize("option", ["--labels", "--html", "--pdf"])
def test_f13_not_everybody_reads_the_hashes(tmp_path: Path, option: str) -> None:
    """F13: seven characters are found from salt and hash by who may read them and has time."""
    before = os.umask(0)
    try:
        assert plan(option, tmp_path / "b").exit_code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "b.codes").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("solution = ", "solutoin = "), "solutoin"),
        (("\n[[steps]]", "\nrate_ml_h ="), "is not TOML"),
        (("target_dose", "target_doze"), "target_doze"),
    ],
)
def test_where_there_is_no_paper_the_reason_is_said(
    tmp_path: Path, change: tuple[str, str], reason: str
) -> None:
    bad = tmp_path / "p.toml"
    bad.write_text(CASTELLS.read_text().replace(*change, 1))
    made = run("plan", bad, "--json", "--html", tmp_path / "o.html")
    assert made.exit_code > 0
    assert reason in made.stderr
    assert left(tmp_path) == ["p.toml"]
