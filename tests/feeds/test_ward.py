"""The station's view: what is shown live, silent, LOST, and what was missed (A6, A7, A8)."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from daemon.station.board import board
from daemon.station.ward import LOST_MS, Presence, Row, Ward

BASE = "infusiond/v1/general/allergy/bed-4"
STATE = {
    "state": "online",
    "birth": "b1",
    "mode": "AUTOMATIC",
    "phase": "infusing",
    "step": {"number": 9, "of": 12, "solution": "bag-3", "rate_ml_h": 10},
    "left_s": 600,
    "dose": {"low": 8, "high": 8.25, "unit": "mg", "target": 600},
}
ALARM = {"id": "held_vitals", "key": "held_vitals-7", "priority": "HIGH", "text": "Look.", "detail": "spo2"}


class Station:
    """A ward with a clock moved by hand."""

    def __init__(self, unit: str = "") -> None:
        self.ward = Ward(unit)
        self.ms = 1_000_000

    def hears(self, topic: str, content: Any) -> Any:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.ward.hear(f"{BASE}/{topic}", data, self.ms)

    def lives(self, seconds: int, beat: int = 0) -> None:
        for second in range(seconds):
            self.ms += 1_000
            if second % 2 == 0:
                self.hears("heartbeat", {"beat": beat + second + 1})

    def row(self) -> Row:
        [row] = self.ward.rows(self.ms)
        return row


def test_a7_a_late_joiner_sees_state_and_alarms_at_once() -> None:
    station = Station()
    station.hears("state", STATE)
    assert station.hears("alarm/held_vitals", ALARM) == ALARM
    row = station.row()
    assert (row.presence, row.worst, row.state["mode"]) == (Presence.LIVE, "HIGH", "AUTOMATIC")
    assert station.hears("alarm/held_vitals", b"") is None
    assert station.row().alarms == ()


def test_a6_without_a_heartbeat_a_bed_is_lost_within_ten_seconds() -> None:
    station = Station()
    station.hears("state", STATE)
    station.lives(60)
    assert station.row().presence is Presence.LIVE
    station.ms += LOST_MS + 1_000
    assert LOST_MS + 1_000 < 10_000
    assert (station.row().presence, station.row().worst) == (Presence.LOST, "HIGH")
    station.hears("heartbeat", {"beat": 1000})
    assert station.row().presence is Presence.LIVE


def test_a6_a_beat_that_stands_still_is_no_heartbeat() -> None:
    """A6: a feed that goes on while the supervising loop does not turn."""
    station = Station()
    station.hears("state", STATE)
    station.lives(10)
    for _ in range(10):
        station.ms += 1_000
        station.hears("heartbeat", {"beat": 9})
    assert station.row().presence is Presence.LOST


def test_the_will_of_an_older_connection_is_not_believed() -> None:
    station = Station()
    station.hears("state", STATE)
    station.hears("state", {**STATE, "birth": "b2"})
    station.hears("state", {"state": "lost", "birth": "b1"})
    assert station.row().presence is Presence.LIVE
    station.hears("state", {"state": "lost", "birth": "b2"})
    assert station.row().presence is Presence.LOST
    assert station.row().state["mode"] == "AUTOMATIC"
    station.hears("state", {**STATE, "birth": "b3"})
    assert station.row().presence is Presence.LIVE


def test_a_bed_known_by_its_death_alone_is_lost() -> None:
    station = Station()
    station.hears("state", {"state": "lost", "birth": "b1"})
    assert station.row().presence is Presence.LOST


def test_a_silent_daemon_is_told_apart_from_a_silent_bed() -> None:
    station = Station()
    station.hears("state", {**STATE, "state": "silent"})
    assert station.row().presence is Presence.SILENT
    assert station.row().worst == "HIGH"


def test_a8_a_gap_in_the_record_is_counted_and_shown() -> None:
    station = Station()
    station.hears("state", STATE)
    for seq in (10, 11, 12, 12, 11, 15, 16):
        station.hears("event", {"seq": seq})
    assert station.row().missed == 2
    assert "2 RECORDS MISSED" in shown(station)


def test_a8_what_our_own_line_missed_is_no_gap_of_the_bed() -> None:
    station = Station()
    station.hears("event", {"seq": 10})
    station.ward.cut_off(station.ms)
    station.hears("event", {"seq": 90})
    assert station.row().missed == 0


def test_one_unit_alone() -> None:
    station = Station("surgery")
    station.hears("state", STATE)
    assert station.ward.rows(station.ms) == []


@given(st.text(max_size=60), st.binary(max_size=80))
def test_p11_any_message_changes_nothing_or_is_shown(topic: str, data: bytes) -> None:
    """P11: a station survives whatever a broker hands it."""
    station = Station()
    for name in (
        topic,
        f"{BASE}/{topic}",
        f"{BASE}/state",
        f"{BASE}/event",
        f"{BASE}/alarm/x",
        f"{BASE}/heartbeat",
    ):
        station.ward.hear(name, data, station.ms)
    shown(station)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*STATE, *ALARM]), inner),
    max_leaves=8,
)


@given(JSON, JSON)
def test_p11_any_json_is_shown_without_an_error(state: Any, alarm: Any) -> None:
    station = Station()
    station.hears("state", state if not isinstance(state, dict) else {**STATE, **state})
    station.hears("alarm/x", alarm if not isinstance(alarm, dict) else {**ALARM, **alarm})
    shown(station)


def shown(station: Station, down: str = "") -> str:
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(board(station.ward.rows(station.ms), down, 0))
    return console.export_text()


@pytest.mark.parametrize("down", ["", "connection refused"])
def test_the_board_says_what_matters_and_when_it_hears_nothing(down: str) -> None:
    station = Station()
    station.hears("state", STATE)
    station.hears("alarm/held_vitals", ALARM)
    text = shown(station, down)
    assert ("THIS STATION HEARS NOTHING: connection refused" in text) is bool(down)
    for word in ("allergy/bed-4", "AUTOMATIC", "9/12 bag-3", "10 mL/h", "10 min", "1 HIGH", "Look. [spo2]"):
        assert word in text
    station.ms += 60_000
    assert "LOST: GO TO THE BED" in shown(station)
