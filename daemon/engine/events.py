"""The facts of a run, as they stand in the journal; `evolve` alone turns them into state.

Orders to the pump are facts too: what goes to the wire is read off these events, live, and never at replay.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.engine.account import NO_VOLUME, Span
from daemon.engine.alarms import LATCHING
from daemon.engine.codes import BagCodes
from daemon.engine.events_alarms import (
    AcknowledgedAtWard as AcknowledgedAtWard,
    AcknowledgementEnded as AcknowledgementEnded,
    AlarmAcknowledged as AlarmAcknowledged,
    AlarmCleared as AlarmCleared,
    AlarmEnded as AlarmEnded,
    AlarmEscalated as AlarmEscalated,
    AlarmEvent as AlarmEvent,
    AlarmRaised as AlarmRaised,
    AlarmReset as AlarmReset,
    AlarmReturned as AlarmReturned,
    AudioPaused as AudioPaused,
    AudioPauseEnded as AudioPauseEnded,
    WardAcknowledgementsRevoked as WardAcknowledgementsRevoked,
)
from daemon.engine.events_confirmed import (
    Assessed as Assessed,
    CodeRefused as CodeRefused,
    MonitorJoined as MonitorJoined,
    PatientConfirmed as PatientConfirmed,
    SolutionConfirmed as SolutionConfirmed,
    SoundConfirmed as SoundConfirmed,
    SoundFound as SoundFound,
    SoundGone as SoundGone,
    VitalsConfirmed as VitalsConfirmed,
)
from daemon.engine.events_file import FileBegun as FileBegun, FileEnded as FileEnded
from daemon.engine.events_hand import HandSeen as HandSeen, Told as Told
from daemon.engine.events_line import LineConfirmed as LineConfirmed, LineFlushed as LineFlushed
from daemon.engine.events_pump import (
    Disarmed as Disarmed,
    HandOverruled as HandOverruled,
    RESTARTED as RESTARTED,
    OrderKind as OrderKind,
    PumpJoined as PumpJoined,
    PumpSeen as PumpSeen,
    PumpWentSilent as PumpWentSilent,
    SettingConfirmed as SettingConfirmed,
    SettingFailed as SettingFailed,
    SettingOrdered as SettingOrdered,
    SettingWithdrawn as SettingWithdrawn,
    StopConfirmed as StopConfirmed,
    StopOrdered as StopOrdered,
    SwitchBegun as SwitchBegun,
    TookOver as TookOver,
)
from daemon.engine.events_settling import (
    CounterBroken as CounterBroken,
    CounterExplained as CounterExplained,
    Occluded as Occluded,
    PressureAnswered as PressureAnswered,
    PumpReplaced as PumpReplaced,
    SettlingEvent as SettlingEvent,
    StepSettled as StepSettled,
    TimeEntered as TimeEntered,
)
from daemon.engine.events_stretch import StretchEnded as StretchEnded
from daemon.engine.events_watched import (
    BaselineCaptured as BaselineCaptured,
    GradeCorrected as GradeCorrected,
    LimitCleared as LimitCleared,
    LimitCrossed as LimitCrossed,
    MonitorWentSilent as MonitorWentSilent,
    ReactionRecorded as ReactionRecorded,
    SourceExcluded as SourceExcluded,
    SourceIncluded as SourceIncluded,
    SourcesCompared as SourcesCompared,
    VitalsEntered as VitalsEntered,
    VitalsSeen as VitalsSeen,
    WatchedEvent as WatchedEvent,
)
from daemon.engine.fitted import Fitted
from daemon.engine.phases import Phase
from daemon.engine.stretch import Stretch
from daemon.protocols.plan import Plan
from daemon.protocols.rules import Choice, GapAction, Grade, HoldCause
from daemon.protocols.shared_signal import SharedSignal
from daemon.protocols.signed import UNKNOWN_FILE, SignedFile
from drivers.values import Authority


@dataclass(frozen=True, slots=True)
class RunOpened:
    """A bed takes up a plan; nothing is connected yet. `wire_factor` is the simulation speed."""

    plan: Plan
    pumps: tuple[Fitted, ...]
    """Every pump of the bed."""
    bed: str
    wire_factor: Decimal
    simulated: bool
    patient: str
    """The identifier on the wristband (F12)."""
    codes: BagCodes
    """Salted hashes of the codes on the bags' labels (F13)."""
    linked: Span = NO_VOLUME
    """Dose of earlier runs of this order that count into the total (F11)."""
    file: SignedFile = UNKNOWN_FILE
    """The bytes the plan was made from, and whose signatures of them were asked for and hold."""
    bench: bool = False
    """The bed is marked for trials without a patient."""
    authority: Authority = Authority.CONTROL
    """MONITOR: a person sets the pump, and what is ordered is told and not sent (F27)."""
    shared: tuple[SharedSignal, ...] = ()
    """Vital signs that two monitors of the bed give (F32)."""
    latching: frozenset[str] = LATCHING
    """Alarms that stay shown until a named person resets them."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Two different persons began the plan."""

    by: str
    witness: str


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A step begins, or begins again: give `goal_ml` over `goal_ms` of proven delivery."""

    step: int
    goal_ml: Decimal
    goal_ms: int


@dataclass(frozen=True, slots=True)
class StepPlaced:
    """The run's place moves to a step that begins whole as soon as its solution hangs."""

    step: int


@dataclass(frozen=True, slots=True)
class StepContinued:
    """The rest of a step goes on; its account stays open."""

    step: int


@dataclass(frozen=True, slots=True)
class StepEnded:
    """The step is full."""

    step: int
    given: Span
    proven_ms: int


@dataclass(frozen=True, slots=True)
class DwellBegun:
    """The gate is shut at a full step; the same rate goes on as ordered (F16)."""


@dataclass(frozen=True, slots=True)
class GateShut:
    """Why nothing may advance or be renewed now; empty = the gate is open."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """The run moves to a phase that no other event implies."""

    phase: Phase
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """One more cause for standing still; the run is held from the first on."""

    cause: HoldCause
    grade: Grade | None
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """A named person went on from a hold, within what the rules left."""

    choice: Choice
    step: int
    gap_ms: int | None
    gap_action: GapAction
    by: str
    witness: str
    reason: str
    stretch: Stretch | None = None
    """What is given in the place of the step, where the choice is a fraction or goes on with one (F2)."""


@dataclass(frozen=True, slots=True)
class GapClosed:
    """Delivery was proven again for 60 s and one counter unit; the drug-free time is known (F19)."""

    from_ms: int
    to_ms: int
    switch: bool = False
    """Another pump took over, within the time that is no gap (F23)."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """A new process took the run up from its journal."""

    gap_known: bool


@dataclass(frozen=True, slots=True)
class ClockDistrusted:
    """Wall time jumped; durations stay right, times of day may not be (F20)."""

    step_ms: int


@dataclass(frozen=True, slots=True)
class JournalLost:
    """The disk does not take records; kept in memory until it does."""

    reason: str


@dataclass(frozen=True, slots=True)
class JournalBack:
    """Every record has reached the disk."""


@dataclass(frozen=True, slots=True)
class ActTaken:
    """A person's act and its answer; the same `act_id` again is answered from here."""

    act_id: str
    act: str
    by: str
    accepted: bool
    answer: str
    code: str
    """Of the text catalogue, where the act was refused; else empty."""


Event = (
    RunOpened
    | PumpJoined
    | PumpWentSilent
    | PumpSeen
    | SettlingEvent
    | SettingOrdered
    | SettingConfirmed
    | SettingFailed
    | SettingWithdrawn
    | Told
    | HandSeen
    | StopOrdered
    | HandOverruled
    | StopConfirmed
    | Disarmed
    | SwitchBegun
    | TookOver
    | WatchedEvent
    | SolutionConfirmed
    | CodeRefused
    | PatientConfirmed
    | VitalsConfirmed
    | MonitorJoined
    | SoundFound
    | SoundGone
    | SoundConfirmed
    | LineConfirmed
    | LineFlushed
    | Assessed
    | RunStarted
    | StepBegun
    | StepPlaced
    | StepContinued
    | StepEnded
    | StretchEnded
    | DwellBegun
    | GateShut
    | PhaseEntered
    | Held
    | Resumed
    | GapClosed
    | Restarted
    | ClockDistrusted
    | JournalLost
    | JournalBack
    | FileEnded
    | FileBegun
    | AlarmEvent
    | ActTaken
)
