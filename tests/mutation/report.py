"""What a run found, by area: mutants made, tried, killed, alive with or without a reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import sqrt

from tests.mutation.areas import files
from tests.mutation.campaign import Results
from tests.mutation.mutants import Mutant
from tests.mutation.reasons import reasons, stale
from tests.mutation.trying import BROKEN, KILLED, SURVIVED, TIMED_OUT

Z = 1.96


def interval(killed: int, tried: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not tried:
        return 0.0, 1.0
    share, z2 = killed / tried, Z * Z / tried
    middle = (share + z2 / 2) / (1 + z2)
    half = Z * sqrt(share * (1 - share) / tried + z2 / (4 * tried)) / (1 + z2)
    return middle - half, middle + half


def report(made: Sequence[Mutant], results: Results) -> Iterator[str]:
    """Lines to print: one an area, then the survivors."""
    areas, known = files(), reasons()
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    left: list[tuple[Mutant, str]] = []
    for mutant in made:
        count = counted[areas[mutant.file]]
        count["made"] += 1
        verdict = results.verdict(mutant)
        if verdict is None:
            continue
        word = str(verdict["word"])
        count[word] += 1
        if word == SURVIVED:
            why = next((f"{one.kind}: {one.why}" for one in known if one.fits(mutant)), "")
            count["explained"] += bool(why)
            left.append((mutant, why or f"NO REASON after {verdict['tests']} tests"))
    yield f"{'area':16}{'made':>7}{'tried':>7}{'killed':>8}{'late':>6}{'lived':>7}{'reason':>8}  score"
    for area in [*counted]:
        yield _line(area, counted[area])
    yield _line("all", sum(counted.values(), Counter()))
    broken = sum(count[BROKEN] for count in counted.values())
    yield f"without a verdict, for the runner failed: {broken}"
    yield f"shams (nothing changed): {len(results.shams)}, of which failed: {_failed(results.shams.values())}"
    yield from (f"STALE, its mutant is gone: {one.file} {one.function}: {one.change}" for one in stale())
    yield ""
    yield from (f"{mutant.key} {mutant}\n    {why}" for mutant, why in left)


def _line(area: str, count: Counter[str]) -> str:
    dead = count[KILLED] + count[TIMED_OUT]
    tried = dead + count[SURVIVED]
    low, high = interval(dead, tried)
    score = f"{dead / tried:.1%}" if tried else "-"
    sampled = "" if tried == count["made"] else f", sampled: {low:.1%} to {high:.1%}"
    lived, told = count[SURVIVED], count["explained"]
    figures = f"{count['made']:>7}{tried:>7}{count[KILLED]:>8}{count[TIMED_OUT]:>6}{lived:>7}{told:>8}"
    return f"{area:16}{figures}  {score}{sampled}"


def _failed(shams: Iterable[dict[str, object]]) -> int:
    return sum(one["word"] != SURVIVED for one in shams)
