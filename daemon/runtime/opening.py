"""Take up a bed's run from its journal, or open a new one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from daemon.clock import Clock
from daemon.engine import events as ev
from daemon.engine.account import Span
from daemon.engine.alarms import LATCHING
from daemon.engine.codes import BagCodes
from daemon.engine.events_file import EarlierRun, FileBegun
from daemon.engine.evolve import begin
from daemon.engine.fitted import Fitted
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.guard.guard import Guard
from daemon.journal.beginning import finish
from daemon.journal.damaged import finish_setting_aside, set_aside
from daemon.journal.records import Record
from daemon.journal.series import Part, cut_off, link_fault, newest, parts, walk_of
from daemon.journal.store import Store
from daemon.journal.walk import Fault
from daemon.protocols.plan import Plan
from daemon.protocols.shared_signal import SharedSignal
from daemon.protocols.signed import UNKNOWN_FILE, SignedFile
from daemon.runtime.linking import earlier_runs
from daemon.runtime.replay import new_guard, replays
from daemon.runtime.used_codes import used_codes
from drivers.values import Authority


@dataclass(frozen=True, slots=True)
class Setting:
    """What a new run is opened with."""

    plan: Plan
    pumps: tuple[Fitted, ...]
    bed: str
    speed: int
    simulated: bool
    patient: str
    codes: BagCodes
    file: SignedFile = UNKNOWN_FILE
    bench: bool = False
    authority: Authority = Authority.CONTROL
    shared: tuple[SharedSignal, ...] = ()
    latching: frozenset[str] = LATCHING


@dataclass(frozen=True, slots=True)
class Found:
    """What a journal held. `set_aside` is where a damaged file was kept, with what was wrong with it."""

    last: Record | None
    state: RunState | None
    guard: Guard | None
    set_aside: tuple[Path, Fault] | None
    used_codes: Mapping[str, str] = field(default_factory=dict)
    """Sets of bag codes that earlier runs have used up."""
    earlier: tuple[EarlierRun, ...] = ()
    """Runs that gave drug."""
    run: int | None = None
    """Number of the record that opened the newest run."""
    kept_from: int = 1
    """Files that end before this record were let go."""
    fault: Fault | None = None
    """What is wrong with the newest file, or with how it follows the one before."""


def read_journal(path: Path) -> Found:
    """The newest run, from the newest file; a damaged file is kept beside, its believable beginning goes on.

    sqlite3.Error or OSError where the disk refuses; CodecError for a record of another version.
    """
    aside = finish_setting_aside(path)
    finish(path)
    if not parts(path):
        return Found(None, None, None, aside)
    part = newest(path)
    good, begun, fault = _read(part)
    runs = tuple(replays(good))
    if fault is not None:
        aside = set_aside(part, good, fault)
    if not good and parts(path) and part.first > 1:
        return replace(read_journal(path), set_aside=aside)
    run = runs[-1] if runs else None
    codes = begun.used_codes if begun is not None else {}
    return Found(
        good[-1] if good else None,
        run.state if run else None,
        run.guard if run else None,
        aside,
        {} if run is not None and is_open(run.state) else {**codes, **used_codes(good)},
        (*(begun.earlier if begun is not None else ()), *earlier_runs(runs)),
        run.first_seq if run else None,
        begun.kept_from if begun is not None else 1,
        fault or link_fault(path, part, begun) or cut_off(good[-1] if good else None),
    )


def _read(part: Part) -> tuple[list[Record], FileBegun | None, Fault | None]:
    with closing(Store(part.path, read_only=True)) as store:
        store.open()
        walk = walk_of(part, store)
        good = list(walk)
        first = good[0].event() if good and part.first > 1 else None
        return good, first if isinstance(first, FileBegun) else None, walk.fault


def is_open(state: RunState) -> bool:
    """The run was started and is not over, or a STOP is not confirmed: taken up as it was recorded."""
    return state.stop_ms is not None or state.phase not in (
        Phase.PLANNED,
        Phase.CHECKING,
        Phase.COMPLETED,
        Phase.ABORTED,
    )


def opened(setting: Setting, linked: Span) -> ev.RunOpened:
    """The first fact of a new run; `linked` = the dose of earlier ones that counts into its total."""
    return ev.RunOpened(
        plan=setting.plan,
        pumps=setting.pumps,
        bed=setting.bed,
        wire_factor=Decimal(setting.speed),
        simulated=setting.simulated,
        patient=setting.patient,
        codes=setting.codes,
        linked=linked,
        file=setting.file,
        bench=setting.bench,
        authority=setting.authority,
        shared=setting.shared,
        latching=setting.latching,
    )


def fresh(event: ev.RunOpened, at: int) -> tuple[RunState, Guard]:
    """State and guard of a run that has just been opened."""
    return begin(event, at), new_guard(event)


def away(last: Record, clock: Clock, speed: int, *, trusted: bool = True) -> tuple[int, bool]:
    """Engine-time offset for a process that takes over, and whether the time between is known (F20).

    In the same boot monotonic time tells. After a reboot wall time does, if it was and is synchronised
    and not before the last record, and had not jumped while it was watched (`trusted`); otherwise engine time
    goes on from the last record and the gap is unknown.
    """
    content = last.content()
    at_ms, wire_ms = int(content["at_ms"]), int(content["wire_ms"])
    if content["boot"] == clock.boot:
        return at_ms - wire_ms * speed, True
    then = datetime.fromisoformat(str(content["utc"])).astimezone(UTC)
    between_ms = int((clock.utc().astimezone(UTC) - then).total_seconds() * 1000)
    known = trusted and clock.synchronised and bool(content["sync"]) and between_ms >= 0
    return at_ms + (between_ms * speed if known else 0) - clock.wire_ms() * speed, known
