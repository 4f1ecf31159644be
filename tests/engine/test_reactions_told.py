"""A reaction that is told, and a grade that is lowered: what is recorded and refused (F22, F32, F33)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import HoldView, LimitView, RunState
from daemon.protocols.rules import Grade, HoldCause
from drivers.values import Authority
from tests.engine.answers import DONE, Answer, answered
from tests.engine.stories import infusing

NOW = 10_000_000
MIN = 60_000
GREY = "Dr. Grey"


@pytest.fixture(scope="module")
def run() -> RunState:
    """A step that runs, ordered by a prescriber; no limit is crossed."""
    state = infusing().state
    plan = replace(state.plan, ordered_by=GREY)
    return replace(state, plan=plan, alarms={}, ended={}, limits=(LimitView(),) * len(state.limits))


def told(state: RunState, by: str = "ann", **words: Any) -> Answer:
    said: dict[str, Any] = {"grade": None, "text": "", **words}
    return answered(state, inp.ReportReaction("a", by, **said), NOW)


def reason(answer: Answer) -> str:
    """What the alarm says of it."""
    return answer.draft.state.alarms["held_reaction"].detail


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"grade": Grade.MILD}, "mild reaction (brown-2004) reported by ann: no details"),
        ({"grade": Grade.MILD, "by": ""}, "mild reaction (brown-2004) reported by unnamed: no details"),
        ({"grade": Grade.MILD, "text": " red "}, "mild reaction (brown-2004) reported by ann: red"),
        (
            {"symptoms": ("Wheeze", "urticaria"), "text": "nuts", "minutes_ago": 3},
            "moderate reaction (brown-2004) reported by ann, 3 min ago: wheeze, urticaria; nuts",
        ),
        (
            {"epinephrine": True},
            "severe reaction (brown-2004) reported by ann: epinephrine given",
        ),
        (
            {"symptoms": ("urticaria",), "epinephrine": True},
            "severe reaction (brown-2004) reported by ann: urticaria, epinephrine given",
        ),
    ],
)
def test_f22_what_was_told_is_said_in_its_words(run: RunState, words: dict[str, Any], said: str) -> None:
    """F22: grade and scale, who, how long ago, signs, treatment and text, each where it was given."""
    assert reason(told(run, **words)) == said


@pytest.mark.parametrize("ago", [0, 1, 30])
def test_f21_f22_the_record_is_whole(run: RunState, ago: int) -> None:
    """F21: told late it belongs to the step that gave drug when it began: step 1 until 20 min ago."""
    begun = ((NOW - 60 * MIN, 1), (NOW - 20 * MIN, 2))
    state = replace(run, step=2, begun=True, last_step=2, watched=replace(run.watched, begun=begun))
    words: dict[str, Any] = {"symptoms": ("Wheeze",), "text": " x ", "minutes_ago": ago, "grade": Grade.MILD}
    answer = told(state, **words)
    recorded = ev.ReactionRecorded(
        symptoms=("wheeze",),
        grade=Grade.MODERATE,
        tapped=Grade.MILD,
        scale="brown-2004",
        epinephrine=False,
        by="ann",
        text=" x ",
        minutes_ago=ago,
        step=1 if ago == 30 else 2,
    )
    assert answer.facts[0] == recorded


@pytest.mark.parametrize(
    ("ago", "code"), [(-1, "minutes_ago"), (0, DONE), (1_440, DONE), (1_441, "minutes_ago")]
)
def test_f22_a_reaction_of_the_day_before_is_of_no_run(run: RunState, ago: int, code: str) -> None:
    assert told(run, grade=Grade.MILD, minutes_ago=ago).code == code


@pytest.mark.parametrize("by_hand", [True, False])
@pytest.mark.parametrize("phase", list(Phase))
def test_f22_f33_it_is_said_whether_the_drug_stops(run: RunState, phase: Phase, *, by_hand: bool) -> None:
    """F33: where this program drives, also for words nobody understands; elsewhere it is recorded, or not."""
    authority = Authority.MONITOR if by_hand else Authority.CONTROL
    state = replace(run, phase=phase, authority=authority)
    driven = phase in OPEN and phase is not Phase.MANUAL
    stopped = "STOP THE PUMP BY HAND" if by_hand else "STOP sent"
    good = told(state, grade=Grade.MILD)
    assert good.words.startswith(stopped) is driven
    assert good.words.endswith("a mild reaction (brown-2004) is recorded")
    strange = told(state, symptoms=("gloom",))
    assert strange.code == "unknown_symptom"
    assert strange.words.startswith(stopped) is driven
    assert strange.words.startswith("NOT RECORDED: gloom is no symptom") is not driven
    held = strange.draft.state.hold
    assert (set(held.causes) if held is not None else set()) == ({HoldCause.OPERATOR} if driven else set())
    assert "It knows: " in strange.words
    assert "urticaria, " in strange.words


# -- a grade that is lowered --------------------------------------------------------------------------


def held(state: RunState, grade: Grade | None, *, watched: Grade | None = None) -> RunState:
    """Held since a minute for a reaction, or something else; `watched`: the worst of the run."""
    cause = HoldCause.OPERATOR if grade is None else HoldCause.REACTION
    hold = HoldView(NOW - MIN, frozenset({cause}), grade, ("x",))
    known = watched if watched is not None else grade
    return replace(state, phase=Phase.HELD, hold=hold, watched=replace(state.watched, grade=known))


def epinephrine(state: RunState, ago_ms: int) -> RunState:
    return replace(state, watched=replace(state.watched, epinephrine_ms=NOW - ago_ms))


def lowered(state: RunState, grade: Grade = Grade.MILD, **words: Any) -> Answer:
    said: dict[str, Any] = {"by": GREY, "reason": "probe off", "witness": "bob", **words}
    return answered(state, inp.CorrectGrade("a", grade=grade, **said), NOW)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({}, DONE),
        ({"by": " DR. GREY "}, DONE),
        ({"by": "ann"}, "prescriber"),
        ({"witness": " "}, "second_person"),
        ({"witness": "dr. grey"}, "same_person"),
        ({"reason": " "}, "no_reason"),
        ({"grade": Grade.SEVERE}, "grade_not_lower"),
        ({"grade": Grade.MODERATE}, DONE),
    ],
    ids=str,
)
def test_f33_the_prescriber_lowers_a_grade_before_a_second_person(
    run: RunState, words: dict[str, Any], code: str
) -> None:
    answer = lowered(held(run, Grade.SEVERE), **words)
    assert answer.code == code
    if not code:
        grade = words.get("grade", Grade.MILD)
        by = words.get("by", GREY)
        fact = ev.GradeCorrected(Grade.SEVERE, grade, "brown-2004", "probe off", by, "bob")
        assert answer.facts == [fact]
        assert answer.words == f"the grade is {grade} (brown-2004); severe stays on record"


@pytest.mark.parametrize(
    ("grade", "watched", "was"),
    [
        (Grade.MODERATE, Grade.SEVERE, Grade.MODERATE),
        (None, Grade.SEVERE, Grade.SEVERE),
        (None, None, None),
    ],
)
def test_f32_the_grade_of_the_hold_is_lowered_else_the_worst_of_the_run(
    run: RunState, grade: Grade | None, watched: Grade | None, was: Grade | None
) -> None:
    """F32: held for something else, the reaction before is what is meant."""
    answer = lowered(held(run, grade, watched=watched))
    assert [event.was for event in answer.facts if isinstance(event, ev.GradeCorrected)] == (
        [] if was is None else [was]
    )
    assert answer.code == (DONE if was is not None else "no_grade")
    running = replace(run, hold=None, watched=replace(run.watched, grade=watched))
    assert lowered(running).code == (DONE if watched is not None else "no_grade")


@pytest.mark.parametrize(
    ("ago_ms", "code"), [(MIN + 1, DONE), (MIN, "epinephrine_given"), (0, "epinephrine_given")]
)
def test_f22_what_was_treated_with_epinephrine_was_severe(run: RunState, ago_ms: int, code: str) -> None:
    """F22: in this hold; that of an earlier one says nothing of it. Held for something else: in this run."""
    assert lowered(epinephrine(held(run, Grade.SEVERE), ago_ms)).code == code
    other = held(run, None, watched=Grade.SEVERE)
    assert lowered(epinephrine(other, ago_ms)).code == "epinephrine_given"


def test_f33_a_limit_that_stands_is_named(run: RunState) -> None:
    """F33: each that enters a higher grade."""
    crossed = (LimitView(5), LimitView(5), LimitView(), LimitView(5))
    answer = lowered(replace(held(run, Grade.SEVERE), limits=crossed), Grade.MODERATE)
    assert answer.code == "limit_stands"
    assert answer.words.count("limit below") == 1
    assert lowered(replace(held(run, Grade.SEVERE), limits=crossed)).words.count("limit below") == 2
