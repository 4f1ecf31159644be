"""Checks of the rules among each other: resume complete, gaps without hole, limits watched (F19, F21)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from daemon.exact_json import plain
from daemon.protocols.case import Case
from daemon.protocols.faults import Fault
from daemon.protocols.rules import ChoiceKind, GapAction, Grade, HoldCause, LimitKind, ThenKind
from daemon.protocols.schema import GapRuleIn


def rule_faults(case: Case) -> Iterator[Fault]:
    """Every fault of the rules that needs more than one key to see."""
    yield from _resume_complete(case)
    yield from _resume_reachable(case)
    yield from _gaps(case)
    yield from _signals(case)
    yield from _limits(case)


def _resume_complete(case: Case) -> Iterator[Fault]:
    said = case.parts.resume_said
    for cause in HoldCause:
        if cause is not HoldCause.REACTION and not any(named == cause.value for named, _ in said):
            yield _no_rule(case, f'cause = "{cause}"')
    for grade in Grade:
        if (HoldCause.REACTION.value, grade.value) not in said:
            yield _no_rule(case, f'cause = "reaction", grade = "{grade}"')
    seen: set[tuple[HoldCause, Grade | None]] = set()
    for index, rule in enumerate(case.parts.resume):
        if rule is not None and (rule.cause, rule.grade) in seen:
            yield case.fault(
                f"resume[{index}]",
                "",
                f"a second rule for {rule.cause} {rule.grade or ''}".rstrip(),
                "keep one rule for each cause and grade",
                "double",
            )
        if rule is not None:
            seen.add((rule.cause, rule.grade))


def _no_rule(case: Case, words: str) -> Fault:
    return case.fault(
        "resume",
        "",
        f"no rule for {words}; there is no default",
        f"add a [[resume]] block with {words}, allow and max_times, as the prescriber orders it",
        "missing_resume_rule",
    )


def _resume_reachable(case: Case) -> Iterator[Fault]:
    steps = len(case.parts.steps)
    for index, rule in enumerate(case.parts.resume):
        for at, choice in enumerate(rule.allow if rule is not None else ()):
            if choice.kind is ChoiceKind.BACK and choice.steps >= steps > 0:
                yield case.fault(
                    f"resume[{index}].allow[{at}]",
                    f'"{choice}"',
                    f"there are only {steps} steps",
                    f'write at most "back={steps - 1}", or "start_over"',
                    "too_far_back",
                )
        then = rule.then if rule is not None else None
        if then is not None and then.kind is ThenKind.BACK and then.steps >= steps > 0:
            yield case.fault(
                f"resume[{index}].then",
                f'"{then}"',
                f"there are only {steps} steps",
                f'write at most "back={steps - 1}", "same_step" or "repeat"',
                "too_far_back",
            )
        if rule is not None and len(set(rule.allow)) < len(rule.allow):
            yield case.fault(
                f"resume[{index}].allow", "", "one choice is listed twice", "list each choice once", "double"
            )


def _gaps(case: Case) -> Iterator[Fault]:
    rules = [rule for rule in case.parts.gap_rules if rule is not None]
    if not rules or len(rules) < len(case.parts.gap_rules):
        return
    if rules[0].from_min != 0:
        yield case.fault(
            "gap.rules[0].from_min",
            plain(rules[0].from_min),
            f"gaps of 0 to {plain(rules[0].from_min)} min have no rule",
            "let the first rule start at from_min = 0",
            "gap_hole",
        )
    for index, (rule, later) in enumerate(pairwise(rules), start=1):
        yield from _gap_border(case, index, rule, later)
    for index, rule in enumerate(rules):
        if rule.to_min is not None and rule.to_min <= rule.from_min:
            yield case.fault(
                f"gap.rules[{index}].to_min",
                plain(rule.to_min),
                f"the interval ends at or before its beginning, {plain(rule.from_min)} min",
                "give a to_min above from_min",
                "gap_empty",
            )
        action, back = rule.action
        if action is GapAction.BACK and back >= len(case.parts.steps) > 0:
            yield case.fault(
                f"gap.rules[{index}].action",
                f'"back={back}"',
                f"there are only {len(case.parts.steps)} steps",
                'write fewer steps back, or "start_over"',
                "too_far_back",
            )
    if rules[-1].to_min is not None:
        yield case.fault(
            f"gap.rules[{len(rules) - 1}].to_min",
            plain(rules[-1].to_min),
            f"gaps above {plain(rules[-1].to_min)} min have no rule",
            "leave to_min out of the last rule, or add a rule after it",
            "gap_hole",
        )


def _gap_border(case: Case, index: int, rule: GapRuleIn, later: GapRuleIn) -> Iterator[Fault]:
    names = f"gap.rules[{index - 1}] ({_interval(rule)}) and gap.rules[{index}] ({_interval(later)})"
    key, value = f"gap.rules[{index}].from_min", plain(later.from_min)
    if rule.to_min is None or later.from_min < rule.to_min:
        start = plain(rule.to_min) if rule.to_min is not None else "a to_min in the rule before"
        yield case.fault(key, value, f"{names} overlap", f"let the later one start at {start}", "gap_overlap")
    elif later.from_min > rule.to_min:
        remedy = f"let the later one start at {plain(rule.to_min)}"
        yield case.fault(key, value, f"there is a hole between {names}", remedy, "gap_hole")
    order = list(GapAction)
    if (order.index(later.action[0]), later.action[1]) < (order.index(rule.action[0]), rule.action[1]):
        yield case.fault(
            f"gap.rules[{index}].action",
            f'"{later.action[0]}"',
            f"of {names} the longer gap orders less",
            "order at least as much for a longer gap as for a shorter one",
            "gap_order",
        )


def _interval(rule: GapRuleIn) -> str:
    return (
        f"{plain(rule.from_min)} to {plain(rule.to_min)} min"
        if rule.to_min
        else f"from {plain(rule.from_min)} min"
    )


def _signals(case: Case) -> Iterator[Fault]:
    counts = Counter(rule.signal for rule in case.parts.signals if rule is not None)
    for index, rule in enumerate(case.parts.signals):
        if rule is not None and counts[rule.signal] > 1:
            counts[rule.signal] = 0
            yield case.fault(
                f"signals[{index}].signal",
                f'"{rule.signal}"',
                "this signal has more than one block",
                "keep one [[signals]] block for each signal",
                "double",
            )


def _limits(case: Case) -> Iterator[Fault]:
    if None in case.parts.signals:
        return
    watched = {rule.signal: rule for rule in case.parts.signals if rule is not None}
    for index, limit in enumerate(case.parts.limits):
        if limit is None:
            continue
        rule = watched.get(limit.signal)
        if rule is None:
            yield case.fault(
                f"limits[{index}].signal",
                f'"{limit.signal}"',
                "a limit on a signal that is not watched never speaks",
                f'add a [[signals]] block for "{limit.signal}"',
                "limit_unwatched",
            )
        elif limit.kind not in {LimitKind.BELOW, LimitKind.ABOVE} and not rule.baseline:
            yield case.fault(
                f"limits[{index}].{limit.kind}",
                plain(limit.value),
                f"{limit.kind} compares with a baseline, and none is taken of {limit.signal}",
                f'write baseline = true in the [[signals]] block of "{limit.signal}"',
                "limit_without_baseline",
            )
