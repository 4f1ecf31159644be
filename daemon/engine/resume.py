"""What a hold allows: the strictest of all its resume rules and the gap rule (F19, F21, F22)."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.engine import course, gap, slices
from daemon.engine.account import ZERO
from daemon.engine.evolve_course import STOPS_WINDOW_MS, rule_keys
from daemon.engine.state import RunState
from daemon.protocols.rules import Choice, ChoiceKind, GapAction, Grade, HoldCause, ResumeRule

REACTIONS_PER_STEP = 2
"""After this many holds for reaction at one step only stepping back remains (F21)."""
STOPS_IN_WINDOW = 3
"""As many holds for one cause in 10 minutes keep the run held until a second person agrees (D13)."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is left to choose from, and why the rest is not."""

    allowed: tuple[Choice, ...]
    refused: tuple[str, ...]


NEVER = Choice(ChoiceKind.NEVER)


def options(state: RunState, now: int) -> Options:
    """The choices a named person has now; empty = only manual or abort."""
    if state.hold is None:
        return Options((), ("the run is not held",))
    sets: list[tuple[Choice, ...]] = []
    why: list[str] = []
    for key, rule in _rules(state):
        allowed = rule.allow
        if state.resumed.get(key, 0) >= rule.max_times:
            allowed = (NEVER,)
            times = state.resumed.get(key, 0)
            why.append(f"{key}: already resumed {times} times" if times else f"{key}: never resumed")
        sets.append(allowed)
    if state.hold.grade is Grade.SEVERE:
        sets.append((NEVER,))
        why.append("a severe reaction is never resumed (F22)")
    if HoldCause.REACTION in state.hold.causes and _repeated(state):
        sets.append(_backwards(sets))
        why.append("second reaction at this step: only back")
    ordered = gap.judge(state, now)
    if ordered.action is not GapAction.CONTINUE:
        sets.append((_of_gap(ordered.action, ordered.steps),))
        why.append(_gap_text(state, now, ordered.action, ordered.steps))
    return _possible(state, now, strictest(tuple(sets)), why)


def _rules(state: RunState) -> list[tuple[str, ResumeRule]]:
    rules = {}
    for rule in state.plan.rules.resume:
        key = f"{rule.cause}:{rule.grade}" if rule.cause is HoldCause.REACTION else rule.cause.value
        rules[key] = rule
    return [(key, rules[key]) for key in rule_keys(state)]


def _repeated(state: RunState) -> bool:
    return state.reactions_at.get(state.reacted_step, 0) >= REACTIONS_PER_STEP


def _backwards(sets: list[tuple[Choice, ...]]) -> tuple[Choice, ...]:
    backwards = {
        choice
        for allowed in sets
        for choice in allowed
        if choice.kind in (ChoiceKind.BACK, ChoiceKind.START_OVER)
    }
    return tuple(sorted(backwards, key=lambda choice: choice.strictness)) or (NEVER,)


def _of_gap(action: GapAction, steps: int) -> Choice:
    match action:
        case GapAction.BACK:
            return Choice(ChoiceKind.BACK, steps)
        case GapAction.START_OVER:
            return Choice(ChoiceKind.START_OVER)
        case GapAction.ABANDON | GapAction.CONTINUE:
            return NEVER


def _gap_text(state: RunState, now: int, action: GapAction, steps: int) -> str:
    known = "unknown" if state.gap.unknown else f"{gap.judged_ms(state, now) // 60_000} min"
    return f"drug-free time {known}: the gap rule orders {action}{f' = {steps}' if steps else ''}"


def strictest(sets: tuple[tuple[Choice, ...], ...]) -> tuple[Choice, ...]:
    """The set whose least strict choice is the strictest; equal ones are intersected."""
    if not sets:
        return ()
    floors = [min(choice.strictness for choice in allowed) for allowed in sets]
    floor = max(floors)
    holding = [set(allowed) for allowed, its in zip(sets, floors, strict=True) if its == floor]
    left = set.intersection(*holding)
    return tuple(sorted((c for c in left if c.kind is not ChoiceKind.NEVER), key=lambda c: c.strictness))


def _possible(state: RunState, now: int, allowed: tuple[Choice, ...], why: list[str]) -> Options:
    """Without the choices that would break the total dose or have no step to go to (F11)."""
    possible = []
    for choice in allowed:
        step = target_step(state, choice)
        total = course.expected_total(state, step)
        most = state.plan.rules.ceilings.max_total_dose
        whole = choice.kind is not ChoiceKind.REST_OF_STEP or not state.begun
        if choice.kind is ChoiceKind.BACK and place(state) - choice.steps < 1:
            why.append(f"{choice}: there are not so many steps before step {place(state)}")
        elif not whole and slices.slice_ml(state, now) < state.caps.limit_min_ml:
            why.append(f"{choice}: bag or total dose leave nothing more to give")
        elif whole and total > most:
            why.append(f"{choice}: up to {total:.3f} {state.plan.dose_unit} in all, {most} is the most")
        elif whole and _bag_short(state, step):
            why.append(f"{choice}: a bag does not hold what the steps from {step} on need")
        else:
            possible.append(choice)
    return Options(tuple(possible), tuple(why))


def _bag_short(state: RunState, step: int) -> bool:
    """Some bag does not hold what the steps from here on draw from it (F11)."""
    following = state.plan.steps[step - 1 :]
    for solution in {planned.solution for planned in following}:
        drawn = [planned for planned in following if planned.solution == solution]
        needed = sum((planned.volume_ml for planned in drawn if not planned.until_empty), ZERO)
        if any(planned.until_empty for planned in drawn):
            needed += state.caps.limit_min_ml
        if needed > state.plan.solution(solution).volume_ml - state.bag_given(solution).high:
            return True
    return False


def place(state: RunState) -> int:
    """The step that choices count from: after a reaction the one that gave the drug (F21)."""
    reacted = state.hold is not None and HoldCause.REACTION in state.hold.causes
    return state.reacted_step if reacted else state.step


def target_step(state: RunState, choice: Choice) -> int:
    """The step a choice goes to."""
    match choice.kind:
        case ChoiceKind.START_OVER:
            return 1
        case ChoiceKind.BACK:
            return max(place(state) - choice.steps, 1)
        case ChoiceKind.SAME_STEP:
            return place(state)
        case _:
            return state.step


def needs_witness(state: RunState, choice: Choice, now: int) -> bool:
    """Start over, an unknown gap and the third stop for one cause in 10 min need two persons (F33, D13)."""
    counts: dict[str, int] = {}
    for cause, at in state.stops:
        if at <= now - STOPS_WINDOW_MS:
            continue
        counts[cause] = counts.get(cause, 0) + 1
    often = max(counts.values(), default=0) >= STOPS_IN_WINDOW
    return choice.kind is ChoiceKind.START_OVER or state.gap.unknown or often
