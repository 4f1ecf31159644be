"""A vital sign two monitors of a bed give: which of them leads, and when they disagree (F32)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from drivers.values import Signal


@dataclass(frozen=True, slots=True)
class SharedSignal:
    """The value of `lead` is shown; the worst is judged. Apart by `by` or more for `for_s`, they disagree.

    `by` in the unit of the signal. The bed file says all of it; nothing has a default.
    """

    signal: Signal
    lead: str
    by: Decimal
    for_s: Decimal
