"""What a run found, by area: mutants made, tried, killed, alive with or without a reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tests.mutation import estimate
from tests.mutation.areas import files
from tests.mutation.campaign import Results
from tests.mutation.estimate import Count, Estimate
from tests.mutation.mutants import Mutant
from tests.mutation.reasons import reasons, stale
from tests.mutation.trying import BROKEN, KILLED, SURVIVED, TIMED_OUT

Counted = dict[str, Counter[str]]


def report(made: Sequence[Mutant], drawn: Sequence[Mutant], results: Results) -> Iterator[str]:
    """Lines to print: one an area, then the survivors. Of all that were made only the drawn are looked at."""
    known = reasons()
    counted: Counted = defaultdict(Counter)
    classes: Counter[str] = Counter()
    left: list[tuple[Mutant, str]] = []
    for mutant in made:
        counted[mutant.file]["made"] += 1
    for mutant in drawn:
        count = counted[mutant.file]
        verdict = results.verdict(mutant)
        if verdict is None:
            continue
        word = str(verdict["word"])
        count[word] += 1
        if word == SURVIVED:
            reason = next((one for one in known if one.fits(mutant)), None)
            count["explained"] += reason is not None
            classes[reason.kind if reason else "NO REASON"] += 1
            told = f"{reason.kind}: {reason.why}" if reason else f"NO REASON after {verdict['tests']} tests"
            left.append((mutant, told))
    yield from _table(counted)
    yield "alive, by class of reason: " + (
        ", ".join(f"{n} {kind}" for kind, n in classes.most_common()) or "-"
    )
    yield f"without a verdict, for the runner failed: {sum(count[BROKEN] for count in counted.values())}"
    yield f"shams (nothing changed): {len(results.shams)}, of which failed: {_failed(results.shams.values())}"
    unseen = [name for name, count in counted.items() if not _count(count).tried]
    yield f"files without a verdict: {', '.join(unseen) or 'none'}"
    yield from (f"STALE, its mutant is gone: {one.file} {one.function}: {one.change}" for one in stale())
    yield ""
    yield from (f"{mutant.key} {mutant}\n    {why}" for mutant, why in left)


def _table(counted: Counted) -> Iterator[str]:
    """An area a line, and all of them, where each area weighs as many mutants as it has."""
    areas = files()
    by_area: dict[str, list[Counter[str]]] = defaultdict(list)
    for name, count in counted.items():
        by_area[areas[name]].append(count)
    yield f"{'area':16}{'made':>7}{'tried':>7}{'killed':>8}{'late':>6}{'lived':>7}{'reason':>8}  score"
    found = []
    for area, counts in by_area.items():
        found.append(estimate.area([_count(one) for one in counts]))
        yield _line(area, sum(counts, Counter()), found[-1])
    yield _line("all", sum(counted.values(), Counter()), estimate.together(found))


def _count(count: Counter[str]) -> Count:
    dead = count[KILLED] + count[TIMED_OUT]
    return Count(count["made"], dead + count[SURVIVED], dead)


def _line(area: str, count: Counter[str], share: Estimate) -> str:
    tried = _count(count).tried
    low, high = share.bounds
    score = f"{share.share:.1%}" if tried else "-"
    sampled = "" if tried == count["made"] else f", sampled: {low:.1%} to {high:.1%}"
    lived, told = count[SURVIVED], count["explained"]
    figures = f"{count['made']:>7}{tried:>7}{count[KILLED]:>8}{count[TIMED_OUT]:>6}{lived:>7}{told:>8}"
    return f"{area:16}{figures}  {score}{sampled}"


def _failed(shams: Iterable[dict[str, object]]) -> int:
    return sum(one["word"] != SURVIVED for one in shams)
