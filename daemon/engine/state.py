"""The state of one run; frozen, and nothing but `evolve` makes a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from daemon.engine.account import EMPTY, NO_VOLUME, ZERO, Account, Odometer, Span, volume_ml
from daemon.engine.bedside import BedsideView
from daemon.engine.codes import BagCodes
from daemon.engine.doubts import DoubtView
from daemon.engine.events import RESTARTED, SettingOrdered
from daemon.engine.hand_view import STOP_OVERDUE, HandView
from daemon.engine.line import Line
from daemon.engine.phases import Mode, Phase
from daemon.engine.stretch import Stretch
from daemon.engine.watched import SignalView, WatchedView
from daemon.protocols.commissioned import Commissioned
from daemon.protocols.plan import Plan, Solution, Step
from daemon.protocols.rules import Grade, HoldCause
from daemon.protocols.signed import UNKNOWN_FILE, SignedFile
from drivers.values import (
    Authority,
    Motion,
    PumpCapabilities,
    PumpIdentity,
    PumpReading,
    PumpSetting,
    Signal,
)

TAKE_UP_MS = 2_000
"""A motor has taken up a new speed by then, by wire time."""


@dataclass(frozen=True)
class PumpView:
    """What is known of the pump, and what was asked of it."""

    odometer: Odometer
    linked: bool = False
    silent_long: bool = False
    identity: PumpIdentity | None = None
    reading: PumpReading | None = None
    read_ms: int = 0
    certain: bool = False
    """The last reading and the next belong to one unbroken watch; False after silence or restart."""
    compare: bool = False
    """The next reading must be compared with what the record says before anything else (DESIGN 3.10)."""
    approved: PumpSetting | None = None
    """The setting last read back as asked; its limit counts from `approved_ms`."""
    approved_ms: int = 0
    approved_ml: Decimal = ZERO
    """The counter when the approved limit was read back."""
    ordered_ml: Decimal = ZERO
    """The counter when it was ordered: the limit was written somewhere in between (F18)."""
    pending: SettingOrdered | None = None
    pending_ms: int = 0
    pending_ml: Decimal = ZERO
    """The counter when the pending setting was ordered."""
    may_run_ml_h: Decimal = ZERO
    """Rate of a START that was ordered and whose outcome no readback has shown yet."""
    withdrawn_ms: int | None = None
    """When an order was last found unsent."""
    unsent: int = 0
    """Orders in a row that could not be sent."""
    failures: int = 0
    stop_ms: int | None = None
    """Since when a STOP stands unconfirmed."""
    stopped: bool = False
    """Confirmed standing still."""
    disarmed: bool = False
    own_serial: str = ""
    """The pump of this run; another one gives nothing (F26)."""
    read_serial: str = ""
    """The pump that gave the last reading."""
    untimed_ml: Decimal | None = None
    """What it may have given since it was last read, where no clock tells how long ago that is (F20)."""
    hand_stops: int = 0
    """STOPs sent against a hand since a person last resumed (F8 allows one)."""
    hand: HandView = field(default_factory=HandView)


@dataclass(frozen=True)
class LimitView:
    """One limit rule: since when crossed, and whether the worst is excluded since the last restart (F35)."""

    beyond_ms: int | None = None
    excluded: bool = True


@dataclass(frozen=True)
class GapView:
    """Drug-free time (F19)."""

    proven_ms: int | None = None
    """Last instant for which the counter proves delivery."""
    open_from_ms: int | None = None
    delivering_from_ms: int | None = None
    delivering_from_ml: Decimal = ZERO
    closed: tuple[tuple[int, int], ...] = ()
    granted: tuple[int, int] = (0, 0)
    """How strict the rule was by which a person last went on; a longer gap may order more (F19)."""
    unknown: bool = False
    """No clock can tell how long the pump stood; judged as the strictest interval (F20)."""


@dataclass(frozen=True)
class HoldView:
    """Why the run is held: every cause since it was first held, and the highest grade."""

    since_ms: int
    causes: frozenset[HoldCause]
    grade: Grade | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class AlarmView:
    """An active alarm condition."""

    raised_ms: int
    detail: str
    acknowledged_by: str = ""
    acknowledged_ms: int | None = None


@dataclass(frozen=True)
class RunState:
    """One run of one plan on one bed. Times are engine milliseconds."""

    plan: Plan
    caps: PumpCapabilities
    pump_name: str
    bed: str
    wire_factor: Decimal
    simulated: bool
    pump: PumpView
    bedside: BedsideView
    commissioned: Commissioned
    at_ms: int = 0
    phase: Phase = Phase.PLANNED
    phase_ms: int = 0
    step: int = 1
    begun: bool = False
    """The step has been begun and its account is open."""
    last_step: int = 1
    """The step that last gave drug."""
    completed: int = 0
    """The highest step given whole in the present ascent; falls with every step back (F2)."""
    stretch: Stretch | None = None
    """What is given in the place of the step until it is full (F2)."""
    goal_ml: Decimal = ZERO
    goal_ms: int = 0
    dwell_ms: int | None = None
    account: Account = EMPTY
    bags: Mapping[str, Account] = field(default_factory=dict)
    hung: str | None = None
    """The solution confirmed on the pump."""
    line_by: str = ""
    line: Line = field(default_factory=Line)
    """What is between pump and patient, and what came out of it (F39)."""
    expires_ms: Mapping[str, int] = field(default_factory=dict)
    """When each bag hung so far may no longer be used (F4)."""
    undated: frozenset[str] = frozenset()
    """Bags hung before a time that no clock tells: their expiry is not known (F20)."""
    exposed_steps: tuple[int, ...] = ()
    """Steps in which the line as it was hung breaks a ceiling at the patient (F39)."""
    file: SignedFile = UNKNOWN_FILE
    """The bytes the plan was made from, and who signed them."""
    bench: bool = False
    """The bed is marked for trials without a patient."""
    linked: Span = NO_VOLUME
    """Dose of earlier runs that count into the total (F11)."""
    assessed_ms: int | None = None
    signals: Mapping[Signal, SignalView] = field(default_factory=dict)
    """What the monitors say, of several sources the worst; values by hand are beside it (F32)."""
    watched: WatchedView = field(default_factory=WatchedView)
    limits: tuple[LimitView, ...] = ()
    watched_from_ms: int = 0
    """Start of the present watch over vitals: start of the run or the last restart."""
    baseline: Mapping[Signal, Decimal] = field(default_factory=dict)
    baseline_others: Mapping[Signal, Decimal] = field(default_factory=dict)
    """Where sources disagreed before step 1: the other end of what they said (F22)."""
    gate_shut: tuple[str, ...] = ()
    gap: GapView = field(default_factory=GapView)
    doubts: DoubtView = field(default_factory=DoubtView)
    hold: HoldView | None = None
    resumed: Mapping[str, int] = field(default_factory=dict)
    """How often each resume rule (cause:grade) has been used."""
    reactions_at: Mapping[int, int] = field(default_factory=dict)
    """Holds for reaction per step (F21)."""
    stops: tuple[tuple[str, int], ...] = ()
    """Causes and times of holds in the last 10 minutes (table (A) D13)."""
    alarms: Mapping[str, AlarmView] = field(default_factory=dict)
    acts: Mapping[str, tuple[bool, str, str]] = field(default_factory=dict)
    orders: int = 0
    screen: int = 0
    """Number of what a person sees: rises with every fact that may change a person's mind (F33)."""
    started_ms: int | None = None
    ended_ms: int | None = None
    started_by: tuple[str, str] = ("", "")
    journal_ok: bool = True
    clock_trusted: bool = True
    last_reaction_ms: int | None = None
    authority: Authority = Authority.CONTROL

    @property
    def advisory(self) -> bool:
        """A person sets the pump: what is ordered is told and nothing is sent (F27)."""
        return self.authority is Authority.MONITOR

    @property
    def disarmed(self) -> bool:
        """A start by mistake gives next to nothing; a pump set by hand can only be watched (F6)."""
        return self.pump.disarmed or (self.advisory and self.pump.stopped)

    @property
    def current(self) -> Step:
        """The plan's step at the run's place."""
        return self.plan.step(self.step)

    @property
    def rate_ml_h(self) -> Decimal:
        """The rate that is ordered now: of the stretch, else of the step (F2)."""
        return self.stretch.rate_ml_h if self.stretch is not None else self.current.rate_ml_h

    @property
    def late_ml(self) -> Decimal:
        """What flows while one answer is on its way and the motor takes up its speed (F18, F25)."""
        return volume_ml(
            self.rate_ml_h, int((self.caps.reply_limit_s * 1000 + TAKE_UP_MS) * self.wire_factor)
        )

    @property
    def until_empty(self) -> bool:
        """What is given now ends with the bag; a stretch has a volume of its own."""
        return self.stretch is None and self.current.until_empty

    @property
    def by_time(self) -> bool:
        """What is given now ends by its minutes alone (F25)."""
        return self.stretch is None and self.current.by_time

    @property
    def tolerated_step(self) -> int:
        """The last step completed before the one a reaction belongs to; 0 = nothing was tolerated (F2)."""
        return min(self.completed, self.reacted_step - 1)

    @property
    def reacted_step(self) -> int:
        """The step a reaction now belongs to: between two steps, the one that gave drug (F21).

        Told late, it belongs to the step it began in.
        """
        if self.watched.onset_step is not None:
            return self.watched.onset_step
        return self.step if self.begun else self.last_step

    @property
    def mode(self) -> Mode:
        """The one word a person reads first."""
        if self.phase in (Phase.PLANNED, Phase.CHECKING):
            return Mode.READY
        if self.stop_awaited:
            return Mode.STOP_NOT_CONFIRMED
        match self.phase:
            case Phase.HELD:
                return Mode.HELD
            case Phase.OBSERVING:
                return Mode.OBSERVING
            case Phase.MANUAL:
                return Mode.MANUAL
            case Phase.COMPLETED | Phase.ABORTED:
                return Mode.DONE
            case _:
                return Mode.ADVISORY if self.advisory else Mode.AUTOMATIC

    @property
    def stop_awaited(self) -> bool:
        """A STOP is not confirmed and a person must know: at once in a hold, else once it takes too long."""
        if self.pump.stop_ms is None or self.phase is Phase.MANUAL:
            return False
        planned = self.phase in (Phase.WAITING_GATE, Phase.AWAITING_SOLUTION, Phase.AFTER_WATCH)
        return not planned or not self.alarms.keys().isdisjoint(STOP_OVERDUE)

    @property
    def unit_ml(self) -> Decimal:
        """The unit of the pump's counter at what it shows now; it may grow with it (F25)."""
        shown = self.pump.reading.counter_ml if self.pump.reading is not None else ZERO
        return self.caps.counter_unit_at(shown)

    @property
    def restarting(self) -> bool:
        """The pump, not gapless, stands to be programmed and is started again by the same order (F15)."""
        pending = self.pump.pending
        driven = not self.caps.gapless and not self.advisory
        return driven and pending is not None and pending.kind in RESTARTED

    @property
    def running(self) -> bool:
        """The pump was last read delivering, in whatever way."""
        return self.pump.reading is not None and self.pump.reading.motion is not Motion.STOPPED

    def step_given(self) -> Span:
        """Bounds of what the present attempt at the step has given, mL."""
        return self.account.given(self.pump.odometer, self.caps.accuracy)

    def bag_given(self, solution: str) -> Span:
        """Bounds of what left the pump of one solution, mL."""
        account = self.bags.get(solution)
        if account is None:
            return Span(ZERO, ZERO)
        if solution != self.hung:
            return account.settled
        return account.given(self.pump.odometer, self.caps.accuracy)

    def bag_drawn_ml(self, solution: str) -> Decimal:
        """The most that may have left a bag: given, primed or led away from the patient (F11, F26)."""
        wasted = self.doubts.wasted_ml.get(solution, ZERO) + self.line.taken_ml(solution)
        return self.bag_given(solution).high + wasted

    def dose_given(self) -> Span:
        """Bounds of the cumulative dose, in the plan's dose unit; never resets (F11).

        Beside what the pump gave, what a flush drove out of a line that was primed past its counter (F3).
        """
        bounds = self.line.books(self.pump.odometer, self.caps.accuracy)
        low, high = (tube.flushed for tube in bounds)
        for solution in self.plan.solutions:
            given = self.bag_given(solution.id)
            low += given.low * solution.concentration
            high += given.high * solution.concentration
        return Span(low, high)

    def dose_by(self, now: int) -> Span:
        """Bounds of the cumulative dose at this moment: as last read, plus what may have flowed since."""
        given, solution = self.dose_given(), self.hung_solution()
        if solution is None:
            return given
        return Span(given.low, given.high + self.since_ml(now) * solution.concentration)

    def since_ml(self, now: int) -> Decimal:
        """The most that may have left the pump since it was last read."""
        flowed = volume_ml(self._may_flow_ml_h(), now - self.pump.read_ms)
        return max(flowed * (1 + self.caps.accuracy), self.pump.untimed_ml or ZERO)

    def _may_flow_ml_h(self) -> Decimal:
        """The highest rate the pump may run at since it was last read."""
        pump = self.pump
        if pump.reading is None or (pump.certain and pump.reading.motion is Motion.STOPPED):
            return pump.may_run_ml_h
        approved = pump.approved.rate_ml_h if pump.approved is not None else ZERO
        return max(pump.reading.rate_ml_h, approved, pump.may_run_ml_h)

    def hung_solution(self) -> Solution | None:
        """The confirmed solution, if any."""
        return self.plan.solution(self.hung) if self.hung is not None else None


def opening(
    plan: Plan,
    caps: PumpCapabilities,
    *,
    pump_name: str,
    bed: str,
    wire_factor: Decimal,
    simulated: bool,
    patient: str,
    codes: BagCodes,
    commissioned: Commissioned,
    authority: Authority = Authority.CONTROL,
) -> RunState:
    """The state of a run that has just been opened."""
    return RunState(
        plan=plan,
        caps=caps,
        pump_name=pump_name,
        bed=bed,
        wire_factor=wire_factor,
        simulated=simulated,
        pump=PumpView(odometer=Odometer.unread(caps.counter_unit_ml)),
        bedside=BedsideView(patient, codes),
        commissioned=commissioned,
        limits=tuple(LimitView() for _ in plan.rules.limits),
        authority=authority,
    )
