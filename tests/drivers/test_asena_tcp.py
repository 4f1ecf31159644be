"""alaris-asena behind a terminal server: simulator and driver over a real TCP port of this host (F28)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.errors import LinkLost
from drivers.registry import PUMPS
from drivers.values import Motion, PumpSetting
from simulators.build import make_bed, make_device
from simulators.options import Options
from simulators.pace import Pace
from simulators.tcp import TcpEnd


async def test_f28_connected_programmed_started_stopped_and_lost_over_tcp() -> None:
    """F28: a lost connection ends the conversation; the next one begins with questions."""
    end = TcpEnd(0)
    device = make_device("alaris-asena", end, Pace(make_bed([], Options(), 1)), Options(), 1)
    await device.start()
    pump = PUMPS["alaris-asena"].build(end.name.replace("tcp:", "tcp:127.0.0.1:"))
    try:
        assert (await pump.connect()).serial == "8002-51740"
        setting = PumpSetting(Decimal("12.5"), Decimal(11))
        await pump.program(setting)
        assert await pump.read_setting() == setting
        await pump.start()
        assert (await pump.read()).motion is Motion.INFUSING
        await pump.stop()
        assert (await pump.read()).motion is Motion.STOPPED
        await pump.close()
        with pytest.raises(LinkLost):
            await pump.read()
        await pump.connect()
        assert (await pump.read()).remote
        await pump.release()
    finally:
        await pump.close()
        await device.close()
