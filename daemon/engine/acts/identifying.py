"""Acts that match: this bag with this pump, this patient with this plan, this monitor, this sound."""

from __future__ import annotations

from daemon.engine import charge
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts import line, persons
from daemon.engine.acts.refusal import Refusal
from daemon.engine.codes import Mismatch, mismatch
from daemon.engine.draft import Draft
from daemon.engine.matching import COMPARED
from daemon.engine.pairing import wanted
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.engine.texts import code_for, say
from daemon.protocols.rules import HoldCause
from drivers.values import Signal, Validity

_BEFORE = (Phase.PLANNED, Phase.CHECKING)


def confirm_solution(draft: Draft, given: inp.ConfirmSolution) -> str:
    """Pump label and bag code as a pair, on a pump that stands, and so do the others (F13)."""
    state = draft.state
    if state.delivering:
        raise Refusal("pump_running")
    if not given.scanned:
        persons.need_two(given.by, given.witness)
    pump = given.pump.strip()
    needed = wanted(state, pump)
    if not needed:
        raise Refusal("wrong_pump", pump=state.carrier(state.current.solution))
    if state.phase is Phase.AWAITING_SOLUTION and not state.disarmed:
        raise Refusal(code_for("not_disarmed", by_hand=state.advisory))
    wrong = mismatch(given.code, state.bedside.codes, needed)
    if wrong is not None:
        _wrong_code(draft, wrong, given.by)
    line.check_bag(charge.in_charge(state, pump), needed, given)
    scanned = given.scanned
    draft.emit(
        ev.SolutionConfirmed(needed, given.by, pump, given.primed, given.made_min, given.witness, scanned)
    )
    return say("solution_confirmed", solution=needed, pump=pump)


def _wrong_code(draft: Draft, wrong: Mismatch, by: str) -> None:
    """Count it; after as many as ordered the run is held, also before its start (F13)."""
    draft.emit(ev.CodeRefused(wrong, by))
    state = draft.state
    most = state.plan.rules.checking.wrong_codes_max
    if state.bedside.wrong_codes >= most:
        reason = say("wrong_codes", wrong_codes=state.bedside.wrong_codes)
        if state.phase is Phase.CHECKING:
            draft.emit(ev.PhaseEntered(Phase.HELD, reason))
        draft.hold(HoldCause.OPERATOR, reason, by=by)
    raise Refusal(f"code_{wrong}", count=state.bedside.wrong_codes, most=most, step=state.step)


def confirm_patient(draft: Draft, given: inp.ConfirmPatient) -> str:
    """The identifier read off the wristband is the plan's (F12)."""
    _not_over(draft.state)
    if given.patient.strip() != draft.state.bedside.patient:
        raise Refusal("other_patient")
    draft.emit(ev.PatientConfirmed(given.by))
    return say("patient_confirmed")


def confirm_vitals(draft: Draft, given: inp.ConfirmVitals) -> str:
    """Pulse and SpO2 compared with the monitor beside the patient, on values just shown (F12)."""
    state = draft.state
    _not_over(state)
    within_s = state.plan.rules.checking.vitals_match_s
    old = [signal for signal in compared(state) if not _shown(state, signal, int(within_s * 1000), draft.now)]
    if old or not compared(state):
        raise Refusal("vitals_old", signals=", ".join(old or sorted(COMPARED)), within=within_s)
    draft.emit(ev.VitalsConfirmed(given.by))
    draft.clear("monitor_replaced")
    return say("vitals_confirmed")


def compared(state: RunState) -> tuple[Signal, ...]:
    """Heart rate or pulse, and SpO2, as far as the protocol watches them."""
    return tuple(rule.signal for rule in state.plan.rules.signals if rule.signal in COMPARED)


def _shown(state: RunState, signal: Signal, within_ms: int, now: int) -> bool:
    """A monitor measured it just now; one that has joined since then, and a hand, say nothing of that one."""
    view = state.signals.get(signal)
    if view is None or view.validity is not Validity.VALID or view.measured_ms is None:
        return False
    joined_ms = state.bedside.joined_ms
    if joined_ms is not None and view.measured_ms < joined_ms:
        return False
    return now - view.measured_ms <= within_ms


def confirm_sound(draft: Draft, given: inp.ConfirmSound) -> str:
    """The test tone was heard by the person who starts (F9)."""
    _not_over(draft.state)
    if not draft.state.bedside.sound:
        raise Refusal("no_sound")
    draft.emit(ev.SoundConfirmed(given.by))
    return say("sound_confirmed", name=draft.state.bedside.sound)


def check_again(draft: Draft, given: inp.Resume) -> str:
    """Out of a hold before the start: back to the checks, with nothing confirmed (F40)."""
    draft.emit(ev.PhaseEntered(Phase.CHECKING, f"{given.reason} ({given.by}, {given.witness})"))
    draft.clear_hold_alarms()
    return say("check_again")


def _not_over(state: RunState) -> None:
    if state.phase not in _BEFORE and state.phase not in OPEN:
        raise Refusal("phase", phase=state.phase)
