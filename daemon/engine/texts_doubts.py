"""What is said about doubtful volumes: refused, asked, answered."""

from __future__ import annotations

from collections.abc import Mapping

UNSETTLED: Mapping[str, str] = {
    "ending": "ending in good order; nothing runs",
    "ending_held": "ending in good order; the run stays held and is taken up again by the next start",
    "another_pump": (
        "pump {answers} answers, the run's pump is {own}: connect that one again, or put this in its place: "
        "infusiond replace-pump --serial {answers} --by NAME --witness NAME"
    ),
    "unclassified": (
        "the pump's counter {why} ({counted} mL; up to {most} mL may have been given): say what it was: "
        "infusiond classify --as cleared|primed_off_patient|given --text WHAT --by NAME"
    ),
    "not_cleared": (
        "the pump's counter rose by {counted} mL; one that is cleared shows less. What was it: "
        "primed_off_patient, or given? If you do not know: given"
    ),
    "pressure": (
        "the line was occluded and holds pressure: clamp it at the patient, release the pressure away from "
        "the patient, then say --released; if it went into the patient, or you do not know: --not-released"
    ),
    "pressure_given": (
        "the pressure went into the patient, or nobody knows: at most one step back is allowed, and the next "
        "bag does not follow. Resume with back=1 (--not-released), go to manual, or abort (F14)"
    ),
    "unsettled": (
        "{apart}: nothing is left to give by the upper bound. Count it as given or give the rest: "
        "infusiond settle --credit|--give --reason WHY --by NAME. Or choose another way to resume"
    ),
    "nothing_unsettled": (
        "nothing is to be settled: that is asked only while the drug stands and the bounds of a step are "
        "apart at its end"
    ),
    "credited_before": (
        "step {step} was counted as given once already: give the rest (--give), step back, or go to manual"
    ),
    "given_before": (
        "the rest of step {step} has been given again once already: count it as given (--credit), step back, "
        "or go to manual"
    ),
    "nothing_to_classify": "the pump's counter has nothing unexplained",
    "no_text": "this needs a text: what happened at the pump (--text TEXT)",
    "gap_known": "how long the drug has been off is known: {minutes} min; no time is entered",
    "time_odd": "{given} is no time: give the minutes since the drug stopped, such as --minutes-ago 34",
    "time_short": (
        "the drug has been off for at least {least} min, that is proven; {given} min would make the gap "
        "shorter. If you do not know the time, leave it unknown: the strictest rule holds"
    ),
    "serial_not_answering": (
        "{given} is not the serial number of the pump that answers ({answers}): read it off the pump, "
        "or connect the pump you mean"
    ),
    "end_drug_runs": (
        "drug runs, or may run: this program watches it and is not ended. Hold first (infusiond hold), or "
        "wait for the end of the run"
    ),
    "end_stop_pending": (
        "STOP is not confirmed yet: nothing is known of the drug but that STOP was sent. Press STOP on the "
        "pump, clamp the line, then: infusiond confirm stopped. The program can be ended after that"
    ),
    "same_pump": "pump {own} is the run's own pump; nothing is replaced",
}

STILL_OPEN: Mapping[str, str] = {
    "missing_classify": "the pump's counter {why}: say what it was (classify)",
    "todo_replace": (
        "Pump {answers} answers, not {own}. Then: "
        "infusiond replace-pump --serial {answers} --by NAME --witness NAME."
    ),
    "todo_classify": (
        "The pump's counter {why}: what was it? Then: "
        "infusiond classify --as cleared|primed_off_patient|given --text WHAT --by NAME."
    ),
    "todo_enter_time": (
        "How long was the drug off? If two of you know: "
        "infusiond enter-time --minutes-ago N --by NAME --witness NAME."
    ),
    "todo_settle": (
        "{apart}. Count it as given, or give the rest: "
        "infusiond settle --credit|--give --reason WHY --by NAME."
    ),
    "todo_then": "Then resume by the rules, go to manual, or abort.",
    "todo_pressure": (
        "The line was occluded: release the pressure away from the patient and resume with --released; "
        "if it went into the patient: --not-released."
    ),
}

SETTLED: Mapping[str, str] = {
    "classified": "recorded as {how}: between {low} and {high} mL",
    "classified_more": "recorded as {how}: between {low} and {high} mL; {left} more to explain",
    "credited": "step {step} is counted as given; the dose keeps its bounds",
    "credited_last": "step {step} is counted as given; the plan is given, watch the patient",
    "giving": "the missing {missing} mL of step {step} will be given",
    "time_entered": "recorded as claimed: off for {minutes} min; the gap rule orders: {action}",
    "pump_replaced": "pump {serial} is the run's pump now; confirm bag and line again when you resume",
}
