"""The transition table: which phase an input may lead to from which phase (DESIGN section 5, F40).

It is the specification. A change of phase that is not in it is a bug; the tests of the engine judge every
decision by it, and an exploration of the whole small world finds every entry and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

from daemon.engine import inputs as inp
from daemon.engine.phases import OPEN, Phase

P = Phase
_DRIVEN = OPEN - {P.HELD, P.MANUAL}

DRIFT: Mapping[Phase, frozenset[Phase]] = {
    P.INFUSING: frozenset({P.WAITING_GATE, P.AWAITING_SOLUTION, P.SWITCHING, P.HELD, P.AFTER_WATCH}),
    P.WAITING_GATE: frozenset({P.INFUSING, P.AWAITING_SOLUTION, P.HELD}),
    P.AWAITING_SOLUTION: frozenset({P.INFUSING, P.HELD}),
    P.SWITCHING: frozenset({P.INFUSING, P.WAITING_GATE, P.HELD}),
    P.OBSERVING: frozenset({P.HELD}),
    P.AFTER_WATCH: frozenset({P.COMPLETED}),
}
"""Where the state and the time lead by themselves, whatever input made the engine look."""


def _from(phases: frozenset[Phase], to: Phase) -> Mapping[Phase, frozenset[Phase]]:
    return {phase: frozenset({to}) for phase in phases}


_HOLDS = _from(_DRIVEN, P.HELD)
_CHECKS = {P.PLANNED: frozenset({P.CHECKING})}

LEADS: Mapping[type, Mapping[Phase, frozenset[Phase]]] = {
    inp.PumpRead: {
        **_HOLDS,
        P.INFUSING: frozenset({P.HELD, P.OBSERVING}),
        P.HELD: frozenset({P.MANUAL}),
    },
    inp.PumpSilent: {P.INFUSING: frozenset({P.OBSERVING})},
    inp.PumpIdentified: {**_HOLDS, P.INFUSING: frozenset({P.HELD, P.OBSERVING})},
    inp.GuardRefused: _from(_DRIVEN - {P.OBSERVING}, P.HELD),
    inp.DaemonRestarted: {**_HOLDS, P.INFUSING: frozenset({P.HELD, P.OBSERVING})},
    inp.ServiceStopping: _HOLDS,
    inp.JournalBroken: _HOLDS,
    inp.HoldNow: _HOLDS,
    inp.ReportReaction: {**_HOLDS, P.COMPLETED: frozenset({P.AFTER_WATCH})},
    inp.Abort: _from(frozenset(Phase) - {P.COMPLETED, P.ABORTED}, P.ABORTED),
    inp.GoManual: _from(OPEN - {P.MANUAL}, P.MANUAL),
    inp.GoAutomatic: {P.MANUAL: frozenset({P.HELD})},
    inp.Start: {P.CHECKING: frozenset({P.INFUSING})},
    inp.Resume: {P.HELD: frozenset({P.INFUSING, P.AWAITING_SOLUTION, P.CHECKING})},
    inp.ConfirmRunning: {P.OBSERVING: frozenset({P.INFUSING})},
    inp.ConfirmEmpty: {P.HELD: frozenset({P.AFTER_WATCH, P.AWAITING_SOLUTION})},
    inp.SettleStep: {phase: frozenset({P.AFTER_WATCH}) for phase in (P.HELD, P.WAITING_GATE)},
    inp.ConfirmSolution: {
        P.PLANNED: frozenset({P.CHECKING, P.HELD}),
        P.CHECKING: frozenset({P.HELD}),
        P.AWAITING_SOLUTION: frozenset({P.HELD}),
        P.WAITING_GATE: frozenset({P.HELD}),
        P.SWITCHING: frozenset({P.HELD}),
    },
    inp.ConfirmPatient: _CHECKS,
    inp.ConfirmVitals: _CHECKS,
    inp.ConfirmSound: _CHECKS,
    inp.ConfirmLine: _CHECKS,
    inp.Assess: _CHECKS,
}
"""Where an input leads by itself; an input that is not here changes no phase."""

IMPOSSIBLE: Mapping[type, frozenset[Phase]] = {
    inp.OrderDone: frozenset({P.PLANNED, P.CHECKING, P.OBSERVING, P.MANUAL, P.COMPLETED, P.ABORTED}),
}
"""Inputs that cannot come in a phase: no order is ever on its way there."""


def leads(before: Phase, given: type) -> frozenset[Phase]:
    """Every phase the run may stand in after this kind of input."""
    return DRIFT.get(before, frozenset()) | LEADS.get(given, {}).get(before, frozenset()) | {before}


def allowed(before: Phase, given: inp.Input, after: Phase) -> bool:
    """The table knows this change of phase, or none happened."""
    return after in leads(before, type(given))


WHY: Mapping[Phase, Mapping[Phase, str]] = {
    P.PLANNED: {
        P.CHECKING: "the first confirmation",
        P.HELD: "as many wrong bag codes in a row as ordered, where one is enough",
        P.ABORTED: "abort with a name",
    },
    P.CHECKING: {
        P.INFUSING: "start, two persons, nothing missing on the checklist",
        P.HELD: "as many wrong bag codes in a row as ordered",
        P.ABORTED: "abort with a name",
    },
    P.INFUSING: {
        P.WAITING_GATE: "the gate is shut at the end of a slice, or of a step and its dwell",
        P.AWAITING_SOLUTION: "the step is full and the next one needs another bag",
        P.SWITCHING: "the step is full and the next one is another pump's, whose bag hangs",
        P.HELD: "any hold cause",
        P.OBSERVING: "pump out of reach for more than 5 s, slowed by hand, or the service was restarted",
        P.MANUAL: "a person takes over, or a hand gives more a second time",
        P.AFTER_WATCH: "the last step is full",
        P.ABORTED: "abort with a name",
    },
    P.WAITING_GATE: {
        P.INFUSING: "the gate opens while the gap rule still says `continue`",
        P.AWAITING_SOLUTION: "the same, and the next step needs another bag",
        P.HELD: "any hold cause; the gap has become too long",
        P.AFTER_WATCH: "the last step is counted as given by a person",
        P.MANUAL: "a person takes over, or a hand gives more a second time",
        P.ABORTED: "abort with a name",
    },
    P.AWAITING_SOLUTION: {
        P.INFUSING: "solution and line are confirmed, the gate is open, the gap rule says `continue`",
        P.HELD: "any hold cause; the gap has become too long",
        P.MANUAL: "a person takes over, or a hand gives more a second time",
        P.ABORTED: "abort with a name",
    },
    P.SWITCHING: {
        P.INFUSING: "the pump before stands, by two readings, and is disarmed; the other takes over",
        P.WAITING_GATE: "the gate has shut: the other pump is disarmed too",
        P.HELD: "any hold cause; the other pump could not take over in time",
        P.MANUAL: "a person takes over, or a hand gives more a second time",
        P.ABORTED: "abort with a name",
    },
    P.HELD: {
        P.INFUSING: "resume, onto the bag that hangs",
        P.AWAITING_SOLUTION: "resume, onto another bag; a bag is seen empty and another one follows",
        P.CHECKING: "before the start only: two persons go back to the checks, all of them anew",
        P.AFTER_WATCH: "the last bag is seen empty with as much in as ordered, or it is counted as given",
        P.MANUAL: "a person takes over, or a hand gives more a second time",
        P.ABORTED: "abort with a name",
    },
    P.OBSERVING: {
        P.INFUSING: "a person confirms the pump as it runs",
        P.HELD: "any hold cause; nobody confirmed before the end of the slice",
        P.MANUAL: "a person takes over, or a hand gives more a second time",
        P.ABORTED: "abort with a name",
    },
    P.MANUAL: {
        P.HELD: "back to automatic, two persons: STOP first, then resume by the rules",
        P.ABORTED: "abort with a name",
    },
    P.AFTER_WATCH: {
        P.COMPLETED: "the ordered watch is over, STOP is confirmed; a reaction prolongs it",
        P.ABORTED: "abort with a name",
    },
    P.COMPLETED: {P.AFTER_WATCH: "a reaction was reported: the patient is watched again"},
    P.ABORTED: {},
}
"""The same by phases alone, with what makes the run go there."""
