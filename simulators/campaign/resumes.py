"""What the plan's rules leave to a person who goes on, read a second time: nothing here asks the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from daemon.engine import inputs as inp
from daemon.engine.state import RunState
from daemon.protocols.plan import Plan
from daemon.protocols.rules import Choice, ChoiceKind, GapAction, Grade, HoldCause, ResumeRule

Must = Callable[[str, bool, Callable[[], str]], None]
GAP_SLACK_S = 5
"""The drug-free time is seen every half second here, and by readings there."""
WORST = {Grade.MILD: 0, Grade.MODERATE: 1, Grade.SEVERE: 2}


class Resumes:
    """Keeps what was reported and how often people went on; `must` is told of every rule."""

    def __init__(self, plan: Plan, must: Must) -> None:
        self._plan = plan
        self._must = must
        self._grade: Grade | None = None
        """The worst reaction that a person reported since somebody went on."""
        self._times: Counter[str] = Counter()
        self._furthest = 1

    def reached(self, step: int) -> None:
        """The run has come so far."""
        self._furthest = max(self._furthest, step)

    def reported(self, given: inp.ReportReaction) -> None:
        """Somebody said that the patient reacts; without a grade it is at least mild."""
        grade = given.grade or Grade.MILD
        if self._grade is None or WORST[grade] > WORST[self._grade]:
            self._grade = grade

    def gone_on(self, choice: Choice, at: RunState, free_s: float | None) -> None:
        """A resume was accepted, `free_s` after the last drug; None = nobody can tell."""
        if free_s is not None:
            self._gap(choice, free_s)
        causes = set(at.hold.causes) if at.hold is not None else set()
        grade = at.hold.grade if at.hold is not None else None
        if self._grade is not None:
            causes.add(HoldCause.REACTION)
            grade = self._grade if grade is None or WORST[self._grade] > WORST[grade] else grade
        for rule in self._plan.rules.resume:
            of_grade = rule.cause is not HoldCause.REACTION or rule.grade is grade
            if rule.cause in causes and of_grade:
                self._rule(rule, choice)
        self._grade = None

    def _rule(self, rule: ResumeRule, choice: Choice) -> None:
        self._times[rule.key] += 1
        allow = rule.allow
        if rule.cause is HoldCause.REACTION and self._furthest == 1:
            allow = rule.at_first_step or (Choice(ChoiceKind.NEVER),)
        loosest = min(one.strictness for one in allow)
        held = choice.strictness >= loosest and self._times[rule.key] <= rule.max_times
        self._must("resume", held, lambda: f"{choice} after a hold for {rule.key}, {self._times[rule.key]}x")

    def _gap(self, choice: Choice, free_s: float) -> None:
        minutes = Decimal(str(free_s - GAP_SLACK_S)) / 60
        rules = [rule for rule in self._plan.rules.gap.rules if rule.from_min <= minutes]
        action = rules[-1].action if rules else GapAction.CONTINUE
        fits = {
            GapAction.CONTINUE: True,
            GapAction.BACK: choice.kind in (ChoiceKind.BACK, ChoiceKind.START_OVER),
            GapAction.START_OVER: choice.kind is ChoiceKind.START_OVER,
            GapAction.ABANDON: False,
        }[action]
        self._must("gap", fits, lambda: f"{choice} after {minutes:.2f} min without drug")
