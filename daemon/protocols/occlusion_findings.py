"""Steps that an occlusion could swallow whole before the pump says a word (F14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from daemon.exact_json import plain
from daemon.protocols.case import short
from daemon.protocols.device_checks import Carrier
from daemon.protocols.measure import StepMeasure
from daemon.protocols.plan import Finding, Severity


def smaller_than_occlusion(
    steps: Sequence[StepMeasure | None], carriers: Mapping[str, Carrier]
) -> Iterator[Finding]:
    """A warning for each step whose whole volume fits into pump and set before the occlusion alarms."""
    for index, step in enumerate(steps):
        carrier = carriers.get(step.solution) if step is not None else None
        occlusion_ml = carrier.occlusion_ml if carrier is not None else None
        if step is not None and occlusion_ml is not None and step.volume < Fraction(occlusion_ml):
            yield Finding(
                Severity.WARNING,
                "smaller_than_occlusion",
                f"steps[{index}]",
                f"step {index + 1} gives {short(step.volume)} mL: a blocked line can store "
                f"{plain(occlusion_ml)} mL before the pump alarms, so this step may be counted and not given",
            )
