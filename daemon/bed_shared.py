"""Vital signs that two monitors of a bed give: who leads, and from where on they disagree (F32)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from daemon.protocols.faults import Fault
from daemon.protocols.numbers import Positive
from daemon.protocols.parse import Raw, read
from daemon.protocols.section import Section
from daemon.protocols.shared_signal import SharedSignal
from drivers import registry
from drivers.values import UNITS, Signal

if TYPE_CHECKING:
    from daemon.bed_schema import MonitorIn


class DisagreementIn(Section):
    """From how large a difference, lasting how long, two monitors disagree about a signal."""

    by: Positive = Field(description="the difference from which they disagree, in the unit of the signal")
    for_s: Positive = Field(description="for how many seconds, such as for_s = 30")


def shared_of(
    monitors: Sequence[MonitorIn], ordered: Mapping[Signal, DisagreementIn]
) -> tuple[SharedSignal, ...]:
    """The signals two monitors give, of a bed file that holds."""
    leads = {signal: monitor.name for monitor in monitors for signal in monitor.leads}
    return tuple(
        SharedSignal(signal, leads[signal], ordered[signal].by, ordered[signal].for_s)
        for signal in Signal
        if signal in ordered
    )


def shared_faults(file: str, data: Raw, monitors: Sequence[MonitorIn | None]) -> Iterator[Fault]:
    """Nobody leads, two lead, or what is a disagreement is not said; also what is said of no such signal."""
    if None in monitors:
        return
    known = [monitor for monitor in monitors if monitor is not None]
    givers = {signal: [one.name for one in known if _gives(one, signal)] for signal in Signal}
    shared = {signal for signal, names in givers.items() if len(names) > 1}
    yield from _lead_faults(file, known, shared)
    for signal in sorted(shared):
        if not any(signal in monitor.leads for monitor in known):
            names = " or ".join(givers[signal])
            problem = f"{len(givers[signal])} monitors give {signal} and none leads"
            remedy = f'write leads = ["{signal}"] into the [[monitors]] block of {names}: its value is shown'
            yield Fault(file, "monitors", "", problem, remedy, "no_lead")
    yield from _disagreement_faults(file, data.get("disagreement"), shared)


def _gives(monitor: MonitorIn, signal: Signal) -> bool:
    model = registry.MONITORS.get(monitor.model)
    return signal in monitor.signals and model is not None and signal in model.capabilities.signals


def _lead_faults(file: str, monitors: Sequence[MonitorIn], shared: set[Signal]) -> Iterator[Fault]:
    led: dict[Signal, str] = {}
    for index, monitor in enumerate(monitors):
        for at, signal in enumerate(monitor.leads):
            key, value = f"monitors[{index}].leads[{at}]", f'"{signal}"'
            if signal not in monitor.signals:
                problem, remedy = "this signal is not taken from it", "add it to signals, or leave it out"
                yield Fault(file, key, value, problem, remedy, "lead_not_taken")
            elif signal not in shared:
                problem = "no other monitor gives this signal: there is nothing to lead"
                yield Fault(file, key, value, problem, "leave it out", "unused")
            elif signal in led:
                problem = f"{led[signal]} leads already"
                yield Fault(file, key, value, problem, "let one monitor lead each signal", "two_leads")
            led.setdefault(signal, monitor.name)


def _disagreement_faults(file: str, given: object, shared: set[Signal]) -> Iterator[Fault]:
    ordered = given if isinstance(given, Mapping) else {}
    for signal in sorted(shared - set(ordered)):
        yield Fault(
            file,
            f"disagreement.{signal}",
            "",
            f"two monitors give {signal}, and from which difference on they disagree is not said (F32)",
            f"write {signal} = {{ by = …, for_s = … }} into a [disagreement] table; by in {UNITS[signal]}",
            "missing",
        )
    for signal in sorted(one for one in Signal if one in ordered and one not in shared):
        if read(DisagreementIn, ordered[signal]) is not None:
            problem = "no two monitors of this bed give this signal"
            yield Fault(file, f"disagreement.{signal}", "", problem, "leave it out", "unused")
