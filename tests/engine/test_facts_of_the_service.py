"""What the service's own facts change in the state of a run, field by field (F8, F20, F33, F35)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.account import NO_VOLUME, Moved, Span
from daemon.engine.alarm_view import AudioView
from daemon.engine.codes import BagCodes
from daemon.engine.doubts import Settlement
from daemon.engine.evolve import begin, evolve
from daemon.engine.hand_view import HandView
from daemon.engine.line import FlushTo, Handling
from daemon.engine.phases import Phase
from daemon.engine.state import LimitView, RunState
from daemon.protocols.rules import Choice, ChoiceKind, GapAction, Grade, HoldCause
from daemon.protocols.shared_signal import SharedSignal
from daemon.protocols.signed import SignedFile
from drivers.values import Authority, Motion, PumpReading, PumpSetting, Signal
from tests.engine.facts import told
from tests.engine.plans import small
from tests.engine.stories import infusing, switching

D = Decimal
AT = 900_000
ORDER = ev.SettingOrdered(9, ev.OrderKind.RENEW, PumpSetting(D(60), D(2)), 2, "A", "pump-1")


@pytest.fixture(scope="module")
def run() -> RunState:
    return infusing().state


@pytest.fixture(scope="module")
def two() -> RunState:
    """A pump for each bag; the first is in charge."""
    return switching().state


def test_f11_a_run_opens_with_everything_the_record_says_of_it(run: RunState) -> None:
    """F11, F27, F32: nothing of it is left to a default; nothing else has happened yet."""
    file = SignedFile("a" * 64, ("key",))
    shared = (SharedSignal(Signal.HR, "icu", D(5), D(15)),)
    opened = ev.RunOpened(
        small(),
        (run.fitted,),
        bed="ward/7",
        wire_factor=D(2),
        simulated=True,
        patient="p",
        codes=BagCodes("salt", {"A": "1"}),
        linked=Span(D(1), D(2)),
        file=file,
        bench=True,
        authority=Authority.MONITOR,
        shared=shared,
        latching=frozenset({"held_reaction"}),
    )
    state = begin(opened, 4_000)
    assert (state.at_ms, state.phase, state.phase_ms) == (4_000, Phase.PLANNED, 4_000)
    assert (state.bed, state.wire_factor, state.simulated, state.bench) == ("ward/7", D(2), True, True)
    assert (state.bedside.patient, state.bedside.codes) == ("p", opened.codes)
    assert (state.linked, state.file, state.shared) == (Span(D(1), D(2)), file, shared)
    assert (state.authority, state.latching) == (Authority.MONITOR, frozenset({"held_reaction"}))
    assert (state.plan, state.fitted, state.others) == (opened.plan, run.fitted, {})
    assert evolve(run, opened, 4_000) == state, "whatever was before"


def test_f23_of_the_pumps_of_a_bed_that_of_the_first_step_is_in_charge(two: RunState) -> None:
    """F23: in whatever order the bed names them; the others stand beside it, unread."""
    pumps = (two.others["pump-2"].fitted, two.fitted)
    bed = {"bed": "7", "wire_factor": D(1), "simulated": True, "patient": "p"}
    for fitted in (pumps, pumps[::-1]):
        opened = ev.RunOpened(small(), fitted, codes=BagCodes("salt", {}), **bed)  # type: ignore[arg-type]
        state = begin(opened, 0)
        assert (state.pump_name, list(state.others)) == ("pump-1", ["pump-2"])
        assert state.pump.odometer.hidden == Span(D(0), D("0.1"))
        assert state.others["pump-2"].pump == state.pump


NOTHING = Span(D(0), D(0))
READING = PumpReading(Motion.STOPPED, D(0), D(0), D(0), remote=True)
ANOTHER_SCREEN = [
    ev.StepBegun(2, D(7), 420_000),
    ev.StepEnded(1, NOTHING, 1),
    ev.PhaseEntered(Phase.WAITING_GATE, "x"),
    ev.Held(HoldCause.OPERATOR, None, "x", ""),
    ev.Resumed(Choice(ChoiceKind.SAME_STEP), 1, 0, GapAction.CONTINUE, "ann", "", "x"),
    ev.Occluded(D(0), D(0), "pump 1"),
    ev.StepSettled(1, Settlement.CREDIT, D(0), "ann", "x"),
    ev.LineConfirmed("ann", Handling.CONNECTED, D(0)),
    ev.LineFlushed(FlushTo.NOBODY, D(0), "ann", known=True),
    ev.ReactionRecorded((), Grade.MILD, None, "x", False, "ann", "x", 0, 1),
    ev.GradeCorrected(Grade.SEVERE, Grade.MILD, "x", "x", "ann", "bob"),
    ev.Restarted(gap_known=True),
]
SAME_SCREEN = [
    ev.PumpSeen(READING, Moved(D(0), NO_VOLUME, 0), AT, "pump 1"),
    ev.DwellBegun(),
    ev.GateShut(()),
    ev.Assessed("ann"),
    ev.AlarmRaised("hand_less", "x"),
    ev.ActTaken("1", "Assess", "ann", True, "", ""),
    ev.JournalLost("x"),
]


@pytest.mark.parametrize("event", ANOTHER_SCREEN, ids=lambda event: type(event).__name__)
def test_f33_what_may_change_a_persons_mind_is_another_screen(run: RunState, event: ev.Event) -> None:
    """F33: the next number; a decision made on the one before is asked for again."""
    assert evolve(replace(run, screen=7), event, AT).screen == 8


@pytest.mark.parametrize("event", SAME_SCREEN, ids=lambda event: type(event).__name__)
def test_f33_what_comes_every_few_seconds_is_not(run: RunState, event: ev.Event) -> None:
    assert evolve(replace(run, screen=7), event, AT).screen == 7


def test_of_a_persons_acts_the_last_64_are_remembered(run: RunState) -> None:
    """A double tap is one act: journal.md and DESIGN 3.4; the oldest one is forgotten first."""
    full = replace(run, acts={str(number): (True, "done", "") for number in range(63)})
    after = evolve(full, ev.ActTaken("63", "Assess", "ann", False, "no", "code"), AT)
    assert list(after.acts) == [str(number) for number in range(64)]
    assert after.acts["63"] == (False, "no", "code")
    more = evolve(after, ev.ActTaken("64", "Assess", "ann", True, "", ""), AT)
    assert list(more.acts) == [str(number) for number in range(1, 65)]


def test_the_records_own_facts_change_no_run(run: RunState) -> None:
    assert told(run, ev.FileEnded(), AT) == {}
    assert told(run, ev.FileBegun("a" * 64, 1, {}, ()), AT) == {}
    assert told(run, ev.JournalLost("x"), AT) == {"journal_ok": False}
    assert told(replace(run, journal_ok=False), ev.JournalBack(), AT) == {"journal_ok": True}
    assert told(run, ev.ClockDistrusted(5_000), AT) == {"clock_trusted": False}


def watched_two(state: RunState) -> RunState:
    """Both pumps linked, certain and standing disarmed, with an order on its way and a hand at work."""
    known = {
        "linked": True,
        "certain": True,
        "compare": False,
        "pending": ORDER,
        "hand": HandView(told=True, right=1),
        "disarmed": True,
        "still_from_ms": 5,
        "untimed_ml": None,
    }
    others = {name: replace(one, pump=replace(one.pump, **known)) for name, one in state.others.items()}  # type: ignore[arg-type]
    limits = tuple(LimitView(5) for _ in state.limits)
    pump = replace(state.pump, **known)  # type: ignore[arg-type]
    return replace(state, pump=pump, others=others, limits=limits, journal_ok=False, audio=AudioView())


@pytest.mark.parametrize("gap_known", [True, False])
def test_f35_a_new_process_believes_nothing_of_its_pumps(two: RunState, *, gap_known: bool) -> None:
    """F35, F20: each is compared first; only of the one in charge is it known that it stood disarmed.

    Where no clock tells the time, each may have given its limit: 2 mL were on their way (F20).
    """
    before = watched_two(two)
    after = evolve(before, ev.Restarted(gap_known), AT)
    for name in ("pump-1", "pump-2"):
        pump, old = after.view(name), before.view(name)
        assert (pump.linked, pump.certain, pump.compare, pump.pending) == (False, False, True, None), name
        assert (pump.hand, pump.still_from_ms) == (HandView(), None), name
        assert pump.disarmed is (name == "pump-1")
        assert (pump.untimed_ml is None) is gap_known
        assert (pump.odometer, pump.reading, pump.own_serial) == (old.odometer, old.reading, old.own_serial)
    assert after.pump_name == "pump-1"
    assert not evolve(
        replace(before, pump=replace(before.pump, disarmed=False)), ev.Restarted(gap_known), AT
    ).pump.disarmed


def test_f35_a_new_process_watches_the_patient_anew(two: RunState) -> None:
    """F35: no age of a value is believed, every limit may be crossed; since when one is crossed is kept."""
    gap = replace(two.gap, delivering_from_ms=3, unknown=False)
    before = replace(watched_two(two), gap=gap, watched_from_ms=1)
    after = evolve(before, ev.Restarted(gap_known=True), AT)
    assert after.watched_from_ms == AT
    assert after.limits == tuple(LimitView(5, excluded=False) for _ in before.limits)
    assert {view.measured_ms for view in after.signals.values()} == {None}
    assert after.signals.keys() == before.signals.keys()
    assert (after.gap.delivering_from_ms, after.gap.unknown) == (None, False)
    assert (after.journal_ok, after.phase, after.step) == (True, before.phase, before.step)
    unsure = evolve(replace(before, gap=replace(gap, unknown=True)), ev.Restarted(gap_known=True), AT)
    assert unsure.gap.unknown, "what was not known before is not known now"
