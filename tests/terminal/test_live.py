"""The live screen: it fits, big figures never guess, alarm colours are those of IEC 60601-1-8."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from rich.text import Text

from daemon.engine.alarms import Priority
from daemon.engine.state import RunState
from daemon.terminal import glyphs
from daemon.terminal.live import flashing, screen
from daemon.terminal.sentences import INSTRUCTIONS
from daemon.terminal.ticker import ticker_line
from tests.terminal import beds

SIZES = ((80, 24), (120, 40), (200, 60), (60, 16))


def rows(state: RunState, width: int = 80, height: int = 24, **changes: Any) -> list[str]:
    return [line.plain for line in screen(beds.seen(state, **changes), width, height, 0)]


def styles(line: Text) -> str:
    return " ".join([str(line.style), *(str(span.style) for span in line.spans)])


def holds(shown: list[str], figure: str) -> bool:
    """A big figure stands somewhere on the screen, each row under the last."""
    drawn = glyphs.drawn(figure)
    for at in range(len(shown) - glyphs.ROWS + 1):
        column = shown[at].find(drawn[0])
        while column >= 0:
            end = column + len(drawn[0])
            if all(shown[at + n].ljust(end)[column:end] == drawn[n] for n in range(glyphs.ROWS)):
                return True
            column = shown[at].find(drawn[0], column + 1)
    return False


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", beds.EVERY)
def test_fits_the_screen_with_mode_mark_and_stop(name: str, size: tuple[int, int]) -> None:
    """F8, F36."""
    width, height = size
    lines = screen(beds.seen(beds.EVERY[name], speed=60), width, height, 0)
    shown = [line.plain for line in lines]
    assert len(shown) == height
    assert max(map(len, shown)) <= width
    assert "SIMULATED x60" in shown[0]
    assert beds.EVERY[name].mode in "".join(shown[1:3])
    assert shown[-1].startswith("STOP THE DRUG: infusiond hold")
    if beds.EVERY[name].alarms:
        assert any(row.startswith("!") for row in shown)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["held", "reaction", "unconfirmed", "stop sent"])
def test_f03_line_instructions_come_right_under_the_mode(name: str, size: tuple[int, int]) -> None:
    shown = [row.strip() for row in rows(beds.EVERY[name], *size) if row.strip()]
    first = 3 if name == "unconfirmed" else 2
    assert tuple(shown[first : first + 3]) == INSTRUCTIONS


def test_big_figures_of_a_running_step() -> None:
    shown = rows(beds.RUNNING)
    for figure in ("9/12", "10", "15", "72", "98", "124"):
        assert holds(shown, figure), figure
    assert any("min LEFT IN STEP" in row for row in shown)


def test_the_rate_is_what_the_pump_does_not_what_was_asked() -> None:
    assert holds(rows(beds.HELD), "0")
    unknown = rows(beds.UNCONFIRMED)
    assert holds(unknown, "?")
    assert not holds(unknown, "10")
    assert any("PUMP SILENT" in row for row in unknown)


def test_drug_free_time_is_big_while_the_drug_is_off() -> None:
    shown = rows(beds.BAG_CHANGE)
    assert holds(shown, "2")
    assert any("min DRUG OFF" in row for row in shown)


def test_long_times_are_hours_and_minutes() -> None:
    long = beds.seen(beds.RUNNING)
    long["step"]["left_s"] = 10_464
    shown = [line.plain for line in screen(long, 80, 24, 0)]
    assert holds(shown, "2:54")
    assert any("h:mm LEFT IN STEP" in row for row in shown)
    long["step"]["left_s"] = 59
    assert holds([line.plain for line in screen(long, 80, 24, 0)], "<1")


def test_many_vitals_are_all_there() -> None:
    seen = beds.seen(beds.RUNNING)
    hr = seen["vitals"]["hr"]
    seen["vitals"] |= dict.fromkeys(("pulse", "rr", "temp", "nibp_dia", "nibp_mean", "etco2"), hr)
    for width, height in SIZES[:3]:
        shown = "\n".join(line.plain for line in screen(seen, width, height, 0))
        for name in ("HR", "SpO2", "BP sys", "Pulse", "Resp", "Temp", "BP dia", "BP mean", "EtCO2"):
            assert f"{name} " in shown, (name, width)


@pytest.mark.parametrize(
    ("name", "priority", "colour"),
    [("reaction", "HIGH", "red"), ("observing", "MEDIUM", "yellow"), ("reaction", "LOW", "cyan")],
)
@pytest.mark.parametrize("beat_ms", [0, 300, 1100])
def test_alarm_colours(name: str, priority: str, colour: str, beat_ms: int) -> None:
    lines = screen(beds.seen(beds.EVERY[name]), 120, 40, beat_ms)
    alarms = [line for line in lines if line.plain.startswith("!") and f" {priority} " in line.plain]
    assert alarms
    for line in alarms:
        assert colour in styles(line)
        others = {"red", "yellow", "cyan"} - {colour}
        assert not any(other in styles(line) for other in others)


def test_flash_rates() -> None:
    """HIGH 1.4-2.8 Hz, MEDIUM 0.4-0.8 Hz, LOW steady, each lit 20-60 % of the time."""
    for priority, low, high in ((Priority.HIGH, 1.4, 2.8), (Priority.MEDIUM, 0.4, 0.8)):
        shown = [flashing(priority, ms) for ms in range(10_000)]
        changes = sum(a != b for a, b in pairwise(shown)) + 1
        assert low <= changes / 2 / 10 <= high
        assert 0.2 <= sum("on" in style.split() for style in shown) / len(shown) <= 0.6
    assert len({flashing(Priority.LOW, ms) for ms in range(10_000)}) == 1


def test_an_acknowledged_alarm_stands_still() -> None:
    seen_by = {name: replace(alarm, acknowledged_by="Ann") for name, alarm in beds.OBSERVING.alarms.items()}
    seen = beds.seen(replace(beds.OBSERVING, alarms=seen_by))
    beats = [
        next(styles(line) for line in screen(seen, 80, 24, beat) if line.plain.startswith("!!"))
        for beat in (0, 1500)
    ]
    assert beats[0] == beats[1]


@pytest.mark.parametrize("name", beds.EVERY)
def test_one_line_has_mode_mark_alarms_and_figures(name: str) -> None:
    told = ticker_line(beds.seen(beds.EVERY[name]))
    assert "\n" not in told
    assert beds.EVERY[name].mode in told
    assert "SIMULATED" in told
    assert "HR 72 /min" in told
    assert told.count("!!! HIGH") == sum(
        alarm["priority"] == "HIGH" for alarm in beds.seen(beds.EVERY[name])["alarms"]
    )
