"""F9: what counts as something at the bed that can sound, and when it is lost."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.control.annunciators import Annunciators
from daemon.control.requests import BadRequest, act_of
from daemon.control.server import ControlServer
from daemon.engine import inputs as inp
from daemon.sound_rule import SoundRule
from simulators.campaign.engine.labels import code_of
from tests.annunciator import Annunciator
from tests.control.bench import Door, request
from tests.journal.files import until

RULE = SoundRule(Decimal(2), Decimal(5))


class Bed:
    """Annunciators with a clock moved by hand; `said` is what the engine was told."""

    def __init__(self) -> None:
        self.ms = 1_000
        self.said: list[inp.Input] = []
        self.asked: list[tuple[str, int]] = []
        self.known = Annunciators(RULE, self.said.append, lambda: self.ms)

    def join(self, name: str = "one", *, rings: bool | None = True) -> Any:
        one = self.known.join(name, lambda number: self.asked.append((name, number)))
        if rings is not None:
            self.known.heard(one, {"test": self.asked[-1][1], "rang": rings, "why": "no bell"})
        return one

    def passes(self, ms: int) -> list[inp.Input]:
        for _ in range(ms // 500):
            self.ms += 500
            self.known.tick()
        return self.said


def test_f9_a_tone_is_asked_for_at_once_and_its_answer_makes_it_alive() -> None:
    """F9: registered is not enough, the self-test must be answered."""
    bed = Bed()
    one = bed.join(rings=None)
    assert bed.asked == [("one", 1)]
    bed.known.heard(one, {"alive": True})
    assert bed.said == []
    bed.known.heard(one, {"test": 1, "rang": True})
    assert bed.said == [inp.SoundAlive("one")]


@pytest.mark.parametrize(
    "said",
    [{}, {"test": 2, "rang": True}, {"test": 1}, {"test": 1, "rang": "yes"}, {"test": 1, "rang": 1}],
    ids=repr,
)
def test_f9_any_other_answer_is_no_sound(said: dict[str, Any]) -> None:
    """F9: only the tone that was asked for, only `true`."""
    bed = Bed()
    bed.known.heard(bed.join(rings=None), said)
    assert bed.said == []


def test_f9_a_terminal_without_a_bell_says_so_and_is_not_taken() -> None:
    """F9: a page or terminal that may not sound; the alarm names it."""
    bed = Bed()
    one = bed.join("view", rings=False)
    for _ in range(12):
        bed.passes(500)
        bed.known.heard(one, {"alive": True})
    assert bed.said == [inp.SoundLost("view: no bell")]


def test_f9_lost_after_5_s_without_an_answer_and_told_once() -> None:
    """F9: as ordered, not before, and not again and again."""
    bed = Bed()
    bed.join()
    assert bed.passes(4_500) == [inp.SoundAlive("one")]
    assert bed.passes(500)[1:] == [inp.SoundLost("one has not answered for 5 s")]
    assert len(bed.passes(20_000)) == 2


def test_f9_signs_of_life_keep_it_alive() -> None:
    """F9: one every 2 s."""
    bed = Bed()
    one = bed.join()
    for _ in range(20):
        bed.passes(2_000)
        bed.known.heard(one, {"alive": True})
    assert bed.said == [inp.SoundAlive("one")]


def test_f9_of_several_one_alive_is_enough() -> None:
    """F9: the first falls silent, the second is named; a view opened anew within the time is no loss."""
    bed = Bed()
    bed.join("one")
    second = bed.join("two")
    for _ in range(4):
        bed.passes(2_000)
        bed.known.heard(second, {"alive": True})
    assert bed.said == [inp.SoundAlive("one"), inp.SoundAlive("two")]
    bed.known.leave(second)
    bed.passes(2_000)
    bed.join("three")
    bed.passes(3_500)
    assert not [said for said in bed.said if isinstance(said, inp.SoundLost)]


def test_f9_an_answer_counts_though_another_view_has_joined_meanwhile() -> None:
    """F9: the view that rings is heard, also where the last one to join has no bell."""
    bed = Bed()
    one, two = bed.join("one", rings=None), bed.join("two", rings=None)
    (_, first), (_, second) = bed.asked
    bed.known.heard(two, {"test": second, "rang": False, "why": "no terminal"})
    bed.known.heard(one, {"test": first, "rang": True})
    assert bed.said == [inp.SoundAlive("one")]


def test_f9_the_answer_to_the_tone_of_another_view_is_no_sound() -> None:
    """F9: each answers for itself, and only the tone it was asked for last."""
    bed = Bed()
    one, _ = bed.join("one", rings=None), bed.join("two", rings=None)
    first, second = (number for _, number in bed.asked)
    bed.known.heard(one, {"test": second, "rang": True})
    assert bed.said == []
    bed.known.test([one])
    bed.known.heard(one, {"test": first, "rang": True})
    assert bed.said == []
    bed.known.heard(one, {"test": bed.asked[-1][1], "rang": True})
    assert bed.said == [inp.SoundAlive("one")]


def test_f9_one_that_was_lost_and_speaks_again_is_tested_anew() -> None:
    """F9: a view that had hung is not believed to sound because it breathes."""
    bed = Bed()
    one = bed.join()
    bed.passes(6_000)
    bed.known.heard(one, {"alive": True})
    assert isinstance(bed.passes(500)[-1], inp.SoundLost)
    assert bed.asked == [("one", 1), ("one", 2)]
    bed.known.heard(one, {"test": 2, "rang": True})
    assert bed.said[-1] == inp.SoundAlive("one")


def test_f9_a_new_process_that_nobody_joins_says_so() -> None:
    """F9: after its time, not at once."""
    bed = Bed()
    assert bed.passes(4_500) == []
    (told,) = bed.passes(500)
    assert isinstance(told, inp.SoundLost)
    bed.join()
    assert bed.said[1:] == [inp.SoundAlive("one")]


async def test_f9_over_the_socket_a_view_with_sound_is_asked_and_heard(tmp_path: Path) -> None:
    """F9: registers with `watch`, answers on the same connection, and is lost with it."""
    door = Door(tmp_path)
    await door.open()
    told: list[inp.Input] = []
    sound = Annunciators(RULE, told.append, door.clock.wire_ms)
    path = tmp_path / "sound.sock"
    server = ControlServer(path, door.supervisor, door.clock, door.report, sound)
    await server.open()
    heard = Annunciator(path)
    try:
        await until(lambda: bool(told))
        assert told == [inp.SoundAlive("a test")]
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(request("sound_test"))
        answer = json.loads(await reader.readline())
        writer.close()
        assert answer["ok"]
        await until(lambda: heard.tests == 2)
    finally:
        await asyncio.to_thread(heard.close)
        await server.close()
        await door.close()


async def test_f9_without_anything_that_sounds_a_test_is_refused(door: Door) -> None:
    """F9: the person is told that nothing will be heard."""
    answer = await door.ask("sound_test")
    assert not answer["ok"]


@pytest.mark.parametrize("wrong", [1234567, None, [code_of("A")], {"code": code_of("A")}], ids=repr)
def test_f13_a_code_of_another_kind_is_not_said_back(wrong: Any) -> None:
    """F13: not even in the refusal of a broken request."""
    args = {"act_id": "a", "by": "Ann", "pump": "p", "primed": True, "made_min": "1", "seen": 1}
    with pytest.raises(BadRequest) as told:
        act_of("confirm_solution", {**args, "code": wrong})
    assert "code: use text" in str(told.value)
    assert code_of("A") not in str(told.value)
    assert "1234567" not in str(told.value)
