"""How long a killed daemon needs until it is back, held or observed and alarmed: JSON; exit 1 over budget."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.stop_latency import conclude, machine, quantile
from tests.system.bed import Bed

BUDGET_S = 3.0
"""From kill -9 to held or observed and alarmed, the journal replayed (DESIGN 9)."""
AWAY = ("OBSERVING", "HELD")
SLOW_S = 60
FLOOR = "import daemon.cli.serve"
"""The least a new process can do: start Python and read the program."""


def death() -> float:
    """Seconds from SIGKILL in a run that delivers until a new process answers and shows an alarm."""
    with tempfile.TemporaryDirectory() as folder, Bed(Path(folder)) as bed:
        bed.start_simulator("link_loss=continue")
        bed.start_daemon()
        bed.begin()
        begun = time.monotonic()
        bed.kill_daemon()
        bed.start_daemon()
        bed.until_status(lambda seen: seen["mode"] in AWAY and seen["alarms"], "back", within_s=SLOW_S)
        return time.monotonic() - begun


def started() -> float:
    """Seconds for the floor."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", FLOOR], check=True)
    return time.monotonic() - begun


def report(took: Sequence[float], bare: Sequence[float]) -> dict[str, Any]:
    """The worst is held to the budget."""
    broken = ["restart.max_s"] if max(took) > BUDGET_S else []
    return {
        "rows": [{"name": "restart", "n": len(took), **_figures(took), "budget": {"max_s": BUDGET_S}}],
        "floor": {"name": FLOOR, **_figures(bare)},
        "ratio_p50": round(quantile(took, 0.5) / quantile(bare, 0.5), 2),
        "broken": broken,
        "ok": not broken,
        "machine": machine(),
    }


def _figures(values: Sequence[float]) -> dict[str, float]:
    return {"p50_s": round(quantile(values, 0.5), 3), "max_s": round(max(values), 3)}


def main(arguments: Sequence[str], say: Callable[[str], object] = print) -> int:
    """Kill, measure, say the object; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.restart", description=__doc__)
    parser.add_argument("--samples", type=int, default=10, help="deaths (default 10)")
    parser.add_argument("--out", type=Path, help="write the object to this file as well")
    options = parser.parse_args(arguments)
    bare, took = zip(*((started(), death()) for _ in range(options.samples)), strict=True)
    return conclude(report(took, bare), options.out, say)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
