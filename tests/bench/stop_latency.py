"""How long a STOP takes to the wire while the disk stalls: a JSON object; exit 1 if a budget is broken."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.bed import BenchBed
from tests.bench.floor import Floor
from tests.bench.lines import Loop
from tests.bench.samples import SAMPLES, bare_loop

BATCH = 80
"""Stops for one daemon; the protocol allows 99 resumes."""
WARM_UP = 5
RATIO_MAX = 3.0


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured, and what it may take in ms."""

    name: str
    what: str
    p99_ms: float
    p50_ms: float | None = None
    real_baud: bool = False


ROWS = (
    Row("link_idle", "last byte of a bad vitals frame to first byte of STOP, link idle", 5, p50_ms=1),
    Row("in_flight", "the same with a request in flight at 9600 baud", 100, real_baud=True),
    Row("reply_owed", "the same with a pump that does not answer the request in flight", 500),
    Row("hold_pressed", "connect to the control socket to first byte of STOP", 50),
)
FLOOR = "bare_loop"


def measure(row: Row, samples: int, seconds: float = math.inf) -> tuple[list[float], list[float]]:
    """Milliseconds of the row, and of the bare loop in between (first row only).

    After so many seconds of the wall the row ends with the samples it has, at least one.
    """
    found: list[float] = []
    bare: list[float] = []
    end_s = time.monotonic() + seconds

    def enough() -> bool:
        return len(found) >= samples or (bool(found) and time.monotonic() > end_s)

    while not enough():
        wanted = min(BATCH, samples - len(found))
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            loop, folder = Loop(), Path(name)
            with Floor(loop, folder) as floor, BenchBed(loop, folder, real_baud=row.real_baud) as bed:
                for number in range(wanted + WARM_UP):
                    if enough():
                        break
                    taken = SAMPLES[row.name](loop, bed)
                    least = bare_loop(loop, floor) if row.p50_ms is not None else None
                    bed.resume()
                    if number >= WARM_UP:
                        found.append(taken)
                        bare += [] if least is None else [least]
            loop.close()
    return found, bare


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def summary(name: str, values: Sequence[float]) -> dict[str, Any]:
    """n, p50, p99 and the largest, in ms."""
    return {
        "name": name,
        "n": len(values),
        "p50_ms": round(quantile(values, 0.5), 4),
        "p99_ms": round(quantile(values, 0.99), 4),
        "max_ms": round(max(values), 4),
    }


def judged(row: Row, values: Sequence[float]) -> dict[str, Any]:
    """The summary of a row, its budget and what of it is broken."""
    found = summary(row.name, values)
    budget = {"p50_ms": row.p50_ms, "p99_ms": row.p99_ms}
    over = [key for key, most in budget.items() if most is not None and found[key] > most]
    return {**found, "what": row.what, "budget": budget, "over": over}


def report(measured: dict[str, list[float]], bare: Sequence[float]) -> dict[str, Any]:
    """The whole object; `broken` names every budget that does not hold."""
    rows = [judged(row, measured[row.name]) for row in ROWS if row.name in measured]
    broken = [f"{row['name']}.{key}" for row in rows for key in row["over"]]
    floor = summary(FLOOR, bare) if bare else None
    ratio = None
    if floor is not None:
        ratio = round(rows[0]["p50_ms"] / floor["p50_ms"], 2)
        broken += ["ratio_p50"] if ratio > RATIO_MAX else []
    return {
        "rows": rows,
        "floor": floor,
        "ratio_p50": ratio,
        "ratio_p50_max": RATIO_MAX,
        "broken": broken,
        "ok": not broken,
        "machine": machine(),
    }


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cores": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def conclude(found: dict[str, Any], out: Path | None, say: Callable[[str], object]) -> int:
    """Say the object, write it to `out` as well, name what is broken; the exit code."""
    text = json.dumps(found, indent=2)
    say(text)
    if out is not None:
        out.write_text(text + "\n")
    for name in found["broken"]:
        print(f"over budget: {name}", file=sys.stderr)
    return 1 if found["broken"] else 0


def main(arguments: Sequence[str], say: Callable[[str], object] = print) -> int:
    """Measure the rows asked for, say the object; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stop_latency", description=__doc__)
    parser.add_argument("--samples", type=int, default=200, help="stops for each row (default 200)")
    parser.add_argument(
        "--seconds", type=float, default=30, help="a row ends by then with the samples it has (default 30)"
    )
    parser.add_argument("--row", action="append", choices=[row.name for row in ROWS], help="only this row")
    parser.add_argument("--out", type=Path, help="write the object to this file as well")
    options = parser.parse_args(arguments)
    measured: dict[str, list[float]] = {}
    bare: list[float] = []
    for row in ROWS:
        if options.row is None or row.name in options.row:
            measured[row.name], least = measure(row, options.samples, options.seconds)
            bare += least
    found = report(measured, bare)
    return conclude(found, options.out, say)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
