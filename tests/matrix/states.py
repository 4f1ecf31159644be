"""How much of each rule and requirement is true today, read from `states.toml`: one line each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("states.toml")
WORDS = ("holds", "otherwise", "in part", "refused", "not yet", "not ours")
"""`otherwise`: met in another way, which the remark names; `not ours`: it asks for what is not here."""


@dataclass(frozen=True)
class State:
    """One of `WORDS`, and what has to be said with it."""

    word: str
    remark: str

    @property
    def fault(self) -> str:
        """What is wrong with the line; empty = nothing."""
        if self.word not in WORDS:
            return f"the state is one of: {', '.join(WORDS)}"
        if self.word == "not yet":
            return f"not yet: {self.remark}"
        return "" if self.remark or self.word == "holds" else f"{self.word}, and nothing says what"

    def __str__(self) -> str:
        return f"{self.word}: {self.remark}" if self.remark else self.word


def states() -> dict[str, State]:
    """By id, as the file has them."""
    lines: dict[str, str] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {rule: state(line) for rule, line in lines.items()}


def state(line: str) -> State:
    """`in part: what is missing` in its two parts."""
    word, _, remark = line.partition(":")
    return State(word.strip(), remark.strip())
