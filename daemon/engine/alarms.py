"""The alarm catalogue: condition -> priority and what a person reads. Words as in IEC 60601-1-8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Priority(StrEnum):
    """How soon somebody must come."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


LINE_FIRST = "CLAMP THE DRUG LINE AT THE PATIENT. DO NOT FLUSH THROUGH IT. GIVE FLUIDS BY ANOTHER ACCESS."
"""The three line instructions that come first in every hold (F3)."""


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """One row: what is known, what is not, and what to do with the hands."""

    priority: Priority
    known: str
    unknown: str
    do: str
    hold: bool = False
    """The alarm belongs to a hold: its text begins with the line instructions and it ends with the hold."""

    @property
    def text(self) -> str:
        """The whole text as shown."""
        unknown = f"Not known: {self.unknown}" if self.unknown else ""
        parts = (LINE_FIRST if self.hold else "", self.known, unknown, self.do)
        return " ".join(part for part in parts if part)


def _hold(priority: Priority, known: str, unknown: str, do: str) -> AlarmKind:
    return AlarmKind(priority, known, unknown, do, hold=True)


CATALOGUE: Mapping[str, AlarmKind] = {
    "held_reaction": _hold(
        Priority.HIGH,
        "The patient reacts; the pump has been sent STOP.",
        "how far the reaction will go.",
        "Treat the patient. Enter symptoms and what was given. Resume only by the protocol's rule.",
    ),
    "held_vitals": _hold(
        Priority.HIGH,
        "A vital sign is on or beyond its limit; the pump has been sent STOP.",
        "whether this is a reaction.",
        "Look at the patient. Enter a reaction if it is one.",
    ),
    "held_monitor_lost": _hold(
        Priority.HIGH,
        "A vital sign has been missing longer than ordered; the pump has been sent STOP.",
        "how the patient is.",
        "Look at the patient, then at sensor, cable and monitor.",
    ),
    "held_pump_alarm": _hold(
        Priority.HIGH,
        "The pump alarms or does not do as asked; it has been sent STOP.",
        "how much the patient received in the last minutes, if the line was blocked.",
        "Read the pump. Release pressure away from the patient before going on.",
    ),
    "held_pump_lost": _hold(
        Priority.HIGH,
        "The pump was out of reach, or another one answered; STOP is sent until it is read back stopped.",
        "what the pump did meanwhile.",
        "Look at the pump. Press STOP on it if it runs. Check its cable.",
    ),
    "held_hand_change": _hold(
        Priority.HIGH,
        "Somebody changed the pump by hand; it has been stopped.",
        "what was intended.",
        "Agree who drives: resume by the rules, or go to manual.",
    ),
    "held_operator": _hold(
        Priority.MEDIUM,
        "The run stands still until a named person acts.",
        "",
        "Decide: resume by the rules, manual, or abort. The gap is running.",
    ),
    "held_restart": _hold(
        Priority.HIGH,
        "The service was started anew; the pump was not as recorded, or nobody confirmed it in time.",
        "whether STOP was pressed just before. Was it you?",
        "Look at patient and pump, then resume by the rules.",
    ),
    "held_clock": _hold(
        Priority.HIGH,
        "The clock cannot be believed; the pump has been sent STOP.",
        "how long the drug was off.",
        "Write down the time. Resume by the rules.",
    ),
    "held_journal": _hold(
        Priority.HIGH,
        "The record cannot be written; the pump has been sent STOP.",
        "when it can be written again; nothing acknowledged is lost.",
        "Call the engineer: the disk is full, read-only or broken. Keep a paper record.",
    ),
    "held_guard": _hold(
        Priority.HIGH,
        "The guard refused an order of the program itself; nothing was sent, the pump has been sent STOP.",
        "why the program asked for it.",
        "Do not resume before an engineer has looked. Finish by hand or abort.",
    ),
    "stop_not_confirmed": AlarmKind(
        Priority.HIGH,
        "STOP has been sent and is not confirmed by the pump.",
        "whether drug is running.",
        "PRESS STOP ON THE PUMP. CLAMP THE LINE AT THE PATIENT. STOP is being sent again and again.",
    ),
    "hand_more": AlarmKind(
        Priority.HIGH,
        "The pump was found giving more than approved; it was sent STOP once.",
        "who started it.",
        "If this was meant, go to manual. A second start by hand makes the run manual.",
    ),
    "runs_unrecorded": AlarmKind(
        Priority.HIGH,
        "The pump runs, and no run is recorded here.",
        "what it gives, and to whom it was told.",
        "Look at the pump. If it is this patient's drug: infusiond hold, or press STOP on the pump.",
    ),
    "hand_less": AlarmKind(
        Priority.MEDIUM,
        "The pump was slowed by hand; it is left as it is and only watched.",
        "what was intended.",
        "Confirm what runs, hold, or go to manual.",
    ),
    "unlimited": AlarmKind(
        Priority.HIGH,
        "The pump was found running without a volume limit; it was sent STOP.",
        "who removed the limit.",
        "Check the pump. Nothing stops it by itself without a limit.",
    ),
    "observing": AlarmKind(
        Priority.MEDIUM,
        "The pump runs as recorded and is only watched; nothing is renewed.",
        "whether anybody pressed STOP while the program was away.",
        "Look at patient and pump, then confirm; it stops by itself at the end of the slice.",
    ),
    "pump_silent": AlarmKind(
        Priority.LOW, "The pump did not answer for a moment.", "", "Nothing, if it stays at this."
    ),
    "pump_lost": AlarmKind(
        Priority.HIGH,
        "The pump does not answer.",
        "whether it runs, and how much it has given since.",
        "Look at the pump. It ends by its own volume limit. Check cable and plug.",
    ),
    "order_failed": AlarmKind(
        Priority.MEDIUM,
        "The pump did not take a new setting; it is asked again.",
        "which of the two settings it has.",
        "Take your hands off the keys for a few seconds; look at cable and plugs.",
    ),
    "not_disarmed": AlarmKind(
        Priority.HIGH,
        "The stopped pump could not be set to its lowest rate.",
        "",
        "DO NOT PRESS START ON THE PUMP: it still holds the old rate.",
    ),
    "volume_time_differ": AlarmKind(
        Priority.MEDIUM,
        "The pump's counter and rate x time disagree; the step does not advance.",
        "how much the patient received.",
        "Look for a closed clamp, a kinked line, an empty drip chamber.",
    ),
    "counter_broken": AlarmKind(
        Priority.HIGH,
        "The pump's volume counter fell or jumped.",
        "what left the pump between two readings; it is kept as a lower and an upper bound.",
        "Say what it was: infusiond classify --as cleared, primed_off_patient or given.",
    ),
    "step_unsettled": AlarmKind(
        Priority.MEDIUM,
        "The step is full by the upper bound of its volume and not by the lower one; the pump was stopped.",
        "how much of the step the patient received.",
        "Decide: infusiond settle --credit counts it as given, --give gives what is missing.",
    ),
    "gate_waiting": AlarmKind(
        Priority.MEDIUM,
        "The step is full and the gate to the next is shut.",
        "",
        "Give the gate what it lacks; the gap is running once the pump stands.",
    ),
    "gate_needs": AlarmKind(
        Priority.LOW,
        "The step will be full within 5 minutes and the gate will lack something.",
        "",
        "Do it now.",
    ),
    "gate_needs_now": AlarmKind(
        Priority.LOW,
        "The step will be full within 2 minutes and the gate will lack something.",
        "",
        "Do it now.",
    ),
    "gap_running": AlarmKind(
        Priority.MEDIUM,
        "Half of the drug-free time after which the run may simply go on has passed.",
        "",
        "Go on now, or the protocol's gap rule will order a step back.",
    ),
    "monitor_silent": AlarmKind(
        Priority.MEDIUM,
        "A monitor's link failed; it is being opened again.",
        "the vital signs it gives.",
        "Check its cable. The drug stops when the ordered time is over.",
    ),
    "monitor_replaced": AlarmKind(
        Priority.MEDIUM,
        "A monitor was replaced by another one, or away so long that it may be another; the gate is shut.",
        "whether it watches this patient.",
        "Compare pulse and SpO2 on this screen with the monitor at the bed, then confirm.",
    ),
    "sound_lost": AlarmKind(
        Priority.HIGH,
        "Nothing at the bed can make a sound any more; nothing advances and nothing is renewed.",
        "whether anybody at the bed hears of an alarm.",
        "Stay at the bed. Open the view with sound on a terminal at this bed.",
    ),
    "feed_lost": AlarmKind(
        Priority.MEDIUM,
        "The nursing station may not hear of this bed.",
        "what the station shows.",
        "Stay at the bed or have it watched. Call the engineer: broker, network or station.",
    ),
    "feed_unconfirmed": AlarmKind(
        Priority.MEDIUM,
        "No station has confirmed an alarm of this bed within 5 s.",
        "whether anybody at the station knows of it.",
        "Do not count on the station: call for help yourself.",
    ),
    "clock_stepped": AlarmKind(
        Priority.LOW,
        "The host's clock jumped; durations stay right, times of day may be wrong.",
        "",
        "Compare the clock on the screen with your watch.",
    ),
    "journal_broken": AlarmKind(
        Priority.HIGH,
        "The record cannot be written.",
        "",
        "Call the engineer: the disk is full, read-only or broken.",
    ),
    "pump_warning": AlarmKind(
        Priority.LOW, "The pump gives a warning of its own.", "", "Read the pump and do as it says."
    ),
    "by_hand_ending": AlarmKind(
        Priority.LOW,
        "A vital sign that was entered by hand will soon be too old to count.",
        "",
        "Measure it again and enter it: infusiond vitals. The drug stops when it is too old.",
    ),
    "set_up_advice": AlarmKind(
        Priority.LOW,
        "The run was held for the same technical cause more often in an hour than ordered.",
        "",
        "Change the set-up; do not go on silencing it.",
    ),
    "reaction_late": AlarmKind(
        Priority.HIGH,
        "The patient reacts while no drug is driven by this program.",
        "",
        "Treat the patient. The reaction is recorded and prolongs the watch.",
    ),
    "vitals_manual": AlarmKind(
        Priority.HIGH,
        "A vital sign is on or beyond its limit, or missing, while the pump is driven by hand.",
        "",
        "Look at the patient. This program sends nothing but your STOP.",
    ),
    "vitals_after": AlarmKind(
        Priority.HIGH,
        "A vital sign is on or beyond its limit, or missing, in the watch after the last step.",
        "whether this is a late reaction.",
        "Look at the patient, then at sensor, cable and monitor. Enter a reaction if it is one.",
    ),
    "manual": AlarmKind(
        Priority.MEDIUM,
        "The run is finished by hand; this program watches, counts and records.",
        "",
        "You drive the pump. Go back to automatic with two persons, or abort.",
    ),
    "aborted": AlarmKind(
        Priority.MEDIUM,
        "The run was ended before its last step.",
        "",
        "Watch the patient. Note the dose given.",
    ),
    "service_stopping": AlarmKind(
        Priority.HIGH,
        "The service was told to stop; the pump was sent STOP.",
        "",
        "Nobody watches after this. Look at patient and pump.",
    ),
}
"""Every condition the engine can raise."""
