"""The one door for people and pages: JSON lines on a unix socket. Nothing here can reach a device."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from daemon import exact_json
from daemon.clock import Clock
from daemon.control import ending
from daemon.control.annunciators import NOBODY, Annunciator, Annunciators
from daemon.control.feeds import Feeds
from daemon.control.followers import Followers
from daemon.control.health import health
from daemon.control.requests import BadRequest, act_of
from daemon.control.view import view
from daemon.engine.inputs import Abort, AnyAct, HoldNow, ReportReaction
from daemon.runtime.link_counts import LinkCounts
from daemon.runtime.supervisor import Supervisor

LINE_MAX = 65_536
WATCH_S = 0.25
STOPPING_S = 0.5
DURABLE_S = 5.0
"""An act whose record is not on disk by then is answered all the same, and says so."""

log = structlog.get_logger()


class ControlServer:
    """Answers each line with one line; `watch` goes on answering until the other side leaves."""

    def __init__(
        self,
        path: Path,
        supervisor: Supervisor,
        clock: Clock,
        report: Callable[[], dict[str, Any]],
        sound: Annunciators | None = None,
        feeds: Feeds | None = None,
        end: Callable[[], None] | None = None,
        links: Mapping[str, LinkCounts] | None = None,
    ) -> None:
        self._path = path
        self._supervisor = supervisor
        self._clock = clock
        self._report = report
        self._sound = sound
        self._feeds = feeds
        counts = links if links is not None else {}
        self.followers = Followers(self.status, lambda: health(supervisor.journal, feeds, counts))
        self._end = end
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen; a socket left by a dead process is replaced, a living one refused (OSError)."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists() and not self._path.is_socket():
            raise FileExistsError(f"{self._path}: is no socket")
        if await self._somebody_answers():
            raise FileExistsError(f"{self._path}: another infusiond already answers there")
        self._path.unlink(missing_ok=True)
        self._supervisor.on_change = self.followers.changed
        self._server = await asyncio.start_unix_server(self._client, str(self._path), limit=LINE_MAX)
        self._path.chmod(0o660)

    async def _somebody_answers(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(str(self._path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        writer.close()
        return True

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        for task in tuple(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)
        try:
            while line := await reader.readline():
                await self._answer(line, reader, writer)
        except (ConnectionError, ValueError, asyncio.IncompleteReadError) as error:
            log.info("control.hung_up", why=str(error))
        except asyncio.CancelledError:
            return
        finally:
            writer.close()

    async def _answer(self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            verb, args = _parse(line)
            if verb == "watch":
                await self._watch(args, reader, writer)
                return
            if verb == "follow":
                await self._follow(reader, writer)
                return
            answer = await self._do(verb, args)
        except BadRequest as error:
            verb, answer = "", {"ok": False, "answer": str(error)}
        await _send(writer, answer)
        if verb == "stop" and answer["ok"] and self._end is not None:
            self._end()

    async def _do(self, verb: str, args: Any) -> dict[str, Any]:
        if verb == "status":
            return {"ok": True, "status": self.status()}
        if verb == "report":
            return await self._read_report()
        if verb == "stop":
            refused = ending.refusal(self._supervisor.state)
            return {"ok": not refused, "answer": refused or ending.answer(self._supervisor.state)}
        if verb == "sound_test":
            return self._test_sound()
        if not isinstance(args, dict):
            raise BadRequest("args is a mapping")
        act = act_of(verb, args)
        self._supervisor.submit(act)
        accepted, answer, code = self._supervisor.state.acts[act.act_id]
        durable = isinstance(act, HoldNow) or await self._durable(_patience_s(act))
        if not durable:
            answer += " (NOT YET ON DISK: keep a paper record)"
        state = self._supervisor.state
        told = {"answer": answer, "code": code, "phase": state.phase.value, "screen": state.screen}
        return {"ok": accepted, **told}

    async def _read_report(self) -> dict[str, Any]:
        """In a thread of its own: reading a long journal must not keep the pump waiting."""
        try:
            return {"ok": True, "report": await asyncio.to_thread(self._report)}
        except (OSError, sqlite3.Error) as error:
            return {"ok": False, "answer": f"the journal cannot be read: {error}"}

    async def _durable(self, patience_s: float) -> bool:
        journal = self._supervisor.journal
        try:
            async with asyncio.timeout(patience_s):
                await journal.durable(journal.seq)
        except TimeoutError:
            return False
        return True

    def status(self) -> dict[str, Any]:
        """The bed as it stands now."""
        seen = view(self._supervisor.state, self._clock.now_ms())
        utc = self._clock.utc().isoformat(timespec="seconds")
        journal = self._supervisor.journal
        return {"utc": utc, "run": journal.run, "seq": journal.seq, **seen}

    async def _watch(self, args: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the other side leaves; one that says it has a sound is an annunciator (F9)."""
        one = listening = None
        if self._sound is not None and isinstance(args, dict) and args.get("sound") is True:
            one = self._sound.join(str(args.get("name", "unnamed")), partial(self._ask_tone, writer))
            listening = asyncio.create_task(self._listen(one, self._sound, reader))
        try:
            while not writer.is_closing():
                await _send(writer, {"ok": True, "status": self.status()})
                await self.followers.news(WATCH_S)
        finally:
            if one is not None and listening is not None and self._sound is not None:
                listening.cancel()
                self._sound.leave(one)

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the other side leaves; what it says is of a feed to the ward."""
        self.followers.join(writer)
        try:
            while line := await reader.readline():
                said = exact_json.loads(line)
                if self._feeds is not None and isinstance(said, dict):
                    self._feeds.heard(said)
        finally:
            self.followers.leave(writer)

    def _ask_tone(self, writer: asyncio.StreamWriter, number: int) -> None:
        if self._sound is not None:
            rule = self._sound.rule
            sound = {"test": number, "heartbeat_s": rule.heartbeat_s, "lost_s": rule.lost_s}
            writer.write(exact_json.dumps({"ok": True, "sound": sound}).encode() + b"\n")

    async def _listen(self, one: Annunciator, sound: Annunciators, reader: asyncio.StreamReader) -> None:
        """What an annunciator says: signs of life, and answers to tests."""
        with contextlib.suppress(OSError, ValueError):
            while line := await reader.readline():
                said = exact_json.loads(line)
                sound.heard(one, said if isinstance(said, dict) else {})

    def _test_sound(self) -> dict[str, Any]:
        asked = self._sound.test() if self._sound is not None else 0
        answer = f"test tone sent to {asked}; who hears it at the bed: infusiond confirm sound --by NAME"
        return {"ok": True, "answer": answer} if asked else {"ok": False, "answer": NOBODY}


def _patience_s(act: AnyAct) -> float:
    """How long an answer may wait for the disk; one that tells of a STOP hardly at all (F10)."""
    return STOPPING_S if isinstance(act, Abort | ReportReaction) else DURABLE_S


def _parse(line: bytes) -> tuple[str, Any]:
    try:
        request = exact_json.loads(line)
    except ValueError as error:
        raise BadRequest(f"not JSON: {error}") from error
    if not isinstance(request, dict) or not isinstance(request.get("verb"), str):
        raise BadRequest('a request is {"verb": …, "args": {…}}')
    return request["verb"], request.get("args", {})


async def _send(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    writer.write(exact_json.dumps(answer).encode("utf-8", "replace") + b"\n")
    await writer.drain()
