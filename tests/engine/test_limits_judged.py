"""Limits that stay crossed: for how long, what is said of one sign, and where it is over (F22, F31, F32)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine import vitals
from daemon.engine.alarm_view import AlarmView
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import LimitView, RunState
from daemon.engine.watched import SignalView, SourceView
from daemon.protocols.rules import Grade, HoldCause, LimitKind, LimitRule
from drivers.values import Measurement, Signal, Validity, VitalsSample
from tests.engine.stories import infusing

D = Decimal
NOW = 10_000_000
GOOD = {Signal.HR: D(75), Signal.SPO2: D(98), Signal.NIBP_SYS: D(120)}
SEVERE, MODERATE, FALL, FAST = range(4)
"""Of the plan: SpO2 below 92 for 10 s, below 94 for 20 s, a fall by 30 % at once, +30 beats for 30 s."""


def source(when: int = NOW, **values: str) -> SourceView:
    """A monitor that said all of this just now; values by the name of the signal."""
    said = {**GOOD, **{Signal(name): D(value) for name, value in values.items()}}
    return SourceView({signal: SignalView(value, Validity.VALID, when) for signal, value in said.items()})


def watched(state: RunState, **sources: SourceView) -> RunState:
    """These monitors and no other; the first is what counts."""
    found = {name.replace("_", "-"): one for name, one in sources.items()}
    first = next(iter(found.values()))
    view = replace(state.watched, sources=found, by_hand={}, excluded={}, silent=frozenset())
    return replace(state, watched=view, signals=first.signals, watched_from_ms=0)


@pytest.fixture(scope="module")
def run() -> RunState:
    """A step that runs at 10,000 s, one monitor that is fresh, a baseline of 75, 98 and 120, no alarm."""
    state = replace(infusing().state, alarms={}, ended={}, baseline=GOOD, baseline_others={})
    return watched(state, m=source())


def beyond(state: RunState, since: dict[int, int], *, unsure: tuple[int, ...] = ()) -> RunState:
    """These limits crossed since; of `unsure` ones nothing since a restart excludes the worst."""
    limits = (LimitView(since.get(n), excluded=n not in unsure) for n in range(len(state.plan.rules.limits)))
    return replace(state, limits=tuple(limits))


def limited(state: RunState, *rules: LimitRule) -> RunState:
    ordered = replace(state.plan.rules, limits=rules)
    return replace(state, plan=replace(state.plan, rules=ordered), limits=(LimitView(),) * len(rules))


def settled(state: RunState, now: int = NOW) -> Draft:
    draft = Draft(state, now)
    vitals.settle(draft)
    return draft


def graded(draft: Draft) -> list[Grade]:
    return [event.grade for event in draft.events if isinstance(event, ev.ReactionRecorded)]


def causes(state: RunState) -> set[HoldCause]:
    return set(state.hold.causes) if state.hold is not None else set()


# -- how long -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "for_ms", "cause", "grade"),
    [
        (SEVERE, 10_000, HoldCause.REACTION, Grade.SEVERE),
        (MODERATE, 20_000, HoldCause.REACTION, Grade.MODERATE),
        (FALL, 0, HoldCause.REACTION, Grade.SEVERE),
        (FAST, 30_000, HoldCause.VITALS, None),
    ],
)
def test_f22_a_limit_holds_when_it_was_crossed_as_long_as_ordered(
    run: RunState, limit: int, for_ms: int, cause: HoldCause, grade: Grade | None
) -> None:
    """F22: from the millisecond on at which the time is full, and not one before."""
    crossed = beyond(run, {limit: NOW - for_ms})
    held = settled(crossed).state
    assert causes(held) == {cause}
    assert held.hold is not None
    assert held.hold.grade is grade
    assert causes(settled(crossed, NOW - 1).state) == set()


@pytest.mark.parametrize("limit", [SEVERE, MODERATE, FAST])
def test_f35_after_a_restart_nothing_excludes_that_it_stayed_crossed(run: RunState, limit: int) -> None:
    """F35: nobody saw a good value since: it counts at once."""
    assert causes(settled(beyond(run, {limit: NOW}, unsure=(limit,))).state)
    assert not causes(settled(beyond(run, {limit: NOW})).state)


def test_f22_before_the_start_no_limit_holds(run: RunState) -> None:
    crossed = replace(beyond(run, {FALL: 0}), started_ms=None)
    assert settled(crossed).events == []


# -- one sign, one word -------------------------------------------------------------------------------

BELOW_92 = LimitRule(Signal.SPO2, LimitKind.BELOW, D(92), D(0), Grade.SEVERE)
BELOW_94 = LimitRule(Signal.SPO2, LimitKind.BELOW, D(94), D(0), Grade.MODERATE)
BELOW_95 = LimitRule(Signal.SPO2, LimitKind.BELOW, D(95), D(0), Grade.MODERATE)
BELOW_96 = LimitRule(Signal.SPO2, LimitKind.BELOW, D(96), D(0), None)
BELOW_97 = LimitRule(Signal.SPO2, LimitKind.BELOW, D(97), D(0), None)
ABOVE_70 = LimitRule(Signal.HR, LimitKind.ABOVE, D(70), D(0), Grade.MODERATE)


def said_of(run: RunState, *rules: LimitRule) -> list[str]:
    """The reasons told, where SpO2 is 90 and each of these limits is crossed, in their order."""
    state = beyond(limited(watched(run, m=source(spo2="90")), *rules), dict.fromkeys(range(len(rules)), NOW))
    return [event.reason for event in settled(state).events if isinstance(event, ev.Held)]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ((BELOW_92, BELOW_94), ["92"]),
        ((BELOW_94, BELOW_92), ["92"]),
        ((BELOW_94, BELOW_95), ["94"]),
        ((BELOW_95, BELOW_94), ["95"]),
        ((BELOW_96, BELOW_97), ["96"]),
        ((BELOW_97, BELOW_96), ["97"]),
        ((BELOW_96, BELOW_92), ["96", "92"]),
        ((BELOW_94, BELOW_95, BELOW_92), ["92"]),
    ],
)
def test_f31_one_sign_beyond_several_limits_is_said_once_as_the_worst(
    run: RunState, rules: tuple[LimitRule, ...], told: list[str]
) -> None:
    """F31: of one grade the first of the protocol; what is no reaction is said beside one."""
    found = said_of(run, *rules)
    assert found == [f"spo2 90, limit below {value} (= {value})" for value in told]


def test_f31_two_signs_are_two_words(run: RunState) -> None:
    """F31: the second adds its sign to one reaction of the same grade."""
    both = beyond(limited(watched(run, m=source(spo2="90")), BELOW_94, ABOVE_70), {0: NOW, 1: NOW - 5})
    draft = settled(both)
    assert graded(draft) == [Grade.MODERATE]
    worse = beyond(limited(watched(run, m=source(spo2="90")), ABOVE_70, BELOW_92), {0: NOW, 1: NOW})
    assert graded(settled(worse)) == [Grade.MODERATE, Grade.SEVERE]


# -- whose value --------------------------------------------------------------------------------------


def reason(state: RunState) -> str:
    (found,) = [event for event in settled(state).events if isinstance(event, ev.ReactionRecorded)]
    return found.text


def test_f32_the_value_told_is_of_the_source_that_crosses(run: RunState) -> None:
    """F32: of two monitors that of the one beyond; where none shows it any more, what counts now."""
    low, good = source(spo2="91"), source()
    two = beyond(watched(run, good=good, low=low), {SEVERE: NOW - 10_000})
    assert reason(two) == "spo2 91, limit below 92 (= 92)"
    again = beyond(watched(run, good=source(spo2="97")), {SEVERE: NOW - 10_000})
    assert reason(again) == "spo2 97, limit below 92 (= 92)"
    gone = replace(
        again, signals={Signal.HR: good.signals[Signal.HR]}, watched=replace(again.watched, sources={})
    )
    assert reason(gone) == "spo2 None, limit below 92 (= 92)"


def test_f32_only_a_valid_value_crosses(run: RunState) -> None:
    """F32: a number beside a sensor that is off, and no number at all, are on no side of a limit."""
    rule = run.plan.rules.limits[SEVERE]
    for view, expected in (
        (SignalView(D(92), Validity.VALID, NOW), D(92)),
        (SignalView(D("92.1"), Validity.VALID, NOW), None),
        (SignalView(D(50), Validity.INACTIVE, NOW), None),
        (SignalView(None, Validity.VALID, NOW), None),
        (SignalView(None, Validity.INACTIVE, None), None),
    ):
        state = watched(run, m=SourceView({Signal.SPO2: view}))
        assert vitals.crossing(state, rule, NOW) == expected


# -- a new value --------------------------------------------------------------------------------------


def judged(state: RunState, value: str, limit: int = SEVERE) -> list[ev.Event]:
    draft = Draft(state, NOW)
    vitals.judge(draft, limit, state.plan.rules.limits[limit], D(value))
    return draft.events


def test_f22_a_new_value_crosses_a_limit_once_and_clears_it(run: RunState) -> None:
    """F22, F32: cleared by a good value, unless another source is still beyond it."""
    assert judged(run, "92") == [ev.LimitCrossed(SEVERE)]
    assert judged(run, "92.1") == [], "it was not crossed"
    crossed = beyond(run, {SEVERE: NOW - 1})
    assert judged(crossed, "91") == [], "it stays crossed since it was"
    assert judged(crossed, "98") == [ev.LimitCleared(SEVERE)]
    other = watched(crossed, m=source(), other=source(spo2="90"))
    assert judged(other, "98") == []


def test_f35_after_a_restart_a_good_value_excludes_when_every_source_has_spoken(run: RunState) -> None:
    """F35: until then the worst is not excluded, whether it was known beyond or not."""
    unsure = beyond(run, {}, unsure=(SEVERE,))
    silent = SourceView({Signal.SPO2: SignalView(None, Validity.NOT_PRESENT, None)})
    assert judged(unsure, "98") == [ev.LimitCleared(SEVERE)]
    assert judged(watched(unsure, m=source(), other=silent), "98") == []
    known = beyond(run, {SEVERE: 5}, unsure=(SEVERE,))
    assert judged(known, "98") == [ev.LimitCleared(SEVERE)]
    assert judged(watched(known, m=source(), other=silent), "98") == []


def test_f22_only_limits_that_enter_a_higher_grade_stand_against_a_correction(run: RunState) -> None:
    """F22, F33: 90 % is severe: a mild grade cannot stand beside it, a severe one can."""
    state = beyond(watched(run, m=source(spo2="90")), {SEVERE: NOW, MODERATE: NOW, FAST: NOW})
    severe, moderate = (f"spo2 90, limit below {n} (= {n})" for n in (92, 94))
    assert vitals.worse_than(state, Grade.MILD, NOW) == (severe, moderate)
    assert vitals.worse_than(state, Grade.MODERATE, NOW) == (severe,)
    assert vitals.worse_than(state, Grade.SEVERE, NOW) == ()
    assert vitals.worse_than(replace(state, started_ms=None), Grade.MILD, NOW) == ()
    watching = {Phase.INFUSING, Phase.HELD, Phase.MANUAL, Phase.AFTER_WATCH}
    for phase in (*watching, Phase.PLANNED, Phase.COMPLETED, Phase.ABORTED):
        assert bool(vitals.worse_than(replace(state, phase=phase), Grade.MILD, NOW)) is (phase in watching)


def sample(name: str, validity: Validity = Validity.VALID, *, measured: bool = True) -> VitalsSample:
    return VitalsSample({Signal.SPO2: Measurement(D(91), validity, measured=measured)}, source=name)


def test_f32_a_source_left_out_and_what_is_no_measurement_judge_nothing(run: RunState) -> None:
    """F12, F32: they are shown, and that is all."""
    out = replace(run, watched=replace(run.watched, excluded={"out": NOW + 1}))
    for given, crosses in (
        (sample("m"), True),
        (sample("out"), False),
        (sample("m", Validity.INACTIVE), False),
        (sample("m", measured=False), False),
        (VitalsSample({Signal.SPO2: Measurement(None, Validity.VALID)}, source="m"), False),
        (replace(sample("m"), subject="somebody else"), False),
    ):
        draft = Draft(out, NOW)
        vitals.read(draft, given)
        assert isinstance(draft.events[0], ev.VitalsSeen)
        assert (ev.LimitCrossed(SEVERE) in draft.events) is crosses


@pytest.mark.parametrize("measuring", [True, False])
@pytest.mark.parametrize(("subject", "ours"), [("", True), ("somebody else", False)])
def test_f31_only_the_cuff_of_this_patient_excuses(
    run: RunState, subject: str, *, measuring: bool, ours: bool
) -> None:
    """F12, F31: what another patient's cuff does explains nothing here."""
    draft = Draft(run, NOW)
    vitals.read(draft, VitalsSample({}, source="m", subject=subject, cuff_measuring=measuring))
    (event,) = draft.events
    assert isinstance(event, ev.VitalsSeen)
    assert event.cuff_measuring is (measuring and ours)


def test_f22_how_old_a_value_is(run: RunState) -> None:
    state = watched(run, m=source(NOW - 7))
    assert vitals.age_ms(state, Signal.HR, NOW) == 7
    assert vitals.age_ms(state, Signal.RR, NOW) is None
    never = watched(run, m=SourceView({Signal.HR: SignalView()}))
    assert vitals.age_ms(never, Signal.HR, NOW) is None


# -- where nothing is driven --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "alarm"), [(Phase.MANUAL, "vitals_manual"), (Phase.AFTER_WATCH, "vitals_after")]
)
def test_f8_what_nobody_drives_is_an_alarm_until_it_is_over_and_somebody_saw_it(
    run: RunState, phase: Phase, alarm: str
) -> None:
    """F8, F22: it lasts unseen when it is over, and seen while it is not; in another phase it is not said."""
    told = AlarmView(NOW - 90, "x")
    seen = replace(told, acknowledged_ms=NOW - 50)
    crossed = beyond(replace(run, phase=phase), {FAST: NOW - 30_000})
    assert alarm in settled(crossed).state.alarms
    for view, stands in ((told, True), (seen, False)):
        over = replace(run, phase=phase, alarms={alarm: view})
        assert (alarm in settled(over).state.alarms) is stands
        ended = replace(crossed, alarms={alarm: view}, phase=Phase.COMPLETED)
        assert (alarm in settled(ended).state.alarms) is stands
    assert alarm in settled(replace(crossed, alarms={alarm: seen})).state.alarms
    elsewhere = Phase.AFTER_WATCH if phase is Phase.MANUAL else Phase.MANUAL
    assert alarm not in settled(replace(crossed, alarms={alarm: seen}, phase=elsewhere)).state.alarms


def test_f22_a_reaction_alone_leaves_no_vital_sign_standing(run: RunState) -> None:
    """F22: the reaction has its own alarm; the one of vital signs is over as soon as it is seen."""
    seen = AlarmView(NOW - 90, "x", acknowledged_ms=NOW - 50)
    manual = replace(run, phase=Phase.MANUAL, alarms={"vitals_manual": seen})
    assert "vitals_manual" not in settled(beyond(manual, {FALL: NOW})).state.alarms
    assert "vitals_manual" in settled(beyond(manual, {FALL: NOW, FAST: NOW - 30_000})).state.alarms
    missing = replace(manual, signals={}, watched=replace(manual.watched, sources={}))
    assert "vitals_manual" in settled(missing).state.alarms
