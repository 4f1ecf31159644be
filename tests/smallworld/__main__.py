"""`python -m tests.smallworld`: how many classes of states each small world has, and how many moves."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from tests.smallworld.survey import Survey, survey
from tests.smallworld.table import forbidden, unseen
from tests.smallworld.worlds import WORLDS

MOST = 400_000


def figures(found: Survey, compare: int, cpu_s: float) -> dict[str, Any]:
    """One world in numbers; `findings` is empty where everything held."""
    findings = [*forbidden(found), *(unseen(found) if found.complete else ())]
    compared = found.likeness.compare(compare)
    return {
        "world": found.world.name,
        "classes": len(found.known),
        "explored": found.explored,
        "moves": found.edges,
        "complete": found.complete,
        "by_phase": {phase.value: number for phase, number in sorted(found.classes.items())},
        "trapped": found.trapped,
        "findings": findings,
        "compared": {
            "classes": compared.classes,
            "alike": compared.alike,
            "moves": compared.moves,
            "same": compared.same,
            "most_apart": dict(compared.differ.most_common(10)),
        },
        "cpu_s": round(cpu_s, 1),
    }


def _text(one: dict[str, Any]) -> str:
    how = "complete" if one["complete"] else f"{one['explored']} of them explored"
    compared = one["compared"]
    head = (
        f"{one['world']}: {one['classes']} classes of states ({how}), {one['moves']} moves, "
        f"{len(one['trapped'])} without a way out, {one['cpu_s']} s"
    )
    alike = (
        f"  two states each of {compared['classes']} classes: {compared['same']} of {compared['moves']} "
        f"moves led to the same class, all moves of {compared['alike']} classes"
    )
    phases = (f"{number:9} {phase}" for phase, number in one["by_phase"].items())
    wrong = (f"  {finding}" for finding in (*one["trapped"], *one["findings"]))
    return "\n".join([head, *phases, alike, *wrong])


def main() -> int:
    """Exit code 1: somebody has no way out, or exploration and table differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.smallworld", description=__doc__)
    parser.add_argument("worlds", nargs="*", metavar="WORLD", help=f"of {', '.join(WORLDS)} (all)")
    parser.add_argument("--most", type=int, default=MOST, help="explore so many classes of each (all)")
    parser.add_argument("--compare", type=int, default=300, help="two states of so many classes (300)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line for each world")
    given = parser.parse_args()
    unknown = set(given.worlds) - WORLDS.keys()
    if unknown:
        parser.error(f"no world {', '.join(sorted(unknown))}; there are: {', '.join(WORLDS)}")
    wrong = False
    for name in given.worlds or WORLDS:
        began = time.process_time()
        found = survey(WORLDS[name], given.most)
        one = figures(found, given.compare, time.process_time() - began)
        wrong = wrong or bool(one["trapped"] or one["findings"])
        sys.stdout.write(f"{json.dumps(one) if given.json else _text(one)}\n")
        sys.stdout.flush()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
