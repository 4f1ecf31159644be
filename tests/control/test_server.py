"""The door itself, over a real socket: strange lines, strange clients, double taps, a disk that stalls."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from daemon.control import server as module
from daemon.control.server import LINE_MAX, ControlServer
from tests.control.bench import AT_ONCE_S, Door, request
from tests.journal.files import on_disk, until
from tests.terminal import beds


async def seconds(doing: Any) -> tuple[float, Any]:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    answer = await doing
    return loop.time() - begin, answer


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"hello\n",
        b"{\n",
        b"[]\n",
        b"7\n",
        b"null\n",
        b'"status"\n',
        b"{}\n",
        b'{"verb": 7}\n',
        b'{"verb": null, "args": {}}\n',
        b'{"verb": ["hold"]}\n',
        b'{"verb": "hold"}\n',
        b'{"verb": "hold", "args": []}\n',
        b'{"verb": "hold", "args": null}\n',
        b'{"verb": "hold", "args": "now"}\n',
        b'{"verb": "\\ud800", "args": {}}\n',
        b"\xff\xfe\x00\n",
        b'{"verb": "st\xe4tus"}\n',
        b'{"verb": ' + b"9" * 5_000 + b"}\n",
        b"[" * 30_000 + b"\n",
        b'{"a":' * 10_000 + b"\n",
        b"\x00" * 100 + b"\n",
    ],
    ids=lambda line: repr(line[:16]),
)
async def test_a_line_that_is_no_request_is_answered_with_text(door: Door, line: bytes) -> None:
    """On a connection that goes on: the next request on it is served."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_unix_connection(str(door.path))
        writer.write(line)
        told = json.loads(await reader.readline())
        assert told["ok"] is False
        assert len(told["answer"]) > 5
        writer.write(request("status"))
        assert json.loads(await reader.readline())["ok"] is True
        writer.close()
        await writer.wait_closed()


async def test_a_line_without_end_is_hung_up_on_in_bounded_memory(door: Door) -> None:
    reader, writer = await asyncio.open_unix_connection(str(door.path))

    async def pour() -> None:
        while True:
            writer.write(b"x" * LINE_MAX)
            await writer.drain()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(pour(), 10)
    writer.close()
    del reader
    assert (await door.ask("status"))["ok"]


@pytest.mark.parametrize("half", [b"", b"{", b'{"verb": "hold", "args": {"act_id": "a", "by": "", "reas'])
async def test_a_client_that_leaves_in_the_middle_harms_nobody(door: Door, half: bytes) -> None:
    """Half a STOP is no act: what it meant is not guessed."""
    _, writer = await asyncio.open_unix_connection(str(door.path))
    writer.write(half)
    await writer.drain()
    writer.transport.abort()
    await asyncio.sleep(0)
    assert (await door.ask("status"))["status"]["phase"] == "infusing"
    assert door.pump.stops == 0


async def test_a_line_that_comes_in_pieces_is_one_request(door: Door) -> None:
    reader, writer = await asyncio.open_unix_connection(str(door.path))
    for byte in request("status"):
        writer.write(bytes([byte]))
        await writer.drain()
    assert json.loads(await reader.readline())["ok"]
    writer.close()
    await writer.wait_closed()


async def test_several_requests_in_one_write_are_answered_in_order(door: Door) -> None:
    reader, writer = await asyncio.open_unix_connection(str(door.path))
    writer.write(request("status") + b"what\n" + request("status"))
    told = [json.loads(await reader.readline())["ok"] for _ in range(3)]
    assert told == [True, False, True]
    writer.close()
    await writer.wait_closed()


async def test_status_is_the_view_with_time_and_number(door: Door) -> None:
    seen = (await door.ask("status"))["status"]
    assert seen["utc"] == "2026-01-01T00:00:00+00:00"
    assert seen["seq"] == door.journal.seq
    assert seen["mode"] == "AUTOMATIC"


async def test_watch_goes_on_until_the_other_side_leaves(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WATCH_S", 0.01)
    reader, writer = await asyncio.open_unix_connection(str(door.path))
    writer.write(request("watch"))
    for _ in range(3):
        assert json.loads(await reader.readline())["status"]["phase"] == "infusing"
    await door.act("hold", "a1", reason="")
    async with asyncio.timeout(10):
        while json.loads(await reader.readline())["status"]["phase"] != "held":
            pass
    writer.close()
    await writer.wait_closed()
    await until(lambda: not door.server._clients, "the watch was never given up")


def a_client_that_never_reads(path: Path, verb: str, times: int) -> socket.socket:
    silent = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    silent.connect(str(path))
    silent.setblocking(False)
    for _ in range(times):
        try:
            silent.send(request(verb))
        except BlockingIOError:
            break
    return silent


@pytest.mark.parametrize(("verb", "times"), [("watch", 1), ("status", 2_000)])
async def test_a_client_that_never_reads_costs_bounded_memory_and_blocks_nobody(
    door: Door, monkeypatch: pytest.MonkeyPatch, verb: str, times: int
) -> None:
    """A frozen screen: what waits for it is bounded, and the hold beside it is answered at once."""
    monkeypatch.setattr(module, "WATCH_S", 0.0001)
    writers: list[asyncio.StreamWriter] = []
    send = module._send

    async def noted(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
        if writer not in writers:
            writers.append(writer)
        counted.append(1)
        await send(writer, answer)

    counted: list[int] = []
    monkeypatch.setattr(module, "_send", noted)
    silent = a_client_that_never_reads(door.path, verb, times)
    seen = -1
    async with asyncio.timeout(20):
        while len(counted) != seen:
            seen = len(counted)
            await asyncio.sleep(0.1)
    assert seen > 1
    one_answer = len(json.dumps(door.server.status(), default=str))
    waiting = writers[0].transport.get_write_buffer_size()
    assert waiting < 64 * 1024 + 4 * one_answer
    took, told = await seconds(door.act("hold", "a1", reason=""))
    assert told["ok"]
    assert took < AT_ONCE_S
    silent.close()


async def test_closing_hangs_up_on_everybody(tmp_path: Path) -> None:
    door = Door(tmp_path)
    await door.open()
    silent = a_client_that_never_reads(door.path, "watch", 1)
    reader, writer = await asyncio.open_unix_connection(str(door.path))
    writer.write(request("watch"))
    await reader.readline()
    async with asyncio.timeout(5):
        await door.close()
        await reader.read()
    writer.close()
    silent.close()
    assert not door.path.exists()


async def test_a_second_daemon_on_one_socket_is_refused(door: Door) -> None:
    """DESIGN 3.12, (A) D7: and the first one keeps its door."""
    other = ControlServer(door.path, door.supervisor, door.clock, door.report)
    with pytest.raises(FileExistsError, match="another infusiond already answers"):
        await other.open()
    await other.close()
    assert (await door.ask("status"))["ok"]


async def test_a_socket_left_by_a_dead_process_is_replaced(tmp_path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(tmp_path / "bed.sock"))
    dead.close()
    assert (tmp_path / "bed.sock").is_socket()
    door = Door(tmp_path)
    await door.open()
    assert (await door.ask("status"))["ok"]
    await door.close()


async def test_a_second_daemon_is_refused_by_a_first_one_that_hangs(tmp_path: Path) -> None:
    """Stopped, or too busy to take more callers: not answering is not being dead."""
    hung = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    hung.bind(str(tmp_path / "bed.sock"))
    hung.listen(1)
    waiting = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(5)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(str(tmp_path / "bed.sock"))
    door = Door(tmp_path)
    with pytest.raises(FileExistsError, match="another infusiond"):
        await door.open()
    assert (tmp_path / "bed.sock").is_socket()
    for one in (*waiting, hung):
        one.close()
    await door.journal.close()


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    """A slip in the bed file must not cost a file."""
    (tmp_path / "bed.sock").write_text("a journal, say")
    door = Door(tmp_path)
    with pytest.raises(FileExistsError, match="no socket"):
        await door.open()
    assert (tmp_path / "bed.sock").read_text() == "a journal, say"
    await door.journal.close()


async def test_the_socket_is_for_owner_and_group(door: Door) -> None:
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o660


async def test_hold_is_done_and_answered_while_the_disk_is_locked(door: Door) -> None:
    """DESIGN 3.1, (A) R1: STOP first, then the answer; the record follows when the disk takes it."""
    other = sqlite3.connect(door.store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    took, told = await seconds(door.act("hold", "a1", reason="looks pale"))
    assert told.items() >= {"ok": True, "answer": "STOP sent", "code": "", "phase": "held"}.items()
    assert took < AT_ONCE_S
    assert door.pump.stops == 1
    assert door.journal.durable_seq == 1
    other.execute("ROLLBACK")
    other.close()
    await door.journal.durable(door.journal.seq)
    types = [record.content()["type"] for record in on_disk(door.store.path)[0]]
    assert types.count("ActTaken") == 1
    assert "StopOrdered" in types


async def test_another_act_waits_for_the_disk_and_says_when_it_did_not_come(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DURABLE_S", 0.05)
    other = sqlite3.connect(door.store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    told = await door.act("confirm_assessment", "a1")
    assert told["ok"] is True
    assert "NOT YET ON DISK" in told["answer"]
    other.execute("ROLLBACK")
    other.close()


async def test_an_act_is_answered_after_its_record_is_on_disk(door: Door) -> None:
    told = await door.act("confirm_assessment", "a1")
    assert told["ok"] is True
    assert "NOT YET" not in told["answer"]
    types = [record.content()["type"] for record in on_disk(door.store.path)[0]]
    assert "ActTaken" in types


async def test_f40_the_same_act_id_twice_is_one_act(door: Door) -> None:
    """A double tap, a repeat after a lost answer: the first answer again, one record, one STOP."""
    first = await door.act("hold", "tap", reason="")
    again = await door.act("hold", "tap", reason="")
    both = await asyncio.gather(*(door.act("hold", "tap", reason="") for _ in range(5)))
    assert all(told == first for told in (again, *both))
    assert door.pump.stops == 1
    await door.journal.durable(door.journal.seq)
    types = [record.content()["type"] for record in on_disk(door.store.path)[0]]
    assert types.count("ActTaken") == 1


async def test_a_refused_act_says_why_and_is_recorded(door: Door) -> None:
    told = await door.act("start", "a1", witness="Bob", seen=0)
    assert told["ok"] is False
    assert told["phase"] == "infusing"
    assert told["answer"]
    taken = [r.content() for r in on_disk(door.store.path)[0] if r.content()["type"] == "ActTaken"]
    assert [act["data"]["accepted"] for act in taken] == [False]


async def test_a_text_that_utf8_cannot_carry_stops_the_pump_all_the_same(door: Door) -> None:
    r"""A name typed on an old terminal (\xe9) arrives as half a surrogate pair."""
    told = await door.say(
        b'{"verb": "hold", "args": {"act_id": "a1", "by": "Ren\\udce9", "reason": "p\\ud83cle"}}\n'
    )
    assert told["ok"] is True
    assert door.pump.stops == 1
    assert (await door.ask("status"))["status"]["phase"] == "held"
    await door.journal.durable(door.journal.seq)
    assert on_disk(door.store.path)[1] is None
    assert (await door.ask("report"))["ok"] is True


async def test_report_is_made_from_the_disk(door: Door) -> None:
    told = await door.ask("report")
    assert told["ok"] is True
    assert told["report"]["journal"] == {"records": 1, "ok": True, "fault": None}
    assert told["report"]["run"]["bed"] == door.supervisor.state.bed


async def test_a_report_that_cannot_be_read_is_told(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> dict[str, Any]:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(door.server, "_report", gone)
    told = await door.ask("report")
    assert told["ok"] is False
    assert "disk I/O error" in told["answer"]


async def test_a_long_report_keeps_nobody_waiting(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a journal takes seconds; the pump's link is fed every third of one."""
    let = threading.Event()

    def long() -> dict[str, Any]:
        assert let.wait(20)
        return {}

    monkeypatch.setattr(door.server, "_report", long)
    asking = asyncio.create_task(door.ask("report"))
    await until(lambda: len(door.server._clients) == 1)
    took, told = await seconds(door.act("hold", "a1", reason=""))
    assert told["ok"]
    assert took < AT_ONCE_S
    assert not asking.done()
    let.set()
    assert (await asking)["ok"]


@pytest.mark.parametrize("name", sorted(beds.EVERY))
async def test_stop_is_for_anyone_in_every_phase(tmp_path: Path, name: str) -> None:
    """DESIGN 3.8, (A) R1: no name, no reason, no phase in which STOP is not sent."""
    door = Door(tmp_path, beds.EVERY[name])
    await door.open()
    already = beds.EVERY[name].pump.stop_ms is not None
    told = await door.ask("hold", {"act_id": "a1", "by": "", "reason": ""})
    assert told["ok"] is True
    assert door.pump.stops == 1 or already
    await door.close()
