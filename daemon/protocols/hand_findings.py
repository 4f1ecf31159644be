"""Signals that a hand alone gives at this bed: what the prescriber asks of the nurse (F32)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemon.exact_json import plain
from daemon.protocols.case import Case
from daemon.protocols.parse import Raw
from daemon.protocols.patient_checks import ages_by_hand
from daemon.protocols.plan import Finding, Severity
from drivers.values import MonitorCapabilities


def by_hand_alone(case: Case, data: Raw, monitors: Sequence[MonitorCapabilities] | None) -> Iterator[Finding]:
    """One for each signal that is watched, may be entered, and is given by no monitor of the bed."""
    if monitors is None:
        return
    ages = ages_by_hand(data)
    for index, rule in enumerate(case.parts.signals):
        if rule is None or rule.signal not in ages or any(rule.signal in one.signals for one in monitors):
            continue
        yield Finding(
            Severity.WARNING,
            "by_hand_alone",
            f"signals[{index}]",
            f"no monitor of this bed gives {rule.signal}: it must be measured and entered by hand before the "
            f"start, and again at the latest {plain(ages[rule.signal])} min after each measurement",
        )
