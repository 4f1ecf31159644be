"""Linked replies at their limits: parts, objects, half a second; the rest of a broken one is never a whole.

The page: in order, all parts, within half a second of the monitor's time, at most 64 parts and 1024 objects.
"""

from __future__ import annotations

import struct

import pytest

from drivers.errors import BadFrame
from drivers.monitors.intellivue import frames
from drivers.monitors.intellivue.frames import Reply
from drivers.monitors.intellivue.numerics import numerics_of
from drivers.monitors.intellivue.polls import Observation, PollReply, Trains, poll_reply
from tests.drivers import intellivue_peer as golden

HALF_S = 4000
"""Ticks of 1/8 ms."""
WRAP = 1 << 32
FIRST, MIDDLE, LAST = 1, 2, 3
HEART_RATE = [(0x0950, golden.observed(golden.HR, golden.BPM, golden.tenths(72)))]


def part(
    state: int, number: int = 0, *, invoke: int = 3, ticks: int = 8000, objects: int = 1, sequence: int = 1
) -> Reply:
    """One part; `state` 0 is a plain result."""
    message = golden.reply(
        [(handle, HEART_RATE) for handle in range(objects)],
        ticks=ticks,
        sequence=sequence,
        invoke=invoke,
        link=(state, number & 0xFF) if state else None,
    )
    parsed = frames.parse(message)
    assert isinstance(parsed, Reply)
    return parsed


def told(trains: Trains, *parts: Reply) -> list[PollReply]:
    return [whole for one in parts if (whole := trains.take(one)) is not None]


@pytest.mark.parametrize(("parts", "kept"), [(2, True), (63, True), (64, True), (65, False)])
def test_a_train_has_64_parts_at_most(parts: int, *, kept: bool) -> None:
    trains = Trains()
    states = [FIRST, *[MIDDLE] * (parts - 2), LAST]
    whole = told(trains, *(part(state, number) for number, state in enumerate(states)))
    assert [len(one.found) for one in whole] == ([parts] if kept else [])
    assert (trains.broken > 0, trains.held) == (not kept, 0)


@pytest.mark.parametrize(("objects", "kept"), [(1023, True), (1024, True), (1025, False)])
def test_a_train_has_1024_objects_at_most(objects: int, *, kept: bool) -> None:
    trains = Trains()
    train = [
        part(FIRST, 0, objects=500),
        part(MIDDLE, 1, objects=500),
        part(MIDDLE, 2, objects=objects - 1000),
    ]
    assert told(trains, *train) == []
    assert trains.held == (objects if kept else 0)
    assert bool(told(trains, part(LAST, 3, objects=0))) is kept


@pytest.mark.parametrize(
    ("first", "last", "kept"),
    [
        (8000, 8000, True),
        (8000, 8001, True),
        (8000, 8000 + HALF_S - 1, True),
        (8000, 8000 + HALF_S, False),
        (8000, 7999, False),
        (WRAP - 1, 0, True),
        (WRAP - 1, HALF_S - 2, True),
        (WRAP - 1, HALF_S - 1, False),
    ],
)
def test_the_parts_of_a_reply_are_less_than_half_a_second_apart(first: int, last: int, *, kept: bool) -> None:
    """Also where the running time of the monitor wraps."""
    trains = Trains()
    assert bool(told(trains, part(FIRST, 0, ticks=first), part(LAST, 1, ticks=last))) is kept
    tail = part(0, ticks=last, sequence=2)
    assert bool(told(Trains(), part(FIRST, 0, ticks=first), tail)) is True, "a whole, or a reply of its own"


def test_a_whole_reply_has_the_time_and_number_of_its_first_part_and_counts_to_its_last() -> None:
    (whole,) = told(
        Trains(),
        part(FIRST, 254, ticks=8000, sequence=7),
        part(MIDDLE, 255, ticks=8100, sequence=8),
        part(LAST, 256, ticks=8200, sequence=9),
    )
    assert (whole.ticks, whole.sequence, whole.last_sequence, len(whole.found)) == (8000, 7, 9, 3)


def test_the_rest_of_a_broken_train_is_no_reply_while_four_such_are_remembered() -> None:
    """Half a list of values could hide what the other half says."""
    for trains_begun, forgotten in ((4, []), (5, [1]), (6, [1, 2])):
        trains = Trains()
        for invoke in range(1, trains_begun + 1):
            assert told(trains, part(MIDDLE, 5, invoke=invoke)) == []
        assert len(trains._linked) <= 4
        tails = range(1, trains_begun + 1)
        assert [invoke for invoke in tails if told(trains, part(0, invoke=invoke))] == forgotten


def test_of_broken_trains_the_one_that_said_nothing_for_longest_is_forgotten() -> None:
    trains = Trains()
    for invoke in (1, 2, 3, 4, 1, 5):
        assert told(trains, part(MIDDLE, 5, invoke=invoke)) == []
    assert [invoke for invoke in (1, 2, 3, 4, 5) if told(trains, part(0, invoke=invoke))] == [2]


def test_four_trains_at_once_and_a_fifth_gives_up_the_oldest() -> None:
    for begun, given_up in ((4, 0), (5, 1), (6, 2)):
        trains = Trains()
        for invoke in range(1, begun + 1):
            assert told(trains, part(FIRST, 0, invoke=invoke)) == []
        assert (trains.held, trains.broken) == (begun - given_up, given_up)
        ended = [invoke for invoke in range(1, begun + 1) if told(trains, part(LAST, 1, invoke=invoke))]
        assert ended == list(range(1 + given_up, begun + 1))


def test_where_a_new_train_begins_the_old_ones_hold_1024_objects_at_most() -> None:
    trains = Trains()
    told(trains, part(FIRST, 0, invoke=1, objects=800), part(FIRST, 0, invoke=2, objects=225))
    assert (trains.held, trains.broken) == (1025, 0)
    told(trains, part(FIRST, 0, invoke=3, objects=7))
    assert (trains.held, trains.broken) == (232, 1)
    assert told(trains, part(LAST, 1, invoke=1)) == []
    for invoke, objects in ((2, 226), (3, 8)):
        (whole,) = told(trains, part(LAST, 1, invoke=invoke))
        assert len(whole.found) == objects
    told(trains, part(FIRST, 0, invoke=1, objects=800), part(FIRST, 0, invoke=2, objects=224))
    told(trains, part(FIRST, 0, invoke=3, objects=7))
    assert (trains.held, trains.broken) == (1031, 2), "1024 were none too many"


def listed(*, entry: bytes = b"", context: bytes = b"", behind: bytes = b"") -> Reply:
    """A reply with one object, by hand, and surplus at one of three levels; all lengths count it."""
    entries = struct.pack(">H", 7) + golden.attributes(HEART_RATE) + entry
    contexts = struct.pack(">HHH", 0, 1, len(entries)) + entries + context
    content = struct.pack(">HI", 1, 8000) + golden.at() + struct.pack(">HHH", 1, 6, 0)
    return Reply(3, 0, 0, 0x0C16, content + struct.pack(">HH", 1, len(contexts)) + contexts + behind)


def test_surplus_at_any_level_of_a_list_is_refused() -> None:
    assert len(poll_reply(listed()).found) == 1
    for wrong in (listed(entry=b"\0"), listed(context=b"\0"), listed(behind=b"\0")):
        with pytest.raises(BadFrame, match="length"):
            poll_reply(wrong)


@pytest.mark.parametrize("attribute", [0x0950, 0x094B])
def test_surplus_behind_a_value_is_refused(attribute: int) -> None:
    """0950 is one value, 094B several, with their count and length."""
    value = golden.observed(golden.HR, golden.BPM, golden.tenths(72))
    inner = [value] if attribute == 0x0950 else [struct.pack(">HH", 1, len(value)) + value]
    assert len(list(numerics_of([Observation(0, 7, {attribute: inner[0]})]))) == 1
    wrong = [inner[0] + b"\0"]
    if attribute == 0x094B:
        wrong.append(struct.pack(">HH", 1, len(value) + 1) + value + b"\0")
    for data in wrong:
        with pytest.raises(BadFrame, match="length"):
            list(numerics_of([Observation(0, 7, {attribute: data})]))
