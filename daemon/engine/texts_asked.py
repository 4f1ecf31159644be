"""What the person at the bed is asked for: what is missing before a start, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.engine.texts_doubts import STILL_OPEN

ASKED: Mapping[str, str] = {
    **STILL_OPEN,
    "missing_patient": "read the wristband (confirm patient)",
    "missing_solution": "confirm solution {solution} on {pump} with its code (confirm solution)",
    "missing_line": (
        "confirm the line, a second access or hub stopcock, the clamp, "
        "and that the cuff is not on the infusion arm (confirm line)"
    ),
    "missing_valves": (
        "confirm the lines, a non-return valve in every one that meets the Y-site, a second access or hub "
        "stopcock, the clamp, and that the cuff is not on the infusion arm (confirm line --valves)"
    ),
    "missing_vitals": "compare pulse and SpO2 with the monitor at the bed (confirm vitals)",
    "missing_sound": "hear the test tone at the bed (confirm sound)",
    "missing_pump": "the pump does not answer",
    "missing_standstill": "the pump is running ({motion}): stop it by hand",
    "missing_severe": "a severe reaction was reported before the start: abort, or have the grade corrected",
    "missing_linked": (
        "earlier runs of this order gave up to {earlier} {unit}, this plan gives {plan} {unit}: "
        "only {left} {unit} are left of the highest total dose: have a plan ordered for what is left"
    ),
    "missing_gate": "gate: {code}",
    "missing_slow": "this pump gives at least {limit} mL/h, the plan needs {needed}",
    "missing_fast": "this pump gives at most {limit} mL/h, the plan needs {needed}",
    "notice_step_ends": "The step ends; step {step} follows by itself.",
    "notice_pump_takes_over": "The step ends; with step {step} the pump of {solution} takes over by itself.",
    "notice_bag_ends": "The bag ends: have solution {solution} ready.",
    "notice_infusion_ends": "The last step ends; the watch over the patient goes on.",
    "notice_assessment": "An assessment of the patient is due: infusiond confirm assessment.",
    "notice_baseline": "The baseline is due: no fresh {signals}.",
    "alarm_latched": (
        "OVER, not yet reset: {known} See what came of it, then: infusiond reset {alarm} --by NAME."
    ),
    "todo_stop": "STOP sent, not yet confirmed: press STOP on the pump if this stays.",
    "todo_before_start": "Before the start: {missing}.",
    "todo_ready": "Ready. Two persons start: infusiond start --by NAME --witness NAME.",
    "todo_observing": "Look at patient and pump, then: infusiond confirm running --by NAME. Or hold.",
    "todo_gate": "Give the gate what it lacks: {gate}.",
    "todo_manual": "You drive the pump. Back to automatic with two persons, or abort.",
    "todo_watch": "Watch the patient for {minutes} min more.",
    "todo_over": "The run is {phase}. Take the line down away from the patient.",
    "todo_step_end": "Before the step ends: {needs}.",
    "todo_bag_ready": "Make solution {solution} ready; it is hung when this step ends.",
    "todo_empty": "Is the last bag empty? Then: infusiond confirm empty --by NAME.",
    "todo_resume": "Then resume by the rules, go to manual, or abort.",
    "todo_no_resume": "No resume is allowed: go to manual, or abort.",
    "todo_wait_disarm": "Wait: the pump is being stopped and set to its lowest rate.",
    "todo_switching": "Wait: {pump} takes over as soon as the one before stands. Touch neither.",
    "todo_line_valves": (
        "Look at every line up to the vein and at its non-return valve, then: "
        "infusiond confirm line --valves --by NAME."
    ),
    "todo_line": "Look at the line up to the vein, then: infusiond confirm line --by NAME.",
    "todo_line_stronger": (
        "The line may hold {ml} mL with {holds}, stronger than {needed}. Replace it up to the vein, or clear "
        "{ml} mL away from the patient with {needed} or fluid without drug, then: "
        "infusiond confirm line --handling replaced --by NAME, or --handling cleared --cleared-ml {ml}."
    ),
    "todo_flush": (
        "Was the line flushed? Until you say where it went (patient, discarded, nobody) "
        "up to {dose} {unit} in it count as given: infusiond flush --to WHERE --volume-ml N --by NAME."
    ),
    "todo_patient": "Read the wristband, then: infusiond confirm patient --patient ID --by NAME.",
    "todo_vitals": (
        "A monitor was replaced. Compare pulse and SpO2 with it at the bed, then: "
        "infusiond confirm vitals --by NAME."
    ),
    "todo_sound": "Nothing at the bed can be heard: open infusiond status --watch on a terminal with sound.",
    "todo_check_again": (
        "No drug has been given. Check the bags, then two persons: "
        "infusiond resume --choice start_over --reason TEXT --by NAME --witness NAME."
    ),
    "todo_hang": (
        "Hang solution {solution} on {pump}, then: "
        "infusiond confirm solution --pump {pump} --by NAME --witness NAME."
    ),
    "todo_gate_of_bag": "Solution {solution} hangs; the gate lacks: {gate}.",
}
