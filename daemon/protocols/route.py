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


Route = Annotated[Literal["iv"], BeforeValidator(_through_a_pump)]
