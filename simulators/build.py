"""One simulated bed put together: bodies, wires, links, faults, proof sockets."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from drivers.interfaces import Link
from simulators.bodies.bag import SALINE, Bag, Solution
from simulators.bodies.bedside import Bedside, Lane
from simulators.bodies.line import Line
from simulators.bodies.patient import Patient
from simulators.bodies.pump import PumpBody
from simulators.broker import BrokerEnd
from simulators.dial import DialEnd
from simulators.faults import with_faults
from simulators.options import Options
from simulators.pace import Pace
from simulators.proof import ProofSocket
from simulators.pty import PtyEnd
from simulators.requests import Requests
from simulators.serve import Served
from simulators.tcp import TcpEnd
from simulators.udp import UdpEnd
from simulators.wires.alaris_asena import AlarisAsena
from simulators.wires.bcc import Bcc
from simulators.wires.dianet_star import DianetStar
from simulators.wires.hl7_oru import Hl7Oru
from simulators.wires.intellivue import IntelliVue
from simulators.wires.interface import Wire
from simulators.wires.masimo_ascii1 import MasimoAscii1
from simulators.wires.mqtt_json import MqttJson
from simulators.wires.ne_1000 import Ne1000
from simulators.wires.nellcor_n560 import NellcorN560
from simulators.wires.oximeter import Oximeter
from simulators.wires.s5_dri import S5Dri

OXIMETERS: Mapping[str, type[Oximeter]] = {one.model: one for one in (NellcorN560, MasimoAscii1)}
PUMPS = ("dianet-star", AlarisAsena.model, "bcc", "ne-1000")
MONITORS = ("s5-dri", "intellivue", "hl7-oru", "mqtt-json", *OXIMETERS)
MODELS = (*PUMPS, *MONITORS)
SWITCHED = AlarisAsena | Bcc | Hl7Oru | S5Dri | IntelliVue | MqttJson | Oximeter
"""Wires with faults of their own."""


@dataclass(frozen=True, slots=True)
class BagLabel:
    """A bag as its label reads."""

    id: str
    concentration: Decimal
    volume_ml: Decimal


def make_bed(
    bags: list[BagLabel], options: Options, seed: int, carried: Sequence[Sequence[str]] = ()
) -> Bedside:
    """A bed with one pump, or one for each group of bags that `carried` names; they meet at a Y-site.

    The first bag of each pump hangs, the others lie ready. ValueError for a bag that is not there.
    """
    labels = bags or [BagLabel("A", Decimal(1), Decimal(250))]
    overfill = options.bed.overfill
    stock = {bag.id: Bag(Solution(bag.id, bag.concentration), bag.volume_ml, overfill) for bag in labels}
    groups = carried or [list(stock)]
    unknown = sorted({name for group in groups for name in group} - stock.keys())
    if unknown:
        raise ValueError(f"no bag {', '.join(unknown)}; there are: {', '.join(stock)}")
    lanes = [_lane(stock[group[0]], options) for group in groups]
    patient = Patient(options.patient, options.reaction, random.Random(seed))
    bed = Bedside(lanes, patient, Line(options.bed.y_site_ml) if len(lanes) > 1 else None)
    bed.bags.update(stock)
    return bed


def _lane(first: Bag, options: Options) -> Lane:
    line = Line(options.bed.dead_ml, first.solution if options.bed.primed else SALINE)
    return Lane(PumpBody(first, options.pump), line)


@dataclass
class Device:
    """One device on its link, with its request desk and, beside a port, its proof socket."""

    served: Served
    requests: Requests
    proof: ProofSocket | None

    async def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One request, answered as its proof socket would."""
        return await self.requests.answer(request)

    async def start(self) -> None:
        """Open link and socket; LinkLost or OSError when they cannot be had."""
        await self.served.start()
        if self.proof is not None:
            await self.proof.start()

    async def close(self) -> None:
        """Give link and socket back."""
        if self.proof is not None:
            await self.proof.close()
        await self.served.close()


def make_wire(model: str, pace: Pace, options: Options, lane: int = 0) -> Wire:
    """The wire of a model on a bed, of a pump that of its lane; ValueError for a model we have not."""
    if model == DianetStar.model:
        own = replace(options.dianet, serial=options.dianet.serial + lane)
        return DianetStar(pace.bed.lanes[lane].pump, own)
    if model == Bcc.model:
        return Bcc([lane.pump for lane in pace.bed.lanes], options.bcc)
    if model == AlarisAsena.model:
        serial = options.alaris.asena_serial + (f"-{lane}" if lane else "")
        return AlarisAsena(pace.bed.lanes[lane].pump, replace(options.alaris, asena_serial=serial))
    if model == Ne1000.model:
        return Ne1000(pace.bed.lanes[lane].pump, options.ne_1000)
    if model == S5Dri.model:
        return S5Dri(pace.bed.patient, options.s5, pace.speed)
    if model == IntelliVue.model:
        return IntelliVue(pace.bed.patient, options.intellivue, pace.speed)
    if model == Hl7Oru.model:
        return Hl7Oru(pace.bed.patient, options.hl7, pace.speed)
    if model == MqttJson.model:
        return MqttJson(pace.bed.patient, options.mqtt_json, pace.speed)
    if model in OXIMETERS:
        return OXIMETERS[model](pace.bed.patient, options.oximeter, pace.speed)
    raise ValueError(f"no simulator for {model}; there are: {', '.join(MODELS)}")


def make_device(model: str, link: Link, pace: Pace, options: Options, seed: int, lane: int = 0) -> Device:
    """A device of the bed on `link`; all wire faults are there, switched off."""
    wire = make_wire(model, pace, options, lane)
    chance = random.Random(f"{seed}/{model}/{lane}" if lane else f"{seed}/{model}")
    faulty, switches = with_faults(link, chance)
    if isinstance(wire, IntelliVue) and isinstance(link, UdpEnd):
        wire.lan, link.turn_away, link.announced_to = True, wire.turn_away, wire.announced_to
    requests = Requests(
        pace,
        model,
        wire_faults=switches,
        monitor_faults=wire.switches() if isinstance(wire, SWITCHED) else None,
        overfill=options.bed.overfill,
        terminal=lambda: link.terminal if isinstance(link, PtyEnd | BrokerEnd) else link.name,
        lane=lane,
    )
    proof = None
    if isinstance(link, PtyEnd | TcpEnd | UdpEnd | BrokerEnd):
        proof = ProofSocket(lambda: link.proof_at, requests.answer)
    return Device(Served(wire, faulty, pace), requests, proof)


def make_link(text: str) -> PtyEnd | TcpEnd | UdpEnd | DialEnd | BrokerEnd:
    """`pty:PATH`, `tcp:PORT`, `udp:PORT`, `dial:PORT` or `mqtt:PORT/TOPIC`; ValueError otherwise."""
    kind, _, rest = text.partition(":")
    if kind == "pty" and rest:
        return PtyEnd(Path(rest))
    if kind in ("tcp", "udp") and rest.isdecimal() and rest.isascii() and int(rest) < 65536:
        return TcpEnd(int(rest)) if kind == "tcp" else UdpEnd(int(rest))
    if kind == "dial" and rest.isdecimal() and rest.isascii() and 0 < int(rest) < 65536:
        return DialEnd(int(rest))
    port, _, topic = rest.partition("/")
    if kind == "mqtt" and port.isdecimal() and port.isascii() and topic:
        return BrokerEnd(int(port), topic)
    raise ValueError(f"{text}: a link is pty:PATH, tcp:PORT, udp:PORT, dial:PORT or mqtt:PORT/TOPIC")
