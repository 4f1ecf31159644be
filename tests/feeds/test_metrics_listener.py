"""The listener of metrics on a real socket, beside a served bed: scraped, abused, the daemon gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from daemon.control.feeds import Feeds
from daemon.feeds import following as ears
from daemon.feeds.metrics import listener as listeners
from daemon.feeds.metrics.exporter import Exporter
from daemon.feeds.metrics.listener import AT_ONCE, Listener
from daemon.feeds.newest import Newest
from daemon.runtime.link_counts import LinkCounts
from tests.control.bench import Door
from tests.journal.files import until

GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener("127.0.0.1", 0, lambda: "infusiond_up 1\n")
    await made.open()
    yield made
    await made.close()


async def ask(port: int, request: bytes) -> tuple[str, dict[str, str], bytes]:
    """Status line, heads and body; the other side closes."""
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


async def test_a_scrape_is_answered_in_the_format_it_claims(listener: Listener) -> None:
    first, heads, body = await ask(listener.port, GET)
    assert first == "HTTP/1.1 200 OK"
    assert heads["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert int(heads["Content-Length"]) == len(body)
    assert body == b"infusiond_up 1\n"


@pytest.mark.parametrize(
    ("request_line", "code", "body"),
    [
        (b"HEAD /metrics HTTP/1.1", "200", b""),
        (b"GET /metrics?name=x HTTP/1.0", "200", b"infusiond_up 1\n"),
        (b"GET / HTTP/1.1", "404", b"there is only /metrics\n"),
        (b"POST /metrics HTTP/1.1", "405", b"only GET and HEAD\n"),
        (b"GET /metrics", "400", b"this is no HTTP/1 request\n"),
        (b"\xff\x00", "400", b"this is no HTTP/1 request\n"),
    ],
)
async def test_nothing_else_is_there(listener: Listener, request_line: bytes, code: str, body: bytes) -> None:
    first, heads, told = await ask(listener.port, request_line + b"\r\n\r\n")
    assert first.split()[1] == code
    assert told == body
    assert (heads.get("Allow") == "GET, HEAD") is (code == "405")


async def test_a_head_without_end_is_refused(listener: Listener) -> None:
    first, _, _ = await ask(listener.port, b"GET /metrics HTTP/1.1\r\n" + b"x: y\r\n" * 4_000)
    assert first.split()[1] == "400"


async def test_those_who_say_nothing_are_let_go_and_others_are_answered(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many silent connections take every place; no more are held, and after a time all places are free."""
    monkeypatch.setattr(listeners, "PATIENCE_S", 0.3)
    silent = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(AT_ONCE + 4)]
    async with asyncio.timeout(20):
        for reader, writer in silent:
            with suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
    first, _, _ = await ask(listener.port, GET)
    assert first == "HTTP/1.1 200 OK"


async def test_a_served_bed_is_told_with_its_links_and_feeds_until_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ears, "AGAIN_S", 0.01)
    door = Door(tmp_path)
    door.links = {"pump-1": LinkCounts(2, 1, 3)}
    door.feeds = Feeds(["mqtt"], lambda _: None, door.clock.wire_ms)
    await door.open()
    newest = Newest(door.path, door.clock.wire_ms)
    listener = Listener("127.0.0.1", 0, Exporter("s/u/b", newest).text)
    await listener.open()
    following = asyncio.ensure_future(newest.following.run())

    async def scrape() -> dict[str, float]:
        _, _, body = await ask(listener.port, GET)
        samples = [one for family in text_string_to_metric_families(body.decode()) for one in family.samples]
        return {one.name: one.value for one in samples}

    await until(lambda: newest.heard is not None)
    assert newest.place() == (1, door.journal.seq)
    first = await scrape()
    assert first["infusiond_up"] == 1
    assert first["infusiond_device_connects_total"] == 3
    assert first["infusiond_feed_ok"] == 1
    assert first["infusiond_run"] == 1
    assert first["infusiond_journal_seq"] == door.journal.seq
    assert first["infusiond_daemon_resident_memory_bytes"] > 10_000_000
    assert first["infusiond_daemon_cpu_seconds_total"] > 0
    door.server.followers.beat()
    await until(
        lambda: (
            newest.heard is not None and newest.heard.beat == first["infusiond_supervising_beats_total"] + 1
        )
    )
    await door.close()
    await until(lambda: newest.heard is None)
    assert await scrape() == {"infusiond_up": 0, "infusiond_daemon_losses_total": 1}
    assert newest.place() == (1, door.journal.seq)
    following.cancel()
    await listener.close()
