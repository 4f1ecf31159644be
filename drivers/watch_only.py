"""A pump that is only watched: what could move or set it is refused before the wire."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, NoReturn

from drivers.errors import Refused
from drivers.interfaces import Pump
from drivers.values import PumpCapabilities, PumpIdentity, PumpReading, PumpSetting


class WatchOnly:
    """The reading half of a pump; the other half raises Refused and sends nothing (F27)."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump

    @property
    def capabilities(self) -> PumpCapabilities:
        """Of the pump that is watched."""
        return self._pump.capabilities

    async def connect(self) -> PumpIdentity:
        """As the driver does it for a pump that is only watched."""
        return await self._pump.connect()

    async def read(self) -> PumpReading:
        """One complete readback."""
        return await self._pump.read()

    async def read_setting(self) -> PumpSetting:
        """What the pump has stored."""
        return await self._pump.read_setting()

    async def program(self, setting: PumpSetting) -> None:
        """Refused."""
        _refuse(f"program {setting.rate_ml_h} mL/h")

    async def start(self) -> None:
        """Refused."""
        _refuse("START")

    def stop(self) -> Coroutine[Any, Any, None]:
        """Refused."""
        return _refused("STOP")

    async def release(self) -> None:
        """Refused: there is no remote operation to leave."""
        _refuse("release")

    async def close(self) -> None:
        """Close the link and nothing else."""
        await self._pump.close()


async def _refused(what: str) -> None:
    _refuse(what)


def _refuse(what: str) -> NoReturn:
    said = f'{what} was not sent: this pump is only watched (authority = "monitor")'
    raise Refused(said, code="monitor", reason="only watched")
