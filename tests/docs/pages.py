"""Every page a reader meets, and what of it is code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


def name(page: Path) -> str:
    """The page as a person would name it."""
    return str(page.relative_to(ROOT))


def prose(text: str) -> str:
    """The text without fenced code."""
    return _FENCE.sub("", text)


def code(text: str) -> Iterator[str]:
    """Every line of fenced or indented code, and every span in backticks."""
    for block in _FENCE.findall(text):
        yield from block.splitlines()[1:-1]
    rest = prose(text)
    yield from _indented(rest.splitlines())
    yield from _SPAN.findall(rest)


def _indented(lines: list[str]) -> Iterator[str]:
    """Indented code begins after an empty line; what follows a line of a list directly is its text."""
    code_before, blank_before = False, True
    for line in lines:
        code_before = line.startswith("    ") and (code_before or blank_before)
        blank_before = not line.strip()
        if code_before:
            yield line
