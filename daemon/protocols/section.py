"""What every table of our files has in common."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from daemon.protocols.blanks import is_blank
from daemon.protocols.numbers import refusal


def _plain_words(text: str) -> str:
    if is_blank(text):
        raise refusal("blank", "this is left blank", "fill it in")
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} for sign in text):
        raise refusal(
            "control_character",
            "this text has a sign that is not printed, such as a line break",
            "write it on one line, with letters, digits and signs only",
        )
    return text


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=400),
    AfterValidator(_plain_words),
]


class Section(BaseModel):
    """Strict, frozen, and no key that is not known."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
