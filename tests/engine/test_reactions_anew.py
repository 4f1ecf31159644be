"""Is a reaction news, and what does it lead to, phase by phase and grade by grade (F21, F22)?"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from daemon.engine import events as ev
from daemon.engine import reactions
from daemon.engine.alarm_view import AlarmView
from daemon.engine.draft import Draft
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import HoldView, RunState
from daemon.protocols.rules import Grade, HoldCause
from tests.engine.stories import infusing

AT = 900_000
OLD = AlarmView(AT - 1_000, "old", signs=frozenset({"spo2"}))
NOT_OPEN = (Phase.AFTER_WATCH, Phase.COMPLETED, Phase.ABORTED)
GRADES = (None, Grade.MILD, Grade.MODERATE, Grade.SEVERE)


@pytest.fixture(scope="module")
def run() -> RunState:
    state = infusing().state
    return replace(state, alarms={}, watched=replace(state.watched, onset_step=2))


def noticed(state: RunState, since: int, sign: str = "hr") -> Draft:
    """A moderate reaction, seen at a limit that was crossed at `since`."""
    draft = Draft(state, AT)
    reactions.noticed(draft, Grade.MODERATE, "low", since, sign)
    return draft


def recorded(draft: Draft) -> list[ev.ReactionRecorded]:
    return [event for event in draft.events if isinstance(event, ev.ReactionRecorded)]


def held(
    state: RunState, phase: Phase, grade: Grade | None, cause: HoldCause = HoldCause.REACTION
) -> RunState:
    hold = HoldView(AT - 1_000, frozenset({cause}), grade, ("old",))
    return replace(state, phase=phase, hold=hold, alarms={"held_reaction": OLD})


def test_f22_what_a_limit_shows_is_recorded_as_graded_by_nobody(run: RunState) -> None:
    """F22: now, by the scale of the protocol, in the step a reaction now belongs to."""
    (found,) = recorded(noticed(run, AT))
    assert found == ev.ReactionRecorded((), Grade.MODERATE, None, "brown-2004", False, "", "low", 0, 2)


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("since", [AT - 2_000, AT - 1_000, AT - 999])
def test_f22_in_a_hold_a_worse_one_is_news_and_one_that_began_after_the_alarm(
    run: RunState, grade: Grade | None, since: int
) -> None:
    draft = noticed(held(run, Phase.HELD, grade), since)
    news = grade in (None, Grade.MILD) or since > OLD.raised_ms
    assert bool(recorded(draft)) is news
    assert "reaction_late" not in draft.state.alarms


def test_f22_in_a_hold_for_something_else_every_reaction_is_news(run: RunState) -> None:
    draft = noticed(held(run, Phase.HELD, None, HoldCause.OPERATOR), AT - 2_000)
    assert recorded(draft)
    assert draft.state.hold is not None
    assert (draft.state.hold.grade, HoldCause.REACTION in draft.state.hold.causes) == (Grade.MODERATE, True)


@pytest.mark.parametrize("phase", NOT_OPEN)
@pytest.mark.parametrize(("known", "lasts"), list(product(GRADES, [False, True])))
def test_f22_after_the_drug_a_worse_one_is_said_anew(
    run: RunState, phase: Phase, known: Grade | None, *, lasts: bool
) -> None:
    """F22: the alarm of one that is not worse goes on as it is; a patient who was let go is watched again."""
    before = replace(
        run,
        phase=phase,
        hold=None,
        watched=replace(run.watched, grade=known),
        alarms={"reaction_late": OLD} if lasts else {},
    )
    news = not lasts or known in (None, Grade.MILD)
    draft = noticed(before, OLD.raised_ms)
    assert bool(recorded(draft)) is news
    told = Draft(before, AT)
    by_ann = ev.ReactionRecorded((), Grade.MODERATE, Grade.MODERATE, "x", False, "ann", "said", 0, 1)
    reactions.record(told, by_ann, "said")
    assert recorded(told) == [by_ann], "what a person says is recorded in any case"
    assert told.state.alarms["reaction_late"].detail == ("said" if news else "old")
    assert told.state.phase is (Phase.AFTER_WATCH if phase is Phase.COMPLETED else phase)
    assert told.state.hold is None


def test_f22_after_the_drug_what_began_after_the_alarm_is_another_one(run: RunState) -> None:
    watched = replace(run.watched, grade=Grade.SEVERE)
    before = replace(run, phase=Phase.AFTER_WATCH, watched=watched, alarms={"reaction_late": OLD})
    assert not recorded(noticed(before, OLD.raised_ms))
    draft = noticed(before, OLD.raised_ms + 1)
    assert recorded(draft)
    assert draft.state.alarms["reaction_late"] == AlarmView(
        AT, "low", signs=frozenset({"hr", "spo2"}), called_ms=AT
    )
    same = noticed(before, OLD.raised_ms + 1, sign="spo2")
    assert recorded(same)
    assert same.state.alarms["reaction_late"] == OLD, "of that sign it was said"


@pytest.mark.parametrize("hold_grade", [None, *GRADES])
def test_f22_f8_in_manual_it_is_remembered_and_told(run: RunState, hold_grade: Grade | None) -> None:
    """F22, F8: held it is not, for a hand drives; judged anew when a hand gives it back."""
    before = replace(run, phase=Phase.MANUAL, hold=None, alarms={"reaction_late": OLD})
    draft = noticed(before, AT - 2_000)
    assert recorded(draft)
    assert draft.state.phase is Phase.MANUAL
    assert draft.state.hold is not None
    assert draft.state.hold.causes == {HoldCause.REACTION}
    known = noticed(held(before, Phase.MANUAL, hold_grade), AT - 2_000)
    since_alarm = noticed(
        replace(held(before, Phase.MANUAL, Grade.SEVERE), alarms={"reaction_late": OLD}), AT
    )
    assert recorded(since_alarm)
    assert bool(recorded(known))
    quiet = replace(held(before, Phase.MANUAL, Grade.SEVERE), alarms={"reaction_late": OLD})
    assert not recorded(noticed(quiet, AT - 1_000))


@pytest.mark.parametrize("phase", sorted(OPEN - {Phase.MANUAL}))
def test_f22_while_drug_is_driven_a_reaction_holds_and_is_no_late_one(run: RunState, phase: Phase) -> None:
    draft = noticed(replace(run, phase=phase, hold=None), AT)
    assert draft.state.phase is Phase.HELD
    assert set(draft.state.alarms) == {"held_reaction"}
    assert draft.stopping
