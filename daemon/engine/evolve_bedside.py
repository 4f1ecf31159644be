"""How the facts of the bedside change the state."""

from __future__ import annotations

from typing import assert_never

from daemon.changed import replace
from daemon.engine import events as ev
from daemon.engine.account import Account
from daemon.engine.bedside import BedsideView, Check
from daemon.engine.charge import on
from daemon.engine.evolve_line import confirmed_after, flushed_after, hung_after
from daemon.engine.phases import Phase
from daemon.engine.state import RunState

BedsideEvent = (
    ev.SolutionConfirmed
    | ev.CodeRefused
    | ev.PatientConfirmed
    | ev.VitalsConfirmed
    | ev.MonitorJoined
    | ev.SoundFound
    | ev.SoundGone
    | ev.SoundConfirmed
    | ev.LineConfirmed
    | ev.LineFlushed
    | ev.Assessed
)

_BY_ITSELF = (ev.MonitorJoined, ev.SoundFound, ev.SoundGone)
"""Facts that no person brings; they begin no check."""


def bedside_after(state: RunState, event: BedsideEvent, at: int) -> RunState:
    """The state after something was confirmed, refused, found or lost at the bed."""
    if state.phase is Phase.PLANNED and not isinstance(event, _BY_ITSELF):
        state = replace(state, phase=Phase.CHECKING, phase_ms=at)
    bedside = state.bedside
    match event:
        case ev.SolutionConfirmed():
            bedside = replace(_checked(bedside, Check.SOLUTION, at), wrong_codes=0)
            bedside = replace(bedside, paired_ms={**bedside.paired_ms, event.pump: at})
            state = on(state, event.pump, lambda there: _hang(hung_after(there, event, at), event.solution))
            return replace(state, bedside=bedside)
        case ev.CodeRefused():
            return replace(state, bedside=replace(bedside, wrong_codes=bedside.wrong_codes + 1))
        case ev.PatientConfirmed():
            return replace(state, bedside=replace(_checked(bedside, Check.PATIENT, at), patient_due=False))
        case ev.VitalsConfirmed():
            return replace(state, bedside=replace(_checked(bedside, Check.VITALS, at), vitals_due=False))
        case ev.MonitorJoined():
            return replace(state, bedside=_joined(state, event, at))
        case ev.SoundFound():
            return replace(state, bedside=replace(_without(bedside, Check.SOUND), sound=event.name))
        case ev.SoundGone():
            return replace(state, bedside=replace(_without(bedside, Check.SOUND), sound=""))
        case ev.SoundConfirmed():
            return replace(state, bedside=_checked(bedside, Check.SOUND, at))
        case ev.LineConfirmed():
            return replace(confirmed_after(state, event), bedside=_checked(bedside, Check.LINE, at))
        case ev.LineFlushed():
            return flushed_after(state, event)
        case ev.Assessed():
            return replace(state, assessed_ms=at)
        case _:
            assert_never(event)


def entered(bedside: BedsideView, phase: Phase) -> BedsideView:
    """A bag change asks for the patient again; checks that begin anew begin with nothing confirmed."""
    if phase is Phase.AWAITING_SOLUTION:
        return replace(bedside, patient_due=True, wrong_codes=0)
    if phase is Phase.CHECKING:
        return replace(bedside, checked={}, paired_ms={}, wrong_codes=0)
    return bedside


def restarted(bedside: BedsideView) -> BedsideView:
    """A new process knows of no annunciator, and the patient is matched again before more drug (F12)."""
    return replace(_without(bedside, Check.SOUND), patient_due=True, sound="")


def _joined(state: RunState, event: ev.MonitorJoined, at: int) -> BedsideView:
    bedside = state.bedside
    known = bedside.monitors.get(event.name)
    bedside = replace(bedside, monitors={**bedside.monitors, event.name: event.identity}, joined_ms=at)
    if known is None:
        return bedside
    return replace(_without(bedside, Check.VITALS), vitals_due=True)


def _checked(bedside: BedsideView, check: Check, at: int) -> BedsideView:
    return replace(bedside, checked={**bedside.checked, check: at})


def _without(bedside: BedsideView, check: Check) -> BedsideView:
    return replace(bedside, checked={one: at for one, at in bedside.checked.items() if one is not check})


def _hang(state: RunState, solution: str) -> RunState:
    if solution == state.hung:
        return state
    odometer = state.pump.odometer
    bags = dict(state.bags)
    if state.hung is not None and state.hung in bags:
        settled = bags[state.hung].given(odometer, state.caps.accuracy)
        bags[state.hung] = Account.opened(odometer, settled)
    before = bags.get(solution)
    bags[solution] = Account.opened(odometer, before.settled) if before else Account.opened(odometer)
    return replace(state, hung=solution, bags=bags)
