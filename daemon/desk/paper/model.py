"""What stands on the papers, the same for every form they are printed in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PAGE_MM = 186
"""What a page of A4 is wide between its margins."""


DIGIT_MM = 2
"""What a digit of a table is wide, rounded down; room between columns makes up for it."""
_ROOMY = 14
"""So many rows leave room for larger letters on one page."""


class Fill(StrEnum):
    """What a column of a table holds; `WRITE` is left empty for a pen."""

    TEXT = "text"
    NUMBER = "number"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its share of the width; of `head` a second line is the unit."""

    head: str
    share: int
    fill: Fill = Fill.NUMBER
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row; `begins`: something else begins with it, a line is drawn above."""

    cells: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Its heads are repeated on every page it goes on to; a row is never torn."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]

    def parts(self, place: int) -> tuple[int, int]:
        """How many characters stand at most before the decimal point of a column, and from it on."""
        cells = [line.cells[place].partition(".") for line in self.lines]
        return max(len(one[0]) for one in cells), max(len(one[1] + one[2]) for one in cells)

    def widths_mm(self) -> tuple[int, ...]:
        """What each column asks for, so that no number is cut."""
        return tuple(
            max(one.share, sum(self.parts(place)) * DIGIT_MM + 5) if one.fill is Fill.NUMBER else one.share
            for place, one in enumerate(self.columns)
        )

    @property
    def roomy(self) -> bool:
        """Few enough rows for more air."""
        return len(self.lines) <= _ROOMY

    @property
    def points(self) -> float:
        """How large the letters are, so that all columns fit the page."""
        return (9.2 if self.roomy else 8.2) * min(100, 100 * PAGE_MM // sum(self.widths_mm())) / 100


@dataclass(frozen=True, slots=True)
class Box:
    """What the eye must find first."""

    head: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ticks:
    """Things to be done, each with a box to tick."""

    head: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Headings and what is ordered under each; `wide`: each over the whole width."""

    head: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Notes:
    """Sentences."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signatures:
    """A line to sign on for each."""

    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """What is stuck on one bag; without a code for what no pump gives."""

    drug: str
    bag: str
    text: str
    content: str
    strength: str
    code: str
    foot: str


@dataclass(frozen=True, slots=True)
class Labels:
    """To be cut apart."""

    labels: tuple[Label, ...]


Block = Table | Box | Ticks | Rules | Notes | Signatures | Labels


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper; it begins on a page of its own."""

    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Papers:
    """All of them; `title`, `order` and `foot` are on every page. `refused` is printed across each."""

    title: str
    order: str
    foot: tuple[str, ...]
    refused: bool
    papers: tuple[Paper, ...]
