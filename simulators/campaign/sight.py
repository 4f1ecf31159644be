"""What must stop the drug: a reaction of the patient, and sight that is lost of patient or pump."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from daemon.protocols.rules import LimitKind, LimitRule
from drivers.values import Signal
from simulators.campaign.world import World

BLIND = frozenset({"unplug", "freeze", "mute", "off", "power", "abort", "busy"})
"""Faults of a monitor or of its wire with which nothing new of the patient comes."""
MONITOR_S = 12
"""Two display intervals of the slowest monitor, and the way of a frame."""
STOP_S = 8
"""Longer than a connection that is taken up anew and two STOPs."""
PLAINLY = Decimal("1.5")
"""So far beyond a limit a value is however it is rounded."""
TRUE: dict[Signal, Callable[[World], float]] = {
    Signal.SPO2: lambda world: world.bed.patient.vitals.spo2,
    Signal.HR: lambda world: world.bed.patient.vitals.hr,
}


@dataclass(frozen=True, slots=True)
class Due:
    """By `at_s` no drug flows any more: `invariant` says why."""

    invariant: str
    at_s: float
    text: str
    patient: bool = True
    """It needs a pump that can be reached."""


class Sight:
    """Looks at the true patient and at what is unplugged."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._beyond: dict[LimitRule, float] = {}
        self._reported_s: float | None = None
        self.blind_s: float | None = None
        """Since when no monitor sees the patient."""
        self.alone_s: float | None = None
        """Since when the daemon is dead or its pump out of reach."""
        self.alone_ml = Decimal(0)
        """What may be given from then on."""

    def reported(self, now_s: float) -> None:
        """Somebody said that the patient reacts, and it was taken."""
        if self._reported_s is None:
            self._reported_s = now_s

    def gone_on(self) -> None:
        """Somebody went on: an earlier reaction stops nothing any more."""
        self._reported_s = None
        self._beyond.clear()

    def look(self, now_s: float, dead_ml: Callable[[], Decimal]) -> None:
        """See what is the matter now."""
        on = self._world.faults_on
        blind = any(desk == "monitor" and name in BLIND for desk, name in on)
        self.blind_s = (self.blind_s if self.blind_s is not None else now_s) if blind else None
        if self._world.alive and (self._world.aim, "unplug") not in on:
            self.alone_s = None
        elif self.alone_s is None:
            self.alone_s, self.alone_ml = now_s, dead_ml()
        for rule in self._world.plan.rules.limits:
            if rule.signal in TRUE and self._crosses(rule):
                self._beyond.setdefault(rule, now_s)
            else:
                self._beyond.pop(rule, None)

    def _crosses(self, rule: LimitRule) -> bool:
        value = Decimal(str(TRUE[rule.signal](self._world)))
        base = Decimal(str(self._world.bed.patient.options.hr))
        match rule.kind:
            case LimitKind.BELOW:
                return value < rule.value - PLAINLY
            case LimitKind.ABOVE:
                return value > rule.value + PLAINLY
            case LimitKind.RISE_BY:
                return value > base + rule.value + 6 * PLAINLY
            case _:
                return False

    def due(self, quiet_s: float, monitor_quiet_s: float, flow_ml_h: Decimal) -> Iterator[Due]:
        """Until when the drug must be off; the pump is in reach since `quiet_s`, the monitor since then."""
        if self._reported_s is not None:
            yield Due("reaction", max(self._reported_s, quiet_s) + STOP_S, "a reaction was reported")
        for rule, since_s in self._beyond.items():
            seen_s = max(since_s, monitor_quiet_s) + float(rule.for_s) + MONITOR_S
            text = f"{rule.signal} is {rule.kind} {rule.value} for {rule.for_s} s"
            yield Due("reaction", max(seen_s, quiet_s) + STOP_S, text)
        if self.blind_s is not None:
            signals = self._world.plan.rules.signals
            longest_s = max((float(one.fresh_s + one.missing_hold_s) for one in signals), default=0.0)
            seen_s = self.blind_s + longest_s + MONITOR_S
            yield Due("lost sight", max(seen_s, quiet_s) + STOP_S, "nothing is seen of the patient")
        if self.alone_s is not None:
            alone_s = float(self.alone_ml / flow_ml_h) * 3600 + STOP_S if flow_ml_h else 0
            yield Due("lost sight", self.alone_s + alone_s, "nobody reaches the pump", patient=False)
