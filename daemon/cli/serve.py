"""`infusiond serve`: the daemon of one bed."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon import codes_file, engineers_log
from daemon.bed import Bed, MonitorEntry, PumpEntry, load_bed
from daemon.bed_signing import load_signed_plan
from daemon.clock import SystemClock
from daemon.engine.codes import BagCodes
from daemon.engine.fitted import Fitted
from daemon.engineers_log import Place
from daemon.journal.codec import CodecError
from daemon.journal.room import short_of_room
from daemon.journal.series import newest
from daemon.journal.store import Store
from daemon.link_key import NoKey
from daemon.protocols.commissioned import Commissioned
from daemon.protocols.faults import Fault
from daemon.protocols.plan import Plan, Severity
from daemon.protocols.signed import SignedFile
from daemon.runtime.opening import Found, Setting, away, is_open, read_journal
from daemon.runtime.simulated import Proof, prove
from daemon.service import MonitorPort, Service
from drivers import registry
from drivers.interfaces import Link, Monitor
from drivers.values import Authority, EndAction

if TYPE_CHECKING:
    from daemon.runtime.mqtt_links import MqttLinks

Proofs = Mapping[str, Proof | None]


@click.command()
@click.argument("bed_file", type=click.Path(path_type=Path))
@click.option("--speed", type=click.IntRange(1, 600), default=1, help="Simulation only: run time N times.")
def serve(bed_file: Path, speed: int) -> None:
    """Run the daemon of one bed until SIGTERM."""
    bed = _bed(bed_file)
    place = engineers_log.begin(bed.place, SystemClock().utc, bed.patient)
    proofs = _proofs(bed, speed)
    simulated = all(proof is not None for proof in proofs.values())
    _refuse_control(bed, simulated=simulated)
    try:
        found = read_journal(bed.journal)
    except (sqlite3.Error, OSError) as error:
        raise _unusable(f"{bed.journal}: cannot be read: {error}") from error
    except CodecError as error:
        raise _unusable(f"{bed.journal}: {error}. If drug is running: press STOP on the pump") from error
    _refuse_without_room(bed, found)
    plan, file = _plan(bed, found)
    clock, gap_known = _clock(found, speed)
    setting = Setting(
        plan=plan,
        pumps=_pumps(bed, found),
        bed=bed.place,
        speed=speed,
        simulated=simulated,
        bench=bed.bench,
        shared=bed.shared,
        latching=bed.latching,
        patient=bed.patient,
        codes=_codes(bed, plan, found),
        file=file,
        authority=bed.pumps[0].authority,
    )
    wires = _wires(bed, clock, proofs)
    asyncio.run(_serve(bed, setting, found, clock, wires, place, gap_known=gap_known))


async def _serve(
    bed: Bed,
    setting: Setting,
    found: Found,
    clock: SystemClock,
    wires: MqttLinks | None,
    place: Place,
    *,
    gap_known: bool,
) -> None:
    pumps = {
        entry.name: registry.build_pump(
            entry.model,
            entry.link,
            authority=entry.authority,
            expected_serial=entry.serial,
            remote_mode=entry.remote_mode.value,
            link=_link(wires, entry.link),
        )
        for entry in bed.pumps
    }
    monitors = [
        MonitorPort(monitor.name, _monitor(monitor, wires, clock), monitor.signals)
        for monitor in bed.monitors
    ]
    try:
        service = Service(
            setting=setting,
            found=found,
            gap_known=gap_known,
            store=Store(newest(bed.journal).path),
            clock=clock,
            pumps=pumps,
            monitors=monitors,
            socket=bed.socket,
            sound=bed.sound,
            feeds=bed.feeds.names,
            keeping=bed.keeping,
        )
        place.at = service.place
        service.catch_signals()
        gc.collect()
        gc.freeze()
        await service.run()
    except (OSError, sqlite3.Error) as error:
        raise _unusable(str(error)) from error


def _refuse_without_room(bed: Bed, found: Found) -> None:
    """No new run on a disk that is nearly full ((A) P2); one that has begun is taken up as it is."""
    if found.state is not None and is_open(found.state):
        return
    try:
        short = short_of_room(bed.journal)
    except OSError as error:
        raise _unusable(f"{bed.journal}: its disk cannot be asked for room: {error}") from error
    if short:
        raise _unusable(short)


def _bed(path: Path) -> Bed:
    bed = load_bed(path)
    if isinstance(bed, list):
        click.echo("If drug is running: press STOP on the pump.", err=True)
        raise _faulty(bed)
    return bed


def _plan(bed: Bed, found: Found) -> tuple[Plan, SignedFile]:
    """The plan of the run that is taken up, whatever its file says by now (F29), or the bed's protocol."""
    if found.state is not None and is_open(found.state):
        return found.state.plan, found.state.file
    read = load_signed_plan(bed)
    if isinstance(read, list):
        raise _faulty(read)
    plan, file = read
    errors = [finding for finding in plan.findings if finding.severity is Severity.ERROR]
    if errors:
        raise _unusable("\n".join(f"{bed.protocol}: {e.where}: {e.message}" for e in errors))
    link_hours, days = plan.rules.ceilings.link_hours, bed.keeping.keep_days
    if link_hours > days * 24:
        raise _unusable(
            f"{bed.file}: journal.keep_days: {days} days are less than the {link_hours} h for which earlier "
            f"runs count (ceilings.link_hours); write at least keep_days = {ceil(link_hours / 24)} (F11)"
        )
    return plan, file


def _codes(bed: Bed, plan: Plan, found: Found) -> BagCodes:
    """The codes of the run that is taken up, or those the bed file names: fit for this plan."""
    if found.state is not None and is_open(found.state):
        return found.state.bedside.codes
    if bed.bag_codes is None:
        raise _unusable(f"{bed.file}: bag_codes: is missing; {codes_file.NEW_LABELS}")
    read = codes_file.read(bed.bag_codes, bed.file)
    fault = read if isinstance(read, Fault) else None
    if not isinstance(read, Fault):
        fault = codes_file.unfit(read, plan, found.used_codes, (bed.file, bed.bag_codes))
    if fault is not None or isinstance(read, Fault):
        raise _unusable(str(fault))
    return read.codes


def _wires(bed: Bed, clock: SystemClock, proofs: Proofs) -> MqttLinks | None:
    """What opens the bed's `mqtt:` links; its key and certificates are read now, not in the run."""
    entry = bed.broker
    if entry is None:
        return None
    from daemon.runtime.mqtt_links import MqttLinks  # noqa: PLC0415 - a restart without one does not wait

    try:
        return MqttLinks(entry, clock.wire_ms, proofs)
    except NoKey as error:
        raise _unusable(f"{bed.file}: links.key_file: {error}") from error
    except OSError as error:
        raise _unusable(f"{bed.file}: links: the certificates cannot be used: {error}") from error


def _link(wires: MqttLinks | None, text: str) -> Link | None:
    """The link of a text, or None if its driver opens it by itself."""
    return wires.link(text) if wires is not None else None


def _monitor(entry: MonitorEntry, wires: MqttLinks | None, clock: SystemClock) -> Monitor:
    model = registry.MONITORS[entry.model]
    if model.published is None or wires is None:
        return model.build(entry.link, signals=entry.signals, link=_link(wires, entry.link))
    return model.published(
        entry.link, places=entry.places, signals=entry.signals, utc=clock.utc, connect=wires.connect
    )


def _faulty(faults: list[Fault]) -> SystemExit:
    return _unusable("\n".join(str(fault) for fault in faults))


def _unusable(text: str) -> SystemExit:
    click.echo(text, err=True)
    return SystemExit(2)


def _proofs(bed: Bed, speed: int) -> Proofs:
    """What proves each link to be a simulator; a speed other than 1 needs all, at that speed (F36)."""
    broker = bed.broker.address if bed.broker is not None else ""
    proofs = {pump.link: prove(pump.link, broker) for pump in bed.pumps}
    for one in bed.monitors:
        heard = registry.MONITORS[one.model].published is not None
        proofs[one.link] = prove(one.link, broker, heard=heard)
    for link, proof in proofs.items():
        if proof is None and speed != 1:
            raise _unusable(f"--speed {speed}: {link} does not prove to be a simulator; use --speed 1")
        if proof is not None and proof.speed != speed:
            raise _unusable(f"--speed {speed}: the simulator on {link} runs at speed {proof.speed}")
    return proofs


def _refuse_control(bed: Bed, *, simulated: bool) -> None:
    """Control of anything but simulators (F33); a pump set by hand must end by itself as it is told (F24)."""
    by_hand = [(n, pump) for n, pump in enumerate(bed.pumps) if pump.authority is Authority.MONITOR]
    for index, pump in by_hand:
        if pump.end_action is not EndAction.STOP:
            raise _unusable(
                f"{bed.file}: pumps[{index}].end_action: see that the pump stops at its volume limit and "
                'does not run on at a keep-vein-open rate, then write end_action = "stop" (F24)'
            )
    if not by_hand and not simulated:
        links = ", ".join(pump.link for pump in bed.pumps)
        raise _unusable(
            f"{bed.file}: {links} does not prove to be a simulator: names are only claimed, not "
            "authenticated, in this version, so a real pump is not controlled"
        )


def _pumps(bed: Bed, found: Found) -> tuple[Fitted, ...]:
    """The pumps of the run that is taken up, which must be those of the bed, or the bed's own."""
    if found.state is not None and is_open(found.state):
        recorded, here = {name for name, _ in found.state.pumps}, {pump.name for pump in bed.pumps}
        if recorded != here:
            raise _unusable(
                f"{bed.file}: pumps: the journal holds a run on {', '.join(sorted(recorded))}, the file has "
                f"{', '.join(sorted(here))}; use the bed file of that run. If drug is running: press STOP"
            )
    return tuple(
        Fitted(pump.name, pump.capabilities, _commissioned(bed, pump), pump.solutions) for pump in bed.pumps
    )


def _commissioned(bed: Bed, pump: PumpEntry) -> Commissioned:
    if pump.commissioned is None:
        raise _unusable(f"{bed.file}: a run needs the volumes measured at commissioning (F14, F26)")
    return pump.commissioned


def _clock(found: Found, speed: int) -> tuple[SystemClock, bool]:
    if found.last is None or found.state is None or not is_open(found.state):
        return SystemClock(speed), True
    if int(found.state.wire_factor) != speed:
        raise _unusable(f"the journal holds a run at speed {found.state.wire_factor}; use --speed to match")
    offset_ms, known = away(found.last, SystemClock(speed), speed, trusted=found.state.clock_trusted)
    return SystemClock(speed, offset_ms), known
