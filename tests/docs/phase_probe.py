"""Asks `decide` what each act does in a run that stands in each phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from daemon.control.requests import ACTS
from daemon.engine import inputs as inp
from daemon.engine.alarm_view import AlarmView
from daemon.engine.decide import decide
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from daemon.engine.state import HoldView, RunState
from daemon.engine.watched import SignalView, SourceView
from daemon.protocols.rules import Choice, ChoiceKind, Grade, HoldCause
from drivers.values import Motion, PumpAlarm, Signal, Validity
from simulators.campaign.engine.labels import PATIENT, code_of
from simulators.campaign.engine.world import World
from tests.docs.doubt_probe import doubt_acts, doubtful
from tests.engine.stories import in_phase

SECOND_MONITOR = "monitor-2"
PRESCRIBER = "dr. grey"
WHO = "ann"
OTHER = "bob"


@cache
def world_in(phase: Phase) -> World:
    """A run brought into this phase by real decisions, with everything confirmed that can be."""
    world = in_phase(phase)
    if phase is Phase.CHECKING:
        world.check()
    if phase is Phase.AFTER_WATCH:
        world.run(5_000)
    if phase not in (Phase.WAITING_GATE, Phase.SWITCHING):
        world.measure()
    return world


def two_monitors(state: RunState) -> RunState:
    """The same with a prescriber, a second monitor, and a reaction that could be graded lower."""
    views = state.signals or {Signal.HR: SignalView(Decimal(75), Validity.VALID, state.at_ms)}
    both = {name: SourceView(views) for name in ("monitor-1", SECOND_MONITOR)}
    watched = replace(state.watched, sources=both, grade=Grade.MODERATE, epinephrine_ms=None)
    return replace(state, plan=replace(state.plan, ordered_by=PRESCRIBER), watched=watched)


@cache
def held_between_bags() -> World:
    """A run held while it waited for its next bag."""
    world = in_phase(Phase.AWAITING_SOLUTION)
    world.do(inp.HoldNow, reason="test")
    world.run(5_000)
    world.measure()
    return world


def _candidates(phase: Phase) -> Iterator[RunState]:
    """The run with an alarm, with STOP unconfirmed; held also between two bags and at an empty last bag."""
    state = two_monitors(world_in(phase).state)
    over = AlarmView(state.at_ms, "no answer", called_ms=state.at_ms, ended_ms=state.at_ms, latched=True)
    state = replace(state, alarms={**state.alarms, "clock_stepped": AlarmView(state.at_ms, "+3 s")})
    state = replace(state, ended={**state.ended, "sound_lost": over})
    yield state
    yield replace(state, pump=replace(state.pump, stop_ms=state.at_ms, stopped=False))
    if phase is Phase.SWITCHING:
        yield stopped_for_a_switch()
    yield from doubtful(state)
    reading = state.pump.reading
    if phase is Phase.HELD and reading is not None:
        yield held_between_bags().state
        number = len(state.plan.steps)
        last = replace(state.plan.step(number), until_empty=True)
        empty = replace(reading, motion=Motion.STOPPED, alarms=frozenset({PumpAlarm.EMPTY}))
        yield replace(
            state,
            plan=replace(state.plan, steps=(*state.plan.steps[:-1], last)),
            step=number,
            goal_ml=state.step_given().low,
            hold=HoldView(state.at_ms, frozenset({HoldCause.PUMP_ALARM}), None, ("empty",)),
            pump=replace(state.pump, reading=empty),
        )


@cache
def stopped_for_a_switch() -> RunState:
    """One pump stands, the other has not begun yet."""
    world = in_phase(Phase.SWITCHING)
    while world.state.delivering:
        world.run(20)
    assert world.phase() is Phase.SWITCHING
    return two_monitors(world.state)


def _bag(state: RunState) -> inp.ConfirmSolution:
    solution = state.current.solution
    pump, code = state.carrier(solution), code_of(solution)
    return inp.ConfirmSolution("a", WHO, pump, code, True, Decimal(10), OTHER)


def acts_of(state: RunState) -> Mapping[str, tuple[inp.AnyAct, ...]]:
    """Every act with the words it needs in this state, by its verb."""
    resumes = [ChoiceKind.REST_OF_STEP, ChoiceKind.SAME_STEP]
    return {
        "hold": (inp.HoldNow("a", WHO, "why"),),
        "reaction": (inp.ReportReaction("a", WHO, Grade.MILD, "itch"),),
        "abort": (inp.Abort("a", WHO, "why"),),
        "ack": (inp.Acknowledge("a", WHO, "clock_stepped"),),
        "reset": (inp.ResetAlarm("a", WHO, "sound_lost"),),
        "pause_audio": (inp.PauseAudio("a", WHO),),
        "manual": (inp.GoManual("a", WHO, "why"),),
        "automatic": (inp.GoAutomatic("a", WHO, OTHER),),
        "start": (inp.Start("a", WHO, OTHER),),
        "resume": tuple(inp.Resume("a", WHO, Choice(kind), "well", OTHER) for kind in resumes),
        "confirm_solution": (_bag(state),),
        "confirm_patient": (inp.ConfirmPatient("a", WHO, PATIENT),),
        "confirm_vitals": (inp.ConfirmVitals("a", WHO),),
        "confirm_sound": (inp.ConfirmSound("a", WHO),),
        "confirm_line": (inp.ConfirmLine("a", WHO, valves=True),),
        "flush": (inp.FlushLine("a", WHO, FlushTo.PATIENT, Decimal(1)),),
        "confirm_assessment": (inp.Assess("a", WHO),),
        "confirm_running": (inp.ConfirmRunning("a", WHO),),
        "confirm_stopped": (inp.ConfirmStopped("a", WHO),),
        "confirm_empty": (inp.ConfirmEmpty("a", WHO),),
        "correct_grade": (inp.CorrectGrade("a", PRESCRIBER, Grade.MILD, "why", OTHER),),
        "vitals": (inp.ManualVitals("a", WHO, {Signal.HR: Decimal(80)}, 0),),
        **doubt_acts(state, WHO, OTHER),
        "exclude": (inp.ExcludeSource("a", WHO, SECOND_MONITOR, "why", 10),),
    }


@cache
def outcomes() -> Mapping[str, Mapping[Phase, frozenset[Phase]]]:
    """For each act and phase: the phases it leads to where it is accepted; empty = always refused."""
    found: dict[str, dict[Phase, frozenset[Phase]]] = {act: {} for act in ACTS}
    for phase in Phase:
        led: dict[str, set[Phase]] = {act: set() for act in ACTS}
        for state in _candidates(phase):
            for act, variants in acts_of(state).items():
                for given in variants:
                    after = decide(state, given, state.at_ms + 1).state
                    if after.acts[given.act_id][0]:
                        led[act].add(after.phase)
        for act, phases in led.items():
            found[act][phase] = frozenset(phases)
    return MappingProxyType(found)
