"""One act in, one answer out; a known `act_id` changes nothing (double taps are one act)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.acts import (
    finishing,
    going_on,
    identifying,
    line,
    persons,
    preparing,
    reacting,
    settling,
    signals,
    stopping,
    watching,
)
from daemon.engine.acts.refusal import Refusal
from daemon.engine.draft import Draft

CARRIED_OUT_BY: Mapping[type[inp.Act], Callable[[Draft, Any], str]] = {
    inp.HoldNow: stopping.hold,
    inp.ReportReaction: reacting.reaction,
    inp.Abort: stopping.abort,
    inp.ConfirmStopped: stopping.confirm_stopped,
    inp.Acknowledge: signals.acknowledge,
    inp.ResetAlarm: signals.reset,
    inp.PauseAudio: signals.pause,
    inp.ConfirmSolution: identifying.confirm_solution,
    inp.ConfirmPatient: identifying.confirm_patient,
    inp.ConfirmVitals: identifying.confirm_vitals,
    inp.ConfirmSound: identifying.confirm_sound,
    inp.ConfirmLine: line.confirm_line,
    inp.FlushLine: line.flush,
    inp.Assess: preparing.assess,
    inp.Start: preparing.start,
    inp.ConfirmRunning: going_on.confirm_running,
    inp.Resume: going_on.resume_run,
    inp.GoAutomatic: going_on.automatic,
    inp.GoManual: finishing.manual,
    inp.ClassifyCounter: settling.classify,
    inp.SettleStep: settling.settle,
    inp.EnterTime: settling.enter_time,
    inp.ReplacePump: settling.replace_pump,
    inp.ConfirmEmpty: finishing.confirm_empty,
    inp.CorrectGrade: reacting.correct_grade,
    inp.ManualVitals: watching.manual_vitals,
    inp.ExcludeSource: watching.exclude,
}
"""Every act and who carries it out; the answer is a text, a refusal is raised."""


def act(draft: Draft, given: inp.AnyAct) -> None:
    """Carry out one act and record its answer."""
    if given.act_id in draft.state.acts:
        return
    code = ""
    try:
        persons.check(given)
        _same_screen(draft, given)
        answer = CARRIED_OUT_BY[type(given)](draft, given)
    except Refusal as refusal:
        answer, code = str(refusal), refusal.code
    draft.emit(ev.ActTaken(given.act_id, type(given).__name__, given.by, not code, answer, code))


def _same_screen(draft: Draft, given: inp.Act) -> None:
    """A decision that gives more holds only for the screen it was made on (F33)."""
    bound = type(given) in persons.BOUND and given.seen is not None
    if bound and given.seen != draft.state.screen:
        raise Refusal("screen_changed", seen=given.seen, now=draft.state.screen)
