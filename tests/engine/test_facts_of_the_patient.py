"""What each fact about the patient changes in what is known of him, field by field (F22, F31, F32, F35)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import events_watched as evw
from daemon.engine.evolve import evolve
from daemon.engine.evolve_watched import worst
from daemon.engine.state import HoldView, LimitView, RunState
from daemon.engine.watched import Agreement, ApartView, SignalView, SourceView, WatchedView
from daemon.protocols.rules import Grade, HoldCause
from drivers.values import Measurement, Signal, Validity
from tests.engine.facts import told
from tests.engine.stories import infusing

D = Decimal
AT = 900_000
HR, SPO2 = Signal.HR, Signal.SPO2
OK, BAD = Validity.VALID, Validity.QUESTIONABLE


def view(value: int | None, measured_ms: int | None = 1, validity: Validity = OK) -> SignalView:
    return SignalView(None if value is None else D(value), validity, measured_ms)


@pytest.fixture(scope="module")
def run() -> RunState:
    """One monitor has spoken."""
    source = SourceView({HR: view(70), SPO2: view(98)})
    watched = WatchedView(sources={"one": source}, silent=frozenset({"one", "two"}))
    return replace(infusing().state, watched=watched, signals=source.signals)


def seen(source: str = "one", *, cuff: bool = False, **signals: Measurement) -> ev.VitalsSeen:
    return ev.VitalsSeen({Signal(name): one for name, one in signals.items()}, source, cuff)


def measured(value: int, age_s: str = "0", validity: Validity = OK, *, new: bool = True) -> Measurement:
    return Measurement(D(value), validity, new, D(age_s))


def test_f31_a_value_is_as_old_as_its_measurement(run: RunState) -> None:
    """F31: only a valid new measurement makes it young; the other signals stay as they were."""
    found = told(run, seen(hr=measured(80, "2.5")), AT)
    signals = {HR: view(80, AT - 2_500), SPO2: view(98)}
    assert found == {
        "signals": signals,
        "watched.sources": {"one": SourceView(signals)},
        "watched.silent": frozenset({"two"}),
    }
    for one in (measured(80, new=False), measured(80, validity=BAD)):
        after = evolve(run, seen(hr=one), AT)
        assert after.signals[HR] == view(80, 1, one.validity)
    first = evolve(run, seen(rr=measured(12, new=False)), AT)
    assert first.signals[Signal.RR] == view(12, None)


def test_f32_of_two_monitors_the_worse_counts(run: RunState) -> None:
    after = evolve(run, seen("two", hr=measured(90), spo2=measured(99)), AT)
    assert after.watched.silent == frozenset({"one"})
    assert after.signals == {HR: view(90), SPO2: view(98)}
    assert after.watched.sources["one"] == run.watched.sources["one"]


@pytest.mark.parametrize(
    ("views", "counts"),
    [
        ([view(70, 5)], view(70, 5)),
        ([view(70, 5), view(90, 3)], view(90, 3)),
        ([view(90, 3), view(70, 5)], view(90, 3)),
        ([view(70, 5), view(90, None)], view(90, None)),
        ([view(70, 5), view(90, 3, BAD)], view(90, 3, BAD)),
        ([view(None, 5, Validity.INACTIVE), view(90, 3)], view(None, 3, Validity.INACTIVE)),
        ([view(70, 5), view(None, 3)], view(70, 3)),
    ],
)
def test_f32_the_worst_of_several_is_the_invalid_the_oldest_the_worse(
    views: list[SignalView], counts: SignalView
) -> None:
    """F32: never measured is older than any age."""
    assert worst(HR, views) == counts


def test_f32_which_way_is_worse_depends_on_the_sign() -> None:
    """F32: of these the higher value counts, of all others the lower one."""
    higher = {one for one in Signal if worst(one, [view(1), view(2)]).value == 2}
    assert higher == {Signal.HR, Signal.PULSE, Signal.RR, Signal.TEMP, Signal.ETCO2}


def test_f31_the_cuff_measures_from_its_first_word_to_its_last(run: RunState) -> None:
    """F31: a second word that it measures begins nothing; the next measurement begins anew."""
    begun = evolve(run, seen(cuff=True), 100)
    assert begun.watched.sources["one"] == SourceView(run.signals, 100, None)
    assert evolve(begun, seen(cuff=True), 200).watched == begun.watched
    over = evolve(begun, seen(), 300)
    assert over.watched.sources["one"] == SourceView(run.signals, 100, 300)
    assert evolve(over, seen(), 400).watched == over.watched
    again = evolve(over, seen(cuff=True), 500)
    assert again.watched.sources["one"] == SourceView(run.signals, 500, None)


def test_f22_limits_and_baseline(run: RunState) -> None:
    """F22, F35: crossed it stays as much in doubt as before; cleared it is known to be good."""
    limits = (LimitView(), LimitView(5, excluded=False), LimitView(), LimitView())
    before = replace(run, limits=limits)
    crossed = told(before, evw.LimitCrossed(1), AT)
    assert crossed == {"limits": (limits[0], LimitView(AT, excluded=False), *limits[2:])}
    assert told(before, evw.LimitCrossed(2), AT) == {"limits": (*limits[:2], LimitView(AT), limits[3])}
    assert told(before, evw.LimitCleared(1), AT) == {"limits": (LimitView(),) * 4}
    based = told(run, evw.BaselineCaptured({HR: D(1)}, {HR: D(2)}), AT)
    assert based == {"baseline": {HR: D(1)}, "baseline_others": {HR: D(2)}}


def reaction(grade: Grade, *, step: int = 1, ago: int = 0, epinephrine: bool = False) -> ev.ReactionRecorded:
    return ev.ReactionRecorded((), grade, None, "brown-2004", epinephrine, "ann", "", ago, step)


def test_f22_the_worst_reaction_of_the_run_is_kept(run: RunState) -> None:
    """F22: with when epinephrine was last given; when it was last told of one."""
    mild = evolve(run, reaction(Grade.MILD), 100)
    assert told(run, reaction(Grade.MILD), 100) == {"watched.grade": Grade.MILD, "last_reaction_ms": 100}
    severe = told(mild, reaction(Grade.SEVERE, epinephrine=True), 200)
    assert severe == {
        "watched.grade": Grade.SEVERE,
        "watched.epinephrine_ms": 200,
        "last_reaction_ms": 200,
    }
    worse = evolve(mild, reaction(Grade.SEVERE, epinephrine=True), 200)
    assert told(worse, reaction(Grade.MILD), 300) == {"last_reaction_ms": 300}


def test_f21_a_reaction_told_late_belongs_to_the_earliest_step_that_was_told(run: RunState) -> None:
    """F21: one told at once belongs to none that is over, and moves nothing."""
    assert evolve(run, reaction(Grade.MILD, step=3), 100).watched.onset_step is None
    late = evolve(run, reaction(Grade.MILD, step=3, ago=9), 100)
    assert late.watched.onset_step == 3
    assert evolve(late, reaction(Grade.MILD, step=2, ago=20), 200).watched.onset_step == 2
    assert evolve(late, reaction(Grade.MILD, step=4, ago=2), 200).watched.onset_step == 3
    assert evolve(late, reaction(Grade.MILD, step=1), 200).watched.onset_step == 3


def test_f33_a_corrected_grade_is_that_of_the_hold_and_of_the_run(run: RunState) -> None:
    event = ev.GradeCorrected(Grade.SEVERE, Grade.MILD, "brown-2004", "x", "ann", "bob")
    hold = HoldView(1, frozenset({HoldCause.REACTION}), Grade.SEVERE, ())
    both = told(replace(run, hold=hold), event, AT)
    assert both == {"hold.grade": Grade.MILD, "watched.grade": Grade.MILD}
    ungraded = replace(run, hold=replace(hold, grade=None))
    assert told(ungraded, event, AT) == {"watched.grade": Grade.MILD}
    assert told(run, event, AT) == {"watched.grade": Grade.MILD}


def test_f32_a_value_by_hand_is_as_old_as_it_was_said(run: RunState) -> None:
    before = evolve(run, ev.VitalsEntered({HR: D(60), SPO2: D(97)}, "ann", 0), 100)
    found = told(before, ev.VitalsEntered({HR: D(70)}, "ann", 2), AT)
    hand = {
        HR: SignalView(D(70), OK, AT - 120_000, by_hand=True),
        SPO2: SignalView(D(97), OK, 100, by_hand=True),
    }
    assert found == {"watched.by_hand": hand}


def test_f32_a_source_left_out_counts_no_more_until_it_is_taken_in(run: RunState) -> None:
    two = evolve(run, seen("two", hr=measured(90)), 100)
    out = told(two, ev.SourceExcluded("two", 5_000, "x", "ann"), AT)
    assert out == {"watched.excluded": {"two": 5_000}, "signals": run.signals}
    without = evolve(two, ev.SourceExcluded("two", 5_000, "x", "ann"), AT)
    both = evolve(without, ev.SourceExcluded("one", 6_000, "x", "ann"), AT)
    assert both.signals == {}
    back = told(both, ev.SourceIncluded("one"), AT)
    assert back == {"watched.excluded": {"two": 5_000}, "signals": run.signals}
    assert told(both, ev.MonitorWentSilent("two", "x"), AT) == {"watched.silent": frozenset({"one", "two"})}


def test_f32_a_source_left_out_says_nothing_that_counts_also_where_it_is_the_only_one(run: RunState) -> None:
    """F32: it gave nothing that is watched when it was left out, and then it did."""
    out = evolve(run, ev.SourceExcluded("one", 5_000, "x", "ann"), AT)
    assert evolve(out, seen(hr=measured(90)), AT + 1).signals == {}
    back = evolve(evolve(out, seen(hr=measured(90)), AT + 1), ev.SourceIncluded("one"), AT + 2)
    assert back.signals == {HR: view(90, AT + 1), SPO2: view(98)}


def compared(state: RunState, found: Agreement, at: int) -> RunState:
    return evolve(state, ev.SourcesCompared(HR, found), at)


def test_f32_two_sources_differ_from_the_first_time_until_they_have_agreed_for_long(run: RunState) -> None:
    """F32: a moment together ends nothing; each sign by itself."""
    other = replace(run, watched=replace(run.watched, apart={SPO2: ApartView(7)}))
    apart = compared(other, Agreement.APART, 100)
    assert apart.watched.apart == {SPO2: ApartView(7), HR: ApartView(100)}
    together = compared(apart, Agreement.TOGETHER, 200)
    assert together.watched.apart[HR] == ApartView(100, 200)
    again = compared(together, Agreement.APART, 300)
    assert again.watched.apart[HR] == ApartView(100)
    said = compared(together, Agreement.TOLD, 400)
    assert said.watched.apart[HR] == ApartView(100, 200, told=True)
    assert compared(said, Agreement.OVER, 500).watched.apart == {SPO2: ApartView(7)}
    for nothing in (Agreement.TOGETHER, Agreement.TOLD, Agreement.OVER):
        assert compared(other, nothing, 100).watched.apart == {SPO2: ApartView(7)}


def test_f35_a_new_process_believes_no_age_and_no_word_of_before(run: RunState) -> None:
    """F35: the values are still shown; nothing of a cuff, a hand or an exclusion is left."""
    before = evolve(run, seen(cuff=True), 100)
    before = evolve(before, ev.VitalsEntered({HR: D(60)}, "ann", 0), 100)
    before = evolve(before, ev.SourceExcluded("one", 5_000, "x", "ann"), 100)
    before = compared(before, Agreement.APART, 100)
    after = evolve(before, ev.Restarted(gap_known=True), AT)
    unaged = {HR: view(70, None), SPO2: view(98, None)}
    assert after.watched == WatchedView(sources={"one": SourceView(unaged)})
    assert all(not one.excluded for one in after.limits)
    assert after.watched_from_ms == AT


def test_f31_holds_are_counted_by_cause_and_kept_for_an_hour(run: RunState) -> None:
    """F31: a cause that is named again in the same hold is no other one."""
    hour = 3_600_000
    before = replace(run.watched, holds={"vitals": 2}, held_at=(("a", AT), ("b", AT + 1)))
    state = replace(run, watched=before)
    first = evolve(state, ev.Held(HoldCause.VITALS, None, "x", ""), AT + hour)
    assert first.watched.holds == {"vitals": 3}
    assert first.watched.held_at == (("b", AT + 1), ("vitals", AT + hour))
    again = evolve(first, ev.Held(HoldCause.VITALS, None, "x", ""), AT + hour + 5)
    assert again.watched == first.watched
