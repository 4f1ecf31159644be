"""A protocol file read part by part, so that one bad part does not hide the faults of the others."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from daemon.protocols.blanks import is_blank
from daemon.protocols.numbers import Positive
from daemon.protocols.schema import (
    CeilingsIn,
    GapRuleIn,
    LimitIn,
    ResumeIn,
    SignalIn,
)
from daemon.protocols.schema_bags import BagIn, SolutionIn
from daemon.protocols.schema_steps import StepIn

Part = TypeVar("Part", bound=BaseModel)
Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a file could be read; None stands for a part that has a fault of its own."""

    target_dose: Decimal | None
    solutions: tuple[BagIn | None, ...]
    steps: tuple[StepIn | None, ...]
    signals: tuple[SignalIn | None, ...]
    limits: tuple[LimitIn | None, ...]
    resume: tuple[ResumeIn | None, ...]
    gap_rules: tuple[GapRuleIn | None, ...]
    ceilings: CeilingsIn | None
    exposure_accepted: bool
    solution_ids: tuple[object, ...]
    """As the file has them, readable or not, so that a bad bag is not also an unknown one."""
    step_solutions: tuple[object, ...]
    resume_said: frozenset[tuple[object, object]]

    def solution(self, solution_id: str) -> BagIn | None:
        """The readable solution with this id."""
        return next((one for one in self.solutions if one is not None and one.id == solution_id), None)


def parts(data: Raw, *, driven: bool) -> Parts:
    """Read every part on its own; a bag that no pump gives need not say all a bag on a pump does."""
    bag = SolutionIn if driven else BagIn
    gap = data.get("gap")
    return Parts(
        target_dose=_positive(data.get("target_dose")),
        solutions=tuple(_bag(bag, entry) for entry in entries(data, "solutions")),
        steps=read_list(StepIn, data, "steps"),
        signals=read_list(SignalIn, data, "signals"),
        limits=read_list(LimitIn, data, "limits"),
        resume=read_list(ResumeIn, data, "resume"),
        gap_rules=read_list(GapRuleIn, gap if isinstance(gap, Mapping) else {}, "rules"),
        ceilings=read(CeilingsIn, data.get("ceilings")),
        exposure_accepted=data.get("exposure") == "accepted" and bool(data.get("exposure_accepted_by")),
        solution_ids=_said(data, "solutions", "id"),
        step_solutions=_said(data, "steps", "solution"),
        resume_said=frozenset(
            zip(_said(data, "resume", "cause"), _said(data, "resume", "grade"), strict=True)
        ),
    )


def _positive(value: object) -> Decimal | None:
    try:
        return TypeAdapter(Positive, config=ConfigDict(strict=True)).validate_python(value)
    except ValidationError:
        return None


def entries(data: Raw, key: str) -> list[object]:
    """The blocks of this name, readable or not; none where it is no list."""
    found = data.get(key)
    return found if isinstance(found, list) else []


def _bag(model: type[BagIn], raw: object) -> BagIn | None:
    """A bag in which a person has still to order something is computed with, as if its line were primed."""
    found = read(model, raw)
    if found is not None or not isinstance(raw, Mapping):
        return found
    said: dict[str, object] = {key: value for key, value in raw.items() if not is_blank(value)}
    line = said.get("line")
    if isinstance(line, Mapping):
        known = {key: value for key, value in line.items() if not is_blank(value)}
        said["line"] = {"dead_volume_ml": 0, "y_site_ml": 0, "primed": True, **known}
    return read(BagIn, said) if said != raw else None


def read_list(model: type[Part], data: Raw, key: str) -> tuple[Part | None, ...]:
    """Each entry of a list read on its own; None for one with a fault."""
    entries = data.get(key)
    return tuple(read(model, entry) for entry in entries) if isinstance(entries, list) else ()


def _said(data: Raw, key: str, name: str) -> tuple[object, ...]:
    entries = data.get(key)
    if not isinstance(entries, list):
        return ()
    words = (entry.get(name) if isinstance(entry, Mapping) else None for entry in entries)
    return tuple(word if isinstance(word, str) else None for word in words)


def read(model: type[Part], raw: object) -> Part | None:
    """The part, read without the keys nobody knows: those are faults already; None for any other fault."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        unknown = [detail["loc"] for detail in error.errors() if detail["type"] == "extra_forbidden"]
    if not unknown:
        return None
    known = copy.deepcopy(raw)
    for location in unknown:
        _remove(known, location)
    try:
        return model.model_validate(known)
    except ValidationError:
        return None


def _remove(data: object, location: tuple[int | str, ...]) -> None:
    for part in location[:-1]:
        data = data[part]  # type: ignore[index]
    if isinstance(data, dict):
        data.pop(location[-1], None)
