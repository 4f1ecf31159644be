"""`python -m tests.mutation`: mutants of the dosing core, and how many of them the tests kill."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.mutation.areas import AREAS, FOLDER, ROOT, TESTS, files
from tests.mutation.campaign import Campaign, Results
from tests.mutation.draw import drawn
from tests.mutation.hits import Mapper, load
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.report import report
from tests.mutation.session import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Map, try, report; 1 where a survivor has no reason, or a reason no mutant."""
    asked = _asked(arguments)
    folder: Path = asked.folder
    if asked.map or not (folder / "map.json").exists():
        _map(folder, asked.tests)
    made = _made(asked)
    chosen = drawn(made, asked.sample, asked.seed) if 0 < asked.sample < len(made) else made
    if not asked.report:
        _try(chosen, asked)
    lines = list(report(made, chosen, Results.read(folder / "results.jsonl")))
    print("\n".join(lines))
    return int(any("NO REASON" in line or line.startswith("STALE") for line in lines))


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument(
        "--sample", type=int, default=0, help="so many mutants, drawn from every file; 0 = all"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the draw")
    parser.add_argument(
        "--area", action="append", choices=list(AREAS), help="only this area; may be repeated"
    )
    parser.add_argument("--file", action="append", help="only this file; may be repeated")
    parser.add_argument("--key", action="append", help="only this mutant; may be repeated")
    parser.add_argument(
        "--budget", type=float, default=0, help="CPU seconds of tests for one mutant; 0 = all tests"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument(
        "--shams", type=int, default=50, help="after so many mutants one unchanged; 0 = never"
    )
    parser.add_argument("--map", action="store_true", help="collect anew which test runs which block")
    parser.add_argument("--report", action="store_true", help="try nothing, tell what is known")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="map and results")
    parser.add_argument("--tests", action="append", help="only these; may be repeated")
    asked = parser.parse_args(arguments)
    asked.tests = asked.tests or list(TESTS)
    return asked


def _map(folder: Path, tests: Sequence[str]) -> None:
    """In a process of its own: this one must import nothing of the project."""
    child = os.fork()
    if child == 0:
        mapper = Mapper(ROOT)
        run([mapper], tests)
        mapper.write(folder / "map.json")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        sys.exit("the tests could not be mapped")


def _made(asked: argparse.Namespace) -> list[Mutant]:
    areas = files()
    wanted = asked.area or list(AREAS)
    names = [name for name, area in areas.items() if area in wanted and name in (asked.file or areas)]
    made = [mutant for name in names for mutant in mutants(name)]
    return [one for one in made if one.key in asked.key] if asked.key else made


def _try(chosen: Sequence[Mutant], asked: argparse.Namespace) -> None:
    results = Results.read(asked.folder / "results.jsonl")
    known = load(asked.folder / "map.json")
    children = []
    for worker in range(asked.workers):
        child = os.fork()
        if child == 0:
            Campaign(known, results, asked.budget, asked.shams, asked.tests).attempt(
                chosen[worker :: asked.workers]
            )
            os._exit(0)
        children.append(child)
    if any(os.waitpid(child, 0)[1] for child in children):
        sys.exit("a worker ended early; what it found is kept")


if __name__ == "__main__":
    sys.exit(main())
