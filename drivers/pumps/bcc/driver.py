"""A pump in a BCC rack in the eight methods every pump has; it can only be watched."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from drivers.errors import BadFrame, DeviceError, LinkLost, Refused, WrongDevice
from drivers.interfaces import Link
from drivers.pumps.bcc import readback
from drivers.pumps.bcc.capabilities import CAPABILITIES
from drivers.pumps.bcc.rack import Rack
from drivers.pumps.bcc.records import ERROR, RACK, Record, records_of, slot_named
from drivers.pumps.bcc.search import CONNECT_LIMIT_S, all_records, pumps_in, version_of
from drivers.values import LocalChange, PumpAlarm, PumpIdentity, PumpReading, PumpSetting

CYCLE_LIMIT_S = 7.0
"""A cycle that takes longer is none: two of them would not be had in 15 s (F27)."""
RACK_LIMIT_S = 60.0
"""For the values of all pumps of a full rack."""
REMOVED = 39
NO_PUMP = 11
BAD_SLOT = frozenset({41, 811})


class Bcc:
    """Infusomat Space, Perfusor Space and Compact plus behind a SpaceCom or a Compact plus station."""

    def __init__(self, link: Link, *, slot: str | None = None, expected_serial: str | None = None) -> None:
        self.capabilities = CAPABILITIES
        self._link = link
        self._named = None if slot is None else slot_named(slot)
        self._expected_serial = expected_serial
        self._rack = Rack(link)
        self._slot: str | None = None
        """Where the pump was found last."""
        self._serial = ""
        self._latched: set[PumpAlarm] = set()
        self._local: set[LocalChange] = set()
        self._shown: PumpSetting | None = None

    async def connect(self) -> PumpIdentity:
        """Learn bed, version and who stands in the slot; WrongDevice if it is another pump or none.

        Without a slot the rack is searched: for the expected serial number, else for its only pump.
        """
        await self.close()
        self._rack = Rack(self._link)
        await self._rack.open()
        try:
            return await self._enter()
        except BaseException:
            await self.close()
            raise

    async def read(self) -> PumpReading:
        """One complete cycle, that of `read_setting` too. Alarms seen before are in it (F40)."""
        values = await self._cycle()
        with self._naming():
            reading = readback.reading_of(values, frozenset(self._latched), frozenset(self._local))
            self._shown = readback.setting_of(values)
        self._latched.clear()
        self._local.clear()
        return reading

    async def read_setting(self) -> PumpSetting:
        """Rate and VTBI as the cycle just read showed them; those of a new one once it may be asked for."""
        if self._shown is not None and self._rack.resting:
            return self._shown
        values = await self._cycle()
        with self._naming():
            return readback.setting_of(values)

    async def program(self, setting: PumpSetting) -> None:  # noqa: ARG002 - no value can be sent
        """Refused: BCC has no such command."""
        raise self._no_command("rate and VTBI")

    async def start(self) -> None:
        """Refused: BCC has no such command."""
        raise self._no_command("START")

    def stop(self) -> Coroutine[Any, Any, None]:
        """Refused when awaited, and nothing is sent: only a hand stops this pump (F27)."""
        return self._not_stopped()

    async def release(self) -> None:
        """Refused: there is no remote operation to leave."""
        raise self._no_command("leaving remote operation")

    async def close(self) -> None:
        """Close the link and nothing else. Safe to call twice."""
        self._shown = None
        await self._rack.close()

    async def _not_stopped(self) -> None:
        raise self._no_command("STOP")

    def _no_command(self, what: str) -> Refused:
        said = f"{what}: BCC has no command for it, it has to be done at the pump"
        return Refused(f"{self._link.name}: {said}", code="read only", reason="no such command")

    async def _enter(self) -> PumpIdentity:
        with self._naming():
            version = await version_of(self._rack)
        slot = self._named or await self._search()
        try:
            values = await self._values(slot, CONNECT_LIMIT_S)
        except Refused as error:
            if error.code not in BAD_SLOT | {NO_PUMP}:
                raise
            raise await self._no_such_slot(slot) from error
        with self._naming():
            identity = readback.identity_of(values, version)
        if self._expected_serial not in {None, identity.serial}:
            said = f"{identity.serial or 'no serial number'} answers, {self._expected_serial} is expected"
            raise WrongDevice(f"{self._link.name}: slot {slot}: {said}")
        self._slot, self._serial = slot, identity.serial
        return identity

    async def _search(self) -> str:
        """The slot of the pump that is meant, out of all that are there."""
        found = await self._pumps()
        if self._expected_serial is not None:
            found = {slot: serial for slot, serial in found.items() if serial == self._expected_serial}
        if len(found) == 1:
            return next(iter(found))
        raise WrongDevice(f"{self._link.name}: no slot is named, and {self._there(found)}")

    async def _no_such_slot(self, slot: str) -> DeviceError:
        return WrongDevice(f"{self._link.name}: slot {slot}: no pump; {self._there(await self._pumps())}")

    async def _pumps(self) -> dict[str, str]:
        """Serial number by slot of every pump in the rack."""
        with self._naming():
            records = await all_records(self._rack, RACK_LIMIT_S)
            self._note_removed(records, self._slot)
            return {slot: readback.serial_of(values) for slot, values in pumps_in(records).items()}

    def _there(self, found: dict[str, str]) -> str:
        told = ", ".join(f"{serial or 'a pump'} in slot {slot}" for slot, serial in found.items())
        wanted = f" with serial number {self._expected_serial}" if self._expected_serial else ""
        return f"the rack has {told}" if found else f"the rack has no pump{wanted}"

    async def _cycle(self) -> dict[str, str]:
        if self._slot is None:
            raise LinkLost(f"{self._link.name}: not connected")
        self._shown = None
        values = await self._values(self._slot, CYCLE_LIMIT_S)
        with self._naming():
            serial = readback.serial_of(values)
        if serial != self._serial:
            said = f"{serial or 'no serial number'} answers, {self._serial} did before"
            raise WrongDevice(f"{self._link.name}: slot {self._slot}: {said}")
        with self._naming():
            self._latched |= readback.alarms_of(values)
            self._local |= readback.local_of(values)
        return values

    async def _values(self, slot: str, limit_s: float) -> dict[str, str]:
        """The values of the pump in a slot; Refused with what the rack says instead of them."""
        blocks = await self._rack.ask(f"MEM:GETSLOT#{slot}", limit_s)
        with self._naming():
            records = records_of(blocks)
            self._note_removed(records, slot)
            values = readback.values_of(records, slot)
            self._refuse_errors(records, slot, there=bool(values))
            if not values:
                raise self._refused(slot, NO_PUMP)
            readback.check_on(values)
        return values

    def _note_removed(self, records: list[Record], slot: str | None) -> None:
        """That the pump was taken out is said once only, and kept (F40)."""
        errors = [one for one in records if one.parameter == ERROR and one.slot in {slot, RACK}]
        if any(readback.code_of(one.value) == REMOVED for one in errors):
            self._latched.add(PumpAlarm.REMOVED)

    def _refuse_errors(self, records: list[Record], slot: str, *, there: bool = False) -> None:
        for record in records:
            if record.parameter != ERROR or record.slot not in {slot, RACK}:
                continue
            code = readback.code_of(record.value)
            if code != REMOVED or not there:
                raise self._refused(record.slot, code)

    def _refused(self, slot: str, code: int | str) -> Refused:
        reason = readback.refusal(code)
        where = "the rack" if slot == RACK else f"slot {slot}"
        return Refused(f"{self._link.name}: {where}: error {code}: {reason}", code=code, reason=reason)

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """What is read wrongly or from the wrong pump is told with the link it came from."""
        try:
            yield
        except (BadFrame, WrongDevice) as error:
            said = str(error).removeprefix(f"{self._link.name}: ")
            raise type(error)(f"{self._link.name}: {said}") from None
