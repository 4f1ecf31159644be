"""Table (A) A1: one table of alarms; priority is harm x onset, every row names the test that raises it."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

from daemon.control.feeds import LOST_MS as FEED_LOST_MS
from daemon.engine.alarm_kind import MATRIX, AlarmKind, AlarmType, Harm, Onset, Priority, Run
from daemon.engine.alarms import CATALOGUE
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.journal.journal import SLOW_MS
from daemon.protocols.rules import HoldCause
from daemon.runtime.pump_channel import LONG_MS, STOP_VERIFIED_MS
from tests.engine.stories import in_phase

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FIGURES = {
    "stop_not_confirmed": STOP_VERIFIED_MS,
    "pump_lost": LONG_MS,
    "feed_lost": FEED_LOST_MS,
    "journal_broken": SLOW_MS,
    "held_journal": SLOW_MS,
}
"""Condition delays in ms, from where they are kept."""


def row(alarm: str) -> AlarmKind:
    """What the table says of an alarm that this run has raised."""
    draft = Draft(in_phase(Phase.PLANNED).state, 0)
    draft.alarm(alarm, "x")
    assert set(draft.state.alarms) == {alarm}
    return CATALOGUE[alarm]


@pytest.mark.parametrize("alarm", CATALOGUE)
def test_a1_priority_is_harm_by_onset(alarm: str) -> None:
    """(A) A1: the written priority and the matrix of IEC 60601-1-8 say the same."""
    kind = row(alarm)
    assert kind.priority is MATRIX[kind.harm][kind.onset]


def test_a1_the_matrix_is_that_of_the_standard() -> None:
    """(A) A1: read a second time, row by row."""
    rows = {
        Harm.DEATH: "HIGH HIGH MEDIUM",
        Harm.REVERSIBLE: "HIGH MEDIUM LOW",
        Harm.MINOR: "MEDIUM LOW LOW",
    }
    for harm, words in rows.items():
        assert [MATRIX[harm][onset] for onset in Onset] == [Priority(word) for word in words.split()]
    assert {row(alarm).priority for alarm in CATALOGUE} == set(Priority)


@pytest.mark.parametrize("alarm", CATALOGUE)
def test_a1_every_row_is_whole(alarm: str) -> None:
    """(A) A1: condition, reason, what is known and what to do stand in it."""
    kind = row(alarm)
    assert all((kind.when, kind.why, kind.known, kind.do, kind.decided, kind.test))
    assert kind.hold is alarm.startswith("held_")
    if kind.hold:
        assert kind.run is Run.HELD


def test_every_cause_of_a_hold_has_its_row() -> None:
    """Also `held_clock`, which no rule raises today."""
    rows = {alarm for alarm in CATALOGUE if row(alarm).hold}
    assert rows == {f"held_{cause}" for cause in HoldCause}


@pytest.mark.parametrize("alarm", CATALOGUE)
def test_a1_the_test_a_row_names_is_there_and_names_the_row(alarm: str) -> None:
    """(A) A1: test id; the function stands in its file, and the file speaks of the alarm."""
    file, _, name = row(alarm).test.partition("::")
    assert name in functions(file)
    assert alarm in (HERE / file).read_text(encoding="utf-8")


@cache
def functions(file: str) -> frozenset[str]:
    """Names of the test functions of a file."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_a1_the_delays_are_the_constants_they_stand_for() -> None:
    """(A) A1: a delay in seconds is the figure the code goes by."""
    for alarm, ms in FIGURES.items():
        assert float(row(alarm).decided) * 1000 == ms, alarm


@pytest.mark.parametrize("alarm", CATALOGUE)
def test_a1_a_delay_is_a_figure_or_a_key_that_is_ordered(alarm: str) -> None:
    """(A) A1: seconds, or a key a protocol or bed file must give."""
    decided = row(alarm).decided
    if not decided.isdigit():
        table, _, key = decided.partition(".")
        assert key in keys(table), decided


@cache
def keys(table: str) -> frozenset[str]:
    """Every key the shipped files give in this table, or anywhere below it."""
    found: set[str] = set()
    for path in sorted((ROOT / "config").rglob("*.toml")):
        found |= below(tomllib.loads(path.read_text(encoding="utf-8")), table)
    return frozenset(found)


def below(value: object, table: str, *, inside: bool = False) -> set[str]:
    """The keys inside a table of this name."""
    if isinstance(value, list):
        return set().union(*(below(one, table, inside=inside) for one in value))
    if not isinstance(value, dict):
        return set()
    found = set(value) if inside else set()
    return found.union(*(below(one, table, inside=inside or key == table) for key, one in value.items()))


def test_types_are_those_the_feeds_say() -> None:
    """What is of the patient is physiological; what asks for work before a fault is advice."""
    of = {kind: {alarm for alarm in CATALOGUE if row(alarm).type is kind} for kind in AlarmType}
    patient = {"held_reaction", "held_vitals", "reaction_late", "vitals_manual", "vitals_after"}
    assert of[AlarmType.PHYSIOLOGICAL] == patient
    assert [kind.value for kind in of] == ["SP", "ST", "SA"], "as in MDC_ATTR_ALERT_TYPE"
    assert all(CATALOGUE[alarm].priority is Priority.LOW for alarm in of[AlarmType.ADVISORY])
