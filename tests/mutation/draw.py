"""A seeded draw of which every file has its share, and at least one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import groupby

from tests.mutation.mutants import Mutant


def drawn(made: Sequence[Mutant], size: int, seed: int) -> list[Mutant]:
    """About `size` of them, in order. A larger draw of the same seed holds the smaller one."""
    found = []
    for file, group in groupby(made, lambda mutant: mutant.file):
        held = list(group)
        count = max(round(size * len(held) / len(made)), 1)
        order = random.Random(f"{seed} {file}").sample(held, len(held))
        found += sorted(order[:count], key=lambda mutant: mutant.number)
    return found
