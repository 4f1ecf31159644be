"""Whether the ward hears of this bed: told by the feeds, an alarm at the bed and nothing more (A5, A11)."""

from __future__ import annotations

from daemon.engine import inputs as inp
from daemon.engine.draft import Draft


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
