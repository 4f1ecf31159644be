"""The reference names every key and every verb there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from daemon.cli.main import main
from daemon.control.requests import ACTS
from tests.terminal import beds

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def words(name: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_0-9]+", (REFERENCE / name).read_text()))


def test_every_key_of_the_status_is_described() -> None:
    told = {key for state in beds.EVERY.values() for key in keys(beds.seen(state))}
    assert told - words("status-json.md") == set()


def test_every_act_of_the_socket_is_described() -> None:
    assert set(ACTS) - words("status-json.md") == set()


def test_every_verb_and_option_is_described() -> None:
    text = (REFERENCE / "commands.md").read_text()

    def look(command: click.Command, name: str) -> None:
        if isinstance(command, click.Group):
            for verb, inner in command.commands.items():
                look(inner, f"{name} {verb}".strip())
            return
        assert name in text, name
        for option in command.params:
            if isinstance(option, click.Option) and not option.is_eager:
                assert option.opts[0] in text, (name, option.opts)

    look(main, "")
