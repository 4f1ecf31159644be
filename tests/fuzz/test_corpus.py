"""The whole corpus, a short slice of each target, and a tool that finds what is planted (P11)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.fuzz.__main__ import main
from tests.fuzz.run import FOUND_MAX, fuzz, judged, too_many_steps, too_much_memory
from tests.fuzz.target import CORPUS, Target
from tests.fuzz.targets import TARGETS

SLICE = 2_000
"""Every target gets its share of so many, at most a hundred and at least a few."""
SEED = 2026


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_in_the_corpus_breaks_its_reader(name: str) -> None:
    """(A) P11: golden samples and everything that once failed."""
    target = TARGETS[name]
    assert target.known(), "a target needs a sample"
    for data in target.known():
        assert judged(target, data) is None, data[:200]


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_slice_breaks_nothing(name: str, tmp_path: Path) -> None:
    """(A) P11: from a seed; the long run is `make fuzz`."""
    target = TARGETS[name]
    result = fuzz(target, max(min(SLICE // target.share, 100), 8), SEED, corpus=tmp_path)
    assert [f"{found.kind}: {found.why}" for found, _ in result.findings.values()] == []
    assert sum(result.words.values()) == result.inputs


def test_the_folders_of_the_corpus_are_those_of_targets() -> None:
    assert [folder.name for folder in CORPUS.iterdir() if folder.name not in TARGETS] == []


def reader(data: bytes) -> str:
    """Breaks on an opening bracket, in two ways."""
    if b"[[" in data:
        raise RecursionError("too deep")
    if b"[" in data:
        raise ValueError("a bracket")
    return "read"


def planted(check: object = reader) -> Target:
    return Target("planted", (), check, samples=lambda: (b"a[b]",))  # type: ignore[arg-type]


def test_each_kind_of_failure_is_kept_once_short_and_fails_again(tmp_path: Path) -> None:
    result = fuzz(planted(), 400, 1, corpus=tmp_path)
    assert {kind.partition(" ")[0] for kind in result.findings} == {"RecursionError", "ValueError"}
    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"[", b"[["]
    assert all(judged(planted(), path.read_bytes()) is not None for path in tmp_path.iterdir())


def test_a_seed_replays_exactly(tmp_path: Path) -> None:
    first, again = (fuzz(planted(), 200, 7, corpus=tmp_path) for _ in range(2))
    assert first.words == again.words
    assert first.findings == again.findings


def test_what_costs_steps_or_memory_beyond_its_size_is_told() -> None:
    def slow(data: bytes) -> str:
        for _ in range(200_000 * len(data)):
            pass
        return "read"

    assert too_many_steps(planted(slow), b"12345") is not None
    assert too_many_steps(planted(), b"12345") is None
    assert (
        too_much_memory(planted(lambda data: str(len([bytes(1 << 20) for _ in data * 4]))), b"12345")
        is not None
    )
    assert too_much_memory(planted(), b"12345") is None


def test_what_never_ends_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_data: bytes) -> str:
        while True:
            time.process_time()

    monkeypatch.setattr("tests.fuzz.run.HANGS_S", 0.05)
    found = judged(planted(endless), b"")
    assert found is not None
    assert found.kind == "hang"


def test_a_target_that_fails_in_every_way_is_given_up(tmp_path: Path) -> None:
    def every(data: bytes) -> str:
        raise type(f"Error{len(data) % 9}", (Exception,), {})

    assert len(fuzz(planted(every), 400, 1, corpus=tmp_path).findings) == FOUND_MAX


def test_the_command_says_what_it_found_and_where_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(TARGETS, "planted", planted())
    folder = CORPUS / "planted"
    try:
        assert main(["--inputs", "4000", "planted"]) == 1
        said = capsys.readouterr().out
        assert "FOUND ValueError" in said
        assert "kept as tests/fuzz/corpus/planted/found-" in said
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    monkeypatch.setitem(TARGETS, "planted", planted(lambda _: "read"))
    assert main(["--inputs", "10", "planted"]) == 0
