"""Sentences for a pump that a person sets (F27): nothing is sent to it, so nothing says so."""

from __future__ import annotations

from collections.abc import Mapping

_STOP = "STOP THE PUMP BY HAND: nothing else stops it"

ANSWERED_BY_HAND: Mapping[str, str] = {
    "stop_sent_by_hand": f"{_STOP}. Clamp the drug line at the patient, do not flush it",
    "stop_sent_reaction_by_hand": f"{_STOP}; a {{grade}} reaction ({{scale}}) is recorded",
    "stopped_first_by_hand": f"{_STOP}; the run is held. ",
    "stop_sent_held_by_hand": (
        f"{_STOP}; the run is held. To end it for good give your name: infusiond abort --by NAME"
    ),
    "aborted_by_hand": f"{_STOP}; the run is aborted",
    "automatic_goes_on_by_hand": "confirmed; the run goes on",
    "manual_by_hand": "manual: this program tells no settings; it watches, counts and alarms",
    "back_from_manual_by_hand": f"{_STOP}; the run is held: resume by the rules",
}

REFUSED_BY_HAND: Mapping[str, str] = {
    "stop_not_confirmed_by_hand": (
        "the pump has not been seen standing: press STOP on it and clamp the line; if it cannot be read: "
        "infusiond confirm stopped"
    ),
    "not_disarmed_by_hand": "wait: the pump has not been seen standing",
    "end_stop_pending_by_hand": (
        "the pump has not been seen standing. Press STOP on the pump, clamp the line, then: "
        "infusiond confirm stopped. The program can be ended after that"
    ),
}

ASKED_BY_HAND: Mapping[str, str] = {
    "todo_stop_by_hand": f"{_STOP}. If it cannot be read: infusiond confirm stopped --by NAME.",
    "todo_press_stop": "PRESS STOP ON THE PUMP: what was ordered is given.",
    "todo_wait_disarm_by_hand": "Press STOP on the pump. Do not press START before this screen says so.",
    "todo_observing_by_hand": (
        "Look at patient and pump, then: infusiond confirm running --by NAME. Or stop the pump and hold."
    ),
    "todo_told_start": (
        "Set {rate_ml_h} mL/h and a volume limit (VTBI) of {limit_ml} mL on the pump, at its end: STOP. "
        "Do not press START yet."
    ),
    "todo_told_wrong": (
        "The pump shows {shown_ml_h} mL/h and {shown_ml}. Set {rate_ml_h} mL/h and a volume limit "
        "(VTBI) of {limit_ml} mL, at its end: STOP. Do not press START yet."
    ),
    "todo_press_start": "{rate_ml_h} mL/h and {limit_ml} mL were read back right: PRESS START.",
    "todo_told_change": (
        "The step is full. Set {rate_ml_h} mL/h and a volume limit (VTBI) of {limit_ml} mL now, "
        "at its end: STOP."
    ),
    "todo_told_renew": (
        "Set the volume limit (VTBI) of the running pump to {limit_ml} mL, at its end: STOP. "
        "The rate stays {rate_ml_h} mL/h."
    ),
    "todo_next_rate": (
        "In {minutes} min, when the step is full and not before, the rate becomes {rate_ml_h} mL/h."
    ),
}
