"""Clean printed tables of many shapes, from exact numbers, each column rounded by a rule; seeded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from random import Random

RULES = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN, ROUND_CEILING)
DERIVED = frozenset({"cumulative", "elapsed_min"})
Row = dict[str, Fraction | str | None]


@dataclass(frozen=True)
class Clean:
    """A table of exact numbers: what its head says, and its rows."""

    head: Mapping[str, str]
    columns: Sequence[str]
    rows: Sequence[Row]


def infusion(random: Random) -> Clean:
    """Bags of rising strength, a rate ladder on each, the last to empty, with or without correction."""
    target = Fraction(random.choice([100, 130, 500, 600, 675, 1000, 1250]))
    volume = Fraction(random.choice([100, 250, 500]))
    bags = random.choice([1, 2, 3, 4])
    ladder = random.choice([[5, 10, 20, 40], [10, 20, 40], [2, 5, 10, 20], [12, 25, 50, 100]])
    minutes = Fraction(random.choice([15, 20, 30]))
    given = Fraction(0)
    rows: list[Row] = []
    for bag in range(1, bags + 1):
        last = bag == bags
        part = Fraction(1, 10 ** (bags - bag))
        strength = (target - given) / volume if last else part * target / volume
        left = volume
        for place, rate in enumerate(ladder):
            through = Fraction(rate) * minutes / 60
            if last and place == len(ladder) - 1:
                through = left
            left -= through
            given += through * strength
            rows.append({
                "solution": str(bag),
                "concentration": strength,
                "rate_ml_h": Fraction(rate),
                "minutes": through * 60 / rate,
                "volume_ml": through,
                "dose": through * strength,
            })  # fmt: skip
    return Clean(
        {"target_dose": f"{target} mg", "dose_unit": "mg", "bag_volume_ml": str(volume)},
        ["step", "solution", "concentration", "rate_ml_h", "minutes", "volume_ml", "dose", "cumulative",
         "elapsed_min"],
        _summed(rows),
    )  # fmt: skip


def bolus(random: Random) -> Clean:
    """Syringes of tenfold strengths, doses doubling by volume; no rate."""
    rows: list[Row] = []
    for power in range(random.choice([2, 3, 4])):
        strength = Fraction(10**power, random.choice([1, 10, 100]))
        rows += [
            {
                "solution": f"S{power}",
                "concentration": strength,
                "volume_ml": Fraction(volume, 10),
                "dose": strength * volume / 10,
            }
            for volume in (1, 2, 4, 8)
        ]
    return Clean(
        {"dose_unit": "units", "route": "sc"},
        ["step", "solution", "concentration", "volume_ml", "dose", "cumulative"],
        _summed(rows),
    )


def oral(random: Random) -> Clean:
    """Doses by mouth with waits between them; nothing but the sum to compare."""
    first, ratio = Fraction(random.choice([1, 3, 5, 12]), 10), random.choice([2, 3])
    rows: list[Row] = [
        {"dose": first * ratio**place, "minutes": Fraction(random.choice([15, 30]))}
        for place in range(random.choice([5, 7, 9]))
    ]
    return Clean({"dose_unit": "mg", "route": "oral"}, ["step", "dose", "cumulative"], _summed(rows))


def line_fills(random: Random) -> Clean:
    """Every bag begins with a step that fills the line and counts as 0."""
    rows: list[Row] = []
    for bag, strength in enumerate([Fraction(4, 100), Fraction(4, 10), Fraction(2)]):
        for rate in (88, *random.choice([(100, 200, 400), (50, 100)])):
            volume = Fraction(rate, 4)
            rows.append({
                "solution": "ABC"[bag],
                "concentration": strength,
                "rate_ml_h": Fraction(rate),
                "minutes": Fraction(15),
                "volume_ml": volume,
                "dose": Fraction(0) if rate == 88 else volume * strength,
            })  # fmt: skip
    return Clean(
        {"dose_unit": "mg"},
        ["step", "solution", "concentration", "rate_ml_h", "minutes", "volume_ml", "dose", "cumulative"],
        _summed(rows),
    )


def parts(random: Random) -> Clean:
    """One bag a step, doses as parts of the target."""
    rows: list[Row] = [
        {"dose": Fraction(1, 10**power), "minutes": Fraction(random.choice([20, 60]))}
        for power in range(random.choice([3, 4, 5]), 0, -1)
    ]
    given = sum((row["dose"] for row in rows if isinstance(row["dose"], Fraction)), Fraction(0))
    rows.append({"dose": 1 - given, "minutes": Fraction(240)})
    return Clean(
        {"dose_unit": "fraction", "target_dose": "1"},
        ["step", "dose", "minutes", "cumulative", "elapsed_min"],
        _summed(rows),
    )


SHAPES: Sequence[Callable[[Random], Clean]] = (infusion, bolus, oral, line_fills, parts)


def _summed(rows: list[Row]) -> list[Row]:
    dose = minutes = Fraction(0)
    for number, row in enumerate(rows, 1):
        row["step"] = str(number)
        if isinstance(row["dose"], Fraction):
            dose += row["dose"]
        if isinstance(row.get("minutes"), Fraction):
            minutes += row["minutes"]  # type: ignore[operator]
        row["cumulative"], row["elapsed_min"] = dose, minutes
    return rows


def texts(clean: Clean, rule: str, places: int | None, columns: Sequence[str] = ()) -> list[dict[str, str]]:
    """The rows as printed: what follows from other columns to so many places, settings to eight digits."""
    wanted = columns or clean.columns
    derived = set(DERIVED)
    derived |= {"dose"} if "concentration" in wanted else set()
    derived |= {"volume_ml"} if "rate_ml_h" in wanted else set()
    return [
        {
            column: _text(row[column], rule, places if column in derived else None)
            for column in wanted
            if column in row
        }
        for row in clean.rows
    ]


def _text(value: Fraction | str | None, rule: str, places: int | None) -> str:
    if not isinstance(value, Fraction):
        return str(value or "")
    number = Context(prec=30).divide(Decimal(value.numerator), Decimal(value.denominator))
    if places is not None:
        return format(number.quantize(Decimal(1).scaleb(-places), rounding=rule), "f")
    short = Context(prec=8).plus(number)
    return format(short.normalize(Context(prec=8)), "f")


def csv(clean: Clean, rows: list[dict[str, str]], columns: Sequence[str] = (), mark: str = ",") -> bytes:
    """The file; decimal commas in a file separated by semicolons."""
    wanted = [column for column in (columns or clean.columns) if any(column in row for row in rows)]
    lines = [f"# {key}: {value}" for key, value in clean.head.items()]
    lines.append(mark.join(wanted))
    lines += [mark.join(row.get(column, "") for column in wanted) for row in rows]
    text = "\n".join(lines) + "\n"
    return (text.replace(".", ",") if mark == ";" else text).encode()
