"""What shuts the gate by the very resume: nothing starts until it is open again (F4, F5, F39)."""

from __future__ import annotations

import pytest

from daemon.engine import events as ev
from daemon.engine import gate
from daemon.engine.line import FlushTo
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import Choice
from drivers.values import Motion
from simulators.campaign.engine.world import World
from tests.engine.lines import at_step, flush, hold, lined
from tests.engine.plans import REST, SAME

AS_BUILT = gate.reasons


def starts(world: World) -> int:
    return sum(
        isinstance(event, ev.SettingOrdered) and event.kind is ev.OrderKind.START
        for event in world.seen(ev.SettingOrdered)
    )


@pytest.mark.parametrize("choice", [REST, SAME], ids=str)
def test_f5_a_gate_that_shuts_with_the_resume_lets_nothing_start(
    monkeypatch: pytest.MonkeyPatch, choice: Choice
) -> None:
    """F5: whatever the resume makes of the line: no START through a shut gate, and one once it opens."""
    world = hold(at_step(lined("2"), 3))
    flush(world, FlushTo.NOBODY)
    before = starts(world)

    def shut_once_resumed(state: RunState, now: int) -> tuple[str, ...]:
        found = AS_BUILT(state, now)
        return found if state.phase is Phase.HELD else (*found, "exposure")

    monkeypatch.setattr(gate, "reasons", shut_once_resumed)
    assert not world.resume(choice).startswith("no: ")
    assert "exposure" in world.state.gate_shut
    world.run(5_000)
    assert starts(world) == before
    assert world.state.pump.reading is not None
    assert world.state.pump.reading.motion is Motion.STOPPED
    monkeypatch.setattr(gate, "reasons", AS_BUILT)
    world.run(10_000)
    assert starts(world) == before + 1
    assert world.phase() is Phase.INFUSING
