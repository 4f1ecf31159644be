"""What was planned and what was given, from the journal alone: the page a pharmacist signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daemon.control.view import view
from daemon.engine import events as ev
from daemon.journal.records import Record
from daemon.journal.store import Fault
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
        "records": len(records),
        "ok": fault is None,
        "fault": f"record {fault.seq}: {fault.why}" if fault is not None else None,
    }
    if newest is None:
        return {"journal": verified, "run": None}
    lines = [
        _Line(int(content["at_ms"]), str(content["utc"]), record.event())
        for record in records[newest.first_seq - 1 :]
        for content in (record.content(),)
    ]
    seen = view(newest.state, newest.state.at_ms)
    begun = newest.state.started_ms or lines[0].at_ms
    return {
        "journal": verified,
        "run": {
            "bed": seen["bed"],
            "simulated": seen["simulated"],
            "phase": seen["phase"],
            "protocol": seen["protocol"],
            "started_by": seen["started_by"],
            "started_utc": _utc_of(lines, ev.RunStarted),
            "ended_utc": _utc_of(lines, ev.PhaseEntered),
            "dose": seen["dose"],
            "solutions": seen["solutions"],
            "steps": [_step(line, begun) for line in lines if isinstance(line.event, ev.StepEnded)],
            "holds": [_hold(line, begun) for line in lines if isinstance(line.event, ev.Held)],
            "resumes": [_resume(line, begun) for line in lines if isinstance(line.event, ev.Resumed)],
            "gaps": [_gap(line.event, begun) for line in lines if isinstance(line.event, ev.GapClosed)],
            "alarms": [_alarm(line, begun) for line in lines if isinstance(line.event, ev.AlarmRaised)],
            "acts": [_act(line, begun) for line in lines if isinstance(line.event, ev.ActTaken)],
        },
    }


def _utc_of(lines: Sequence[_Line], kind: type) -> str | None:
    found = [line.utc for line in lines if isinstance(line.event, kind)]
    return found[-1] if found else None


def _step(line: _Line, begun: int) -> dict[str, Any]:
    event = line.event
    if not isinstance(event, ev.StepEnded):
        raise TypeError(event)
    return {
        "at_s": (line.at_ms - begun) // 1000,
        "step": event.step,
        "given_ml": {"low": event.given.low, "high": event.given.high},
        "proven_s": event.proven_ms // 1000,
    }


def _hold(line: _Line, begun: int) -> dict[str, Any]:
    event = line.event
    if not isinstance(event, ev.Held):
        raise TypeError(event)
    return {
        "at_s": (line.at_ms - begun) // 1000,
        "utc": line.utc,
        "cause": event.cause.value,
        "grade": event.grade.value if event.grade is not None else None,
        "reason": event.reason,
        "by": event.by,
    }


def _resume(line: _Line, begun: int) -> dict[str, Any]:
    event = line.event
    if not isinstance(event, ev.Resumed):
        raise TypeError(event)
    return {
        "at_s": (line.at_ms - begun) // 1000,
        "utc": line.utc,
        "choice": str(event.choice),
        "step": event.step,
        "gap_s": event.gap_ms // 1000 if event.gap_ms is not None else None,
        "gap_action": event.gap_action.value,
        "by": event.by,
        "witness": event.witness,
        "reason": event.reason,
    }


def _gap(event: ev.GapClosed, begun: int) -> dict[str, Any]:
    return {"from_s": (event.from_ms - begun) // 1000, "minutes": (event.to_ms - event.from_ms) // 60_000}


def _alarm(line: _Line, begun: int) -> dict[str, Any]:
    event = line.event
    if not isinstance(event, ev.AlarmRaised):
        raise TypeError(event)
    return {"at_s": (line.at_ms - begun) // 1000, "alarm": event.alarm, "detail": event.detail}


def _act(line: _Line, begun: int) -> dict[str, Any]:
    event = line.event
    if not isinstance(event, ev.ActTaken):
        raise TypeError(event)
    return {
        "at_s": (line.at_ms - begun) // 1000,
        "utc": line.utc,
        "act": event.act,
        "by": event.by,
        "accepted": event.accepted,
        "answer": event.answer,
    }
