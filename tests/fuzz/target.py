"""What is fuzzed: a reader, its samples, and the property that must hold for any bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.fuzz.mutate import Mutate, bytewise
from tests.matrix.carried import ROOT

CORPUS = ROOT / "tests" / "fuzz" / "corpus"


def no_samples() -> Sequence[bytes]:
    """Of a reader whose samples all lie in its folder."""
    return ()


@dataclass(frozen=True)
class Target:
    """One reader of outside bytes. `check` raises for a finding and gives a word for what came of it.

    `reads`: the modules whose reading it covers. `samples`: inputs besides those kept in the corpus.
    Of a long run it gets one input in `share`.
    """

    name: str
    reads: tuple[str, ...]
    check: Callable[[bytes], str]
    mutate: Mutate = bytewise
    samples: Callable[[], Sequence[bytes]] = no_samples
    share: int = 10

    @property
    def folder(self) -> Path:
        """Where its corpus is kept."""
        return CORPUS / self.name

    def kept(self) -> tuple[Path, ...]:
        """The files of its corpus."""
        return tuple(sorted(path for path in self.folder.glob("*") if path.is_file()))

    def known(self) -> tuple[bytes, ...]:
        """All its samples; there is at least one."""
        return _known(self)


@cache
def _known(target: Target) -> tuple[bytes, ...]:
    return (*(path.read_bytes() for path in target.kept()), *target.samples())
