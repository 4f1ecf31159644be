"""No rule is only a sentence; and a matrix with a hole is told from one without."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.matrix import __main__ as matrix
from tests.matrix import asked, table
from tests.matrix.carried import Place
from tests.matrix.named import Test
from tests.matrix.page import PAGE, written
from tests.matrix.results import Result
from tests.matrix.states import State
from tests.matrix.table_a import table_a

WHOLE = next(row for row in table.rows() if not list(row.holes()))


ASKED = next(row for row in asked.asked_rows() if not list(row.holes()))


def test_the_matrix_has_no_hole() -> None:
    """(A) P14: every rule and requirement has code, a test and a state, or the reason why it has none."""
    assert table.holes(table.rows()) == []
    assert asked.asked_holes(asked.asked_rows()) == []


def test_table_a_is_all_there_in_order() -> None:
    """(A) P14."""
    lengths = {"D": 15, "R": 9, "A": 12, "H": 6, "P": 15}
    ids = [f"{letter}{number}" for letter, last in lengths.items() for number in range(1, last + 1)]
    assert [one.id for one in table_a()] == ids
    assert all(one.asks and not one.asks.endswith(".") for one in table_a())


def test_a_requirement_without_code_test_or_state_is_a_hole() -> None:
    """(A) P14: what is not ours needs a reason alone."""
    for lacking in (
        replace(ASKED, code=()),
        replace(ASKED, tests=()),
        replace(ASKED, state=None),
        replace(ASKED, state=State("otherwise", "")),
        replace(ASKED, code=(Place("daemon/nowhere.py", ""),)),
        replace(ASKED, state=State("not ours", ""), code=(), tests=()),
    ):
        assert list(lacking.holes()) != []
    assert list(replace(ASKED, state=State("not ours", "no page"), code=(), tests=()).holes()) == []


def test_an_id_that_is_in_no_table_is_a_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "asked_for", lambda: {"D99": (Place("daemon/clock.py", "Clock"),)})
    stranger = Test("tests/test_x.py", "test_x", frozenset(), frozenset(), frozenset(), frozenset({"H7"}))
    monkeypatch.setattr(asked, "every_test", lambda: (stranger,))
    assert asked.asked_holes([ASKED]) == [
        "(A) D99 in daemon/clock.py is no requirement",
        "(A) H7 in tests/test_x.py::test_x is no requirement",
    ]


def test_the_safety_case_is_what_is_generated() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "write it: python -m tests.docs.write"


def test_a_rule_without_code_is_a_hole_and_a_simulator_is_no_answer() -> None:
    for code in ((), (Place("simulators/bodies/pump.py", "PumpBody"),)):
        assert table.holes([replace(WHOLE, code=code)]) != table.holes([WHOLE])


def test_a_rule_without_test_is_a_hole() -> None:
    assert table.holes([replace(WHOLE, tests=())]) != table.holes([WHOLE])


@pytest.mark.parametrize(
    "state", [None, State("not yet", "nothing sounds"), State("in part", ""), State("maybe", "x")]
)
def test_a_rule_whose_state_says_nothing_is_a_hole(state: State | None) -> None:
    assert table.holes([replace(WHOLE, state=state)]) != table.holes([WHOLE])


def test_an_id_that_is_no_rule_is_a_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    before = table.holes([WHOLE])
    monkeypatch.setattr(table, "carried", lambda: {41: (Place("daemon/clock.py", "Clock"),)})
    stranger = Test("tests/test_x.py", "test_x", frozenset({0}), frozenset(), frozenset())
    monkeypatch.setattr(table, "every_test", lambda: (stranger,))
    monkeypatch.setattr(table, "states", lambda: {"F99": State("holds", "")})
    assert set(table.holes([WHOLE])) - set(before) == {
        "F41 in daemon/clock.py is no rule",
        "F0 in tests/test_x.py::test_x is no rule",
        "F99 in states.toml is no rule",
    }


def test_a_page_that_differs_is_a_hole_and_the_command_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(matrix, "rows", lambda: (WHOLE,))
    monkeypatch.setattr(matrix, "holes", lambda _: [])
    monkeypatch.setattr(matrix, "asked_rows", lambda: (ASKED,))
    monkeypatch.setattr(matrix, "asked_holes", lambda _: [])
    monkeypatch.setattr(matrix, "last_results", dict)
    monkeypatch.setattr(matrix, "written", lambda: PAGE.read_text(encoding="utf-8"))
    assert matrix.main([]) == 0
    monkeypatch.setattr(matrix, "written", lambda: "another table")
    assert matrix.main([]) == 1
    assert "is not what is generated" in capsys.readouterr().out


def test_the_terminal_says_everything_of_a_rule(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    matrix.main([])
    said = " ".join(capsys.readouterr().out.split())
    for row in table.rows():
        assert f"{row.rule.id} {row.rule.severity}: {row.rule.hazard} rule {row.rule.answer} state" in said
        assert [place.file for place in row.code if place.file not in said] == []
        assert [test.name for test in row.tests if test.name not in said] == []
    for one in asked.asked_rows():
        assert f"{one.asked.id} {one.asked.group}: {one.asked.asks} state {one.state}" in said


def test_a_failed_last_result_is_told_by_name_and_the_command_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = WHOLE.tests[0].node
    results = {test.node: Result("passed", "2020-01-01T00:00:00+00:00") for test in WHOLE.tests}
    monkeypatch.setattr(matrix, "rows", lambda: (WHOLE,))
    monkeypatch.setattr(matrix, "holes", lambda _: [])
    monkeypatch.setattr(matrix, "asked_rows", lambda: (ASKED,))
    monkeypatch.setattr(matrix, "asked_holes", lambda _: [])
    monkeypatch.setattr(matrix, "written", lambda: PAGE.read_text(encoding="utf-8"))
    monkeypatch.setattr(
        matrix, "last_results", lambda: results | {failed: Result("failed", "2020-01-02T00:00:00+00:00")}
    )
    assert matrix.main([]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert (
        f"failed, 2020-01-0{'1' if len(WHOLE.tests) > 1 else '2'}T00:00:00+00:00, older than the code" in said
    )
    assert failed in "".join(said.split()), "wrapped to the width of the terminal"
    monkeypatch.setattr(matrix, "last_results", lambda: results)
    assert matrix.main([]) == 0


def test_json_has_every_rule_and_every_hole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(matrix, "holes", lambda _: ["a hole"])
    assert matrix.main(["--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [rule["rule"] for rule in said["rules"]] == [row.rule.id for row in table.rows()]
    assert [one["id"] for one in said["asked"]] == [row.asked.id for row in asked.asked_rows()]
    assert "a hole" in said["holes"]
    assert {test for rule in said["rules"] for test in rule["tests"]} == {
        test.node for row in table.rows() for test in row.tests
    }
