"""Who may do what: one name, two different names, the prescriber, or anybody (F33)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from daemon.engine import inputs as inp
from daemon.engine.acts.refusal import Refusal


class Need(StrEnum):
    """How many persons an act needs. Names are recorded as claimed."""

    NOBODY = "nobody"
    """Acts first; a name is asked for afterwards, if at all."""
    ONE = "one"
    TWO = "two"


NEEDS: Mapping[type[inp.Act], Need] = {
    inp.HoldNow: Need.NOBODY,
    inp.ReportReaction: Need.NOBODY,
    inp.Abort: Need.NOBODY,
    inp.Acknowledge: Need.NOBODY,
    inp.ResetAlarm: Need.ONE,
    inp.PauseAudio: Need.ONE,
    inp.ConfirmStopped: Need.ONE,
    inp.ConfirmSolution: Need.ONE,
    inp.ConfirmPatient: Need.ONE,
    inp.ConfirmVitals: Need.ONE,
    inp.ConfirmSound: Need.ONE,
    inp.ConfirmLine: Need.ONE,
    inp.FlushLine: Need.ONE,
    inp.Assess: Need.ONE,
    inp.ConfirmRunning: Need.ONE,
    inp.ConfirmEmpty: Need.ONE,
    inp.Resume: Need.ONE,
    inp.GoManual: Need.ONE,
    inp.ManualVitals: Need.ONE,
    inp.ExcludeSource: Need.ONE,
    inp.CorrectGrade: Need.TWO,
    inp.Start: Need.TWO,
    inp.GoAutomatic: Need.TWO,
    inp.ClassifyCounter: Need.ONE,
    inp.SettleStep: Need.ONE,
    inp.EnterTime: Need.TWO,
    inp.ReplacePump: Need.TWO,
}
"""The least every act needs; single choices may need more (start over, an unknown gap)."""

BOUND: frozenset[type[inp.Act]] = frozenset(
    {
        inp.ConfirmSolution,
        inp.FlushLine,
        inp.ConfirmPatient,
        inp.ConfirmVitals,
        inp.ConfirmRunning,
        inp.ConfirmEmpty,
        inp.Resume,
        inp.ExcludeSource,
        inp.CorrectGrade,
        inp.Start,
        inp.GoAutomatic,
        inp.ClassifyCounter,
        inp.SettleStep,
        inp.EnterTime,
        inp.ReplacePump,
    }
)
"""Acts that can lead to more drug: each is bound to the screen it was decided on (F33)."""


def check(given: inp.Act) -> None:
    """Refusal where the names an act needs are not there."""
    need = NEEDS[type(given)]
    if need is not Need.NOBODY:
        need_name(given.by)
    if need is Need.TWO:
        need_two(given.by, getattr(given, "witness", ""))


def need_name(by: str) -> None:
    """Refusal without a name."""
    if not by.strip():
        raise Refusal("name")


def need_two(by: str, witness: str) -> None:
    """Refusal unless two different persons are named."""
    if not witness.strip():
        raise Refusal("second_person")
    if by.strip().casefold() == witness.strip().casefold():
        raise Refusal("same_person")


def need_prescriber(by: str, prescriber: str) -> None:
    """Refusal unless the person named is the one who ordered the protocol."""
    if by.strip().casefold() != prescriber.strip().casefold():
        raise Refusal("prescriber", prescriber=prescriber, by=by)
