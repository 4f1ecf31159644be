"""What is said to an act that was taken."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.engine.texts_doubts import SETTLED

ANSWERED: Mapping[str, str] = {
    **SETTLED,
    "stop_sent": "STOP sent",
    "stop_sent_reaction": "STOP sent; a {grade} reaction ({scale}) is recorded",
    "reaction_recorded": "a {grade} reaction ({scale}) is recorded",
    "stopped_first": "STOP sent, the run is held. ",
    "grade_corrected": "the grade is {grade} ({scale}); {was} stays on record",
    "vitals_entered": "entered by hand: {values}",
    "source_excluded": "{source} is left out for {minutes} min; then it counts again by itself",
    "stop_sent_held": (
        "STOP sent; the run is held. To end it for good give your name: infusiond abort --by NAME"
    ),
    "aborted": "STOP sent; the run is aborted",
    "acknowledged": "acknowledged; the condition stays",
    "alarm_reset": "{alarm} is reset",
    "audio_paused": (
        "sound paused for {minutes} min; a new alarm ends the pause, "
        "and STOP NOT CONFIRMED sounds again after 30 s"
    ),
    "stopped_by_hand": "recorded: stopped by hand, line clamped",
    "solution_confirmed": "solution {solution} confirmed on {pump}",
    "patient_confirmed": "the wristband is that of this plan's patient",
    "vitals_confirmed": "pulse and SpO2 compared with the monitor at the bed",
    "sound_confirmed": "the test tone of {name} was heard",
    "check_again": "back to the checks before the start; everything has to be confirmed again",
    "line_connected": "line, second access and clamp confirmed, cuff on another arm",
    "line_replaced": (
        "recorded: the line up to the vein was replaced; second access, clamp and cuff confirmed"
    ),
    "line_cleared": (
        "recorded: {ml} mL cleared away from the patient; second access, clamp and cuff confirmed"
    ),
    "flushed_patient": "recorded: {ml} mL flushed through the line to the patient; the drug in it counts",
    "flushed_discarded": "recorded: {ml} mL flushed through the line away from the patient",
    "flushed_nobody": "recorded: the line was not flushed",
    "assessed": "assessment recorded",
    "bag_empty_next": "recorded: bag empty; step {step} is next",
    "bag_empty": "recorded: bag empty; the plan is given, watch the patient",
    "automatic_goes_on": "confirmed; automatic goes on",
    "started": "started by {by}, witnessed by {witness}",
    "resumed": "resumed: {choice}, step {step}",
    "after_severe": "; after a severe reaction, as ordered by {prescriber}",
    "resumed_other_bag": "resumed at step {step}; hang solution {solution} and confirm it",
    "manual": "manual: this program sends nothing but your STOP",
    "back_from_manual": "STOP sent; the run is held: resume by the rules",
}
