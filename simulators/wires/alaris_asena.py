"""The pump's side of the Asena line: late answers, remote control with a key (facts: pumps 3)."""

from __future__ import annotations

import random
import re
from binascii import crc_hqx
from collections import deque
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from drivers.values import Motion, PumpAlarm
from simulators.bodies.pump import PumpBody
from simulators.wires import alaris_alarms
from simulators.wires.alaris_options import (
    AlarisOptions,
    EndShown,
    HeldRate,
    Lie,
    LimitShown,
    Refusal,
    TimeOutEnds,
)

ZERO = Decimal(0)
RATE_MIN = Decimal("0.1")
CENT, MILLI = Decimal("0.01"), Decimal("0.001")
HOLDS_MAX = 256
MARKS = re.compile(rb"([\x1b!\r])")


class No(Exception):
    """The command is refused; `in_force` is what the pump would read back instead."""

    def __init__(self, *in_force: str) -> None:
        super().__init__(*in_force)
        self.in_force = in_force


class AlarisAsena:
    """One pump on the wire; `pump` is its body."""

    model = "alaris-asena"
    bytes_per_s = 3840

    def __init__(self, pump: PumpBody, options: AlarisOptions | None = None) -> None:
        self.pump = pump
        self.options = options or AlarisOptions()
        self.confirmed = self.options.asena_confirmed
        self.permits = self.options.asena_remote
        self.lies = {self.options.asena_lie}
        self.control = self.configuration = False
        self._held = bytearray()
        self._inside = False
        self._answers: deque[tuple[float, Callable[[], bytes]]] = deque()
        self._chance = random.Random(self.options.asena_serial)
        self._kept_s = 0.0
        self._ran = False
        self._log = self.options.asena_log
        self._seen = self._events()

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take every command that ends in `data`; what is due is answered."""
        self._notice(now_s)
        for piece in filter(None, MARKS.split(data)):
            self._take(piece, now_s)
        return self._due(now_s)

    def tick(self, now_s: float) -> bytes:
        """The watchdog, and answers whose time has come; nothing is said unasked."""
        self._notice(now_s)
        return self._due(now_s)

    def wake_s(self, now_s: float) -> float | None:
        """The next answer or the end of the watchdog."""
        timers = [due_s for due_s, _ in self._answers]
        if self.control:
            timers.append(self._kept_s + self.options.asena_response_max_ms / 1000)
        return max(now_s, min(timers)) if timers else None

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Faults of this model: a syringe nobody confirmed, a closed service menu, echoes that lie."""

        def lie(what: Lie) -> Callable[[bool], None]:
            return lambda on: self.lies.add(what) if on else self.lies.discard(what)

        lies = {f"lie_{what}": lie(what) for what in Lie if what is not Lie.NONE}
        return {"syringe": self._unconfirm, "no_remote": self._close_menu, **lies}

    def _unconfirm(self, on: bool) -> None:
        self.confirmed = not on

    def _close_menu(self, on: bool) -> None:
        self.permits = not on
        self.control = self.control and not on

    def _events(self) -> tuple[int, int, frozenset[PumpAlarm]]:
        return self.pump.keys_pressed, self.pump.boots, frozenset(self.pump.latched)

    def _notice(self, now_s: float) -> None:
        """Keys, alarms and power cycles move the log id; a missing key ends remote control."""
        events = self._events()
        if events != self._seen:
            self._log += 1
            keys, boots, _ = self._seen
            if events[1] != boots:
                self.control = self.configuration = self._ran = False
            if events[0] != keys and self.options.asena_time_out_ends is TimeOutEnds.KEY:
                self.pump.latched.discard(PumpAlarm.LINK_TIMEOUT)
            self._seen = self._events()
        if not self.pump.powered:
            self.control = self.configuration = False
            self._answers.clear()
        if self.control and now_s - self._kept_s >= self.options.asena_response_max_ms / 1000:
            self.control = self.configuration = False
            self.pump.link_lost()
        self._ran = self._ran or self.pump.motion is not Motion.STOPPED

    def _take(self, piece: bytes, now_s: float) -> None:
        """A mark alone, or what stands between two."""
        if piece in {b"\x1b", b"!"}:
            self._inside = piece == b"!"
            self._held.clear()
        elif piece == b"\r":
            if self._inside and self.pump.powered:
                self._command(bytes(self._held), now_s)
            self._inside = False
        elif self._inside:
            self._held += piece
            self._inside = len(self._held) <= HOLDS_MAX

    def _command(self, body: bytes, now_s: float) -> None:
        """A command with a wrong checksum is not answered."""
        text, bar, check = body.rpartition(b"|")
        if not bar or check != b"%04X" % crc_hqx(text, 0xFFFF):
            return
        options = self.options
        fields = text.decode("latin-1").split("^")
        took_s = self._chance.uniform(options.asena_reply_min_s, options.asena_reply_max_s)
        due_s = max([now_s + took_s, *(late_s for late_s, _ in self._answers)])
        if options.asena_acts_late:
            self._answers.append((due_s, lambda: self._answer(fields, due_s)))
        else:
            answer = self._answer(fields, now_s)
            self._answers.append((due_s, lambda: answer))

    def _due(self, now_s: float) -> bytes:
        out = b""
        while self._answers and self._answers[0][0] <= now_s:
            out += self._answers.popleft()[1]()
        return out

    def _answer(self, fields: list[str], now_s: float) -> bytes:
        word, args = fields[0], fields[1:]
        try:
            return _frame([word, *self._obey(word, args, now_s)])
        except No as no:
            shapes = {
                Refusal.ECHO_OLD: [word, *no.in_force] if no.in_force else [word, "NOT POSSIBLE"],
                Refusal.DENIED: [word, "DENIED"],
                Refusal.ERROR_WORD: ["ERR", word],
            }
            shape = shapes.get(self.options.asena_refusal)
            return b"" if shape is None else _frame(shape)

    def _obey(self, word: str, args: list[str], now_s: float) -> list[str]:
        """The fields behind the word in the answer."""
        reads: Mapping[str, Callable[[], list[str]]] = {
            "INST_SERIALNO": lambda: [self.options.asena_serial],
            "COMMS_PROTOCOL": lambda: [self.options.asena_protocol],
            "COMMS_RESPONSE_MAX": lambda: [str(self.options.asena_response_max_ms), "ms"],
            "SYRINGE_STATUS": self._syringe,
            "INF_RATE_MAX_SYRINGE": lambda: [f"{self.options.asena_rate_max:.2f}", "ml/h"],
            "INF": self._status,
            "INF_RATE": self._rate,
            "INF_VTBI": self._limit,
            "INF_VI": lambda: [f"{self._infused_ml():.3f}", "ml"],
            "ALARM": lambda: [alaris_alarms.word_of(self.pump, syringe=self.confirmed), " ", " "],
        }
        if not args and word in reads:
            return reads[word]()
        if word in {"REMOTE_CTRL", "REMOTE_CFG"}:
            return self._remote(word, args, now_s)
        if word == "REMQUERY" and args == ["DEACT"]:
            return args
        if not self.control:
            raise No(*(reads[word]() if word in reads else ()))
        if self.options.asena_log_counts_remote:
            self._log += 1
        if word in {"INF_RATE", "INF_VTBI"}:
            return self._set_rate(args) if word == "INF_RATE" else self._set_limit(args)
        return self._move(word, args)

    def _remote(self, word: str, args: list[str], now_s: float) -> list[str]:
        key = f"{crc_hqx(self.options.asena_serial.encode('latin-1'), 0xFFFF):04X}"
        on = args == ["ENABLED", key]
        if not on and args != ["DISABLED"]:
            raise No("DISABLED", "****", "DENY", "0", "ms")
        allowed = self.permits and (word == "REMOTE_CTRL" or self.options.asena_configuration)
        if on and not allowed:
            raise No("DISABLED", "****", "DENY", "0", "ms")
        if word == "REMOTE_CFG":
            self.configuration = on
        else:
            self.control, self._kept_s = on, now_s
            if on and self.options.asena_time_out_ends is TimeOutEnds.REENTRY:
                self.pump.latched.discard(PumpAlarm.LINK_TIMEOUT)
                self._seen = self._events()
        return [args[0], "****", "PERMIT", "0", "ms"]

    def _syringe(self) -> list[str]:
        options = self.options
        return [
            options.asena_syringe,
            f"{options.asena_syringe_ml:3d}",
            "CONF" if self.confirmed else "UNCONF",
        ]

    def _infused_ml(self) -> Decimal:
        return self.pump.infused_ml // MILLI * MILLI

    def _status(self) -> list[str]:
        pump = self.pump
        alarm = alaris_alarms.word_of(pump, syringe=self.confirmed) != alaris_alarms.NONE
        return [
            self.options.asena_serial,
            "A" if alarm else "-",
            self._mode(),
            f"{self._shown_rate():.2f}",
            "ml/h",
            "",
            f"{self._infused_ml():.3f}",
            "ml",
            f"{Decimal(pump.pressure_percent) * 6:.2f}",
            "mmHg",
            self._time_left(),
            "EVENT",
            str(self._log),
        ]

    def _mode(self) -> str:
        words = {
            Motion.STOPPED: "HLD" if self._ran else "SET",
            Motion.KVO: "KVO",
            Motion.BOLUS: "BOLUS",
        }
        return words.get(self.pump.motion, self.options.asena_infusing_word)

    def _shown_rate(self) -> Decimal:
        pump = self.pump
        held = pump.rate_ml_h if self.options.asena_held_rate is HeldRate.SET else ZERO
        rates = {
            Motion.STOPPED: held,
            Motion.KVO: min(pump.options.kvo_ml_h, pump.rate_ml_h),
            Motion.BOLUS: pump.bolus_ml_h,
        }
        return rates.get(pump.motion, pump.rate_ml_h)

    def _time_left(self) -> str:
        pump = self.pump
        if not pump.limit_left_ml or pump.rate_ml_h <= 0:
            return "24+"
        seconds = int(pump.limit_left_ml * 3600 / pump.rate_ml_h)
        hours, rest = divmod(seconds, 3600)
        return "24+" if hours >= 24 else f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"

    def _rate(self) -> list[str]:
        return [f"{self.pump.rate_ml_h:.2f}", "ml/h"]

    def _limit(self) -> list[str]:
        pump, options = self.pump, self.options
        left_ml = pump.limit_left_ml
        if left_ml is None or (pump.limit_ended and options.asena_end_shown is EndShown.INACTIVE):
            return ["", "0.000", "ml", "STOP"]
        shown_ml = pump.limit_set_ml if options.asena_limit_shown is LimitShown.SET else left_ml
        if pump.limit_ended:
            shown_ml = ZERO
        return ["ACTIV", f"{shown_ml // MILLI * MILLI:.3f}", "ml", "STOP"]

    def _set_rate(self, args: list[str]) -> list[str]:
        """Rounded to two places; the answer says what was stored."""
        rate_ml_h = _number(args, "ml/h")
        if not self.configuration or rate_ml_h is None or len(args) != 2:
            raise No(*self._rate())
        if not RATE_MIN <= rate_ml_h <= self.options.asena_rate_max:
            raise No(*self._rate())
        rate_ml_h = rate_ml_h.quantize(CENT, ROUND_HALF_UP)
        if Lie.RATE not in self.lies:
            self.pump.set_rate(rate_ml_h)
        return [f"{rate_ml_h:.2f}", "ml/h"]

    def _set_limit(self, args: list[str]) -> list[str]:
        """Rounded to three places. Zero and DEACT are no limit (F7)."""
        if self.configuration and args == ["DEACT"]:
            self.pump.drop_limit()
            return args
        limit_ml = _number(args[1:], "ml") if args[:1] == ["ACTIV"] and args[3:] == ["STOP"] else None
        if not self.configuration or limit_ml is None or limit_ml > self.options.asena_limit_max:
            raise No(*self._limit())
        limit_ml = limit_ml.quantize(MILLI, ROUND_HALF_UP)
        if Lie.LIMIT not in self.lies:
            self.pump.set_limit(limit_ml)
        return ["ACTIV", f"{limit_ml:.3f}", "ml", "STOP"]

    def _move(self, word: str, args: list[str]) -> list[str]:
        pump = self.pump
        if args:
            raise No
        match word:
            case "INF_STOP":
                if Lie.STOP not in self.lies:
                    pump.stop()
            case "INF_START" if Lie.START in self.lies or pump.motion is Motion.INFUSING:
                pass
            case "INF_START" if self.confirmed and pump.start():
                pass
            case "INF_VI_CLEAR" if pump.motion is Motion.STOPPED:
                pump.clear_volume()
            case _:
                raise No
        return []


def _number(args: list[str], unit: str) -> Decimal | None:
    """The number at the head of `args`, if its unit stands behind it."""
    try:
        value = Decimal(args[0])
    except (InvalidOperation, IndexError):
        return None
    return value if args[1:2] == [unit] and value.is_finite() and value >= 0 else None


def _frame(fields: list[str]) -> bytes:
    text = "^".join(fields).encode("latin-1", "replace")
    return b"!%b|%04X\r" % (text, crc_hqx(text, 0xFFFF))
