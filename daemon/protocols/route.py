"""How the drug enters the patient: through a pump into a vein, or it is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from daemon.protocols.numbers import refusal


def _through_a_pump(value: object) -> object:
    """A tablet or an injection cannot be held back by a STOP, and nobody asks here who gave it (F37)."""
    if value != "iv":
        raise refusal(
            "route",
            "steps without a pump are not given by this version (F37)",
            'give them by hand on paper; a protocol on a pump says route = "iv"',
        )
    return value


_BY_HAND = ("dose", "interval", "day")


def dose_by_hand(step: object) -> object:
    """A step with a dose instead of a rate, or a time to the next, is for a hand, not for a pump (F37)."""
    for key in step if isinstance(step, dict) else ():
        if isinstance(key, str) and key.split("_")[0] in _BY_HAND:
            raise refusal(
                "route",
                "a step with a dose and an interval is given by hand: not driven by this version (F37)",
                "give it on paper, or as a solution on a pump: solution, rate_ml_h, minutes",
                key=key,
            )
    return step


Route = Annotated[Literal["iv"], BeforeValidator(_through_a_pump)]
