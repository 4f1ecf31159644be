"""Alarms that began and ended while nobody could be told: start and end out of the record. Pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import datetime

from daemon.engine import events as ev
from daemon.engine.alarms import CATALOGUE
from daemon.engine.state import RunState
from daemon.feeds.hl7.alerts import PRIORITIES, Alert, Inactivation, State
from daemon.feeds.hl7.book import Book
from daemon.feeds.hl7.infusions import patient_of
from daemon.feeds.mirror import Passed


class History:
    """Fed with every record in order; `book` knows what was told as it happened.

    An alarm that is over is told from here only where nothing of it was told live and nothing will be.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self.anew()

    def anew(self) -> None:
        """Another journal begins."""
        self._began: dict[str, tuple[int, datetime, str]] = {}
        self._over: dict[str, tuple[int, Alert]] = {}
        self._run: RunState | None = None

    def passed(self, one: Passed) -> None:
        """Note when each alarm began and ended."""
        event = one.event
        match event:
            case ev.RunOpened():
                for alarm in tuple(self._began):
                    self._end(alarm, one)
            case ev.AlarmRaised(alarm=alarm):
                self._began[alarm] = (one.after.at_ms, one.at, event.detail)
            case ev.AlarmCleared(alarm=alarm) | ev.AlarmReset(alarm=alarm) if alarm in self._began:
                self._end(alarm, one)
            case _:
                pass
        self._run = one.after

    def _end(self, alarm: str, one: Passed) -> None:
        """It is over, or its run is: with the patient and the pump of its own run."""
        raised_ms, began, detail = self._began.pop(alarm)
        if one.record.seq > self._book.seq and self._run is not None:
            alert = _ended(f"{alarm}-{raised_ms}", alarm, detail, began, one.at)
            run = self._run
            alert = replace(alert, patient=patient_of(run), pump=run.pump_name)
            self._over[alert.key] = (one.record.seq, alert)

    def missed(self, live: Container[str]) -> list[tuple[Alert, int]]:
        """Start and end of those nobody was told of, and the number of their record; `live` = still shown."""
        found: list[tuple[Alert, int]] = []
        for key, (seq, end) in tuple(self._over.items()):
            if key in self._book.told or key in live:
                continue
            del self._over[key]
            if key in self._book.ended:
                self._book.ended.discard(key)
                continue
            start = replace(end, number=0, phase="start", state=State.ACTIVE, at=end.began)
            found += [(start, seq), (end, seq)]
        return found

    def first_waiting(self) -> int | None:
        """Number of the first record that is not settled; None = all are."""
        return min((seq for seq, _ in self._over.values()), default=None)


def _ended(key: str, alarm: str, detail: str, began: datetime, at: datetime) -> Alert:
    kind = CATALOGUE[alarm]
    return Alert(
        key=key,
        alarm=alarm,
        number=1,
        phase="end",
        state=State.INACTIVE,
        inactivation=Inactivation.ENABLED,
        priority=PRIORITIES[kind.priority],
        text=kind.text,
        detail=detail,
        occlusion=False,
        began=began,
        at=at,
    )
