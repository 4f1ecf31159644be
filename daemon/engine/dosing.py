"""What may be done with doses that no pump gives (F37): offered, taken, settled, each act once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.doses import Course, DayChecked, Fact, Given, NotGiven, Stage, Taken


@dataclass(frozen=True, slots=True)
class Around:
    """What the rest of the run says: the gate, the gap rules on `Course.gap_ms`, the limit, the check."""

    gate_open: bool
    gap_continues: bool
    max_total_dose: Decimal
    check_valid_ms: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`fact` None and `good`: the act was recorded before, and is not recorded twice."""

    good: bool
    text: str
    fact: Fact | None = None


AGAIN = Answer(True, "recorded already")


def withheld(state: Course, now_ms: int, around: Around) -> str:
    """Why no dose is offered now; empty = the next one is."""
    number = state.next
    if number is None:
        return "all doses are given"
    if state.in_hand is not None:
        one = state.standing[state.in_hand - 1]
        return f"dose {state.in_hand} is in the hand of {one.by}: say first whether it was given"
    dose = state.plan[number - 1]
    begins = number == 1 or state.plan[number - 2].day != dose.day
    if state.day != dose.day or (begins and now_ms - state.checked_ms > around.check_valid_ms):
        return f"day {dose.day}: check patient, baseline and two names first"
    if state.last_ms is not None and now_ms - state.last_ms < dose.interval_ms:
        left_s = -(-(state.last_ms + dose.interval_ms - now_ms) // 1000)
        return f"dose {number} is due in {left_s} s"
    if state.gap_ms(now_ms) > 0 and not around.gap_continues:
        return f"dose {number} is {state.gap_ms(now_ms) // 60_000} min late: the gap rules decide"
    if not around.gate_open:
        return "the gate is shut"
    if state.high + dose.amount > around.max_total_dose:
        return f"dose {number} would make {state.high + dose.amount}: more than {around.max_total_dose}"
    return ""


@dataclass(frozen=True, slots=True)
class Check:
    """What two persons say at the bedside when a day begins."""

    by: str
    witness: str
    patient_matches: bool
    baseline_taken: bool


def check_day(state: Course, act: str, day: int, check: Check, now_ms: int) -> Answer:
    """A day begins as the first one did: two different names, the patient, a baseline."""
    if act in state.acts:
        return AGAIN
    one, other = check.by.strip(), check.witness.strip()
    if not one or not other or one.casefold() == other.casefold():
        return Answer(False, "two different names are needed")
    if not check.patient_matches or not check.baseline_taken:
        return Answer(False, "match the patient and take a baseline first")
    if state.in_hand is not None:
        return Answer(False, f"say first whether dose {state.in_hand} was given")
    if state.next is None or state.plan[state.next - 1].day != day:
        return Answer(False, f"the next dose is not of day {day}")
    return Answer(True, f"day {day} is checked", DayChecked(act, day, one, other, now_ms))


def take(state: Course, act: str, by: str, now_ms: int, around: Around) -> Answer:
    """Take the next dose in hand."""
    if act in state.acts:
        return AGAIN
    why = withheld(state, now_ms, around)
    if why or state.next is None:
        return Answer(False, why)
    if not by.strip():
        return Answer(False, "who takes it in hand?")
    return Answer(True, f"dose {state.next} is in hand", Taken(act, state.next, by, now_ms))


def give(state: Course, act: str, number: int, by: str, now_ms: int, given_ms: int) -> Answer:
    """Say that it was given, and when: not before it was taken in hand, and not later than now."""
    wrong = _unsettled(state, act, number, by)
    if wrong is not None:
        return wrong
    taken_ms = state.standing[number - 1].at_ms
    if not taken_ms <= given_ms <= now_ms:
        return Answer(False, "it was given after it was taken in hand, and not in the future")
    return Answer(True, f"dose {number} is given", Given(act, number, by, now_ms, given_ms))


def drop(state: Course, act: str, number: int, by: str, now_ms: int, reason: str) -> Answer:
    """Say that it was not given, and why."""
    wrong = _unsettled(state, act, number, by)
    if wrong is not None:
        return wrong
    if not reason.strip():
        return Answer(False, "why was it not given?")
    return Answer(True, f"dose {number} was not given", NotGiven(act, number, by, now_ms, reason))


def _unsettled(state: Course, act: str, number: int, by: str) -> Answer | None:
    """Why this dose is not to be settled by this act; None = it is."""
    if act in state.acts:
        return AGAIN
    if not 1 <= number <= len(state.plan):
        return Answer(False, f"there is no dose {number}")
    one = state.standing[number - 1]
    if one.stage is Stage.GIVEN:
        return Answer(False, f"dose {number} was given, as {one.by} said: nothing is recorded twice")
    if one.stage is not Stage.IN_HAND:
        return Answer(False, f"dose {number} was not taken in hand")
    return None if by.strip() else Answer(False, "who says so?")
