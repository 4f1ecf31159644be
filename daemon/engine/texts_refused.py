"""Why an act is refused, and what would help."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.engine.texts_doubts import UNSETTLED

REFUSED: Mapping[str, str] = {
    **UNSETTLED,
    "name": "this needs the name of the person doing it (--by NAME)",
    "second_person": "this needs a second person (--witness NAME)",
    "same_person": "this needs two different persons; both names are the same",
    "prescriber": (
        "only {prescriber}, who ordered this protocol, may do this; it was asked for by {by}. "
        "Call the prescriber, or go on without it"
    ),
    "screen_changed": (
        "the screen you saw ({seen}) is not the present one ({now}): something has happened since. "
        "Look again, then decide again"
    ),
    "unknown_symptom": (
        "{done}NOT RECORDED: {strange} is no symptom of the scale. It knows: {known}. "
        "Anything else goes into --text, with a --grade. Enter the reaction again"
    ),
    "minutes_ago": "{done}NOT RECORDED: give 0 to {most} minutes ago. Enter the reaction again",
    "nothing_graded": (
        "{done}NOT RECORDED: give --symptom, --grade or --epinephrine. Enter the reaction again"
    ),
    "no_grade": "no reaction is recorded whose grade could be corrected",
    "grade_not_lower": (
        "the grade is {was}; {grade} is not lower. "
        "A worse reaction is entered as a reaction: infusiond reaction"
    ),
    "epinephrine_given": (
        "epinephrine was recorded as given: the reaction stays severe. Go to manual, or abort"
    ),
    "limit_stands": (
        "{limits}: while that stands the reaction is worse than {grade}, and would be entered again. "
        "Treat the patient, or mend the sensor; with good values shown, correct the grade again"
    ),
    "no_values": "give at least one value, such as --set hr=80",
    "not_by_hand": "{signal} may not be entered by hand; this protocol allows: {allowed}",
    "implausible": (
        "{signal} {value}: a living patient shows {low} to {high} {unit}. "
        "Nothing was taken: measure again, and give it in {unit}"
    ),
    "hand_ahead": (
        "{minutes} minutes ago lies ahead. Nothing was taken: say when it was measured, such as "
        "--minutes-ago 0 for just now"
    ),
    "hand_too_old": (
        "{signal} counts for {most} min, and this was measured {minutes} min ago. "
        "Nothing was taken: measure again. If it was bad, enter a reaction or hold"
    ),
    "hand_older": (
        "{signal} of {later} min ago is already there, and this one is {minutes} min old. "
        "Nothing was taken: enter a newer one. If this was bad, enter a reaction or hold"
    ),
    "pressures_swapped": (
        "{low} {less} is not below {high} {more}. Nothing was taken: read them again, in mmHg"
    ),
    "unknown_source": "no monitor {given!r} has spoken in this run; known: {known}",
    "exclude_time": "a source may be left out for 1 to {most} minutes",
    "last_source": (
        "{source} is the last source of {signals}: it is never left out. "
        "Repair or replace the monitor, enter values by hand, or go to manual"
    ),
    "phase": "this is not possible while the run is {phase}",
    "not_held": "the run is not held, it is {phase}",
    "already": "the run is already {phase}",
    "not_manual": "the run is not manual, it is {phase}",
    "no_alarm": "no alarm {alarm!r} is active",
    "no_valves": (
        "several pumps meet at the Y-site: look for a non-return valve in every line, "
        "then: infusiond confirm line --valves"
    ),
    "which_pump": "STOP is not confirmed at {pumps}: say which one you stopped by hand (--pump NAME)",
    "alarm_lasts": "{alarm!r} is not over: end its cause first; until then infusiond ack silences it",
    "not_latched": "no alarm {alarm!r} waits for a reset",
    "pause_minutes": "the sound may be paused for 1 to {most} minutes",
    "nothing_sounds": "no alarm is active: there is no sound to pause",
    "heard_first": (
        "STOP is NOT CONFIRMED: that must be heard for another {seconds} s. Press STOP on the pump"
    ),
    "no_stop_waiting": "no STOP is waiting to be confirmed",
    "stop_not_confirmed": (
        "STOP is not confirmed yet: nothing is known of the drug but that STOP was sent. "
        "Press STOP on the pump and clamp the line; then: infusiond confirm stopped"
    ),
    "not_disarmed": "wait: the pump is not yet stopped and set to its lowest rate (F6)",
    "no_reason": "this needs a reason (--reason TEXT)",
    "choice": "{choice} is not allowed; left: {left}. {why}",
    "gate_shut": "the gate is shut: {gate}",
    "line_running": "the pump is running: hold first, then replace or clear the line",
    "line_stronger": (
        "the line may still hold {holds}, which is stronger than {needed}: replace it up to the vein, "
        "or clear at least {ml} mL away from the patient with {needed} or fluid without drug. Then: "
        "infusiond confirm line --handling replaced --by NAME, or --handling cleared --cleared-ml {ml} (F4)"
    ),
    "cleared_volume": "how much was cleared away from the patient? (--cleared-ml N)",
    "cleared_too_little": (
        "{cleared} mL are less than the line holds with the part behind a Y-site: {ml} mL. "
        "What is left in it is the stronger drug: clear the rest, or replace the line (F4)"
    ),
    "nothing_hung": "no solution was confirmed on the pump: there is no drug in the line that is known here",
    "flush_not_asked": "nobody asks now whether the line was flushed; a flush is told with where it went",
    "flush_volume": "a flush has a volume above 0 (--volume-ml N); one to nobody has none",
    "flush_first": (
        "was the line flushed in this hold? That cannot be told any more once the line is changed. "
        "First: infusiond flush --to patient, discarded or nobody (F3)"
    ),
    "bag_made_ahead": (
        "{solution} cannot have been made in the future: compare the time on its label with your watch"
    ),
    "bag_expired": (
        "{solution} may be used for {stable} h after it was made and was made {made} min ago: "
        "take it down. Pharmacy must make a new one"
    ),
    "bag_expires": (
        "{solution} may be used for {left} h more, and its steps take {needed} h: "
        "take it down. Pharmacy must make a new one"
    ),
    "pump_running": "the pump is running: a solution never changes on a running pump (F15)",
    "wrong_pump": (
        "this is {pump}: read the label of the pump the bag hangs on, and give it as it stands there"
    ),
    "code_mistyped": (
        "mistyped: this is no code of a bag (wrong code {count} of {most}). "
        "Read the 7 characters off the label again; there is no I, L, O, 0 or 1"
    ),
    "code_other_bag": (
        "that is not the bag this step needs (wrong code {count} of {most}). "
        "Take it down, hang the bag of step {step}, read its label"
    ),
    "code_other_run": (
        "that bag is of another run (wrong code {count} of {most}). Take it down and ask the pharmacy "
        "for the bags of this run"
    ),
    "other_patient": (
        "the wristband is not that of the patient this plan is for. Do not start: check patient, bed and plan"
    ),
    "patient_again": (
        "match the patient again first: read the wristband (infusiond confirm patient --patient ID --by NAME)"
    ),
    "vitals_old": (
        "there is no {signals} measured within the last {within} s to compare. "
        "Look at sensor and monitor, then compare again"
    ),
    "no_sound": (
        "nothing at the bed has answered with a test tone. Open infusiond status --watch on a terminal "
        "with sound at this bed, hear its tone, then confirm it"
    ),
    "not_empty": (
        "only a bag that is to run empty, with as much of its step given as ordered "
        "and the pump standing empty"
    ),
    "nothing_observed": "nothing is being observed; the run is {phase}",
    "not_seen_running": "the pump is not seen running. Look at it; hold, or go to manual",
    "runs_different": (
        "the pump runs at {found} mL/h, the plan at {approved} mL/h: hold and resume, or go to manual"
    ),
    "checklist": "not yet: {missing}",
    "baseline_beyond": "a baseline value is already on or beyond a limit: {values}",
}
