"""Who answers on a link: model after model, those that speak unasked first, none of them touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.asking import probe_with
from drivers.interfaces import Link
from drivers.links.factory import open_link
from drivers.links.text import LinkKind, read_link
from drivers.probe import Found
from drivers.registry import MonitorModel, PumpModel, models
from drivers.shelf import SerialLine, probe_of

NO_LINE = SerialLine(9600)
"""For links that are no serial port, where it counts for nothing."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One model tried: how the port was set (None = no serial port), what was sent, who answered."""

    model: str
    line: SerialLine | None
    sent: Sequence[bytes]
    found: Found | None


def candidates(link_text: str, wanted: str | None = None) -> list[str]:
    """The models a link of this kind can reach, in the order they are tried; ValueError for no link text."""
    kind = read_link(link_text).kind
    found = [
        (bool(probe_of(model.shelf).QUESTIONS), name)
        for name, model in models().items()
        if kind in model.links and wanted in {None, name}
    ]
    return [name for _, name in sorted(found)]


async def try_model(
    name: str, link_text: str, open_it: Callable[[PumpModel | MonitorModel], Link] | None = None
) -> Tried:
    """Whether this model answers; LinkLost if the link cannot be had. `open_it` stands in for `link_text`."""
    model = models()[name]
    line = model.shelf.line or NO_LINE
    if open_it is not None:
        link = open_it(model)
    else:
        link = open_link(link_text, baud=line.baud, parity=line.parity, rtscts=line.rtscts)
    found, sent = await probe_with(probe_of(model.shelf), link)
    serial = read_link(link_text).kind is LinkKind.SERIAL
    return Tried(name, line if serial else None, tuple(sent), found)
