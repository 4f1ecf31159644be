"""A volumetric pump as physics: motor, set, bag, battery and keys. It knows no bytes."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import EndAction, LocalChange, Motion, PumpAlarm
from simulators.bodies.bag import Bag, Portion
from simulators.bodies.motor import Motor
from simulators.bodies.pump_options import AfterEnd, PumpOptions, StopKey
from simulators.bodies.tubing import Tubing

ZERO = Decimal(0)
TINY_ML = Decimal("1e-12")
OVER_BY_START = frozenset(
    {PumpAlarm.OCCLUSION, PumpAlarm.AIR, PumpAlarm.EMPTY, PumpAlarm.LIMIT_REACHED, PumpAlarm.KVO_END}
)


class PumpBody:
    """One pump with the bag that hangs on it. Nothing here starts the motor but `start` and a bolus."""

    def __init__(self, bag: Bag, options: PumpOptions | None = None) -> None:
        self.options = options or PumpOptions()
        self._gain = 1 + self.options.flow_error
        """True volume for each mL of the motor."""
        self.bag = bag
        self.motion = Motion.STOPPED
        self.rate_ml_h = ZERO
        self.limit_set_ml = ZERO
        self.limit_left_ml: Decimal | None = None
        """None: no limit, the motor runs for ever."""
        self.since_limit_ml = ZERO
        self.limit_ended = False
        self.infused_ml = ZERO
        """What the motor counted since the last clear, unrounded."""
        self.infused_s = ZERO
        self.latched: set[PumpAlarm] = set()
        self.hand: set[LocalChange] = set()
        self.keys_pressed = 0
        self.boots = 0
        self.panel_locked = False
        self.silenced = False
        self.operating = False
        """A hand stays on the keys."""
        self.powered = True
        self.mains = True
        self.door_open = False
        self.air = False
        self.runaway = False
        """The motor no longer obeys a stop."""
        self.battery_min = self.options.battery_min
        self.tubing = Tubing(self.options.occlusion_ml, self.options.release_bolus_ml)
        self.bolus_ml_h = self.options.bolus_ml_h
        self.bolus_given_ml = ZERO
        self._bolus_left_ml = ZERO
        self._before_bolus = Motion.STOPPED
        self._kvo_s = ZERO
        self._motor = Motor()
        self._released_ml = ZERO
        self._out: list[Portion] = []

    @property
    def flow_ml_h(self) -> Decimal:
        """The motor's present speed; differs from the rate while it ramps."""
        return self._motor.flow_ml_h

    @property
    def counter_ml(self) -> Decimal:
        """The displayed counter: truncated to its unit."""
        unit = self.options.counter_unit_ml
        return self.infused_ml // unit * unit

    @property
    def pressure_percent(self) -> int:
        """Pressure in the set, 100 = alarm limit."""
        return self.tubing.pressure_percent

    @property
    def alarms(self) -> frozenset[PumpAlarm]:
        """Latched alarms and the conditions that hold at this moment."""
        present = (
            (PumpAlarm.DOOR_OPEN, self.door_open),
            (PumpAlarm.NEAR_EMPTY, self.bag.content_ml <= self.options.near_empty_ml),
            (PumpAlarm.BATTERY_LOW, ZERO < self.battery_min <= self.options.battery_low_min),
            (PumpAlarm.BATTERY_EMPTY, self.battery_min <= 0 and not self.mains),
            (PumpAlarm.KVO_RUNNING, self.motion is Motion.KVO),
        )
        return frozenset(alarm for alarm, holds in present if holds) | self.latched

    def set_rate(self, rate_ml_h: Decimal) -> None:
        """Take a rate, rounded down to the pump's step; a running motor ramps to it."""
        self.rate_ml_h = rate_ml_h // self.options.rate_step_ml_h * self.options.rate_step_ml_h
        self._aim(self.options.ramp_s)

    def set_limit(self, limit_ml: Decimal) -> None:
        """Take a volume limit from now on; 0 means none (F7)."""
        self.limit_set_ml = limit_ml
        self.limit_left_ml = limit_ml if limit_ml > 0 else None
        self.limit_ended = False
        self.since_limit_ml = ZERO
        self.latched.discard(PumpAlarm.LIMIT_REACHED)

    def start(self) -> bool:
        """Start the motor; False when the pump will not."""
        if not self._can_start():
            return False
        self.latched -= OVER_BY_START
        if self.limit_ended:
            self.limit_left_ml, self.limit_ended = None, False
        self.silenced = False
        self.motion = Motion.INFUSING
        self._aim(self.options.ramp_s)
        return True

    def _can_start(self) -> bool:
        blocked = self.door_open or self.air or not self.powered or self.bag.content_ml <= 0
        dead = self.battery_min <= 0 and not self.mains
        ended = self.limit_ended and self.options.after_end is AfterEnd.REFUSE
        return self.rate_ml_h > 0 and not (blocked or dead or ended)

    def stop(self) -> None:
        """Stop the motor; it runs out over `stop_s`."""
        if self.runaway:
            return
        self.motion = Motion.STOPPED
        self._bolus_left_ml = ZERO
        self._aim(self.options.stop_s)

    def bolus(self, volume_ml: Decimal) -> bool:
        """Push a volume at the bolus rate, also from standstill, then go back to what was."""
        if self.door_open or self.air or not self.powered or volume_ml <= 0:
            return False
        if self.motion is not Motion.BOLUS:
            self._before_bolus = self.motion
        self.motion = Motion.BOLUS
        self.bolus_given_ml = ZERO
        self._bolus_left_ml = volume_ml
        self._aim(ZERO)
        return True

    def end_bolus(self) -> None:
        """The bolus key is let go."""
        if self.motion is Motion.BOLUS:
            self.motion = self._before_bolus
            self._bolus_left_ml = ZERO
            self._aim(ZERO)

    def clear_volume(self) -> None:
        """Counter to zero."""
        self.infused_ml = ZERO

    def link_lost(self) -> None:
        """The remote link timed out: the pump alarms and does what it was built to do."""
        self.latched.add(PumpAlarm.LINK_TIMEOUT)
        self.silenced = False
        if self.options.link_loss is EndAction.STOP:
            self.stop()
        elif self.options.link_loss is EndAction.KVO and self.motion is not Motion.STOPPED:
            self._begin_kvo()

    def press(self, key: str, value: Decimal = ZERO) -> bool:
        """A hand presses start, stop, rate, limit, bolus, clear or silence; False when the pump refuses."""
        self.keys_pressed += 1
        if key == "silence":
            self.silenced = True
            self.hand.add(LocalChange.SILENCE)
            return True
        if self.panel_locked:
            if key in {"start", "stop"}:
                self.latched.add(PumpAlarm.LOCAL_KEY)
            if key == "stop" and self.options.stop_key is StopKey.STOPS:
                self.stop()
                return True
            return False
        return self._press_unlocked(key, value)

    def _acknowledge(self) -> None:
        """The STOP key ends alarms whose condition is over; the pump stands."""
        still = {PumpAlarm.OCCLUSION} if self.tubing.clamped else set()
        still |= {PumpAlarm.AIR} if self.air else set()
        still |= {PumpAlarm.EMPTY} if self.bag.content_ml <= 0 else set()
        self.latched -= OVER_BY_START - still

    def _press_unlocked(self, key: str, value: Decimal) -> bool:
        match key:
            case "start":
                return self.start()
            case "stop":
                self.stop()
                self._acknowledge()
            case "rate":
                if not ZERO <= value <= self.options.rate_max_ml_h:
                    return False
                self.set_rate(value)
                self.hand.add(LocalChange.TARGET)
            case "limit":
                self.set_limit(value)
                self.hand.add(LocalChange.TARGET)
            case "bolus":
                return self.bolus(value)
            case "clear":
                self.clear_volume()
            case _:
                raise ValueError(f"no such key: {key}")
        return True

    def occlude(self, on: bool) -> None:
        """Clamp or free the line; freeing pushes a bolus to the patient and the rest back (F14)."""
        if on:
            self.tubing.clamped = True
            return
        bolus, back = self.tubing.release()
        self._out.extend(bolus)
        self._released_ml += sum((portion.volume_ml for portion in bolus), ZERO)
        for portion in back:
            if portion.solution == self.bag.solution:
                self.bag.take_back(portion.volume_ml)

    def open_door(self, on: bool) -> None:
        """An open door stops the motor at once."""
        self.door_open = on
        if on:
            self._halt()

    def let_air_in(self, on: bool) -> None:
        """Air in the line stops the motor with an alarm; the alarm stays until the next start."""
        self.air = on
        if on:
            self.latched.add(PumpAlarm.AIR)
            self._halt()

    def power(self, on: bool) -> None:
        """Off: motor and memory stop. On again: a new boot, stopped, with or without its settings."""
        self._halt()
        self.latched.clear()
        self.hand.clear()
        if on and not self.powered:
            self.boots += 1
            if not self.options.keeps_settings:
                self.set_rate(ZERO)
                self.set_limit(ZERO)
                self.clear_volume()
        self.powered = on

    def drop_limit(self) -> None:
        """The pump forgets its volume limit (F7)."""
        self.set_limit(ZERO)

    def advance(self, dt_s: Decimal) -> Decimal:
        """Let `dt_s` body seconds pass; returns the mL that left the pump, `drain` tells of what."""
        left_ml, self._released_ml = self._released_ml, ZERO
        rest_s = dt_s
        while rest_s > 0 and not (self._motor.steady and self.flow_ml_h == 0):
            span_s, out_ml = self._run_motor(self._until_next_s(rest_s))
            self._run_battery(span_s)
            rest_s -= span_s
            left_ml += out_ml
        self._run_battery(rest_s)
        return left_ml

    def drain(self) -> list[Portion]:
        """Take what has left the pump since the last call, oldest first."""
        out, self._out = self._out, []
        return out

    def _run_motor(self, rest_s: Decimal) -> tuple[Decimal, Decimal]:
        """One stretch without an event inside: (time used, mL that left the pump)."""
        span_s, motor_ml = self._motor.stretch(rest_s, self._room_ml())
        true_ml = self.bag.draw(motor_ml * self._gain)
        self.infused_ml += motor_ml
        self.infused_s += span_s
        self.since_limit_ml += motor_ml
        if self.limit_left_ml is not None:
            self.limit_left_ml = max(ZERO, self.limit_left_ml - motor_ml)
        if self.motion is Motion.BOLUS:
            self._bolus_left_ml -= motor_ml
            self.bolus_given_ml += motor_ml
        elif self.motion is Motion.KVO:
            self._kvo_s += span_s
        portion = Portion(self.bag.solution, true_ml)
        out_ml = ZERO
        if self.tubing.clamped:
            self.tubing.store(portion)
        elif true_ml > 0:
            self._out.append(portion)
            out_ml = true_ml
        self._settle()
        return span_s, out_ml

    def _room_ml(self) -> Decimal:
        """Motor volume until the next thing happens."""
        room_ml = self.bag.content_ml / self._gain
        if self.tubing.clamped:
            room_ml = min(room_ml, self.tubing.room_ml / self._gain)
        if self.limit_left_ml is not None and self.motion in {Motion.INFUSING, Motion.BOLUS}:
            room_ml = min(room_ml, self.limit_left_ml)
        if self.motion is Motion.BOLUS:
            room_ml = min(room_ml, self._bolus_left_ml)
        return room_ml

    def _settle(self) -> None:
        """After a stretch: let happen what is due."""
        if self.bag.content_ml <= TINY_ML:
            self.bag.content_ml = ZERO
            self.latched.add(PumpAlarm.EMPTY)
            self._halt()
        elif self.tubing.clamped and self.tubing.room_ml <= TINY_ML:
            self.latched.add(PumpAlarm.OCCLUSION)
            self._halt()
        elif self.motion in {Motion.INFUSING, Motion.BOLUS} and self.limit_left_ml == 0:
            self._end_of_limit()
        elif self.motion is Motion.BOLUS and self._bolus_left_ml <= 0:
            self.end_bolus()
        elif self.motion is Motion.KVO and 0 < self.options.kvo_max_min * 60 <= self._kvo_s:
            self.latched.add(PumpAlarm.KVO_END)
            self.stop()

    def _end_of_limit(self) -> None:
        self.latched.add(PumpAlarm.LIMIT_REACHED)
        self.silenced = False
        self.limit_ended = True
        self._bolus_left_ml = ZERO
        if self.options.end_action is EndAction.KVO:
            self._begin_kvo()
        elif self.options.end_action is EndAction.CONTINUE:
            self.limit_left_ml, self.limit_ended = None, False
        else:
            self.stop()
            if self.runaway:
                self.limit_left_ml = None

    def _begin_kvo(self) -> None:
        self.motion = Motion.KVO
        self._kvo_s = ZERO
        self._aim(self.options.stop_s)

    def _until_next_s(self, rest_s: Decimal) -> Decimal:
        """Time until battery or KVO end, at most `rest_s`."""
        if not self.mains and self.battery_min > 0:
            rest_s = min(rest_s, self.battery_min * 60)
        if self.motion is Motion.KVO and self.options.kvo_max_min > 0:
            rest_s = min(rest_s, self.options.kvo_max_min * 60 - self._kvo_s)
        return rest_s

    def _run_battery(self, dt_s: Decimal) -> None:
        if self.mains:
            return
        self.battery_min = max(ZERO, self.battery_min - dt_s / 60)
        if self.battery_min == 0:
            self._halt()

    def _aim(self, ramp_s: Decimal) -> None:
        speed_ml_h = {
            Motion.INFUSING: self.rate_ml_h,
            Motion.KVO: min(self.options.kvo_ml_h, self.rate_ml_h),
            Motion.BOLUS: self.bolus_ml_h,
        }.get(self.motion, ZERO)
        self._motor.aim(speed_ml_h, ramp_s)

    def _halt(self) -> None:
        """Stop at once, whatever the motor was doing."""
        self.motion = Motion.STOPPED
        self._bolus_left_ml = ZERO
        self._motor.aim(ZERO, ZERO)
