"""Sockets of this host: the daemon's door, what it says to views and feeds, simulators beside their links."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import threading
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from daemon import exact_json
from daemon.control import client
from daemon.control.annunciators import Annunciators
from daemon.control.feeds import Feeds
from daemon.control.server import LINE_MAX, ControlServer
from daemon.control.view import view
from daemon.engine import events as ev
from daemon.engine.evolve import evolve
from daemon.feeds.following import Following, Heard
from daemon.journal.journal import Journal
from daemon.journal.store import Store
from daemon.journal.walk import verified
from daemon.runtime.replay import new_guard
from daemon.runtime.simulated import prove
from daemon.runtime.supervisor import Supervisor
from daemon.sound_rule import SoundRule
from daemon.terminal.hearing import Hearing
from simulators.build import make_bed
from simulators.options import Options
from simulators.pace import Pace
from simulators.proof import ProofSocket
from simulators.requests import Requests
from simulators.words import request_of
from tests.control.bench import Pump
from tests.fuzz.files import folder
from tests.fuzz.mutate import as_json, textual
from tests.fuzz.target import Target
from tests.journal.files import UTC_TEXT, Clock
from tests.terminal import beds

TURNS = 200
"""More turns of a loop than any input needs."""
PATIENCE_S = 2


def targets() -> Iterator[Target]:
    """One for each door, and for each thing that is heard through one."""
    reads = ["daemon/control/server.py", "daemon/control/requests.py", "daemon/exact_json.py"]
    yield Target("door", tuple(reads), door, requests_damaged, requests, share=500)
    yield Target("follow-word", ("daemon/feeds/following.py",), follow_word, as_json, words, share=50)
    reads = ["daemon/control/client.py", "daemon/terminal/hearing.py", "daemon/cli/press_stop.py"]
    yield Target("daemon-answer", tuple(reads), daemon_answer, as_json, answers, share=500)
    reads = ["daemon/runtime/simulated.py", "simulators/proof.py", "daemon/runtime/bridge_proof.py"]
    yield Target("proof", tuple(reads), proof, as_json, proofs, share=50)
    reads = ["simulators/proof.py", "simulators/requests.py"]
    yield Target("simulator-request", tuple(reads), simulator, as_json, asked, share=50)
    yield Target("simulator-words", ("simulators/words.py",), typed, textual, typings)


class Mouth:
    """Stands where a stream's writer stands, and keeps what is written."""

    def __init__(self) -> None:
        self.said = bytearray()
        self.closed = False

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.said += data

    async def drain(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """From now on it is closing."""
        self.closed = True

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed


def ear(data: bytes) -> asyncio.StreamReader:
    """A reader that has all of an input, and then its end."""
    reader = asyncio.StreamReader(limit=LINE_MAX)
    reader.feed_data(data)
    reader.feed_eof()
    return reader


def requests() -> Sequence[bytes]:
    """One of each kind, and what a feed and a view with sound say."""
    given: dict[str, dict[str, Any]] = {
        "hold": {"reason": "x"},
        "reaction": {"grade": None, "text": "rash", "symptoms": ["urticaria"], "minutes_ago": 1},
        "resume": {"witness": "Bea", "choice": "back=1", "reason": "r", "seen": beds.RUNNING.screen},
        "vitals": {"values": {"hr": "80"}, "minutes_ago": 1, "seen": beds.RUNNING.screen},
        "flush": {"to": "patient", "volume_ml": "5", "seen": beds.RUNNING.screen},
        "ack": {"alarm": "held"},
        "pause_audio": {"minutes": 2},
        "abort": {"reason": "x"},
        "settle": {"witness": "Bea", "reason": "x", "seen": beds.RUNNING.screen},
    }
    acts: list[dict[str, Any]] = [
        {"verb": verb, "args": {"act_id": verb, "by": "Ann", **more}} for verb, more in given.items()
    ]
    acts += [{"verb": "status"}, {"verb": "stop"}, {"verb": "sound_test"}]
    lines = [json.dumps(one).encode() for one in acts]
    feed = {"feed": "mqtt", "ok": True, "why": "", "unconfirmed": ["held"], "acknowledged": [
        {"key": "held-1", "by": "Bea", "station": "north"}]}  # fmt: skip
    sound = b'{"verb":"watch","args":{"sound":true,"name":"box"}}\n{"test":1,"rang":true}\n{"alive":true}'
    return (*lines, b"\n".join(lines), b'{"verb":"follow"}\n' + json.dumps(feed).encode(), sound)


def requests_damaged(known: Sequence[bytes], rng: random.Random) -> bytes:
    """Each line of a sample damaged as JSON, some more than others."""
    lines = rng.choice(known).split(b"\n")
    return b"\n".join(line if rng.randrange(3) == 0 else as_json([line], rng) for line in lines) + b"\n"


def door(data: bytes) -> str:
    """Every line has one answer; what was taken is in the record, and the record alone gives the state."""
    word: list[str] = []

    async def visit() -> None:
        word.append(await _visited(data))

    asyncio.run(visit())
    return word[0]


async def _visited(data: bytes) -> str:
    clock, state = Clock(wire_ms=beds.NOW), beds.RUNNING
    opened = ev.RunOpened(
        plan=state.plan, pumps=(state.fitted,), bed=state.bed, wire_factor=state.wire_factor, simulated=True,
        patient=state.bedside.patient, codes=state.bedside.codes,
    )  # fmt: skip
    path = folder() / "door.db"
    path.unlink(missing_ok=True)
    store = Store(path, synchronous="OFF")
    store.open()
    journal = Journal(store, clock, None, threaded=False)
    journal.start()
    journal.append([opened], at_ms=beds.NOW)
    supervisor = Supervisor(state, new_guard(opened), journal, clock)
    supervisor.pumps = {state.pump_name: Pump()}  # type: ignore[dict-item]
    sound = Annunciators(SoundRule(Decimal(2), Decimal(5)), supervisor.submit, clock.wire_ms)
    feeds = Feeds(["mqtt", "hl7"], supervisor.submit, clock.wire_ms)
    served = ControlServer(folder() / "none.sock", supervisor, clock, dict, sound, feeds)
    mouth = Mouth()
    async with asyncio.timeout(30):
        visit = asyncio.ensure_future(served._client(ear(data), mouth))  # type: ignore[arg-type]
        for _ in range(TURNS):
            await asyncio.sleep(0)
        mouth.close()
        await visit
    answers = [json.loads(line) for line in bytes(mouth.said).splitlines()]
    assert all(isinstance(one["ok"], bool) for one in answers)
    good, fault = verified(store.read())
    assert fault is None, f"{fault}"
    for record in good[1:]:
        state = evolve(state, record.event(), record.content()["at_ms"])
    assert state == supervisor.state, "the record tells another state"
    await supervisor.close()
    await journal.close()
    return "taken" if len(good) > 1 else "answered" if answers else "hung up"


def _word() -> dict[str, Any]:
    status = {"utc": UTC_TEXT, "run": 1, "seq": 9, **view(beds.RUNNING, beds.NOW)}
    return {"ok": True, "beat": 7, "status": status, "health": {"pid": 1}}


def words() -> Sequence[bytes]:
    """What a follower is told."""
    return (exact_json.dumps(_word()).encode(),)


def follow_word(data: bytes) -> str:
    """A word of the daemon, or an error that the feed goes on after."""
    heard: list[Heard] = []
    following = Following(folder() / "none.sock", heard.append, lambda _: None)

    async def listen() -> None:
        await following._turned(ear(data.replace(b"\n", b"") + b"\n"))

    try:
        asyncio.run(listen())
    except (OSError, ValueError):
        return "nothing"
    assert all(isinstance(one.status, dict) for one in heard)
    return "heard"


def answers() -> Sequence[bytes]:
    """What a view and a person are answered."""
    status = exact_json.dumps({"ok": True, "status": _word()["status"]})
    texts = (
        status,
        '{"ok": true, "sound": {"test": 1, "heartbeat_s": 2, "lost_s": 5}}',
        '{"ok": false, "answer": "x"}',
    )
    return tuple(text.encode() for text in texts)


class Bell:
    """Sounds."""

    def test(self, number: int) -> None:
        """Asked for."""
        self.number = number

    def tested(self) -> dict[str, Any] | None:
        """Not yet."""
        return None

    def alive(self, now_ms: int) -> bool:
        """Always."""
        return now_ms >= 0


def daemon_answer(data: bytes) -> str:
    """A view hears it or says why not; whoever asks has an answer or is told what the hands do."""
    path = folder() / "daemon.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen(2)
        door.settimeout(PATIENCE_S)
        thread = threading.Thread(target=_answered, args=(door, data, 2))
        thread.start()
        hearing = Hearing(path, Clock(), Bell())
        try:
            hearing.attend()
            try:
                answer = client.ask(path, "status")
            except client.NoDaemon as error:
                assert "press STOP" in str(error)
                answer = {}
        finally:
            thread.join()
    assert isinstance(answer, dict)
    assert hearing.why or hearing.last
    return "heard" if hearing.last else "told why"


def _answered(door: socket.socket, data: bytes, times: int) -> None:
    for _ in range(times):
        try:
            connection, _ = door.accept()
        except TimeoutError:
            return
        with connection, contextlib.suppress(ConnectionError):
            connection.recv(4096)
            connection.sendall(data + b"\n")
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass


def proofs() -> Sequence[bytes]:
    """What a simulator says of itself."""
    words = {"simulator": "infusiond-sim", "model": "bcc", "speed": 1, "device": "tcp:1", "instance": "0a"}
    return (json.dumps(words).encode(),)


def proof(data: bytes) -> str:
    """A proof of this device or none: whoever holds the name may say anything."""
    port = "65531"
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"\0infusiond-sim/tcp:{port}")
        door.listen(1)
        door.settimeout(PATIENCE_S)
        thread = threading.Thread(
            target=_answered, args=(door, data.replace(b"tcp:1", f"tcp:{port}".encode()), 1)
        )
        thread.start()
        try:
            found = prove(f"tcp:127.0.0.1:{port}")
        finally:
            thread.join()
    assert found is None or (type(found.speed) is int and found.speed > 0), f"{found}"
    return "proved" if found else "no proof"


def asked() -> Sequence[bytes]:
    """One request of each kind."""
    return tuple(
        json.dumps(one).encode()
        for one in (
            {"do": "prove"}, {"do": "state"}, {"do": "press", "key": "stop", "value": 2.5},
            {"do": "hang", "solution": "B", "concentration": 2, "volume_ml": 100, "primed": False},
            {"do": "fault", "name": "occlusion", "on": True, "arg": 1},
            {"do": "react", "grade": 3, "onset_s": 60},
            {"do": "treat"}, {"do": "nibp"}, {"do": "fault", "name": "battery", "on": True, "arg": 5},
        )
    )  # fmt: skip


def simulator(data: bytes) -> str:
    """Done or refused with an error, and the answer is JSON."""
    said: list[dict[str, Any]] = []

    async def ask_it() -> None:
        answered = Requests(Pace(make_bed([], Options(), 1)), "dianet-star")
        said.append(await ProofSocket(str, answered.answer)._reply(data))

    asyncio.run(ask_it())
    json.dumps(said[0])
    return "refused" if "error" in said[0] else "done"


def typings() -> Sequence[bytes]:
    """As people type them."""
    return b"hang B", b"press rate value=12.5", b"fault occlusion off", b'{"do": "state"}'


def typed(data: bytes) -> str:
    """A request or ValueError."""
    text = data.decode("utf-8", "replace")
    try:
        found = request_of([text] if text.lstrip().startswith("{") else text.split(" "))
    except ValueError:
        return "refused"
    assert isinstance(found, dict)
    return "read"
