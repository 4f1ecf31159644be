"""F9: the bell of a view sounds for alarms, and by itself when the daemon is silent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from daemon.engine.alarms import Priority
from daemon.terminal.bell import ALIVE_MS, EVERY_MS, Bell, pause_ms
from daemon.terminal.hearing import SOUND_MS, Hearing
from tests.terminal import beds
from tests.terminal.test_silence import HandClock

NOT_SEEN = json.loads(json.dumps({"alarms": []}))


class Ear:
    """Counts tones over a time, four pictures a second."""

    def __init__(self, why_not: str = "") -> None:
        self.tones = 0
        self.now = 0
        self.bell = Bell(self._tone, why_not)

    def _tone(self) -> None:
        self.tones += 1

    def hear(self, seen: Any, ms: int) -> int:
        before = self.tones
        for _ in range(ms // 250):
            self.now += 250
            self.bell.beat(seen, self.now)
        return self.tones - before


def test_f9_silence_of_the_daemon_sounds_at_once_and_goes_on() -> None:
    """F9: with the first picture that knows of no word, and every second from there."""
    ear = Ear()
    assert ear.hear(None, 250) == 1
    assert ear.hear(None, 10_000) == 10


def test_f9_without_an_alarm_there_is_no_sound() -> None:
    """F9: a bell that rings for nothing is switched off."""
    assert Ear().hear(beds.seen(beds.RUNNING), 60_000) == 0


@pytest.mark.parametrize("priority", list(Priority))
def test_f9_every_alarm_sounds_by_its_priority_until_it_is_acknowledged(priority: Priority) -> None:
    """F9: HIGH each second; an acknowledged one is silent, a second one is not."""
    one = {"priority": priority.value, "acknowledged_by": ""}
    ear = Ear()
    assert ear.hear({"alarms": [one]}, 60_000) == 60_000 // EVERY_MS[priority]
    assert ear.hear({"alarms": [{**one, "acknowledged_by": "Ann"}]}, 60_000) == 0
    seen = {"alarms": [{**one, "acknowledged_by": "Ann"}, one]}
    assert ear.hear(seen, 60_000) == 60_000 // EVERY_MS[priority]


@pytest.mark.parametrize("seen", [{}, {"alarms": 7}, {"alarms": [{}]}, {"alarms": [{"priority": "?"}]}])
def test_f9_what_cannot_be_read_sounds_like_silence(seen: Any) -> None:
    """F9: a view that understands nothing is no reason to be quiet."""
    assert pause_ms(seen) == EVERY_MS[Priority.HIGH]


def test_f9_a_test_is_answered_only_after_its_tone() -> None:
    """F9: and only once."""
    ear = Ear()
    ear.bell.test(7)
    assert ear.bell.tested() is None
    assert ear.hear(NOT_SEEN, 250) == 1
    assert ear.bell.tested() == {"test": 7, "rang": True, "why": ""}
    assert ear.bell.tested() is None


def test_f9_a_view_that_cannot_sound_answers_no() -> None:
    """F9: a pipe, a terminal that can do nothing but text."""
    ear = Ear("this view is no terminal")
    ear.bell.test(7)
    ear.hear(NOT_SEEN, 250)
    assert ear.bell.tested() == {"test": 7, "rang": False, "why": "this view is no terminal"}
    assert ear.hear(None, 10_000) == 0


def test_f9_a_view_that_hangs_gives_no_sign_of_life() -> None:
    """F9: it hears the daemon, and would not sound."""
    clock = HandClock()
    ear = Ear()
    hearing = Hearing(Path("/nowhere"), clock, ear.bell, "view")
    status = {"ok": True, "status": beds.seen(beds.RUNNING)}
    assert hearing._reply(status) is None
    clock.ms += 1_000
    ear.bell.beat(beds.seen(beds.RUNNING), clock.ms)
    assert hearing._reply(status) == {"alive": True}
    assert hearing._reply(status) is None, "not with every word"
    clock.ms += ALIVE_MS + 1
    assert hearing._reply(status) is None


def test_f9_the_view_answers_the_tone_it_was_asked_for() -> None:
    """F9: asked on the connection, rung with the next picture, answered with the next word."""
    clock = HandClock()
    ear = Ear()
    hearing = Hearing(Path("/nowhere"), clock, ear.bell, "view")
    asked = {"ok": True, "sound": {"test": 3, "heartbeat_s": 2, "lost_s": 5}}
    assert hearing._reply(asked) is None
    ear.bell.beat(beds.seen(beds.RUNNING), clock.ms)
    assert ear.tones == 1
    assert hearing._reply({"ok": True, "status": {}}) == {"test": 3, "rang": True, "why": ""}


def test_f9_silence_sounds_after_three_seconds_and_never_later_than_five() -> None:
    """F9: until then the bell goes by the last word."""
    clock = HandClock()
    hearing = Hearing(Path("/nowhere"), clock)
    clock.ms += SOUND_MS - 1
    assert hearing.audible() == {"alarms": []}
    clock.ms += 1
    assert hearing.audible() is None
    assert SOUND_MS + EVERY_MS[Priority.HIGH] < 5_000
