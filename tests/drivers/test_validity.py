"""Links that answer late carry nothing that gives more (F28)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.links.validity import no_more

WATCHDOG_S = Decimal("1.2")


@pytest.mark.parametrize(
    ("now_ms", "trip_ms", "watchdog_s", "word"),
    [
        (1000, 400, WATCHDOG_S, ""),
        (1001, 400, WATCHDOG_S, "the last answer is 1001 ms old"),
        (0, 401, WATCHDOG_S, "the last answer took 401 ms"),
        (0, 401, None, ""),
        (0, 1333, Decimal(4), ""),
        (0, 1334, Decimal(4), "more than a third of the watchdog of 4 s"),
    ],
)
def test_f28_no_more_on_a_link_that_is_old_or_slow(
    now_ms: int, trip_ms: int, watchdog_s: Decimal | None, word: str
) -> None:
    """F28: a round trip older than 1 s, or longer than a third of the watchdog."""
    for answer_ms in (0, 7, 86_400_000):
        why = no_more(answer_ms + now_ms, answer_ms, trip_ms, watchdog_s)
        assert bool(why) is bool(word)
        assert word in why
