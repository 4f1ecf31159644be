"""The demo as a newcomer runs it: real processes, real terminals, the shipped commands."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulators.demo import picture, summary
from simulators.demo.narrator import changes
from simulators.demo.words import next_acts

BIN = Path(sys.executable).parent
CASTELLS = Path(__file__).parents[2] / "config" / "protocols" / "castells-12-step.toml"
SPEED = 140


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    """Castells in a third of the time at three times the rates, the last bag small, gaps more generous."""
    text = CASTELLS.read_text(encoding="utf-8")
    text = text.replace("minutes = 15", "minutes = 5").replace("minutes = 30", "minutes = 5")
    text = re.sub(r"rate_ml_h = ([\d.]+)", lambda found: f"rate_ml_h = {Decimal(found[1]) * 3}", text)
    head, tail = text.rsplit("volume_ml = 250", 1)
    text = f"{head}volume_ml = 60{tail}"
    text = text.replace("max_dose_rate_h = 191", "max_dose_rate_h = 2390")
    text = text.replace("max_step_up_ratio = 2.6", "max_step_up_ratio = 10.4")
    text = text.replace("to_min = 20", "to_min = 50").replace("from_min = 20", "from_min = 50")
    text = text.replace("expires_min = 15", "expires_min = 60").replace(
        "vitals_match_s = 60", "vitals_match_s = 600"
    )
    text = text.replace("max_total_dose = 630", "max_total_dose = 800")  # the line holds more of a small bag
    path = tmp_path / "short.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def place() -> Iterator[Path]:
    """Where the demo makes its folder; a socket's path must be short."""
    with tempfile.TemporaryDirectory(prefix="d") as name:
        yield Path(name)


@contextlib.contextmanager
def a_demo(place: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Ended in order whatever the test finds."""
    with subprocess.Popen(
        [BIN / "infusiond-sim", "demo", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
        env={**os.environ, "TMPDIR": str(place)},
    ) as demo:
        try:
            yield demo
        finally:
            demo.terminate()


def until(demo: subprocess.Popen[str], text: str) -> list[str]:
    """The lines up to the one with `text`."""
    assert demo.stdout is not None
    told = []
    for line in demo.stdout:
        told.append(line)
        if text in line:
            return told
    raise AssertionError(f"never said {text!r}:\n{''.join(told)}")


def rest(demo: subprocess.Popen[str]) -> tuple[int, str]:
    assert demo.stdout is not None
    told = demo.stdout.read()
    return demo.wait(), told


def processes_of(place: Path) -> Iterator[tuple[int, str]]:
    """Living processes that name the folder."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(place) in words:
            yield int(entry.name), words


def assert_nothing_left(place: Path) -> None:
    assert list(processes_of(place)) == []
    assert list(place.iterdir()) == []


@pytest.mark.timeout(240)
def test_whole_story(protocol: Path, place: Path, tmp_path: Path) -> None:
    """F33, F22, F30, F36: two names, resume by rule, the last bag, and SIMULATED on everything kept."""
    kept = tmp_path / "kept"
    words = ("--protocol", str(protocol), "--speed", str(SPEED), "--keep", str(kept))
    with a_demo(place, *words) as demo:
        code, told = rest(demo)
    assert code == 0, told
    assert "\x1b" not in told
    assert "This is not a medical device" in told
    assert "SIMULATED run: all steps given, the watch goes on" in told
    assert "Journal    VERIFIED" in told
    assert "OUTSIDE" not in told
    assert "CLAMP THE DRUG LINE AT THE PATIENT" in told
    assert all(f"step {number} of 12" in told for number in range(1, 13))
    assert_nothing_left(place)
    _check_books(json.loads((kept / "SIMULATED-report.json").read_text(), parse_float=Decimal))
    verify = subprocess.run(
        [BIN / "infusiond", "journal", "verify", kept / "SIMULATED-bed-1.journal"],
        capture_output=True,
        check=False,
    )
    assert verify.returncode == 0


def _check_books(kept: dict[str, Any]) -> None:
    run, truth = kept["report"]["run"], kept["truth"]
    assert run["simulated"] is True
    assert run["started_by"] == ["Ann", "Ben"]
    assert [one["cause"] for one in run["holds"]] == ["reaction"]
    assert run["holds"][0]["grade"] == "moderate"
    assert [one["choice"] for one in run["resumes"]] == ["back=1"]
    long = [gap for gap in run["gaps"] if gap["seconds"] > 30]
    assert len(long) == 3, "two bags and the reaction; a busy machine adds seconds at this speed"
    refused = [one["answer"] for one in run["acts"] if not one["accepted"]]
    assert len(refused) == 2
    assert "two different persons" in refused[0]
    assert "rest_of_step is not allowed" in refused[1]
    for one in run["solutions"]:
        flowed = Decimal(truth["left_pump"][one["id"]]["dose"])
        assert Decimal(one["given_dose"]["low"]) <= flowed <= Decimal(one["given_dose"]["high"])
    total = Decimal(truth["dose_left_pump"])
    assert Decimal(run["dose"]["low"]) <= total <= Decimal(run["dose"]["high"])
    assert Decimal(520) < total <= Decimal(630)


def test_ctrl_c_stops_the_drug_and_leaves_nothing(protocol: Path, place: Path) -> None:
    """F29: Ctrl-C reaches the whole foreground group; all end in order, the books closed."""
    with a_demo(place, "--protocol", str(protocol), "--speed", str(SPEED)) as demo:
        until(demo, "step 1 of 12")
        assert len(list(processes_of(place))) >= 2
        os.killpg(demo.pid, signal.SIGINT)
        code, told = rest(demo)
    assert code == 130, told
    assert "SIMULATED run: held" in told
    assert "operator: the demo was ended by hand" in told
    assert "Journal    VERIFIED" in told
    assert_nothing_left(place)


def test_a_daemon_that_dies_is_told_loudly(protocol: Path, place: Path) -> None:
    with a_demo(place, "--protocol", str(protocol), "--speed", str(SPEED)) as demo:
        until(demo, "step 1 of 12")
        daemon = [pid for pid, words in processes_of(place) if " serve " in words]
        assert len(daemon) == 1
        os.kill(daemon[0], signal.SIGKILL)
        code, told = rest(demo)
    assert code == 1
    assert "THE STORY DID NOT HAPPEN" in told
    assert "The daemon's log:" in told
    assert_nothing_left(place)


def test_hands_waits_for_the_person_and_says_what_to_type(protocol: Path, place: Path) -> None:
    with a_demo(place, "--protocol", str(protocol), "--hands") as demo:
        until(demo, "infusiond start --by NAME --witness ANOTHER")
        demo.send_signal(signal.SIGTERM)
        code, told = rest(demo)
    assert code == 0, told
    assert "planned" in told
    assert_nothing_left(place)


def a_status(**changed: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "speed": 80,
        "mode": "AUTOMATIC",
        "phase": "infusing",
        "elapsed_s": 3700,
        "protocol": {"steps": 12},
        "step": {
            "number": 4,
            "solution": "bag-1",
            "rate_ml_h": Decimal(20),
            "dose_rate_h": Decimal("0.48"),
            "begun": True,
            "left_s": 300,
        },
        "dose": {"low": Decimal("0.1519"), "high": Decimal("0.1558"), "target": 600, "unit": "mg"},
        "pump": {
            "name": "pump-1",
            "linked": True,
            "motion": "infusing",
            "rate_ml_h": 20,
            "limit_left_ml": Decimal("2.9"),
            "alarms": [],
            "stop_confirmed": False,
        },
        "vitals": {"hr": {"value": 72, "unit": "1/min", "validity": "valid", "baseline": 70}},
        "hold": None,
        "gate": [],
        "alarms": [],
        "todo": "",
    }
    return {**seen, **changed}


HELD = {"causes": ["reaction"], "grade": "moderate", "allowed": [{"choice": "back=1", "step": 3}]}


def test_a_hold_is_shown_stopped_only_when_the_pump_was_seen_so() -> None:
    """F8, F10."""
    held = a_status(mode="HELD", phase="held", hold=HELD)
    assert "PUMP NOT SEEN STOPPED" in picture.line(held)
    held["pump"] = {**held["pump"], "motion": "stopped", "stop_confirmed": True}
    assert "pump seen stopped" in picture.line(held)


def test_a_value_that_is_not_valid_is_not_shown() -> None:
    """F31."""
    off = {"value": 72, "unit": "1/min", "validity": "inactive", "baseline": 70}
    assert "HR ?/min" in picture.line(a_status(vitals={"hr": off}))


def test_every_line_of_plain_output_says_simulated() -> None:
    """F36."""
    assert picture.line(a_status()).startswith("SIMULATED x80")


def test_changes_tell_step_phase_and_alarm_once() -> None:
    before = a_status(step={**a_status()["step"], "number": 3})
    now = a_status(alarms=[{"id": "gate_needs", "priority": "LOW"}])
    assert changes(before, now) == ["step 4 of 12: bag-1 at 20 mL/h = 0.48 mg/h", "LOW alarm: gate needs"]
    assert changes(now, now) == []
    held = a_status(phase="held", hold=HELD)
    assert changes(now, held) == ["HOLD: reaction (moderate).", "alarm over: gate needs"]


def test_a_held_bed_is_offered_what_the_rules_leave() -> None:
    acts = next_acts(a_status(phase="held", hold=HELD))
    assert "infusiond resume --choice back=1 --by NAME --reason WHY" in acts
    assert not any("rest_of_step" in act for act in acts)


RUN: dict[str, Any] = {
    "solutions": [{"id": "A", "planned_dose": "10", "given_dose": {"low": "9.9", "high": "10.1"}}],
    "dose": {"low": "9.9", "high": "10.1", "unit": "mg"},
}


@pytest.mark.parametrize(
    ("flowed", "error", "held"), [("10", "0", True), ("10.2", "0", False), ("10.2", "0.02", True)]
)
def test_books_are_held_to_what_the_motor_counted(flowed: str, error: str, held: bool) -> None:
    """F38: a flow error is beyond the pump's own counter; nothing else is forgiven."""
    truth = {"left_pump": {"A": {"dose": flowed}}, "dose_left_pump": flowed}
    rows = summary.rows(RUN, truth, Decimal(error))
    assert [row.held for row in rows] == [held, held]
    assert (summary.problems(rows, 0) == []) is held
    assert summary.problems(rows, 1) != []
