"""What a hold allows: the strictest of all its resume rules and the gap rule (F19, F21, F22)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine import ahead, flicker, fraction, gap, line_rules, new_bag, occlusion, slices
from daemon.engine.evolve_course import rule_keys
from daemon.engine.state import RunState
from daemon.engine.stretch import Stretch
from daemon.engine.texts import say
from daemon.protocols.rules import Choice, ChoiceKind, GapAction, Grade, HoldCause, ResumeRule


@dataclass(frozen=True, slots=True)
class Options:
    """What is left to choose from, and why the rest is not."""

    allowed: tuple[Choice, ...]
    refused: tuple[str, ...]


NEVER = Choice(ChoiceKind.NEVER)


def options(state: RunState, now: int, *, released: bool = True) -> Options:
    """The choices a named person has now; empty = only manual or abort.

    `released`: the pressure of an occlusion did not go into the patient (F14).
    """
    if state.hold is None:
        return Options((), (say("hold_none"),))
    if state.started_ms is None:
        return _before_start(state)
    sets: list[tuple[Choice, ...]] = []
    why: list[str] = []
    for key, rule in _rules(state):
        allowed = rule.allow
        if rule.cause is HoldCause.REACTION and state.tolerated_step < 1:
            allowed = rule.at_first_step or (NEVER,)
            why.append(say("nothing_tolerated"))
        if state.resumed.get(key, 0) >= rule.max_times:
            allowed = (NEVER,)
            times = state.resumed.get(key, 0)
            why.append(
                say("resumed_too_often", key=key, times=times) if times else say("rule_never", key=key)
            )
        sets.append(allowed)
    if state.hold.grade is Grade.SEVERE:
        lifted = state.plan.rules.patient.reaction.after_severe
        sets.extend(() if lifted else ((NEVER,),))
        why.append(say("severe_lifted", lifted=lifted) if lifted else say("severe_never"))
    if HoldCause.REACTION in state.hold.causes and _repeated(state):
        sets.append(_backwards(sets))
        why.append(say("second_reaction"))
    if not released:
        sets.append(occlusion.at_most_back(sets, place(state), state.doubts.pressure_step))
        why.append(say("not_released"))
    ordered = gap.judge(state, now)
    if ordered.action is not GapAction.CONTINUE:
        sets.append((_of_gap(ordered.action, ordered.steps),))
        why.append(_gap_text(state, now, ordered.action, ordered.steps))
    return _possible(state, now, strictest(tuple(sets)), why)


def _before_start(state: RunState) -> Options:
    """Back to the checks; to nothing where drug has left the pump without a start (F40)."""
    if state.dose_given().high > 0:
        return Options((), (say("drug_before_start"),))
    return Options((Choice(ChoiceKind.START_OVER),), ())


def _rules(state: RunState) -> list[tuple[str, ResumeRule]]:
    rules = {rule.key: rule for rule in state.plan.rules.resume}
    return [(key, rules[key]) for key in rule_keys(state)]


def _repeated(state: RunState) -> bool:
    return state.reactions_at.get(state.reacted_step, 0) >= state.plan.rules.reactions_per_step_max


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
    return say("gap_orders", known=known, action=action, steps=f" = {steps}" if steps else "")


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
        reason = _impossible(state, now, choice)
        if reason:
            why.append(f"{choice}: {reason}")
        else:
            possible.append(choice)
    return Options(tuple(possible), tuple(why))


def _impossible(state: RunState, now: int, choice: Choice) -> str:
    """Why this choice cannot be carried out; empty = it can."""
    stretch = following(state, choice)
    if isinstance(stretch, str):
        return stretch
    step = target_step(state, choice)
    if choice.kind is ChoiceKind.BACK and place(state) - choice.steps < 1:
        return say("not_so_many_steps", place=place(state))
    if choice.kind in (ChoiceKind.BACK, ChoiceKind.START_OVER) and fraction.exceeds(state, step):
        return say("more_than_part", step=step)
    if choice.kind in (ChoiceKind.REST_OF_STEP, ChoiceKind.SAME_STEP) and fraction.reacted(state):
        return say("part_reacted_to")
    if choice.kind is ChoiceKind.REST_OF_STEP and place(state) < state.step:
        return say("beyond_reaction", place=place(state), step=state.step)
    rest = choice.kind is ChoiceKind.REST_OF_STEP and state.begun
    old = line_rules.too_old(state, step, now, rest=rest)
    if old:
        return say("bag_too_old", old=old, otherwise=new_bag.NO_FRESH_BAG)
    if rest:
        nothing = slices.slice_ml(state, now) < state.caps.limit_min_ml
        return say("nothing_more_to_give") if nothing else ""
    return _too_much(state, step, stretch)


def _too_much(state: RunState, step: int, stretch: Stretch | None) -> str:
    """Why total dose or bags forbid to go on whole from a step, with a stretch in its place or without."""
    taken: dict[str, Decimal] = {}
    if stretch is not None:
        taken[state.plan.step(step).solution] = stretch.all_ml
        step = fraction.after(step, stretch)
    total, most = ahead.expected_total(state, step, taken), state.plan.rules.ceilings.max_total_dose
    if total > most:
        remedy = new_bag.text(state, step, taken)
        return say("too_much_in_all", total=total, dose_unit=state.plan.dose_unit, most=most, remedy=remedy)
    if ahead.bag_short(state, step, taken):
        return say("bag_too_small", step=step, otherwise=new_bag.NO_FRESH_BAG)
    return ""


def following(state: RunState, choice: Choice) -> Stretch | str | None:
    """What a choice gives in the place of a step: None = the step itself, text = why it is not possible."""
    match choice.kind:
        case ChoiceKind.FRACTION:
            rule = next((rule for _, rule in _rules(state) if choice in rule.allow), None)
            if rule is None:
                return say("no_rule_allows")
            return fraction.offer(state, choice, rule, place(state))
        case ChoiceKind.REST_OF_STEP | ChoiceKind.SAME_STEP:
            return state.stretch
        case _:
            return None


def place(state: RunState) -> int:
    """The step choices count from: after a reaction the one that gave the drug, never a later one (F21)."""
    reacted = state.hold is not None and HoldCause.REACTION in state.hold.causes
    return min(state.reacted_step, state.step) if reacted else state.step


def target_step(state: RunState, choice: Choice) -> int:
    """The step a choice goes to."""
    match choice.kind:
        case ChoiceKind.START_OVER:
            return 1
        case ChoiceKind.BACK:
            return fraction.lowered(state, max(place(state) - choice.steps, 1))
        case ChoiceKind.SAME_STEP | ChoiceKind.FRACTION:
            return place(state)
        case _:
            return state.step


def needs_witness(state: RunState, choice: Choice, now: int) -> bool:
    """Start over, an unknown gap, a severe reaction, one cause many times need two (F22, F33, (A) D13)."""
    again = bool(flicker.flickers(state, now))
    severe = state.hold is not None and state.hold.grade is Grade.SEVERE
    return choice.kind is ChoiceKind.START_OVER or state.gap.unknown or again or severe
