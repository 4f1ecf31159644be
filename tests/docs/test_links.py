"""Every link of every page leads somewhere, and every page is linked from the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, code, name, prose

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"(?<![\w/.-])(?:daemon|drivers|simulators|tests|config|systemd|docs)/[\w./@-]*\w/?")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    heads = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def wrong(page: Path, target: str) -> str:
    """Why a link leads nowhere; empty = it does not."""
    if target.startswith("https://"):
        return ""
    file, _, anchor = target.partition("#")
    found = (page.parent / file).resolve() if file else page
    if not found.is_relative_to(ROOT) or not found.exists():
        return f"{target}: no such file"
    if anchor and anchor not in anchors(found):
        return f"{target}: no such heading"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path) -> None:
    targets = LINK.findall(prose(page.read_text(encoding="utf-8")))
    assert [why for target in targets if (why := wrong(page, target))] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_of_ours_exist_where_pages_say(page: Path) -> None:
    said = {path for line in code(page.read_text(encoding="utf-8")) for path in PATH.findall(line)}
    ours = {path for path in said if "MODEL" not in path}
    made = {path for path in ours if path.startswith("docs/") and page.name == "add-a-pump.md"}
    assert [path for path in sorted(ours - made) if not (ROOT / path).exists()] == []


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {
        (index.parent / target.partition("#")[0]).resolve()
        for target in LINK.findall(index.read_text(encoding="utf-8"))
    }
    missing = [name(page) for page in PAGES if page not in linked and page != index and page.parent != ROOT]
    assert missing == []


def test_a_dead_link_is_found() -> None:
    page = ROOT / "README.md"
    assert wrong(page, "docs/nowhere.md")
    assert wrong(page, "docs/README.md#no-such-drawer")
    assert not wrong(page, "docs/README.md#decisions")
