"""Whether the ward hears of this bed: told by the feeds, an alarm at the bed, no more ((A) A5, A11)."""

from __future__ import annotations

from typing import assert_never

from daemon.engine import inputs as inp
from daemon.engine import ward
from daemon.engine.draft import Draft

Told = inp.FeedsLost | inp.FeedsBack | inp.AlarmsUnconfirmed | inp.WardAcknowledged | inp.WardUnheard


def told(draft: Draft, given: Told) -> None:
    """What the feeds say of themselves and of the ward."""
    match given:
        case inp.FeedsLost():
            lost(draft, given)
        case inp.FeedsBack():
            back(draft)
        case inp.AlarmsUnconfirmed():
            unconfirmed(draft, given)
        case inp.WardAcknowledged():
            ward.acknowledged(draft, given)
        case inp.WardUnheard():
            ward.unheard(draft, given)
        case _:
            assert_never(given)


def lost(draft: Draft, given: inp.FeedsLost) -> None:
    """A feed to the ward fails: the bed itself must be watched."""
    draft.alarm("feed_lost", given.reason)


def back(draft: Draft) -> None:
    """All feeds are heard again."""
    draft.clear("feed_lost")


def unconfirmed(draft: Draft, given: inp.AlarmsUnconfirmed) -> None:
    """No station has confirmed these in time; empty = every one is confirmed or over."""
    if given.alarms:
        draft.alarm("feed_unconfirmed", given.alarms)
    else:
        draft.clear("feed_unconfirmed")
