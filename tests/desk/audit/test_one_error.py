"""One wrong cell in a clean table: how often it is found, and how often the cell is named. Measured.

The floors are below what was measured with these seeds (`pytest -s` prints the shares); they are no promise.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from daemon.desk.audit.audit import audit
from daemon.desk.audit.findings import Finding, Severity
from tests.desk.audit.clean import RULES, SHAPES, csv, texts
from tests.desk.audit.mutations import KINDS, Mutation

TABLES = 40
FOUND = NAMED = 0.9
ALONE = 0.85


def names(finding: Finding, mutation: Mutation) -> bool:
    """The finding or one of its alternatives is the cell, or the structure."""
    if mutation.row is None:
        return finding.code in {"shifted_column", "swapped_columns"}
    places = [(finding.row, finding.column), *((one.row, one.column) for one in finding.alternatives)]
    return (mutation.row, mutation.column) in places


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(300)
def test_one_error_is_found_and_named(kind: str) -> None:
    shares: Counter[str] = Counter()
    for seed in range(TABLES):
        random = Random(f"{kind} {seed}")
        clean = random.choice(SHAPES)(random)
        rows = texts(clean, random.choice(RULES), random.choice([None, 2, 3, 4, 5]))
        mutation = KINDS[kind](rows, random)
        if mutation is None:
            continue
        found = [one for one in audit(csv(clean, mutation.rows)).findings if one.severity is Severity.ERROR]
        shares["tables"] += 1
        shares["found"] += bool(found)
        shares["named"] += any(names(one, mutation) for one in found)
        shares["alone"] += len(found) == 1 and names(found[0], mutation)
    tables = shares["tables"]
    print(f"{kind}: " + ", ".join(f"{name} {number}/{tables}" for name, number in shares.items()))
    assert tables > TABLES // 3
    assert shares["found"] >= FOUND * tables
    assert shares["named"] >= NAMED * tables
    assert shares["alone"] >= ALONE * tables
