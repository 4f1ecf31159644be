"""An act that may not be done is refused by its own code; at the very bound it is done (F33, F40)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.doubts import Explanation, Settlement
from daemon.engine.inputs_alarms import PAUSE_MAX_MIN
from daemon.engine.line import FlushTo, Handling
from daemon.engine.phases import Phase
from daemon.protocols.rules import Grade
from drivers.values import Signal
from simulators.campaign.engine.pump import PER_ML
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, hold, lined
from tests.engine.plans import NEVER, OVER, REST, small
from tests.engine.stories import FAST, in_phase, infusing

D = Decimal
DONE = ""
"""In the place of a refusal's code: it was done."""


def tried(world: World, kind: type[inp.Act], **words: Any) -> str:
    """The code of the refusal."""
    name = f"tried-{len(world.state.acts)}"
    world.do(kind, act_id=name, **words)
    return world.state.acts[name][2]


def refused(world: World, kind: type[inp.Act], **words: Any) -> str:
    """The code of a refusal that has changed nothing."""
    count, before = len(world.events), world.state
    code = tried(world, kind, **words)
    assert [type(event) for _, event in world.events[count:]] == [ev.ActTaken], code
    assert world.state.phase is before.phase
    return code


def test_f13_a_solution_is_not_confirmed_on_a_pump_that_runs() -> None:
    world = infusing()
    assert refused(world, inp.ConfirmSolution, **world.label("A")) == "pump_running"


def test_f13_what_is_typed_is_read_by_two_and_of_the_right_pump() -> None:
    """F13: a scanner reads without a second pair of eyes."""
    world = World(small(), timing=FAST)
    world.run(3_000)
    label = world.label("A")
    assert refused(world, inp.ConfirmSolution, **{**label, "witness": " "}) == "second_person"
    assert refused(world, inp.ConfirmSolution, **{**label, "witness": "ANN"}) == "same_person"
    assert refused(world, inp.ConfirmSolution, **{**label, "pump": "another"}) == "wrong_pump"
    assert tried(world, inp.ConfirmSolution, **{**label, "witness": "", "scanned": True}) == DONE
    assert tried(world, inp.ConfirmSolution, **{**label, "pump": f" {label['pump']} "}) == DONE


def test_f6_the_next_bag_waits_until_the_pump_is_disarmed() -> None:
    """F6: awaiting it is not enough while the old rate is still set."""
    world = in_phase(Phase.AWAITING_SOLUTION)
    assert world.state.disarmed
    world = infusing()
    world.nurse_on = False
    while world.phase() is not Phase.AWAITING_SOLUTION:
        world.run(20)
    while world.state.delivering:
        world.run(20)
    assert not world.state.disarmed
    assert refused(world, inp.ConfirmSolution, **world.label("B")) == "not_disarmed"
    world.run(5_000)
    assert tried(world, inp.ConfirmSolution, **world.label("B")) == DONE


@pytest.mark.parametrize(
    ("made_min", "code"),
    [
        ("-1", "bag_made_ahead"),
        ("1440", "bag_expired"),
        ("1430.1", "bag_expires"),
        ("1430", DONE),
        ("0", DONE),
    ],
)
def test_f4_a_bag_lasts_for_all_of_its_steps(made_min: str, code: str) -> None:
    """F4: stable for 24 h, and its two steps take ten minutes."""
    world = World(small(), timing=FAST)
    world.run(3_000)
    assert tried(world, inp.ConfirmSolution, **{**world.label("A"), "made_min": D(made_min)}) == code


def test_f12_nobody_is_matched_in_a_run_that_is_over() -> None:
    world = in_phase(Phase.ABORTED)
    assert refused(world, inp.ConfirmPatient, patient=world.state.bedside.patient) == "phase"
    assert refused(world, inp.ConfirmVitals) == "phase"
    assert refused(world, inp.ConfirmSound) == "phase"


def test_f12_the_wristband_is_that_of_the_plan() -> None:
    world = in_phase(Phase.CHECKING)
    patient = world.state.bedside.patient
    assert refused(world, inp.ConfirmPatient, patient=f"{patient}1") == "other_patient"
    assert tried(world, inp.ConfirmPatient, patient=f" {patient} ") == DONE


def test_f12_what_is_compared_with_the_monitor_was_measured_just_now() -> None:
    """F12: within 60 s, of pulse and saturation; one of them alone is not enough."""
    world = in_phase(Phase.CHECKING)
    world.measure()
    world.monitor_on = False
    world.run(60_000)
    assert tried(world, inp.ConfirmVitals) == DONE
    world.run(1)
    assert refused(world, inp.ConfirmVitals) == "vitals_old"
    world.monitor_on = True
    world.missing.add(Signal.SPO2)
    world.measure()
    assert refused(world, inp.ConfirmVitals) == "vitals_old"


def test_f9_a_tone_is_heard_of_somebody_who_answers() -> None:
    world = in_phase(Phase.CHECKING)
    world.give(inp.SoundLost("unplugged"))
    assert refused(world, inp.ConfirmSound) == "no_sound"
    world.give(inp.SoundAlive("terminal"))
    assert tried(world, inp.ConfirmSound) == DONE


def test_f40_a_run_begins_once() -> None:
    assert refused(infusing(), inp.Start, witness="bob") == "already"


def test_f4_the_line_is_not_changed_while_the_pump_runs() -> None:
    """F4: it was connected, somebody may say again; replaced and cleared it is only once the drug stands."""
    world = infusing()
    for handling in (Handling.REPLACED, Handling.CLEARED):
        assert refused(world, inp.ConfirmLine, handling=handling, cleared_ml=D(1)) == "line_running"
    assert tried(world, inp.ConfirmLine) == DONE
    world = in_phase(Phase.CHECKING)
    for ml in ("0", "-1"):
        asked = {"handling": Handling.CLEARED, "cleared_ml": D(ml)}
        assert refused(world, inp.ConfirmLine, **asked) == "cleared_volume"
    assert tried(world, inp.ConfirmLine, handling=Handling.CLEARED, cleared_ml=D("0.1")) == DONE
    assert tried(world, inp.ConfirmLine, handling=Handling.REPLACED) == DONE


def test_f3_a_flush_has_a_bag_a_way_and_a_volume() -> None:
    """F3: to nobody is the answer to a question, and has none."""
    assert (
        refused(in_phase(Phase.PLANNED), inp.FlushLine, to=FlushTo.PATIENT, volume_ml=D(1)) == "nothing_hung"
    )
    world = infusing()
    assert refused(world, inp.FlushLine, to=FlushTo.NOBODY, volume_ml=D(0)) == "flush_not_asked"
    for ml in ("0", "-1"):
        assert refused(world, inp.FlushLine, to=FlushTo.PATIENT, volume_ml=D(ml)) == "flush_volume"
    world = hold(at_step(lined(), 1))
    assert world.state.line.asked
    assert refused(world, inp.FlushLine, to=FlushTo.NOBODY, volume_ml=D(1)) == "flush_volume"
    assert tried(world, inp.FlushLine, to=FlushTo.NOBODY, volume_ml=D(0)) == DONE


def test_f17_only_what_is_observed_and_runs_as_approved_is_confirmed() -> None:
    """F17, F18: seen, running, at the approved rate; then its alarms end."""
    assert refused(infusing(), inp.ConfirmRunning) == "nothing_observed"
    world = in_phase(Phase.OBSERVING)
    world.channel.link_up = False
    world.run(20_000)
    assert refused(world, inp.ConfirmRunning) == "not_seen_running"
    assert {"observing", "pump_lost"} <= world.state.alarms.keys()
    world.channel.link_up = True
    world.run(3_000)
    assert world.phase() is Phase.OBSERVING, world.why()
    assert refused(world, inp.ConfirmRunning) == "patient_again"
    world.match()
    assert refused(world, inp.ConfirmRunning) == "gate_shut"
    world.measure()
    assert tried(world, inp.ConfirmRunning) == DONE
    assert not {"observing", "pump_lost", "hand_less"} & world.state.alarms.keys()


def test_f8_slower_by_hand_is_not_confirmed_as_approved() -> None:
    world = infusing()
    world.pump.rate_ul_h -= 10_000
    world.run(3_000)
    assert world.phase() is Phase.OBSERVING
    assert "hand_less" in world.state.alarms
    assert refused(world, inp.ConfirmRunning) == "runs_different"
    world.pump.rate_ul_h += 10_000
    world.run(1_500)
    assert tried(world, inp.ConfirmRunning) == DONE
    assert not {"observing", "hand_less"} & world.state.alarms.keys()


def test_f21_a_hold_is_gone_on_from_once_it_stands_with_a_reason_and_an_allowed_choice() -> None:
    words = {"choice": REST, "reason": "well", "witness": ""}
    world = infusing()
    assert refused(world, inp.Resume, **words) == "not_held"
    world.do(inp.HoldNow, reason="")
    assert refused(world, inp.Resume, **words) == "stop_not_confirmed"
    while world.state.stop_ms is not None or not world.state.pump.stopped:
        world.run(20)
    assert not world.state.disarmed
    assert refused(world, inp.Resume, **words) == "not_disarmed"
    world.run(5_000)
    assert refused(world, inp.Resume, **{**words, "reason": " "}) == "no_reason"
    assert refused(world, inp.Resume, **{**words, "choice": NEVER}) == "choice"
    assert refused(world, inp.Resume, **{**words, "choice": OVER}) == "second_person"
    assert tried(world, inp.Resume, **words) == DONE


def test_f8_who_drives_by_hand_says_so_once() -> None:
    """F8: not before the start and not after the end; back from it only where it was."""
    for phase in (Phase.CHECKING, Phase.COMPLETED):
        assert refused(in_phase(phase), inp.GoManual, reason="x") == "phase"
    assert refused(infusing(), inp.GoAutomatic, witness="bob") == "not_manual"
    world = in_phase(Phase.MANUAL)
    assert refused(world, inp.GoManual, reason="x") == "already"
    world.missing.add(Signal.SPO2)
    world.run(90_000)
    assert {"manual", "vitals_manual"} <= world.state.alarms.keys()
    assert tried(world, inp.GoAutomatic, witness="bob") == DONE
    assert not {"manual", "vitals_manual"} & world.state.alarms.keys()


def test_f30_a_bag_is_empty_only_where_one_is_to_run_empty() -> None:
    assert refused(in_phase(Phase.HELD), inp.ConfirmEmpty) == "not_empty"


@pytest.mark.parametrize("phase", [Phase.INFUSING, Phase.MANUAL, Phase.COMPLETED])
def test_f33_a_reaction_nobody_understands_stops_the_drug_first(phase: Phase) -> None:
    """F33, F22: whatever is wrong with the words; where this program does not drive, nothing is stopped."""
    world = in_phase(phase)
    for words, code in (
        ({"grade": Grade.MILD, "symptoms": ("no such thing",)}, "unknown_symptom"),
        ({"grade": Grade.MILD, "minutes_ago": -1}, "minutes_ago"),
        ({"grade": Grade.MILD, "minutes_ago": 1_441}, "minutes_ago"),
        ({"grade": None}, "nothing_graded"),
    ):
        world = infusing() if phase is Phase.INFUSING else world
        assert tried(world, inp.ReportReaction, text="", **words) == code
        assert world.phase() is (Phase.HELD if phase is Phase.INFUSING else phase)
    assert tried(world, inp.ReportReaction, grade=Grade.MILD, text="", minutes_ago=1_440) == DONE


def test_f26_a_counter_is_explained_where_it_leapt_and_in_words() -> None:
    world = infusing()
    assert refused(world, inp.ClassifyCounter, how=Explanation.GIVEN, text="x") == "nothing_to_classify"
    world.pump.counter += 5 * PER_ML
    world.run(8_000)
    assert world.state.doubts.jumps, world.why()
    assert refused(world, inp.ClassifyCounter, how=Explanation.GIVEN, text=" ") == "no_text"
    assert refused(world, inp.ClassifyCounter, how=Explanation.CLEARED, text="x") == "not_cleared"
    assert "counter_broken" in world.state.alarms
    assert tried(world, inp.ClassifyCounter, how=Explanation.GIVEN, text="x") == DONE
    assert "counter_broken" not in world.state.alarms


def test_f21_f20_f26_nothing_is_settled_timed_or_replaced_without_a_doubt() -> None:
    world = in_phase(Phase.HELD)
    settled = {"how": Settlement.CREDIT, "reason": "x"}
    assert refused(world, inp.SettleStep, **settled) == "nothing_unsettled"
    assert refused(world, inp.EnterTime, minutes_ago=D(1), witness="bob") == "gap_known"
    own = world.state.pump.own_serial
    assert refused(world, inp.ReplacePump, serial=f" {own} ", witness="bob") == "same_pump"
    assert refused(world, inp.ReplacePump, serial="other", witness="bob") == "serial_not_answering"
    assert refused(infusing(), inp.ReplacePump, serial=own, witness="bob") == "not_held"
    for phase in (Phase.CHECKING, Phase.COMPLETED):
        assert refused(in_phase(phase), inp.EnterTime, minutes_ago=D(1), witness="bob") == "phase"


def test_f20_an_unknown_gap_is_no_shorter_than_what_is_proven() -> None:
    """F20: of two persons; a minute is proven, a year is the most."""
    world = in_phase(Phase.HELD)
    world.restart(60_000, gap_known=False)
    world.run(60_000)
    for odd in ("NaN", "Infinity", "-1", "525600.1"):
        assert refused(world, inp.EnterTime, minutes_ago=D(odd), witness="bob") == "time_odd"
    assert refused(world, inp.EnterTime, minutes_ago=D("0.5"), witness="bob") == "time_short"
    assert tried(world, inp.EnterTime, minutes_ago=D(525_600), witness="bob") == DONE


def test_a3_a_signal_is_quieted_where_there_is_one() -> None:
    """(A) A3: for 1 to 10 minutes, and only what sounds."""
    world = infusing()
    assert refused(world, inp.Acknowledge, alarm="hand_more") == "no_alarm"
    assert refused(world, inp.PauseAudio, minutes=1) == "nothing_sounds"
    world.run(1_000)
    world.do(inp.HoldNow, reason="test")
    world.run(5_000)
    assert "held_operator" in world.state.alarms
    assert refused(world, inp.ResetAlarm, alarm="held_operator") == "alarm_lasts"
    assert refused(world, inp.ResetAlarm, alarm="hand_more") == "not_latched"
    for minutes in (0, PAUSE_MAX_MIN + 1):
        assert refused(world, inp.PauseAudio, minutes=minutes) == "pause_minutes"
    for minutes in (1, PAUSE_MAX_MIN):
        assert tried(world, inp.PauseAudio, minutes=minutes) == DONE
    assert tried(world, inp.Acknowledge, alarm="held_operator") == DONE


def test_f10_a_stop_is_confirmed_where_one_waits() -> None:
    world = in_phase(Phase.HELD)
    assert refused(world, inp.ConfirmStopped) == "no_stop_waiting"
    world = infusing()
    world.channel.link_up = False
    world.do(inp.HoldNow, reason="")
    assert refused(world, inp.ConfirmStopped, pump="another") == "which_pump"
    assert tried(world, inp.ConfirmStopped) == DONE
    assert world.state.stop_ms is None


def test_f40_an_end_is_an_end() -> None:
    for phase in (Phase.ABORTED, Phase.COMPLETED):
        assert refused(in_phase(phase), inp.Abort, reason="x") == "already"
