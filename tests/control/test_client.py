"""The command line's side of the control socket: understood, and plain words when nobody is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from daemon.control import client
from daemon.engine.phases import Phase
from tests.control.bench import Door


async def test_the_client_of_the_command_line_is_understood(door: Door) -> None:
    told = await asyncio.to_thread(client.act, door.path, "hold", by="Ann", reason="")
    assert told["answer"] == "STOP sent"
    assert door.supervisor.state.phase is Phase.HELD
    told = await asyncio.to_thread(client.ask, door.path, "status")
    assert told["status"]["dose"]["unit"] == "mg"


@pytest.mark.parametrize(
    "word", [b"", b'{"ok": true, "answer": "STOP se', b'{"ok": "\xc3', b"\xff\n"], ids=repr
)
async def test_a_daemon_that_dies_in_the_middle_of_a_word_is_told_with_the_hands(
    tmp_path: Path, word: bytes
) -> None:
    """F10: whoever asked must read what to do by hand, not how a program failed."""

    async def dies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(word)
        await writer.drain()
        writer.close()

    path = tmp_path / "s"
    async with await asyncio.start_unix_server(dies, str(path)):
        with pytest.raises(client.NoDaemon, match="press STOP on the pump and clamp the line"):
            await asyncio.to_thread(client.act, path, "hold", by="", reason="")


@pytest.mark.parametrize("name", ["nothing", "x" * 200])
def test_nobody_there_is_told_with_the_hands(tmp_path: Path, name: str) -> None:
    with pytest.raises(client.NoDaemon, match="press STOP on the pump"):
        client.act(tmp_path / name, "hold", by="", reason="")
