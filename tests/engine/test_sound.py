"""F9: nothing starts or is renewed while nobody at the bed can be warned; F40: what is never silent."""

from __future__ import annotations

import pytest

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.alarms import CATALOGUE, Priority
from daemon.engine.phases import Phase
from drivers.values import Motion
from simulators.campaign.engine.world import World
from tests.engine.plans import REST, small
from tests.engine.stories import FAST, infusing

LOST = inp.SoundLost("the terminal has not answered for 5 s")


def test_f9_without_an_annunciator_there_is_no_start() -> None:
    """F9: nothing to hear, nothing to confirm; a tone confirmed and then lost does not count."""
    world = World(small(), timing=FAST)
    world.run(3_000)
    world.check()
    world.give(LOST)
    assert world.do(inp.ConfirmSound).startswith("no: nothing at the bed has answered")
    assert "confirm sound" in world.do(inp.Start, witness="bob")
    world.give(inp.SoundAlive("terminal"))
    assert "confirm sound" in world.do(inp.Start, witness="bob")
    world.run(60_000)
    assert world.flowed_dose() == 0
    world.do(inp.ConfirmSound)
    assert not world.do(inp.Start, witness="bob").startswith("no: ")


def test_f9_another_annunciator_before_the_start_is_heard_anew() -> None:
    """F9: what was heard was another one."""
    world = World(small(), timing=FAST)
    world.run(3_000)
    world.check()
    world.give(inp.SoundAlive("another terminal"))
    assert "confirm sound" in world.do(inp.Start, witness="bob")


def test_f9_lost_during_a_run_nothing_is_renewed_and_the_drug_ends() -> None:
    """F9: HIGH, the gate shut, the pump stands at the end of its slice; it goes on when it can be heard."""
    world = infusing()
    world.give(LOST)
    assert CATALOGUE["sound_lost"].priority is Priority.HIGH
    assert "sound_lost" in world.state.alarms
    assert world.state.gate_shut == ("sound:lost",)
    step, ordered = world.state.step, len(world.seen(ev.SettingOrdered))
    world.run_until(Phase.WAITING_GATE)
    world.run(3_000)
    assert world.motion() is Motion.STOPPED
    assert world.state.step == step
    kinds = [e.kind for e in world.seen(ev.SettingOrdered)[ordered:] if isinstance(e, ev.SettingOrdered)]
    assert set(kinds) <= {ev.OrderKind.DISARM}
    flowed = world.flowed_dose()
    world.run(60_000)
    assert world.flowed_dose() == flowed
    world.give(inp.SoundAlive("terminal"))
    assert "sound_lost" not in world.state.alarms
    world.run(10_000)
    assert world.phase() is Phase.INFUSING
    assert world.flowed_dose() > flowed


def test_f9_no_resume_while_nobody_can_be_warned_but_abort_always() -> None:
    """F9, F32: less drug needs no sound."""
    world = infusing()
    world.do(inp.HoldNow, reason="")
    world.run(5_000)
    world.give(LOST)
    assert "sound:lost" in world.resume(REST)
    assert not world.do(inp.Abort, reason="").startswith("no: ")


def test_f9_a_new_process_has_heard_of_nobody() -> None:
    """F9: observed, and not driven on until something at the bed answers."""
    world = infusing()
    world.heard = False
    world.restart(2_000)
    world.run(3_000)
    world.measure()
    world.match()
    assert "sound:lost" in world.do(inp.ConfirmRunning)
    world.give(inp.SoundAlive("terminal"))
    assert not world.do(inp.ConfirmRunning).startswith("no: ")


def test_f9_before_the_start_a_lost_sound_is_no_alarm_of_a_run() -> None:
    """F9: the checklist asks for it, nothing is raised."""
    world = World(small(), timing=FAST)
    world.give(LOST)
    assert world.state.alarms == {}


@pytest.mark.parametrize("seconds", [29, 31])
def test_f40_nobody_silences_stop_not_confirmed_for_longer_than_30_s(seconds: int) -> None:
    """F40: it sounds again after 30 s, however often it is acknowledged; other alarms stay acknowledged."""
    world = infusing()
    world.channel.link_up = False
    world.do(inp.HoldNow, reason="")
    world.run(10_000)
    assert "stop_not_confirmed" in world.state.alarms
    for _ in range(3):
        world.do(inp.Acknowledge, alarm="stop_not_confirmed")
        world.do(inp.Acknowledge, alarm="held_operator")
        world.run(seconds * 1_000)
        silent = world.state.alarms["stop_not_confirmed"].acknowledged_by
        assert silent == ("ann" if seconds < 30 else "")
        assert world.state.alarms["held_operator"].acknowledged_by == "ann"
        world.run(7_000)
        assert world.state.alarms["stop_not_confirmed"].acknowledged_by == ""
