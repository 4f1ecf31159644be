"""Is a device reached as its bed file says? UDP reaches monitors that speak it, and never a pump (F28)."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.bed_schema import MonitorIn, PumpIn
from daemon.protocols.faults import Fault
from drivers.links.text import LinkKind, read_link


def link_faults(
    file: str, place: str, device: PumpIn | MonitorIn, links: frozenset[LinkKind]
) -> Iterator[Fault]:
    """A fault if the model of `device`, which is reached over `links`, is not reached over its own link."""
    kind = read_link(device.link).kind
    if kind in links and not (kind is LinkKind.UDP and isinstance(device, PumpIn)):
        return
    if kind is LinkKind.UDP and isinstance(device, PumpIn):
        problem = "a pump is not reached over UDP: a START may arrive behind the STOP sent after it (F28)"
    else:
        problem = f"{device.model} is not reached over {kind}"
    kinds = sorted(links - {LinkKind.MEMORY} - ({LinkKind.UDP} if isinstance(device, PumpIn) else set()))
    remedy = "write one of: " + ", ".join(f"{one}:…" for one in kinds)
    yield Fault(file, f"{place}.link", f'"{device.link}"', problem, remedy, "link_kind")
