"""The forty-rule table of the safety case, between two markers of its page, for a hospital's risk manager."""

from __future__ import annotations

from collections import Counter

from tests.matrix.carried import ROOT
from tests.matrix.table import Row, rows

PAGE = ROOT / "docs" / "explanation" / "safety-case.md"
BEGIN = "<!-- written by python -m tests.docs.write from tests/matrix: do not edit -->"
END = "<!-- end of what is written -->"
FILES = 3
NAMES = 2


def written() -> str:
    """The whole page with its table as the code says it now."""
    text = PAGE.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has lost its markers")
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


def table() -> str:
    """One row for each rule, in order."""
    lines = [
        "| rule | what could happen | what the rule makes the software do | where | tests | state |",
        "|---|---|---|---|---|---|",
        *(_row(row) for row in rows()),
    ]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> str:
    cells = (
        row.rule.id,
        f"{row.rule.hazard} ({row.rule.severity})",
        row.rule.answer,
        _where(row),
        _tests(row),
        str(row.state or "unknown"),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _where(row: Row) -> str:
    """The files that name the rule most, and how many others do."""
    named = Counter(place.file for place in row.code)
    files = sorted(named, key=lambda file: (file.startswith("simulators/"), -named[file], file))
    more = f", {len(files) - FILES} more" if len(files) > FILES else ""
    return ", ".join(f"`{file}`" for file in files[:FILES]) + more or "nothing"


def _tests(row: Row) -> str:
    """How many, and one or two of them as sentences."""
    if not row.tests:
        return "none"
    named = "; ".join(f"*{test.words}*" for test in row.tests[:NAMES])
    return f"{len(row.tests)}: {named}"
