"""The shape of a link, a pump and a monitor: at most eight methods each."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, runtime_checkable

from drivers.errors import DeviceError
from drivers.values import (
    MonitorCapabilities,
    MonitorIdentity,
    PumpCapabilities,
    PumpIdentity,
    PumpReading,
    PumpSetting,
    VitalsSample,
)


class Link(Protocol):
    """A byte pipe to one device, owned by one process. Bytes arrive by callback, in the event loop."""

    @property
    def name(self) -> str:
        """The link as the bed file writes it, for messages."""

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[DeviceError], None]) -> None:
        """Take the port exclusively, drop what was buffered; LinkLost if it cannot be had."""

    def write(self, data: bytes) -> None:
        """Hand the bytes to the kernel now, without waiting; LinkLost if it does not take them all."""

    async def close(self) -> None:
        """Give the port back; unsent bytes are void. Safe to call twice."""


class Pump(Protocol):
    """One infusion pump. Every method raises only DeviceError; none moves the motor but start and stop."""

    @property
    def capabilities(self) -> PumpCapabilities:
        """What it can do; narrowed at connect to what the pump itself states."""

    async def connect(self) -> PumpIdentity:
        """Open the link, learn who answers, enter remote operation; writes neither rate nor limit."""

    async def read(self) -> PumpReading:
        """One complete readback; also what feeds the pump's link watchdog."""

    async def read_setting(self) -> PumpSetting:
        """The rate and volume limit the pump has stored, as it has them."""

    async def program(self, setting: PumpSetting) -> None:
        """Write rate and limit. OutOfRange before sending if the pump cannot take them exactly."""

    async def start(self) -> None:
        """Start the motor; the caller has read the setting back."""

    def stop(self) -> Coroutine[Any, Any, None]:
        """Stop the motor, ahead of everything that waits; what waited is thrown away as Overtaken.

        On an idle link the bytes are written in this very call; await the result for the pump's answer.
        """

    async def release(self) -> None:
        """Leave remote operation; Refused unless the pump reads back stopped."""

    async def close(self) -> None:
        """Close the link and nothing else; the pump's own watchdog is left to act."""


@runtime_checkable
class TellsAnswers(Protocol):
    """A pump whose methods may take many slow answers: it tells each one, for slow is not silent (F18)."""

    on_answer: Callable[[], None]


class Monitor(Protocol):
    """One patient monitor, read-only."""

    capabilities: MonitorCapabilities

    async def run(
        self, on_identity: Callable[[MonitorIdentity], None], on_sample: Callable[[VitalsSample], None]
    ) -> None:
        """Open, subscribe, deliver samples until the link fails (raises DeviceError) or it is cancelled."""

    async def close(self) -> None:
        """Stop the subscription if the wire still takes it, close the link. Safe to call twice."""
