"""When a link is too old or too slow to carry more drug (F28). Pure.

What a broker keeps, doubles and delays is thrown away below: `drivers/links/mqtt`. STOP and reading are never
held up by this: less drug never waits.
"""

from __future__ import annotations

from decimal import Decimal

FRESH_MS = 1_000
"""Nothing that gives more is sent when the last round trip ended longer ago (F28)."""


def no_more(now_ms: int, answer_ms: int, trip_ms: int, watchdog_s: Decimal | None) -> str:
    """Why a link may not carry more drug now, empty if it may: its last round trip is too old or too long.

    Too long is more than a third of the pump's own watchdog of `watchdog_s`; None = it has none.
    """
    if now_ms - answer_ms > FRESH_MS:
        return (
            f"the last answer is {now_ms - answer_ms} ms old; more drug needs one of the last {FRESH_MS} ms"
        )
    if watchdog_s is not None and trip_ms * 3 > watchdog_s * 1000:
        return f"the last answer took {trip_ms} ms: more than a third of the watchdog of {watchdog_s} s"
    return ""
