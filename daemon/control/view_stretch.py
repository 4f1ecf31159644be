"""A stretch at a fraction of the tolerated dose rate as data, and what follows it (F2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from daemon.engine import fraction, resume
from daemon.engine.state import RunState
from daemon.engine.stretch import Stretch
from daemon.protocols.rules import Choice


def stretch_of(state: RunState) -> dict[str, Any] | None:
    """The present stretch; None where the step itself is given."""
    return None if state.stretch is None else _told(state, state.stretch, state.step)


def chosen(state: RunState, choice: Choice) -> dict[str, Any] | None:
    """The stretch a choice would lead to; None where it leads to a step."""
    stretch = resume.following(state, choice)
    return _told(state, stretch, resume.target_step(state, choice)) if isinstance(stretch, Stretch) else None


def ordered(state: RunState) -> dict[str, Decimal]:
    """What a stretch puts in the place of the step's own figures; empty where there is none."""
    told = stretch_of(state)
    keys = ("rate_ml_h", "dose_rate_h", "minutes", "volume_ml")
    return {} if told is None else {key: told[key] for key in keys}


def next_step(state: RunState) -> int | None:
    """The step that follows what is given now; None at the end of the plan and where a person decides."""
    following = fraction.follows(state)
    held = state.stretch is not None and state.stretch.ends_held
    return None if held or following > len(state.plan.steps) else following


def repeats(state: RunState) -> bool:
    """The same stretch follows once more."""
    return state.stretch is not None and state.stretch.again > 0


def _told(state: RunState, stretch: Stretch, step: int) -> dict[str, Any]:
    concentration = state.plan.solution(state.plan.step(step).solution).concentration
    return {
        "rate_ml_h": stretch.rate_ml_h,
        "dose_rate_h": stretch.rate_ml_h * concentration,
        "minutes": stretch.minutes,
        "volume_ml": stretch.goal_ml,
        "then": str(stretch.then),
        "again": stretch.again,
    }
