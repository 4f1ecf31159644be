"""Every direct dependency has its reason on the page, and nothing else has."""

from __future__ import annotations

import re
import tomllib

from tests.docs.pages import REFERENCE, ROOT

NAME = re.compile(r"^[A-Za-z0-9_.-]+")


def rows(part: str) -> dict[str, str]:
    """Package and reason of the tables in one part of the page."""
    cells = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]
    return {cell[0].strip(): cell[1].strip() for cell in cells if cell[0].strip() != "package"}


def names(requirements: list[str]) -> set[str]:
    return {found[0] for one in requirements if (found := NAME.match(one))}


def test_the_page_names_what_pyproject_names() -> None:
    """(A) P10."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run, build = (REFERENCE / "dependencies.md").read_text(encoding="utf-8").split("## To build and to prove")
    assert set(rows(run)) == names(project["project"]["dependencies"])
    assert set(rows(build)) == names(project["dependency-groups"]["dev"])
    assert all({**rows(run), **rows(build)}.values())
