"""What was planned and what was given, from the journal alone: the page a pharmacist signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daemon.control.report_watch import WATCH_PARTS, holds_per_hour, watch_entry
from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine.phases import Phase
from daemon.journal.records import Record, event_of
from daemon.journal.walk import Fault
from daemon.runtime.replay import replay


@dataclass(frozen=True, slots=True)
class _Line:
    at_ms: int
    utc: str
    event: ev.Event


def report(records: Sequence[Record], fault: Fault | None) -> dict[str, Any]:
    """Doses per solution, holds, resumes, gaps, alarms and persons of the newest run; times in seconds."""
    newest = replay(records)
    verified = {
        "records": records[-1].seq if records else 0,
        "ok": fault is None,
        "fault": f"record {fault.seq}: {fault.why}" if fault is not None else None,
    }
    if newest is None:
        return {"journal": verified, "run": None}
    begun = newest.state.started_ms
    lines = [_line(record) for record in records if record.seq >= newest.first_seq]
    begun = begun if begun is not None else lines[0].at_ms
    told: dict[str, list[dict[str, Any]]] = {part: [] for part in PARTS}
    for line in lines:
        part, entry = _entry(line.event, begun)
        if part:
            told[part].append({"at_s": (line.at_ms - begun) // 1000, "utc": line.utc, **entry})
    seen = view(newest.state, newest.state.at_ms)
    over = newest.state.phase in (Phase.AFTER_WATCH, Phase.COMPLETED, Phase.ABORTED)
    return {
        "journal": verified,
        "run": {
            **{key: seen[key] for key in ("bed", "simulated", "bench", "phase", "protocol", "started_by")},
            "started_utc": next((line.utc for line in lines if isinstance(line.event, ev.RunStarted)), None),
            "ended_utc": _ended(lines) if over else None,
            **{key: seen[key] for key in ("dose", "exposure", "worse", "linked", "line")},
            "solutions": seen["solutions"],
            "holds_per_hour": holds_per_hour(newest.state),
            "gap_open_s": seen["gap"]["current_s"],
            **told,
        },
    }


PARTS = ("steps", "holds", "resumes", "gaps", "alarms", "acts", *WATCH_PARTS)


def _line(record: Record) -> _Line:
    content = record.content()
    return _Line(int(content["at_ms"]), str(content["utc"]), event_of(content))


def _ended(lines: Sequence[_Line]) -> str | None:
    """When the last step ended or the run was aborted."""
    ends = (Phase.AFTER_WATCH, Phase.ABORTED)
    found = [
        line.utc for line in lines if isinstance(line.event, ev.PhaseEntered) and line.event.phase in ends
    ]
    return found[0] if found else None


def _entry(event: ev.Event, begun: int) -> tuple[str, dict[str, Any]]:
    """The part of the report an event belongs to, and what it says there."""
    match event:
        case ev.StepEnded() | ev.StretchEnded():
            return "steps", {
                "step": event.step,
                "stretch": isinstance(event, ev.StretchEnded),
                "given_ml": {"low": event.given.low, "high": event.given.high},
                "proven_s": event.proven_ms // 1000,
            }
        case ev.Held():
            grade = event.grade.value if event.grade is not None else None
            return "holds", {
                "cause": event.cause.value,
                "grade": grade,
                "reason": event.reason,
                "by": event.by,
            }
        case ev.Resumed():
            return "resumes", {
                "choice": str(event.choice),
                "stretch_ml_h": event.stretch.rate_ml_h if event.stretch is not None else None,
                "step": event.step,
                "gap_s": event.gap_ms // 1000 if event.gap_ms is not None else None,
                "gap_action": event.gap_action.value,
                "by": event.by,
                "witness": event.witness,
                "reason": event.reason,
            }
        case ev.GapClosed():
            seconds = (event.to_ms - event.from_ms) // 1000
            return "gaps", {"from_s": (event.from_ms - begun) // 1000, "seconds": seconds}
        case ev.AlarmRaised():
            return "alarms", {"alarm": event.alarm, "detail": event.detail}
        case ev.ActTaken():
            return "acts", {
                "act": event.act,
                "by": event.by,
                "accepted": event.accepted,
                "answer": event.answer,
            }
        case _:
            return watch_entry(event, begun)
