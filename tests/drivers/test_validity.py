"""Old bytes never start a pump: envelopes, sessions, and links that answer late (F28)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from drivers.links import validity
from drivers.links.validity import Envelope, FarEnd, Kind, NearEnd, connected, lost, no_more, seal, take

WATCHDOG_S = Decimal("1.2")
MORE = Envelope("s1", 5, 10_000, Kind.MORE)


@pytest.mark.parametrize(
    ("age_ms", "counts"), [(0, True), (1999, True), (2000, True), (2001, False), (60_000, False), (-1, False)]
)
def test_f28_more_is_valid_for_two_seconds_of_the_far_clock(age_ms: int, counts: bool) -> None:
    """F28: by the far end's own clock; a stamp it has not given out yet is none."""
    far, why = take(FarEnd("s1", 4), MORE, MORE.stamp_ms + age_ms)
    assert (why == "") is counts
    assert far.counter == (5 if counts else 4)


def test_f28_the_counter_rises() -> None:
    """F28: a message played twice, and a START that comes behind the STOP sent after it."""
    far, why = take(FarEnd("s1"), MORE, 10_100)
    assert why == ""
    assert "does not rise" in take(far, MORE, 10_200)[1]
    far, why = take(far, Envelope("s1", 9, 10_100, Kind.STOP), 10_200)
    assert why == ""
    assert "does not rise" in take(far, replace(MORE, counter=8), 10_200)[1]


def test_f28_the_session_is_fixed() -> None:
    """F28: what was sealed for the connection before counts nowhere, not even to stop."""
    for kind in Kind:
        assert take(FarEnd("s2"), replace(MORE, kind=kind), 10_000)[1] == "it was sealed for another session"


def test_f28_stop_and_reading_are_never_too_old() -> None:
    """F28, DESIGN 3.1: less never waits; late and out of order they count, and do not lower the counter."""
    for kind in (Kind.STOP, Kind.OBSERVE):
        far, why = take(FarEnd("s1", 9), replace(MORE, kind=kind), 99_000)
        assert (far.counter, why) == (9, "")


def ready(now_ms: int = 0) -> NearEnd:
    return validity.answer(connected("s1", 10_000), stamp_ms=10_050, asked_ms=now_ms - 100, now_ms=now_ms)


def test_f28_an_answer_says_how_long_it_took() -> None:
    """F28: from the question to the answer, by the near end's clock."""
    assert ready(500).trip_ms == 100
    assert ready(500).answer_ms == 500


def test_f28_a_connection_begins_with_stop_or_a_reading() -> None:
    """F28: never with what was queued: a lost link keeps nothing, a new one gives nothing more at first."""
    near = connected("s1", 10_000)
    assert seal(near, Kind.MORE, 0, None)[1:] == (None, "a connection begins with STOP or a reading")
    for kind in (Kind.STOP, Kind.OBSERVE):
        assert seal(near, kind, 0, None)[1] == Envelope("s1", 1, 10_000, kind)
    assert seal(ready(), Kind.MORE, 0, None)[1] == Envelope("s1", 1, 10_050, Kind.MORE)
    for kind in Kind:
        assert seal(lost(), kind, 0, None)[1:] == (None, "the link is lost")


@pytest.mark.parametrize(
    ("now_ms", "trip_ms", "watchdog_s", "word"),
    [
        (1000, 400, WATCHDOG_S, ""),
        (1001, 400, WATCHDOG_S, "the last answer is 1001 ms old"),
        (0, 401, WATCHDOG_S, "the last answer took 401 ms"),
        (0, 401, None, ""),
        (0, 1333, Decimal(4), ""),
        (0, 1334, Decimal(4), "more than a third of the watchdog of 4 s"),
    ],
)
def test_f28_no_more_on_a_link_that_is_old_or_slow(
    now_ms: int, trip_ms: int, watchdog_s: Decimal | None, word: str
) -> None:
    """F28: a round trip older than 1 s, or longer than a third of the watchdog."""
    why = no_more(now_ms, 0, trip_ms, watchdog_s)
    assert bool(why) is bool(word)
    assert word in why
    near = replace(ready(), answer_ms=0, trip_ms=trip_ms)
    assert seal(near, Kind.MORE, now_ms, watchdog_s)[2] == why
    assert seal(near, Kind.STOP, now_ms, watchdog_s)[2] == ""


@dataclass
class Bridge:
    """A far end behind a network that keeps, delays, doubles and turns round; its clock is its own."""

    skew_ms: int
    far: FarEnd = field(default_factory=lambda: FarEnd("s0"))
    held: list[Envelope] = field(default_factory=list)
    started: list[tuple[int, Envelope]] = field(default_factory=list)

    def arrives(self, envelope: Envelope, now_ms: int) -> bool:
        self.far, why = take(self.far, envelope, now_ms + self.skew_ms)
        if not why and envelope.kind is Kind.MORE:
            self.started.append((now_ms, envelope))
        return not why


@pytest.mark.parametrize("skew_ms", [0, -3_600_000, 86_400_000])
def test_f28_a_held_buffer_never_starts_anything(skew_ms: int) -> None:
    """F28: whatever a network keeps and when it lets go: each START at once, in its session, or never."""
    chance = random.Random(28)
    refused = 0
    for _ in range(2000):
        bridge, near, sealed = Bridge(skew_ms), connected("s0", skew_ms), {}
        now = 0
        for number in range(12):
            now += chance.choice([50, 300, 900, 2500])
            what = chance.choice(["more", "stop", "read", "cut", "let go"])
            if what == "cut":
                bridge.far = FarEnd(f"s{number + 1}")
                near = connected(bridge.far.session, now + skew_ms)
            elif what == "let go":
                chance.shuffle(bridge.held)
                for envelope in bridge.held:
                    refused += not bridge.arrives(envelope, now)
                bridge.held.clear()
            else:
                kind = {"more": Kind.MORE, "stop": Kind.STOP, "read": Kind.OBSERVE}[what]
                near, made, _ = seal(near, kind, now, WATCHDOG_S)
                if made is None:
                    continue
                sealed[made] = now
                if chance.random() < 0.5:
                    bridge.held.append(made)
                    continue
                bridge.arrives(made, now + 20)
                if kind is not Kind.MORE:
                    near = validity.answer(near, stamp_ms=now + 20 + skew_ms, asked_ms=now, now_ms=now + 40)
        for at_ms, envelope in bridge.started:
            assert at_ms - sealed[envelope] <= validity.VALID_MS
        assert len(bridge.started) == len({envelope for _, envelope in bridge.started})
    assert refused > 500


def test_f28_a_start_behind_a_later_stop_is_void() -> None:
    """F28: START is held by the network, STOP goes another way, then START arrives in time, and is void."""
    near, start, _ = seal(ready(), Kind.MORE, 0, WATCHDOG_S)
    _, stop, _ = seal(near, Kind.STOP, 100, WATCHDOG_S)
    assert start is not None
    assert stop is not None
    bridge = Bridge(0, FarEnd("s1"))
    assert bridge.arrives(stop, 10_200)
    assert not bridge.arrives(start, 10_300)
    assert bridge.started == []
