"""Checks of a protocol against the pump and the monitors it is to run on (F5, F25, F31)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from daemon.exact_json import plain
from daemon.protocols.case import Case, short
from daemon.protocols.faults import Fault
from drivers.values import MONITORED, MonitorCapabilities, PumpCapabilities, Signal

MIN_COUNTER_UNITS = 5


@dataclass(frozen=True, slots=True)
class Carrier:
    """The pump of a bed that gives a solution."""

    name: str
    caps: PumpCapabilities
    occlusion_ml: Decimal | None = None
    """What it and its set store before an occlusion alarms (F14)."""


def pump_faults(
    case: Case,
    alone: PumpCapabilities,
    carriers: Mapping[str, Carrier] = MappingProxyType({}),
    *,
    by_hand: bool = False,
) -> Iterator[Fault]:
    """Every step its pump cannot do, or cannot be trusted with; `alone` gives what has no carrier.

    A hand renews what a daemon cannot.
    """
    mute = () if by_hand else (one.model for one in (alone, *_of(carriers)) if one.read_only)
    for model in dict.fromkeys(mute):
        yield case.fault(
            "", "", f"{model} can only be watched", "name a pump that takes commands", "pump_read_only"
        )
    for index, step in enumerate(case.measures.steps):
        if step is None:
            continue
        pump = carriers[step.solution].caps if step.solution in carriers else alone
        problem = rate_problem(step.rate, pump)
        if problem:
            key, value = f"steps[{index}].rate_ml_h", short(step.rate)
            yield case.fault(key, value, f"step {index + 1}: {problem[0]}", problem[1], "rate_not_on_pump")
        yield from _countable(case, index, pump)
        if not by_hand:
            yield from _renewable(case, index, pump)


def _of(carriers: Mapping[str, Carrier]) -> Iterator[PumpCapabilities]:
    return (carrier.caps for carrier in carriers.values())


def rate_problem(rate_ml_h: Fraction, pump: PumpCapabilities) -> tuple[str, str] | None:
    """Why the pump cannot run at this rate, and the remedy; None if it can."""
    span = f"{plain(pump.rate_min_ml_h)} to {plain(pump.rate_max_ml_h)} mL/h"
    if not Fraction(pump.rate_min_ml_h) <= rate_ml_h <= Fraction(pump.rate_max_ml_h):
        return f"{pump.model} runs at {span}", f"give a rate of {span}"
    step = pump.rate_step_at(_decimal(rate_ml_h))
    steps = rate_ml_h / Fraction(step)
    if steps.denominator != 1:
        near = Decimal(round(steps)) * step
        problem = f"{pump.model} sets such a rate in steps of {plain(step)} mL/h"
        return problem, f"give a multiple of {plain(step)}, such as {plain(near)}"
    return None


def _countable(case: Case, index: int, pump: PumpCapabilities) -> Iterator[Fault]:
    step, written = case.measures.steps[index], case.parts.steps[index]
    unit = pump.counter_unit_at(_shown_by(case, index))
    least = MIN_COUNTER_UNITS * unit
    if step is not None and written is not None and not written.by_time and step.volume < least:
        yield case.fault(
            f"steps[{index}]",
            "",
            f"step {index + 1} gives {short(step.volume)} mL, and {pump.model} counts in units of "
            f"{plain(unit)} mL: fewer than {MIN_COUNTER_UNITS} units prove nothing (F25)",
            "make the step larger, or order by_time = true: its dose is then known to one unit only",
            "too_few_counter_units",
        )


def _shown_by(case: Case, index: int) -> Decimal:
    """What the pump's counter shows at the end of this step, if it began with the plan at 0."""
    return _decimal(sum((one.volume for one in case.measures.steps[: index + 1] if one), Fraction(0)))


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _renewable(case: Case, index: int, pump: PumpCapabilities) -> Iterator[Fault]:
    step, ceilings = case.measures.steps[index], case.parts.ceilings
    if step is None or ceilings is None or pump.gapless or pump.link_watchdog_s is not None:
        return
    if step.minutes > ceilings.unattended_max_min:
        yield case.fault(
            f"steps[{index}]",
            "",
            f"step {index + 1} takes {short(step.minutes)} min, and {pump.model} neither takes a new volume "
            "limit while running nor stops by itself when the link is lost (F5)",
            f"use another pump, or steps of at most {plain(ceilings.unattended_max_min)} min",
            "step_too_long_unattended",
        )


def monitor_faults(
    case: Case, monitors: Sequence[MonitorCapabilities], by_hand: Mapping[Signal, Decimal]
) -> Iterator[Fault]:
    """Signals neither a monitor of the bed nor a hand gives, and values stale by nature (F31, F32).

    `by_hand`: for how many minutes a value entered by hand counts. A hand alone is a source where the gate
    is ordered to live with values so old.
    """
    for index, rule in enumerate(case.parts.signals):
        if rule is None:
            continue
        sources = [monitor for monitor in monitors if rule.signal in monitor.signals]
        age_min = by_hand.get(rule.signal)
        by_hand_alone = age_min is not None and rule.fresh_s >= 60 * age_min
        if not sources and not by_hand_alone and rule.signal in MONITORED:
            yield case.fault(
                f"signals[{index}].signal",
                f'"{rule.signal}"',
                "no monitor of this bed gives this signal, and no hand gives it so fresh",
                "add it to a [[monitors]] block of the bed file, or leave it out of the protocol. By hand "
                "alone it needs [[manual_vitals]], and fresh_s of at least their max_age_min in seconds",
                "signal_without_source",
            )
        for monitor in sources:
            if rule.fresh_s < 2 * monitor.interval_s:
                least = plain(2 * monitor.interval_s)
                yield case.fault(
                    f"signals[{index}].fresh_s",
                    plain(rule.fresh_s),
                    f"{monitor.model} speaks every {plain(monitor.interval_s)} s: "
                    "fresh for less than two of these is stale by nature (F31)",
                    f"give at least {least}",
                    "stale_by_nature",
                )


def carrier_faults(case: Case, carried: Collection[str]) -> Iterator[Fault]:
    """Solutions no pump of the bed carries."""
    for index, name in enumerate(case.parts.solution_ids):
        if isinstance(name, str) and name not in carried:
            yield case.fault(
                f"solutions[{index}].id",
                f'"{name}"',
                "no pump of this bed carries this solution",
                f'add "{name}" to the solutions of a [[pumps]] block in the bed file',
                "solution_without_pump",
            )
