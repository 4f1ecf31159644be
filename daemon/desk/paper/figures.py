"""Numbers as the papers show them: those of the sheet on the screen, and a pen's line where there is none."""

from __future__ import annotations

from decimal import Decimal

from daemon.desk.paper.model import Table
from daemon.protocols.rendering import figure

PEN = "______"


def shown(number: Decimal | None) -> str:
    """In full up to six places, else rounded and marked; empty for none."""
    return "" if number is None else figure(number)


def or_pen(number: Decimal | None) -> str:
    """The number, or a line to write it on."""
    return PEN if number is None else figure(number)


def clock(minutes: Decimal) -> str:
    """Minutes since a start as h:mm, and seconds where there are any; rounded to a second."""
    seconds = int((minutes * 60).to_integral_value())
    hours, rest = divmod(seconds, 3600)
    text = f"{hours}:{rest // 60:02}"
    return f"{text}:{rest % 60:02}" if rest % 60 else text


def lasting(minutes: Decimal) -> str:
    """Minutes as hours, minutes and seconds in words; rounded to a second."""
    seconds = int((minutes * 60).to_integral_value())
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def rounded(table: Table) -> tuple[str, ...]:
    """What the sign of a rounded number means, where the table has one."""
    found = any("≈" in cell for line in table.lines for cell in line.cells)
    return ("≈ rounded for the paper; all other numbers are exact.",) if found else ()
