"""What comes from the ward's network: receipts, other beds, sealed frames, receivers of HL7, scrapes."""

from __future__ import annotations

import asyncio
import hmac
import io
import random
from collections.abc import Iterator, Sequence

from rich.console import Console

from daemon import exact_json
from daemon.control.server import LINE_MAX
from daemon.feeds.hl7.mllp import MESSAGE_MAX, Unwrapper, wrap
from daemon.feeds.hl7.text import escape, message, read_answer, segment, unescape
from daemon.feeds.metrics.listener import HEAD_MAX, Listener
from daemon.feeds.mqtt.receipts import Receipts, read_ack
from daemon.feeds.mqtt.topics import payload as told
from daemon.station.board import board
from daemon.station.listening import receipt
from daemon.station.ward import Ward
from drivers.links.mqtt.envelope import KEY_BYTES
from drivers.links.mqtt.far import FarEnd
from drivers.links.mqtt.near import NearEnd
from drivers.links.mqtt.stream import Books, Seal
from tests.fuzz.mutate import as_json, bytewise, textual
from tests.fuzz.target import Target
from tests.journal.files import UTC_TEXT, Clock


def targets() -> Iterator[Target]:
    """One for each thing that is heard."""
    reads = ["daemon/feeds/mqtt/receipts.py", "daemon/feeds/mqtt/feed.py"]
    yield Target("mqtt-ack", tuple(reads), ack, as_json, acks)
    reads = ["daemon/station/ward.py", "daemon/station/listening.py", "daemon/cli/station.py"]
    yield Target("station", tuple(reads), station, published_damaged, published, share=20)
    reads = ["drivers/links/mqtt/envelope.py", "drivers/links/mqtt/stream.py"]
    yield Target("mqtt-envelope", tuple(reads), envelope, sealed, envelopes, share=1)
    reads = ["daemon/feeds/hl7/sending.py", "daemon/feeds/hl7/mllp.py", "daemon/feeds/hl7/text.py"]
    yield Target("hl7-answer", tuple(reads), hl7_answer, bytewise, hl7_answers, share=1)
    yield Target(
        "metrics-request", ("daemon/feeds/metrics/listener.py",), metrics, textual, scrapes, share=20
    )


def acks() -> Sequence[bytes]:
    """A receipt and an acknowledgement."""
    return receipt("held-1", "received", "north"), receipt("held-1", "acknowledged", "north", "Ann")


def ack(data: bytes) -> str:
    """At most one line of bounded length goes on to the daemon, in letters it can be written with."""
    found = read_ack(data)
    if found is None:
        return "nothing"
    receipts = Receipts()
    receipts.active([("held", "held-1")], 0)
    receipts.received(found.key)
    said = {"key": found.key, "by": found.by, "station": found.station}
    line = exact_json.dumps({"feed": "mqtt", "acknowledged": [said] * 16}).encode()
    assert len(line) < LINE_MAX, f"a line of {len(line)} bytes"
    return found.kind


PLACE = "infusiond/v1/general/allergy/bed-4"


def published() -> Sequence[bytes]:
    """Topic and payload of one message of each kind."""
    at = Clock().utc()
    alarm = {"id": "held", "key": "held-1", "priority": "HIGH", "text": "x", "detail": "", "since": UTC_TEXT}
    step, dose = {"number": 1, "of": 12, "rate_ml_h": 2}, {"low": 1, "high": 2}
    state = {"state": "online", "birth": "b", "mode": "RUNNING", "step": step, "left_s": 60, "dose": dose}
    state |= {"alarms": {"held": "HIGH"}, "simulated": True, "speed": 1}
    messages = {
        "state": told("state", 1, at, state),
        "heartbeat": told("heartbeat", 1, at, {"beat": 3}),
        "event": told("event", 4, at, {"type": "StopOrdered"}),
        "alarm/held": told("alarm", 1, at, alarm),
    }
    return tuple(f"{PLACE}/{topic} ".encode() + data for topic, data in messages.items())


def published_damaged(known: Sequence[bytes], rng: random.Random) -> bytes:
    """The payload damaged as JSON; the topic seldom."""
    topic, _, data = rng.choice(known).partition(b" ")
    if rng.randrange(10) == 0:
        topic = bytewise([topic], rng).replace(b" ", b"")
    return topic + b" " + as_json([data or b"{}"], rng)


def station(data: bytes) -> str:
    """A board that can be drawn, told as JSON and confirmed, whatever was heard."""
    topic, _, content = data.partition(b" ")
    ward = Ward()
    for sample in published():
        ward.hear(sample.partition(b" ")[0].decode(), sample.partition(b" ")[2], 0)
    alarm = ward.hear(topic.decode("utf-8", "replace"), content, 100)
    if alarm is not None:
        receipt(str(alarm["key"]), "received", "north")
    rows = ward.rows(1000)
    Console(file=io.StringIO(), width=120).print(board(rows, "", 1000, width=120))
    line = exact_json.dumps(
        [
            {"bed": row.bed, "state": row.state, "alarms": list(row.alarms), "missed": row.missed}
            for row in rows
        ]
    )
    assert len(line) < 100_000
    return "confirmed" if alarm is not None else "heard"


# `mqtt:` links

KEY, TOPIC = bytes(range(KEY_BYTES)), "ward/bed-4/pump"
SESSION, FAR = b"n" * 16, b"f" * 16
NOW = 5_000


def envelopes() -> Sequence[bytes]:
    """Both ends' side of a conversation: greeting, welcome, data, end."""
    shared = Seal(KEY, TOPIC)
    near, far = NearEnd(shared, SESSION, Books()), FarEnd(shared, lambda: FAR, Books())
    said = [*near.tick(NOW).send]
    said += far.take(said[0], NOW).send
    said += near.take(said[1], NOW).send
    far.take(said[2], NOW)
    said += far.device_opened(NOW).send
    near.take(said[-1], NOW)
    said += [
        *near.write(b"hello pump", NOW).send,
        *far.device_said(b"hello", NOW).send,
        *near.close(NOW).send,
    ]
    return tuple(said)


def sealed(known: Sequence[bytes], rng: random.Random) -> bytes:
    """Damaged as bytes; half of them sealed anew, as if whoever damaged them had the key."""
    data = bytewise(known, rng)
    if rng.randrange(2) and len(data) > 32:
        body = data[:-32]
        return body + hmac.digest(KEY, TOPIC.encode() + b"\0" + body, "sha256")
    return data


def envelope(data: bytes) -> str:
    """Nothing raised; delivered is only what a sealed envelope of this conversation holds, and once."""
    shared, said = Seal(KEY, TOPIC), envelopes()
    near, far = NearEnd(shared, SESSION, Books()), FarEnd(shared, lambda: FAR, Books())
    near.tick(NOW), far.take(said[0], NOW), near.take(said[1], NOW), far.take(said[2], NOW)
    delivered = []
    for end in (near, far):
        for _ in range(2):
            turn = end.take(data, NOW + 10)
            delivered += [turn.deliver] if turn.deliver else []
            assert all(len(one) < 8192 for one in turn.send)
            assert len(turn.over) < 5000
    assert len(delivered) <= 1, f"delivered {delivered}"
    assert all(one in data for one in delivered)
    return "delivered" if delivered else "thrown away"


def hl7_answers() -> Sequence[bytes]:
    """Accepted, and refused with an error."""
    head = segment("MSH", "^~\\&", "A", "B", "C", "D", "20260101", "", "ACK", "9", "P", "2.6")
    yes = message([head, segment("MSA", "AA", "7")])
    no = message(
        [head, segment("MSA", "AE", "7"), segment("ERR", "", "", "207", "E", "", "", "", "no \\F\\ room")]
    )
    return wrap(yes), wrap(yes) + wrap(no), no


def hl7_answer(data: bytes) -> str:
    """Whole answers or nothing, however cut; what is said back can be escaped and read again."""
    cut, unwrapper = len(data) // 3, Unwrapper()
    heard = [*unwrapper.feed(data[:cut]), *unwrapper.feed(data[cut:])]
    assert len(unwrapper._buffer) <= MESSAGE_MAX + 1
    known = [found for one in (*heard, data) if (found := read_answer(one)) is not None]
    for one in known:
        assert unescape(escape(one.text)) == one.text
    return "answered" if known else "nothing"


def scrapes() -> Sequence[bytes]:
    """A scrape as Prometheus sends it."""
    return (b"GET /metrics HTTP/1.1\r\nHost: bed-4:9000\r\nAccept: text/plain\r\n\r\n",)


def metrics(data: bytes) -> str:
    """One answer of HTTP with a status it knows."""
    listener = Listener("127.0.0.1", 0, lambda: "up 1\n")
    said: list[bytes] = []

    async def ask_it() -> None:
        reader = asyncio.StreamReader(limit=HEAD_MAX)
        reader.feed_data(data)
        reader.feed_eof()
        said.append(await listener._answer(reader))

    asyncio.run(ask_it())
    word = said[0].split(b" ")[1].decode()
    assert word in ("200", "400", "404", "405")
    return word
