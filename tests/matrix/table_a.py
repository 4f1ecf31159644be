"""Table (A): what field experience, guidance and other open controllers ask for, read from `table_a.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("table_a.toml")
GROUPS = {
    "D": "delivery",
    "R": "reactions and gaps",
    "A": "alarms",
    "H": "HL7",
    "P": "platform and security",
}


@dataclass(frozen=True)
class Asked:
    """One requirement; `where` = places of its answer besides the code that names it."""

    id: str
    asks: str
    where: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """Its letter in words."""
        return GROUPS[self.id[0]]


@cache
def table_a() -> tuple[Asked, ...]:
    """All of them, in order."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(Asked(name, one["asks"], tuple(one.get("where", ()))) for name, one in found.items())
