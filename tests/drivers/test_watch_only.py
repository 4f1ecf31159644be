"""A pump with authority "monitor": nothing that could move or set it leaves us, whatever is asked (F27)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.errors import Refused
from drivers.links.memory import NullModem
from drivers.registry import build_pump
from drivers.values import Authority, Motion, PumpSetting
from drivers.watch_only import WatchOnly
from tests.drivers import dianet_peer as golden
from tests.drivers.dianet_peer import Peer, settle, status
from tests.drivers.virtual import virtual

CC_DOKU = golden.wire("0010F013CFC60041FFFFFFFF")
READINGS = {
    golden.IDENT_00,
    CC_DOKU,
    golden.LIMITS,
    golden.STATUS,
    golden.ISTWERT,
    golden.SOLLWERT,
}
DOKU_STATE = 0x12 | 1 << 7


@virtual
async def test_f27_dianet_is_read_in_its_monitor_mode_and_never_put_into_a_remote_one() -> None:
    pump, peer = await _watched()
    reading = await pump.read()
    assert (reading.motion, reading.rate_ml_h, reading.remote) == (Motion.INFUSING, Decimal("12.50"), True)
    stored = await pump.read_setting()
    assert stored == golden.TARGET
    assert set(peer.seen) <= READINGS
    assert golden.CC_FERNSTEUER not in peer.seen


@virtual
async def test_f27_start_stop_setting_and_release_are_refused_before_the_wire() -> None:
    pump, peer = await _watched()
    before = list(peer.seen)
    for asked in (
        pump.program(PumpSetting(Decimal(5), Decimal(1))),
        pump.start(),
        pump.stop(),
        pump.release(),
    ):
        with pytest.raises(Refused, match="only watched"):
            await asked
    await pump.close()
    await settle()
    assert peer.seen == before


@virtual
async def test_f27_a_pump_that_has_left_its_monitor_mode_is_not_taken_for_one_that_is_read() -> None:
    """CCOFF after the link time-out: its answers are not those of the mode it was put in."""
    pump, peer = await _watched()
    peer.replies[golden.STATUS] = status(state=0x10 | 1 << 7)
    assert not (await pump.read()).remote


def test_control_is_built_as_it_was() -> None:
    pump = build_pump("dianet-star", "", authority=Authority.CONTROL, link=NullModem().a)
    assert not isinstance(pump, WatchOnly)


async def _watched() -> tuple[WatchOnly, Peer]:
    cable = NullModem()
    peer = Peer(cable)
    peer.replies[CC_DOKU] = golden.CC_ACCEPTED
    peer.replies[golden.STATUS] = status(state=DOKU_STATE)
    await peer.open()
    pump = build_pump("dianet-star", "", authority=Authority.MONITOR, link=cable.a)
    assert isinstance(pump, WatchOnly)
    await pump.connect()
    return pump, peer
