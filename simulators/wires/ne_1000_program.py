"""The pumping program of an NE-1000: phases one after the other, run, paused, stopped (facts: pumps 6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from drivers.values import Motion
from simulators.bodies.pump import PumpBody
from simulators.wires.ne_1000_options import Does, Ne1000Options, Resting, TotalsAtRun

ZERO = Decimal(0)
PHASES = 41
PURGE_ML = Decimal(1000)
"""A purge goes on until it is stopped."""
TO_ML_H = {"UM": Decimal("0.06"), "MM": Decimal(60), "UH": Decimal("0.001"), "MH": Decimal(1)}


class Refusal(Exception):
    """The command is answered with an error word."""


@dataclass
class Phase:
    """One phase of the pumping program; volume 0 pumps for ever."""

    function: str = "RAT"
    rate: Decimal = ZERO
    rate_unit: str = "MH"
    volume_ml: Decimal = ZERO
    direction: str = "INF"

    @property
    def rate_ml_h(self) -> Decimal:
        """The stored rate."""
        return self.rate * TO_ML_H[self.rate_unit]


class Program:
    """What is stored, what of it runs, and how it stands."""

    def __init__(self, pump: PumpBody, options: Ne1000Options) -> None:
        self.pump = pump
        self.options = options
        self.phases = {number: Phase() for number in range(1, PHASES + 1)}
        if options.ne_second_phase is Does.REFUSED:
            self.phases[2].function = "STP"
        self.phases[2].rate = options.ne_second_rate_ml_h
        self.selected = 1
        self.resting = Resting.STOPPED
        self.withdrawing = False
        self.moving = False
        """When it was last looked at."""
        self._running = 1

    @property
    def phase(self) -> Phase:
        """The one that is selected."""
        return self.phases[self.selected]

    @property
    def runs(self) -> bool:
        """The motor is meant to turn."""
        return self.withdrawing or self.pump.motion is not Motion.STOPPED

    @property
    def status(self) -> str:
        """The status letter."""
        if self.withdrawing:
            return "W"
        letters = {Motion.INFUSING: "I", Motion.BOLUS: "X", Motion.STOPPED: self.resting.name[0]}
        return letters.get(self.pump.motion, "I")

    def may_write(self) -> None:
        """Data are taken by a pump that is stopped; Refusal otherwise."""
        paused = self.resting is Resting.PAUSED and self.options.ne_paused_data is Does.REFUSED
        if self.runs or paused:
            raise Refusal("?NA")

    def power_up(self) -> None:
        """The program stands at its beginning."""
        if not self.pump.options.keeps_settings:
            self.phases[1].rate = self.phases[1].volume_ml = ZERO
        self.resting = Resting.STOPPED
        self.moving = self.withdrawing = False
        self._running = self.selected = 1

    def take_keyed(self) -> None:
        """What a hand has set on the standing pump is what is stored."""
        if self.moving or self.pump.motion is not Motion.STOPPED:
            return
        first = self.phases[1]
        if self.pump.rate_ml_h != first.rate_ml_h:
            first.rate, first.rate_unit = self.pump.rate_ml_h, "MH"
        first.volume_ml = self.pump.limit_set_ml

    def look(self) -> None:
        """A phase whose volume is in goes on to the next one; one stopped otherwise is paused."""
        moves = self.pump.motion is not Motion.STOPPED
        if self.moving and not moves:
            self.moving = False
            if self.pump.limit_ended:
                self._next()
            else:
                self.resting = Resting.PAUSED
        self.moving = self.pump.motion is not Motion.STOPPED

    def halt(self, resting: Resting) -> None:
        """The motor stops, and so the program stands."""
        self.pump.stop()
        self.moving = self.withdrawing = False
        self.resting = resting

    def run(self, number: int | None) -> None:
        """From a phase on, or from where it was paused; Refusal if it will not."""
        if self.runs:
            raise Refusal("?NA")
        if self.resting is Resting.PAUSED and number is None:
            self.pump.set_rate(self.phases[self._running].rate_ml_h)
            started = self.pump.start()
        else:
            if self.options.ne_totals_at_run is TotalsAtRun.CLEARED:
                self.pump.clear_volume()
            started = self._begin(number or 1)
        if not started:
            raise Refusal("?NA")
        self.moving = True

    def stop(self) -> None:
        """The first pauses, the second ends the program."""
        if self.runs:
            purging = self.pump.motion is Motion.BOLUS
            self.halt(Resting.STOPPED if purging else Resting.PAUSED)
        elif self.resting is Resting.PAUSED:
            self.resting = Resting.STOPPED
            self._running = 1
        elif self.options.ne_stop_stopped is Does.REFUSED:
            raise Refusal("?NA")

    def purge(self) -> None:
        """As fast as it goes, until it is stopped."""
        if self.runs or not self.pump.bolus(PURGE_ML):
            raise Refusal("?NA")
        self.moving = True

    def _next(self) -> None:
        following = self._running + 1
        self.resting = Resting.STOPPED
        if following > PHASES or self.phases[following].function == "STP":
            self._running = 1
            return
        self._begin(following)

    def _begin(self, number: int) -> bool:
        """Run a phase from its start with what is stored for it; at rate 0 the program ends there."""
        phase = self.phases[number]
        self._running = number
        if phase.direction == "WDR":
            self.withdrawing = True
            return True
        self.pump.set_rate(phase.rate_ml_h)
        self.pump.set_limit(phase.volume_ml)
        return self.pump.start()
