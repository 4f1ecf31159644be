"""Why a choice is not left to the person who resumes."""

from __future__ import annotations

from collections.abc import Mapping

CHOICES: Mapping[str, str] = {
    "none_completed": "no step was completed before step {at}",
    "flush_step": "step {at} flushes the line and has no drug of its own",
    "below_pump": "that is {given}; the pump gives at least {lowest} mL/h",
    "not_less": "that is {given}, not less than what was reacted to",
    "too_few_units": "{given} for {minutes} min is fewer than {MIN_COUNTER_UNITS} counter units (F25)",
    "unrenewable": "{given} gives less in one grant of {minutes} min than this pump can be renewed on (F5)",
    "then_not_so_many": "then {then}: there are not so many steps before step {at}",
    "no_fresh_bag": (
        "a fresh bag cannot be taken up in this run: finish by hand (manual), or abort and start a "
        "new run, which counts what this one gave"
    ),
    "new_bag": "{asked}pharmacy must make a new last bag with {amount} {unit}; {otherwise}",
    "flush_unanswered": (
        "what the line held counts as given until somebody says it was not (infusiond flush); "
    ),
    "no_bag_needed": "{asked}the target of {target_dose} {unit} is reached that way, no new bag is needed",
    "gap_orders": "drug-free time {known}: the gap rule orders {action}{steps}",
    "not_so_many_steps": "there are not so many steps before step {place}",
    "more_than_part": (
        "step {step} gives more per hour than the part of the dose rate that is ordered now (F2)"
    ),
    "part_reacted_to": "the part of the dose rate it goes on with was reacted to (F2)",
    "beyond_reaction": "the reaction began in step {place}: step {step} lies beyond it (F21)",
    "bag_too_old": "{old} may no longer be used by the end of its steps: {otherwise}",
    "too_much_in_all": "up to {total:.3f} {dose_unit} in all, {most} is the most: {remedy}",
    "bag_too_small": "a bag does not hold what the steps from {step} on need: {otherwise}",
    "second_reaction": "second reaction at this step: only back",
    "not_released": "the pressure was not released away from the patient: back=1 at the least (F14)",
    "hold_none": "the run is not held",
    "nothing_tolerated": "reaction before any step was completed: only what is ordered for step 1 (F2)",
    "severe_lifted": "a severe reaction is resumed only as ordered by {lifted}, by two persons (F22)",
    "severe_never": "a severe reaction is never resumed (F22)",
    "drug_before_start": "drug has left the pump before the start",
    "no_rule_allows": "no rule of this hold allows it",
    "resumed_too_often": "{key}: already resumed {times} times",
    "rule_never": "{key}: never resumed",
}
