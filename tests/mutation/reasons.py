"""Survivors that are known, each with its reason: survivors.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.areas import ROOT
from tests.mutation.mutants import Mutant, mutants

FILE = Path(__file__).with_name("survivors.toml")
CLASSES = {"equivalent", "text", "unreachable", "redundant", "harmless", "open"}


@dataclass(frozen=True)
class Reason:
    """Why no test need kill a mutant: the class and one sentence."""

    file: str
    function: str
    change: str
    kind: str
    why: str

    def fits(self, mutant: Mutant) -> bool:
        """It is about this one; line numbers are not told, for they move."""
        change = f"{mutant.before} -> {mutant.after}"
        return (self.file, self.function, self.change) == (mutant.file, mutant.site.function, change)


def stale() -> list[Reason]:
    """Those whose mutant is gone: the code has changed."""
    made = {one.file: mutants(one.file) for one in reasons() if (ROOT / one.file).exists()}
    return [one for one in reasons() if not any(one.fits(mutant) for mutant in made.get(one.file, ()))]


def reasons(path: Path = FILE) -> list[Reason]:
    """All of the file; ValueError for a class that is unknown or a sentence that is missing."""
    found = []
    for one in tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", []):
        reason = Reason(one["file"], one["function"], one["change"], one["class"], one["why"])
        if reason.kind not in CLASSES or not reason.why:
            raise ValueError(f"{path.name}: {reason.function}: class {reason.kind!r} of {sorted(CLASSES)}")
        found.append(reason)
    return found
