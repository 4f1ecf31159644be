"""The numbers of docs/reference/mqtt-link.md at their bounds, and every field of a greeting."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from drivers.links.mqtt.envelope import NO_SESSION, Direction, Envelope, Kind, Refusal
from drivers.links.mqtt.far import FarEnd
from drivers.links.mqtt.near import NearEnd
from drivers.links.mqtt.stream import NOTHING, Books, Turn
from tests.drivers.mqtt.hostile_net import SHARED

NEAR, FAR = b"n" * 16, b"f" * 16
FAR_CLOCK_MS = 900_000
"""What the far end's clock says when the near end's says 0."""


def up(kind: Kind, counter: int, *, echo_ms: int, far: bytes = FAR, payload: bytes = b"") -> bytes:
    """An envelope of the far end."""
    one = Envelope(kind, Direction.UP, 1000, NEAR, far, counter, FAR_CLOCK_MS + echo_ms, echo_ms, payload)
    return SHARED.close(one)


def only(turn: Turn) -> Envelope:
    (data,) = turn.send
    return SHARED.open(data)


def welcomed(books: Books | None = None) -> NearEnd:
    """Greeted at 0, answered at 20, its first beat sent then."""
    near = NearEnd(SHARED, NEAR, books or Books())
    near.tick(0)
    near.take(up(Kind.WELCOME, 0, echo_ms=0), 20)
    return near


def opened() -> NearEnd:
    """The device is open at 100."""
    near = welcomed()
    assert near.take(up(Kind.DATA, 1, echo_ms=20), 100) == Turn(opened=True)
    return near


def greeted_far(books: Books) -> FarEnd:
    """Greeted, and confirmed at 100 of its own clock."""
    far = FarEnd(SHARED, lambda: FAR, books)
    far.take(down(Kind.HELLO, 0, echo_ms=0, far=NO_SESSION), 0)
    assert far.take(down(Kind.DATA, 1, echo_ms=0), 100).opened
    return far


def down(kind: Kind, counter: int, *, echo_ms: int, far: bytes = FAR) -> bytes:
    """An envelope of the near end."""
    return SHARED.close(Envelope(kind, Direction.DOWN, 1000, NEAR, far, counter, 5_000, echo_ms))


def test_a_greeting_has_no_counter_no_echo_and_no_far_nonce() -> None:
    near = NearEnd(SHARED, NEAR, Books())
    assert only(near.tick(77)) == Envelope(Kind.HELLO, Direction.DOWN, 1000, NEAR, NO_SESSION, 0, 77, 0)


@pytest.mark.parametrize(("at_ms", "again"), [(499, False), (500, True), (501, True)])
def test_a_greeting_is_said_again_after_500_ms(at_ms: int, *, again: bool) -> None:
    near = NearEnd(SHARED, NEAR, Books())
    near.tick(0)
    assert bool(near.tick(at_ms).send) is again


def test_a_welcome_and_a_refusal_have_counter_0_and_echo_the_greeting() -> None:
    far = FarEnd(SHARED, lambda: FAR, Books())
    hello = Envelope(Kind.HELLO, Direction.DOWN, 1000, NEAR, NO_SESSION, 0, 5_000, 0)
    welcome = only(far.take(SHARED.close(hello), 60))
    assert welcome == Envelope(Kind.WELCOME, Direction.UP, 1000, NEAR, FAR, 0, 60, 5_000)
    assert far.take(down(Kind.DATA, 1, echo_ms=60), 100).opened
    refused = only(far.take(SHARED.close(replace(hello, near=b"m" * 16, stamp_ms=6_000)), 200))
    assert refused == Envelope(
        Kind.REFUSED, Direction.UP, 1000, b"m" * 16, NO_SESSION, 0, 200, 6_000, b"in use"
    )


@pytest.mark.parametrize(("after_ms", "beats"), [(249, False), (250, True), (251, True)])
def test_an_end_that_has_sent_nothing_for_250_ms_beats(after_ms: int, *, beats: bool) -> None:
    near = opened()
    first = near.write(b"ask", 100)
    assert only(first).counter == 2
    turn = near.tick(100 + after_ms)
    assert bool(turn.send) is beats
    if beats:
        beat = only(turn)
        assert (beat.kind, beat.counter, beat.payload) == (Kind.DATA, 3, b"")


@pytest.mark.parametrize(("after_ms", "over"), [(1_999, False), (2_000, False), (2_001, True)])
def test_a_conversation_ends_after_more_than_2000_ms_of_silence(after_ms: int, *, over: bool) -> None:
    assert opened().tick(100 + after_ms).over == ("nothing from the far end" if over else "")


@pytest.mark.parametrize(("length", "kept"), [(199, 199), (200, 200), (201, 200), (999, 200)])
def test_the_reason_of_an_end_has_200_bytes_at_most(length: int, kept: int) -> None:
    far = greeted_far(Books())
    last = only(far.device_lost("x" * length, 200))
    assert (last.kind, last.payload) == (Kind.END, b"x" * kept)


@pytest.mark.parametrize("valid_ms", [0, 2_000])
def test_a_validity_is_0_to_2000_ms(valid_ms: int) -> None:
    one = Envelope(Kind.DATA, Direction.UP, valid_ms, NEAR, FAR, 1, 1, 1)
    assert SHARED.open(SHARED.close(one)) == one


def test_nothing_is_written_between_the_welcome_and_the_open_device() -> None:
    """Less drug too: what the far end would throw away is not sent."""
    near = welcomed()
    assert near.write(b"ask", 30) == NOTHING
    assert near.take(up(Kind.DATA, 1, echo_ms=20, payload=b"said"), 40) == Turn(deliver=b"said", opened=True)
    assert near.is_open
    assert near.take(up(Kind.DATA, 2, echo_ms=20, payload=b"more"), 50) == Turn(deliver=b"more")
    assert only(near.write(b"ask", 60)).payload == b"ask"


def test_after_the_close_nothing_is_written() -> None:
    near = opened()
    last = only(near.close(200))
    assert (last.kind, last.payload) == (Kind.END, b"closed")
    assert not near.is_open
    assert near.write(b"ask", 210) == NOTHING


@pytest.mark.parametrize(
    ("payload", "over"),
    [
        (b"unplugged", "the far end: unplugged"),
        (b"", "the far end: the conversation is over"),
        (b"cut \xc3", "the far end: cut \N{REPLACEMENT CHARACTER}"),
    ],
)
def test_the_reason_of_an_end_is_told_whatever_its_bytes(payload: bytes, over: str) -> None:
    """A reason cut at 200 bytes may end in half a letter."""
    assert opened().take(up(Kind.END, 2, echo_ms=20, payload=payload), 110) == Turn(over=over)


def test_what_the_far_end_throws_away_is_counted() -> None:
    """A greeting said again inside its own conversation, and a first envelope that no greeting offered."""
    books = Books()
    far = greeted_far(books)
    assert far.take(down(Kind.HELLO, 0, echo_ms=0, far=NO_SESSION), 110) == NOTHING
    assert books.refused == Counter({Refusal.COUNTER: 1})
    books = Books()
    far = FarEnd(SHARED, lambda: FAR, books)
    far.take(down(Kind.HELLO, 0, echo_ms=0, far=NO_SESSION), 0)
    for other in (down(Kind.DATA, 1, echo_ms=0, far=b"x" * 16), down(Kind.END, 1, echo_ms=0)):
        assert far.take(other, 100) == NOTHING
    assert books.refused == Counter({Refusal.SESSION: 2})
    assert far.session is None


def test_a_payload_has_4096_bytes_at_most_and_a_longer_write_goes_in_several() -> None:
    for size, pieces in ((4_095, [4_095]), (4_096, [4_096]), (4_097, [4_096, 1]), (8_193, [4_096, 4_096, 1])):
        sent = [SHARED.open(data) for data in opened().write(b"x" * size, 110).send]
        assert [len(one.payload) for one in sent] == pieces
        assert [one.counter for one in sent] == list(range(2, 2 + len(pieces)))


@pytest.mark.parametrize(("greetings", "forgotten"), [(4, []), (5, [0]), (6, [0, 1])])
def test_four_greetings_wait_for_their_confirmation(greetings: int, forgotten: list[int]) -> None:
    """An older one has to greet again."""
    lost = []
    for number in range(greetings):
        far = FarEnd(SHARED, lambda: FAR, Books())
        hello = Envelope(Kind.HELLO, Direction.DOWN, 1000, NEAR, NO_SESSION, 0, 5_000, 0)
        names = [bytes((one,)) * 16 for one in range(greetings)]
        for name in names:
            far.take(SHARED.close(replace(hello, near=name)), 0)
        beat = Envelope(Kind.DATA, Direction.DOWN, 1000, names[number], FAR, 1, 5_010, 0)
        lost += [] if far.take(SHARED.close(beat), 10).opened else [number]
    assert lost == forgotten


def test_the_key_of_a_link_is_in_no_text_about_it() -> None:
    assert SHARED.open(up(Kind.DATA, 1, echo_ms=0)).kind is Kind.DATA
    assert "key" not in repr(SHARED)
    assert repr(SHARED.key) not in repr(SHARED)


def test_every_kind_and_direction_by_its_number() -> None:
    """Bytes 4 and 5 of an envelope."""
    kinds = {"HELLO": 1, "WELCOME": 2, "REFUSED": 3, "DATA": 4, "END": 5}
    ways = {"DOWN": 0x44, "UP": 0x55}
    for kind, number in kinds.items():
        for way, byte in ways.items():
            one = Envelope(Kind[kind], Direction[way], 1000, NEAR, FAR, 1, 1, 1)
            assert SHARED.close(one)[4:6] == bytes((number, byte))
