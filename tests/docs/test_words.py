"""What no page says: places of the machine it was written on, and words that are not of the project."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, name

FORBIDDEN = {
    "a place of one machine": re.compile(r"(?<![\w.])/(?:work|root|home|Users)(?:/|\b)"),
    "a package index": re.compile(r"pypi\.org|pythonhosted|files\.python|anaconda\.org|npmjs|proxy\.golang"),
    "a word of the workshop": re.compile(
        r"\b(?i:issues?|agents?|sessions?|tickets?|sprints?)\b|\b(?:TODO|FIXME|WIP)\b"
    ),
    "a machine that writes": re.compile(
        r"\b(?:LLM|chatbot|language model|copilot|claude|gpt)\b", re.IGNORECASE
    ),
}
TEXTS = (*PAGES, *sorted((ROOT / "systemd").iterdir()), *sorted((ROOT / "docs" / "images").glob("*.svg")))
SAYS_SO = re.compile(r"not a (?:certified )?medical device|never a medical device", re.IGNORECASE)


@pytest.mark.parametrize("page", TEXTS, ids=name)
def test_nothing_of_the_workshop(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert {what: found[0] for what, word in FORBIDDEN.items() if (found := word.search(text))} == {}


def test_the_front_page_says_first_that_it_is_no_medical_device() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:20]
    assert SAYS_SO.search("\n".join(first))
    assert any(line.startswith("![") for line in first)


def test_every_picture_is_shown_and_fetches_nothing() -> None:
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.name in shown
        assert b"url(http" not in picture.read_bytes()
        assert picture.stat().st_size < 150_000
