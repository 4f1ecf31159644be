"""F9: what the annunciator sounds and when, and what it says of itself to the daemon."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.annunciator.box import AGAIN_MS, ALIVE_MS, LOOK_MS, Box
from daemon.annunciator.burst import BURSTS
from daemon.annunciator.ear import heard
from daemon.annunciator.speaker import SLACK_S, Alsa, Relay
from daemon.control.audible import loudest
from daemon.engine.alarms import Priority
from daemon.engine.phases import Phase
from daemon.terminal.hearing import Heard
from tests.needs import needs

NOTHING: Mapping[str, Any] = {"alarms": []}


def word(*priorities: str, by: str = "") -> dict[str, Any]:
    return {"alarms": [{"priority": one, "acknowledged_by": by} for one in priorities]}


class Noted:
    """A speaker that notes; `why` = why it does not sound."""

    def __init__(self) -> None:
        self.sounded: list[Priority] = []
        self.why = ""

    def sound(self, priority: Priority) -> str:
        self.sounded.append(priority)
        return self.why

    def look(self) -> str:
        return self.why


class Bed:
    """A box whose time is moved by hand, one turn each tenth of a second."""

    def __init__(self) -> None:
        self.speaker = Noted()
        self.told: list[str] = []
        self.box = Box(self.speaker, self.told.append)
        self.ms = 0

    def turns(self, seen: Mapping[str, Any] | None, for_ms: int = 100) -> list[Priority]:
        for _ in range(for_ms // 100):
            self.ms += 100
            self.box.turn(seen, self.ms)
        sounded, self.speaker.sounded = self.speaker.sounded, []
        return sounded


def test_f9_nothing_sounds_where_nothing_alarms() -> None:
    assert Bed().turns(NOTHING, 60_000) == []


@pytest.mark.parametrize("priority", list(Priority))
def test_f9_an_alarm_sounds_at_once_and_again_at_its_pace(priority: Priority) -> None:
    bed = Bed()
    assert bed.turns(word(priority)) == [priority]
    assert bed.turns(word(priority), BURSTS[priority].every_ms - 100) == []
    assert bed.turns(word(priority)) == [priority]


def test_f9_a_higher_alarm_waits_for_no_pause_and_a_lower_one_does() -> None:
    bed = Bed()
    assert bed.turns(word("LOW")) == [Priority.LOW]
    assert bed.turns(word("LOW", "HIGH")) == [Priority.HIGH]
    assert bed.turns(word("MEDIUM")) == []


def test_f9_an_alarm_that_comes_anew_is_no_repetition() -> None:
    bed = Bed()
    bed.turns(word("MEDIUM"))
    bed.turns(NOTHING)
    assert bed.turns(word("MEDIUM")) == [Priority.MEDIUM]


def test_f40_an_acknowledged_alarm_is_still_and_others_are_not() -> None:
    assert Bed().turns(word("HIGH", by="Ann"), 30_000) == []
    mixed = {"alarms": [*word("HIGH", by="Ann")["alarms"], *word("LOW")["alarms"]]}
    assert loudest(mixed) is Priority.LOW


@pytest.mark.parametrize("seen", [None, {}, {"alarms": 3}, {"alarms": [{}]}, word("URGENT")], ids=repr)
def test_f9_no_word_and_what_cannot_be_read_is_high(seen: Mapping[str, Any] | None) -> None:
    assert Bed().turns(seen) == [Priority.HIGH]


def _last(phase: Phase) -> Heard:
    return Heard({"phase": phase.value, "alarms": []}, 0, datetime(2026, 1, 1, tzinfo=UTC))


def test_f9_silence_is_high_unless_nothing_ran() -> None:
    """After a reboot in a run nothing has been heard yet: that is no reason to be quiet."""
    assert heard(None, None) is None
    quiet = {Phase.PLANNED, Phase.COMPLETED, Phase.ABORTED}
    for phase in Phase:
        wanted = Priority.LOW if phase in quiet else Priority.HIGH
        assert loudest(heard(None, _last(phase))) is wanted
    assert heard(NOTHING, _last(Phase.INFUSING)) is NOTHING


def test_f9_a_test_is_answered_after_its_tone_and_once() -> None:
    bed = Bed()
    bed.box.test(7)
    assert bed.box.tested() is None
    assert bed.turns(NOTHING) == [Priority.HIGH]
    assert bed.box.tested() == {"test": 7, "rang": True, "why": ""}
    assert bed.box.tested() is None


def test_f9_a_speaker_that_fails_is_no_sound_and_no_life_until_it_sounds_again() -> None:
    bed = Bed()
    bed.speaker.why = "aplay: no such device"
    bed.box.test(1)
    bed.turns(NOTHING)
    assert bed.box.tested() == {"test": 1, "rang": False, "why": "aplay: no such device"}
    assert not bed.box.alive(bed.ms)
    bed.turns(word("HIGH"), 30_000)
    assert bed.told == ["NO SOUND: aplay: no such device"]
    bed.speaker.why = ""
    bed.turns(word("HIGH"), 8_000)
    assert bed.box.alive(bed.ms)


def test_f9_a_device_taken_away_in_a_quiet_hour_is_no_life_before_it_is_needed() -> None:
    """F9: nothing alarms, nothing sounds; the bed must know all the same, and again when it is back."""
    bed = Bed()
    bed.turns(NOTHING, 60_000)
    assert bed.box.alive(bed.ms)
    bed.speaker.why = "aplay: no such device"
    bed.turns(NOTHING, LOOK_MS)
    assert not bed.box.alive(bed.ms)
    bed.speaker.why = ""
    bed.turns(NOTHING, LOOK_MS)
    assert bed.box.alive(bed.ms)


@pytest.mark.parametrize("priority", list(Priority))
def test_f9_what_did_not_sound_is_tried_again_at_once(priority: Priority) -> None:
    """F9: a device that is busy for a moment costs one second, not the pause between two bursts."""
    bed = Bed()
    bed.speaker.why = "aplay: device or resource busy"
    bed.turns(word(priority))
    bed.speaker.why = ""
    assert bed.turns(word(priority), AGAIN_MS) == [priority]
    assert bed.turns(word(priority), BURSTS[priority].every_ms - 100) == []


@needs("aplay")
def test_f9_alsa_is_looked_at_without_a_sound(tmp_path: Path) -> None:
    wave = tmp_path / "wave.raw"
    assert Alsa(f"file:FILE={wave},FORMAT=raw").look() == ""
    assert set(wave.read_bytes()) <= {0}
    assert "aplay" in Alsa("hw:CARD=none_of_this_name").look()


def test_f9_a_box_that_does_not_turn_is_not_alive() -> None:
    bed = Bed()
    assert not bed.box.alive(0)
    bed.turns(NOTHING)
    assert bed.box.alive(bed.ms + ALIVE_MS)
    assert not bed.box.alive(bed.ms + ALIVE_MS + 1)
    assert max(burst.length_ms for burst in BURSTS.values()) + SLACK_S * 1000 < ALIVE_MS


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("true", ""),
        ("false", "false: code 1"),
        ("/no/such/relay", "/no/such/relay: No such file or directory"),
        (f"{sys.executable} -c 'import sys; sys.exit(sys.argv[1:] != [\"low\"])'", ""),
        (f"{sys.executable} -c 'raise SystemExit(\"stuck\")'", f"{sys.executable}: stuck"),
    ],
    ids=["true", "false", "missing", "told the priority", "complains"],
)
def test_f9_a_relay_command_says_whether_it_did_its_part(command: str, why: str) -> None:
    assert Relay(command).sound(Priority.LOW) == why


def test_f9_a_relay_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.annunciator.speaker.SLACK_S", -0.5)
    assert Relay("sh -c 'sleep 60'").sound(Priority.LOW) == "sh: does not come to an end"
