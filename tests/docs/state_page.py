"""`docs/reference/states.md`: words of ours, every yes and no asked of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from daemon.control.requests import ACTS
from daemon.engine import inputs as inp
from daemon.engine.phases import OPEN, RUNNING, STANDING, Mode, Phase
from daemon.engine.transitions import DRIFT, IMPOSSIBLE, LEADS, WHY
from drivers.values import Authority
from tests.docs.phase_probe import outcomes, world_in

MEANING: Mapping[Phase, str] = {
    Phase.PLANNED: "a plan is loaded; nothing has been confirmed",
    Phase.CHECKING: "solution, line and patient are being confirmed",
    Phase.INFUSING: "the step's drug runs, slice by slice",
    Phase.WAITING_GATE: "the pump stands, the gate is shut; goes on by itself if the gate opens in time",
    Phase.AWAITING_SOLUTION: "the pump stands and is disarmed; the next bag is to be hung and confirmed",
    Phase.SWITCHING: "one pump has given its step, the next takes over, break before make",
    Phase.HELD: "STOP has been sent; no drug until a named person resumes, takes over or aborts",
    Phase.OBSERVING: "the pump runs as recorded to the end of its slice; nothing is renewed",
    Phase.MANUAL: "a hand drives the pump; the daemon watches, counts and sends nothing but a person's STOP",
    Phase.AFTER_WATCH: "the plan is given; the ordered watch goes on",
    Phase.COMPLETED: "the watch is over; the pump is let go once it stands",
    Phase.ABORTED: "ended for good by a named person; the pump is let go once it stands",
}

MODES: Mapping[Mode, str] = {
    Mode.READY: "before the start",
    Mode.AUTOMATIC: "the daemon drives, also while it lets the pump stand between steps",
    Mode.ADVISORY: "a person sets the pump as told; elsewhere the word stands before the mode",
    Mode.OBSERVING: "the drug runs and nothing is renewed",
    Mode.HELD: "the drug is off, confirmed by readback or by a named person",
    Mode.STOP_NOT_CONFIRMED: "the pump may run; said at once in a hold, after 2 s at a planned stop",
    Mode.MANUAL: "a hand drives",
    Mode.DONE: "completed or aborted",
}

HEAD = """\
# States of a run

Not a medical device. Written by `python -m tests.docs.write`; what an act does in a phase was asked of
`daemon/engine/decide.py` itself. A test fails where page and engine differ.
"""

ACTS_HEAD = """\
## What a person may do, and when

Rows are the acts of [the commands](commands.md), columns the phases. `yes`: accepted, if its own
conditions hold, and the phase stays. A phase: accepted, and the run goes there. Empty: refused with a
sentence that says why. Refused acts are recorded too. Conditions are judged at the moment of the act;
`infusiond status` names what is missing.
"""

INPUTS_HEAD = """\
## What devices, disk, clock and service do to the phase

Rows are the inputs that are no act of a person. Empty: the phase stays, whatever else follows. A phase: the
run may go there. `impossible`: it cannot come there, because no order is ever on its way in that phase.
Where the state and the time lead by themselves is in the first row, and true of every input; the other rows
say what they add.
"""

CHANGES_HEAD = """\
## From phase to phase

From `daemon/engine/transitions.py`. What is not in this table does not happen: tests judge every decision by
it, and one of them explores the whole small world (three steps, two bags, each device also dead for good).
*Any hold cause* is one of those in `HoldCause` (`daemon/protocols/rules.py`).
"""


def state_page() -> str:
    """The whole page."""
    parts = (HEAD, _phases(), _modes(), ACTS_HEAD, _acts(), INPUTS_HEAD, _inputs(), CHANGES_HEAD, _changes())
    return "\n".join(parts)


def _table(*rows: tuple[str, ...]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"


def _phases() -> str:
    rows = [(f"`{phase}`", MEANING[phase], _pump(phase)) for phase in Phase]
    return "## Phases\n\n" + _table(("phase", "means", "the pump"), *rows)


def _pump(phase: Phase) -> str:
    if phase in RUNNING:
        return "delivers"
    if phase is Phase.MANUAL:
        return "is the hand's"
    if phase in STANDING and phase in OPEN | {Phase.AFTER_WATCH}:
        return "must stand; found running it is sent STOP"
    return "is not driven"


def _modes() -> str:
    states = [(p, replace(world_in(p).state, authority=who)) for who in Authority for p in Phase]
    shown = {mode: list(dict.fromkeys(p.value for p, s in states if s.mode is mode)) for mode in Mode}
    rows = [(f"{mode}", MODES[mode], ", ".join(f"`{p}`" for p in shown[mode])) for mode in Mode]
    intro = "## Modes\n\nThe one word a person reads first.\n\n"
    return intro + _table(("mode", "means", "phases while no STOP stands unconfirmed"), *rows)


def _acts() -> str:
    found = outcomes()
    rows = [(f"`{act}`", *(_cell(phase, found[act][phase]) for phase in Phase)) for act in ACTS]
    return _table(("", *(f"`{phase}`" for phase in Phase)), *rows)


def _inputs() -> str:
    kinds = [kind for kind in get_args(inp.Input) if not issubclass(kind, inp.Act | inp.TimePassed)]
    rows = [("`TimePassed`", *(_led(DRIFT.get(phase, frozenset())) for phase in Phase))]
    rows += [(f"`{kind.__name__}`", *(_added(kind, phase) for phase in Phase)) for kind in kinds]
    return _table(("", *(f"`{phase}`" for phase in Phase)), *rows)


def _added(kind: type, phase: Phase) -> str:
    if phase in IMPOSSIBLE.get(kind, frozenset()):
        return "impossible"
    return _led(LEADS.get(kind, {}).get(phase, frozenset()))


def _led(phases: frozenset[Phase]) -> str:
    return ", ".join(f"→ {phase}" for phase in Phase if phase in phases)


def _cell(phase: Phase, led: frozenset[Phase]) -> str:
    return ", ".join("yes" if to is phase else f"→ {to}" for to in Phase if to in led)


def _changes() -> str:
    rows = [(f"`{a}`", f"`{b}`", why) for a, after in WHY.items() for b, why in after.items()]
    return _table(("from", "to", "when"), *rows)
