"""The simulators' pump with its elastic set, in the place of the small whole-number pump."""

from __future__ import annotations

from decimal import Decimal

from drivers.values import Motion, PumpAlarm, PumpCapabilities, PumpReading, PumpSetting
from simulators.bodies.bag import Bag, Solution
from simulators.bodies.pump import PumpBody
from simulators.bodies.pump_options import PumpOptions
from simulators.campaign.engine.pump import PumpSim, whole


class BodyPump(PumpSim):
    """`flowed` is what left the pump for the patient; what a clamp holds back is not in it."""

    def __init__(self, caps: PumpCapabilities, bags: dict[str, Decimal], options: PumpOptions) -> None:
        self._bags = {name: Bag(Solution(name, Decimal(1)), ml) for name, ml in bags.items()}
        self.body = PumpBody(next(iter(self._bags.values())), options)
        super().__init__(caps)

    def _hung(self) -> str:
        return self.body.bag.solution.id

    def _hang(self, name: str) -> None:
        if name in self._bags:
            self.body.bag = self._bags[name]

    bag = property(_hung, _hang)
    motion = property(lambda self: self.body.motion, lambda _self, _to: None)
    rate_ul_h = property(lambda self: int(self.body.rate_ml_h * 1000), lambda _self, _to: None)

    def advance(self, ms: int) -> None:
        self.body.advance(Decimal(ms) / 1000)
        for portion in self.body.drain():
            name = portion.solution.id
            self.flowed[name] = self.flowed.get(name, 0) + whole(portion.volume_ml)

    def program(self, setting: PumpSetting) -> None:
        self.body.set_rate(setting.rate_ml_h)
        self.set_limit(setting.limit_ml)

    def set_limit(self, limit_ml: Decimal | None) -> None:
        self.body.set_limit(limit_ml or Decimal(0))

    def stored(self) -> PumpSetting:
        return PumpSetting(self.body.rate_ml_h, self.body.limit_set_ml.normalize())

    def start(self) -> None:
        self.starts += 1
        self.body.start()

    def stop(self) -> None:
        self.stops += 1
        self.body.stop()

    def reading(self) -> PumpReading:
        left = self.body.limit_left_ml
        unit = self.caps.counter_unit_ml
        return PumpReading(
            motion=self.body.motion,
            rate_ml_h=self.body.rate_ml_h,
            limit_left_ml=None if left is None else -(-left // unit) * unit,
            counter_ml=self.body.counter_ml,
            remote=self.remote,
            alarms=self.body.alarms - {PumpAlarm.NEAR_EMPTY},
        )

    # hands at the line

    def clamp(self) -> None:
        """The line is blocked between pump and patient."""
        self.body.occlude(on=True)

    def release(self, *, away: bool) -> None:
        """Unclamped: the pressure goes into the patient, or into a cup; the alarm is acknowledged."""
        if away:
            self.body.tubing.release()
        else:
            self.body.occlude(on=False)
        self.body.press("stop")
        assert self.body.motion is Motion.STOPPED
