"""Everything that can be told to the engine. Times come beside an input, never inside the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.act import Act as Act
from daemon.engine.doubts import Explanation, Settlement
from daemon.engine.inputs_alarms import Acknowledge as Acknowledge
from daemon.engine.inputs_alarms import PauseAudio as PauseAudio
from daemon.engine.inputs_alarms import ResetAlarm as ResetAlarm
from daemon.engine.inputs_alarms import WardAcknowledged as WardAcknowledged
from daemon.engine.inputs_alarms import WardUnheard as WardUnheard
from daemon.engine.inputs_feeds import AlarmsUnconfirmed as AlarmsUnconfirmed
from daemon.engine.inputs_feeds import FeedsBack as FeedsBack
from daemon.engine.inputs_feeds import FeedsLost as FeedsLost
from daemon.engine.inputs_line import ConfirmLine as ConfirmLine
from daemon.engine.inputs_line import FlushLine as FlushLine
from daemon.engine.inputs_orders import GuardRefused as GuardRefused
from daemon.engine.inputs_orders import OrderDone as OrderDone
from daemon.engine.inputs_orders import OrderFailed as OrderFailed
from daemon.engine.inputs_orders import OrderTold as OrderTold
from daemon.engine.inputs_orders import OrderUnsent as OrderUnsent
from daemon.engine.inputs_orders import StopUnverified as StopUnverified
from daemon.engine.inputs_pump import PumpIdentified as PumpIdentified
from daemon.engine.inputs_pump import PumpRead as PumpRead
from daemon.engine.inputs_pump import PumpSilent as PumpSilent
from daemon.protocols.rules import Choice, Grade
from drivers.values import MonitorIdentity, Signal, VitalsSample


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing happened but time."""


@dataclass(frozen=True, slots=True)
class MonitorRead:
    """One sample of one monitor."""

    sample: VitalsSample


@dataclass(frozen=True, slots=True)
class MonitorSilent:
    """A monitor's link failed; freshness rules decide what follows."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class MonitorIdentified:
    """A monitor answered on a fresh connection and said what it is."""

    name: str
    identity: MonitorIdentity


@dataclass(frozen=True, slots=True)
class SoundAlive:
    """An annunciator at the bed has answered its self-test and goes on answering (F9)."""

    name: str


@dataclass(frozen=True, slots=True)
class SoundLost:
    """No annunciator at the bed answers any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class JournalBroken:
    """The record cannot be written; nothing that gives more may happen."""

    reason: str


@dataclass(frozen=True, slots=True)
class JournalMended:
    """Everything held back has reached the disk."""


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """Wall time moved against monotonic time by `step_ms`; wall time is no longer trusted (F20)."""

    step_ms: int


@dataclass(frozen=True, slots=True)
class DaemonRestarted:
    """The process is new and the journal replayed; `gap_known` False = no clock can say how long it took."""

    gap_known: bool


@dataclass(frozen=True, slots=True)
class ServiceStopping:
    """SIGTERM, shutdown or upgrade: a hold (F29)."""

    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmSolution(Act):
    """The bag with this code hangs on the pump with this label: both read off, as a pair (F13).

    `made_min` = minutes since the bag was made, from its label. Not scanned by a machine: a second,
    different person confirms.
    """

    pump: str
    code: str
    primed: bool
    made_min: Decimal
    witness: str = ""
    scanned: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmPatient(Act):
    """The identifier on the wristband, typed or scanned at the bed (F12)."""

    patient: str


@dataclass(frozen=True, slots=True)
class ConfirmVitals(Act):
    """Pulse and SpO2 on the page are those on the monitor beside the patient (F12)."""


@dataclass(frozen=True, slots=True)
class ConfirmSound(Act):
    """The test tone of the annunciator at the bed was heard (F9)."""


@dataclass(frozen=True, slots=True)
class ConfirmRunning(Act):
    """The observed pump is seen running as shown; back to automatic."""


@dataclass(frozen=True, slots=True)
class ConfirmStopped(Act):
    """A pump was stopped by hand and its line is clamped (F10); unnamed, the one that is not confirmed."""

    pump: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmEmpty(Act):
    """The last bag is seen empty; its step is over (F30). `released`: as for a resume (F14)."""

    released: bool | None = None


@dataclass(frozen=True, slots=True)
class Assess(Act):
    """The patient was looked at and is well enough to go on."""


@dataclass(frozen=True, slots=True)
class Start(Act):
    """Begin the plan; `witness` is a second, different person (F33)."""

    witness: str


@dataclass(frozen=True, slots=True)
class HoldNow(Act):
    """STOP. Needs no name."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReportReaction(Act):
    """The patient reacts: symptoms of the protocol's scale, a grade, or both; the higher one holds (F22).

    `epinephrine`: it was given, which makes the reaction severe. It began `minutes_ago`.
    """

    grade: Grade | None
    text: str
    symptoms: tuple[str, ...] = ()
    epinephrine: bool = False
    minutes_ago: int = 0


@dataclass(frozen=True, slots=True)
class Resume(Act):
    """Go on from a hold with one of the allowed choices; `witness` where two are needed.

    `released`: after an occlusion, was the pressure released away from the patient, line clamped? (F14)
    """

    choice: Choice
    reason: str
    witness: str
    released: bool | None = None


@dataclass(frozen=True, slots=True)
class GoManual(Act):
    """The staff finishes by hand; the daemon watches."""

    reason: str


@dataclass(frozen=True, slots=True)
class GoAutomatic(Act):
    """Leave manual: stop the pump and stand held, to resume by the rules; two persons."""

    witness: str


@dataclass(frozen=True, slots=True)
class Abort(Act):
    """STOP at once; with a name the run is over, without it stays held (F33)."""

    reason: str


@dataclass(frozen=True, slots=True)
class ClassifyCounter(Act):
    """What the oldest unexplained leap of the pump's counter was (F26)."""

    how: Explanation
    text: str


@dataclass(frozen=True, slots=True)
class SettleStep(Act):
    """A step whose bounds are apart at its end: count it as given, or give what it lacks (F21)."""

    how: Settlement
    reason: str


@dataclass(frozen=True, slots=True)
class EnterTime(Act):
    """How long ago the drug stopped, where no clock can tell; two persons (F20)."""

    minutes_ago: Decimal
    witness: str


@dataclass(frozen=True, slots=True)
class ReplacePump(Act):
    """The pump with this serial number takes the place of the one before; two persons (F26)."""

    serial: str
    witness: str


@dataclass(frozen=True, slots=True)
class CorrectGrade(Act):
    """The prescriber and a second person lower the grade of the reaction (F32, F33)."""

    grade: Grade
    reason: str
    witness: str


@dataclass(frozen=True, slots=True)
class ManualVitals(Act):
    """Vital signs measured `minutes_ago` and entered by hand, in the units of the signals (F32)."""

    values: Mapping[Signal, Decimal]
    minutes_ago: int


@dataclass(frozen=True, slots=True)
class ExcludeSource(Act):
    """One of several monitors giving the same signals is left out for some minutes (F32)."""

    source: str
    reason: str
    minutes: int


FromPump = (
    PumpIdentified
    | PumpRead
    | PumpSilent
    | OrderDone
    | OrderFailed
    | OrderUnsent
    | OrderTold
    | StopUnverified
    | GuardRefused
)
"""What the channel of one pump tells."""

AnyAct = (
    ConfirmSolution
    | ConfirmPatient
    | ConfirmVitals
    | ConfirmSound
    | ConfirmLine
    | FlushLine
    | ConfirmRunning
    | ConfirmStopped
    | ConfirmEmpty
    | Assess
    | Start
    | HoldNow
    | ReportReaction
    | Resume
    | GoManual
    | GoAutomatic
    | Abort
    | Acknowledge
    | ResetAlarm
    | PauseAudio
    | ClassifyCounter
    | SettleStep
    | EnterTime
    | ReplacePump
    | CorrectGrade
    | ManualVitals
    | ExcludeSource
)

Input = (
    TimePassed
    | PumpIdentified
    | PumpRead
    | PumpSilent
    | OrderDone
    | OrderFailed
    | OrderUnsent
    | OrderTold
    | StopUnverified
    | GuardRefused
    | MonitorRead
    | MonitorSilent
    | MonitorIdentified
    | SoundAlive
    | SoundLost
    | FeedsLost
    | FeedsBack
    | AlarmsUnconfirmed
    | WardAcknowledged
    | WardUnheard
    | JournalBroken
    | JournalMended
    | ClockStepped
    | DaemonRestarted
    | ServiceStopping
    | AnyAct
)
