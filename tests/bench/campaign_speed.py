"""How many patient-hours a campaign plays in an hour of CPU: a JSON object; exit 1 if a budget is broken."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from drivers import registry
from drivers.interfaces import Monitor, Pump
from drivers.links.memory import NullModem
from drivers.values import Authority, Signal
from simulators.build import BagLabel, make_bed, make_device
from simulators.campaign.command import command
from simulators.options import choose
from simulators.pace import Pace
from simulators.virtual_time import VirtualTimeLoop
from tests.bench.stop_latency import conclude, machine

HOURS_PER_HOUR = "patient_hours_per_cpu_hour"
PUMP, MONITOR = "dianet-star", "s5-dri"
BAG = BagLabel("bag-1", Decimal(1), Decimal(250))
FLOOR_HOURS = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """A profile, how long its seeds live, and what it is to reach (DESIGN 9)."""

    profile: str
    hours: float
    least: float


ROWS = (Row("wire", 1, 2_000), Row("engine", 20, 40_000))


def profiles() -> frozenset[str]:
    """What `infusiond-sim campaign` can play."""
    (kind,) = (one.type for one in command.params if one.name == "profile")
    if not isinstance(kind, click.Choice):
        raise TypeError(kind)
    return frozenset(kind.choices)


def played(row: Row, seeds: int) -> dict[str, Any]:
    """The campaign's own report, from a process of its own."""
    words = ["--profile", row.profile, "--seeds", f"0:{seeds}", "--hours", str(row.hours), "--json"]
    program = [sys.executable, "-c", "from simulators.cli import main; main()", "campaign", *words]
    done = subprocess.run(program, stdout=subprocess.PIPE, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def floor(hours: float) -> dict[str, Any]:
    """The same wires and drivers with nobody behind them: what is read is thrown away."""
    loop = VirtualTimeLoop()
    begun = time.process_time()
    loop.run_until_complete(_read_for(hours * 3600))
    cpu_s = time.process_time() - begun
    loop.close()
    return {"patient_hours": hours, "cpu_s": round(cpu_s, 2), HOURS_PER_HOUR: round(hours * 3600 / cpu_s)}


async def _read_for(seconds: float) -> None:
    options = choose({})
    pace = Pace(make_bed([BAG], options, 1))
    cables = {model: NullModem(model) for model in (PUMP, MONITOR)}
    devices = [make_device(model, cable.b, pace, options, 1) for model, cable in cables.items()]
    for device in devices:
        await device.start()
    link = cables[PUMP].a
    pump: Pump = registry.build_pump(PUMP, link.name, authority=Authority.CONTROL, link=link)
    signals = frozenset({Signal.HR, Signal.SPO2, Signal.NIBP_SYS})
    link = cables[MONITOR].a
    monitor: Monitor = registry.MONITORS[MONITOR].build(link.name, signals=signals, link=link)
    watching = asyncio.create_task(monitor.run(_nothing, _nothing))
    await pump.connect()
    loop = asyncio.get_running_loop()
    while loop.time() < seconds:
        await pump.read()
        await asyncio.sleep(float(pump.capabilities.poll_s))
    for device in devices:
        await device.close()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await pump.close()


def _nothing(_what: object) -> None:
    """Nobody listens."""


def judged(row: Row, found: dict[str, Any], least: dict[str, Any]) -> dict[str, Any]:
    """A row: its budget, what of it is broken, and its ratio to the floor."""
    kept = {key: found[key] for key in ("runs", "patient_hours", "cpu_s", HOURS_PER_HOUR)}
    return {
        "name": row.profile,
        **kept,
        "violations": len(found["violations"]),
        "budget": {HOURS_PER_HOUR: row.least},
        "over": [HOURS_PER_HOUR] if found[HOURS_PER_HOUR] < row.least else [],
        "floor": least,
        "ratio": round(found[HOURS_PER_HOUR] / least[HOURS_PER_HOUR], 3),
    }


def main(arguments: Sequence[str], say: Callable[[str], object] = print) -> int:
    """Play, say the object; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.campaign_speed", description=__doc__)
    parser.add_argument("--seeds", type=int, default=4, help="beds for each profile (default 4)")
    parser.add_argument("--hours", type=float, help="each lives so long (default: by profile)")
    parser.add_argument("--out", type=Path, help="write the object to this file as well")
    options = parser.parse_args(arguments)
    rows = []
    for row in ROWS:
        if row.profile in profiles():
            chosen = row if options.hours is None else Row(row.profile, options.hours, row.least)
            rows.append(judged(row, played(chosen, options.seeds), floor(min(chosen.hours, FLOOR_HOURS))))
    broken = [f"{row['name']}.{key}" for row in rows for key in row["over"]]
    found = {"rows": rows, "broken": broken, "ok": not broken, "machine": machine()}
    return conclude(found, options.out, say)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
