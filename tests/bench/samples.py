"""One sample of each kind: from the cause to the first byte of STOP, in ms."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from contextlib import closing

from tests.bench.bed import BenchBed
from tests.bench.floor import Floor
from tests.bench.lines import Loop
from tests.bench.peers import BAD_SPO2, BYTE_S, GOOD_SPO2, TURNAROUND_S, MonitorPeer, PumpPeer

QUIET_S = 0.02
"""Between the last but one and the last byte of a frame, so that only the last one is timed."""
EXCHANGE_S = 31 * BYTE_S + TURNAROUND_S
"""A STATUS request and its reply at real baud rate."""
STOP_LIMIT_S = 3.0

Sample = Callable[[Loop, BenchBed], float]


def link_idle(loop: Loop, bed: BenchBed) -> float:
    """The pump has just been read and is not asked again for a while."""
    loop.rest(QUIET_S)
    return _bad_vitals(loop, bed, QUIET_S)


def in_flight(loop: Loop, bed: BenchBed) -> float:
    """A request is on its way at real baud rate, at a random place of the exchange."""
    while True:
        _with_a_request(loop, bed)
        delay_s = random.random() * EXCHANGE_S
        loop.rest(delay_s)
        if bed.pump.in_flight:
            return _bad_vitals(loop, bed, 0)


def reply_owed(loop: Loop, bed: BenchBed) -> float:
    """A request has just gone out and is never answered."""
    bed.pump.mute = True
    _with_a_request(loop, bed)
    return _bad_vitals(loop, bed, QUIET_S)


def hold_pressed(loop: Loop, bed: BenchBed) -> float:
    """A person's hold, from the connect to the control socket on."""
    loop.rest(QUIET_S)
    _stall(loop, bed)
    bed.pump.listen()
    start_ns = time.perf_counter_ns()
    with closing(bed.press_hold()):
        _wait(loop, bed.pump)
    return (bed.pump.stop_ns - start_ns) / 1e6


def bare_loop(loop: Loop, floor: Floor) -> float:
    """The floor, fed in the same way."""
    _begin_bad_frame(loop, floor.monitor, QUIET_S, last := floor.monitor.frame(BAD_SPO2))
    floor.listen()
    start_ns = floor.monitor.say(last[-1:])
    _wait(loop, floor)
    return (floor.stop_ns - start_ns) / 1e6


SAMPLES: Mapping[str, Sample] = {
    "link_idle": link_idle,
    "in_flight": in_flight,
    "reply_owed": reply_owed,
    "hold_pressed": hold_pressed,
}


def _with_a_request(loop: Loop, bed: BenchBed) -> None:
    loop.until(lambda: not bed.pump.in_flight, "the link is idle")
    loop.until(lambda: bool(bed.pump.in_flight), "a request comes in")


def _stall(loop: Loop, bed: BenchBed) -> None:
    """The journal's writer waits at a disk that does not take a record."""
    bed.stall_disk()
    bed.vitals(GOOD_SPO2)
    loop.rest(QUIET_S)


def _begin_bad_frame(loop: Loop, monitor: MonitorPeer, quiet_s: float, frame: bytes) -> None:
    monitor.say(frame[:-1])
    loop.rest(quiet_s)


def _bad_vitals(loop: Loop, bed: BenchBed, quiet_s: float) -> float:
    if quiet_s:
        _stall(loop, bed)
    else:
        bed.stall_disk()
    _begin_bad_frame(loop, bed.monitor, quiet_s, frame := bed.monitor.frame(BAD_SPO2))
    bed.pump.listen()
    start_ns = bed.monitor.say(frame[-1:])
    _wait(loop, bed.pump)
    return (bed.pump.stop_ns - start_ns) / 1e6


def _wait(loop: Loop, who: PumpPeer | Floor) -> None:
    loop.until(lambda: who.stop_ns > 0, "STOP", STOP_LIMIT_S)
