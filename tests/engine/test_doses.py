"""Tablets and injections: given once, counted once, whoever says what how often and when (F37)."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import dosing
from daemon.engine.doses import Course, DayChecked, Dose, Fact, Given, NotGiven, Stage, Taken, course
from daemon.engine.dosing import Answer, Around, Check, check_day, drop, give, take, withheld
from daemon.journal.codec import decode, encode

MIN = 60_000
HOUR = 60 * MIN
DAY_1 = [Dose(Decimal(n), 15 * MIN if n > 1 else 0, 20 * MIN) for n in (1, 2, 4)]
DAY_2 = [Dose(Decimal(8), 16 * HOUR, 24 * HOUR, day=2), Dose(Decimal(16), 15 * MIN, 20 * MIN, day=2)]
PLAN = (*DAY_1, *DAY_2)
OPEN = Around(gate_open=True, gap_continues=True, max_total_dose=Decimal(31), check_valid_ms=15 * MIN)
CHECK = Check("Ann", "Ben", patient_matches=True, baseline_taken=True)


class Ward:
    """A course with its facts; `now` moves by hand."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.state: Course = course(PLAN)
        self.now = 0
        self.acts = 0

    def act(self) -> str:
        self.acts += 1
        return f"a{self.acts}"

    def does(self, answer: Answer) -> Answer:
        if answer.fact is not None:
            self.facts.append(answer.fact)
            self.state = course(PLAN, self.facts)
        return answer

    def check(self, day: int = 1) -> Answer:
        return self.does(check_day(self.state, self.act(), day, CHECK, self.now))

    def take(self, by: str = "Ann", around: Around = OPEN) -> Answer:
        return self.does(take(self.state, self.act(), by, self.now, around))

    def give(self, number: int, by: str = "Ann", ago_ms: int = 0) -> Answer:
        return self.does(give(self.state, self.act(), number, by, self.now, self.now - ago_ms))

    def drop(self, number: int, by: str = "Ann", reason: str = "spat out") -> Answer:
        return self.does(drop(self.state, self.act(), number, by, self.now, reason))

    def through(self, doses: int) -> Ward:
        """So many doses of day 1, each when it is due."""
        self.check()
        for number in range(1, doses + 1):
            if number > 1:
                self.now += 15 * MIN
            assert self.take().good
            assert self.give(number).good
        return self


def bounds(ward: Ward) -> list[Decimal]:
    """The least and the most that was given."""
    return [ward.state.low, ward.state.high]


def test_f37_due_in_hand_given() -> None:
    """F37: one after the other, and the account with them."""
    ward = Ward()
    ward.check()
    assert ward.take() == Answer(True, "dose 1 is in hand", Taken("a2", 1, "Ann", 0))
    assert bounds(ward) == [0, 1]
    assert ward.give(1).good
    assert bounds(ward) == [1, 1]
    assert ward.state.next == 2


def test_f37_in_hand_counts_as_given_for_the_limit_and_not_for_the_gap() -> None:
    """F37: and nothing else is offered until somebody says what became of it."""
    ward = Ward().through(1)
    ward.now += 15 * MIN
    ward.take("Ann")
    ward.now += HOUR
    assert bounds(ward) == [1, 3]
    assert ward.state.gap_ms(ward.now) == 75 * MIN - 20 * MIN
    assert (
        withheld(ward.state, ward.now, OPEN) == "dose 2 is in the hand of Ann: say first whether it was given"
    )
    assert not ward.take("Ben").good
    assert ward.drop(2, "Ben").good
    assert bounds(ward) == [1, 1]
    assert ward.take("Ben").good


def test_f37_the_colleague_does_not_give_it_again() -> None:
    """F37: given but not confirmed at the change of shift: in hand; then settled by the colleague, once."""
    ward = Ward().through(1)
    ward.now += 15 * MIN
    ward.take("Ann")
    ward.now += 5 * MIN
    assert "in the hand of Ann" in ward.take("Ben").text
    assert ward.give(2, "Ben", ago_ms=4 * MIN).good
    again = ward.give(2, "Ann")
    assert again == Answer(False, "dose 2 was given, as Ben said: nothing is recorded twice")
    assert not ward.drop(2, "Ann").good
    assert ward.state.low == 3


def test_f37_a_double_tap_is_recorded_once() -> None:
    """F37, F40: the same act again is answered and changes nothing, in whatever order it comes."""
    ward = Ward()
    check = check_day(ward.state, "x1", 1, CHECK, 0)
    ward.does(check)
    assert check_day(ward.state, "x1", 1, CHECK, 50) == dosing.AGAIN
    ward.does(take(ward.state, "x2", "Ann", 100, OPEN))
    assert take(ward.state, "x2", "Ann", 150, OPEN) == dosing.AGAIN
    ward.does(give(ward.state, "x3", 1, "Ann", 200, 150))
    assert give(ward.state, "x3", 1, "Ann", 250, 150) == dosing.AGAIN
    assert take(ward.state, "x2", "Ann", 20 * MIN, OPEN) == dosing.AGAIN
    assert drop(ward.state, "x3", 1, "Ann", 300, "?") == dosing.AGAIN
    assert len(ward.facts) == 3
    assert dosing.AGAIN.good, "the second tap is told that it went well"


def test_f37_the_interval_runs_from_the_giving() -> None:
    """F37: confirmed 20 min late: the next one is due 15 min after the giving."""
    ward = Ward()
    ward.check()
    ward.take()
    ward.now = 22 * MIN
    ward.give(1, ago_ms=20 * MIN)
    assert ward.state.last_ms == 2 * MIN
    assert withheld(ward.state, 17 * MIN - 1, OPEN) == "dose 2 is due in 1 s"
    assert withheld(ward.state, 17 * MIN, OPEN) == ""
    assert ward.state.gap_ms(22 * MIN) == 0
    assert ward.state.gap_ms(22 * MIN + 1) == 1


@pytest.mark.parametrize(("given_ms", "good"), [(999, False), (1000, True), (5000, True), (5001, False)])
def test_f37_the_time_of_giving_lies_between_the_two_confirmations(given_ms: int, good: bool) -> None:
    ward = Ward()
    ward.check()
    ward.now = 1000
    ward.take()
    assert give(ward.state, "x", 1, "Ann", 5000, given_ms).good is good


@pytest.mark.parametrize(
    ("around", "why"),
    [
        (replace(OPEN, gate_open=False), "the gate is shut"),
        (replace(OPEN, max_total_dose=Decimal("2.9")), "dose 2 would make 3: more than 2.9"),
        (OPEN, ""),
    ],
)
def test_f37_a_dose_is_not_offered_while_the_gate_is_shut(around: Around, why: str) -> None:
    """F11, F37: nor beyond the largest total dose."""
    ward = Ward().through(1)
    ward.now += 15 * MIN
    assert withheld(ward.state, ward.now, around) == why
    assert ward.take(around=around).good is (why == "")


def test_f37_a_dose_is_late_from_the_first_millisecond() -> None:
    """F37: at the latest it may still be taken, a millisecond after it the gap rules are asked."""
    ward = Ward().through(1)
    ward.now += 20 * MIN
    assert withheld(ward.state, ward.now, replace(OPEN, gap_continues=False)) == ""
    ward.now += 1
    assert "gap rules" in withheld(ward.state, ward.now, replace(OPEN, gap_continues=False))


def test_f37_the_one_who_has_it_in_hand_is_named() -> None:
    """F37: the second dose, after the first was given by somebody else."""
    ward = Ward().through(1)
    ward.now += 15 * MIN
    ward.take("Cleo")
    assert "in the hand of Cleo" in withheld(ward.state, ward.now, OPEN)


def test_f37_a_late_dose_waits_for_the_gap_rules() -> None:
    """F19, F37: time since giving minus what is ordered."""
    ward = Ward().through(2)
    ward.now += 20 * MIN
    strict = replace(OPEN, gap_continues=False)
    assert withheld(ward.state, ward.now, strict) == ""
    ward.now += 6 * MIN
    assert withheld(ward.state, ward.now, strict) == "dose 3 is 6 min late: the gap rules decide"
    assert withheld(ward.state, ward.now, OPEN) == ""


def test_f37_a_new_day_is_checked_again() -> None:
    """F37: two names, patient, baseline, and not the check of yesterday; the night is no gap, longer is."""
    ward = Ward().through(3)
    assert withheld(ward.state, ward.now, OPEN).startswith("day 2: check patient, baseline and two names")
    assert not ward.check(1).good
    given = ward.now
    ward.now = given + 16 * HOUR
    assert ward.check(2).good
    assert ward.state.gap_ms(ward.now) == 0
    strict = replace(OPEN, gap_continues=False)
    assert withheld(ward.state, ward.now, strict) == ""
    ward.now += 15 * MIN + 1
    assert withheld(ward.state, ward.now, strict).startswith("day 2: check")
    ward.now = given + 25 * HOUR
    ward.check(2)
    assert withheld(ward.state, ward.now, strict) == "dose 4 is 60 min late: the gap rules decide"
    assert ward.take().good
    ward.give(4)
    ward.now += 20 * MIN
    assert ward.take().good


def test_f37_the_first_day_is_checked_like_any_other() -> None:
    """F12, F37: nothing is offered unchecked, and a check counts for 15 min until the first dose."""
    plan = tuple(DAY_1)
    assert withheld(course(plan), 0, OPEN).startswith("day 1: check")
    checked = course(plan, [DayChecked("a", 1, "Ann", "Ben", 0)])
    assert withheld(checked, 15 * MIN, OPEN) == ""
    assert withheld(checked, 15 * MIN + 1, OPEN).startswith("day 1: check")
    begun = course(
        plan, [DayChecked("a", 1, "Ann", "Ben", 0), Taken("b", 1, "Ann", 0), Given("c", 1, "Ann", 0, 0)]
    )
    assert withheld(begun, HOUR, OPEN) == ""


def test_f37_the_next_day_does_not_begin_early() -> None:
    """F37: checked or not, the ordered pause is kept."""
    ward = Ward().through(3)
    ward.check(2)
    ward.now += 10 * MIN
    assert withheld(ward.state, ward.now, OPEN).startswith("dose 4 is due in")


@pytest.mark.parametrize(
    "check",
    [
        replace(CHECK, witness="ann "),
        replace(CHECK, witness=""),
        replace(CHECK, by=" "),
        replace(CHECK, patient_matches=False),
        replace(CHECK, baseline_taken=False),
    ],
)
def test_f37_a_check_is_whole_or_none(check: Check) -> None:
    """F12, F33, F37: two different persons, the patient, the baseline."""
    assert not check_day(course(PLAN), "x", 1, check, 0).good


def test_f37_what_was_not_taken_in_hand_is_not_settled() -> None:
    """F37: neither given nor not given, and nobody without a name, nor a dose that is not in the plan."""
    ward = Ward()
    ward.check()
    for settled in (ward.give(1), ward.drop(1), ward.give(0), ward.give(6), ward.drop(-1)):
        assert not settled.good
    assert not ward.take(" ").good
    ward.take()
    assert not ward.give(1, " ").good
    assert not ward.drop(1, reason=" ").good
    assert not ward.check().good
    assert [type(fact) for fact in ward.facts] == [DayChecked, Taken]


def replayed(facts: list[Fact]) -> Course:
    """The course after a reboot: the facts as the journal keeps them."""
    kept = [(type(fact), json.dumps(encode(fact))) for fact in facts]
    return course(PLAN, [decode(kind, json.loads(text)) for kind, text in kept])


def test_f37_a_reboot_in_every_state_changes_nothing() -> None:
    """F37: due, in hand, given, not given, over night: the facts make the same course and the same offer."""
    ward = Ward()
    seen: set[Stage] = set()
    chance = random.Random(37)
    for _ in range(3000):
        ward.now += chance.choice([0, 1000, 5 * MIN, 15 * MIN, 16 * HOUR])
        what, number = chance.choice(["check", "take", "give", "drop"]), chance.randint(1, 5)
        if what == "check":
            ward.check(chance.choice([1, 2]))
        elif what == "take":
            ward.take()
        else:
            (ward.give if what == "give" else ward.drop)(number)
        after = replayed(ward.facts)
        assert after == ward.state
        assert withheld(after, ward.now, OPEN) == withheld(ward.state, ward.now, OPEN)
        seen |= {one.stage for one in after.standing}
        if after.next is None:
            ward = Ward()
    assert seen == set(Stage)


def test_f37_no_dose_is_ever_given_twice() -> None:
    """F11, F37: any acts of two nurses in any order, a patient who swallows what is in a hand."""
    chance = random.Random(11)
    whole = 0
    for _ in range(200):
        ward, swallowed = Ward(), Decimal(0)
        truly: dict[int, bool] = {}
        for _ in range(150):
            ward.now += chance.choice([0, MIN, 15 * MIN, 16 * HOUR])
            nurse = chance.choice(["Ann", "Ben"])
            hand = ward.state.in_hand
            what = chance.choice(["check", "take", "swallow", "settle", "settle wrong number"])
            if what == "check":
                ward.check(chance.choice([1, 2]))
            elif what == "take":
                ward.take(nurse)
            elif what == "swallow" and hand is not None and not truly.get(hand):
                truly[hand] = True
                swallowed += PLAN[hand - 1].amount
            elif what == "settle" and hand is not None:
                (ward.give if truly.get(hand) else ward.drop)(hand, nurse)
            elif what == "settle wrong number":
                wrong = chance.randint(1, 5)
                if wrong != hand:
                    ward.give(wrong, nurse)
            assert ward.state.low <= swallowed <= ward.state.high
        whole += ward.state.next is None
    assert whole > 20


def test_f37_the_course_ends() -> None:
    ward = Ward().through(3)
    for number, pause in ((4, 16 * HOUR), (5, 15 * MIN)):
        ward.now += pause
        if number == 4:
            ward.check(2)
        ward.take()
        ward.give(number)
    assert withheld(ward.state, ward.now, OPEN) == "all doses are given"
    assert ward.state.low == 31
    assert ward.state.gap_ms(ward.now + 99 * HOUR) == 0
    assert not ward.take().good
    assert not ward.check(2).good
    kinds = {type(fact) for fact in ward.facts}
    assert kinds == {DayChecked, Taken, Given}
    assert NotGiven not in kinds
