"""Rows of the alarm table: why a run is held. Each ends with the hold, by a named person's act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.engine.alarm_kind import AlarmKind, AlarmType, Harm, Onset, Priority, Run


def _hold(priority: Priority, known: str, unknown: str, do: str, **judged: Any) -> AlarmKind:
    return AlarmKind(priority, known, unknown, do, hold=True, run=Run.HELD, **judged)


HOLDS: Mapping[str, AlarmKind] = {
    "held_reaction": _hold(
        Priority.HIGH,
        "The patient reacts; the pump has been sent STOP.",
        "how far the reaction will go.",
        "Treat the patient. Enter symptoms and what was given. Resume only by the protocol's rule.",
        when="a reaction was told, or a limit that is graded as one stayed crossed",
        type=AlarmType.PHYSIOLOGICAL,
        harm=Harm.DEATH,
        onset=Onset.IMMEDIATE,
        why="anaphylaxis",
        decided="limits.for_s",
        test="test_reactions.py::test_f22_a_reaction_is_recorded_graded_and_alarms_in_every_phase",
    ),
    "held_vitals": _hold(
        Priority.HIGH,
        "A vital sign is on or beyond its limit; the pump has been sent STOP.",
        "whether this is a reaction.",
        "Look at the patient. Enter a reaction if it is one.",
        when="a limit without a grade stayed crossed",
        type=AlarmType.PHYSIOLOGICAL,
        harm=Harm.DEATH,
        onset=Onset.IMMEDIATE,
        why="a reaction that nobody has named yet",
        decided="limits.for_s",
        test="test_alarm_conditions.py::test_each_of_these_faults_raises_its_row",
    ),
    "held_monitor_lost": _hold(
        Priority.HIGH,
        "A vital sign has been missing longer than ordered; the pump has been sent STOP.",
        "how the patient is.",
        "Look at the patient, then at sensor, cable and monitor.",
        when="a signal the protocol watches was missing too long",
        harm=Harm.DEATH,
        onset=Onset.PROMPT,
        why="a reaction that no monitor shows",
        decided="signals.missing_hold_s",
        test="test_restart.py::test_f35_missing_holds_at_its_ordered_second_and_not_before",
    ),
    "held_pump_alarm": _hold(
        Priority.HIGH,
        "The pump alarms or does not do as asked; it has been sent STOP.",
        "how much the patient received in the last minutes, if the line was blocked.",
        "Read the pump. Release pressure away from the patient before going on.",
        when="a stopping alarm, more delivered than approved, or a setting not taken three times",
        harm=Harm.DEATH,
        onset=Onset.PROMPT,
        why="a stored or unasked dose at once",
        test="test_counter.py::test_f25_overdelivery_is_held",
    ),
    "held_pump_lost": _hold(
        Priority.HIGH,
        "The pump was out of reach, or another one answered; STOP is sent until it is read back stopped.",
        "what the pump did meanwhile.",
        "Look at the pump. Press STOP on it if it runs. Check its cable.",
        when="back from silence the pump was not as recorded, or its serial number was another",
        harm=Harm.DEATH,
        onset=Onset.PROMPT,
        why="drug that nobody counted",
        test="test_alarm_conditions.py::test_each_of_these_faults_raises_its_row",
    ),
    "held_hand_change": _hold(
        Priority.HIGH,
        "Somebody changed the pump by hand; it has been stopped.",
        "what was intended.",
        "Agree who drives: resume by the rules, or go to manual.",
        when="the pump was stopped, started or set to more by hand",
        harm=Harm.DEATH,
        onset=Onset.PROMPT,
        why="two who drive one pump",
        test="test_alarm_conditions.py::test_each_of_these_faults_raises_its_row",
    ),
    "held_operator": _hold(
        Priority.MEDIUM,
        "The run stands still until a named person acts.",
        "",
        "Decide: resume by the rules, manual, or abort. The gap is running.",
        when="STOP was pressed, or the run stood longer than it may simply go on after",
        harm=Harm.DEATH,
        onset=Onset.DELAYED,
        why="tolerance that is lost while the drug is off",
        test="test_gap.py::test_f16_awaiting_a_bag_too_long_is_held",
    ),
    "held_restart": _hold(
        Priority.HIGH,
        "The service was started anew; the pump was not as recorded, or nobody confirmed it in time.",
        "whether STOP was pressed just before. Was it you?",
        "Look at patient and pump, then resume by the rules.",
        when="after a restart the run was not exactly as recorded, or it ended its slice unconfirmed",
        harm=Harm.DEATH,
        onset=Onset.PROMPT,
        why="a STOP or a reaction that was not recorded",
        test="test_alarm_conditions.py::test_each_of_these_faults_raises_its_row",
    ),
    "held_clock": _hold(
        Priority.HIGH,
        "The clock cannot be believed; the pump has been sent STOP.",
        "how long the drug was off.",
        "Write down the time. Resume by the rules.",
        when="a cause a protocol may name; no rule raises it: a clock that steps makes a gap unknown",
        harm=Harm.DEATH,
        onset=Onset.PROMPT,
        why="a gap judged too short",
        test="test_alarm_table.py::test_every_cause_of_a_hold_has_its_row",
    ),
    "held_journal": _hold(
        Priority.HIGH,
        "The record cannot be written; the pump has been sent STOP.",
        "when it can be written again; nothing acknowledged is lost.",
        "Call the engineer: the disk is full, read-only or broken. Keep a paper record.",
        when="a record was not on disk in time during a run",
        harm=Harm.DEATH,
        onset=Onset.PROMPT,
        why="drug that no record shows",
        decided="2",
        test="test_alarm_conditions.py::test_each_of_these_faults_raises_its_row",
    ),
    "held_guard": _hold(
        Priority.HIGH,
        "The guard refused an order of the program itself; nothing was sent, the pump has been sent STOP.",
        "why the program asked for it.",
        "Do not resume before an engineer has looked. Finish by hand or abort.",
        when="an order of the engine differed from the guard's own copy of the plan",
        harm=Harm.DEATH,
        onset=Onset.PROMPT,
        why="a program that cannot be trusted",
        test="test_alarm_conditions.py::test_each_of_these_faults_raises_its_row",
    ),
}
"""One row for each cause of a hold."""
