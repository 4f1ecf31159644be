"""The other ends of the two wires as the bench plays them: a pump that obeys, a monitor with one number."""

from __future__ import annotations

import random
import time
from decimal import Decimal
from functools import partial

from simulators.bodies.bedside import Bedside
from simulators.build import BagLabel, make_bed
from simulators.options import choose
from simulators.pace import Pace
from simulators.wires.dianet_star import DianetStar
from simulators.wires.s5_record import Group, enclose, record
from tests.bench.lines import Loop, Terminal

STOP = bytes.fromhex("7E41110000B82D7E")
"""AKTION stop to address 41 (facts: pumps 4)."""
READ = 0x03
START = bytes.fromhex("7E41110001B82C7E")
BYTE_S = 10 / 9600
"""8N1 at 9600 baud."""
TURNAROUND_S = 0.02
"""How long the played pump thinks before it answers at real baud rate."""
GOOD_SPO2 = 98
BAD_SPO2 = 85


class PumpPeer:
    """Answers as the simulated pump does; at once, or byte by byte as a 9600 baud line would."""

    def __init__(self, loop: Loop, terminal: Terminal, *, real_baud: bool) -> None:
        self.stop_ns = 0
        """When the first byte of a STOP could be read; 0 = not since `listen`."""
        self.in_flight = b""
        """The request that has come in and is not wholly answered."""
        self.reads = 0
        """ISTWERT requests answered."""
        self.reads_running = 0
        """The same since the last START; 0 from the next STOP on."""
        self.mute = False
        """The next requests are taken and never answered, up to a STOP."""
        self._loop = loop
        self._terminal = terminal
        self._running = False
        self._real_baud = real_baud
        bed: Bedside = make_bed([BagLabel("bag-1", Decimal(1), Decimal(450))], choose({}), 1)
        self._pace = Pace(bed)
        self._wire = DianetStar(bed.lanes[0].pump)
        loop.on_readable(terminal.master, self._readable)

    def listen(self) -> None:
        """From now on the first STOP counts."""
        self.stop_ns = 0

    def _readable(self, stamp_ns: int) -> None:
        request = self._terminal.read()
        if STOP in request:
            self.stop_ns = self.stop_ns or stamp_ns
            self.mute = False
            self._running = False
            self.reads_running = 0
        self.in_flight = request
        if self.mute:
            return
        now_s = time.monotonic()
        self._pace.to(now_s)
        reply = self._wire.receive(request, now_s)
        if self._real_baud:
            self._say_slowly(request, reply)
        else:
            self._terminal.write(reply)
            self._answered(request)

    def _say_slowly(self, request: bytes, reply: bytes) -> None:
        heard_s = len(request) * BYTE_S + TURNAROUND_S
        for number, byte in enumerate(reply):
            self._loop.after(heard_s + (number + 1) * BYTE_S, partial(self._terminal.write, bytes([byte])))
        self._loop.after(heard_s + len(reply) * BYTE_S, lambda: self._answered(request))

    def _answered(self, request: bytes) -> None:
        self.in_flight = b""
        if START in request:
            self._running = True
        elif len(request) > 2 and request[2] == READ:
            self.reads += 1
            self.reads_running += self._running


class MonitorPeer:
    """Sends a full display record when told to; what the program under test asks for is not read."""

    def __init__(self, loop: Loop, terminal: Terminal) -> None:
        self._terminal = terminal
        self._frames = 0
        self._random = random.Random(1)
        loop.on_readable(terminal.master, self._readable)

    def _readable(self, _stamp_ns: int) -> None:
        self._terminal.read()

    def frame(self, spo2: int) -> bytes:
        """The next record, with this SpO2 in percent; no two are equal."""
        self._frames += 1
        rate = 70 + self._random.randrange(8)
        groups = {
            "ecg": Group([rate, 0, 0, 0, 16], label=1),
            "spo2": Group([spo2 * 100, rate, 250, None]),
            "t1": Group([3700], label=11),
        }
        return enclose(record(groups, number=self._frames, time_s=1_767_225_600 + self._frames))

    def say(self, data: bytes) -> int:
        """Send; the time in ns just before the bytes went to the terminal."""
        stamp_ns = time.perf_counter_ns()
        self._terminal.write(data)
        return stamp_ns
