"""What every table of our files has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from daemon.protocols.blanks import is_blank
from daemon.protocols.numbers import refusal


def _filled_in(text: str) -> str:
    if is_blank(text):
        raise refusal("blank", "this is left blank", "fill it in")
    return text


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=400),
    AfterValidator(_filled_in),
]


class Section(BaseModel):
    """Strict, frozen, and no key that is not known."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
