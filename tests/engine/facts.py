"""What one fact changes in the state of a run, field by field, and nothing else."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from daemon.engine import events as ev
from daemon.engine.evolve import evolve
from daemon.engine.state import RunState


def changed(before: object, after: object, name: str = "") -> dict[str, object]:
    """Dotted names of the fields that differ, with their new values; records of one class field by field."""
    if before == after:
        return {}
    if not is_dataclass(before) or type(before) is not type(after):
        return {name: after}
    found: dict[str, object] = {}
    for field in fields(before):
        inner = f"{name}.{field.name}".lstrip(".")
        found |= changed(getattr(before, field.name), getattr(after, field.name), inner)
    return found


def told(state: RunState, event: ev.Event, at: int) -> dict[str, object]:
    """What the fact changes beside the time and the number of the screen."""
    found = changed(state, evolve(state, event, at))
    assert found.pop("at_ms", at) == at
    found.pop("screen", None)
    return found
