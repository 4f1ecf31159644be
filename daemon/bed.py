"""A bed file: which pump and monitors stand at one bed, and what they are allowed to do."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from daemon.bed_bench import BENCH, bench_faults
from daemon.bed_broker import BrokerEntry, broker_entry, broker_faults
from daemon.bed_commissioned import commissioned, commissioned_faults
from daemon.bed_feeds import Feeds, feeds_of
from daemon.bed_links import link_faults, place_faults
from daemon.bed_metrics import MetricsEntry, metrics_entry
from daemon.bed_pumps import between_pumps
from daemon.bed_schema import BedIn, MonitorIn, PumpIn, SigningIn
from daemon.bed_shared import shared_faults, shared_of
from daemon.bed_topics import places_of, topic_faults
from daemon.bed_undriven import undriven_faults
from daemon.codes_file import NEW_LABELS
from daemon.engine.alarms import LATCHING
from daemon.journal.keeping import Keeping
from daemon.protocols.commissioned import Commissioned
from daemon.protocols.device_checks import Carrier
from daemon.protocols.explain import validation_faults
from daemon.protocols.faults import Fault
from daemon.protocols.load import Equipment
from daemon.protocols.parse import Raw, read_list
from daemon.protocols.shared_signal import SharedSignal
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import TomlFile, read_toml
from daemon.signing.rule import SigningRule
from daemon.sound_rule import SoundRule
from drivers import registry
from drivers.published import Places
from drivers.values import Authority, EndAction, MonitorCapabilities, PumpCapabilities, Signal


class RemoteMode(StrEnum):
    """FERNSTEUER leaves START and STOP at the pump to the nurse; FERNREGEL locks its keys (F17)."""

    FERNSTEUER = "fernsteuer"
    FERNREGEL = "fernregel"


@dataclass(frozen=True, slots=True)
class PumpEntry:
    """One pump; `end_action` and `watchdog_action` are what commissioning has seen it do."""

    name: str
    model: str
    link: str
    authority: Authority
    solutions: tuple[str, ...]
    end_action: EndAction
    watchdog_action: EndAction
    commissioned: Commissioned | None
    """Its measured volumes; None = it is only watched and they are not said."""
    remote_mode: RemoteMode
    serial: str | None

    @property
    def capabilities(self) -> PumpCapabilities:
        """What its model can do."""
        return registry.PUMPS[self.model].capabilities


@dataclass(frozen=True, slots=True)
class MonitorEntry:
    """One monitor and the signals taken from it."""

    name: str
    model: str
    link: str
    signals: frozenset[Signal]
    places: Places | None = None
    """Where its signals are published; None = the usual places, or its maker's."""

    @property
    def capabilities(self) -> MonitorCapabilities:
        """What its model can say, of the signals taken."""
        return dataclasses.replace(registry.MONITORS[self.model].capabilities, signals=self.signals)


@dataclass(frozen=True, slots=True)
class Bed:
    """One bed; every path is absolute, taken from the folder of the bed file."""

    file: Path
    site: str
    unit: str
    bed: str
    protocol: Path
    asked: Asked
    """The dose for this patient, or what it follows from."""
    patient: str
    bag_codes: Path | None
    pumps: tuple[PumpEntry, ...]
    monitors: tuple[MonitorEntry, ...]
    journal: Path
    """The first file of the record; later ones lie beside it."""
    sound: SoundRule
    socket: Path
    signing: SigningRule | None = None
    """Whose signatures its protocol needs; None = nobody's."""
    broker: BrokerEntry | None = None
    """What carries its `mqtt:` links; None = it has none."""
    feeds: Feeds = dataclasses.field(default_factory=Feeds)
    """Where the ward hears of it."""
    metrics: MetricsEntry | None = None
    """Where engineers' figures are told; None = nowhere."""
    latching: frozenset[str] = LATCHING
    """Alarms that stay shown until a named person resets them."""
    keeping: Keeping = dataclasses.field(default_factory=Keeping)
    """When the record begins a new file, and how long its files are kept."""
    bench: bool = False
    """Marked for trials without a patient."""
    shared: tuple[SharedSignal, ...] = ()
    """Vital signs that two of its monitors give."""

    @property
    def place(self) -> str:
        """The name of the bed everywhere: site, unit, bed."""
        return f"{self.site}/{self.unit}/{self.bed}"

    @property
    def equipment(self) -> Equipment:
        """What a protocol of this bed is checked against."""
        carriers = {
            solution: Carrier(
                pump.name,
                pump.capabilities,
                pump.commissioned.occlusion_ml if pump.commissioned is not None else None,
            )
            for pump in self.pumps
            for solution in pump.solutions
        }
        monitors = tuple(monitor.capabilities for monitor in self.monitors)
        by_hand = all(pump.authority is Authority.MONITOR for pump in self.pumps)
        return Equipment(self.pumps[0].capabilities, monitors, carriers, by_hand)


def load_bed(path: Path) -> Bed | list[Fault]:
    """The bed of a file, or all its faults; the protocol it names is not read. Never raises."""
    return bed_of(read_toml(path), path)


def bed_of(toml: TomlFile, path: Path) -> Bed | list[Fault]:
    """The bed of a file that has been read, or all its faults."""
    if toml.data is None:
        return list(toml.faults)
    file = str(path)
    faults = [*toml.faults, *validation_faults(file, BedIn, toml.data), *_device_faults(file, toml.data)]
    return faults or _bed(BedIn.model_validate(toml.data), path)


def _bed(read: BedIn, path: Path) -> Bed:
    folder = path.absolute().parent
    return Bed(
        file=path.absolute(),
        site=read.site,
        unit=read.unit,
        bed=read.bed,
        protocol=folder / read.protocol,
        asked=Asked(read.target_dose, read.dose_unit, read.weight_kg, read.surface_m2),
        patient=read.patient,
        bag_codes=folder / read.bag_codes if read.bag_codes is not None else None,
        pumps=tuple(_pump(pump) for pump in read.pumps),
        monitors=tuple(
            MonitorEntry(one.name, one.model, one.link, frozenset(one.signals), places_of(one.topics))
            for one in read.monitors
        ),
        journal=folder / read.journal.path,
        sound=SoundRule(read.sound.heartbeat_s, read.sound.lost_s),
        socket=folder / read.control.socket,
        signing=_signing(read.signing, folder),
        broker=broker_entry(read.links, folder),
        feeds=feeds_of(read.feeds, folder),
        metrics=metrics_entry(read.metrics),
        latching=frozenset(read.alarms.latching) if read.alarms is not None else LATCHING,
        keeping=Keeping(read.journal.file_mb, read.journal.keep_days),
        bench=read.use == BENCH,
        shared=shared_of(read.monitors, read.disagreement),
    )


def _signing(read: SigningIn | None, folder: Path) -> SigningRule | None:
    return SigningRule(folder / read.signers, read.required, tuple(read.roles)) if read is not None else None


def _pump(read: PumpIn) -> PumpEntry:
    return PumpEntry(
        name=read.name,
        model=read.model,
        link=read.link,
        authority=Authority(read.authority),
        solutions=tuple(read.solutions),
        end_action=read.end_action or EndAction.UNKNOWN,
        watchdog_action=read.watchdog_action or EndAction.UNKNOWN,
        commissioned=commissioned(read),
        remote_mode=RemoteMode(read.remote_mode),
        serial=read.serial,
    )


def _device_faults(file: str, data: Raw) -> Iterator[Fault]:
    """What is wrong with the devices, each by itself and between them."""
    pumps = read_list(PumpIn, data, "pumps")
    monitors = read_list(MonitorIn, data, "monitors")
    yield from between_pumps(file, pumps)
    if any(pump is not None and pump.authority == "control" for pump in pumps) and "bag_codes" not in data:
        problem = "control needs the codes of the bags (F13)"
        yield Fault(file, "bag_codes", "", problem, NEW_LABELS, "missing")
    for index, pump in enumerate(pumps):
        if pump is not None:
            yield from _pump_faults(file, f"pumps[{index}]", pump, data.get("use"))
    for index, monitor in enumerate(monitors):
        if monitor is not None:
            yield from _monitor_faults(file, f"monitors[{index}]", monitor)
    yield from shared_faults(file, data, monitors)
    yield from broker_faults(file, data, *_wires_and_heard([*pumps, *monitors]))
    devices = [("pumps", i, one) for i, one in enumerate(pumps)]
    named = [*devices, *(("monitors", i, one) for i, one in enumerate(monitors))]
    for key in ("name", "link"):
        yield from _doubles(
            file, key, [(f"{kind}[{i}].{key}", getattr(one, key)) for kind, i, one in named if one]
        )


def _wires_and_heard(devices: list[PumpIn | MonitorIn | None]) -> tuple[list[str], list[str]]:
    """Links that carry a device's bytes, and links on which messages are only listened to."""
    models = registry.MONITORS
    heard = [
        one.link
        for one in devices
        if isinstance(one, MonitorIn) and one.model in models and models[one.model].published
    ]
    return [one.link for one in devices if one is not None and one.link not in heard], heard


def _doubles(file: str, key: str, values: list[tuple[str, str]]) -> Iterator[Fault]:
    counts = Counter(_alone(value) for _, value in values)
    for place, value in values:
        if counts[_alone(value)] > 1:
            counts[_alone(value)] = 0
            remedy = f"give every pump and monitor a {key} of its own"
            yield Fault(file, place, f'"{value}"', f"two devices have this {key}", remedy, "double")


def _alone(value: str) -> str:
    """Without its place: a port with several pumps behind it is one process's and one driver's."""
    return value.partition("#")[0]


def _pump_faults(file: str, place: str, pump: PumpIn, use: object) -> Iterator[Fault]:
    model = registry.PUMPS.get(pump.model)
    if model is None:
        known = "write one of: " + ", ".join(sorted(registry.PUMPS))
        yield Fault(
            file, f"{place}.model", f'"{pump.model}"', "no pump of this name is known", known, "unknown_model"
        )
    else:
        yield from undriven_faults(file, place, pump, model.capabilities)
        yield from bench_faults(file, place, pump, model.capabilities, use)
        yield from link_faults(file, place, pump, model.links)
        yield from place_faults(file, place, pump, model.place)
    if pump.authority != "control":
        return
    if model is not None and model.capabilities.read_only:
        yield Fault(
            file,
            f"{place}.authority",
            '"control"',
            f"{pump.model} can only be watched",
            'write authority = "monitor"',
            "pump_read_only",
        )
    if pump.end_action is not EndAction.STOP:
        yield Fault(
            file,
            f"{place}.end_action",
            f'"{pump.end_action}"' if pump.end_action else "",
            "control needs a pump that stops at its volume limit; KVO is drug too (F24)",
            'switch KVO off at the pump, see that it stops at its limit, then write end_action = "stop"',
            "end_action" if pump.end_action else "missing",
        )
    yield from commissioned_faults(file, place, pump)
    if pump.watchdog_action is None:
        yield Fault(
            file,
            f"{place}.watchdog_action",
            "",
            "what the pump does when the link fails is not said",
            'try it at the pump, then write "stop", "kvo", "continue", or "unknown"',
            "missing",
        )


def _monitor_faults(file: str, place: str, monitor: MonitorIn) -> Iterator[Fault]:
    model = registry.MONITORS.get(monitor.model)
    if model is None:
        known = "write one of: " + ", ".join(sorted(registry.MONITORS))
        value = f'"{monitor.model}"'
        yield Fault(file, f"{place}.model", value, "no monitor of this name is known", known, "unknown_model")
        return
    yield from link_faults(file, place, monitor, model.links)
    mapped = model.published is not None
    yield from topic_faults(file, place, monitor.topics, monitor.signals, mapped=mapped)
    yield from place_faults(file, place, monitor, None)
    for index, signal in enumerate(monitor.signals):
        if signal not in model.capabilities.signals:
            yield Fault(
                file,
                f"{place}.signals[{index}]",
                f'"{signal}"',
                f"{monitor.model} does not give this signal",
                "write some of: " + ", ".join(sorted(model.capabilities.signals)),
                "signal_not_on_monitor",
            )
