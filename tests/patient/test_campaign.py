"""The campaign as shipped: seeds replay, a failure is found, shortened and told, and counts are true."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulators.campaign import campaign, stories, story
from simulators.campaign.beds import BEDS
from simulators.campaign.broken import Broken
from simulators.campaign.cost import Cost
from simulators.campaign.deaths import NTH
from simulators.campaign.judge import INVARIANTS, Judge
from simulators.campaign.people import PEOPLE
from simulators.campaign.world import World
from simulators.cli import main

SEEDS = range(2)


@pytest.mark.parametrize("seed", SEEDS)
def test_f38_drawn_stories_keep_every_invariant(seed: int) -> None:
    """(A) R9, P13: F38, DESIGN 3 and 9: as many as half an hour of one bed holds."""
    report = campaign.campaign((seed, seed + 1), 0.5)
    assert report.violations == []
    assert report.patient_s >= 1800
    assert report.checked["dose"] > 2 * 0.9 * report.patient_s
    assert sum(report.struck.values()) >= report.runs


def test_a_story_is_the_same_again() -> None:
    """(A) P13: One seed, one course: what struck, how long it took and every check."""
    first, again = campaign.replayed("5/1"), campaign.replayed("5/1")
    assert (first.seconds, first.struck, first.checked) == (again.seconds, again.struck, again.checked)
    assert first.checked["replay"] == 2


def test_seeds_differ() -> None:
    told = {str(story.drawn(f"{seed}/1").events) for seed in range(20)}
    assert len(told) == 20


@pytest.mark.parametrize("bed", BEDS)
def test_a_stop_at_each_bed(bed: str) -> None:
    """A bed can be named, and what is judged there holds."""
    events = (stories.Event(0, "stop", 20),)
    ended = story.WIRE.play(stories.Story("1/1", events, bed))
    assert not ended.broken, ended.text
    assert ended.checked["stop"] + ended.checked["reaction"], "the press, or the reaction that was reported"


def test_every_kind_is_drawn_and_has_words() -> None:
    drawn = {event.name for seed in range(3000) for event in story.drawn(f"{seed}/1").events}
    assert drawn == set(story.KINDS)
    assert all(story.WIRE.words(kind).endswith(".") for kind in story.KINDS)


def test_a_broken_invariant_is_shortened_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Books that break once anything has stopped the run: of three events only the press of STOP is told."""

    def books(judge: Judge) -> None:
        judge.must("books", judge.stopped_at is None, lambda: "as if")

    monkeypatch.setattr(Judge, "books", books)
    names = ("mains_off", "twice", "sensor_off")
    events = tuple(stories.Event(number, name, 20 + number) for number, name in enumerate(names))
    profile = replace(story.WIRE, drawn=lambda seed: stories.Story(seed, events))
    report = campaign.campaign((9, 10), 0.01, profile=profile)
    (violation,) = report.violations
    assert (violation["story"], violation["broken"], violation["faults"]) == ("9/1", "books", list(names))
    assert violation["told"] == profile.told(stories.Story("9/1", events[1:2]))


def test_the_command_counts_and_exits(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = CliRunner().invoke(main, ["campaign", "--seeds", "3:4", "--hours", "0", "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.output)
    assert (told["runs"], told["seeds"], told["violations"]) == (1, "3:4", [])
    assert set(told["invariants"]) == set(INVARIANTS)
    monkeypatch.setattr(Judge, "allowed", lambda _judge: Decimal(-1))
    ran = CliRunner().invoke(main, ["campaign", "--seeds", "3:4", "--hours", "0", "--json"])
    assert ran.exit_code == 1
    assert "BROKEN 3/1: dose" in ran.stderr


@pytest.mark.parametrize("seeds", ["", "4:4", "5:2", "-1:2", "a:b"])
def test_unusable_seeds_are_refused(seeds: str) -> None:
    ran = CliRunner().invoke(main, ["campaign", "--seeds", seeds])
    assert ran.exit_code == 2
    assert "expected A:B" in ran.output


def test_a_run_that_ends_by_itself_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only what is judged: whatever the daemon raises ends a story as broken."""

    def fails(_judge: Judge) -> None:
        raise ZeroDivisionError("as if")

    monkeypatch.setattr(Judge, "books", fails)
    ended = story.play(tmp_path, stories.Story("1/1", ()))
    assert (ended.broken, ended.text) == ("run", "ZeroDivisionError: as if")


def test_a_fault_that_counts_is_played_at_every_n() -> None:
    """The n-th write, send or await: each n is a story with a name of its own."""
    report = campaign.sweep(1)
    assert report.violations == []
    assert report.runs == len(NTH)
    assert all(report.struck[kind] == 1 for kind in NTH)
    with pytest.raises(ValueError, match="expected nth/KIND/N"):
        campaign.replayed("nth/freeze/3")


@pytest.mark.parametrize("number", [11, 12])
def test_d5_a_step_begun_between_two_looks_at_a_dying_daemon_was_ordered(number: int) -> None:
    """D5: step 2 was on disk and the pump had it when the process died; the judge goes by the disk then."""
    ended = campaign.replayed(f"nth/kill_at_write/{number}")
    assert ended.broken == "", ended.text


def test_the_first_that_breaks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dose too high, then a person who is judged although nobody looks on any more: the dose is told."""

    async def twice(_world: World, judge: Judge, _chance: random.Random) -> Cost:
        judge.broken = Broken("dose", "as if")
        raise Broken("gap", "as if")

    monkeypatch.setitem(PEOPLE, "twice", twice)
    ended = story.play(tmp_path, stories.Story("1/1", (stories.Event(0, "twice", 20),)))
    assert (ended.broken, ended.text) == ("dose", "dose: as if")


def test_f16_whoever_goes_on_has_assessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """F16: the nurse is away for 200 s and somebody else goes on after 60: from then on it counts."""
    monkeypatch.setattr("simulators.campaign.people.WAITS_S", (60,))
    events = (stories.Event(0, "stop", 20), stories.Event(1, "away", 30), stories.Event(2, "go_on", 35))
    ended = story.WIRE.play(stories.Story("2/1", events))
    assert not ended.broken, ended.text
    assert ended.checked["attended"] > 200, "drug flowed while she was away"
