"""The page of the generator names every family and every option there is, and no default that is not so."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from daemon.cli.generate import generate

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "generate.md").read_text(encoding="utf-8")
COMMON, _, REST = PAGE.partition("\n## `brigham`")
SECTIONS = dict(
    re.findall(r"^## `([a-z-]+)`\n(.*?)(?=^## |\Z)", "## `brigham`" + REST, re.MULTILINE | re.DOTALL)
)


def test_every_family_has_its_section() -> None:
    assert set(SECTIONS) == set(generate.commands)


@pytest.mark.parametrize("family", sorted(generate.commands))
def test_every_option_is_described(family: str) -> None:
    options = [one.opts[0] for one in generate.commands[family].params if isinstance(one, click.Option)]
    described = COMMON + SECTIONS[family]
    assert [option for option in options if f"`{option}`" not in described] == []
    own = {f"--{name}" for name in re.findall(r"^\| `--([a-z0-9-]+)`", SECTIONS[family], re.MULTILINE)}
    assert own - set(options) == set()


@pytest.mark.parametrize("family", sorted(generate.commands))
def test_every_default_is_told(family: str) -> None:
    """In its row, as a person would write it."""
    rows = dict(re.findall(r"^\| `(--[a-z0-9-]+)`[^|]*\|([^|]*)\|", SECTIONS[family], re.MULTILINE))
    for option in generate.commands[family].params:
        default = getattr(option, "default", None)
        if option.opts[0] in rows and isinstance(default, str | int) and not isinstance(default, bool):
            assert str(default) in rows[option.opts[0]], option.opts[0]
