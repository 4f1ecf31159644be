"""`infusiond devices list` claims of a model only what tests of that model show."""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli.main import main
from drivers.maturity import CRITERIA, Level, evidence_of, level_of
from drivers.registry import models
from drivers.shelf import Shelf

ROOT = Path(__file__).parents[2]
KNOWN = {name for criteria in CRITERIA.values() for name in criteria}
EVERY_MODEL = ("MONITORS", "PUMPS", "models()", "open_link")
"""A test that names one of these runs over the registry, or over a link that is the same for all."""
WORLD = ("dianet-star", "s5-dri")
"""The devices of a simulated bed."""


def shelf_of(name: str) -> Shelf:
    return models()[name].shelf


@cache
def named_in(file: str) -> dict[str, str]:
    """The tests of a file that are run, by name."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return {
        node.name: ast.unparse(node)
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not any(word in ast.unparse(one) for one in node.decorator_list for word in ("skip", "xfail"))
    }


def wrong(model: str, claim: str) -> str:
    """Why a test does not show something of this model; empty if it does."""
    file, _, name = claim.partition("::")
    if not (ROOT / file).is_file():
        return f"{claim}: no such file"
    if name not in named_in(file):
        return f"{claim}: no such test, or it is not run"
    text = (ROOT / file).read_text(encoding="utf-8")
    folder = shelf_of(model).folder.rpartition(".")[2]
    of_it = [model, folder, folder.partition("_")[0], *EVERY_MODEL, *(["World"] if model in WORLD else [])]
    return "" if any(word in text for word in of_it) else f"{claim}: nothing in it is about {model}"


@pytest.mark.parametrize("model", models())
def test_every_claim_is_held_by_a_test_of_this_model(model: str) -> None:
    evidence = evidence_of(shelf_of(model))
    assert set(evidence) <= KNOWN
    assert [why for tests in evidence.values() for claim in tests if (why := wrong(model, claim))] == []


def test_a_claim_without_a_test_is_found() -> None:
    assert wrong("s5-dri", "tests/drivers/test_s5_frames.py::test_nothing")
    assert wrong("s5-dri", "tests/drivers/test_nothing.py::test_nothing")
    assert wrong("s5-dri", "tests/drivers/test_dianet_stop.py::test_stop_overtakes_waiting_writes_f18")
    assert not wrong("s5-dri", "tests/drivers/test_s5_frames.py::test_back_to_back_flags_are_normal")


def test_a_level_stands_on_those_below_it() -> None:
    bronze, silver, gold = (dict.fromkeys(CRITERIA[level], ("x",)) for level in list(Level)[1:])
    assert level_of({}) == (Level.NONE, tuple(bronze))
    assert level_of(bronze) == (Level.BRONZE, tuple(silver))
    assert level_of({**bronze, **gold}) == (Level.BRONZE, tuple(silver))
    assert level_of({**bronze, **silver, "poll": ()}) == (Level.BRONZE, ("poll",))
    assert level_of({**bronze, **silver}) == (Level.SILVER, tuple(gold))
    assert level_of({**bronze, **silver, **gold}) == (Level.GOLD, ())


def test_the_whole_shelf_as_json_and_as_a_table() -> None:
    shown = CliRunner().invoke(main, ["devices", "list", "--json"])
    rows = {row["model"]: row for row in json.loads(shown.output)["models"]}
    assert list(rows) == list(models())
    for name, row in rows.items():
        level, missing = level_of(evidence_of(shelf_of(name)))
        assert row["maturity"] == level
        assert [one["criterion"] for one in row["missing"]] == list(missing)
    assert rows["dianet-star"]["authority"] == ["monitor", "control"]
    assert rows["s5-dri"]["kind"] == "monitor"
    text = CliRunner().invoke(main, ["devices", "list"], env={"COLUMNS": "200"}).output
    assert all(name in text for name in rows)
