"""A decision in the making: events are added one by one and the state follows at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal

from daemon.engine import events as ev
from daemon.engine.alarms import CATALOGUE
from daemon.engine.evolve import evolve
from daemon.engine.phases import OPEN, Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import Grade, HoldCause
from drivers.values import PumpSetting

NOT_DRIVEN: Mapping[Phase, str] = {Phase.MANUAL: "vitals_manual", Phase.AFTER_WATCH: "vitals_after"}
"""What says that vital signs are beyond their limits or missing where this program drives no pump."""


class Draft:
    """State plus the events that led to it, at one instant."""

    def __init__(self, state: RunState, now: int) -> None:
        self.state = state
        self.now = now
        self.events: list[ev.Event] = []

    def emit(self, event: ev.Event) -> None:
        """One more fact."""
        self.state = evolve(self.state, event, self.now)
        self.events.append(event)

    def alarm(self, alarm: str, detail: str, *signs: str) -> None:
        """Raise a condition of the table; one that lasts is not raised again, one still shown comes back."""
        if alarm not in CATALOGUE:
            raise KeyError(alarm)
        if alarm in self.state.ended:
            self.emit(ev.AlarmReturned(alarm, detail))
        elif alarm not in self.state.alarms:
            self.emit(ev.AlarmRaised(alarm, detail, signs))

    def alarm_anew(self, alarm: str, detail: str, since: int | None, sign: str) -> None:
        """Raise it; one raised before `since` anew if somebody has seen it, or it has not said `sign` (F22).

        A value that crosses its limit again and again while nobody comes is one alarm ((A) A12).
        """
        view = self.state.alarms.get(alarm)
        signs = {sign}
        if view is not None and since is not None and view.raised_ms < since:
            if sign in view.signs:
                return
            signs |= view.signs
            self.clear(alarm)
        self.alarm(alarm, detail, *sorted(signs))

    def clear(self, *alarms: str) -> None:
        """End these conditions where they last; some are shown on (see the table)."""
        for alarm in alarms:
            if alarm not in self.state.alarms:
                continue
            latched = alarm in self.state.latching
            if latched or CATALOGUE[alarm].off_s:
                self.emit(ev.AlarmEnded(alarm, latched))
            else:
                self.emit(ev.AlarmCleared(alarm))

    def clear_hold_alarms(self) -> None:
        """End every alarm that belongs to a hold."""
        self.clear(*(alarm for alarm in tuple(self.state.alarms) if CATALOGUE[alarm].hold))

    @property
    def stopping(self) -> bool:
        """STOP is among the facts so far."""
        return any(isinstance(event, ev.StopOrdered) for event in self.events)

    def stop(self, reason: str) -> None:
        """STOP to every pump of the bed, also to one that reports itself standing (F6)."""
        self.emit(ev.StopOrdered(reason))

    def hold(
        self,
        cause: HoldCause,
        reason: str,
        *,
        grade: Grade | None = None,
        by: str = "",
        since: int | None = None,
        sign: str = "",
    ) -> None:
        """One more cause to stand still. Outside a driven run it alarms and changes nothing.

        A cause that is known and began anew at `since`, of the same `sign`, adds nothing but its alarm.
        """
        state = self.state
        if state.phase is Phase.MANUAL or state.phase not in OPEN:
            self._not_driven(cause, reason, grade, since, sign)
            return
        if not self._adds(cause, grade):
            if since is not None:
                self.alarm_anew(f"held_{cause}", reason, since, sign)
            return
        entering = state.hold is None
        self.emit(ev.Held(cause, grade, reason, by))
        self.clear(f"held_{cause}")
        self.alarm(f"held_{cause}", reason, sign)
        self.clear("observing", "gate_waiting", "gate_needs", "gate_needs_now", "hand_less", "order_failed")
        if entering or self.state.delivering:
            self.stop(reason)

    def _not_driven(
        self, cause: HoldCause, reason: str, grade: Grade | None, since: int | None, sign: str
    ) -> None:
        watched = cause in (HoldCause.VITALS, HoldCause.MONITOR_LOST)
        if self.state.phase is Phase.MANUAL and (watched or cause is HoldCause.REACTION):
            self._remember(cause, reason, grade)
        alarm = NOT_DRIVEN.get(self.state.phase)
        if watched and alarm is not None:
            self.alarm_anew(alarm, reason, since, sign)

    def _remember(self, cause: HoldCause, reason: str, grade: Grade | None) -> None:
        """What happens while the hand drives still counts for a later resume (F21, F22)."""
        if self._adds(cause, grade):
            self.emit(ev.Held(cause, grade, reason, ""))

    def _adds(self, cause: HoldCause, grade: Grade | None) -> bool:
        hold = self.state.hold
        if hold is None or cause not in hold.causes:
            return True
        return grade is not None and (hold.grade is None or grade.rank > hold.grade.rank)

    def order(
        self, kind: ev.OrderKind, setting: PumpSetting, *, step: int | None = None, pump: str = ""
    ) -> None:
        """Ask a pump for rate and limit together; unnamed, the one in charge."""
        state, name = self.state, pump or self.state.pump_name
        wanted, hung = state.step if step is None else step, state.hung_on(name) or ""
        self.emit(ev.SettingOrdered(state.orders + 1, kind, setting, wanted, hung, name))


def down_to_step(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `value`."""
    return (value / step).to_integral_value(rounding=ROUND_DOWN) * step
