"""Checks of a protocol against several pumps that meet at a Y-site (F23, F39)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from daemon.exact_json import plain
from daemon.protocols.case import Case
from daemon.protocols.device_checks import Carrier
from daemon.protocols.faults import Fault


def several_pumps_faults(case: Case, carriers: Mapping[str, Carrier]) -> Iterator[Fault]:
    """The volume behind the Y-site is not said, or a flush does not come through the line it is to empty."""
    if len({carrier.name for carrier in carriers.values()}) < 2:
        return
    for index, bag in enumerate(case.parts.solutions):
        if bag is not None and bag.line is not None and bag.line.y_site_ml == 0:
            yield case.fault(
                f"solutions[{index}].line.y_site_ml",
                plain(bag.line.y_site_ml),
                "several pumps meet at a Y-site, and behind it is still the solution before (F39)",
                "measure the part from the Y-site to the vein and give its mL for every solution",
                "y_site_missing",
            )
    yield from _flushes(case, carriers)


def _flushes(case: Case, carriers: Mapping[str, Carrier]) -> Iterator[Fault]:
    flushes = {bag.id for bag in case.parts.solutions if bag is not None and bag.flush}
    steps = case.measures.steps
    for index, (before, step) in enumerate(itertools.pairwise(steps), 1):
        if before is None or step is None or step.solution not in flushes:
            continue
        pushed, pushing = carriers.get(before.solution), carriers.get(step.solution)
        if pushed is not None and pushing is not None and pushed.name != pushing.name:
            yield case.fault(
                f"steps[{index}].solution",
                f'"{step.solution}"',
                f"the drug is in the line of {pushed.name}, and {pushing.name} gives the flush (F30)",
                f"let {pushed.name} carry this solution too",
                "flush_on_another_pump",
            )
