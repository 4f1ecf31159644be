"""Over the socket, with the disk dead: what is always possible, and what is said of paper (F32)."""

from __future__ import annotations

import sqlite3

import pytest

from daemon.control import server as module
from tests.control.bench import Door


@pytest.mark.parametrize(("verb", "phase"), [("manual", "manual"), ("abort", "aborted")])
async def test_f32_manual_and_abort_are_done_with_a_dead_disk_and_ask_for_paper(
    door: Door, monkeypatch: pytest.MonkeyPatch, verb: str, phase: str
) -> None:
    """F32: the record follows when it can; on paper otherwise, and the text says so."""
    monkeypatch.setattr(module, "DURABLE_S", 0.05)
    other = sqlite3.connect(door.store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    told = await door.act(verb, "a1", reason="disk dead")
    assert (told["ok"], told["phase"]) == (True, phase)
    assert "NOT YET ON DISK: keep a paper record" in told["answer"]
    other.execute("ROLLBACK")
    other.close()


async def test_f22_a_reaction_with_symptoms_and_epinephrine_over_the_socket(door: Door) -> None:
    """F22: one touch for epinephrine; the answer names grade and scale."""
    told = await door.act(
        "reaction", "a1", grade="mild", text="", symptoms=["urticaria"], epinephrine=True, minutes_ago=1
    )
    assert told["ok"] is True
    assert told["answer"].startswith("STOP sent; a severe reaction (brown-2004) is recorded")


async def test_f22_f33_symptoms_nobody_knows_stop_and_are_refused_with_a_code(door: Door) -> None:
    """F22, F33: STOP first; refused by its code, so that whoever asked can wait for the STOP."""
    told = await door.act("reaction", "a1", grade=None, text="", symptoms=["itch"])
    assert (told["ok"], told["code"], told["phase"]) == (False, "unknown_symptom", "held")
    assert door.pump.stops == 1
