"""What both views say of a status, line by line; nothing is said that the status does not say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from daemon.engine.alarms import LINE_FIRST
from daemon.engine.hand_view import STOP_OVERDUE
from daemon.engine.phases import OPEN, Mode, Phase
from daemon.terminal import words
from daemon.terminal.figures import about, between, clock_of, exact, lasting, number, sure, with_bounds
from daemon.terminal.watch_lines import consequences
from drivers.values import Authority, Motion, Signal, Validity

Seen = Mapping[str, Any]

INSTRUCTIONS = tuple(f"{part.strip('. ')}." for part in LINE_FIRST.split(". "))
"""The three line instructions, one a line (F3)."""

PRESS_STOP = "PRESS STOP ON THE PUMP."

_SPELT_OUT = {
    "confirm patient": "infusiond confirm patient --patient ID --by NAME",
    "confirm solution": "infusiond confirm solution --pump {pump} --by NAME --witness NAME",
    "confirm vitals": "infusiond confirm vitals --by NAME",
    "confirm sound": "infusiond confirm sound --by NAME",
    "confirm line": "infusiond confirm line --by NAME",
}
_COMMAND = re.compile(r"(.*:) (infusiond .*NAME)\.? ?(.*)")
_STANDS = (Phase.HELD, Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.AFTER_WATCH)
_NOT_OURS = (Phase.PLANNED, Phase.CHECKING, Phase.MANUAL, Phase.COMPLETED, Phase.ABORTED)
_NO_MORE = {
    Phase.AFTER_WATCH: "given",
    Phase.COMPLETED: "given",
    Phase.ABORTED: "not gone on with",
}
_JUDGED = (
    Phase.CHECKING,
    Phase.INFUSING,
    Phase.OBSERVING,
    Phase.WAITING_GATE,
    Phase.AWAITING_SOLUTION,
    Phase.HELD,
)
"""Phases in which the daemon judges the gate; in others an empty list says nothing."""


def bed_line(seen: Seen) -> str:
    """Which bed and what for."""
    return f"{seen['bed']} · {seen['protocol']['drug']}"


BENCH = "BENCH, NOT FOR PATIENTS"


def simulated(seen: Seen) -> str:
    """`SIMULATED x60`, and whether the bed is one of the bench; empty for a real run at a bed."""
    marks = [BENCH] if seen["bench"] else []
    if seen["simulated"]:
        marks.insert(0, f"SIMULATED x{seen['speed']}" if seen["speed"] != 1 else "SIMULATED")
    return "  ".join(marks)


def headline(seen: Seen) -> str:
    """Mode and phase; never `stopped` unless the pump was seen so (F8)."""
    mode, phase = seen["mode"], seen["phase"]
    if seen["authority"] == Authority.MONITOR and mode != Mode.ADVISORY:
        mode = f"{Mode.ADVISORY} · {mode}"
    if seen["mode"] == Mode.STOP_NOT_CONFIRMED:
        since = _stop_since(seen)
        return f"{mode}{f' since {since}' if since else ''} · DRUG MAY BE RUNNING"
    told = words.PHASES.get(phase, phase)
    if phase in _STANDS and not all(pump["stop_confirmed"] for pump in seen["pumps"]):
        told = f"{phase.replace('_', ' ')} · PUMP NOT SEEN STOPPED"
    causes = f" · {', '.join(_causes(seen['hold']))}" if seen["hold"] and phase == Phase.HELD else ""
    return f"{mode} · {told} · {lasting(seen['phase_s'])}{causes}"


def stop_unconfirmed_s(seen: Seen) -> int | None:
    """For how long a STOP has been found not to be confirmed; None while the pump still has its 2 s."""
    for alarm in seen["alarms"]:
        if alarm["id"] in STOP_OVERDUE:
            return int(alarm["since_s"])
    return None


def _stop_since(seen: Seen) -> str:
    lasts = stop_unconfirmed_s(seen)
    return "" if lasts is None else clock_of(seen["utc"], lasts // max(seen["speed"], 1))


def _causes(hold: Seen) -> list[str]:
    graded = f" ({hold['grade']})" if hold["grade"] else ""
    return [words.CAUSES.get(c, c) + (graded if c == "reaction" else "") for c in hold["causes"]]


def instructions(seen: Seen) -> tuple[str, ...]:
    """What the hands do first wherever the run is held or a STOP stands unconfirmed (F3, F10)."""
    needed = seen["phase"] == Phase.HELD or seen["todo"].startswith(LINE_FIRST)
    if stop_unconfirmed_s(seen) is not None:
        return (PRESS_STOP, *INSTRUCTIONS)
    return INSTRUCTIONS if needed else ()


def without_instructions(text: str) -> str:
    """The rest of a text that begins with the line instructions."""
    return text.removeprefix(LINE_FIRST).strip()


def todo(seen: Seen) -> tuple[str, ...]:
    """What to do next; a checklist has one item a line, with the command to type on a line of its own."""
    text = words.in_words(without_instructions(seen["todo"]))
    for short, command in _SPELT_OUT.items():
        text = text.replace(f" ({short})", f": {command.format(pump=seen['pump']['name'])}")
    head, colon, items = text.partition("Before the start: ")
    if colon and not head:
        told = [f"- {item.removeprefix('gate: ')}" for item in items.rstrip(".").split("; ")]
        return ("Before the start:", *(line for item in told for line in _command_apart(item)))
    return tuple(_command_apart(text)) if text else ("Nothing but to watch the patient.",)


def _command_apart(text: str) -> tuple[str, ...]:
    """The command of a sentence on a line of its own, so that it is not broken."""
    found = _COMMAND.fullmatch(text)
    return tuple(part for part in found.groups() if part) if found else (text,)


def commands(seen: Seen) -> tuple[str, ...]:
    """What may be typed now, beside what `todo` already says; short enough for one line each."""
    if seen["mode"] == Mode.STOP_NOT_CONFIRMED:
        return ("stopped by hand and clamped? infusiond confirm stopped --by NAME",)
    if seen["phase"] == Phase.MANUAL:
        return ("infusiond automatic --by NAME --witness NAME   or   infusiond abort --by NAME",)
    if seen["phase"] == Phase.HELD and seen["hold"]:
        return (*_resumes(seen), "infusiond manual --by NAME   or   infusiond abort --by NAME")
    return ()


def _resumes(seen: Seen) -> tuple[str, ...]:
    """One command for each choice the rules leave."""
    told = []
    for one in seen["hold"]["allowed"]:
        command = f'infusiond resume --choice {one["choice"]} --by NAME --reason "WHY"'
        where = f"   {words.choice(one['choice'], one['step'])}"
        if one["stretch"]:
            where = f"   {exact(one['stretch']['rate_ml_h'])} mL/h"
        told.append(command + (" --witness NAME" if one["witness"] else where))
    return tuple(told) or ("NO RESUME IS ALLOWED. What is left:",)


def line_line(seen: Seen) -> str:
    """What the drug line still holds while the run stands: not to be flushed into the patient (F3)."""
    line, unit = seen["line"], seen["dose"]["unit"]
    if not line or seen["phase"] not in (Phase.HELD, Phase.AWAITING_SOLUTION):
        return ""
    clear = f"; clear {exact(line['to_clear_ml'])} mL away from the patient" if line["to_clear_ml"] else ""
    dry = f"; {exact(line['drug_free_ml'])} mL without drug come first" if sure(line["drug_free_ml"]) else ""
    if not sure(line["dose"]["high"]):
        return dry.removeprefix("; ")
    low, high = sure(line["dose"]["low"]), sure(line["dose"]["high"])
    held = about(high) if low == high else between(low, high)
    return (
        f"the line still holds {exact(line['dead_volume_ml'])} mL of {line['solution']} = {held} {unit}: "
        f"do not flush it into the patient{clear}{dry}"
    )


def step_line(seen: Seen) -> str:
    """Step, solution, ordered rate and dose rate, time left."""
    step, steps = seen["step"], seen["protocol"]["steps"]
    left = f"{lasting(step['left_s'])} left" if step["begun"] else f"{lasting(step['left_s'])}, not begun"
    left = _NO_MORE.get(seen["phase"], left)
    part = " · PART OF THE TOLERATED RATE" if step["stretch"] else ""
    return f"{step['number']} of {steps} · {_ordered(step, seen['dose']['unit'])} · {left}{part}"


def next_line(seen: Seen) -> str:
    """The step that follows, or the end."""
    following, step = seen["next"], seen["step"]
    if seen["phase"] in (Phase.COMPLETED, Phase.ABORTED):
        return "nothing: the run is over"
    if following is None and step["stretch"]:
        return "the drug is stopped, and a person decides"
    if following is None:
        return "the end of the plan, then the patient is watched"
    change = " · BAG CHANGE" if following["solution"] != step["solution"] else ""
    minutes = lasting(int(sure(following["minutes"]) * 60))
    return f"step {following['number']} · {_ordered(following, seen['dose']['unit'])} · {minutes}{change}"


def _ordered(step: Seen, unit: str) -> str:
    return f"{step['solution']} · {exact(step['rate_ml_h'])} mL/h = {about(step['dose_rate_h'])} {unit}/h"


def dose_line(seen: Seen) -> str:
    """Dose so far with its bounds, of the target."""
    dose = seen["dose"]
    low, high = sure(dose["low"]), sure(dose["high"])
    told = f"{with_bounds(low, high, dose['unit'])} of {exact(dose['target'])} {dose['unit']}"
    return f"{told}{_patient_side(seen, low, high)}"


def _patient_side(seen: Seen, low: Decimal, high: Decimal) -> str:
    """What of it reached the patient, where that differs from what left the pump (F39)."""
    least, most = sure(seen["exposure"]["low"]), sure(seen["exposure"]["high"])
    if (least, most) == (low, high):
        return ""
    return f"; at the patient {between(least, most)}, the {seen['worse']}'s counts"


def pump_lines(seen: Seen) -> tuple[str, ...]:
    """What each pump was last read doing; marked where that is old, uncertain or dangerous."""
    several = len(seen["pumps"]) > 1
    return tuple(
        f"{_pump_line(seen, pump)}{f' · {_carries(pump)}' if several else ''}" for pump in seen["pumps"]
    )


def _carries(pump: Seen) -> str:
    carries = ", ".join(pump["solutions"])
    return f"in charge, {carries}" if pump["in_charge"] else carries


def _pump_line(seen: Seen, pump: Seen) -> str:
    if pump["motion"] is None:
        return f"{pump['name']} has never been read: what it does is unknown"
    doing = _motion(pump)
    if not pump["linked"]:
        return f"{pump['name']} DOES NOT ANSWER; last seen {doing} {lasting(pump['read_s'])} ago, NOT LIVE"
    told = [f"{pump['name']} linked", doing, *_armed(seen, pump)]
    if pump["uncertain"]:
        told.append("UNCERTAIN: a setting is not read back yet")
    if pump["mains"] is False:
        told.append("ON BATTERY")
    alarms = ", ".join(words.PUMP_ALARMS.get(alarm, alarm) for alarm in pump["alarms"])
    told.append(f"PUMP ALARM: {alarms}" if alarms else "no pump alarm")
    return " · ".join(told)


def _motion(pump: Seen) -> str:
    doing = words.MOTIONS.get(pump["motion"], pump["motion"])
    if pump["motion"] == Motion.STOPPED:
        return doing
    limit = pump["limit_left_ml"]
    left = f"{exact(limit)} mL to its limit" if limit is not None else "WITHOUT VOLUME LIMIT"
    rate, approved = pump["rate_ml_h"], pump["approved_ml_h"]
    differs = f" (approved {exact(approved)})" if approved is not None and approved != rate else ""
    return f"{doing} {exact(rate)} mL/h{differs}, {left}"


def _armed(seen: Seen, pump: Seen) -> tuple[str, ...]:
    meant_to_run = pump["in_charge"] and seen["phase"] not in _STANDS
    if pump["motion"] != Motion.STOPPED or meant_to_run or seen["phase"] in _NOT_OURS:
        return ()
    if pump["programmed_ml_h"] is not None:
        return (f"SET TO {exact(pump['programmed_ml_h'])} mL/h: it takes over, do not press START",)
    if pump["disarmed"]:
        return ("at its lowest rate",)
    return ("NOT AT ITS LOWEST RATE: do not press START",)


def vital_value(seen: Seen, signal: str) -> str:
    """The value as on the monitor: whole, but with a decimal for temperature and on a limit; `--` if none."""
    return _rounded(seen, signal, seen["vitals"][signal]["value"])


def _rounded(seen: Seen, signal: str, given: str | Decimal | None) -> str:
    value = number(given)
    if value is None:
        return "--"
    fine = signal == Signal.TEMP or f"{signal}:limit" in seen["gate"]
    return exact(round(value, 1) if fine else round(value))


def vital_fault(seen: Seen, signal: str) -> str:
    """What is wrong with a vital sign, in few words; empty if nothing is."""
    vital = seen["vitals"][signal]
    found = ["BY HAND"] if vital["by_hand"] else []
    if vital["validity"] != Validity.VALID:
        found.append(words.VALIDITIES.get(vital["validity"], vital["validity"]).upper())
    if vital["value"] is not None and vital["age_s"] is None:
        found.append("AGE UNKNOWN")
    found += [
        word
        for code, word in (("stale", "TOO OLD"), ("limit", "AT LIMIT"))
        if f"{signal}:{code}" in seen["gate"]
    ]
    return ", ".join([*found, *_others(seen, signal)])


def _others(seen: Seen, signal: str) -> list[str]:
    """What the monitors that do not lead say, where they disagree or one of them shuts the gate."""
    vital = seen["vitals"][signal]
    if not vital["disagree"] and not any(code.startswith(f"{signal}:") for code in seen["gate"]):
        return []
    others = {name: one for name, one in vital["sources"].items() if one["counts"] and not one["leads"]}
    return [f"{name}: {_rounded(seen, signal, one['value'])}" for name, one in others.items()]


def vital_age(seen: Seen, signal: str) -> str:
    """How old the last good measurement is."""
    vital = seen["vitals"][signal]
    if vital["age_s"] is None:
        return "never measured" if vital["value"] is None else "age unknown"
    last = "" if vital["validity"] == Validity.VALID else "last good "
    return f"{last}{lasting(vital['age_s'])} ago"


def vital_base(seen: Seen, signal: str) -> str:
    """The baseline from before step 1."""
    base = number(seen["vitals"][signal]["baseline"])
    if base is None:
        return "no base"
    return f"base {exact(round(base, 1) if signal == Signal.TEMP else round(base))}"


def vital(seen: Seen, signal: str) -> str:
    """One vital sign with value, unit, fault, age and baseline."""
    unit = seen["vitals"][signal]["unit"]
    name = f"{words.SHORT.get(signal, signal)} {vital_value(seen, signal)} {words.UNITS.get(unit, unit)}"
    fault = vital_fault(seen, signal)
    about_it = f"({vital_age(seen, signal)}, {vital_base(seen, signal)})"
    return " ".join(part for part in (name, fault, about_it) if part)


def gate_line(seen: Seen) -> str:
    """Why the run may not advance; `open` only where the daemon judges it."""
    if seen["gate"]:
        return f"SHUT: {'; '.join(words.reason(code) for code in seen['gate'])}"
    return "open" if seen["phase"] in _JUDGED else "not judged in this phase"


def gap_line(seen: Seen) -> str:
    """Drug-free time and what it orders; empty when there is none, or none is counted."""
    gap = seen["gap"]
    if seen["phase"] not in OPEN:
        return ""
    action = words.gap_action(gap["action"])
    if gap["judged_s"] is None:
        return f"how long the drug was off is UNKNOWN; the strictest rule holds: {action}"
    if gap["judged_s"] == 0:
        return ""
    off, summed = lasting(gap["current_s"]), lasting(gap["judged_s"])
    if not gap["current_s"]:
        return f"the drug was off {summed} lately; the gap rule now orders: {action}"
    in_all = f", {summed} in all" if gap["judged_s"] != gap["current_s"] else ""
    if gap["action"] == "continue":
        return f"drug off {off}{in_all}; may simply go on for {lasting(max(gap['continue_left_s'], 0))} more"
    return f"drug off {off}{in_all}; the gap rule orders: {action}"


def hold_line(seen: Seen) -> str:
    """How long and why the run is held; empty if it is not."""
    hold = seen["hold"]
    if not hold or seen["phase"] != Phase.HELD:
        return ""
    why = "; ".join(words.in_words(text) for text in hold["reasons"])
    return f"for {lasting(hold['since_s'])}: {', '.join(_causes(hold))}: {why}"


def refused_line(seen: Seen) -> str:
    """Why other ways to resume are not allowed; empty if the run is not held."""
    hold = seen["hold"]
    if not hold or seen["phase"] != Phase.HELD:
        return ""
    return "; ".join(words.in_words(text) for text in hold["refused"])


def alarm_head(alarm: Seen) -> str:
    """Priority, first sentence and since when: one line."""
    first = without_instructions(alarm["text"]).partition(". ")[0].rstrip(".")
    mark = words.MARKS.get(alarm["priority"], alarm["priority"])
    return f"{mark} {lasting(alarm['since_s'])} · {first}{_calls(alarm)}"


def _calls(alarm: Seen) -> str:
    """That nobody has answered it, and for how long ((A) A5)."""
    minutes = alarm.get("escalated", 0)
    unanswered = minutes and not alarm["acknowledged_by"]
    return f" NOBODY HAS ANSWERED FOR {minutes} MIN." if unanswered else ""


def alarm_full(alarm: Seen) -> str:
    """Priority, since when, whole text without the line instructions, detail, who saw it, id."""
    mark = words.MARKS.get(alarm["priority"], alarm["priority"])
    detail = f" ({words.in_words(alarm['detail'])})" if alarm["detail"] else ""
    seen_by = f" Seen by {alarm['acknowledged_by']}." if alarm["acknowledged_by"] else _calls(alarm)
    ward = alarm.get("acknowledged_at_ward_by", "")
    seen_by += f" Seen at the ward by {ward}." if ward else ""
    text = without_instructions(alarm["text"]) + detail + consequences(alarm)
    return f"{mark} {lasting(alarm['since_s'])} · {text}{seen_by} [{alarm['id']}]"
