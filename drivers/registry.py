"""Model name to factory; the one place that names every driver. Drivers are imported when they are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from drivers.interfaces import Link, Monitor, Pump
from drivers.links.mqtt.pipe import Connect
from drivers.links.text import WIRED, LinkKind
from drivers.monitors.hl7_oru import capabilities as hl7_oru
from drivers.monitors.intellivue import capabilities as intellivue
from drivers.monitors.masimo_ascii1 import capabilities as masimo_ascii1
from drivers.monitors.mqtt_json import capabilities as mqtt_json
from drivers.monitors.nellcor_n560 import capabilities as nellcor_n560
from drivers.monitors.s5_dri import capabilities as s5_dri
from drivers.published import USUAL, Places
from drivers.pumps.alaris_asena import capabilities as alaris_asena
from drivers.pumps.bcc import capabilities as bcc
from drivers.pumps.bcc.place import place_of
from drivers.pumps.dianet_star import capabilities as dianet_star
from drivers.pumps.ne_1000 import capabilities as ne_1000
from drivers.shelf import SerialLine, Shelf
from drivers.values import Authority, MonitorCapabilities, PumpCapabilities, Signal
from drivers.watch_only import WatchOnly


class PumpBuilder(Protocol):
    """Makes a pump, not yet connected; ValueError for a link text or mode that does not exist."""

    def __call__(
        self,
        link_text: str,
        *,
        expected_serial: str | None = None,
        remote_mode: str = "fernsteuer",
        authority: Authority = Authority.CONTROL,
        link: Link | None = None,
    ) -> Pump:
        """`link`, if given, is used instead of what `link_text` names.

        With MONITOR the pump is connected for reading alone, not put into remote operation if that can be.
        """


class MonitorBuilder(Protocol):
    """Makes a monitor, not yet open; ValueError for a link text that does not exist."""

    def __call__(
        self, link_text: str, *, signals: frozenset[Signal] | None = None, link: Link | None = None
    ) -> Monitor:
        """`signals` None = all it knows; `link`, if given, is used instead of what `link_text` names."""


class PublishedBuilder(Protocol):
    """Makes a monitor whose signals somebody publishes where the bed file says, not yet open."""

    def __call__(
        self,
        link_text: str,
        *,
        places: Places | None,
        signals: frozenset[Signal],
        utc: Callable[[], datetime],
        connect: Connect,
    ) -> Monitor:
        """`places` None = the usual ones; `utc` our clock; `connect` begins a connection to the broker."""


@dataclass(frozen=True, slots=True)
class PumpModel:
    """What a pump model can do before it is connected, and how to make one."""

    capabilities: PumpCapabilities
    build: PumpBuilder
    links: frozenset[LinkKind] = WIRED
    """How it is reached; never UDP (F28)."""
    place: Callable[[str], object] | None = None
    """Reads a link text with `#` and the place of one pump among several, ValueError; None = there is one."""
    shelf: Shelf = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class MonitorModel:
    """What a monitor model can say, and how to make one."""

    capabilities: MonitorCapabilities
    build: MonitorBuilder
    links: frozenset[LinkKind] = WIRED
    """How it is reached; with LinkKind.UDP if the device itself speaks UDP."""
    published: PublishedBuilder | None = None
    """For one that is no device with a wire but messages of a broker; None for every other."""
    shelf: Shelf = field(kw_only=True)


def _build_dianet_star(
    link_text: str,
    *,
    expected_serial: str | None = None,
    remote_mode: str = "fernsteuer",
    authority: Authority = Authority.CONTROL,
    link: Link | None = None,
) -> Pump:
    from drivers.links.factory import open_link  # noqa: PLC0415 - a look at the registry opens no driver
    from drivers.pumps.dianet_star.driver import DianetStar  # noqa: PLC0415 - as above

    wire = link or open_link(link_text, baud=9600, parity="N", rtscts=False)
    return DianetStar(wire, expected_serial=expected_serial, remote_mode=remote_mode, authority=authority)


def _build_alaris_asena(
    link_text: str,
    *,
    expected_serial: str | None = None,
    remote_mode: str = "fernsteuer",  # noqa: ARG001 - DIANET-Star alone has two
    authority: Authority = Authority.CONTROL,
    link: Link | None = None,
) -> Pump:
    from drivers.links.factory import open_link  # noqa: PLC0415 - as above
    from drivers.pumps.alaris_asena.driver import AlarisAsena  # noqa: PLC0415 - as above

    wire = link or open_link(link_text, baud=38400, parity="N", rtscts=False)
    return AlarisAsena(wire, expected_serial=expected_serial, authority=authority)


def _build_bcc(
    link_text: str,
    *,
    expected_serial: str | None = None,
    remote_mode: str = "fernsteuer",  # noqa: ARG001 - there is no remote operation
    authority: Authority = Authority.CONTROL,  # noqa: ARG001 - it can only be watched
    link: Link | None = None,
) -> Pump:
    from drivers.links.factory import open_link  # noqa: PLC0415 - as above
    from drivers.pumps.bcc.driver import Bcc  # noqa: PLC0415 - as above

    port, place = place_of(link_text)
    wire = link or open_link(port, baud=place.baud, parity="N", rtscts=False)
    return Bcc(wire, slot=place.slot, expected_serial=expected_serial)


def _build_ne_1000(
    link_text: str,
    *,
    expected_serial: str | None = None,
    remote_mode: str = "fernsteuer",  # noqa: ARG001 - it has one way of being driven
    authority: Authority = Authority.CONTROL,
    link: Link | None = None,
) -> Pump:
    from drivers.links.factory import open_link  # noqa: PLC0415 - as above
    from drivers.pumps.ne_1000.driver import Ne1000  # noqa: PLC0415 - as above

    if expected_serial is not None:
        raise ValueError("an NE-1000 states no serial number: none can be expected")
    return Ne1000(link or open_link(link_text, baud=19200, parity="N", rtscts=False), authority=authority)


def _build_s5_dri(
    link_text: str, *, signals: frozenset[Signal] | None = None, link: Link | None = None
) -> Monitor:
    from drivers.links.factory import open_link  # noqa: PLC0415 - as above
    from drivers.monitors.s5_dri.driver import S5Dri  # noqa: PLC0415 - as above

    wire = link or open_link(link_text, baud=19200, parity="E", rtscts=True)
    return S5Dri(wire, signals=signals) if signals is not None else S5Dri(wire)


def _build_nellcor_n560(
    link_text: str, *, signals: frozenset[Signal] | None = None, link: Link | None = None
) -> Monitor:
    from drivers.links.factory import open_link  # noqa: PLC0415 - as above
    from drivers.monitors.nellcor_n560.driver import NellcorN560  # noqa: PLC0415 - as above

    return NellcorN560(link or open_link(link_text, baud=9600, parity="N", rtscts=False), signals=signals)


def _build_hl7_oru(
    link_text: str, *, signals: frozenset[Signal] | None = None, link: Link | None = None
) -> Monitor:
    from drivers.links.factory import open_link  # noqa: PLC0415 - as above
    from drivers.monitors.hl7_oru.driver import Hl7Oru  # noqa: PLC0415 - as above

    return Hl7Oru(link or open_link(link_text, baud=9600, parity="N", rtscts=False), signals=signals)


def _build_masimo_ascii1(
    link_text: str, *, signals: frozenset[Signal] | None = None, link: Link | None = None
) -> Monitor:
    from drivers.links.factory import open_link  # noqa: PLC0415 - as above
    from drivers.monitors.masimo_ascii1.driver import MasimoAscii1  # noqa: PLC0415 - as above

    return MasimoAscii1(link or open_link(link_text, baud=9600, parity="N", rtscts=False), signals=signals)


def _build_intellivue(
    link_text: str, *, signals: frozenset[Signal] | None = None, link: Link | None = None
) -> Monitor:
    from drivers.links.factory import open_link  # noqa: PLC0415 - as above
    from drivers.monitors.intellivue.driver import IntelliVue  # noqa: PLC0415 - as above

    return IntelliVue(link or open_link(link_text, baud=115200, parity="N", rtscts=False), signals=signals)


def _build_mqtt_json(
    link_text: str, *, signals: frozenset[Signal] | None = None, link: Link | None = None
) -> Monitor:
    from drivers.links.factory import open_link  # noqa: PLC0415 - as above
    from drivers.monitors.mqtt_json.driver import MqttJson  # noqa: PLC0415 - as above

    return MqttJson(link or open_link(link_text, baud=9600, parity="N", rtscts=False), signals=signals)


def _publish_mqtt_json(
    link_text: str,
    *,
    places: Places | None,
    signals: frozenset[Signal],
    utc: Callable[[], datetime],
    connect: Connect,
) -> Monitor:
    from drivers.links.mqtt.topics import TopicLink  # noqa: PLC0415 - as above
    from drivers.links.text import read_link  # noqa: PLC0415 - as above
    from drivers.monitors.mqtt_json.driver import MqttJson  # noqa: PLC0415 - as above
    from drivers.monitors.mqtt_json.frames import line_of  # noqa: PLC0415 - as above

    known = USUAL if places is None else places
    topics = tuple(sorted({known[signal].topic for signal in signals}))
    link = TopicLink(read_link(link_text).rest, topics, connect, line_of)
    return MqttJson(link, places=known, signals=signals, utc=utc)


PUMPS: Mapping[str, PumpModel] = MappingProxyType(
    {
        "alaris-asena": PumpModel(
            alaris_asena.CAPABILITIES,
            _build_alaris_asena,
            shelf=Shelf("drivers.pumps.alaris_asena", SerialLine(38400)),
        ),
        "bcc": PumpModel(
            bcc.CAPABILITIES,
            _build_bcc,
            place=place_of,
            shelf=Shelf("drivers.pumps.bcc", SerialLine(9600)),
        ),
        "dianet-star": PumpModel(
            dianet_star.CAPABILITIES,
            _build_dianet_star,
            shelf=Shelf("drivers.pumps.dianet_star", SerialLine(9600)),
        ),
        "ne-1000": PumpModel(
            ne_1000.CAPABILITIES,
            _build_ne_1000,
            shelf=Shelf("drivers.pumps.ne_1000", SerialLine(19200)),
        ),
    }
)

MONITORS: Mapping[str, MonitorModel] = MappingProxyType(
    {
        "intellivue": MonitorModel(
            intellivue.CAPABILITIES,
            _build_intellivue,
            links=WIRED | {LinkKind.UDP},
            shelf=Shelf("drivers.monitors.intellivue", SerialLine(115200)),
        ),
        "hl7-oru": MonitorModel(
            hl7_oru.CAPABILITIES,
            _build_hl7_oru,
            links=frozenset({LinkKind.LISTEN, LinkKind.MEMORY}),
            shelf=Shelf("drivers.monitors.hl7_oru", None),
        ),
        "masimo-ascii1": MonitorModel(
            masimo_ascii1.CAPABILITIES,
            _build_masimo_ascii1,
            shelf=Shelf("drivers.monitors.masimo_ascii1", SerialLine(9600)),
        ),
        "mqtt-json": MonitorModel(
            mqtt_json.CAPABILITIES,
            _build_mqtt_json,
            links=frozenset({LinkKind.MQTT, LinkKind.MEMORY}),
            published=_publish_mqtt_json,
            shelf=Shelf("drivers.monitors.mqtt_json", None),
        ),
        "nellcor-n560": MonitorModel(
            nellcor_n560.CAPABILITIES,
            _build_nellcor_n560,
            shelf=Shelf("drivers.monitors.nellcor_n560", SerialLine(9600)),
        ),
        "s5-dri": MonitorModel(
            s5_dri.CAPABILITIES,
            _build_s5_dri,
            shelf=Shelf("drivers.monitors.s5_dri", SerialLine(19200, parity="E", rtscts=True)),
        ),
    }
)


def build_pump(
    model: str,
    link_text: str,
    *,
    authority: Authority,
    expected_serial: str | None = None,
    remote_mode: str = "fernsteuer",
    link: Link | None = None,
) -> Pump:
    """A pump of this model, not yet connected; with MONITOR nothing that could move or set it leaves it."""
    pump = PUMPS[model].build(
        link_text, expected_serial=expected_serial, remote_mode=remote_mode, authority=authority, link=link
    )
    return WatchOnly(pump) if authority is Authority.MONITOR else pump


def models() -> Mapping[str, PumpModel | MonitorModel]:
    """Every model by name, the pumps first."""
    return {**PUMPS, **MONITORS}
