"""Take up a bed's run from its journal, or open a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from daemon.clock import Clock
from daemon.engine import events as ev
from daemon.engine.account import Span
from daemon.engine.alarms import LATCHING
from daemon.engine.codes import BagCodes
from daemon.engine.evolve import begin
from daemon.engine.fitted import Fitted
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.guard.guard import Guard
from daemon.journal.records import Record
from daemon.journal.store import Fault, Store, verified
from daemon.protocols.plan import Plan
from daemon.protocols.shared_signal import SharedSignal
from daemon.protocols.signed import UNKNOWN_FILE, SignedFile
from daemon.runtime.linking import EarlierRun, earlier_runs
from daemon.runtime.replay import new_guard, replays
from daemon.runtime.used_codes import used_codes
from drivers.values import Authority

_LOGS = ("-wal", "-shm")
"""What SQLite keeps beside a file that is in use."""


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


def read_journal(path: Path) -> Found:
    """The newest run of the file; a damaged file is kept beside, its believable beginning goes on.

    sqlite3.Error or OSError where the disk refuses; CodecError for a record of another version.
    """
    aside = _finish_setting_aside(path)
    if not path.exists():
        return Found(None, None, None, None)
    store = Store(path, read_only=True)
    store.open()
    good, fault = verified(store.read())
    store.close()
    runs = tuple(replays(good))
    newest = runs[-1] if runs else None
    if fault is not None:
        aside = _set_aside(path, good, fault)
    return Found(
        good[-1] if good else None,
        newest.state if newest else None,
        newest.guard if newest else None,
        aside,
        {} if newest is not None and is_open(newest.state) else used_codes(good),
        earlier_runs(runs),
        newest.first_seq if newest else None,
    )


def _set_aside(path: Path, good: list[Record], fault: Fault) -> tuple[Path, Fault]:
    """Keep every byte of the damaged file and begin a new one with the records that hold.

    The new file is whole before the damaged one is moved: killed anywhere, the next start goes on.
    """
    fresh = _fresh(path)
    for suffix in ("", *_LOGS):
        fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
    store = Store(fresh)
    store.open()
    if good:
        store.append(good)
    store.close()
    kept = _kept(path)[-1]
    path.rename(kept)
    _put_in_place(path, kept)
    return kept, fault


def _finish_setting_aside(path: Path) -> tuple[Path, Fault] | None:
    """What a start that was killed between its moves left to do."""
    if path.exists() or not _fresh(path).exists():
        return None
    kept = _kept(path)[-2]
    _put_in_place(path, kept)
    return kept, Fault(0, "found by a start that was killed")


def _put_in_place(path: Path, kept: Path) -> None:
    for suffix in _LOGS:
        log = path.with_name(path.name + suffix)
        if log.exists():
            log.rename(kept.with_name(kept.name + suffix))
    _fresh(path).rename(path)


def _fresh(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _kept(path: Path) -> list[Path]:
    """Names of the damaged files kept so far, and the next free one."""
    names = [path.with_name(f"{path.name}.damaged-1")]
    while names[-1].exists():
        names.append(path.with_name(f"{path.name}.damaged-{len(names) + 1}"))
    return names


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
