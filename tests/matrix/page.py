"""The tables of the safety case, each between two markers of its page, for a hospital's risk manager."""

from __future__ import annotations

from collections import Counter

from tests.matrix.asked import AskedRow, asked_rows
from tests.matrix.carried import ROOT
from tests.matrix.table import Row, rows
from tests.matrix.table_a import GROUPS

PAGE = ROOT / "docs" / "explanation" / "safety-case.md"
BEGIN = "<!-- written by python -m tests.docs.write from tests/matrix: do not edit -->"
END = "<!-- end of what is written -->"
BEGIN_A = "<!-- table (A), written by python -m tests.docs.write from tests/matrix: do not edit -->"
END_A = "<!-- end of table (A) -->"
FILES = 3
NAMES = 2


def written() -> str:
    """The whole page with its tables as the code says them now."""
    text = PAGE.read_text(encoding="utf-8")
    for begin, end, made in ((BEGIN, END, table()), (BEGIN_A, END_A, asked())):
        before, found, rest = text.partition(begin)
        _, ended, after = rest.partition(end)
        if not found or not ended:
            raise ValueError(f"{PAGE.name} has lost its markers")
        text = f"{before}{begin}\n\n{made}\n{end}{after}"
    return text


def table() -> str:
    """One row for each rule, in order."""
    lines = [
        "| rule | what could happen | what the rule makes the software do | where | tests | state |",
        "|---|---|---|---|---|---|",
        *(_row(row) for row in rows()),
    ]
    return "\n".join(lines) + "\n"


def asked() -> str:
    """One row for each requirement of table (A), in order, a table for each letter."""
    lines: list[str] = []
    for letter, group in GROUPS.items():
        lines += [
            "",
            f"**{group.capitalize()}**",
            "",
            "| id | asked for | where | tests | state |",
            "|---|---|---|---|---|",
        ]
        lines += [_asked(row) for row in asked_rows() if row.asked.id.startswith(letter)]
    return "\n".join(lines[1:]) + "\n"


def _row(row: Row) -> str:
    cells = (row.rule.id, f"{row.rule.hazard} ({row.rule.severity})", row.rule.answer)
    return _line(*cells, _where(row), _tests(row), str(row.state or "unknown"))


def _asked(row: AskedRow) -> str:
    where = _where(row) if row.code else "nowhere"
    return _line(row.asked.id, row.asked.asks, where, _tests(row), str(row.state or "unknown"))


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _where(row: Row | AskedRow) -> str:
    """The files that name the rule most, and how many others do."""
    named = Counter(place.file for place in row.code)
    files = sorted(named, key=lambda file: (file.startswith("simulators/"), -named[file], file))
    more = f", {len(files) - FILES} more" if len(files) > FILES else ""
    return ", ".join(f"`{file}`" for file in files[:FILES]) + more or "nothing"


def _tests(row: Row | AskedRow) -> str:
    """How many, and one or two of them as sentences."""
    if not row.tests:
        return "none"
    named = "; ".join(f"*{test.words}*" for test in row.tests[:NAMES])
    return f"{len(row.tests)}: {named}"
