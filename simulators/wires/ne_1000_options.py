"""Where the NE-1000 documents are silent, each reading is a named choice (facts: pumps 6, 21)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Framing(StrEnum):
    """Basic or Safe."""

    BASIC = "basic"
    SAFE = "safe"


class TotalsAtRun(StrEnum):
    """Whether a program that begins counts on, or from zero."""

    KEPT = "kept"
    CLEARED = "cleared"


class Does(StrEnum):
    """Whether a command is carried out."""

    REFUSED = "refused"
    ACCEPTED = "accepted"


class Digits(StrEnum):
    """What becomes of digits that do not fit."""

    TRUNCATED = "truncated"
    ROUNDED = "rounded"


class Resting(StrEnum):
    """How a program stands."""

    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Ne1000Options:
    """Diameter mm, speeds of the pusher cm per hour and minute, times s, volumes mL, rates mL/h."""

    ne_version: str = "NE1000V3.923"
    ne_address: int = 0
    ne_diameter_mm: Decimal = Decimal("26.59")
    ne_speed_min_cm_h: Decimal = Decimal("0.004205")
    ne_speed_max_cm_min: Decimal = Decimal("5.1005")
    ne_ramp_s: Decimal = Decimal(0)
    ne_stop_s: Decimal = Decimal(0)
    """How long the stepping motor takes to its speed, and to a stand."""
    ne_saf_s: int = 0
    """Safe mode as the last user left it; it survives power-off."""
    ne_second_phase: Does = Does.ACCEPTED
    """`accepted`: a phase 2 was left in the pump that pumps on, `refused`: it ends there."""
    ne_second_rate_ml_h: Decimal = Decimal(100)
    ne_safe_in_basic: Does = Does.ACCEPTED
    """A Safe packet to a pump in Basic mode."""
    ne_enter_reply: Framing = Framing.SAFE
    """The mode of the reply to a `SAF n` that came in Basic mode."""
    ne_alarm_command: Does = Does.REFUSED
    """The command whose reply reports an alarm."""
    ne_paused_data: Does = Does.REFUSED
    """Data that come while the program is paused."""
    ne_stop_stopped: Does = Does.REFUSED
    """STP to a pump that is stopped."""
    ne_clear_running: Does = Does.REFUSED
    """CLD to a pump that runs."""
    ne_after_watchdog: Resting = Resting.PAUSED
    """How the program stands after the Safe watchdog stopped it."""
    ne_totals_at_run: TotalsAtRun = TotalsAtRun.KEPT
    ne_display: Digits = Digits.TRUNCATED
    """The count of what was dispensed."""
    ne_too_many_digits: Does = Does.ACCEPTED
    """`accepted`: a number of more than four digits is rounded to four."""
