"""Steps that an occlusion could swallow whole before the pump says a word (F14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from daemon.exact_json import plain
from daemon.protocols.case import short
from daemon.protocols.measure import StepMeasure
from daemon.protocols.plan import Finding, Severity


def smaller_than_occlusion(
    steps: Sequence[StepMeasure | None], occlusion_ml: Decimal | None
) -> Iterator[Finding]:
    """A warning for each step whose whole volume fits into pump and set before the occlusion alarms."""
    if occlusion_ml is None:
        return
    for index, step in enumerate(steps):
        if step is not None and step.volume < Fraction(occlusion_ml):
            yield Finding(
                Severity.WARNING,
                "smaller_than_occlusion",
                f"steps[{index}]",
                f"step {index + 1} gives {short(step.volume)} mL: a blocked line can store "
                f"{plain(occlusion_ml)} mL before the pump alarms, so this step may be counted and not given",
            )
