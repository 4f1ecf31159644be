"""Reactions in every phase, hours after the end; grades, epinephrine, who may lower a grade (F22, F33)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import reactions, resume
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import OPEN, Phase
from daemon.protocols.patient_rules import ReactionRule
from daemon.protocols.plan import Plan
from daemon.protocols.rules import Grade, HoldCause
from drivers.values import Motion, Signal
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import World
from tests.engine.plans import BACK, PATIENT_RULES, REST, SAME, small
from tests.engine.stories import FAST, in_phase, infusing

D = Decimal
HOUR = 3_600_000
MINUTE = 60_000
GREY = "Dr. Grey"


def ordered(*, after_severe: str = "") -> Plan:
    """The small world with a prescriber, who may allow a resume after a severe reaction."""
    patient = replace(PATIENT_RULES, reaction=ReactionRule(D(6), after_severe))
    return replace(small(patient=patient), ordered_by=GREY)


def running(plan: Plan | None = None) -> World:
    world = World(plan or ordered(), timing=FAST).start()
    world.run(60_000)
    assert world.phase() is Phase.INFUSING
    return world


def tell(world: World, **words: Any) -> str:
    said: dict[str, Any] = {"grade": None, "text": "", **words}
    return world.do(inp.ReportReaction, **said)


def recorded(world: World) -> list[ev.ReactionRecorded]:
    return [event for event in world.seen(ev.ReactionRecorded) if isinstance(event, ev.ReactionRecorded)]


@pytest.mark.parametrize("phase", list(Phase))
def test_f22_a_reaction_is_recorded_graded_and_alarms_in_every_phase(phase: Phase) -> None:
    """F22: in every phase it alarms HIGH, is graded by the scale with its version, and enters the record."""
    world = in_phase(phase)
    assert not tell(world, symptoms=("Wheeze", "urticaria"), text="after the nuts").startswith("no: ")
    (event,) = recorded(world)
    assert (event.grade, event.scale) == (Grade.MODERATE, "brown-2004")
    assert event.symptoms == ("wheeze", "urticaria")
    alarm = "held_reaction" if phase in OPEN and phase is not Phase.MANUAL else "reaction_late"
    assert CATALOGUE[alarm].priority is Priority.HIGH
    assert alarm in world.state.alarms
    assert world.state.watched.grade is Grade.MODERATE
    if phase in OPEN:
        world.run(3_000)
        assert world.state.hold is not None
        assert world.state.hold.grade is Grade.MODERATE
        assert world.motion() is Motion.STOPPED or phase is Phase.MANUAL


@pytest.mark.parametrize("later_min", [1, 4, 6, 60, 180, 360])
def test_f22_a_reaction_hours_after_the_end_is_taken_and_prolongs_the_watch(later_min: int) -> None:
    """F22: from end + 1 min to + 6 h, also when completed; watched until 6 h after the last drug."""
    world = in_phase(Phase.AFTER_WATCH)
    ended = world.state.ended_ms
    assert ended is not None
    world.timing = Timing(poll_ms=5_000, tick_ms=5_000)
    world.run(later_min * MINUTE)
    assert world.phase() is (Phase.AFTER_WATCH if later_min < 5 else Phase.COMPLETED)
    told = world.now
    assert not tell(world, symptoms=("urticaria",)).startswith("no: ")
    assert world.phase() is Phase.AFTER_WATCH
    assert world.state.ended_ms == ended
    until = reactions.watch_until_ms(world.state)
    assert until >= max(told + 5 * MINUTE, ended + 6 * HOUR)
    world.run(until - world.now - 10_000)
    assert str(world.phase()) == Phase.AFTER_WATCH.value
    world.run(20_000)
    assert str(world.phase()) == Phase.COMPLETED.value


def test_f22_a_reaction_during_the_run_prolongs_the_watch_after_it() -> None:
    """F22: the watch after a run with a reaction lasts 6 h from the last drug, without one as ordered."""
    calm, reacted = running(), running()
    tell(reacted, grade=Grade.MILD)
    reacted.run(3_000)
    assert not reacted.resume(SAME).startswith("no: ")
    for world in (calm, reacted):
        world.run_until(Phase.AFTER_WATCH)
    left = [reactions.watch_until_ms(world.state) - world.now for world in (calm, reacted)]
    assert left[0] <= 5 * MINUTE
    assert left[1] > 6 * HOUR - 2 * MINUTE


@pytest.mark.parametrize("words", [{"grade": Grade.MILD}, {"symptoms": ("erythema",)}, {}], ids=str)
def test_f22_epinephrine_makes_it_severe_whatever_is_tapped(words: dict[str, Any]) -> None:
    """F22: epinephrine + mild: severe, and never resumed, however lovely the numbers are afterwards."""
    world = running()
    while world.state.step == 1:
        world.run(1_000)
    tell(world, epinephrine=True, **words)
    world.run(3_000)
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.SEVERE
    assert resume.options(world.state, world.now).allowed == ()
    for choice in (REST, SAME, BACK):
        assert world.resume(choice, witness="bob").startswith("no: ")


def test_f22_the_higher_of_tapped_grade_and_symptoms_holds() -> None:
    """F22: understated: mild tapped with a collapse is severe; both are on record."""
    world = running()
    tell(world, grade=Grade.MILD, symptoms=("collapse",))
    (event,) = recorded(world)
    assert (event.grade, event.tapped) == (Grade.SEVERE, Grade.MILD)


def test_f22_a_reaction_while_held_raises_the_grade_and_the_alarm_again() -> None:
    """F22: a worse reaction is a new alarm; a milder one changes nothing but the record."""
    world = running()
    tell(world, grade=Grade.MODERATE)
    world.run(3_000)
    world.do(inp.Acknowledge, alarm="held_reaction")
    tell(world, symptoms=("confusion",))
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.SEVERE
    acknowledged = [world.state.alarms["held_reaction"].acknowledged_by]
    world.do(inp.Acknowledge, alarm="held_reaction")
    tell(world, grade=Grade.MILD)
    acknowledged.append(world.state.alarms["held_reaction"].acknowledged_by)
    assert acknowledged == ["", "ann"]
    assert world.state.hold.grade is Grade.SEVERE
    assert len(recorded(world)) == 3


@pytest.mark.parametrize("when", ["before", "in manual"])
def test_f22_severe_is_not_forgotten_by_manual_and_back(when: str) -> None:
    """F22: reported before manual or in it: on the way back nothing is allowed."""
    world = running()
    if when == "before":
        tell(world, epinephrine=True)
        world.run(3_000)
    world.do(inp.GoManual, reason="")
    if when == "in manual":
        tell(world, epinephrine=True, grade=Grade.MILD)
    world.do(inp.HoldNow, reason="")
    world.run(3_000)
    world.do(inp.GoAutomatic, witness="bob")
    world.run(3_000)
    assert world.phase() is Phase.HELD
    assert "held_reaction" in world.state.alarms
    assert resume.options(world.state, world.now).allowed == ()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"symptoms": ("itch", "wheeze")}, "itch"),
        ({}, "--symptom"),
        ({"grade": Grade.MILD, "minutes_ago": -1}, "minutes"),
        ({"grade": Grade.MILD, "minutes_ago": 1_441}, "minutes"),
    ],
    ids=str,
)
def test_f22_f33_words_that_make_no_sense_stop_the_drug_first(words: dict[str, Any], named: str) -> None:
    """F22, F33: STOP acts first and asks afterwards: held, no reaction recorded, what to enter."""
    world = running()
    answer = tell(world, **words)
    assert answer.startswith("no: STOP sent, the run is held. NOT RECORDED")
    assert named in answer
    assert recorded(world) == []
    world.run(2_000)
    assert world.phase() is Phase.HELD
    assert world.motion() is Motion.STOPPED
    assert "urticaria" in tell(world, symptoms=("itch",))
    assert not tell(world, symptoms=("wheeze",)).startswith("no: ")
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.MODERATE


def test_f22_a_severe_reaction_before_the_start_refuses_it() -> None:
    """F22: severe is never resumed, and not started after either, until the prescriber corrects the grade."""
    world = World(ordered(), timing=FAST)
    world.run(3_000)
    world.check()
    tell(world, symptoms=("hypotension",))
    assert "severe reaction" in world.do(inp.Start, by="ann", witness="bob")
    world.do(inp.CorrectGrade, by=GREY, grade=Grade.MILD, reason="cuff slipped", witness="ann")
    assert not world.do(inp.Start, by="ann", witness="bob").startswith("no: ")


def test_f22_a_resume_after_severe_only_as_its_prescriber_orders_and_by_two() -> None:
    """F22: lifted by `resume_after_severe`: within the rule for severe, two persons, on record."""
    world = running(ordered(after_severe=GREY))
    world.run_until(Phase.AWAITING_SOLUTION)
    world.run_until(Phase.INFUSING)
    tell(world, grade=Grade.SEVERE)
    world.run(3_000)
    found = resume.options(world.state, world.now)
    assert set(found.allowed) == {SAME, BACK}
    assert any(GREY in text for text in found.refused)
    assert world.resume(SAME).startswith("no: ")
    assert GREY in world.resume(SAME, witness="bob")
    world.run(3_000)
    assert world.motion() is Motion.INFUSING


def test_f21_f22_a_reaction_told_late_belongs_to_the_step_it_began_in() -> None:
    """F21, F22: begun 3 min ago in step 1, told in step 2: counted from step 1, never on to the rest of 2."""
    world = running()
    world.run_until(Phase.INFUSING)
    while world.state.step == 1:
        world.run(1_000)
    world.run(60_000)
    tell(world, grade=Grade.MILD, minutes_ago=3)
    world.run(3_000)
    assert world.state.reacted_step == 1
    assert world.state.reactions_at == {1: 1}
    assert resume.place(world.state) == 1
    allowed = resume.options(world.state, world.now).allowed
    assert allowed == (SAME,)
    assert resume.target_step(world.state, SAME) == 1
    now = running()
    while now.state.step == 1:
        now.run(1_000)
    now.run(60_000)
    tell(now, grade=Grade.MILD)
    assert now.state.reacted_step == 2


def test_f22_limits_use_the_baseline_from_before_step_1_for_good() -> None:
    """F22: one baseline a run: not after treatment, not after a hold, a restart or a new monitor."""
    world = running()
    before = dict(world.state.baseline)
    world.vitals[Signal.NIBP_SYS] = D(100)
    tell(world, grade=Grade.MILD)
    world.run(3_000)
    world.measure()
    world.resume(SAME)
    world.run(30_000)
    world.restart(2_000)
    world.run(10_000)
    world.give(inp.MonitorSilent("monitor-1", "unplugged"))
    world.measure()
    assert world.state.baseline == before
    assert len(world.seen(ev.BaselineCaptured)) == 1
    assert world.do(inp.Start, by="ann", witness="bob").startswith("no: ")


@pytest.mark.parametrize(
    ("by", "witness", "accepted"),
    [
        ("ann", "bob", False),
        ("bob", GREY, False),
        (GREY, "", False),
        (GREY, " dr. grey ", False),
        ("", "ann", False),
        (GREY, "ann", True),
        ("dr. GREY", "ann", True),
    ],
)
def test_f33_only_the_prescriber_with_a_second_person_lowers_a_grade(
    by: str, witness: str, accepted: bool
) -> None:
    """F33, F32: grade reduction: the prescriber plus a second, different person."""
    world = running()
    tell(world, grade=Grade.MODERATE)
    world.run(3_000)
    answer = world.do(inp.CorrectGrade, by=by, grade=Grade.MILD, reason="mis-tapped", witness=witness)
    assert answer.startswith("no: ") is not accepted
    assert world.state.hold is not None
    assert world.state.hold.grade is (Grade.MILD if accepted else Grade.MODERATE)
    assert len(world.seen(ev.GradeCorrected)) == int(accepted)


def test_f32_f33_a_mis_tapped_grade_is_a_way_back_and_both_versions_stay() -> None:
    """F32, F33: severe by mistake: corrected, resumed by the milder rule, whole dose given to the patient."""
    world = running()
    tell(world, grade=Grade.SEVERE)
    world.run(3_000)
    world.do(inp.CorrectGrade, by=GREY, grade=Grade.MILD, reason="wrong button", witness="ann")
    (event,) = world.seen(ev.GradeCorrected)
    assert isinstance(event, ev.GradeCorrected)
    assert (event.was, event.grade, event.scale) == (Grade.SEVERE, Grade.MILD, "brown-2004")
    assert recorded(world)[0].grade is Grade.SEVERE
    assert not world.resume(SAME).startswith("no: ")
    world.run_until(Phase.AFTER_WATCH)
    assert world.flowed_dose() >= world.state.plan.total_dose * D("0.99")


def test_f33_what_is_no_correction_is_refused() -> None:
    """F33: no reason, no reaction, a higher grade, and a severe reaction with epinephrine: refused."""
    world = running()
    words: dict[str, Any] = {"by": GREY, "reason": "why", "witness": "ann"}
    assert "no reaction" in world.do(inp.CorrectGrade, grade=Grade.MILD, **words)
    tell(world, grade=Grade.MODERATE)
    world.run(3_000)
    assert "reason" in world.do(inp.CorrectGrade, grade=Grade.MILD, **{**words, "reason": " "})
    for grade in (Grade.MODERATE, Grade.SEVERE):
        assert "not lower" in world.do(inp.CorrectGrade, grade=grade, **words)
    tell(world, grade=Grade.MILD, epinephrine=True)
    for grade in (Grade.MILD, Grade.MODERATE):
        assert "epinephrine" in world.do(inp.CorrectGrade, grade=grade, **words)
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.SEVERE


def test_f33_a_correction_decided_on_an_old_screen_is_refused() -> None:
    """F33: bound to the screen shown: something happened since, look again."""
    world = running()
    tell(world, grade=Grade.MODERATE)
    seen = world.state.screen
    tell(world, grade=Grade.SEVERE)
    act = inp.CorrectGrade("late", GREY, Grade.MILD, "why", "ann", seen=seen)
    world.give(act)
    assert not world.state.acts["late"][0]


def test_f22_a_limit_that_is_still_crossed_raises_the_grade_again() -> None:
    """F22: the prescriber corrects what was entered, not what the monitor still shows."""
    world = running()
    world.vitals[Signal.SPO2] = D(88)
    world.run(30_000)
    assert world.state.hold is not None
    assert world.state.hold.grade is Grade.SEVERE
    (first,) = recorded(world)
    assert "spo2 88" in first.text
    world.do(inp.CorrectGrade, by=GREY, grade=Grade.MILD, reason="probe", witness="ann")
    world.run(6_000)
    assert world.state.hold.causes >= {HoldCause.REACTION}
    assert world.state.hold.grade is Grade.SEVERE
    assert resume.options(world.state, world.now).allowed == ()


def test_f22_a_fall_of_pressure_alone_is_a_reaction_while_nothing_else_moves() -> None:
    """F22: hypotension alone is enough; tachycardia is not required."""
    world = infusing()
    world.vitals[Signal.NIBP_SYS] = D(80)
    world.measure()
    assert world.state.hold is not None
    assert world.state.hold.causes == {HoldCause.REACTION}
    assert recorded(world)[0].by == ""
