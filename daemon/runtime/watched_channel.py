"""A pump that a person sets (F27): the channel reads it whole, again and again, and writes nothing.

What is ordered is told; what is stopped is asked of a hand. Both are the engine's words, not bytes.
"""

from __future__ import annotations

from daemon.engine import inputs as inp
from daemon.engine.advising import CYCLES
from daemon.engine.events import SettingOrdered
from daemon.runtime.pump_channel import LONG_MS, ORDER_AGE_MS, PumpChannel
from drivers.values import Motion, PumpSetting


class WatchedChannel(PumpChannel):
    """The same connecting, reading and telling of silence; no method of it lets a command out."""

    def stop(self) -> None:
        """Nothing is sent; a pump that was let go is read again until it is seen standing."""
        if self._stop_since is None:
            self._stop_since = self._clock.wire_ms()
        self._kick.give()

    def order(self, order: SettingOrdered, since_ms: int) -> None:
        """Told, if the guard lets it pass and what it was computed from is not too old."""
        if not self._connected or self._reading is None:
            self._submit(inp.OrderUnsent(order.order, "the pump has not been read on this connection"))
            return
        waited_ms = self._clock.wire_ms() - since_ms
        if waited_ms > ORDER_AGE_MS:
            self._submit(inp.OrderUnsent(order.order, f"the order is {waited_ms} ms old"))
            return
        refusal = self._permit(order)
        told = inp.GuardRefused(order.order, refusal) if refusal else inp.OrderTold(order.order)
        self._submit(told)

    def withdraw(self) -> None:
        """What was told is on the screen alone, and goes from there."""

    def tick(self) -> None:
        """Silence is noticed; of an unseen stop the engine knows by itself."""
        self._tell_silence(self._clock.wire_ms())

    async def stop_once(self) -> None:
        """Nothing can be done but by hand."""

    def _send_stop(self, now: int) -> None:
        """Never."""

    def _long_ms(self) -> int:
        return max(LONG_MS, int(CYCLES * self._pump.capabilities.cycle_s * 1000))

    async def _stored(self, setting: PumpSetting | None) -> PumpSetting | None:
        """A complete cycle says what runs and what is set."""
        return setting or await self._pump.read_setting()

    async def _let_go(self) -> bool:
        reading = self._reading
        stands = reading is not None and reading.motion is Motion.STOPPED
        self.released = stands and self._stop_since is None
        return self.released
