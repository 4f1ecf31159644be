"""The live screen: what can be read from two metres first, in the colours of IEC 60601-1-8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from daemon.engine.alarms import Priority
from daemon.engine.phases import RUNNING, Mode, Phase
from daemon.terminal import by_hand, glyphs, watch_lines, words
from daemon.terminal import sentences as say
from daemon.terminal.figures import clock_of, exact, lasting, middle, sure
from daemon.terminal.fitting import ALL, alarms_in, labelled, one_line, packed
from drivers.values import Motion, Signal

FLASH_MS = {Priority.HIGH: 500, Priority.MEDIUM: 2000}
"""Flash periods: 2 Hz for HIGH, 0.5 Hz for MEDIUM, LOW steady (IEC 60601-1-8: 1.4-2.8 and 0.4-0.8 Hz)."""
_LIT = {
    Priority.HIGH: "bold white on red",
    Priority.MEDIUM: "bold black on yellow",
    Priority.LOW: "bold cyan",
}
_UNLIT = {Priority.HIGH: "bold red", Priority.MEDIUM: "bold yellow", Priority.LOW: "bold cyan"}
_BANNERS = {
    Mode.READY: "bold white on blue",
    Mode.AUTOMATIC: "bold black on green",
    Mode.ADVISORY: "bold white on green",
    Mode.OBSERVING: "bold black on yellow",
    Mode.HELD: "bold white on red",
    Mode.MANUAL: "bold black on yellow",
    Mode.DONE: "bold white on blue",
}
_TOLD = "bold black on cyan"
_GO = "bold white on green"
_KEYS = {"start": "DO NOT PRESS START YET", "change": "WHILE IT RUNS", "renew": "WHILE IT RUNS"}
_MARK = "bold white on magenta"
_FOOT = "STOP THE DRUG: infusiond hold  ·  Ctrl-C leaves this view, the run goes on"
_BIG_VITALS = (
    Signal.HR,
    Signal.PULSE,
    Signal.SPO2,
    Signal.NIBP_SYS,
    Signal.RR,
    Signal.TEMP,
    Signal.NIBP_DIA,
    Signal.NIBP_MEAN,
    Signal.ETCO2,
    Signal.PEF,
)
_BETWEEN = 3
_TALL = 34


@dataclass(frozen=True, slots=True)
class Figure:
    """One big number with what stands under it."""

    text: str
    under: tuple[str, ...]
    style: str = "bold"

    @property
    def rows(self) -> tuple[str, ...]:
        """Number and captions, padded to one width."""
        rows = (*glyphs.drawn(self.text), *self.under)
        width = max(map(len, rows))
        return tuple(row.ljust(width) for row in rows)


def flashing(priority: str, beat_ms: int) -> str:
    """The style of a priority at a moment: always legible, never dark."""
    known = Priority(priority)
    period = FLASH_MS.get(known)
    lit = period is None or beat_ms % period < period // 2
    return _LIT[known] if lit else _UNLIT[known]


def screen(seen: dict[str, Any], width: int, height: int, beat_ms: int) -> list[Text]:
    """At most `height` lines of at most `width`; big figures as far as there is room."""
    top = [_header(seen, width, beat_ms), *_banner(seen, width, height, beat_ms), *_to_do(seen, width)]
    alarms = len(alarms_in(seen["alarms"], width, ALL)) or 1
    urgent = min(len(seen["alarms"]), 3) or 1
    bodies = _bodies(seen, width)
    tries = [*((body, alarms) for body in bodies[:2]), *((body, urgent) for body in bodies)]
    fits = [body for body, need in tries if len(top) + len(body) + need + 1 <= height]
    body = fits[0] if fits else bodies[-1]
    body = body[: max(height - len(top) - urgent - 1, 0)]
    room = max(height - len(top) - len(body) - 1, urgent)
    lines = [*top, *body, *_alarms(seen, width, room, beat_ms)][: height - 1]
    padding = [Text()] * (height - 1 - len(lines))
    return [*lines, *padding, Text(one_line(_FOOT, width), style="reverse")]


def _header(seen: dict[str, Any], width: int, beat_ms: int) -> Text:
    pulse = "●" if beat_ms % 1000 < 500 else "○"
    mark = say.simulated(seen)
    clock = f" {clock_of(seen['utc'])} {pulse} "
    room = width - len(clock) - len(mark) - 2
    line = Text(one_line(say.bed_line(seen), room).ljust(room), style="bold")
    line.append(clock)
    return line.append(f" {mark} ", style=_MARK) if mark else line


def _banner(seen: dict[str, Any], width: int, height: int, beat_ms: int) -> list[Text]:
    """Mode and phase; in a hold the three line instructions come right under it, before all else (F3)."""
    style = _BANNERS.get(seen["mode"], "")
    if seen["mode"] == Mode.STOP_NOT_CONFIRMED:
        style = flashing(Priority.HIGH, beat_ms)
    elif seen["phase"] in (Phase.WAITING_GATE, Phase.AWAITING_SOLUTION):
        style = _BANNERS[Mode.READY]
    bar = [Text(" " * width, style=style)] if height >= _TALL else []
    lines = [*bar, Text(one_line(f" {say.headline(seen)}", width).ljust(width), style=style), *bar]
    lines += [Text(one_line(f" {line}", width), style="bold red") for line in say.instructions(seen)]
    return lines


def _to_do(seen: dict[str, Any], width: int) -> list[Text]:
    found = []
    for index, line in enumerate(say.todo(seen)):
        found += [Text(row, style="bold") for row in labelled("" if index else "DO NOW", line, width)]
    return [*found, *(Text(one_line(f"  {line}", width)) for line in say.commands(seen))]


def _bodies(seen: dict[str, Any], width: int) -> Sequence[list[Text]]:
    """The middle of the screen, from roomy to tight."""
    big = [*_big(_told_figures(seen), width), *_big(_course_figures(seen), width)]
    course = _lines(seen, width, 2, vitals=False)
    plain = _lines(seen, width, 2, vitals=True)
    tight = _lines(seen, width, 1, vitals=True)
    idle = ("Refused", "Ordered", "Next", "" if seen["gate"] else "Gate")
    least = _lines(seen, width, 1, vitals=True, leave_out=idle)
    vitals = _big(_patient_figures(seen, width), width)
    rest = _other_vitals(seen, width)
    spaced = [Text(), *big, Text(), *vitals, *rest, Text(), *course, Text()]
    return (spaced, [*big, *vitals, *rest, *course], [*big, *plain], [*big, *tight], [*big, *least], tight)


def _course_figures(seen: dict[str, Any]) -> list[Figure]:
    step, steps = seen["step"], seen["protocol"]["steps"]
    return [
        Figure(f"{step['number']}/{steps}", (f"STEP  {step['solution']}",)),
        _rate(seen),
        _time(seen),
    ]


def _told_figures(seen: dict[str, Any]) -> list[Figure]:
    """What is to be set by hand, and START or STOP where one is asked: above all that is only seen (F27)."""
    hand = seen["hand"]
    if hand is None:
        return []
    if hand["press_stop"]:
        return [Figure("STOP", ("PRESS STOP ON THE PUMP",), "bold white on red")]
    told = hand["told"]
    if told is None:
        return []
    start = "READ BACK RIGHT: PRESS START" if hand["press_start"] else _KEYS[told["kind"]]
    return [
        Figure(exact(told["rate_ml_h"]), ("SET mL/h",), _TOLD),
        Figure(exact(told["limit_ml"]), ("SET VTBI mL, AT ITS END: STOP",), _TOLD),
        Figure("GO" if hand["press_start"] else "-", (start,), _GO if hand["press_start"] else _TOLD),
    ]


def _rate(seen: dict[str, Any]) -> Figure:
    """What the pump was last read doing, never what was asked; `?` where that is not known."""
    pump = seen["pump"]
    if not pump["linked"] or pump["motion"] is None:
        return Figure("?", ("mL/h PUMP SILENT",), "bold red")
    if pump["motion"] == Motion.STOPPED:
        return Figure("0", ("mL/h STOPPED",))
    caption = "mL/h UNCERTAIN" if pump["uncertain"] else f"mL/h {pump['motion'].upper()}"
    return Figure(exact(pump["rate_ml_h"]), (caption,))


def _time(seen: dict[str, Any]) -> Figure:
    """Time left in the step while drug runs; drug-free time while it does not."""
    gap, unconfirmed_s = seen["gap"], say.stop_unconfirmed_s(seen)
    if unconfirmed_s is not None:
        return _timed(unconfirmed_s, "STOP UNCONFIRMED", "bold red")
    if seen["phase"] in (Phase.AFTER_WATCH, Phase.COMPLETED, Phase.ABORTED):
        return _timed(seen["phase_s"], "IN THIS PHASE", "bold")
    if seen["phase"] not in RUNNING and gap["judged_s"] is None:
        return Figure("?", ("DRUG OFF, TIME UNKNOWN",), "bold yellow")
    if seen["phase"] not in RUNNING and gap["current_s"]:
        return _timed(gap["current_s"], "DRUG OFF", "bold yellow")
    if seen["phase"] == Phase.MANUAL:
        return _timed(seen["phase_s"], "IN THIS PHASE", "bold")
    return _timed(seen["step"]["left_s"], "LEFT IN STEP", "bold")


def _timed(seconds: int, caption: str, style: str) -> Figure:
    if seconds < 60:
        return Figure("<1", (f"min {caption}",), style)
    if seconds < 3600:
        return Figure(str(seconds // 60), (f"min {caption}",), style)
    return Figure(f"{seconds // 3600}:{seconds % 3600 // 60:02}", (f"h:mm {caption}",), style)


def _patient_figures(seen: dict[str, Any], width: int) -> list[Figure]:
    """Dose so far and as many vital signs as there is room for."""
    dose = seen["dose"]
    given = middle(sure(dose["low"]), sure(dose["high"]))
    figures = [Figure(given, (f"{dose['unit']} GIVEN", f"of {exact(dose['target'])}"))]
    for signal in _signals(seen):
        figure = _vital(seen, signal)
        if _width([*figures, figure]) <= width:
            figures.append(figure)
    return figures


def _signals(seen: dict[str, Any]) -> list[str]:
    return [signal for signal in _BIG_VITALS if signal in seen["vitals"]]


def _vital(seen: dict[str, Any], signal: str) -> Figure:
    fault = say.vital_fault(seen, signal)
    at_limit = f"{signal}:limit" in seen["gate"]
    style = "bold red" if at_limit else "bold yellow" if fault else "bold"
    name = words.SHORT[signal]
    age = seen["vitals"][signal]["age_s"]
    old = "?" if age is None else lasting(age)
    return Figure(
        say.vital_value(seen, signal), (f"{name} {old}", fault or say.vital_base(seen, signal)), style
    )


def _other_vitals(seen: dict[str, Any], width: int) -> list[Text]:
    """Those that found no room as big figures."""
    shown = len(_patient_figures(seen, width)) - 1
    left = [*_signals(seen)[shown:], *(s for s in seen["vitals"] if s not in _BIG_VITALS)]
    lines = packed([say.vital(seen, signal) for signal in left], width)
    return [Text(row) for line in lines for row in labelled("Vitals", line, width, 1)]


def _width(figures: Sequence[Figure]) -> int:
    return sum(len(figure.rows[0]) for figure in figures) + _BETWEEN * (len(figures) - 1)


def _big(figures: Sequence[Figure], width: int) -> list[Text]:
    """Figures side by side, spread over the width; as plain lines where they do not fit."""
    if _width(figures) > width:
        return [Text(f"{f.text} {' '.join(f.under)}", style=f.style, no_wrap=True) for f in figures]
    spread = (width - _width(figures)) // max(len(figures) - 1, 1) if len(figures) > 1 else 0
    gap = " " * (_BETWEEN + min(spread, 12))
    lines = []
    for row in zip(*(_evened(figure, figures) for figure in figures), strict=True):
        line = Text()
        for index, (figure, cells) in enumerate(zip(figures, row, strict=True)):
            line.append(gap if index else "")
            line.append(cells, style=figure.style)
        lines.append(line)
    return lines


def _evened(figure: Figure, figures: Sequence[Figure]) -> tuple[str, ...]:
    """The rows of a figure, as many as the tallest has."""
    missing = max(len(f.rows) for f in figures) - len(figure.rows)
    return (*figure.rows, *[" " * len(figure.rows[0])] * missing)


def _lines(
    seen: dict[str, Any], width: int, most: int, *, vitals: bool, leave_out: Sequence[str] = ()
) -> list[Text]:
    rows = [
        ("Held", say.hold_line(seen)),
        ("Refused", say.refused_line(seen)),
        ("Gap", say.gap_line(seen)),
        ("Ordered", say.step_line(seen)),
        ("Next", "" if seen["phase"] == Phase.HELD else say.next_line(seen)),
        ("Soon", watch_lines.soon_line(seen)),
        ("Given", say.dose_line(seen)),
        *(("" if index else "Pump", line) for index, line in enumerate(say.pump_lines(seen))),
        ("By hand", by_hand.watched_line(seen)),
    ]
    if vitals:
        signals = packed([say.vital(seen, signal) for signal in seen["vitals"]], width)
        rows += [("" if index else "Vitals", line) for index, line in enumerate(signals)]
    rows.append(("Gate", say.gate_line(seen)))
    return [
        Text(row)
        for label, text in rows
        if text and label not in leave_out
        for row in labelled(label, text, width, most)
    ]


def _alarms(seen: dict[str, Any], width: int, rows: int, beat_ms: int) -> list[Text]:
    if not seen["alarms"]:
        return [Text("No alarm", style="green")]
    seen_by = {alarm["priority"]: True for alarm in seen["alarms"] if not alarm["acknowledged_by"]}
    return [
        Text(line.ljust(width), style=flashing(priority, beat_ms if seen_by.get(priority) else 0))
        for priority, line in alarms_in(seen["alarms"], width, rows)
    ]
