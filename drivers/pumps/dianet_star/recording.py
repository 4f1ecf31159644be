"""Recorded DIANET-Star bytes, of both directions, as readings. Pure; no frame but IDENT carries a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.errors import BadFrame
from drivers.flagged import UNFINISHED, Framed
from drivers.pumps.dianet_star import frames, readback
from drivers.pumps.dianet_star.frames import Reply, Segment, Status, Target
from drivers.recordings import Reading, Tally

Value = Decimal | str | int | None


class Recording:
    """What the pump said, by segment; requests and verdicts are counted and give no reading."""

    def __init__(self) -> None:
        self._accepted: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._frames = frames.bodies()
        self._stored: Target | None = None

    def feed(self, data: bytes) -> list[Reading]:
        """The readings of the replies these bytes complete."""
        return [one for framed in self._frames.feed(data) for one in self._readings(framed)]

    def finish(self) -> list[Reading]:
        """A frame without its end is rejected."""
        if self._frames.finish():
            self._rejected[UNFINISHED] += 1
        return []

    def tally(self) -> Tally:
        """`request`, `reply` and `refusal`; what was none by reason."""
        return Tally(dict(self._accepted), dict(self._rejected))

    def _readings(self, framed: Framed) -> list[Reading]:
        broken = framed.broken
        if not broken:
            try:
                return self._read(framed.body)
            except BadFrame as error:
                broken = "length" if ":" in str(error) else str(error)
        self._rejected[framed.reason(broken)] += 1
        return []

    def _read(self, body: bytes) -> list[Reading]:
        if frames.is_request(body):
            self._accepted["request"] += 1
            return []
        reply = frames.parse_reply(body)
        found = self._said(reply) if reply.nak is None else []
        self._accepted["reply" if reply.nak is None else "refusal"] += 1
        return found

    def _said(self, reply: Reply) -> list[Reading]:
        match reply.segment:
            case Segment.STATUS:
                return _of_status(frames.parse_status(reply.data), self._stored)
            case Segment.SOLLWERT:
                self._stored = frames.parse_target(reply.data)
                return _of_target(self._stored)
            case Segment.SOLLWERT_WRITE:
                self._stored = None
                return []
        parse = PARSERS.get(reply.segment)
        return [] if parse is None else parse(reply.data)


def _reading(signal: str, value: Value, unit: str = "", reason: str = "") -> Reading:
    exact = Decimal(value) if isinstance(value, int) else value
    return Reading(None, signal, exact, unit, not reason, reason)


def _known(signal: str, value: int, unknown: int, unit: str) -> Reading:
    """A number whose all-ones say that there is none."""
    if value == unknown:
        return _reading(signal, None, unit, "not_present: the pump states none")
    return _reading(signal, value, unit)


def _of_status(status: Status, stored: Target | None) -> list[Reading]:
    """What remains of a limit is told from *no limit* by the setting read last, as the driver does."""
    left = readback.limit_left_of(status, stored)
    why = "" if left is not None else "inactive: no limit"
    return [
        _reading("motion", str(readback.motion_of(status))),
        _reading("rate", Decimal(status.rate).scaleb(-2), "mL/h"),
        _reading("limit_left", left, "mL", why),
        _reading("mains", "on" if status.state & readback.MAINS else "off"),
        *(_reading("alarm", str(alarm)) for alarm in sorted(readback.alarms_of(status.alarm))),
        *(_reading("local_change", str(change)) for change in sorted(readback.local_of(status))),
    ]


def _of_target(target: Target) -> list[Reading]:
    setting = readback.setting_of(target)
    why = "" if setting.limit_ml is not None else "inactive: no limit"
    return [
        _reading("set_rate", setting.rate_ml_h, "mL/h"),
        _reading("set_limit", setting.limit_ml, "mL", why),
        _reading("drug", target.drug),
    ]


def _of_actual(data: bytes) -> list[Reading]:
    actual = frames.parse_actual(data)
    return [
        _reading("counter", Decimal(actual.infused).scaleb(-1), "mL"),
        _known("pressure", actual.pressure, readback.UNCHANGED_8, "%"),
        _known("battery", actual.battery_min, readback.UNCHANGED_16, "min"),
    ]


def _of_ident(data: bytes) -> list[Reading]:
    ident = frames.parse_ident(data)
    known = readback.TYPES.get(ident.type_code)
    return [
        _reading(
            "model", known or f"type {ident.type_code}", reason="" if known else "invalid: unknown type"
        ),
        _reading("serial", str(ident.serial)),
        _reading("firmware", ident.software),
        _reading("protocol", f"{ident.protocol:04X}"),
    ]


def _of_limits(data: bytes) -> list[Reading]:
    limits = frames.parse_limits(data)
    low, high = readback.rate_range_of(limits)
    stated = {
        ("rate_min", "mL/h"): low,
        ("rate_max", "mL/h"): high,
        ("limit_max", "mL"): readback.stated(limits.limit_max, 1),
    }
    return [
        _reading(signal, value, unit, "" if value is not None else "not_present: the pump states none")
        for (signal, unit), value in stated.items()
    ]


def _of_reload(data: bytes) -> list[Reading]:
    return [_reading("reload", "armed" if frames.parse_reload(data).active else "off")]


PARSERS: Mapping[int, Callable[[bytes], list[Reading]]] = {
    Segment.IDENT: _of_ident,
    Segment.ISTWERT: _of_actual,
    Segment.LIMITS: _of_limits,
    Segment.RELOAD: _of_reload,
}
