"""What every table of our files has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class Section(BaseModel):
    """Strict, frozen, and no key that is not known."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
