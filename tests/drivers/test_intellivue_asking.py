"""Which IntelliVue polls are due when, to the hundredth of a second, and what a denial or an answer changes.

The page: alarms every second, patient every 5 s, keep-alive at a third of the time-out (10 s up to a granted
poll period of 3.3 s, 130 s above 43 s), never nearer together than that period; values that do not come are
asked for again every 3 s, given up after 9.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.errors import NoReply, Refused
from drivers.monitors.intellivue.association import Profile
from drivers.monitors.intellivue.schedule import Asking, Poll

D = Decimal
NAMES = {0x2A: "patient", 0x36: "alarms", 0x06: "values", 0x21: "alive"}
QUICK = Profile(D(1), extended=True)
SLOW = Profile(D(60), extended=False)
NUMBER = 5


def invoke(poll: bytes) -> int:
    return int.from_bytes(poll[8:10])


def names(polls: list[bytes]) -> list[str]:
    """By the class of objects asked for, which stands at byte 32."""
    assert all(int.from_bytes(poll[28:30]) == NUMBER for poll in polls)
    return [NAMES[int.from_bytes(poll[32:34])] for poll in polls]


def asking(profile: Profile, *, subject: str | None = "4711") -> tuple[Asking, dict[str, int]]:
    """Everything was asked for at 0, and the patient is known."""
    one = Asking(profile, NUMBER, D(0))
    one.subject = subject
    polls = one.due(D(0))
    assert names(polls) == ["patient", "alarms", "values", "alive"]
    return one, dict(zip(names(polls), map(invoke, polls), strict=True))


@pytest.mark.parametrize(
    ("profile", "name", "period_s"),
    [
        (QUICK, "alarms", "1"),
        (QUICK, "patient", "5"),
        (QUICK, "alive", "3.34"),
        (QUICK, "values", "30"),
        (Profile(D("0.5"), extended=False), "values", "1"),
        (Profile(D("2.5"), extended=True), "alarms", "2.5"),
        (Profile(D("2.5"), extended=False), "values", "2.5"),
        (Profile(D(40), extended=False), "alive", "40"),
        (SLOW, "values", "60"),
        (SLOW, "alarms", "60"),
        (SLOW, "patient", "60"),
        (SLOW, "alive", "60"),
    ],
)
def test_each_poll_has_its_period(profile: Profile, name: str, period_s: str) -> None:
    """The values keep coming meanwhile."""
    one, asked = asking(profile)
    for before in range(int(D(period_s) * 100)):
        if before % 100 == 0:
            one.answered(Poll.NUMERICS, asked["values"], D(before) / 100)
    assert name not in names(one.due(D(period_s) - D("0.01")))
    assert name in names(one.due(D(period_s)))


def test_values_that_do_not_come_are_asked_for_three_times() -> None:
    one, _ = asking(QUICK)
    at: list[Decimal] = []
    for hundredth in range(1, 900):
        now_s = D(hundredth) / 100
        at += [now_s for name in names(one.due(now_s)) if name == "values"]
    assert at == [D(3), D(6)]
    with pytest.raises(NoReply, match="no values for 9 s"):
        one.due(D(9))


def test_values_that_come_put_the_next_question_off() -> None:
    one, asked = asking(QUICK)
    one.answered(Poll.NUMERICS, asked["values"], D("2.5"))
    assert "values" not in names(one.due(D("5.49")))
    assert "values" in names(one.due(D("5.5")))
    one.answered(Poll.ALARMS, asked["alarms"], D(6))
    assert "values" in names(one.due(D("8.5"))), "alarms are no values"


def test_a_question_is_open_until_it_is_answered_and_known_by_its_poll() -> None:
    one, asked = asking(QUICK)
    assert one.asked_s(Poll.NUMERICS, asked["values"]) == 0
    assert one.asked_s(Poll.ALARMS, asked["values"]) is None
    one.answered(Poll.NUMERICS, asked["values"], D(1))
    assert one.asked_s(Poll.NUMERICS, asked["values"]) is None
    assert one.asked_s(Poll.ALARMS, asked["alarms"]) == 0


def test_f12_a_denied_alarm_poll_names_no_patient() -> None:
    """F12: only when the patient is denied the monitor names nobody; until then no value is told."""
    one, asked = asking(QUICK, subject=None)
    for name in ("alarms", "alive"):
        assert one.denied(asked[name], 9, D("0.5")) == []
        assert one.subject is None
    assert one.denied(asked["patient"], 9, D("0.5")) == []
    assert one.subject == ""
    one, asked = asking(QUICK)
    assert one.denied(asked["patient"], 9, D("0.5")) == []
    assert one.subject == "4711", "who is known stays known"


def test_what_is_denied_is_asked_again_after_60_s() -> None:
    one, asked = asking(QUICK)
    assert one.denied(asked["alarms"], 9, D("0.5")) == []
    assert one.denied(asked["alarms"], 9, D("0.5")) == [], "it is open no more"
    for second in range(1, 61):
        one.answered(Poll.NUMERICS, asked["values"], D(second))
        assert "alarms" not in names(one.due(D(second)))
    assert "alarms" not in names(one.due(D("60.49")))
    assert "alarms" in names(one.due(D("60.5")))


def test_values_denied_once_are_asked_for_one_by_one_and_denied_again_they_are_refused() -> None:
    one, asked = asking(Profile(D("2.5"), extended=True))
    (single,) = one.denied(asked["values"], 9, D("0.5"))
    assert (names([single]), single[24:26].hex()) == (["values"], "0c16")
    assert "values" not in names(one.due(D("2.99")))
    assert "values" in names(one.due(D(3))), "2.5 s later"
    with pytest.raises(Refused):
        one.denied(invoke(single), 9, D(4))


def test_questions_are_numbered_one_by_one_from_1_to_65535_and_begin_anew() -> None:
    """Two bytes; 0 is no number of ours."""
    one = Asking(Profile(D(1), extended=False), NUMBER, D(0))
    one.subject = ""
    numbers: list[int] = []
    second = 0
    while len(numbers) < 65_540:
        one.answered(Poll.NUMERICS, 0, D(second))
        numbers += [invoke(poll) for poll in one.due(D(second))]
        second += 60
    assert numbers[:65_540] == [*range(1, 65_536), 1, 2, 3, 4, 5]


def test_the_last_32_questions_are_remembered() -> None:
    one = Asking(Profile(D(1), extended=False), NUMBER, D(0))
    one.subject = ""
    asked = []
    for second in range(0, 600, 60):
        one.answered(Poll.NUMERICS, 0, D(second))
        asked += [(invoke(poll), second) for poll in one.due(D(second))]
    assert len(asked) == 40
    known = [any(one.asked_s(poll, number) == at for poll in Poll) for number, at in asked]
    assert known == [False] * 8 + [True] * 32


def test_an_extended_poll_is_asked_for_60_s() -> None:
    """480,000 ticks of 1/8 ms, the last four bytes."""
    for extended, ends in ((True, bytes.fromhex("f13e 0004 00075300")), (False, bytes.fromhex("0006 0000"))):
        polls = Asking(Profile(D(1), extended=extended), NUMBER, D(0)).due(D(0))
        assert polls[2].endswith(ends)


def test_f12_a_monitor_that_three_times_does_not_answer_who_it_watches_names_nobody() -> None:
    """F12: asked each second at first; then no more often than every 5 s."""
    one, asked = asking(QUICK, subject=None)
    at = [D(0)]
    for hundredth in range(1, 800):
        now_s = D(hundredth) / 100
        one.answered(Poll.NUMERICS, asked["values"], now_s)
        at += [now_s for name in names(one.due(now_s)) if name == "patient"]
        assert (one.subject is None) is (now_s < 3)
    assert at == [0, 1, 2, 3, 4]
    assert one.subject == ""


def test_each_poll_asks_for_its_class_and_group() -> None:
    """Class and group stand at bytes 32 and 34: 0801 is alarms, 080C the system, 0 all attributes."""
    polls = Asking(QUICK, NUMBER, D(0)).due(D(0))
    assert [poll[32:36].hex() for poll in polls] == ["002a0000", "00360801", "00060000", "0021080c"]
