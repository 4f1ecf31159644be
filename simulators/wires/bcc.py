"""A rack of B. Braun pumps behind BCC: it is asked, it tells; nothing can be set there (facts: pumps 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

from simulators.bodies.bag import SALINE, Bag
from simulators.bodies.pump import PumpBody
from simulators.wires import bcc_codec as codec
from simulators.wires.bcc_memory import Memory, Value
from simulators.wires.bcc_options import AddressStyle, BccOptions, BlockCut, Hasty, WrongBed

SLOTS = "123456789ABCDEFGHIJKLMNO"
PILLARS = "123"
ACK_S = 0.1
PACE_S = 0.5
NEARLY_S = 1e-6
ROUNDING = Decimal("0.000001")
OPENING = "1"

Records = list[tuple[str, str, Value]]
"""Slot, parameter and how to read the value."""


class Bcc:
    """The rack with the pumps of one bed, from the option's slot on, and its neighbours behind them."""

    model = "bcc"
    bytes_per_s = 960

    def __init__(self, pumps: Sequence[PumpBody], options: BccOptions | None = None) -> None:
        self.options = options or BccOptions()
        self.bed = self.options.bcc_bed
        self.slots: dict[str, Memory] = {}
        self._neighbours = [_neighbour(n) for n in range(self.options.bcc_neighbours)]
        free = _slots_from(self.options.bcc_slot)
        serial = int(self.options.bcc_serial)
        for number, (slot, pump) in enumerate(zip(free, [*pumps, *self._neighbours], strict=False)):
            self.slots[slot] = Memory(pump, str(serial + number), self.options)
        self._out: dict[str, Memory] = {}
        self._errors: dict[str, int] = {}
        """What is said once, by slot."""
        self._listener = codec.Listener()
        self._blocks: list[Callable[[], bytes]] = []
        """Of the reply under way, not sent yet."""
        self._last = b""
        self._answers: list[tuple[float, bytes]] = []
        self._said_s = -1.0
        self._cycle_over_s = -1.0
        self._cyclic = self.options.bcc_cyclic_s > 0
        self._unheard = False
        self._cycled_s = 0.0
        self._trigger: tuple[object, ...] = ()
        self._now_s: float | None = None

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Faults of the rack: the first pump taken out, its values `_NA`, the bed named anew."""
        first = next(iter(self.slots))

        def take_out(on: bool) -> None:
            if on and first in self.slots:
                self._out[first] = self.slots.pop(first)
                self._errors[first] = 39
            elif not on and first in self._out:
                self.slots[first] = self._out.pop(first)

        def unavailable(on: bool) -> None:
            {**self.slots, **self._out}[first].unavailable = on

        def rename(on: bool) -> None:
            self.bed = "OTHER7" if on else self.options.bcc_bed

        return {"removed": take_out, "unavailable": unavailable, "bed_renamed": rename}

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Requests are answered after the rack's delay, so nothing is said at once but what is due."""
        due = self.tick(now_s)
        for heard in self._listener.feed(data):
            if heard == bytes([codec.HEARD]):
                self._heard(now_s)
            elif heard == bytes([codec.AGAIN]):
                self._say(self._last, now_s)
            else:
                self._request(heard, now_s)
        return due

    def tick(self, now_s: float) -> bytes:
        """Move the neighbours, take volumes over, send what is due and what cyclic mode wants sent."""
        span_s = Decimal(str(now_s - (now_s if self._now_s is None else self._now_s))).quantize(ROUNDING)
        self._now_s = now_s
        for pump in self._neighbours:
            pump.advance(span_s)
            pump.drain()
        for memory in self.slots.values():
            memory.take_volumes(now_s)
        self._cycle(now_s)
        due = [data for at_s, data in self._answers if at_s <= now_s + NEARLY_S]
        self._answers = [one for one in self._answers if one[0] > now_s + NEARLY_S]
        if due:
            self._said_s = now_s
        return b"".join(due)

    def wake_s(self, now_s: float) -> float | None:
        """The next answer, or the next look at the pumps."""
        looks = [now_s + 1.0] if self._cyclic else []
        return min([*looks, *(at_s for at_s, _ in self._answers)], default=None)

    def _request(self, raw: bytes, now_s: float) -> None:
        """A new request ends the reply that was under way."""
        self._blocks.clear()
        self._cycled_s = now_s
        request = codec.open_request(raw, stuffing=self.options.bcc_stuffing)
        if request is None:
            self._error("00", 68, now_s, time_s=0)
            return
        bed, info = request
        if bed not in {OPENING, self.bed}:
            if self.options.bcc_wrong_bed is WrongBed.ERROR:
                self._error("00", 68, now_s, time_s=0)
            return
        verb, mark, slot = info.partition("#")
        if info == "ADMIN:ALIVE":
            self._cyclic = self.options.bcc_cyclic_s > 0
            self._unheard = False
            self._single(f"{int(now_s)},50100,GNACK,0", now_s)
        elif info == "ADMIN:VERSION":
            self._single(f"{int(now_s)},50100,{self.options.bcc_version}", now_s)
        elif info == "MEM:GET" or (verb == "MEM:GETSLOT" and mark):
            hasty = now_s < self._cycle_over_s + PACE_S - NEARLY_S
            if not hasty or self.options.bcc_hasty is Hasty.ANSWERED:
                self._memory(slot if mark else None, now_s)
        else:
            self._error("00", 68, now_s, time_s=0)

    def _memory(self, slot: str | None, now_s: float) -> None:
        if slot is not None and (len(slot) != 2 or slot[0] not in PILLARS or slot[1] not in SLOTS):
            self._error("00", 811, now_s)
            return
        once = {one: code for one, code in self._errors.items() if slot in {None, one}}
        for one in once:
            del self._errors[one]
        asked = {one: memory for one, memory in self.slots.items() if slot in {None, one}}
        if not once and not asked:
            self._error(slot or "00", self.options.bcc_empty_slot if slot else 11, now_s)
            return
        records: Records = [(one, "GNERR", partial(str, code)) for one, code in once.items()]
        for one, memory in asked.items():
            records += [(one, name, value) for name, value in memory.records()]
        self._start(records, now_s)

    def _start(self, records: Records, now_s: float) -> None:
        """Cut a reply into blocks; values are read when their block goes out, unless synchronised."""
        room = self.options.bcc_block_bytes
        if self.options.bcc_cut is BlockCut.BYTES:
            text = self._text(records)
            pieces = [text[place : place + room] for place in range(0, len(text), room)]
            self._blocks = [partial(bytes, piece) for piece in pieces]
        else:
            groups: list[Records] = [[]]
            for record in records:
                if groups[-1] and len(self._text([*groups[-1], record])) > room:
                    groups.append([])
                groups[-1].append(record)
            self._blocks = [partial(self._text, group) for group in groups]
            if self.options.bcc_synchronised:
                texts = [block() for block in self._blocks]
                self._blocks = [partial(bytes, text) for text in texts]
        self._next(now_s)

    def _text(self, records: Records) -> bytes:
        time_s = int(self._now_s or 0)
        told = (f"{time_s},{self._address(slot)},{name},{value()}" for slot, name, value in records)
        return codec.SEPARATOR.join(told).encode()

    def _address(self, slot: str) -> str:
        if slot[1].isalpha() and self.options.bcc_address is AddressStyle.DIGITS:
            return f"501{slot[0]}{SLOTS.index(slot[1]) + 1}"
        return f"501{slot}"

    def _single(self, text: str, now_s: float) -> None:
        self._blocks = [text.encode]
        self._next(now_s)

    def _error(self, slot: str, code: int, now_s: float, time_s: int | None = None) -> None:
        seconds = int(now_s) if time_s is None else time_s
        self._single(f"{seconds},{self._address(slot)},GNERR,{code}", now_s)

    def _next(self, now_s: float) -> None:
        info = self._blocks.pop(0)()
        stuffing = self.options.bcc_stuffing
        self._last = codec.enclose(self.bed, info, last=not self._blocks, stuffing=stuffing)
        self._unheard = True
        self._say(self._last, now_s)

    def _say(self, data: bytes, now_s: float) -> None:
        if data:
            self._answers.append((now_s + float(self.options.bcc_delay_s), data))

    def _heard(self, now_s: float) -> None:
        """An acknowledgement; one that comes sooner than 0.1 s after the block is not noticed."""
        if now_s < self._said_s + ACK_S - NEARLY_S or not self._unheard:
            return
        self._unheard = False
        if self._blocks:
            self._next(now_s)
        else:
            self._cycle_over_s = now_s

    def _cycle(self, now_s: float) -> None:
        """Cyclic mode: all pumps unasked; a block that nobody acknowledged is the last one."""
        pumps = [memory.pump for memory in self.slots.values()]
        trigger = tuple((pump.rate_ml_h, pump.motion) for pump in pumps)
        changed, self._trigger = self._trigger not in {(), trigger}, trigger
        due = now_s >= self._cycled_s + float(self.options.bcc_cyclic_s)
        if not self._cyclic or not pumps or not (due or changed):
            return
        if self._unheard:
            self._cyclic = False
            return
        self._cycled_s = now_s
        self._memory(None, now_s)


def _slots_from(first: str) -> list[str]:
    slots = [pillar + slot for pillar in PILLARS for slot in SLOTS]
    if first not in slots:
        raise ValueError(f"bcc_slot={first}: expected pillar 1-3 and slot 1-9 or A-O, such as 11")
    return slots[slots.index(first) :]


def _neighbour(number: int) -> PumpBody:
    """A pump that runs for somebody else."""
    pump = PumpBody(Bag(SALINE, Decimal(100_000)))
    pump.set_rate(Decimal(50 + number))
    pump.set_limit(Decimal(9000))
    pump.start()
    return pump
