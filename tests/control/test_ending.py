"""`infusiond stop`: in good order, and never under a patient (F29)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli.main import main
from daemon.control import ending
from daemon.engine.state import RunState
from drivers.values import Motion
from tests.control.bench import Door
from tests.terminal import beds

MAY_END = {"ready", "shut", "bag change", "held", "reaction", "mild", "after", "done", "aborted"}
TOLD = {"told", "told, set wrong", "press start", "told another rate", "by hand"}
DRUG_RUNS = {"running", "observing", "manual", "stretch"} | TOLD
STOP_PENDING = {"unconfirmed", "stop sent", "stop by hand", "switching"}


@asynccontextmanager
async def served(folder: Path, state: RunState, end: Callable[[], None]) -> AsyncIterator[Door]:
    door = Door(folder, state)
    await door.open()
    door.server._end = end
    try:
        yield door
    finally:
        await door.close()


def test_f29_every_kind_of_bed_is_judged() -> None:
    assert set(beds.EVERY) == MAY_END | DRUG_RUNS | STOP_PENDING


@pytest.mark.parametrize("name", sorted(beds.EVERY))
async def test_f29_a_daemon_is_ended_only_where_no_drug_runs_and_no_stop_waits(
    tmp_path: Path, name: str
) -> None:
    """F29: refused by our tools while drug runs or a STOP is not confirmed, with what to do first."""
    ended: list[str] = []
    async with served(tmp_path, beds.EVERY[name], lambda: ended.append(name)) as door:
        told = await door.ask("stop")
        await asyncio.sleep(0)
    assert told["ok"] is (name in MAY_END), told
    assert ended == ([name] if name in MAY_END else [])
    if name in DRUG_RUNS:
        assert "infusiond hold" in told["answer"]
    if name in STOP_PENDING:
        assert "Press STOP on the pump" in told["answer"]
    assert door.pump.stops == 0, "the verb itself sends nothing"


def test_f29_a_stop_confirmed_by_hand_lets_a_silent_pump_go() -> None:
    """F29, F10: the last word of the pump was that it runs; a named person says that it stands."""
    gone = replace(beds.UNCONFIRMED, pump=replace(beds.UNCONFIRMED.pump, stop_ms=None, stopped=True))
    assert gone.running
    assert ending.refusal(gone) == ""
    assert ending.refusal(replace(gone, pump=replace(gone.pump, stopped=False)))


def test_f29_a_pump_that_a_hand_started_after_the_end_is_still_drug() -> None:
    """F29: while the patient is watched the pump counts as ours; after that it does not."""
    reading = beds.AFTER.pump.reading
    assert reading is not None
    runs = replace(beds.AFTER.pump, reading=replace(reading, motion=Motion.INFUSING), stopped=False)
    assert ending.refusal(replace(beds.AFTER, pump=runs))
    assert not ending.refusal(replace(beds.DONE, pump=runs))


async def test_f29_the_command_waits_until_the_daemon_is_gone(tmp_path: Path) -> None:
    """F29: exit code 0 only when the socket is taken away; 1 and the reason where it is refused."""
    loop = asyncio.get_running_loop()
    async with served(tmp_path, beds.HELD, lambda: None) as door:

        def end() -> None:
            loop.call_later(0.2, door.path.unlink)

        door.server._end = end
        words = ["stop", "--socket", str(door.path), "--json"]
        done = await asyncio.to_thread(CliRunner().invoke, main, words)
        assert done.exit_code == 0, done.output
        assert "stays held" in done.output
        assert not door.path.exists()
    async with served(tmp_path / "two", beds.RUNNING, lambda: None) as door:
        done = await asyncio.to_thread(CliRunner().invoke, main, ["stop", "--socket", str(door.path)])
        assert done.exit_code == 1
        assert "drug runs" in done.output


def test_f29_where_nobody_answers_the_hands_are_told_what_to_do(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["stop", "--socket", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert "press STOP on the pump" in done.output
