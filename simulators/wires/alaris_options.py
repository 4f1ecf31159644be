"""Where the Asena documents are silent, each reading is a named choice (facts: pumps 3 and 21)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class LimitShown(StrEnum):
    """What INF_VTBI reads back: what is left, or the number as it was set."""

    REMAINDER = "remainder"
    SET = "set"


class HeldRate(StrEnum):
    """The rate INF shows while the motor stands; recorded is zero."""

    ZERO = "zero"
    SET = "set"


class Refusal(StrEnum):
    """How a command is refused: what is in force, a word behind the command, a word of its own, nothing."""

    ECHO_OLD = "echo_old"
    DENIED = "denied"
    ERROR_WORD = "error_word"
    SILENT = "silent"


class TimeOutEnds(StrEnum):
    """What ends AL_COMTO: remote control taken again, or a key at the pump."""

    REENTRY = "reentry"
    KEY = "key"


class EndShown(StrEnum):
    """What INF_VTBI says once the limit was reached: an active zero, or inactive."""

    ZERO = "zero"
    INACTIVE = "inactive"


class Lie(StrEnum):
    """What is echoed and not done."""

    NONE = "none"
    RATE = "rate"
    LIMIT = "limit"
    START = "start"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class AlarisOptions:
    """The pump's identity, limits (mL/h, mL, ms, s) and readings."""

    asena_serial: str = "8002-51740"
    asena_protocol: str = "Asena Rev 2.1.5"
    asena_response_max_ms: int = 4000
    asena_reply_min_s: float = 0.0
    asena_reply_max_s: float = 0.0
    """Every answer takes a time between the two, in the order of the questions."""
    asena_acts_late: bool = False
    """A command takes effect with its answer, not when it arrives."""
    asena_remote: bool = True
    """Off: remote control is refused, as by later firmware or a closed service menu."""
    asena_configuration: bool = True
    """Off: REMOTE_CFG alone is refused."""
    asena_refusal: Refusal = Refusal.ECHO_OLD
    asena_time_out_ends: TimeOutEnds = TimeOutEnds.REENTRY
    asena_limit_shown: LimitShown = LimitShown.REMAINDER
    asena_end_shown: EndShown = EndShown.ZERO
    asena_held_rate: HeldRate = HeldRate.ZERO
    asena_infusing_word: str = "INF"
    asena_rate_max: Decimal = Decimal(1200)
    asena_limit_max: Decimal = Decimal(50)
    asena_syringe: str = "BD PLASTIPAK"
    asena_syringe_ml: int = 50
    asena_confirmed: bool = True
    """Off: nobody has confirmed the syringe at the pump."""
    asena_log: int = 214725
    asena_log_counts_remote: bool = False
    """On: our own commands move the log id too, not only keys and alarms."""
    asena_lie: Lie = Lie.NONE
