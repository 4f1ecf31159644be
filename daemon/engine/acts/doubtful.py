"""What is asked about doubtful volumes before drug goes on: pump, counter, pressure, step (F14, F21, F26)."""

from __future__ import annotations

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine import occlusion, settling
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft
from daemon.engine.state import RunState
from daemon.protocols.rules import ChoiceKind


def check(state: RunState, given: inp.Resume) -> None:
    """Refusal while something about the volume is open that a person at the bed can answer."""
    if state.started_ms is None:
        return
    witnesses(state, given.released)
    if given.choice.kind is ChoiceKind.REST_OF_STEP and settling.unsettled(state):
        raise Refusal("unsettled", apart=settling.apart(state))


def witnesses(state: RunState, released: bool | None) -> None:
    """Refusal while the pump, its counter, or the pressure in the line is open."""
    own_pump(state)
    explained(state)
    if occlusion.unanswered(state) and released is None:
        raise Refusal("pressure")


def explained(state: RunState) -> None:
    """Refusal while a leap of the counter is open: what leapt went through the line as it is (F26, F39)."""
    if state.doubts.jumps:
        jump = state.doubts.jumps[0]
        raise Refusal("unclassified", why=jump.why, counted=jump.counted_ml, most=jump.bounds.high)


def own_pump(state: RunState) -> None:
    """Refusal while another pump answers than the run's own."""
    for _, pump in state.pumps:
        identity, own = pump.identity, pump.own_serial
        if identity is not None and identity.serial != own:
            raise Refusal("another_pump", answers=identity.serial, own=own)


def answer(draft: Draft, given: inp.Resume | inp.ConfirmEmpty) -> None:
    """The answer about the pressure, where it was asked for."""
    if occlusion.unanswered(draft.state) and given.released is not None:
        draft.emit(ev.PressureAnswered(given.released, given.by))
