"""The engine profile as shipped: stories keep every invariant, replay, are told, and find what is broken."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from click.testing import CliRunner

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from daemon.protocols.target import Asked
from drivers.values import Motion, PumpAlarm
from simulators.campaign import bounds, campaign
from simulators.campaign.broken import Broken
from simulators.campaign.engine import scenes
from simulators.campaign.engine.judge import INVARIANTS, Judge
from simulators.campaign.engine.story import ENGINE, KINDS, Course, drawn, play
from simulators.campaign.engine.supervision import Crashed
from simulators.campaign.engine.trial import Trial
from simulators.campaign.engine.troubles import POINTS
from simulators.campaign.engine.world import World
from simulators.campaign.stories import Ended, Event, Story
from simulators.cli import main

BRISK = "brisk"


@pytest.mark.parametrize("seed", range(5))
def test_f38_drawn_stories_keep_every_invariant(seed: int) -> None:
    """F38, DESIGN 3 and 9: two stories of a seed, at whatever beds it draws."""
    for run in range(1, 3):
        ended = play(drawn(f"{seed}/{run}"))
        assert not ended.broken, f"{ended.story}: {ended.text}"
        assert ended.seconds > 60
        assert ended.checked["dose"] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_f38_every_kind_alone_stays_within_its_bound(kind: str) -> None:
    """F38: each fault and each person alone, in the second step of the short plan."""
    ended = play(Story("1/1", (Event(0, kind, 150),), BRISK))
    assert not ended.broken, f"{kind}: {ended.text}"
    assert ended.struck == {kind: 1}


def test_a_story_is_the_same_again() -> None:
    first, again = play(drawn("2/1")), play(drawn("2/1"))
    assert (first.seconds, first.struck, first.checked) == (again.seconds, again.struck, again.checked)
    assert first.checked["replay"] == 1


def test_every_kind_is_drawn_and_has_words() -> None:
    drawn_kinds = {event.name for seed in range(400) for event in drawn(f"{seed}/1").events}
    assert drawn_kinds == set(KINDS)
    assert all(ENGINE.words(kind).endswith(".") for kind in KINDS)


def test_every_bed_is_drawn() -> None:
    assert {drawn(f"{seed}/1").bed for seed in range(200)} == set(scenes.SCENES)


def test_a_broken_invariant_is_shortened_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Books that break once anything has stopped the run: of three events only the press of STOP is told."""

    def books(judge: Judge) -> None:
        judge.must("books", judge.stopped_at is None, "as if")

    monkeypatch.setattr(Judge, "books", books)
    names = ("slow_disk", "twice", "wrong_code")
    events = tuple(Event(number, name, 20 + number) for number, name in enumerate(names))
    profile = replace(ENGINE, drawn=lambda _seed: Story("1/1", events, BRISK))
    (violation,) = campaign.campaign((9, 10), 0.01, profile=profile).violations
    assert (violation["broken"], violation["faults"]) == ("books", list(names))
    assert violation["told"] == ENGINE.told(Story("1/1", events[1:2], BRISK))
    assert violation["told"][0] == "At a bed with three steps, two bags, eight minutes."


def test_the_command_counts_and_exits(monkeypatch: pytest.MonkeyPatch) -> None:
    call = ["campaign", "--profile", "engine", "--seeds", "3:4", "--hours", "0", "--json"]
    ran = CliRunner().invoke(main, call)
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.output)
    assert (told["profile"], told["runs"], told["violations"]) == ("engine", 1, [])
    assert set(told["invariants"]) == set(INVARIANTS)
    assert set(told["faults"]) == set(KINDS)
    again = CliRunner().invoke(main, ["campaign", "--profile", "engine", "--story", "3/1"])
    assert (again.exit_code, again.output.splitlines()[-1]) == (0, "every invariant held")
    monkeypatch.setattr(Judge, "ordered", lambda _judge: -(10**30))
    ran = CliRunner().invoke(main, call)
    assert ran.exit_code == 1
    assert "BROKEN 3/1: dose" in ran.stderr


def test_an_unknown_profile_is_refused() -> None:
    ran = CliRunner().invoke(main, ["campaign", "--profile", "bytes"])
    assert ran.exit_code == 2
    assert "'bytes' is not one of 'engine', 'wire'" in ran.output


def test_a_calm_bed_ends_as_one_that_is_always_looked_at() -> None:
    """Looking rarely while nothing is under way changes neither steps nor, to a unit each, what flowed."""
    scene = scenes.SCENES["brisk"]
    timings = [replace(scenes.TIMING, calm_ms=calm_ms) for calm_ms in (0, 14_000)]
    worlds = [World(scene.plan(), timing=timing).start() for timing in timings]
    for world in worlds:
        world.run_until(Phase.COMPLETED)
        assert not world.seen(ev.Held)
        assert len(world.seen(ev.StepEnded)) == 3
    always, rarely = worlds
    assert abs(always.flowed_dose() - rarely.flowed_dose()) <= Decimal("0.1") * (1 + 1 + 10)
    assert len(rarely.events) < len(always.events)


def trial_at(seconds: int, name: str = "brisk") -> Trial:
    """A run so many seconds after its start."""
    world = scenes.SCENES[name].build()
    trial = Trial(world, Judge(world, Ended(Story("1/1", ())).checked))
    world.start()
    trial.live(seconds * 1000)
    return trial


@pytest.mark.parametrize("point", POINTS)
def test_f17_a_process_may_die_at_every_point_of_an_order(point: str) -> None:
    """DESIGN 9: killed between STOP and record, record and wire, or two exchanges: back, and as written."""
    trial = trial_at(30)
    died: list[str] = []

    def die(name: str) -> None:
        if name == point and not died:
            died.append(name)
            raise Crashed

    trial.world.at = die
    for channel in trial.world.every_channel():
        channel.at = die
    trial.act(inp.HoldNow, by="", reason="")
    trial.live(10_000)
    trial.act(inp.ConfirmPatient, by="ann", patient="4711-0815")
    for choice in trial.plan.rules.resume[3].allow:
        trial.act(inp.Resume, by="ann", choice=choice, reason="well", witness="bob", released=True)
    trial.live(60_000)
    assert (died, trial.deaths) == ([point], 1)
    assert trial.world.replayed()[0] == trial.world.state


def test_what_was_not_on_disk_is_gone_after_a_crash() -> None:
    trial = trial_at(30)
    trial.world.disk_fails()
    trial.live(1)
    trial.act(inp.HoldNow, by="", reason="")
    assert trial.world.seen(ev.Held)
    trial.kill()
    assert not trial.world.seen(ev.Held)
    trial.world.disk_on = True
    trial.start(gap_known=True)
    trial.live(5_000)
    assert trial.pump.motion is Motion.STOPPED, "F10: STOP went out before the record"


def test_f23_after_a_restart_each_reading_is_of_its_own_pump() -> None:
    """The second pump delivers, the service is killed and back: no counter jumps from pump to pump."""
    trial = trial_at(400, "brisk several")
    assert trial.world.state.pump_name == "pump-2"
    trial.kill()
    trial.live(2_000)
    trial.start(gap_known=True)
    trial.live(30_000)
    assert not trial.world.seen(ev.CounterBroken)


class TestOddPump:
    """What the pump under trial does wrong, it does as told."""

    def test_it_ignores_what_it_is_deaf_to(self) -> None:
        pump = trial_at(30).pump
        pump.deaf_to = frozenset({"stop"})
        moved = []
        for stop in (pump.stop, pump.halt):
            stop()
            moved.append(pump.motion is not Motion.STOPPED)
        assert moved == [True, False]

    def test_a_bolus_ends_by_its_volume_and_what_ran_runs_on(self) -> None:
        pump = trial_at(30).pump
        before = sum(pump.flowed.values())
        pump.press_bolus(Decimal(1))
        pump.advance(6_000)
        assert pump.motion is Motion.INFUSING
        assert sum(pump.flowed.values()) - before == pytest.approx(3_600_000_000_000, rel=0.01)

    def test_it_starts_by_itself_when_the_pressure_is_gone(self) -> None:
        pump = trial_at(30).pump
        pump.occlude(5_000)
        pump.advance(4_999)
        assert (pump.motion, pump.alarms) == (Motion.STOPPED, {PumpAlarm.OCCLUSION})
        pump.advance(1)
        assert (pump.motion, pump.alarms) == (Motion.INFUSING, set())

    def test_a_lying_counter_goes_on_from_where_it_lied(self) -> None:
        pump = trial_at(30).pump
        shown = pump.reading().counter_ml
        pump.lie(0)
        pump.advance(20_000)
        assert pump.reading().counter_ml == shown

    def test_looking_ahead_moves_nothing(self) -> None:
        pump = trial_at(30).pump
        before = (dict(pump.flowed), pump.motion, set(pump.alarms), pump.counter)
        assert 0 < pump.alone_ml(3_600_000) < Decimal("1.7")
        assert (pump.flowed, pump.motion, pump.alarms, pump.counter) == before


def test_f1_a_rate_above_the_step_is_seen_by_the_judge() -> None:
    """A judge that cannot say no proves nothing: the dose rate of a later step in an earlier one."""
    trial = trial_at(30)
    trial.pump.rate_ul_h = 61_000
    with pytest.raises(Broken, match="dose rate"):
        trial.judge.look()


def test_f23_two_pumps_at_once_are_seen_by_the_judge() -> None:
    trial = trial_at(30, "brisk several")
    for pump in trial.pumps:
        pump.press_start()
    with pytest.raises(Broken, match="one solution"):
        trial.judge.look()


def test_a_story_without_events_runs_to_its_end() -> None:
    ended = Ended(Story("1/1", (), BRISK))
    course = Course(ended.story, ended)
    course.play()
    assert course.trial.world.phase() is Phase.COMPLETED


def _oxaliplatin() -> Plan:
    file, asked = scenes.PROTOCOLS / "oxaliplatin-5-bag.toml", Asked(Decimal(130), "mg")
    found = load_protocol(file, pump=bounds.DIANET.pump, asked=asked)
    assert isinstance(found, Plan), found
    return found


@pytest.mark.parametrize("name", ["ceftazidime-leeds-7-step", "oxaliplatin-5-bag"])
def test_f30_bags_that_are_given_whole_end_their_steps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """F30: a step that takes a whole bag by volume was held at its end; one that ends with its bag is not."""
    monkeypatch.setitem(scenes.SCENES, "oxaliplatin-5-bag", scenes.Scene("five bags", _oxaliplatin))
    ended = Ended(Story("1/1", (), name))
    course = Course(ended.story, ended)
    course.play()
    assert course.trial.world.phase() is Phase.COMPLETED
    assert not course.trial.world.seen(ev.Held)


def test_f34_a_renewal_in_the_calm_goes_by_what_the_pump_says_now() -> None:
    """Once the guard had read the pump 28 s after the engine had, and rightly refused an old remainder."""
    ended = play(drawn("1065/1"))
    assert not ended.broken, ended.text


def test_f11_f34_nobody_begins_a_whole_step_with_an_empty_bag() -> None:
    """Killed at a bag's end, and somebody chose the same step: it was over at once, and the guard held it."""
    ended = play(drawn("15/1"))
    assert not ended.broken, ended.text
