"""The two ends of a session against a hostile broker, in time that is a number (F28)."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from drivers.links.mqtt.envelope import (
    NO_SESSION,
    VALID_MAX_MS,
    Direction,
    Envelope,
    Kind,
    Refusal,
    unseal,
)
from drivers.links.mqtt.far import PENDING_MAX
from drivers.links.mqtt.near import HELLO_MS, NearEnd
from drivers.links.mqtt.stream import BEAT_MS, SILENCE_MS, VALID_MS, Books, Seal, fresh
from tests.drivers.mqtt.hostile_net import SHARED, Net, attack


def opened(**options: int) -> Net:
    net = Net(**options)  # type: ignore[arg-type]
    net.run(400)
    assert net.near.is_open
    return net


def read(data: bytes) -> Envelope:
    return unseal(data, SHARED.key, SHARED.topic)


def last_down(net: Net) -> bytes:
    return [data for _, way, data in net.seen if way == "down"][-1]


@pytest.mark.parametrize("skews", [(0, 0), (7_000, 86_400_000), (86_400_000, 3)])
def test_bytes_both_ways_whatever_the_clocks_say(skews: tuple[int, int]) -> None:
    net = opened(near_skew_ms=skews[0], far_skew_ms=skews[1])
    assert net.opened == 1
    net.write(b"ask")
    net.run(net.transit_ms)
    net.say(b"answer")
    net.run(60_000)
    assert [data for _, data in net.device] == [b"ask"]
    assert [data for _, data in net.host] == [b"answer"]
    assert (net.over, net.far_over) == ([], [])
    assert not net.near_books.refused + net.far_books.refused
    assert f"{net.near_books}{net.far_books}" == ""


def test_a_long_write_is_cut_into_envelopes_and_comes_out_whole() -> None:
    net = opened()
    text = bytes(range(256)) * 40
    net.write(text)
    net.run(100)
    assert b"".join(data for _, data in net.device) == text


def test_nothing_is_written_before_the_device_is_open() -> None:
    net = Net()
    net.auto_open = False
    net.run(1000)
    assert net.opened == 1
    net.write(b"too early")
    net.run(100)
    assert net.device == []
    net.follow_far(net.far.device_opened(net.far_ms))
    net.run(100)
    net.write(b"now")
    net.run(100)
    assert [data for _, data in net.device] == [b"now"]


def test_bytes_in_the_confirmation_and_before_the_device_is_open_are_void() -> None:
    """F28: an end that does not keep to the page gets nothing through early."""
    net = Net()
    net.auto_open = False
    net.run(100 + net.transit_ms)
    welcome = read(next(data for _, way, data in net.seen if way == "up"))
    early = Envelope(
        Kind.DATA, Direction.DOWN, 1000, welcome.near, welcome.far, 1, 1, welcome.stamp_ms, b"START"
    )
    net.to_far(SHARED.close(early))
    net.to_far(SHARED.close(replace(early, counter=2)))
    net.follow_far(net.far.device_opened(net.far_ms))
    net.run(50)
    assert net.opened == 1
    assert net.device == []


@pytest.mark.parametrize("held_ms", [600, 2_500, 60_000])
def test_f28_an_envelope_held_while_others_pass_is_void(held_ms: int) -> None:
    net = opened()
    net.write(b"START")
    at, data = next(one for one in net.down if read(one[1]).payload)
    net.down.remove((at, data))
    net.run(held_ms)
    net.to_far(data)
    assert net.device == []
    assert net.far_books.refused == {Refusal.COUNTER: 1}


def test_f28_when_everything_is_held_the_edge_is_the_validity() -> None:
    """F28, (A) P6: the whole way down held, beats too: one ms too late is void."""
    for late in (0, 1):
        net = opened()
        net.write(b"START")
        data = last_down(net)
        net.down.clear()
        net.now = read(data).echo_ms - net.far_skew_ms + VALID_MS + late
        net.to_far(data)
        assert bool(net.device) is (late == 0)
        assert net.far_books.refused[Refusal.STALE] == late


def test_f28_what_is_too_old_uses_up_its_counter() -> None:
    net = opened()
    net.write(b"one")
    data = last_down(net)
    net.down.clear()
    net.now += 1500
    net.to_far(data)
    net.now -= 1500
    net.to_far(data)
    assert net.device == []
    assert net.far_books.refused == {Refusal.STALE: 1, Refusal.COUNTER: 1}


def test_f28_an_echo_from_the_future_is_void() -> None:
    net = opened()
    true = read(last_down(net))
    net.to_far(
        SHARED.close(replace(true, counter=true.counter + 9, echo_ms=net.far_ms + 1, payload=b"START"))
    )
    assert net.device == []
    assert net.far_books.refused == {Refusal.STALE: 1}


def test_f28_replayed_and_reordered_envelopes_are_void() -> None:
    """(A) P6."""
    net = opened()
    net.run(net.transit_ms)
    net.write(b"START")
    net.write(b"STOP")
    start, stop = net.down[-2][1], net.down[-1][1]
    net.down.clear()
    net.to_far(stop)
    net.to_far(start)
    net.to_far(stop)
    assert [data for _, data in net.device] == [b"STOP"]
    assert net.far_books.refused == {Refusal.COUNTER: 2}
    assert net.far_books.gaps == 1
    assert f"{net.far_books}" == "2 doubled or out of order, 1 never came"


def test_f28_nothing_of_the_last_session_reaches_the_next() -> None:
    net = opened()
    net.write(b"START")
    start = last_down(net)
    net.down.clear()
    net.follow_near(net.near.close(net.near_ms))
    net.run(100)
    assert net.far_over == ["the near end has closed it"]
    net.connect()
    net.run(400)
    assert net.near.is_open
    net.to_far(start)
    assert net.device == []
    assert net.far_books.refused == {Refusal.SESSION: 1}


def test_f28_a_whole_connection_played_again_opens_nothing() -> None:
    """F28, (A) P6: neither end can be brought up by what was recorded, however exactly it is played."""
    net = opened()
    net.write(b"START")
    net.run(100)
    recorded = list(net.seen)
    net.follow_near(net.near.close(net.near_ms))
    net.run(100)
    net.device.clear()
    net.is_over = True
    start = net.now
    for at, way, data in recorded:
        while net.now < start + at:
            net.run(1)
        (net.to_far if way == "down" else net.to_near)(data)
    net.run(3000)
    assert (net.opened, net.device, net.far.session) == (1, [], None)
    net.connect()
    for _, way, data in recorded:
        if way == "up":
            net.to_near(data)
    assert not net.near.is_open


def test_f28_an_old_greeting_does_not_disturb_a_session() -> None:
    net = opened()
    hello = next(data for _, _, data in net.seen if read(data).kind is Kind.HELLO)
    other = Seal(SHARED.key, SHARED.topic).close(replace(read(hello), near=b"x" * 16))
    net.to_far(hello)
    net.to_far(other)
    net.run(5000)
    assert net.near.is_open
    assert (net.over, net.far_over) == ([], [])


def test_many_greetings_leave_bounded_memory_and_the_last_one_gets_through() -> None:
    net = Net()
    hello = Envelope(Kind.HELLO, Direction.DOWN, 1000, bytes(16), bytes(16), 0, 1, 0)
    for number in range(1000):
        net.to_far(SHARED.close(replace(hello, near=number.to_bytes(16, "big"))))
    assert len(net.far._pending) == PENDING_MAX
    net.run(400)
    assert net.near.is_open


def test_a_greeting_is_said_again_until_it_is_answered() -> None:
    net = Net()
    net.transit_ms = 10_000_000
    net.run(4 * HELLO_MS)
    assert [read(data).kind for _, _, data in net.seen] == [Kind.HELLO] * 4
    net.transit_ms = 20
    net.run(HELLO_MS + 400)
    assert net.near.is_open


def test_two_daemons_the_second_is_told_in_use_and_the_first_goes_on() -> None:
    net = opened()
    first = net.near
    net.connect()
    net.run(200)
    assert net.over == ["the far end: in use"]
    net.near, net.is_over = first, False
    net.run(5000)
    net.write(b"still mine")
    net.run(100)
    assert [data for _, data in net.device] == [b"still mine"]


def test_f28_silence_ends_the_session_at_both_ends() -> None:
    """F28: a frozen broker: the device hears nothing more, and nothing of it is delivered later."""
    net = opened()
    net.transit_ms = 10_000
    net.write(b"START")
    net.run(SILENCE_MS + BEAT_MS + 200)
    assert net.over == ["nothing from the far end"]
    assert net.far_over == ["nothing from the near end"]
    net.transit_ms = 20
    net.connect()
    net.run(20_000)
    assert net.near.is_open
    assert net.device == []
    assert net.far_books.refused[Refusal.SESSION] > 0


def test_refused_envelopes_are_no_sign_of_life() -> None:
    net = opened()
    net.is_over = True
    data = last_down(net)
    for _ in range(60):
        net.run(50)
        net.to_far(data)
    assert net.far_over == ["nothing from the near end"]


def test_the_device_is_lost_or_cannot_be_opened_and_the_daemon_is_told_why() -> None:
    net = opened()
    net.follow_far(net.far.device_lost("unplugged", net.far_ms))
    net.run(100)
    assert net.over == ["the far end: unplugged"]
    net.auto_open = False
    net.connect()
    net.run(300)
    net.follow_far(net.far.device_lost("in use", net.far_ms))
    net.run(100)
    assert net.over[1:] == ["the far end: in use"]
    assert not net.near.is_open


def test_a_late_welcome_a_second_one_and_a_late_refusal_count_nothing() -> None:
    net = Net()
    net.run(100 + net.transit_ms)
    welcome = net.up[0][1]
    net.up.clear()
    net.now += VALID_MS + 1
    net.to_near(welcome)
    assert net.near_books.refused == {Refusal.STALE: 1}
    net.run(1000)
    assert net.near.is_open
    true = read(next(data for _, way, data in net.seen if way == "up"))
    net.to_near(SHARED.close(replace(true, echo_ms=net.near_ms)))
    net.to_near(SHARED.close(replace(true, kind=Kind.REFUSED)))
    assert net.near_books.refused == {Refusal.STALE: 1, Refusal.COUNTER: 1, Refusal.SESSION: 1}
    assert net.near.is_open


def test_f28_each_end_checks_both_names_of_the_session() -> None:
    """F28: whoever has the key and one of the two nonces only has not taken part."""
    net = opened()
    true = replace(read(last_down(net)), counter=99, payload=b"START")
    for other in (replace(true, far=b"x" * 16), replace(true, near=b"x" * 16)):
        net.to_far(SHARED.close(other))
    assert net.device == []
    assert net.far_books.refused == {Refusal.SESSION: 2}
    answer = replace(read([data for _, way, data in net.seen if way == "up"][-1]), counter=99, payload=b"x")
    for other in (replace(answer, far=b"x" * 16), replace(answer, near=b"x" * 16)):
        net.to_near(SHARED.close(other))
    assert net.host == []
    assert net.near_books.refused == {Refusal.SESSION: 2}


def test_f28_an_answer_to_somebody_else_is_not_taken() -> None:
    """F28: however fresh: a second daemon's WELCOME or REFUSED on the same topic."""
    net = Net()
    net.run(100)
    for kind in (Kind.WELCOME, Kind.REFUSED):
        other = Envelope(kind, Direction.UP, 1000, b"x" * 16, b"y" * 16, 0, 5, net.near_ms)
        net.to_near(SHARED.close(other))
    assert net.near_books.refused == {Refusal.SESSION: 2}
    net.run(1000)
    assert net.near.is_open
    assert net.over == []


def test_f36_only_the_far_end_that_has_named_itself_is_taken() -> None:
    """F36: a bridge elsewhere with the same key, which carries a real pump, does not come instead."""
    for begins, taken in ((bytes([2]), True), (bytes([3]), False), (b"", True)):
        net = Net()
        net.near = NearEnd(SHARED, b"n" * 16, net.near_books, begins)
        net.run(3000)
        assert net.near.is_open is taken
        assert bool(net.near_books.refused[Refusal.SESSION]) is not taken


def test_f28_a_retained_message_is_void() -> None:
    net = opened()
    net.write(b"START")
    data = last_down(net)
    net.down.clear()
    net.to_far(data, retained=True)
    net.to_near(data, retained=True)
    assert net.device == []
    assert net.far_books.refused == net.near_books.refused == {Refusal.RETAINED: 1}


def test_a_message_turned_round_is_void() -> None:
    net = opened()
    net.to_near(last_down(net))
    net.to_far([data for _, way, data in net.seen if way == "up"][-1])
    assert net.far_books.refused == net.near_books.refused == {Refusal.DIRECTION: 1}


def test_far_kinds_that_are_not_for_it_count_nothing() -> None:
    net = opened()
    true = read(last_down(net))
    net.to_far(SHARED.close(replace(true, kind=Kind.WELCOME)))
    assert net.far_books.refused == {Refusal.SESSION: 1}
    books = Books()
    assert books.read(SHARED, b"nonsense", Direction.UP, retained=False) is None
    assert books.refused == {Refusal.MALFORMED: 1}


@pytest.mark.parametrize("seed", range(40))
def test_f28_whatever_the_broker_does_a_write_arrives_once_in_order_in_time_or_never(seed: int) -> None:
    """F28: in its own session too; it holds, doubles, shuffles, loses, replays, turns round, keeps, flips."""
    chance = random.Random(seed)
    net = Net(near_skew_ms=chance.randrange(10**9), far_skew_ms=chance.randrange(10**9))
    sent: dict[bytes, tuple[int, str, bytes]] = {}
    for number in range(250):
        net.run(chance.choice([10, 40, 120, 400]))
        if chance.random() < 0.6:
            attack(net, chance)
        if net.is_over or chance.random() < 0.02:
            net.connect()
        elif net.near.is_open:
            text = b"%d" % number
            sent[text] = (net.now, "down", net.near._session)
            net.write(text)
        if net.far.session is not None and chance.random() < 0.5:
            text = b"u%d" % number
            sent[text] = (net.now, "up", b"")
            net.say(text)
    for arrived, way in ((net.device, "down"), (net.host, "up")):
        texts = [data for _, data in arrived]
        assert len(texts) == len(set(texts))
        assert texts == sorted(texts, key=lambda data: sent[data][0])
        for at, data in arrived:
            assert sent[data][1] == way
            assert at - sent[data][0] <= VALID_MAX_MS
    assert [sent[data][2] for _, data in net.device] == net.device_sessions
    assert net.opened >= 1
    assert len(net.device) > 5


@pytest.mark.parametrize(
    ("valid_ms", "age_ms", "counts"),
    [
        (500, -1, False),
        (500, 0, True),
        (500, 500, True),
        (500, 501, False),
        (VALID_MAX_MS + 500, VALID_MAX_MS, True),
        (VALID_MAX_MS + 500, VALID_MAX_MS + 1, False),
    ],
)
def test_f28_an_envelope_counts_from_its_echo_for_as_long_as_it_says(
    valid_ms: int, age_ms: int, *, counts: bool
) -> None:
    """F28: and never longer than the most that any may."""
    one = Envelope(Kind.DATA, Direction.UP, valid_ms, NO_SESSION, NO_SESSION, 1, 77, 5_000, b"")
    assert fresh(one, 5_000 + age_ms) is counts
