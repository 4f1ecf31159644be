"""What reaches the patient: plug flow through the dead volume of the line (F39, facts of the dead space)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Flow:
    """One step as the line sees it; `primed`: the line was filled with its solution beforehand."""

    solution: str
    concentration: Fraction
    rate: Fraction
    volume: Fraction
    dead_volume: Fraction
    """Of a line of its own, up to the part behind a Y-site."""
    shared: Fraction
    """Of the part behind a Y-site, which no priming of a line reaches."""
    primed: bool


@dataclass(frozen=True, slots=True)
class Plug:
    """A volume that leaves the line into the patient, all of one concentration, at one rate."""

    volume: Fraction
    concentration: Fraction
    rate: Fraction

    @property
    def dose(self) -> Fraction:
        """Dose in this plug."""
        return self.volume * self.concentration

    @property
    def dose_rate(self) -> Fraction:
        """Dose per hour while it flows."""
        return self.rate * self.concentration


@dataclass(frozen=True, slots=True)
class PatientSide:
    """The plugs of each step, in order, and the dose the line keeps after the last one."""

    steps: tuple[tuple[Plug, ...], ...]
    kept: Fraction
    flushed: tuple[Fraction, ...]
    """Per step the dose given beyond what the pump counts: drug that was primed into the line (F30)."""


def patient_side(flows: Sequence[Flow]) -> PatientSide:
    """Push every step through the line; an unprimed first solution finds the line free of drug."""
    line: deque[tuple[Fraction, Fraction]] = deque()
    hanging: str | None = None
    fill = Fraction(0)
    steps: list[tuple[Plug, ...]] = []
    flushed: list[Fraction] = []
    for flow in flows:
        if flow.solution != hanging:
            if hanging is None:
                line = deque([(flow.shared + flow.dead_volume, Fraction(0))])
            if flow.primed:
                before = _dose(line)
                line = _shared_part(line, flow.shared)
                fill = max(fill - (before - _dose(line)), Fraction(0))
                line.append((flow.dead_volume, flow.concentration))
                fill += flow.dead_volume * flow.concentration
            hanging = flow.solution
        line.append((flow.volume, flow.concentration))
        steps.append(tuple(_pushed_out(line, flow.volume, flow.rate)))
        flushed.append(max(fill - _dose(line), Fraction(0)) if fill else Fraction(0))
        fill -= flushed[-1]
    return PatientSide(tuple(steps), _dose(line), tuple(flushed))


def _dose(line: deque[tuple[Fraction, Fraction]]) -> Fraction:
    return sum((volume * concentration for volume, concentration in line), Fraction(0))


def _shared_part(
    line: deque[tuple[Fraction, Fraction]], shared: Fraction
) -> deque[tuple[Fraction, Fraction]]:
    """What stays at the patient's end when another line is attached before it."""
    kept: deque[tuple[Fraction, Fraction]] = deque()
    for volume, concentration in line:
        taken = min(volume, shared)
        shared -= taken
        if taken:
            kept.append((taken, concentration))
    return kept


def _pushed_out(line: deque[tuple[Fraction, Fraction]], volume: Fraction, rate: Fraction) -> list[Plug]:
    plugs: list[Plug] = []
    while volume > 0:
        front, concentration = line.popleft()
        taken = min(front, volume)
        volume -= taken
        if front > taken:
            line.appendleft((front - taken, concentration))
        if not taken:
            continue
        if plugs and plugs[-1].concentration == concentration:
            plugs[-1] = Plug(plugs[-1].volume + taken, concentration, rate)
        else:
            plugs.append(Plug(taken, concentration, rate))
    return plugs


@dataclass(frozen=True, slots=True)
class Breach:
    """In a step (counted from 0) the patient gets more per hour than the ceilings allow.

    `times` = of the highest dose per hour before, or of the first one ordered while nothing has `reached`
    the patient; None where the dose per hour itself, `dose_rate`, is above its ceiling.
    """

    step: int
    dose_rate: Fraction
    times: Fraction | None
    reached: bool


def breaches(flows: Sequence[Flow], step_up: Fraction, dose_rate: Fraction | None) -> Iterator[Breach]:
    """Where the dead volume breaks the ceilings at the patient; lines of their own, primed, never do."""
    if all(flow.primed and not flow.shared for flow in flows):
        return
    highest = flows[0].rate * flows[0].concentration
    reached = False
    for index, plugs in enumerate(patient_side(flows).steps):
        for plug in plugs:
            if plug.dose_rate > highest * (step_up if reached else 1):
                yield Breach(index, plug.dose_rate, plug.dose_rate / highest, reached)
            if dose_rate is not None and plug.dose_rate > dose_rate:
                yield Breach(index, plug.dose_rate, None, reached)
            reached = reached or plug.concentration > 0
            highest = max(highest, plug.dose_rate)
