"""One error in one cell of a clean table, as hands make them; seeded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

NUMBERS = ("concentration", "rate_ml_h", "minutes", "volume_ml", "dose", "cumulative", "elapsed_min")
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Mutation:
    """The rows with one error, and where it is; `row` counts from 1, None for a whole column."""

    rows: Rows
    row: int | None
    column: str


def digits_swapped(rows: Rows, random: Random) -> Mutation | None:
    """Two neighbouring digits exchanged."""

    def swap(text: str) -> str | None:
        places = [
            place
            for place in range(len(text) - 1)
            if text[place].isdigit() and text[place + 1].isdigit() and text[place] != text[place + 1]
        ]
        if not places:
            return None
        place = random.choice(places)
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]

    return _one_cell(rows, random, swap)


def factor_of_ten(rows: Rows, random: Random) -> Mutation | None:
    """The point one place too far."""
    up = random.random() < 0.5

    def move(text: str) -> str | None:
        if not any(one in "123456789" for one in text):
            return None
        whole, _, rest = text.partition(".")
        if up:
            moved = whole + rest[:1].ljust(1, "0") + ("." + rest[1:] if rest[1:] else "")
        else:
            whole = whole.rjust(2, "0")
            moved = whole[:-1] + "." + whole[-1] + rest
        head, _, tail = moved.partition(".")
        head = head.lstrip("0") or "0"
        return head + ("." + tail if tail else "")

    return _one_cell(rows, random, move)


def another_digit(rows: Rows, random: Random) -> Mutation | None:
    """One digit read wrong."""

    def misread(text: str) -> str | None:
        places = [place for place, one in enumerate(text) if one.isdigit()]
        if not places:
            return None
        place = random.choice(places)
        digit = random.choice([one for one in "0123456789" if one != text[place]])
        return text[:place] + digit + text[place + 1 :]

    return _one_cell(rows, random, misread)


def cumulative_slip(rows: Rows, random: Random) -> Mutation | None:
    """A wrong sum that all later rows build on; whole units of the last place."""
    if "cumulative" not in rows[0] or len(rows) < 4:
        return None
    row = random.randrange(1, len(rows) - 1)
    before, here = float(rows[row - 1]["cumulative"]), float(rows[row]["cumulative"])
    step = here - before
    if step <= 0:
        return None
    places = max(len(one["cumulative"].partition(".")[2]) for one in rows)
    changed = [dict(one) for one in rows]
    for later in range(row, len(rows)):
        changed[later]["cumulative"] = f"{float(rows[later]['cumulative']) + step:.{places}f}"
    return Mutation(changed, row + 1, "cumulative")


def column_shifted(rows: Rows, random: Random) -> Mutation | None:
    """A column one row too far down, its first cell left empty."""
    columns = [column for column in ("cumulative", "dose") if column in rows[0]]
    if not columns or len(rows) < 4:
        return None
    column = random.choice(columns)
    if len({one[column] for one in rows}) < len(rows) // 2:
        return None
    changed = [dict(one) for one in rows]
    for row in range(1, len(rows)):
        changed[row][column] = rows[row - 1][column]
    changed[0][column] = ""
    return Mutation(changed, None, column)


def columns_swapped(rows: Rows, random: Random) -> Mutation | None:
    """Two columns under each other's heading."""
    columns = [column for column in ("dose", "volume_ml", "cumulative") if column in rows[0]]
    if len(columns) < 2 or len(rows) < 4:
        return None
    first, second = random.sample(columns, 2)
    if sum(one[first] != one[second] for one in rows) < 3:
        return None
    changed = [{**one, first: one[second], second: one[first]} for one in rows]
    return Mutation(changed, None, first)


def row_dropped(rows: Rows, random: Random) -> Mutation | None:
    """A row left out; the step numbers tell."""
    row = random.randrange(1, len(rows) - 1)
    return Mutation([dict(one) for one in rows[:row] + rows[row + 1 :]], row + 1, "step")


KINDS: Mapping[str, Callable[[Rows, Random], Mutation | None]] = {
    "digits swapped": digits_swapped,
    "factor of ten": factor_of_ten,
    "another digit": another_digit,
    "cumulative slip carried on": cumulative_slip,
    "column shifted": column_shifted,
    "columns swapped": columns_swapped,
    "row dropped": row_dropped,
}


def _one_cell(rows: Rows, random: Random, change: Callable[[str], str | None]) -> Mutation | None:
    cells: Sequence[tuple[int, str]] = [
        (row, column) for row, one in enumerate(rows) for column in NUMBERS if one.get(column)
    ]
    row, column = random.choice(cells)
    text = rows[row][column]
    changed = change(text)
    if changed is None or float(changed) == float(text):
        return None
    found = [dict(one) for one in rows]
    found[row][column] = changed
    return Mutation(found, row + 1, column)
