"""The pump's side of an NE-1000: Basic and Safe mode, phases, alarms, watchdog (facts: pumps 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from drivers.values import PumpAlarm
from simulators.bodies.pump import PumpBody
from simulators.wires import ne_1000_codec as codec
from simulators.wires.ne_1000_codec import Command
from simulators.wires.ne_1000_options import Digits, Does, Framing, Ne1000Options
from simulators.wires.ne_1000_program import PHASES, TO_ML_H, Phase, Program, Refusal

ZERO = Decimal(0)
SETTLE_S = 2.0
"""How long after a key the pump takes no data."""
PI_QUARTER = Decimal("0.785398163397")
SWITCHES = ("AL", "BUZ", "LOC", "PF")


class Ne1000:
    """One pump on the wire; `pump` is its body, `bag` in it the syringe."""

    model = "ne-1000"
    bytes_per_s = 1920

    def __init__(self, pump: PumpBody, options: Ne1000Options | None = None) -> None:
        self.pump = pump
        self.options = options or Ne1000Options()
        pump.options = replace(
            pump.options,
            rate_step_ml_h=Decimal("0.00001"),
            ramp_s=self.options.ne_ramp_s,
            stop_s=self.options.ne_stop_s,
        )
        self.saf_s = self.options.ne_saf_s
        self.diameter_mm = self.options.ne_diameter_mm
        self.volume_unit = self._usual_unit()
        self.program = Program(pump, self.options)
        self.alarm = "R"
        self._switches = dict.fromkeys(SWITCHES, "0")
        self._splitter = codec.Splitter()
        self._heard_s: float | None = None
        self._settled_s = 0.0
        self._keys_seen = pump.keys_pressed
        self._boots_seen = pump.boots
        self._stalls_seen: frozenset[PumpAlarm] = frozenset()

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Answer every command that ends in `data`, after what the pump says unasked."""
        out = self.tick(now_s)
        if not self.pump.powered:
            return out
        for byte in data:
            safe = self.saf_s > 0
            packets = safe or self.options.ne_safe_in_basic is Does.ACCEPTED
            command = self._splitter.feed(byte, now_s, packets=packets, lines=not safe)
            if command is not None:
                out += self._answer(command, now_s)
        return out

    def tick(self, now_s: float) -> bytes:
        """Keys, power, stalls, ends of phases, and the watchdog of Safe mode."""
        pump = self.pump
        if pump.boots != self._boots_seen or not pump.powered:
            self._power_up()
        if pump.keys_pressed != self._keys_seen:
            self.program.take_keyed()
        if pump.operating or pump.keys_pressed != self._keys_seen:
            self._settled_s = now_s + SETTLE_S
        self._keys_seen = pump.keys_pressed
        out = self._notice_stall()
        self.program.look()
        if self._heard_s is not None and self.saf_s and now_s - self._heard_s >= self.saf_s:
            out += self._time_out()
        return out

    def wake_s(self, now_s: float) -> float | None:
        """The watchdog, or the end of the phase that runs."""
        timers = []
        if self._heard_s is not None and self.saf_s:
            timers.append(self._heard_s + self.saf_s)
        left_ml = self.pump.limit_left_ml
        if left_ml is not None and self.pump.flow_ml_h > 0:
            timers.append(now_s + max(float(left_ml * 3600 / self.pump.flow_ml_h), 0.01))
        return max(now_s, min(timers)) if timers else None

    def _usual_unit(self) -> str:
        return "UL" if self.diameter_mm <= Decimal("14.0") else "ML"

    def _power_up(self) -> None:
        """A new boot reports itself; Safe mode is kept, its timer waits for a first packet."""
        if self.pump.boots != self._boots_seen:
            self.alarm = "R"
            self._boots_seen = self.pump.boots
        self.program.power_up()
        self._heard_s = None

    def _notice_stall(self) -> bytes:
        """An occlusion and the end of the syringe are a stalled motor; Safe mode says it unasked."""
        stalls = self.pump.alarms & {PumpAlarm.OCCLUSION, PumpAlarm.EMPTY}
        new, self._stalls_seen = stalls - self._stalls_seen, stalls
        return self._raise_alarm("S") if new else b""

    def _raise_alarm(self, letter: str) -> bytes:
        self.alarm = letter
        return codec.packet(f"{self.options.ne_address:02d}A?{letter}") if self.saf_s else b""

    def _time_out(self) -> bytes:
        self._heard_s = None
        self.program.halt(self.options.ne_after_watchdog)
        return self._raise_alarm("T")

    def _answer(self, command: Command, now_s: float) -> bytes:
        digits = command.text[:2] if command.text[:2].isdecimal() else command.text[:1]
        digits = digits if digits.isdecimal() else ""
        if not command.intact:
            return self._framed("?COM", safe=command.safe)
        if int(digits or "0") != self.options.ne_address:
            return b""
        was_safe = self.saf_s > 0
        self._heard_s = now_s
        said = self._carry_out(command.text[len(digits) :], now_s)
        safe = command.safe and was_safe and self.saf_s > 0
        if self.saf_s and not was_safe:
            safe = command.safe or self.options.ne_enter_reply is Framing.SAFE
        return self._framed(said, safe=safe)

    def _framed(self, said: str, *, safe: bool) -> bytes:
        status = "" if said.startswith("A?") else self.program.status
        payload = f"{self.options.ne_address:02d}{status}{said}"
        return codec.packet(payload) if safe else codec.line(payload)

    def _carry_out(self, text: str, now_s: float) -> str:
        """What is said; an alarm is said first, once, and then it is over."""
        alarm, self.alarm = self.alarm, ""
        if alarm and self.options.ne_alarm_command is Does.REFUSED:
            return f"A?{alarm}"
        try:
            said = self._dispatch(text, now_s)
        except Refusal as refusal:
            said = str(refusal)
        return f"A?{alarm}" if alarm else said

    def _dispatch(self, text: str, now_s: float) -> str:
        if not text:
            return ""
        actions: Mapping[str, Callable[[str], str]] = {
            "VER": self._version,
            "DIA": self._diameter,
            "RAT": self._rate,
            "VOL": self._volume,
            "DIR": self._direction,
            "PHN": self._select,
            "FUN": self._function,
            "RUN": self._run,
            "STP": self._stop,
            "PUR": self._purge,
            "DIS": self._dispensed,
            "CLD": self._clear,
            "SAF": self._safe,
        }
        for name in SWITCHES:
            if text.startswith(name):
                return self._switch(name, text[len(name) :])
        word, args = text[:3], text[3:]
        if word not in actions:
            raise Refusal("?")
        if (args or word in {"RUN", "PUR"}) and word != "SAF" and now_s < self._settled_s:
            raise Refusal("?NA")
        return actions[word](args)

    def _version(self, args: str) -> str:
        if args:
            raise Refusal("?")
        return self.options.ne_version

    def _number(self, text: str) -> Decimal:
        value = codec.number_of(text, may_round=self.options.ne_too_many_digits is Does.ACCEPTED)
        if value is None:
            raise Refusal("?OOR")
        return value

    def _diameter(self, args: str) -> str:
        if not args:
            return codec.shown(self.diameter_mm)
        self.program.may_write()
        diameter = self._number(args)
        if not Decimal("0.1") <= diameter <= 50:
            raise Refusal("?OOR")
        self.diameter_mm = diameter
        self.volume_unit = self._usual_unit()
        self.pump.clear_volume()
        return ""

    def _in_speed(self, rate_ml_h: Decimal) -> bool:
        area_cm2 = PI_QUARTER * (self.diameter_mm / 10) ** 2
        low = area_cm2 * self.options.ne_speed_min_cm_h
        return low <= rate_ml_h <= area_cm2 * self.options.ne_speed_max_cm_min * 60

    def _rate(self, args: str) -> str:
        phase = self.program.phase
        if not args:
            return self._shown_rate(phase)
        unit = args[-2:] if args[-2:] in TO_ML_H else phase.rate_unit
        rate = self._number(args.removesuffix(unit))
        if self.program.runs:
            if unit != phase.rate_unit:
                raise Refusal("?NA")
        else:
            self.program.may_write()
        if not self._in_speed(rate * TO_ML_H[unit]):
            raise Refusal("?OOR")
        if self.program.runs:
            self.pump.set_rate(rate * TO_ML_H[unit])
            return ""
        phase.rate, phase.rate_unit = rate, unit
        if self.program.selected == 1:
            self.pump.set_rate(phase.rate_ml_h)
        return ""

    def _shown_rate(self, phase: Phase) -> str:
        """While it runs: what it runs at, which is not what is stored if it was changed on the way."""
        rate = self.pump.rate_ml_h / TO_ML_H[phase.rate_unit] if self.program.runs else phase.rate
        return codec.shown(rate) + phase.rate_unit

    def _volume(self, args: str) -> str:
        phase = self.program.phase
        factor = 1000 if self.volume_unit == "UL" else 1
        if not args:
            return codec.shown(phase.volume_ml * factor) + self.volume_unit
        self.program.may_write()
        if args in {"UL", "ML"}:
            self.volume_unit = args
            return ""
        phase.volume_ml = self._number(args) / factor
        if self.program.selected == 1:
            self.pump.set_limit(phase.volume_ml)
        return ""

    def _direction(self, args: str) -> str:
        phase = self.program.phase
        if not args:
            return phase.direction
        self.program.may_write()
        if args not in {"INF", "WDR", "REV"}:
            raise Refusal("?OOR")
        turned = "INF" if phase.direction == "WDR" else "WDR"
        phase.direction = turned if args == "REV" else args
        return ""

    def _select(self, args: str) -> str:
        if not args:
            return str(self.program.selected)
        self.program.may_write()
        if not args.isdecimal() or not 1 <= int(args) <= PHASES:
            raise Refusal("?OOR")
        self.program.selected = int(args)
        return ""

    def _function(self, args: str) -> str:
        phase = self.program.phase
        if not args:
            return phase.function
        self.program.may_write()
        if args not in {"RAT", "STP"}:
            raise Refusal("?OOR")
        phase.function = args
        return ""

    def _run(self, args: str) -> str:
        if args and (not args.isdecimal() or not 1 <= int(args) <= PHASES):
            raise Refusal("?OOR")
        number = int(args) if args else None
        if not self.program.runs and not self._in_speed(self.program.phases[number or 1].rate_ml_h):
            raise Refusal("?OOR")
        self.program.run(number)
        return ""

    def _stop(self, args: str) -> str:
        if args:
            raise Refusal("?")
        self.program.stop()
        return ""

    def _purge(self, args: str) -> str:
        if args:
            raise Refusal("?")
        self.program.purge()
        return ""

    def _dispensed(self, args: str) -> str:
        if args:
            raise Refusal("?")
        factor = 1000 if self.volume_unit == "UL" else 1
        rounded = self.options.ne_display is Digits.ROUNDED
        infused = codec.shown(self.pump.infused_ml * factor, rounded=rounded)
        return f"I{infused}W{codec.shown(ZERO)}{self.volume_unit}"

    def _clear(self, args: str) -> str:
        if args not in {"INF", "WDR"}:
            raise Refusal("?")
        if self.program.runs and self.options.ne_clear_running is Does.REFUSED:
            raise Refusal("?NA")
        if args == "INF":
            self.pump.clear_volume()
        return ""

    def _safe(self, args: str) -> str:
        if not args:
            return str(self.saf_s)
        if not args.isdecimal() or int(args) > 255:
            raise Refusal("?OOR")
        self.saf_s = int(args)
        return ""

    def _switch(self, name: str, args: str) -> str:
        """Alarm, buzzer, keypad lock, power-failure mode: kept, and only the lock acts."""
        if not args:
            return self._switches[name]
        if args not in {"0", "1"}:
            raise Refusal("?OOR")
        self._switches[name] = args
        if name == "LOC":
            self.pump.panel_locked = args == "1"
        return ""
