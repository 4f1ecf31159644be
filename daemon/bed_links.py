"""Is a device reached as its bed file says? UDP reaches monitors that speak it, and never a pump (F28)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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


def place_faults(
    file: str, place: str, device: PumpIn | MonitorIn, reads: Callable[[str], object] | None
) -> Iterator[Fault]:
    """A fault if the link names one of several devices behind a port (`#11`) and there is none such."""
    if reads is None and not read_link(device.link).place:
        return
    problem, remedy = f"{device.model} is alone behind its port", "write the link without # and what follows"
    if reads is not None:
        try:
            reads(device.link)
        except ValueError as error:
            problem, remedy = str(error), 'write such as "serial:/dev/ttyUSB0#11"'
        else:
            return
    yield Fault(file, f"{place}.link", f'"{device.link}"', problem, remedy, "link_place")
