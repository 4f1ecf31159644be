"""What every act of a person has in common."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did. `act_id` makes a double tap one act; `by` is the name as claimed.

    `seen` is the number of the screen the person decided on; None where no screen was shown.
    """

    act_id: str
    by: str
    seen: int | None = field(default=None, kw_only=True)
