"""The state of one run; frozen, and nothing but `evolve` makes a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from daemon.engine.account import EMPTY, NO_VOLUME, ZERO, Account, Span, volume_ml
from daemon.engine.alarm_view import AlarmView, AudioView
from daemon.engine.alarms import LATCHING
from daemon.engine.bedside import BedsideView
from daemon.engine.doubts import DoubtView
from daemon.engine.events_pump import RESTARTED
from daemon.engine.fitted import Fitted
from daemon.engine.hand_view import STOP_OVERDUE
from daemon.engine.line import Line
from daemon.engine.phases import PLANNED_STOPS, Mode, Phase
from daemon.engine.pump_view import PumpView
from daemon.engine.stretch import Stretch
from daemon.engine.trail import Trail
from daemon.engine.watched import SignalView, WatchedView
from daemon.engine.y_site import NO_OWN_LINE, OwnLine
from daemon.protocols.commissioned import Commissioned
from daemon.protocols.plan import Plan, Solution, Step
from daemon.protocols.rules import Grade, HoldCause
from daemon.protocols.shared_signal import SharedSignal
from daemon.protocols.signed import UNKNOWN_FILE, SignedFile
from drivers.values import Authority, Motion, PumpCapabilities, Signal

TAKE_UP_MS = 2_000
"""A motor has taken up a new speed by then, by wire time."""


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
    switched_ms: int | None = None
    """When another pump last took over; a short time without drug around it is no gap (F23)."""


@dataclass(frozen=True)
class HoldView:
    """Why the run is held: every cause since it was first held, and the highest grade."""

    since_ms: int
    causes: frozenset[HoldCause]
    grade: Grade | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Standby:
    """A pump of the bed that is not in charge: it stands, on the same patient, until its solution is due."""

    fitted: Fitted
    pump: PumpView
    hung: str | None = None
    trail: Trail = ()
    occluded_ml: Decimal | None = None
    own: OwnLine = NO_OWN_LINE
    """Its line up to the Y-site."""


@dataclass(frozen=True)
class RunState:
    """One run of one plan on one bed. Times are engine milliseconds.

    `fitted`, `pump`, `hung` and `line` are of the pump in charge: the one that carries what is given now.
    """

    plan: Plan
    fitted: Fitted
    bed: str
    wire_factor: Decimal
    simulated: bool
    pump: PumpView
    bedside: BedsideView
    others: Mapping[str, Standby] = field(default_factory=dict)
    """Every other pump of the bed, by name."""
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
    shared: tuple[SharedSignal, ...] = ()
    """Vital signs that two monitors of the bed give (F32)."""
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
    """Conditions that last."""
    ended: Mapping[str, AlarmView] = field(default_factory=dict)
    """Conditions that are over and still shown."""
    audio: AudioView = field(default_factory=AudioView)
    latching: frozenset[str] = LATCHING
    """Alarms that stay shown until a named person resets them."""
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
        return all(pump.disarmed for _, pump in self.pumps) or (self.advisory and self.pump.stopped)

    @property
    def caps(self) -> PumpCapabilities:
        """What the pump in charge can do."""
        return self.fitted.caps

    @property
    def commissioned(self) -> Commissioned:
        """What was measured of the pump in charge."""
        return self.fitted.commissioned

    @property
    def pump_name(self) -> str:
        """The pump in charge, as on its label."""
        return self.fitted.name

    @property
    def pumps(self) -> tuple[tuple[str, PumpView], ...]:
        """Every pump of the bed by name, the one in charge first."""
        return (self.fitted.name, self.pump), *((name, one.pump) for name, one in self.others.items())

    def view(self, name: str) -> PumpView:
        """What is known of a pump of the bed; KeyError for another name."""
        return self.pump if name == self.fitted.name else self.others[name].pump

    def fit(self, name: str) -> Fitted:
        """A pump of the bed as it stands there."""
        return self.fitted if name == self.fitted.name else self.others[name].fitted

    def hung_on(self, name: str) -> str | None:
        """The solution confirmed on a pump, if any."""
        return self.hung if name == self.fitted.name else self.others[name].hung

    def carrier(self, solution: str) -> str:
        """The pump that carries a solution; the one in charge where no pump of the bed names it."""
        return next(
            (name for name, one in self.others.items() if solution in one.fitted.solutions), self.fitted.name
        )

    def caps_of(self, solution: str) -> PumpCapabilities:
        """What the pump that carries a solution can do."""
        return self.fit(self.carrier(solution)).caps

    def unit_of(self, name: str) -> Decimal:
        """The unit of a pump's counter at what it shows now (F25)."""
        reading = self.view(name).reading
        return self.fit(name).caps.counter_unit_at(ZERO if reading is None else reading.counter_ml)

    def hangs(self, solution: str) -> bool:
        """The solution is confirmed on the pump that carries it."""
        return self.hung == solution or any(one.hung == solution for one in self.others.values())

    @property
    def stop_ms(self) -> int | None:
        """Since when a STOP stands unconfirmed, at whichever pump; None = at none."""
        waiting = [pump.stop_ms for _, pump in self.pumps if pump.stop_ms is not None]
        return min(waiting, default=None)

    @property
    def delivering(self) -> bool:
        """Any pump of the bed was last read delivering."""
        return any(pump.delivers for _, pump in self.pumps)

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
        if self.stop_ms is None or self.phase is Phase.MANUAL:
            return False
        planned = self.phase in PLANNED_STOPS
        return not planned or not self.alarms.keys().isdisjoint(STOP_OVERDUE)

    @property
    def unit_ml(self) -> Decimal:
        """The unit of the pump's counter at what it shows now; it may grow with it (F25)."""
        reading = self.pump.reading
        return self.fitted.caps.counter_unit_at(ZERO if reading is None else reading.counter_ml)

    @property
    def restarting(self) -> bool:
        """The pump, not gapless, stands to be programmed and is started again by the same order (F15)."""
        pending = self.pump.pending
        driven = not self.caps.gapless and not self.advisory
        return driven and pending is not None and pending.kind in RESTARTED

    @property
    def running(self) -> bool:
        """The pump in charge was last read delivering, in whatever way."""
        return self.pump.reading is not None and self.pump.reading.motion is not Motion.STOPPED

    def step_given(self) -> Span:
        """Bounds of what the present attempt at the step has given, mL."""
        return self.account.given(self.pump.odometer, self.caps.accuracy)

    def bag_given(self, solution: str) -> Span:
        """Bounds of what left the pump of one solution, mL."""
        account = self.bags.get(solution)
        if account is None:
            return Span(ZERO, ZERO)
        if solution == self.hung:
            return account.given(self.pump.odometer, self.caps.accuracy)
        for one in self.others.values():
            if one.hung == solution:
                return account.given(one.pump.odometer, one.fitted.caps.accuracy)
        return account.settled

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
        given = self.dose_given()
        since = sum(
            (ml * self.plan.solution(hung).concentration for hung, ml in self.since_ml(now).items()), ZERO
        )
        return Span(given.low, given.high + since)

    def since_ml(self, now: int) -> Mapping[str, Decimal]:
        """The most that may have left each pump since it was last read, by the solution that hangs on it."""
        pumps = [(self.hung, self.pump, self.caps)]
        pumps += [(one.hung, one.pump, one.fitted.caps) for one in self.others.values()]
        return {hung: pump.since_ml(now, caps.accuracy) for hung, pump, caps in pumps if hung is not None}

    def hung_solution(self) -> Solution | None:
        """The confirmed solution, if any."""
        return self.plan.solution(self.hung) if self.hung is not None else None
