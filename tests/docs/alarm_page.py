"""`docs/reference/alarms.md`, written from the alarm table of the engine."""

from __future__ import annotations

from daemon.annunciator.burst import BURSTS
from daemon.cli.annunciator import TURN_S
from daemon.engine.alarm_kind import LINE_FIRST, MATRIX, AlarmKind, Onset, Priority
from daemon.engine.alarms import CATALOGUE
from daemon.engine.inputs_alarms import PAUSE_MAX_MIN, PAUSE_MIN
from daemon.engine.sounding import ESCALATES_MS, HEARD_MS, SILENT_MS

TURN_MS = int(TURN_S * 1000)
BURST_MS = max(BURSTS[one].length_ms for one in (Priority.MEDIUM, Priority.LOW))

HEAD = f"""\
# Alarms

Not a medical device. Written from `daemon/engine/alarms.py` by `python -m tests.docs.write`; a test
fails where the two differ.

An alarm is a *condition*: it is raised once and lasts as long as it lasts. One cause raises one alarm: what
it shuts are lines in that alarm (F31). Priorities are harm x onset, as in IEC 60601-1-8:

{{matrix}}

The text of a `held_` alarm begins with the line: *{LINE_FIRST}* It ends when the run is resumed, taken
over by hand or aborted.
"""

PAUSED = (
    f"`infusiond pause-audio`: nothing sounds, for {PAUSE_MIN} minutes or as told, {PAUSE_MAX_MIN} at most",
    "by itself; at once with any new alarm, and with a restart of the service",
)

STATES = f"""\
## States

| | what it is | ends |
|---|---|---|
| active | the condition lasts | with the condition |
| latched | the condition is over, the alarm is still shown and heard | `infusiond reset ID --by NAME` |
| inactive | it is not shown | |

| | what it is | ends |
|---|---|---|
| enabled | it sounds at the bed | |
| audio paused | {PAUSED[0]} | {PAUSED[1]} |
| acknowledged | `infusiond ack ID`: it is silent | with the condition; where it latches, when that returns |

Which alarms latch is for the site to say: `[alarms] latching` in the [bed file](bed-file.md); without
it those marked below.

- **STOP NOT CONFIRMED** is silent for {SILENT_MS // 1000} s at the most, whatever is acknowledged or
  paused, however often. Then it sounds for at least {HEARD_MS // 1000} s before it can be silenced
  again (F40).
- **HIGH without an answer** escalates after {ESCALATES_MS // 1000} s and again every {
    ESCALATES_MS // 1000
} s: it is marked on every screen, told to the ward anew, and recorded. A pause is no answer; an
  acknowledgement at the bed or at the ward is.
- **At the ward** a named person may acknowledge one occurrence. It is recorded with name and station,
  pauses sound there, and changes neither the sound at the bed nor the run. When the feed that brought
  it is lost it is revoked, and the minute begins anew.
- **What flaps** is one alarm: where the table has *off after*, a condition must stay away so long (by
  the clock on the wall) before it is over. It is silent meanwhile. What returns sooner is the same
  occurrence, and stays acknowledged if it says the same. A vital sign that crosses its limit again and
  again is one alarm until somebody has seen it.

What is due although nothing is wrong (a step, a bag or the infusion ends within five minutes, an assessment
or the baseline is due) is no alarm: it stands in `notices` of the
[status](status-json.md), without a sound
([decision 25](../decisions/0025-work-is-a-notice-a-lack-is-an-alarm.md)). A run without fault raises none.

A service that starts anew knows of no pause and of no acknowledgement of the ward.

From the decision to the bed: a word goes out in the same turn of the loop; a terminal rings with its next
picture; the annunciator looks every {TURN_MS} ms, and a burst of a lower alarm that has begun is played out
first, {BURST_MS} ms at the most.
"""

JUDGED = """\
## How each is judged

*Decided after* is the alarm condition delay in seconds, 0 = in the decision that sees it; or the key of the
protocol or bed file that orders it. SP = physiological, ST = technical, SA = advisory.

"""


COLUMNS = (
    *("id", "condition", "type", "priority = harm x onset", "what it would be", "decided after"),
    *("off after", "the run", "latches", "raised by"),
)


def alarm_page() -> str:
    """The whole page."""
    parts = [HEAD.format(matrix=_matrix()), STATES]
    for priority in Priority:
        rows = [_row(name, kind) for name, kind in CATALOGUE.items() if kind.priority is priority]
        table = ["| id | what is known | what is not known | what to do |", "|---|---|---|---|", *rows]
        parts.append(f"## {priority}\n\n" + "\n".join(table) + "\n")
    head = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"
    parts.append(JUDGED + head + "\n".join(_judged(name, kind) for name, kind in CATALOGUE.items()) + "\n")
    return "\n".join(parts)


def _matrix() -> str:
    head = "| |" + "|".join(f" {onset} " for onset in Onset) + "|"
    rows = [
        f"| {harm} |" + "|".join(f" {row[onset]} " for onset in Onset) + "|" for harm, row in MATRIX.items()
    ]
    return "\n".join([head, "|---|---|---|---|", *rows])


def _row(name: str, kind: AlarmKind) -> str:
    return f"| `{name}` | {kind.known} | {kind.unknown} | {kind.do} |"


def _judged(name: str, kind: AlarmKind) -> str:
    decided = kind.decided if kind.decided.isdigit() else f"`{kind.decided}`"
    why = f"{kind.priority} = {kind.harm} x {kind.onset}"
    test = kind.test.partition("::")[2]
    off, latches = (f"{kind.off_s} s" if kind.off_s else "at once"), ("yes" if kind.latching else "no")
    cells = (name, kind.when, kind.type, why, kind.why, decided, off, kind.run, latches, f"`{test}`")
    return f"| {' | '.join(cells)} |"
