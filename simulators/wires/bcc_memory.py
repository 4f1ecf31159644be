"""What a rack holds of one pump, record by record (facts: pumps 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_DOWN, Decimal
from functools import partial

from drivers.values import LocalChange, Motion, PumpAlarm
from simulators.bodies.pump import PumpBody
from simulators.wires.bcc_options import AlarmStyle, BccOptions, NoLimit, StandingRate, Vtbi

NO_VALUE = "_NV"
NOT_NOW = "_NA"
TENTH = Decimal("0.1")
HUNDREDTH = Decimal("0.01")
LONG_S = 65535

Value = Callable[[], str]

ALARM_BITS = {
    PumpAlarm.BATTERY_EMPTY: ("ALARM1", 2, "INA1"),
    PumpAlarm.EMPTY: ("ALARM1", 9, "INA2"),
    PumpAlarm.OCCLUSION: ("ALARM1", 10, "INA3"),
    PumpAlarm.LIMIT_REACHED: ("ALARM1", 13, "INA7"),
    PumpAlarm.KVO_END: ("ALARM1", 19, "INA16"),
    PumpAlarm.AIR: ("ALARM1", 28, "INA15"),
    PumpAlarm.DOOR_OPEN: ("ALARM2", 30, "INA13"),
    PumpAlarm.BATTERY_LOW: ("PREALARM", 4, "INA11"),
    PumpAlarm.KVO_RUNNING: ("PREALARM", 5, "INM10"),
    PumpAlarm.NEAR_EMPTY: ("PREALARM", 2, "INA12"),
}
"""Where each alarm of the body shows: word and bit, or a parameter of its own."""
ONLY_ALARMS = tuple(f"INA{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16))


class Memory:
    """The records of one pump; `now` is the moment its volumes were last taken over."""

    def __init__(self, pump: PumpBody, serial: str, options: BccOptions) -> None:
        self.pump = pump
        self.serial = serial
        self.unavailable = False
        """Rate and volumes read `_NA`."""
        self._options = options
        self._volumes: tuple[Decimal, Decimal | None, Decimal] = (Decimal(0), None, Decimal(0))
        self._taken_s: float | None = None

    def take_volumes(self, now_s: float) -> None:
        """Volumes come over from the pump less often than the rest."""
        lag_s = float(self._options.bcc_volume_lag_s)
        if self._options.bcc_synchronised or self._taken_s is None or now_s - self._taken_s >= lag_s:
            pump = self.pump
            self._volumes = (pump.limit_set_ml, pump.limit_left_ml, pump.counter_ml)
            self._taken_s = now_s

    def records(self) -> Iterator[tuple[str, Value]]:
        """Every parameter with its value at the moment it is asked for."""
        options, pump = self._options, self.pump
        yield "GNNEW", lambda: options.bcc_model
        yield "GNMODEL", lambda: f"{options.bcc_model}N030001"
        yield "INSERNUM", lambda: self.serial
        yield "INNR", lambda: f"0{self.serial}"
        yield "DSSTATUS", lambda: "00051" if pump.powered else "00050"
        single = options.bcc_alarms is AlarmStyle.SINGLE
        yield from self._single() if single else self._words()
        for name, value in self._figures():
            yield name, self._while_on(name, value)

    def _while_on(self, name: str, value: Value) -> Value:
        def shown() -> str:
            if self.unavailable and name in {"INRT", "INVTB", "VOLREMAIN", "INVI"}:
                return NOT_NOW
            return value() if self.pump.powered else NO_VALUE

        return shown

    def _figures(self) -> Iterator[tuple[str, Value]]:
        pump = self.pump
        yield "RUNSTATE", lambda: str(self._run_state())
        yield "OPMODE", lambda: "0"
        yield "PROGSTAT", lambda: "0"
        yield "INRT", lambda: _places(self._rate_ml_h(), HUNDREDTH)
        yield "BASRT", lambda: _places(pump.rate_ml_h, HUNDREDTH)
        yield "INVTB", self._vtbi
        yield "VOLREMAIN", self._remaining
        yield "INVI", lambda: str(self._volumes[2])
        yield "INTIME", lambda: str(int(pump.infused_s / 60))
        yield "INRMT", self._seconds_left
        yield "INSOL", lambda: self._options.bcc_drug
        yield "INSOLSN", lambda: NO_VALUE
        yield "INDORT", lambda: NO_VALUE
        yield "INDCON", lambda: str(pump.bag.solution.concentration)
        yield "INDCONU", lambda: "31"
        yield "INSYR", lambda: "50"
        yield "INVOLACT", lambda: _places(pump.bag.content_ml, TENTH)
        yield "INP1", lambda: str(min(8, pump.tubing.pressure_level))
        yield "INP2", lambda: str(pump.pressure_percent)
        yield "INAKKU", lambda: str(int(pump.battery_min))
        yield "INSTBY", lambda: NO_VALUE

    def _rate_ml_h(self) -> Decimal:
        pump = self.pump
        match pump.motion:
            case Motion.STOPPED if self._options.bcc_standing_rate is StandingRate.ZERO:
                return Decimal(0)
            case Motion.KVO:
                return min(pump.options.kvo_ml_h, pump.rate_ml_h)
            case Motion.BOLUS:
                return pump.bolus_ml_h
            case _:
                return pump.rate_ml_h

    def _vtbi(self) -> str:
        set_ml, left_ml, _ = self._volumes
        if set_ml == 0:
            return NO_VALUE if self._options.bcc_no_limit is NoLimit.NO_VALUE else "0.0"
        return _places(set_ml if self._options.bcc_vtbi is Vtbi.SET else left_ml or Decimal(0), TENTH)

    def _remaining(self) -> str:
        set_ml, left_ml, _ = self._volumes
        if left_ml is None:
            return NO_VALUE if set_ml == 0 else "0.0"
        return _places(left_ml, TENTH)

    def _seconds_left(self) -> str:
        left_ml, rate_ml_h = self._volumes[1], self.pump.rate_ml_h
        return str(
            LONG_S if left_ml is None or rate_ml_h == 0 else min(LONG_S, int(left_ml * 3600 / rate_ml_h))
        )

    def _run_state(self) -> int:
        pump = self.pump
        stands = pump.motion is Motion.STOPPED
        alarmed = bool(pump.alarms & STOPPING)
        bits = (stands, not stands, alarmed, pump.motion is Motion.KVO, pump.operating, False)
        return sum(1 << bit for bit, on in enumerate(bits) if on)

    def _single(self) -> Iterator[tuple[str, Value]]:
        pump = self.pump
        moves = {
            "INM1": lambda: pump.motion is Motion.STOPPED and pump.rate_ml_h > 0,
            "INM2": lambda: pump.motion is Motion.BOLUS,
            "INM3": lambda: pump.motion is not Motion.STOPPED,
            "INM5": lambda: True,
            "INM6": lambda: False,
            "INM7": lambda: pump.panel_locked,
            "INM8": lambda: pump.mains,
            "INM12": lambda: False,
            "INM13": lambda: False,
            "INM14": lambda: False,
        }
        for name, holds in moves.items():
            yield self._name(name), self._while_on(name, partial(_flag, holds))
        names = {single: alarm for alarm, (_, _, single) in ALARM_BITS.items()}
        for name in (*ONLY_ALARMS, "INM10"):
            yield self._name(name), self._while_on(name, partial(self._alarmed, names.get(name)))

    def _name(self, name: str) -> str:
        return f"{name[:3]}{int(name[3:]):02}" if self._options.bcc_padded else name

    def _words(self) -> Iterator[tuple[str, Value]]:
        for word in ("ALARM1", "ALARM2", "PREALARM"):
            yield word, self._while_on(word, partial(self._alarm_word, word))
        yield "STATUS1", self._while_on("STATUS1", lambda: str(self._status()))

    def _alarmed(self, alarm: PumpAlarm | None) -> str:
        return str(int(alarm in self.pump.alarms))

    def _alarm_word(self, word: str) -> str:
        shown = (ALARM_BITS[alarm] for alarm in self.pump.alarms if alarm in ALARM_BITS)
        return str(sum(1 << bit for name, bit, _ in shown if name == word))

    def _status(self) -> int:
        pump = self.pump
        moving = pump.motion is not Motion.STOPPED
        present = {
            0: pump.powered,
            1: pump.mains,
            6: not moving and pump.rate_ml_h > 0,
            7: moving,
            8: moving,
            10: pump.motion is Motion.BOLUS,
            13: pump.motion is Motion.KVO,
            14: pump.panel_locked,
            19: pump.silenced and LocalChange.SILENCE in pump.hand,
            24: pump.operating,
        }
        return sum(1 << bit for bit, holds in present.items() if holds)


STOPPING = frozenset(
    {
        PumpAlarm.BATTERY_EMPTY,
        PumpAlarm.EMPTY,
        PumpAlarm.OCCLUSION,
        PumpAlarm.LIMIT_REACHED,
        PumpAlarm.KVO_END,
        PumpAlarm.AIR,
        PumpAlarm.DOOR_OPEN,
    }
)


def _flag(holds: Callable[[], bool]) -> str:
    return str(int(holds()))


def _places(value: Decimal, unit: Decimal) -> str:
    return str(value.quantize(unit, ROUND_DOWN))
