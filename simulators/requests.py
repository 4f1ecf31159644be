"""What can be asked of a simulator beside its wire: proof, truth, hands, faults, reactions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from simulators.bodies.bag import Portion, Solution
from simulators.bodies.bedside import Account, Bedside
from simulators.bodies.pump import PumpBody
from simulators.faults import Fault
from simulators.pace import Pace

NAME = "infusiond-sim"


class BadRequest(ValueError):
    """A request nobody can carry out; the text says why."""


class Requests:
    """Answers requests for one device; `wire_faults` are those of its own link."""

    def __init__(
        self,
        pace: Pace,
        model: str,
        *,
        wire_faults: Mapping[str, Fault] | None = None,
        monitor_faults: Mapping[str, Callable[[bool], None]] | None = None,
        overfill: Decimal = Decimal(0),
        terminal: Callable[[], str] = str,
        lane: int = 0,
    ) -> None:
        self._pace = pace
        self._bed: Bedside = pace.bed
        self._model = model
        self._wire_faults = dict(wire_faults or {})
        self._monitor_faults = dict(monitor_faults or {})
        self._overfill = overfill
        self._terminal = terminal
        self._lane = lane

    async def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to one request; a request that makes no sense is answered with `error`."""
        self._pace.to(asyncio.get_running_loop().time())
        try:
            return await self._do(request)
        except (BadRequest, ValueError) as error:
            return {"error": str(error)}

    async def _do(self, request: Mapping[str, Any]) -> dict[str, Any]:
        match request.get("do"):
            case "prove":
                return self._prove()
            case "state":
                return self._state()
            case "hang":
                return self._hang(request)
            case "press":
                accepted = self._pump.press(_text(request, "key"), _number(request, "value", Decimal(0)))
                return {"ok": accepted}
            case "fault":
                arg = _number(request, "arg", None)
                await self._fault(_text(request, "name"), on=_switch(request), arg=arg)
            case "react":
                grade = _number(request, "grade", Decimal(2)) or Decimal(2)
                onset_s = _number(request, "onset_s", Decimal(0)) or Decimal(0)
                self._bed.patient.reaction.begin(int(grade), int(onset_s))
            case "treat":
                self._bed.patient.reaction.treat()
            case "nibp":
                self._bed.patient.cuff.measure()
            case other:
                raise BadRequest(f"cannot do {other!r}: prove state hang press fault react treat nibp")
        return {"ok": True}

    @property
    def _pump(self) -> PumpBody:
        return self._bed.lanes[self._lane].pump

    def _prove(self) -> dict[str, Any]:
        speed = self._pace.speed
        return {
            "simulator": NAME,
            "model": self._model,
            "speed": int(speed) if speed == int(speed) else float(speed),
            "device": self._terminal(),
        }

    def _hang(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name = _text(request, "solution")
        volume_ml = _number(request, "volume_ml", None)
        concentration = _number(request, "concentration", None)
        known = self._bed.bags.get(name)
        if volume_ml is not None or concentration is not None or known is None:
            if concentration is None:
                if known is None:
                    raise BadRequest(f"no bag {name}: name its concentration and volume_ml")
                concentration = known.solution.concentration
            if volume_ml is None:
                volume_ml = Decimal(250) if known is None else known.labelled_ml
            self._bed.bring(Solution(name, concentration), volume_ml, self._overfill)
        bag = self._bed.hang(name, lane=self._lane, primed=bool(request.get("primed", True)))
        return {"ok": True, "content_ml": str(bag.content_ml)}

    async def _fault(self, name: str, *, on: bool, arg: Decimal | None) -> None:
        if name in self._wire_faults:
            await self._wire_faults[name].switch(on, None if arg is None else float(arg))
            return
        switches = {**_pump_faults(self._pump, arg), **self._monitor_faults}
        if name not in switches:
            names = ", ".join(sorted({*switches, *self._wire_faults}))
            raise BadRequest(f"no fault {name}; there are: {names}")
        switches[name](on)

    def _state(self) -> dict[str, Any]:
        bed, reaction = self._bed, self._bed.patient.reaction
        line = bed.lanes[self._lane].line.contents
        common = bed.common.contents if bed.common is not None else ()
        return {
            "elapsed_s": str(bed.elapsed_s),
            "pump": _pump_state(self._pump),
            "left_pump": _account(bed.left),
            "reached_patient": _account(bed.reached),
            "dose_left_pump": str(bed.left.total_dose),
            "dose_reached_patient": str(bed.reached.total_dose),
            "dose_rate_h": str(bed.dose_rate_h),
            "line": _plugs(line),
            "y_site": _plugs(common),
            "overlap_s": str(bed.overlap_s),
            "bags": {name: str(bag.content_ml) for name, bag in bed.bags.items()},
            "vitals": {name: round(value, 2) for name, value in asdict(bed.patient.vitals).items()},
            "reaction": {"grade": reaction.grade if reaction.active else 0, "intensity": reaction.intensity},
        }


def _plugs(held: Iterable[Portion]) -> list[dict[str, str]]:
    return [{"solution": plug.solution.id, "volume_ml": str(plug.volume_ml)} for plug in held]


def _pump_state(pump: PumpBody) -> dict[str, Any]:
    limit_left_ml = pump.limit_left_ml
    return {
        "motion": pump.motion.value,
        "flow_ml_h": str(pump.flow_ml_h),
        "rate_ml_h": str(pump.rate_ml_h),
        "limit_left_ml": None if limit_left_ml is None else str(limit_left_ml),
        "counter_ml": str(pump.counter_ml),
        "hung": pump.bag.solution.id,
        "stored_ml": str(pump.tubing.stored_ml),
        "alarms": sorted(alarm.value for alarm in pump.alarms),
    }


def _account(account: Account) -> dict[str, dict[str, str]]:
    return {
        name: {"volume_ml": str(volume_ml), "dose": str(account.dose[name])}
        for name, volume_ml in account.volume_ml.items()
    }


def _pump_faults(pump: PumpBody, arg: Decimal | None) -> dict[str, Callable[[bool], None]]:
    def battery(on: bool) -> None:
        pump.mains = not on
        pump.battery_min = (Decimal(10) if arg is None else arg) if on else pump.options.battery_min

    def drop_limit(on: bool) -> None:
        if on:
            pump.drop_limit()

    return {
        "occlusion": pump.occlude,
        "air": pump.let_air_in,
        "door": pump.open_door,
        "mains": lambda on: setattr(pump, "mains", not on),
        "battery": battery,
        "power": lambda on: pump.power(not on),
        "drop_limit": drop_limit,
        "operating": lambda on: setattr(pump, "operating", on),
        "runaway": lambda on: setattr(pump, "runaway", on),
    }


def _text(request: Mapping[str, Any], key: str) -> str:
    value = request.get(key)
    if not isinstance(value, str):
        raise BadRequest(f"{request['do']} needs {key}")
    return value


def _switch(request: Mapping[str, Any]) -> bool:
    value = request.get("on", True)
    if not isinstance(value, bool):
        raise BadRequest("on must be true or false")
    return value


def _number(request: Mapping[str, Any], key: str, default: Decimal | None) -> Any:
    value = request.get(key, default)
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise BadRequest(f"{key} must be a number, not {value!r}") from None
    if not number.is_finite():
        raise BadRequest(f"{key} must be a number, not {value!r}")
    return number
