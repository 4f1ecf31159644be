"""What is ordered for doses by hand, in sentences: such a file has no plan to take them from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from daemon.desk.paper.figures import PEN, shown

_REACTION = "as the prescriber orders: ______________________________"


def by_hand(data: Mapping[str, object]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Headings and sentences; a line for a pen where the file has no number."""
    return tuple((heading, (sentence,)) for heading, sentence in _rows(data))


def _rows(data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    yield "Reaction", _REACTION
    yield (
        "A dose is late",
        f"by {_number(data, 'late_min')} min or more: not given before the prescriber is asked",
    )
    yield "Look at the patient", f"by the nurse, every {_number(data, 'assessment', 'every_min')} min"
    yield "After the end", f"observed for {_number(data, 'after_watch', 'minutes')} min"


def _number(data: Mapping[str, object], *path: str) -> str:
    found: object = data
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    whole = isinstance(found, int) and not isinstance(found, bool)
    if whole or (isinstance(found, Decimal) and found.is_finite()):
        return shown(Decimal(str(found)))
    return PEN
