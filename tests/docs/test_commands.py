"""Every command a page tells a reader to type exists, with the options it is given."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from daemon.cli.main import main as infusiond
from simulators.cli import main as infusiond_sim
from tests.docs.pages import PAGES, ROOT, code, name

PROGRAMS = {"infusiond": infusiond, "infusiond-sim": infusiond_sim}
CALL = re.compile(r"(?:^ *|\$ |-- |/bin/)(infusiond(?:-sim)?) +([a-z][^|#>]*|--?\w.*)")
MAKE = re.compile(r"^(?:\$ )?make(?: -C \S+)? ([a-z]+)\b")
MODULE = re.compile(r"python -m ([\w.]+)")


def calls(line: str) -> Iterator[tuple[str, list[str]]]:
    """Program and words of the call in a line of code."""
    for found in CALL.finditer(line):
        yield found[1], found[2].split()


def wrong(program: str, words: list[str]) -> str:
    """What of a call does not exist; empty = all does."""
    command: click.Command = PROGRAMS[program]
    rest = [word.strip("[]") for word in words]
    context = click.Context(command)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        word = rest.pop(0)
        if word in ("…", "VERB") or word.isupper():
            return ""
        verbs = word.split("\\|")
        inner = [command.get_command(context, verb) for verb in verbs]
        if inner[0] is None:
            return f"{program} has no verb {word}"
        command = inner[0]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    unknown = [word for word in rest if word.startswith("-") and word not in known]
    return f"{program} {' '.join(words)}: no option {', '.join(unknown)}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist(page: Path) -> None:
    found = [call for line in code(page.read_text(encoding="utf-8")) for call in calls(line)]
    assert [why for program, words in found if (why := wrong(program, words))] == []


def test_make_targets_and_modules_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    lines = [line for page in PAGES for line in code(page.read_text(encoding="utf-8"))]
    asked = {found[1] for line in lines if (found := MAKE.match(line.strip()))}
    assert asked
    assert asked - targets == set()
    modules = {module for line in lines for module in MODULE.findall(line)}
    assert {module for module in modules if importlib.util.find_spec(module) is None} == set()


def test_a_command_that_does_not_exist_is_found() -> None:
    assert wrong("infusiond", ["rinse", "--by", "Ann"])
    assert wrong("infusiond", ["hold", "--now"])
    assert wrong("infusiond", ["confirm", "everything"])
    assert not wrong("infusiond", ["confirm", "solution", "--code", "B", "--by", "Ann"])
    assert list(calls("    /opt/infusiond/.venv/bin/infusiond check x.toml")) == [
        ("infusiond", ["check", "x.toml"])
    ]
