"""`docs/reference/alarms.md`, written from the catalogue of the engine."""

from __future__ import annotations

from daemon.engine.alarms import CATALOGUE, LINE_FIRST, AlarmKind, Priority

HEAD = f"""\
# Alarms

Not a medical device. Written from `daemon/engine/alarms.py` by `python -m tests.docs.write`; a test
fails where the two differ.

An alarm is a *condition*: it is raised once, stays while it lasts, and is cleared when it is over.
`infusiond ack ID` says that it was seen; the condition stays. `infusiond status` and `infusiond status
--watch` show it; nothing sounds and nothing leaves the host in this version. Priorities and their
colours are those of IEC 60601-1-8.

The text of a `held_` alarm begins with the line: *{LINE_FIRST}* It ends when the run is resumed, taken
over by hand or aborted.
"""


def alarm_page() -> str:
    """The whole page."""
    parts = [HEAD]
    for priority in Priority:
        rows = [_row(name, kind) for name, kind in CATALOGUE.items() if kind.priority is priority]
        table = ["| id | what is known | what is not known | what to do |", "|---|---|---|---|", *rows]
        parts.append(f"## {priority}\n\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


def _row(name: str, kind: AlarmKind) -> str:
    return f"| `{name}` | {kind.known} | {kind.unknown} | {kind.do} |"
