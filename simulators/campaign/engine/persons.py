"""People at the bed who come late, twice, wrong or two at once; what they may not do must be refused."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from daemon.engine import inputs as inp
from daemon.engine.phases import Phase
from daemon.protocols.rules import Choice, ChoiceKind, Grade, LimitKind, LimitRule
from drivers.values import Signal
from simulators.campaign import bounds
from simulators.campaign.cost import Cost
from simulators.campaign.engine.labels import PATIENT
from simulators.campaign.engine.strikes import Strike, Waits, report
from simulators.campaign.engine.trial import REACTS, ZERO, Trial
from simulators.campaign.engine.world import WELL

FREE = Cost(stops=False, over_ml=ZERO)
WAITS_MS = (5_000, 5_000, 15_000, 30_000, 60_000, 130_000, 250_000, 1_300_000)
REST = Choice(ChoiceKind.REST_OF_STEP)
CHOICES = (REST, Choice(ChoiceKind.SAME_STEP), Choice(ChoiceKind.BACK, 1), Choice(ChoiceKind.START_OVER))
LOOKS_S = 5
"""How often the monitor speaks."""
ILL: Mapping[Grade, Mapping[Signal, Decimal]] = {
    Grade.MODERATE: {Signal.HR: Decimal(130), Signal.SPO2: Decimal(93)},
    Grade.SEVERE: {Signal.HR: Decimal(160), Signal.SPO2: Decimal(84), Signal.NIBP_SYS: Decimal(60)},
}


def go_on(trial: Trial, chance: random.Random) -> Waits:
    """Somebody goes on from a hold, sooner or later, as loosely as the rules let; another does so as well."""
    yield chance.choice(WAITS_MS)
    if not trial.alive or trial.world.state.phase is not Phase.HELD:
        return FREE
    for alarm in tuple(trial.world.state.alarms):
        trial.act(inp.Acknowledge, by="ann", alarm=alarm)
    trial.act(inp.ConfirmPatient, by="ann", patient=PATIENT)
    trial.act(inp.EnterTime, by="ann", minutes_ago=Decimal(34), witness="bob")
    at = trial.world.state
    for choice in CHOICES[chance.randrange(2) :]:
        words = {"choice": choice, "reason": "well", "witness": "bob", "released": True}
        accepted, _ = trial.act(inp.Resume, by="ann", **words)
        if accepted:
            trial.judge.resumed(choice, at)
            again, _ = trial.act(inp.Resume, by="cleo", **words)
            trial.judge.must("person", not again, "two people went on at once")
            break
    return FREE


def wrong(trial: Trial, chance: random.Random) -> Waits:
    """Somebody does what must be refused: no name, no second person, another patient, another bag."""
    yield chance.randrange(5_000)
    pump = trial.world.state.pump_name
    acts: list[tuple[type[inp.Act], dict[str, Any]]] = [
        (inp.Resume, {"by": "", "choice": REST, "reason": "well", "witness": "bob"}),
        (inp.Resume, {"by": "ann", "choice": Choice(ChoiceKind.NEVER), "reason": "well", "witness": "bob"}),
        (inp.Start, {"by": "ann", "witness": "ann"}),
        (inp.GoAutomatic, {"by": "ann", "witness": ""}),
        (inp.Assess, {"by": " "}),
        (inp.ConfirmPatient, {"by": "ann", "patient": "somebody else"}),
        (inp.ConfirmSolution, {"by": "", "pump": pump, "code": "A", "primed": True, "made_min": Decimal(10)}),
    ]
    make, words = chance.choice(acts)
    accepted, answer = trial.act(make, **words)
    trial.judge.must("person", not accepted, "{} {} was accepted: {}", make.__name__, words, answer)
    return FREE


def twice(trial: Trial, _chance: random.Random) -> Waits:
    """STOP is pressed twice with one press's id, and a third time by somebody else."""
    cost = Cost(stops=True, over_ml=bounds.DIANET.stop_ml(trial.rate_ml_h))
    if not trial.alive:
        trial.press_stop()
    else:
        answers = {trial.act(inp.HoldNow, by="", reason="", act_id="tap") for _ in range(3)}
        trial.judge.must("person", len(answers) == 1, "a double tap has two answers: {}", answers)
        trial.act(inp.HoldNow, by="bob", reason="me too")
    yield 0
    return cost


def late_reaction(trial: Trial, chance: random.Random) -> Waits:
    """The patient reacts; somebody says so a while later, unless the vital signs were quicker."""
    world, grade = trial.world, chance.choice(list(ILL))
    before, resumes = trial.judge.dose(), trial.judge.resumes
    world.vitals.update(ILL[grade])
    shown = {signal: value for signal, value in ILL[grade].items() if signal not in world.missing}
    waits_s = [rule.for_s for rule in trial.plan.rules.limits if _beyond(rule, shown)]
    if world.monitor_on and not world.age_s and waits_s:
        trial.judge.due("reaction", REACTS, min(waits_s) + LOOKS_S)
    yield chance.choice([5_000, 40_000, 100_000])
    before = trial.judge.dose() if world.state.phase is not Phase.HELD else before
    cost = Cost(stops=True, over_ml=bounds.DIANET.stop_ml(trial.rate_ml_h))
    if trial.alive:
        said = chance.choice(list(Grade))
        report(trial, said, minutes_ago=1)
    else:
        trial.press_stop()
    trial.judge.struck(cost, trial.judge.dose(), resumes)
    yield chance.choice([0, 60_000, 300_000])
    world.vitals.update(WELL)
    trial.judge.settled(REACTS)
    return FREE


def _beyond(rule: LimitRule, ill: Mapping[Signal, Decimal]) -> bool:
    value = ill.get(rule.signal)
    if value is None or rule.kind not in (LimitKind.BELOW, LimitKind.ABOVE):
        return False
    return value < rule.value if rule.kind is LimitKind.BELOW else value > rule.value


def away(trial: Trial, chance: random.Random) -> Waits:
    """The nurse is called elsewhere: nobody assesses, nobody hangs a bag."""
    trial.world.nurse_on = False
    trial.judge.away_ms = trial.world.now
    yield chance.choice([60_000, 200_000, 2_400_000])
    trial.world.nurse_on, trial.judge.away_ms = True, None
    return FREE


def wrong_code(trial: Trial, chance: random.Random) -> Waits:
    """Somebody reads a code that is on no bag of this run, once or again and again."""
    yield 0
    for _ in range(chance.choice([1, 3])):
        accepted, answer = trial.act(
            inp.ConfirmSolution,
            by="ann",
            pump=trial.world.state.pump_name,
            code="AAAAAAA",
            primed=True,
            made_min=Decimal(10),
            witness="bob",
        )
        trial.judge.must("person", not accepted, "a bag nobody made was accepted: {}", answer)
    return FREE


def manual(trial: Trial, _chance: random.Random) -> Waits:
    """Somebody takes over by hand and stops the pump; the daemon drives no more."""
    cost = Cost(stops=True, over_ml=trial.dead_ml())
    trial.act(inp.GoManual, by="ann", reason="by hand")
    yield 2_000
    trial.press_stop()
    return cost


def abort(trial: Trial, _chance: random.Random) -> Waits:
    """Somebody aborts."""
    cost = Cost(stops=True, over_ml=bounds.DIANET.stop_ml(trial.rate_ml_h))
    if trial.alive:
        trial.act(inp.Abort, by="ann", reason="enough")
    else:
        trial.press_stop()
    yield 0
    return cost


PERSONS: Mapping[str, Strike] = {
    act.__name__: act for act in (go_on, wrong, twice, late_reaction, away, wrong_code, manual, abort)
}
"""Every act of people by its name."""
