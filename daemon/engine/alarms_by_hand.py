"""Alarms of a pump that a person sets (F27): nothing was sent, and STOP is an instruction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from daemon.engine.alarm_kind import LINE_FIRST, AlarmKind, AlarmType, Harm, Onset, Priority, Run

STOP_BY_HAND = "STOP THE PUMP BY HAND."
"""Comes first in every hold, right after the line instructions (F27)."""

ASKED: Mapping[str, AlarmKind] = {
    "stop_by_hand": AlarmKind(
        Priority.HIGH,
        f"{STOP_BY_HAND} Nothing else stops it.",
        "whether drug is running; it counts as given until the pump is seen standing.",
        "PRESS STOP ON THE PUMP. CLAMP THE LINE AT THE PATIENT. "
        "If the pump cannot be read: infusiond confirm stopped --by NAME.",
        when="STOP is asked of a hand and the pump was not seen standing",
        harm=Harm.DEATH,
        onset=Onset.IMMEDIATE,
        why="drug runs on in a hold",
        type=AlarmType.TECHNICAL,
        run=Run.STOPPED,
        test="../runtime/test_by_hand.py::test_f10_f27_a_hold_is_an_instruction_until_the_pump_is_seen_standing",
    ),
    "press_stop": AlarmKind(
        Priority.MEDIUM,
        "Press STOP on the pump: what was ordered is given.",
        "",
        "The pump ends by its own volume limit if you do not.",
        when="a step that ends at a standing pump is full and the pump runs on",
        harm=Harm.REVERSIBLE,
        onset=Onset.PROMPT,
        why="a little more than ordered, to the end of the limit",
        type=AlarmType.TECHNICAL,
        run=Run.STOPPED,
        test="../runtime/test_by_hand.py::test_f27_a_whole_run_by_hand",
    ),
    "hand_wrong": AlarmKind(
        Priority.MEDIUM,
        "The pump is not set as told, and gives less, or has another volume limit.",
        "what was intended.",
        "Set it as told. What it really gives is counted.",
        when="two complete readings show less than told, or another volume limit",
        harm=Harm.REVERSIBLE,
        onset=Onset.PROMPT,
        why="a step that takes longer, or no limit in time",
        type=AlarmType.TECHNICAL,
        run=Run.GOES_ON,
        test="../runtime/test_by_hand.py::test_f27_less_or_another_limit_is_medium_after_two_readings_and_ends_when_mended",
    ),
    "told_start": AlarmKind(
        Priority.MEDIUM,
        "The pump stands and is to be set by hand.",
        "",
        "Set rate and volume limit as told. Press START when the screen says so, not before.",
        when="a setting is told to a standing pump that was not yet started",
        harm=Harm.REVERSIBLE,
        onset=Onset.PROMPT,
        why="a gap that orders a step back",
        type=AlarmType.TECHNICAL,
        run=Run.WAITS,
        test="../runtime/test_by_hand.py::test_f27_a_forgotten_start_is_told_until_the_gap_rule_ends_it",
    ),
    "told_change": AlarmKind(
        Priority.MEDIUM,
        "The step is full: set the new rate.",
        "",
        "Set rate and volume limit as told. Until then the old rate goes on and is counted.",
        when="a step is full and the next rate of the same bag was not yet set",
        harm=Harm.REVERSIBLE,
        onset=Onset.PROMPT,
        why="the old rate goes on too long",
        type=AlarmType.TECHNICAL,
        run=Run.GOES_ON,
        test="../runtime/test_by_hand.py::test_f27_a_slow_nurse_is_no_error",
    ),
    "told_limit": AlarmKind(
        Priority.LOW,
        "The volume limit of the running pump is to be set anew; the rate stays.",
        "",
        "Set the volume limit as told. Without it the pump stops at the end of the present one.",
        when="half of the volume limit is used up and more of the step is left",
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        why="the pump ends by its limit: a gap",
        type=AlarmType.ADVISORY,
        run=Run.GOES_ON,
        test="../runtime/test_by_hand.py::test_f05_f19_a_pump_ended_by_its_limit_is_a_gap_and_told_anew",
    ),
    "limit_ends": AlarmKind(
        Priority.MEDIUM,
        "The pump stops within 3 minutes: its volume limit was not set anew.",
        "",
        "Set the volume limit as told.",
        when="the limit ends within 3 minutes and was not set anew",
        harm=Harm.REVERSIBLE,
        onset=Onset.PROMPT,
        why="the pump ends by its limit: a gap",
        type=AlarmType.TECHNICAL,
        run=Run.ENDS,
        test="../runtime/test_by_hand.py::test_f05_f19_a_pump_ended_by_its_limit_is_a_gap_and_told_anew",
    ),
    "rate_soon": AlarmKind(
        Priority.LOW,
        "The next rate is to be set within 5 minutes, when the step is full and not before.",
        "",
        "Be at the pump.",
        when="at most 5 minutes of the step are left, and a new rate follows on the running pump",
        harm=Harm.MINOR,
        onset=Onset.PROMPT,
        why="a step that begins late",
        type=AlarmType.ADVISORY,
        run=Run.GOES_ON,
        test="../runtime/test_by_hand.py::test_f27_a_whole_run_by_hand",
    ),
    "rate_soon_now": AlarmKind(
        Priority.LOW,
        "The next rate is to be set within 2 minutes, when the step is full and not before.",
        "",
        "Be at the pump.",
        when="at most 2 minutes of the step are left, and a new rate follows on the running pump",
        harm=Harm.MINOR,
        onset=Onset.PROMPT,
        why="a step that begins late",
        type=AlarmType.ADVISORY,
        run=Run.GOES_ON,
        test="../runtime/test_by_hand.py::test_f27_a_whole_run_by_hand",
    ),
}
"""Conditions that only a pump set by hand has."""

KNOWN: Mapping[str, str] = {
    "held_reaction": "The patient reacts.",
    "held_vitals": "A vital sign is on or beyond its limit.",
    "held_monitor_lost": "A vital sign has been missing longer than ordered.",
    "held_pump_alarm": "The pump alarms, or its counter or setting cannot be believed.",
    "held_pump_lost": "The pump was out of reach, or another one answered.",
    "held_hand_change": "The pump does not run as told.",
    "held_clock": "The clock cannot be believed.",
    "held_journal": "The record cannot be written.",
    "held_guard": "The guard refused what the program was about to tell you; it was not told.",
    "hand_more": "STOP THE PUMP: it gives more than was told, or was started without being told.",
    "unlimited": "STOP THE PUMP: it runs without a volume limit.",
    "service_stopping": "STOP THE PUMP BY HAND: the service was told to stop.",
    "order_failed": "The link to the pump is too slow or breaks: what to set cannot be told.",
}
"""What is known, where the words of a controlled pump say that something was sent."""

DO: Mapping[str, str] = {
    "hand_more": "Press STOP on the pump and clamp the line. A second start makes the run manual.",
    "vitals_manual": "Look at the patient. This program can stop nothing: you can.",
    "observing": "Look at patient and pump, then confirm; it ends by its own volume limit.",
    "order_failed": "Look at cable and plugs.",
}


def text_by_hand(alarm: str, kind: AlarmKind, *, stands: bool) -> str:
    """The whole text for a pump set by hand; in a hold STOP comes first while it is not seen standing."""
    known, do = KNOWN.get(alarm, kind.known), DO.get(alarm, kind.do)
    told = replace(kind, known=known, do=do)
    if alarm == "stop_by_hand":
        return f"{LINE_FIRST} {told.text}"
    if not kind.hold or stands:
        return told.text
    return replace(told, known=f"{STOP_BY_HAND} {known}").text
