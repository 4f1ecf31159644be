"""A status as a small live picture, or as one plain line; nothing is told that it does not say."""

from __future__ import annotations

import textwrap
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from simulators.demo.figures import four, h_min, minutes, plain

BAR = 24
TODO_ROWS = 3
STYLES = {
    "AUTOMATIC": "bold black on green",
    "HELD": "bold white on red",
    "STOP NOT CONFIRMED": "bold white on red",
    "OBSERVING": "bold black on yellow",
    "MANUAL": "bold black on yellow",
}
READY_STYLE = "bold white on blue"
NAMES = {"hr": "HR", "spo2": "SpO2", "nibp_sys": "BP sys", "nibp_dia": "BP dia", "pulse": "Pulse"}
UNITS = {"1/min": "/min"}
PRIORITY = {"HIGH": "bold white on red", "MEDIUM": "bold black on yellow", "LOW": "bold cyan"}
PHASES = {
    "checking": "checks before the start",
    "awaiting_solution": "drug stopped, waiting for the next bag",
    "waiting_gate": "drug stopped, waiting for the gate",
    "held": "drug stopped",
    "after_watch": "all steps given, watching the patient",
}

Seen = dict[str, Any]


def panel(seen: Seen, hint: str, width: int) -> RenderableType:
    """Always as many rows, so that the picture stands still."""
    room = width - 4
    rows = [
        Text(f" {headline(seen)}".ljust(room), style=STYLES.get(seen["mode"], READY_STYLE)),
        Text(step(seen), style="bold"),
        Text(f"{_bar(seen)} {dose(seen)}"),
        Text(pump(seen)),
        Text(vitals(seen), style="bold red" if any("limit" in code for code in seen["gate"]) else ""),
        _alarms(seen),
        *_todo(seen, room),
    ]
    for row in rows:
        row.truncate(room, overflow="ellipsis")
    title = f"SIMULATED x{seen['speed']} - not a medical device - {clock(seen)} into the run"
    return Panel(Group(*rows), title=title, subtitle=hint, width=width, border_style="magenta")


def line(seen: Seen) -> str:
    """The same in one line, for a pipe or a log."""
    alarms = "; ".join(f"{one['priority']} {one['id']}" for one in seen["alarms"]) or "no alarm"
    parts = (headline(seen), step(seen), dose(seen), pump(seen), vitals(seen), alarms)
    return f"SIMULATED x{seen['speed']} | " + " | ".join(parts)


def clock(seen: Seen) -> str:
    """Time of the run since its start, in the patient's hours."""
    return h_min(seen["elapsed_s"] or 0)


def headline(seen: Seen) -> str:
    """Mode and phase; the causes of a hold, and whether the pump was seen stopped."""
    hold = seen["hold"]
    told = [seen["mode"], PHASES.get(seen["phase"], seen["phase"])]
    if seen["phase"] == "held" and hold:
        told += [", ".join(hold["causes"]) + (f" ({hold['grade']})" if hold["grade"] else "")]
        told += ["pump seen stopped" if seen["pump"]["stop_confirmed"] else "PUMP NOT SEEN STOPPED"]
    return " · ".join(told)


def step(seen: Seen) -> str:
    """Step, bag, ordered rate and dose rate, time left."""
    now, unit = seen["step"], seen["dose"]["unit"]
    rate = f"{plain(now['rate_ml_h'])} mL/h = {four(now['dose_rate_h'])} {unit}/h"
    left = f"{minutes(now['left_s'])} left" if now["begun"] else "not begun"
    return f"step {now['number']}/{seen['protocol']['steps']} · {now['solution']} · {rate} · {left}"


def dose(seen: Seen) -> str:
    """Bounds of the dose so far."""
    given = seen["dose"]
    bounds = f"{four(given['low'])} - {four(given['high'])}"
    return f"given {bounds} of {plain(given['target'])} {given['unit']}"


def pump(seen: Seen) -> str:
    """What the pump was last read doing."""
    found = seen["pump"]
    if found["motion"] is None or not found["linked"]:
        return f"{found['name']} DOES NOT ANSWER"
    told = f"{found['name']} {found['motion']}"
    if found["motion"] != "stopped":
        told += f" {plain(found['rate_ml_h'])} mL/h"
    if found["limit_left_ml"] is not None:
        told += f", {plain(found['limit_left_ml'])} mL to its limit"
    return f"{told}{', PUMP ALARM ' + ', '.join(found['alarms']) if found['alarms'] else ''}"


def vitals(seen: Seen) -> str:
    """Each signal with its value and, once known, its baseline."""
    told = []
    for name, one in seen["vitals"].items():
        value = "?" if one["value"] is None or one["validity"] != "valid" else f"{one['value']:.0f}"
        base = f" (was {one['baseline']:.0f})" if one["baseline"] is not None else ""
        told.append(f"{NAMES.get(name, name)} {value}{UNITS.get(one['unit'], ' ' + one['unit'])}{base}")
    return " · ".join(told) or "no vitals yet"


def _alarms(seen: Seen) -> Text:
    if not seen["alarms"]:
        return Text("no alarm", style="green")
    text = Text()
    for one in seen["alarms"]:
        text.append(f" {one['priority']} {one['id'].replace('_', ' ')} ", style=PRIORITY[one["priority"]])
        text.append(" ")
    return text


def _bar(seen: Seen) -> str:
    steps = seen["protocol"]["steps"]
    done = seen["step"]["number"] - (0 if seen["phase"] in ("after_watch", "completed") else 1)
    full = done * BAR // steps
    return f"[{'#' * full}{'.' * (BAR - full)}]"


def _todo(seen: Seen, room: int) -> list[Text]:
    told = textwrap.wrap(f"to do: {seen['todo'] or 'nothing but to watch the patient'}", room)
    if len(told) > TODO_ROWS:
        told = [*told[: TODO_ROWS - 1], f"{told[TODO_ROWS - 1][: room - 1]}…"]
    return [Text(row, style="italic") for row in [*told, *[""] * (TODO_ROWS - len(told))]]
