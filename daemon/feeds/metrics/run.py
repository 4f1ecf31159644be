"""Metrics of the run: where it stands, what it has given, what holds it. No value of a vital sign is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from daemon.engine.alarms import Priority
from daemon.engine.phases import Mode, Phase
from daemon.feeds.following import Heard
from daemon.feeds.metrics.exposition import Kind, Sample
from daemon.feeds.metrics.metric import Metric, each, one, which
from daemon.protocols.rules import HoldCause


def _dose(said: dict[str, Any], unit: str) -> Iterator[Sample]:
    for bound in ("low", "high"):
        yield {"bound": bound, "unit": unit}, said[bound]


def _alarms(heard: Heard, *, unseen: bool = False) -> Iterator[Sample]:
    alarms = [one["priority"] for one in heard.status["alarms"] if not (unseen and one["acknowledged_by"])]
    return each("priority", ((priority.value, alarms.count(priority.value)) for priority in Priority))


def _causes(heard: Heard) -> list[str]:
    hold = heard.status["hold"]
    return [] if hold is None else list(hold["causes"])


def _holds(heard: Heard) -> Iterator[Sample]:
    holds = heard.status["holds"]
    return each(
        "cause", ((cause.value, holds.get(cause.value, {"times": 0})["times"]) for cause in HoldCause)
    )


METRICS = (
    Metric(
        "infusiond_mode",
        "The one word on every screen: 1 for the mode the bed is in.",
        lambda h: which("mode", Mode, [h.status["mode"]]),
    ),
    Metric(
        "infusiond_phase",
        "1 for the phase the run is in.",
        lambda h: which("phase", Phase, [h.status["phase"]]),
    ),
    Metric("infusiond_phase_age_seconds", "Engine time in this phase.", lambda h: one(h.status["phase_s"])),
    Metric("infusiond_step", "Number of the step, from 1.", lambda h: one(h.status["step"]["number"])),
    Metric("infusiond_steps", "Steps of the protocol.", lambda h: one(h.status["protocol"]["steps"])),
    Metric(
        "infusiond_dose_given",
        "Dose that has left the pump; the truth lies between the two bounds.",
        lambda h: _dose(h.status["dose"], h.status["dose"]["unit"]),
    ),
    Metric(
        "infusiond_dose_reached",
        "Dose that has reached the patient through the line, between two bounds.",
        lambda h: _dose(h.status["exposure"], h.status["dose"]["unit"]),
    ),
    Metric("infusiond_alarms_active", "Alarms that are on.", _alarms),
    Metric(
        "infusiond_alarms_unacknowledged",
        "Alarms that are on and that nobody has acknowledged.",
        lambda h: _alarms(h, unseen=True),
    ),
    Metric(
        "infusiond_hold",
        "1 for each cause that holds the run now.",
        lambda h: which("cause", HoldCause, _causes(h)),
    ),
    Metric("infusiond_holds_total", "Holds in this run; begins anew with each run.", _holds, Kind.COUNTER),
    Metric(
        "infusiond_gate_reasons",
        "What shuts the gate: 0 = open, or not judged.",
        lambda h: one(len(h.status["gate"])),
    ),
    Metric(
        "infusiond_gap_seconds",
        "Engine time without drug, now; 0 while drug is on.",
        lambda h: one(h.status["gap"]["current_s"]),
    ),
    Metric(
        "infusiond_gap_judged_seconds",
        "The gap as it is judged; no sample: nobody knows it, and the strictest rule holds.",
        lambda h: one(h.status["gap"]["judged_s"]),
    ),
)
