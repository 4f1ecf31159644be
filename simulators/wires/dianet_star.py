"""The pump's side of DIANET-Star: one reply per request, modes, link watchdog (facts: pumps 4)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import IntEnum

from drivers.values import Motion, PumpAlarm
from simulators.bodies.pump import PumpBody
from simulators.wires import dianet_codec as codec
from simulators.wires.dianet_codec import Nak
from simulators.wires.dianet_options import (
    AddressZero,
    Choice,
    CrcNakSegment,
    DianetOptions,
    EventClear,
    Reentry,
    Remaining,
    StoppedRate,
)
from simulators.wires.dianet_range import in_range
from simulators.wires.dianet_segments import (
    Actual,
    Bolus,
    Segment,
    State,
    Status,
    Target,
    TargetWrite,
    rate_units,
    volume_units,
    word,
)

ZERO = Decimal(0)
INTER_FRAME_S = 0.3
MANUAL_BOLUS_S = 1.2
SETTLE_S = 2.0
UNASSIGNED = 0
HAND_EVENTS = frozenset({PumpAlarm.LINK_TIMEOUT, PumpAlarm.LOCAL_KEY})
DATA_LENGTHS: Mapping[int, int] = {
    Segment.CC_MODE: 10,
    Segment.AKTION: 2,
    Segment.SET_SOLLWERT: TargetWrite.LENGTH,
}


class Mode(IntEnum):
    """Operating modes; the first three are set by CC_MODE."""

    DOKU = 0
    FERNSTEUER = 1
    FERNREGEL = 2
    CCOFF = 6
    CCOFFSTOP = 7


REMOTE = frozenset({Mode.FERNSTEUER, Mode.FERNREGEL})


class Refusal(Exception):
    """The request is answered with a NAK."""

    def __init__(self, nak: Nak) -> None:
        super().__init__(nak.name)
        self.nak = nak


class DianetStar:
    """One pump on the wire; `pump` is its body."""

    model = "dianet-star"
    bytes_per_s = 960

    def __init__(self, pump: PumpBody, options: DianetOptions | None = None) -> None:
        self.pump = pump
        self.options = options or DianetOptions()
        self.mode = Mode.CCOFF
        self.address = UNASSIGNED
        self._splitter = codec.Splitter(INTER_FRAME_S)
        self._target = Target(ZERO, ZERO, drug=b" " * 20)
        self._bolus = Bolus.NONE
        self._data_lock = False
        self._heard_s: float | None = None
        self._limit_ended = False
        self._bolus_until_s = 0.0
        self._now_s = 0.0
        self._settled_s = 0.0
        self._keys_seen = pump.keys_pressed
        self._boots_seen = pump.boots
        self._readers: Mapping[int, Callable[[], bytes]] = {
            Segment.IDENT: self._ident,
            Segment.STATUS: self._status,
            Segment.ISTWERT: self._istwert,
            Segment.SOLLWERT: lambda: self._stored_target().pack(),
            Segment.LIMITS: self._limits,
            Segment.RELOAD: lambda: bytes(9),
        }

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Answer every frame that ends in `data`."""
        self.tick(now_s)
        frames = self._splitter.feed(data, now_s)
        if not self.pump.powered:
            return b""
        return b"".join(self._answer(raw, now_s) for raw in frames)

    def tick(self, now_s: float) -> bytes:
        """Link watchdog, manual bolus and key settling; the pump says nothing unasked."""
        self._now_s = now_s
        if self.pump.boots != self._boots_seen or not self.pump.powered:
            self._boots_seen = self.pump.boots
            self._leave(Mode.CCOFF)
        if self.pump.operating or self.pump.keys_pressed != self._keys_seen:
            self._keys_seen = self.pump.keys_pressed
            self._settled_s = now_s + SETTLE_S
        if self._bolus is Bolus.MANUAL and now_s >= self._bolus_until_s:
            self.pump.end_bolus()
        if self.pump.motion is not Motion.BOLUS:
            self._bolus = Bolus.NONE
        self._notice_limit_end()
        if self._heard_s is not None and now_s - self._heard_s >= self.options.link_timeout_s:
            self._time_out()
        return b""

    def wake_s(self, now_s: float) -> float | None:
        """The next timer of the link."""
        timers = []
        if self._heard_s is not None:
            timers.append(self._heard_s + self.options.link_timeout_s)
        if self._bolus is Bolus.MANUAL:
            timers.append(self._bolus_until_s)
        return max(now_s, min(timers)) if timers else None

    def _notice_limit_end(self) -> None:
        ended, self._limit_ended = self.pump.limit_ended and not self._limit_ended, self.pump.limit_ended
        if ended and self.options.limit_end_leaves_remote and self.mode in REMOTE:
            self.mode = Mode.DOKU
            self.pump.panel_locked = False

    def _time_out(self) -> None:
        was_remote = self.mode in REMOTE
        self._leave(Mode.CCOFF)
        if was_remote:
            self.pump.link_lost()
        if self.pump.motion is Motion.STOPPED:
            self.mode = Mode.CCOFFSTOP

    def _leave(self, mode: Mode) -> None:
        self.mode = mode
        self.address = UNASSIGNED
        self.pump.panel_locked = False
        self._heard_s = None

    def _answer(self, raw: bytes, now_s: float) -> bytes:
        frame = codec.unstuff(raw)
        if frame is None:
            return codec.enclose(bytes([self.address, 0, codec.NAK, Nak.FRAME]))
        address, segment, data = frame[0], frame[1], frame[2:-2]
        if codec.checksum(frame[:-2]) != int.from_bytes(frame[-2:], "big"):
            echoed = segment if self.options.crc_nak_segment is CrcNakSegment.ECHO else 0
            return codec.enclose(bytes([address, echoed, codec.NAK, Nak.CRC]))
        try:
            self._check_address(address, segment)
            if address != UNASSIGNED:
                self._heard_s = now_s
            reply = self._dispatch(segment, data, now_s)
        except Refusal as refusal:
            return codec.enclose(bytes([address, segment, codec.NAK, refusal.nak]))
        if segment == Segment.CC_MODE:
            address = data[5]
        return codec.enclose(bytes([address, segment, codec.ACK]) + reply)

    def _check_address(self, address: int, segment: int) -> None:
        if address == UNASSIGNED:
            always = self.options.address_zero is AddressZero.ALWAYS
            if segment in {Segment.IDENT, Segment.CC_MODE} and (always or self.address == UNASSIGNED):
                return
        elif address == self.address:
            return
        raise Refusal(Nak.ADDRESS)

    def _dispatch(self, segment: int, data: bytes, now_s: float) -> bytes:
        reader = self._readers.get(segment)
        if reader is None and segment not in DATA_LENGTHS:
            raise Refusal(Nak.IMPOSSIBLE if segment == Segment.SET_RELOAD else Nak.SEGMENT)
        if len(data) != DATA_LENGTHS.get(segment, 0):
            raise Refusal(Nak.LENGTH)
        if reader is not None:
            return reader()
        if segment == Segment.CC_MODE:
            return self._cc_mode(data, now_s)
        self._check_writable(now_s)
        return self._aktion(data, now_s) if segment == Segment.AKTION else self._set_target(data)

    def _check_writable(self, now_s: float) -> None:
        if self.mode not in REMOTE:
            raise Refusal(Nak.MODE)
        if now_s < self._settled_s:
            raise Refusal(Nak.OPERATING)

    def _cc_mode(self, data: bytes, now_s: float) -> bytes:
        inverted, mode, address, _ = struct.unpack(">IBBI", data)
        if inverted != self.options.identnr ^ 0xFFFFFFFF:
            self._leave(Mode.DOKU)
            raise Refusal(Nak.IDENT)
        if mode not in {Mode.DOKU, Mode.FERNSTEUER, Mode.FERNREGEL}:
            raise Refusal(Nak.RANGE)
        if not (ord("A") <= address <= ord("Z") or (address == UNASSIGNED and mode == Mode.DOKU)):
            raise Refusal(Nak.ADDRESS)
        if self.mode in REMOTE and mode == Mode.DOKU and self.pump.rate_ml_h > 0:
            self._check_local_rate()
        self.mode = Mode(mode)
        self.address = address
        self.pump.panel_locked = self.mode is Mode.FERNREGEL
        self._heard_s = now_s
        running = self.pump.motion is not Motion.STOPPED
        if self.mode in REMOTE and running and self.options.reentry is Reentry.STOPS:
            self.pump.stop()
        return b""

    def _check_local_rate(self) -> None:
        if self.pump.rate_ml_h > self.options.local_rate_max_ml_h:
            self.pump.latched.add(PumpAlarm.RATE_INVALID)

    def _ident(self) -> bytes:
        options = self.options
        software = options.software.encode("latin-1", "replace")[:10].ljust(10)
        clock = options.start_unixtime & 0xFFFFFFFF
        return struct.pack(">IH10sI", options.identnr, options.protocol, software, clock)

    def _status(self) -> bytes:
        pump = self.pump
        remaining_ml = pump.limit_left_ml or ZERO
        if self.options.remaining is Remaining.SINCE_SET:
            remaining_ml = pump.since_limit_ml
        rate_ml_h = self._shown_rate_ml_h()
        minutes = None
        if pump.limit_left_ml is not None and rate_ml_h > 0:
            minutes = int(pump.limit_left_ml * 60 / rate_ml_h)
        alarms = pump.alarms
        reply = Status(
            request=frozenset(pump.hand),
            alarms=alarms,
            state=self._state_word(sounding=bool(alarms)),
            rate_ml_h=rate_ml_h,
            remaining_ml=remaining_ml,
            minutes_left=minutes,
        ).pack()
        if self.options.event_clear is EventClear.READ:
            self._clear_events()
        return reply

    def _shown_rate_ml_h(self) -> Decimal:
        pump = self.pump
        match pump.motion:
            case Motion.STOPPED:
                return pump.rate_ml_h if self.options.stopped_rate is StoppedRate.SET else ZERO
            case Motion.KVO:
                return min(pump.options.kvo_ml_h, pump.rate_ml_h)
            case Motion.BOLUS:
                return pump.bolus_ml_h
            case _:
                return pump.rate_ml_h

    def _state_word(self, *, sounding: bool) -> int:
        pump = self.pump
        running = pump.motion is not Motion.STOPPED
        bolus = pump.motion is Motion.BOLUS
        present = (
            (State.DOKU, self.mode is Mode.DOKU),
            (State.FERNSTEUER, self.mode is Mode.FERNSTEUER),
            (State.FERNREGEL, self.mode is Mode.FERNREGEL),
            (State.MAINS, pump.mains),
            (State.READY, not running and pump.rate_ml_h > 0),
            (State.RUNNING, running),
            (State.MANUAL_BOLUS, bolus and self._bolus is not Bolus.VOLUME),
            (State.VOLUME_BOLUS, bolus and self._bolus is Bolus.VOLUME),
            (State.OPERATED, self._now_s < self._settled_s),
            (State.KVO, pump.motion is Motion.KVO),
            (State.SILENCED, sounding and pump.silenced),
            (State.AUDIBLE, sounding and not pump.silenced),
            (State.DATA_LOCK, self._data_lock),
        )
        return word(bit for bit, holds in present if holds)

    def _istwert(self) -> bytes:
        pump = self.pump
        return Actual(
            pressure_percent=pump.pressure_percent,
            infused_ml=pump.counter_ml,
            infused_min=int(pump.infused_s / 60),
            battery_min=int(pump.battery_min),
            bolus_ml=pump.bolus_given_ml,
        ).pack()

    def _stored_target(self) -> Target:
        pump = self.pump
        return replace(
            self._target,
            rate_ml_h=pump.rate_ml_h,
            vtbd_ml=pump.limit_set_ml,
            pressure_level=pump.tubing.pressure_level,
        )

    def _limits(self) -> bytes:
        options = self.options
        low, high = rate_units(options.rate_min_ml_h), rate_units(self.pump.options.rate_max_ml_h)
        bolus_max, local_max = (
            rate_units(self.pump.options.bolus_ml_h),
            rate_units(options.local_rate_max_ml_h),
        )
        head = struct.pack(">IBBIIBIB", bolus_max, 1, 1, high, low, 3, 0, 9)
        volumes = struct.pack(">IHIHB", volume_units(options.vtbd_max_ml), 999, low, 1, 0)
        return head + volumes + struct.pack(">IIII", local_max, low, high, low)

    def _set_target(self, data: bytes) -> bytes:
        write = TargetWrite.unpack(data)
        pump = self.pump
        if not in_range(write, self.options, pump.options):
            raise Refusal(Nak.RANGE)
        refused = self.options.target_running is Choice.REFUSED or write.rate_ml_h == 0
        if refused and pump.motion is not Motion.STOPPED:
            raise Refusal(Nak.IMPOSSIBLE)
        if write.rate_ml_h is not None:
            pump.set_rate(write.rate_ml_h)
        if write.vtbd_ml is not None:
            pump.set_limit(write.vtbd_ml)
        if write.pressure_level is not None:
            pump.tubing.pressure_level = write.pressure_level
        if write.bolus_rate_ml_h is not None:
            pump.bolus_ml_h = write.bolus_rate_ml_h or pump.options.bolus_ml_h
            self._target = replace(self._target, bolus_rate_ml_h=write.bolus_rate_ml_h)
        if write.bolus_ml is not None:
            self._target = replace(self._target, bolus_ml=write.bolus_ml)
        if write.drug is not None:
            self._target = replace(self._target, drug=write.drug)
        self._acknowledged()
        return b""

    def _aktion(self, data: bytes, now_s: float) -> bytes:
        action, flag = data
        if flag not in {0x00, 0x01, 0xFF}:
            raise Refusal(Nak.RANGE)
        if flag != 0xFF:
            self._act(action, on=flag == 1, now_s=now_s)
        return b""

    def _act(self, action: int, *, on: bool, now_s: float) -> None:
        pump = self.pump
        match action:
            case 0x00 if not on:
                pump.stop()
            case 0x00 if pump.motion is Motion.INFUSING or pump.start():
                self._acknowledged()
            case 0x01:
                pump.silenced = True
                self._acknowledged()
            case 0x02:
                self._data_lock = on
            case 0x03:
                pump.infused_s = ZERO
            case 0x04 if pump.motion is Motion.STOPPED or self.options.clear_running is Choice.ACCEPTED:
                pump.clear_volume()
            case 0x05:
                self._manual_bolus(on, now_s)
            case 0x06 if not on:
                pump.end_bolus()
            case 0x06 if pump.bolus(self._target.bolus_ml):
                self._bolus = Bolus.VOLUME
            case _:
                raise Refusal(Nak.IMPOSSIBLE)

    def _manual_bolus(self, on: bool, now_s: float) -> None:
        if not on:
            self.pump.end_bolus()
            return
        if self._bolus is not Bolus.MANUAL and not self.pump.bolus(self.pump.options.bolus_ml_h):
            raise Refusal(Nak.IMPOSSIBLE)
        self._bolus = Bolus.MANUAL
        self._bolus_until_s = now_s + MANUAL_BOLUS_S

    def _acknowledged(self) -> None:
        if self.options.event_clear is EventClear.ACK:
            self._clear_events()

    def _clear_events(self) -> None:
        self.pump.hand.clear()
        self.pump.latched -= HAND_EVENTS
