"""`docs/reference/alarms.md`, written from the alarm table of the engine."""

from __future__ import annotations

from daemon.engine.alarm_kind import LINE_FIRST, MATRIX, AlarmKind, Onset, Priority
from daemon.engine.alarms import CATALOGUE

HEAD = f"""\
# Alarms

Not a medical device. Written from `daemon/engine/alarms.py` by `python -m tests.docs.write`; a test
fails where the two differ.

An alarm is a *condition*: it is raised once, stays while it lasts, and is over when it is over.
Priorities are harm x onset, as in IEC 60601-1-8:

{{matrix}}

The text of a `held_` alarm begins with the line: *{LINE_FIRST}* It ends when the run is resumed, taken
over by hand or aborted. One cause raises one alarm: what it shuts are lines in that alarm (F31).
"""

JUDGED = """\
## How each is judged

*Decided after* is the alarm condition delay in seconds, 0 = in the decision that sees it; or the key of the
protocol or bed file that orders it. SP = physiological, ST = technical, SA = advisory.

| id | condition | type | priority = harm x onset | what it would be | decided after | the run | raised by |
|---|---|---|---|---|---|---|---|
"""


def alarm_page() -> str:
    """The whole page."""
    parts = [HEAD.format(matrix=_matrix())]
    for priority in Priority:
        rows = [_row(name, kind) for name, kind in CATALOGUE.items() if kind.priority is priority]
        table = ["| id | what is known | what is not known | what to do |", "|---|---|---|---|", *rows]
        parts.append(f"## {priority}\n\n" + "\n".join(table) + "\n")
    parts.append(JUDGED + "\n".join(_judged(name, kind) for name, kind in CATALOGUE.items()) + "\n")
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
    return f"| {name} | {kind.when} | {kind.type} | {why} | {kind.why} | {decided} | {kind.run} | `{test}` |"
