"""Alarms that began and ended while nobody could be told: start and end out of the record. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from daemon.engine import events as ev
from daemon.engine.alarms import CATALOGUE
from daemon.feeds.hl7.alerts import PRIORITIES, Alert, Inactivation, State
from daemon.feeds.hl7.book import Book
from daemon.feeds.mirror import Passed


class History:
    """Fed with every record in order; `book` knows what was told as it happened."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._began: dict[str, tuple[int, datetime, str]] = {}

    def passed(self, one: Passed) -> Iterator[Alert]:
        """The two messages of an alarm that was missed whole, with the times at which it was."""
        event = one.event
        if isinstance(event, ev.RunOpened):
            self._began.clear()
        if isinstance(event, ev.AlarmRaised):
            self._began[event.alarm] = (one.after.at_ms, one.at, event.detail)
        if not isinstance(event, ev.AlarmCleared) or event.alarm not in self._began:
            return
        raised_ms, began, detail = self._began.pop(event.alarm)
        key = f"{event.alarm}-{raised_ms}"
        if key in self._book.told:
            return
        if key in self._book.ended:
            self._book.ended.discard(key)
            return
        kind = CATALOGUE[event.alarm]
        for number, phase, state, at in (
            (0, "start", State.ACTIVE, began),
            (1, "end", State.INACTIVE, one.at),
        ):
            yield Alert(
                key=key,
                alarm=event.alarm,
                number=number,
                phase=phase,
                state=state,
                inactivation=Inactivation.ENABLED,
                priority=PRIORITIES[kind.priority],
                text=kind.text,
                detail=detail,
                occlusion=False,
                began=began,
                at=at,
            )
