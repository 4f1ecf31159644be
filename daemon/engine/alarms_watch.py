"""Rows of the alarm table: the patient, and the monitors that watch."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.engine.alarm_kind import FLAPS_S, AlarmKind, AlarmType, Harm, Onset, Priority, Run

WATCH: Mapping[str, AlarmKind] = {
    "reaction_late": AlarmKind(
        Priority.HIGH,
        "The patient reacts while no drug is driven by this program.",
        "",
        "Treat the patient. The reaction is recorded and prolongs the watch.",
        when="a reaction was told or noticed while no pump is driven",
        type=AlarmType.PHYSIOLOGICAL,
        harm=Harm.DEATH,
        onset=Onset.IMMEDIATE,
        why="anaphylaxis",
        decided="limits.for_s",
        test="test_said_again.py::test_f22_a_second_reaction_of_the_same_grade_is_alarmed_and_recorded",
    ),
    "vitals_manual": AlarmKind(
        Priority.HIGH,
        "A vital sign is on or beyond its limit, or missing, while the pump is driven by hand.",
        "",
        "Look at the patient. This program sends nothing but your STOP.",
        when="a limit stayed crossed, or a signal was missing too long, in manual",
        type=AlarmType.PHYSIOLOGICAL,
        harm=Harm.DEATH,
        onset=Onset.IMMEDIATE,
        why="a reaction while the drug runs",
        decided="limits.for_s",
        test="test_said_again.py::test_f22_manual_says_a_second_cause_while_the_first_lasts",
    ),
    "vitals_after": AlarmKind(
        Priority.HIGH,
        "A vital sign is on or beyond its limit, or missing, in the watch after the last step.",
        "whether this is a late reaction.",
        "Look at the patient, then at sensor, cable and monitor. Enter a reaction if it is one.",
        when="a limit stayed crossed, or a signal was missing too long, in the after-watch",
        type=AlarmType.PHYSIOLOGICAL,
        harm=Harm.DEATH,
        onset=Onset.IMMEDIATE,
        why="a late reaction",
        decided="limits.for_s",
        test="test_said_again.py::test_f22_f31_the_after_watch_says_every_limit_and_every_loss",
    ),
    "monitor_silent": AlarmKind(
        Priority.MEDIUM,
        "A monitor's link failed; it is being opened again.",
        "the vital signs it gives.",
        "Check its cable. The drug stops when the ordered time is over.",
        when="a monitor's link failed in a run or its after-watch",
        harm=Harm.DEATH,
        onset=Onset.DELAYED,
        why="a reaction that no monitor shows",
        run=Run.WAITS,
        off_s=FLAPS_S,
        test="test_cuff.py::test_f31_one_cause_raises_one_alarm_and_the_rest_are_lines_in_it",
    ),
    "monitor_replaced": AlarmKind(
        Priority.MEDIUM,
        "A monitor was replaced by another one, or away so long that it may be another; the gate is shut.",
        "whether it watches this patient.",
        "Compare pulse and SpO2 on this screen with the monitor at the bed, then confirm.",
        when="a monitor answered as another one, or after a long absence",
        harm=Harm.DEATH,
        onset=Onset.DELAYED,
        why="the neighbour's good values",
        run=Run.WAITS,
        test="test_matching.py::test_f12_another_monitor_shuts_the_gate_until_it_is_compared",
    ),
    "by_hand_ending": AlarmKind(
        Priority.LOW,
        "A vital sign that was entered by hand will soon be too old to count.",
        "",
        "Measure it again and enter it: infusiond vitals. The drug stops when it is too old.",
        when="2 minutes are left of a value entered by hand",
        type=AlarmType.ADVISORY,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        why="a gap for want of a value",
        test="test_sources.py::test_f32_a_value_by_hand_is_marked_ages_and_stops_when_it_is_too_old",
    ),
}
"""Conditions of the patient and of the monitors."""
