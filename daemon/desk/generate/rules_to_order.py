"""The rules no generator knows, as named blanks for the persons who order or measure them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from daemon.desk.generate.exact import said
from daemon.desk.generate.shape import End, Infusion, Shape
from daemon.protocols.rules import HoldCause

_PRESCRIBER = """\

# ============================================================================================
# TO BE ORDERED BY THE PRESCRIBER. None of these has a default; replace each "____ …" by a value.
# ============================================================================================
"""

_MONITORING = """
[[signals]] # copy this block for each vital sign that must be there
signal = "____ hr, pulse, spo2, nibp_sys, nibp_dia, nibp_mean, rr, temp or etco2"
fresh_s = "____ seconds a value may be old and still open the gate"
missing_hold_s = "____ seconds without a value after which the drug is held"
baseline = "____ true if a value is taken before step 1 (needed for fall_ and rise_ limits), else false"

[[limits]] # copy this block for each limit
signal = "____ one of the signals above"
below = "____ a value that holds the drug; or write above, fall_percent, rise_percent, fall_by, rise_by"
for_s = "____ seconds without a break, 0 for at once"
grade = "____ mild, moderate or severe: a reaction of this grade; leave the line out for a hold without one"

[assessment]
every_min = "____ minutes between two assessments by the nurse"

[gate]
when_closed = "____ stop, or dwell with dwell_max_min: when a step is full and the gate is shut"

[cuff]
blank_max_s = "____ seconds a measuring cuff may take SpO2 and pulse away without a hold, 90 at most"
other_pulse = '____ signals that show a pulse meanwhile, such as ["hr"], or [] if nothing excuses it'

[sources]
exclude_max_min = "____ minutes one of two monitors for a signal may be left out, 30 at most"
"""

_RESUME_HEAD = """
# After a hold: rest_of_step, same_step, back=1 (or more), start_over or never; for a reaction also
# fraction=0.5 of the last tolerated dose per hour, with for_minutes and then. A person chooses among them.
"""

_REACTION = """
[[resume]]
cause = "reaction"
grade = "{grade}"
allow = '____ what may follow, such as ["same_step", "back=1"], or ["never"]'
max_times = "____ how often; leave the line out with never"
at_first_step = "____ the same where nothing has been tolerated yet; leave the line out with never"
"""

_SEVERE = """
[[resume]] # a hard rule: only resume_after_severe = "NAME OF THE PRESCRIBER" lifts it
cause = "reaction"
grade = "severe"
allow = ["never"]
"""

_CAUSE = """
[[resume]]
cause = "{cause}"
allow = '____ what may follow, such as ["rest_of_step", "back=1"], or ["never"]'
max_times = "____ how often; leave the line out with never"
"""

_GAPS = """
[gap]
window_min = "____ minutes over which drug-free time is added up"
proof_s = "____ seconds of proven delivery that end a gap"
flicker_max = "____ stops for one cause, within the window below, after which two persons act (2 or more)"
flicker_window_min = "____ minutes within which those stops count"

[[gap.rules]] # copy this block; the rules follow each other without hole or overlap
from_min = 0
to_min = "____ minutes without drug up to which this holds"
action = "____ continue, back=1 (or more), start_over or abandon"

[[gap.rules]] # the last rule has no to_min
from_min = "____ the to_min of the rule before"
action = "____ continue, back=1 (or more), start_over or abandon; at least what the rule before orders"

[checking]
expires_min = "____ minutes for which what was confirmed before the start counts"
vitals_match_s = "____ seconds within which pulse and SpO2 are compared with the monitor at the bed"
patient_again_min = "____ minutes of a hold after which the patient is matched again"
wrong_codes_max = "____ wrong bag codes in a row that hold the run, 1 to 9"

[holds]
advice_per_hour = "____ holds an hour for one technical cause that raise an advice"

[reaction]
late_h = "____ hours after the last drug a patient who reacted is watched, 6 or more"

[after_watch]
minutes = "____ minutes of observation after the last step"
"""

_CEILINGS = """
# Hard limits. They do not grow with --dose: that is what they are for.
[ceilings]
max_dose_rate_h = "____ {unit} per hour; the highest of this file is {rate}"
max_total_dose = "____ {unit} in all; this file gives {total}, repeats after a hold come on top"
max_step_up_ratio = "____ times the dose per hour of the step before; the largest of this file is {ratio}"
unattended_max_min = "____ minutes the pump may run on one grant, 15 at most"
link_hours = "____ hours within which an earlier run of this protocol counts into the total dose"
"""

_EMPTY = """
[empty]
from_percent = "____ percent of its step that must be in before a bag may be called empty"
"""

_BY_HAND = """
[assessment]
every_min = "____ minutes between two assessments by the nurse"

[after_watch]
minutes = "____ minutes of observation after the last dose"

# Hard limits.
[ceilings]
max_total_dose = "____ {unit} in all; this file gives {total}"
max_step_up_ratio = "____ times the dose before; the largest of this file is {ratio}"
"""


def ordered_keys(shape: Shape) -> str:
    """The keys of the head of the file that only the prescriber can fill in."""
    lines = ['ordered_by = "____ name of the prescriber who orders the rules of this file"']
    if not shape.driven:
        lines.append('late_min = "____ minutes after its time from which a dose is late and you are asked"')
        return "\n".join(lines) + "\n"
    lines.append('grade_scale = "____ scale of the grades below: brown-2004"')
    lines.append(
        'reactions_per_step_max = "____ holds for reaction at one step after which only back remains, 1 to 9"'
    )
    if any(bag.dead_volume_ml is not None for bag in shape.bags):
        lines.append(
            "# Line-fill steps push one solution with another: what reaches the patient differs from"
        )
        lines.append("# what leaves the pump. `infusiond plan` shows it as exposure.")
        lines.append('exposure = "____ accepted, if you accept that difference; else the file is refused"')
        lines.append('exposure_accepted_by = "____ name of who accepts it"')
    return "\n".join(lines) + "\n"


def rules_to_order(shape: Shape) -> str:
    """Every table of rules that a file of this kind needs, each value a blank with its hint."""
    numbers = {"unit": shape.order.unit_in_words, "total": said(shape.total), "ratio": said(_step_up(shape))}
    if not shape.driven:
        return _PRESCRIBER + _BY_HAND.format(**numbers)
    rate = max(step.dose * 60 / step.minutes for step in shape.steps if isinstance(step, Infusion))
    causes = [cause for cause in HoldCause if cause is not HoldCause.REACTION]
    empties = any(isinstance(step, Infusion) and step.end is End.EMPTY for step in shape.steps)
    return "".join(
        (
            _PRESCRIBER,
            _MONITORING,
            _RESUME_HEAD,
            *(_REACTION.format(grade=grade) for grade in ("mild", "moderate")),
            _SEVERE,
            *(_CAUSE.format(cause=cause) for cause in causes),
            _GAPS,
            _CEILINGS.format(rate=said(rate), **numbers),
            _EMPTY if empties else "",
        )
    )


def _step_up(shape: Shape) -> Fraction:
    """The largest rise from step to step: in dose per hour on a pump, in dose by hand."""
    sizes = [
        step.dose * 60 / step.minutes if isinstance(step, Infusion) else step.dose for step in shape.steps
    ]
    return max((after / before for before, after in pairwise(sizes)), default=Fraction(1))
