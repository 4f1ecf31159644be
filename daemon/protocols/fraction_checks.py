"""What one resume rule must say about fractions and about the first step (F2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from daemon.protocols.numbers import refusal
from daemon.protocols.rules import Choice, ChoiceKind, Grade, HoldCause, Then

_AT_FIRST = frozenset(
    {ChoiceKind.REST_OF_STEP, ChoiceKind.SAME_STEP, ChoiceKind.START_OVER, ChoiceKind.NEVER}
)


def check_stretch(
    cause: HoldCause, allow: Sequence[Choice], for_minutes: Decimal | None, then: Then | None
) -> None:
    """A fraction is ordered for reactions only, with `for_minutes` and `then`; nothing else has them."""
    fraction = any(choice.kind is ChoiceKind.FRACTION for choice in allow)
    if fraction and cause is not HoldCause.REACTION:
        raise refusal(
            "fraction_without_reaction",
            "a fraction is a part of what was tolerated before a reaction (F2)",
            f"leave the fraction out of the rule for {cause}",
            "allow",
        )
    if fraction and for_minutes is None:
        raise refusal(
            "missing",
            "how long the fraction is given is not ordered",
            "give for_minutes, in minutes of proven delivery",
            "for_minutes",
        )
    if fraction and then is None:
        raise refusal(
            "missing",
            "what follows the fraction is not ordered",
            'give then = "same_step", "back=1" (or more) or "repeat"',
            "then",
        )
    for key, value in (("for_minutes", for_minutes), ("then", then)):
        if not fraction and value is not None:
            raise refusal("unused", "this rule allows no fraction", f"leave {key} out", key)


def check_first_step(
    cause: HoldCause, grade: Grade | None, allow: Sequence[Choice], at_first_step: Sequence[Choice] | None
) -> None:
    """A rule for reactions that may be resumed says what it allows at step 1, where nothing was tolerated."""
    never = [choice.kind for choice in allow] == [ChoiceKind.NEVER]
    if cause is not HoldCause.REACTION or never:
        if at_first_step is not None:
            why = f"a hold for {cause} has no such rule" if not never else "never holds at every step"
            raise refusal("unused", why, "leave at_first_step out", "at_first_step")
        return
    if at_first_step is None:
        raise refusal(
            "missing",
            f"what a {grade} reaction in step 1 allows is not ordered; nothing has been tolerated there (F2)",
            'give at_first_step = ["same_step"] or ["never"]',
            "at_first_step",
        )
    kinds = {choice.kind for choice in at_first_step}
    if not kinds <= _AT_FIRST:
        raise refusal(
            "nothing_before_step_1",
            "before step 1 there is no step to go back to and no dose rate to take a part of (F2)",
            'write at_first_step = ["same_step"] or ["never"]',
            "at_first_step",
        )
    if ChoiceKind.NEVER in kinds and len(at_first_step) > 1:
        raise refusal(
            "never_and_more",
            '"never" stands alone',
            'write at_first_step = ["never"], or leave it out',
            "at_first_step",
        )
