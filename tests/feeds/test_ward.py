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
    """(A) A7."""
    station = Station()
    station.hears("state", STATE)
    assert station.hears("alarm/held_vitals", ALARM) == ALARM
    row = station.row()
    assert (row.presence, row.worst, row.state["mode"]) == (Presence.LIVE, "HIGH", "AUTOMATIC")
    assert station.hears("alarm/held_vitals", b"") is None
    assert station.row().alarms == ()


def test_a6_without_a_heartbeat_a_bed_is_lost_within_ten_seconds() -> None:
    """(A) A6."""
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
    """(A) A6: a feed that goes on while the supervising loop does not turn."""
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
    """(A) A8."""
    station = Station()
    station.hears("state", STATE)
    for seq in (10, 11, 12, 12, 11, 15, 16):
        station.hears("event", {"seq": seq})
    assert station.row().missed == 2
    assert "2 RECORDS MISSED" in shown(station)


def test_a8_what_our_own_line_missed_is_no_gap_of_the_bed() -> None:
    """(A) A8."""
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
    """(A) P11: a station survives whatever a broker hands it."""
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
    """(A) P11."""
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


def a_ward(beds: int = 20) -> Station:
    """Beds in one unit; 7 and 19 with a HIGH alarm, 3 with a LOW one, 12 lost."""
    station = Station()
    for number in range(1, beds + 1):
        base = f"infusiond/v1/general/allergy/bed-{number}"
        station.ward.hear(f"{base}/state", json.dumps(STATE).encode(), station.ms)
        if number in {3, 7, 19}:
            alarm = {**ALARM, "priority": "LOW" if number == 3 else "HIGH", "text": "Look. " * 60}
            station.ward.hear(f"{base}/alarm/held_vitals", json.dumps(alarm).encode(), station.ms)
        if number == 12:
            will = {"state": "lost", "birth": "b1"}
            station.ward.hear(f"{base}/state", json.dumps(will).encode(), station.ms)
    return station


def lines(station: Station, width: int, height: int, note: str = "") -> list[str]:
    console = Console(width=width, record=True, file=io.StringIO())
    rows = station.ward.rows(station.ms)
    console.print(board(rows, "", 0, note=note, width=width, height=height))
    return console.export_text().splitlines()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("height", [24, 50])
def test_twenty_beds_fit_and_no_word_that_matters_is_cut(width: int, height: int) -> None:
    seen = lines(a_ward(), width, height)
    assert len(seen) <= height
    for words in (("bed-12 ", "LOST: GO TO THE BED"), ("bed-7 ", "AUTOMATIC"), ("bed-19 ", "1 HIGH")):
        assert any(all(word in line for word in words) for line in seen), words
    assert [line.split()[0] for line in seen[2:22]] == [f"allergy/bed-{number}" for number in range(1, 21)]


def test_what_does_not_fit_is_counted_and_never_the_gravest() -> None:
    seen = lines(a_ward(), 80, 24)
    assert " HIGH allergy/bed-7 " in seen[-2]
    assert seen[-1].startswith("2 MORE ALARMS")
    few = lines(a_ward(), 80, 10)
    assert len(few) <= 10
    assert [line.split()[0] for line in few[2:5]] == [f"allergy/bed-{number}" for number in (7, 12, 19)]
    assert "MORE BEDS DO NOT FIT" in few[-1]


def test_high_alarms_are_told_before_the_others_whatever_the_bed() -> None:
    seen = "\n".join(lines(a_ward(), 120, 200))
    places = [
        seen.index(f" {one} ") for one in ("HIGH allergy/bed-7", "HIGH allergy/bed-19", "LOW allergy/bed-3")
    ]
    assert places == sorted(places)


def test_a_bed_never_heard_is_not_said_to_have_been() -> None:
    station = Station()
    station.hears("state", STATE)
    station.ms += 2_000
    assert "not yet" in shown(station)
    station.hears("heartbeat", {"beat": 1})
    assert "0 s ago" in shown(station)


def test_a_station_no_bed_counts_on_says_so() -> None:
    assert "NO BED COUNTS ON THIS STATION: refused" in "\n".join(lines(a_ward(), 80, 24, "refused"))


def test_a8_a_journal_that_begins_anew_is_counted_from_its_beginning() -> None:
    """(A) A8: otherwise a gap below the old number would never be seen."""
    station = Station()
    for seq in (90, 91, 1, 2, 5):
        station.hears("event", {"seq": seq})
    assert station.row().missed == 2


def test_f36_a_simulated_bed_says_so_on_the_board() -> None:
    station = Station()
    station.hears("state", {**STATE, "simulated": True})
    assert "SIMULATED AUTOMATIC" in shown(station)
    station.hears("state", {**STATE, "simulated": False})
    assert "SIMULATED" not in shown(station)
