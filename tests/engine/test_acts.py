"""What persons may do: names, witnesses, refusals with a text, and one act for a double tap (F33, F40)."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import resume
from daemon.engine.phases import Phase
from daemon.protocols.rules import Grade
from simulators.campaign.engine.world import World
from tests.engine.plans import OVER, REST, small
from tests.engine.stories import FAST, in_phase, infusing


def test_f40_a_double_tap_is_one_act() -> None:
    """F40: the same act_id again changes nothing and keeps the first answer."""
    world = infusing()
    first = world.do(inp.HoldNow, act_id="x", reason="")
    count = len(world.events)
    second = world.do(inp.HoldNow, act_id="x", reason="other")
    assert first == second
    assert len(world.events) == count
    world.run(3_000)
    answer = world.do(inp.Resume, act_id="y", choice=REST, reason="well", witness="")
    assert not answer.startswith("no: ")
    count = len(world.events)
    assert world.do(inp.Resume, act_id="y", choice=REST, reason="well", witness="") == answer
    assert len(world.events) == count


@pytest.mark.parametrize("phase", list(Phase))
def test_every_refusal_has_a_text_and_changes_nothing_else(phase: Phase) -> None:
    """Refusals say why; a refused act leaves only its own record, a wrong code also that it was wrong."""
    world = in_phase(phase)
    acts: list[tuple[type[inp.Act], dict[str, Any]]] = [
        (inp.ConfirmSolution, {**world.label("A"), "code": "Z"}),
        (inp.ConfirmRunning, {}),
        (inp.ConfirmStopped, {}),
        (inp.Start, {"witness": "ANN "}),
        (inp.Resume, {"choice": OVER, "reason": "x", "witness": ""}),
        (inp.GoAutomatic, {"witness": "ann"}),
        (inp.Acknowledge, {"alarm": "none"}),
    ]
    for kind, words in acts:
        count = len(world.events)
        answer = world.do(kind, **words)
        if answer.startswith("no: "):
            assert len(answer) > 15
            left = [type(e) for _, e in world.events[count:]]
            assert set(left) <= {ev.ActTaken, ev.CodeRefused, ev.GateShut}
        assert kind is not inp.GoAutomatic or answer.startswith("no: ")
        assert kind is not inp.Start or answer.startswith("no: ")


def test_f33_every_act_that_can_give_more_needs_a_name() -> None:
    """F33: no name, no start, no resume, no confirmation; STOP and reaction need none."""
    world = in_phase(Phase.HELD)
    acts: list[tuple[type[inp.Act], dict[str, Any]]] = [
        (inp.Resume, {"choice": REST, "reason": "x", "witness": ""}),
        (inp.Assess, {}),
        (inp.ConfirmLine, {}),
        (inp.ConfirmSolution, world.label("A")),
        (inp.GoManual, {"reason": ""}),
        (inp.ConfirmRunning, {}),
    ]
    for kind, words in acts:
        assert world.do(kind, by="  ", **words).startswith("no: this needs the name")
    assert not world.do(inp.HoldNow, by="", reason="").startswith("no: ")
    assert not world.do(inp.ReportReaction, by="", grade=Grade.MILD, text="").startswith("no: ")


def test_f33_start_and_start_over_need_two_different_persons() -> None:
    """F33: two names, different after trimming and folding."""
    world = World(small(), timing=FAST)
    world.run(3_000)
    world.check()
    for witness in ("", " ", "ann", "ANN", " Ann "):
        assert world.do(inp.Start, by="ann", witness=witness).startswith("no: ")
    assert not world.do(inp.Start, by="ann", witness="bob").startswith("no: ")
    world.run(30_000)
    world.do(inp.HoldNow, reason="")
    world.run(20 * 60_000 + 1_000)
    assert resume.options(world.state, world.now).allowed == (OVER,)
    assert world.resume(OVER).startswith("no: ")
    assert world.resume(OVER, witness="Ann").startswith("no: ")
    assert not world.resume(OVER, witness="bob").startswith("no: ")
