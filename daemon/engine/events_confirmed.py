"""The facts of the bedside: what was read off bags, pump, wristband and monitor, and what was heard."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.codes import Mismatch
from drivers.values import MonitorIdentity


@dataclass(frozen=True, slots=True)
class SolutionConfirmed:
    """A bag's code and a pump's label were read off as a pair: the solution hangs on the pump (F13).

    `made_min` = minutes since the bag was made, from its label.
    """

    solution: str
    by: str
    pump: str
    primed: bool
    made_min: Decimal
    witness: str
    scanned: bool


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """A wrong code was given for a bag; which one is not recorded (F13)."""

    why: Mismatch
    by: str


@dataclass(frozen=True, slots=True)
class PatientConfirmed:
    """The identifier read off the wristband is that of this run (F12)."""

    by: str


@dataclass(frozen=True, slots=True)
class VitalsConfirmed:
    """Pulse and SpO2 were compared with the monitor beside the patient (F12)."""

    by: str


@dataclass(frozen=True, slots=True)
class MonitorJoined:
    """A monitor said what it is, for the first time, as another, or after it was away too long."""

    name: str
    identity: MonitorIdentity


@dataclass(frozen=True, slots=True)
class SoundFound:
    """An annunciator at the bed has answered its self-test (F9)."""

    name: str


@dataclass(frozen=True, slots=True)
class SoundGone:
    """No annunciator at the bed answers."""

    reason: str


@dataclass(frozen=True, slots=True)
class SoundConfirmed:
    """A named person heard the test tone."""

    by: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """The patient was assessed."""

    by: str
