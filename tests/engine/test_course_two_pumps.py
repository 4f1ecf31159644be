"""What a run does next where the following step is given by another pump: break before make (F23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from drivers.values import Motion, PumpSetting
from tests.engine.follows import follows
from tests.engine.states import with_second
from tests.engine.test_course_of_a_step import NOW, SHUT, D, at_step
from tests.engine.test_course_while_it_stands import stands

PROGRAMMED = PumpSetting(D(30), D("5.3"))
PROGRAM = "program 30 limit 5.3 at pump 2"
"""5 mL in 10 minutes, 0.25 mL of margin (30 s), in whole tenths."""
CHANGES = ["StepEnded 2", "SwitchBegun pump 2", "stop pump 1"]


def beside(state: RunState, hung: str | None = "B", **changes: Any) -> RunState:
    """The same, with a second pump that carries bag B: it stands, disarmed, long since."""
    assert state.pump.reading is not None
    reading = replace(state.pump.reading, motion=Motion.STOPPED, limit_left_ml=D("0.1"))
    known: dict[str, Any] = {"reading": reading, "approved": None, "stopped": True, "disarmed": True}
    state = replace(state, bags={"A": state.bags["A"]})
    still = {"still_from_ms": 0, "still_to_ms": 1_000}
    return with_second(state, carries=("B",), hung=hung, **(known | still | changes))


@pytest.mark.parametrize(
    ("state", "next_"),
    [
        (lambda: beside(at_step(2)), [PROGRAM]),
        (lambda: beside(at_step(2), programmed=PROGRAMMED), CHANGES),
        (lambda: beside(at_step(2, left="0.1")), [PROGRAM, *CHANGES]),
        (lambda: beside(at_step(2, left="0.1"), programmed=PROGRAMMED), CHANGES),
        (lambda: beside(at_step(2), None), ["StepEnded 2", "awaiting_solution", "stop"]),
        (
            lambda: beside(at_step(2), None, programmed=PROGRAMMED),
            ["StepEnded 2", "awaiting_solution", "stop"],
        ),
        (
            lambda: replace(beside(at_step(2), programmed=PROGRAMMED), gate_shut=SHUT),
            ["StepEnded 2", "waiting_gate", "+gate_waiting", "stop"],
        ),
        (
            lambda: beside(at_step(1), programmed=PROGRAMMED),
            ["StepEnded 1", "begins 2: 10 mL in 300000 ms", "change 120 limit 11.1 at pump 1"],
        ),
    ],
    ids=range(8),
)
def test_f23_a_full_step_before_another_pump(state: Callable[[], RunState], next_: list[str]) -> None:
    """F23: the coming one is programmed first; then the step is over and the old one alone is stopped."""
    assert follows(state(), NOW) == next_


def ready(still_ms: int, phase: Phase, **changes: Any) -> RunState:
    """Step 3 is due from pump 2; pump 1 has stood for so long."""
    state = beside(stands(phase, step=3), **changes)
    now = state.gap.open_from_ms or 0
    return replace(state, phase_ms=now, pump=replace(state.pump, still_from_ms=0, still_to_ms=still_ms))


@pytest.mark.parametrize("phase", [Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.SWITCHING])
def test_f23_another_pump_takes_over_once_the_old_one_has_stood_for_a_second(phase: Phase) -> None:
    """F23: standing by two readings a second apart, then it is in charge and is started."""
    at = 3_000
    moving, still = (ready(ms, phase, programmed=PROGRAMMED) for ms in (999, 1_000))
    assert follows(moving, at) == []
    assert follows(still, at) == [
        "TookOver pump 2",
        "begins 3: 5 mL in 600000 ms",
        "start 30 limit 5.3 at pump 2",
    ]


def test_f23_one_that_is_not_programmed_does_not_take_over() -> None:
    assert follows(ready(1_000, Phase.SWITCHING), 3_000) == [PROGRAM]
