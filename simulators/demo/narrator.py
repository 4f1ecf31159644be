"""What happened between two statuses, in sentences."""

from __future__ import annotations

from simulators.demo.figures import four, plain
from simulators.demo.picture import Seen

QUIET = frozenset({"checking", "infusing"})
TOLD = {
    "awaiting_solution": "the bag is done: pump stopped. The daemon waits for {solution}.",
    "waiting_gate": "the gate to go on is shut ({gate}): the drug waits.",
    "observing": "the pump is only watched until a person confirms.",
    "manual": "the pump is driven by hand.",
    "after_watch": "all steps are given. The patient is watched on.",
    "completed": "the run is completed.",
    "aborted": "the run is aborted.",
    "held": "HOLD: {causes}.",
}


def changes(before: Seen | None, now: Seen) -> list[str]:
    """One sentence for a new step, a new phase, an alarm that came or went."""
    if before is None:
        return []
    return [*_phase(before, now), *_step(before, now), *_alarms(before, now)]


def _phase(before: Seen, now: Seen) -> list[str]:
    phase = now["phase"]
    if phase == before["phase"] or phase in QUIET:
        return []
    hold = now["hold"] or {"causes": [], "grade": None}
    causes = ", ".join(hold["causes"]) + (f" ({hold['grade']})" if hold["grade"] else "")
    text = TOLD.get(phase, str(phase))
    return [text.format(solution=now["step"]["solution"], gate=", ".join(now["gate"]), causes=causes)]


def _step(before: Seen, now: Seen) -> list[str]:
    step = now["step"]
    fresh = before["step"]["number"] != step["number"] or not before["step"]["begun"]
    if not step["begun"] or not fresh or now["phase"] != "infusing":
        return []
    unit = now["dose"]["unit"]
    rate = f"{plain(step['rate_ml_h'])} mL/h = {four(step['dose_rate_h'])} {unit}/h"
    return [f"step {step['number']} of {now['protocol']['steps']}: {step['solution']} at {rate}"]


def _alarms(before: Seen, now: Seen) -> list[str]:
    was, are = ({one["id"]: one for one in seen["alarms"]} for seen in (before, now))
    came = [
        f"{one['priority']} alarm: {name.replace('_', ' ')}" for name, one in are.items() if name not in was
    ]
    return [*came, *(f"alarm over: {name.replace('_', ' ')}" for name in was if name not in are)]
