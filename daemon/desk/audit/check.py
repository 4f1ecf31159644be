"""Every relation of a table, judged: what one number says about another."""

from __future__ import annotations

from daemon.desk.audit.judged import Judged
from daemon.desk.audit.strengths import one_strength_a_bag
from daemon.desk.audit.sums import cumulative, elapsed
from daemon.desk.audit.totals import totals
from daemon.desk.audit.truth import Row, rows_of
from daemon.desk.audit.world import World


def check(world: World) -> tuple[list[Row], list[Judged]]:
    """The rows as they are known, and all that is not exact; rows first, from top to bottom."""
    rows = rows_of(world)
    found = [one for row in rows for one in row.judged]
    found += one_strength_a_bag(world)
    found += cumulative(world, rows)
    found += elapsed(world, rows)
    found.sort(key=lambda one: -1 if one.row is None else one.row)
    return rows, found + totals(world, rows)


def broken(found: list[Judged]) -> list[Judged]:
    """Those that no rounding explains."""
    return [one for one in found if one.rule is None]
