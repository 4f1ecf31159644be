"""Orders of every family, drawn at random: sensible ones, and some that are refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from hypothesis import strategies as st

from daemon.desk.generate.bag_per_step import BagPerStep, bag_per_step, tenfold
from daemon.desk.generate.brigham import Brigham, LastBag, brigham
from daemon.desk.generate.by_hand import Hand, by_hand
from daemon.desk.generate.geometric import Geometric, geometric
from daemon.desk.generate.line_fill import LastStep, LineFill, line_fill
from daemon.desk.generate.one_solution import OneSolution, one_solution
from daemon.desk.generate.ramp import Ramp, ladder, ramp
from daemon.desk.generate.shape import Order, Shape

Make = Callable[[], Shape]
Orders = Callable[[str], st.SearchStrategy[Order]]
UNITS = st.sampled_from(["ng", "mcg", "mg", "g", "units", "IU", "mmol"])
STEP = st.none() | st.sampled_from([Fraction(1), Fraction("0.1"), Fraction("0.05"), Fraction("0.001")])


def exact(least: int, most: int, digits: int = 2) -> st.SearchStrategy[Fraction]:
    """Decimals from least to most, both in units of 10^-digits."""
    return st.integers(max(least * 10**digits, 1), most * 10**digits).map(lambda n: Fraction(n, 10**digits))


MINUTES = st.sampled_from([Fraction(5), Fraction(15), Fraction(20), Fraction(30), Fraction("12.5")])
VOLUME = st.sampled_from([Fraction(one) for one in (20, 50, 100, 250, 500)]) | exact(20, 600, 1)


@st.composite
def orders(draw: st.DrawFn, family: str, route: str = "iv", target: bool = True) -> Order:
    in_parts = target and draw(st.booleans()) and draw(st.booleans())
    if in_parts:
        return Order(family, "drug", "fraction", Fraction(1), route)
    dose = draw(exact(0, 5000) | st.sampled_from([Fraction(600), Fraction(675)]))
    return Order(family, "drug", draw(UNITS), dose if target or draw(st.booleans()) else None, route)


@st.composite
def orders_by_size(draw: st.DrawFn, family: str) -> Order:
    """So much per kg or per m2, without a cap."""
    per = draw(exact(0, 400))
    key, size_key, size = draw(
        st.tuples(st.just("dose_per_kg"), st.just("weight_kg"), exact(1, 200, 1))
        | st.tuples(st.just("dose_per_m2"), st.just("surface_m2"), exact(1, 3))
    )
    return Order(family, "drug", draw(UNITS), per * size, size=((key, per), (size_key, size)))


@st.composite
def rising(draw: st.DrawFn, least: int = 1, most: int = 8, highest: int = 300) -> tuple[Fraction, ...]:
    found = draw(st.sets(exact(0, highest, 1), min_size=least, max_size=most))
    return tuple(sorted(found))


@st.composite
def brighams(draw: st.DrawFn, of: Orders = orders) -> Make:
    volume = draw(VOLUME)
    bags = draw(st.integers(1, 6))
    asked = Brigham(
        draw(of("brigham")),
        volume,
        draw(st.just(volume) | VOLUME),
        bags,
        draw(st.just(Fraction(80)) | exact(10, 200, 1)),
        draw(st.none() | exact(0, 8, 1)),
        draw(MINUTES),
        draw(st.sampled_from(LastBag)),
        draw(STEP),
        draw(st.just(()) | st.tuples(exact(0, 2, 3))),
    )
    return lambda: brigham(asked)


@st.composite
def line_fills(draw: st.DrawFn, of: Orders = orders) -> Make:
    parts = draw(st.sampled_from([(50, 5, 1), (100, 10, 1), (10, 1), (1,), (1000, 100, 10, 1)]))
    asked = LineFill(
        draw(of("line-fill")),
        draw(exact(1, 30, 1)),
        draw(st.sampled_from([Fraction(250), Fraction(500)]) | VOLUME),
        tuple(Fraction(1, part) for part in parts),
        draw(st.just(()) | rising(1, 4, 150)),
        draw(st.none() | exact(10, 300, 1)),
        draw(st.sampled_from([Fraction(10), Fraction(15), Fraction("12.5")])),
        draw(st.sampled_from([Fraction(5), Fraction(15)])),
        draw(st.sampled_from(LastStep)),
        draw(STEP),
    )
    return lambda: line_fill(asked)


@st.composite
def geometrics(draw: st.DrawFn, of: Orders = orders) -> Make:
    parts = draw(st.sampled_from([(1,), (10, 1), (100, 10, 1), (1000, 100, 10, 1)]))
    asked = Geometric(
        draw(of("geometric")),
        draw(VOLUME),
        draw(st.sampled_from([Fraction(one) for one in ("2", "2.5", "3", "1.5", "10")])),
        draw(st.sampled_from([Fraction(1, one) for one in (10, 100, 1000, 10_000, 1_000_000)])),
        draw(MINUTES),
        tuple(Fraction(1, part) for part in parts),
        draw(st.none() | exact(20, 200, 0)),
        draw(st.none() | st.integers(2, 12)),
        draw(STEP),
    )
    return lambda: geometric(asked)


@st.composite
def one_solutions(draw: st.DrawFn, of: Orders = orders) -> Make:
    asked = OneSolution(
        draw(of("one-solution")), draw(VOLUME), draw(st.just(()) | rising()), draw(MINUTES), draw(STEP)
    )
    return lambda: one_solution(asked)


@st.composite
def bags_per_step(draw: st.DrawFn, of: Orders = orders) -> Make:
    count = draw(st.integers(1, 8))
    named = draw(st.sampled_from(["tenfold", "rest", "percent"]))
    if named == "tenfold":
        parts: tuple[Fraction | None, ...] = tenfold(
            count, draw(st.sampled_from([Fraction(10), Fraction(2)]))
        )
    elif named == "rest":
        parts = (*(Fraction(1, 10 ** (count - at)) for at in range(count)), None)
    else:
        parts = tuple(draw(st.lists(exact(0, 40, 1), min_size=1, max_size=6)))
        parts = tuple(part / 100 for part in parts if part is not None)
    volumes = draw(st.tuples(VOLUME) | st.lists(VOLUME, min_size=len(parts), max_size=len(parts)).map(tuple))
    minutes = draw(
        st.tuples(MINUTES) | st.lists(MINUTES, min_size=len(parts), max_size=len(parts)).map(tuple)
    )
    asked = BagPerStep(
        draw(of("bag-per-step")),
        parts,
        volumes,
        minutes,
        draw(st.sampled_from(LastBag)),
        draw(STEP),
        draw(st.just(()) | st.tuples(exact(0, 1, 3))),
    )
    return lambda: bag_per_step(asked)


@st.composite
def hands(draw: st.DrawFn) -> Make:
    route = draw(st.sampled_from(["oral", "sc", "im", "inhaled", "iv_bolus"]))
    given = draw(st.booleans())
    doses = tuple(draw(st.lists(exact(0, 400), min_size=1, max_size=14))) if given else ()
    order = draw(orders("oral", route, target=False))
    if given:
        order = Order("oral", "drug", "mg", None, route)
    count = len(doses) or draw(st.integers(1, 14))
    ratios = draw(st.sampled_from([Fraction(2), Fraction(10), Fraction("2.5"), Fraction(3)]))
    first_day = draw(st.integers(1, count))
    strengths = draw(st.booleans())
    asked = Hand(
        order,
        (draw(MINUTES),),
        doses,
        None if given else draw(exact(0, 5)),
        (ratios,),
        None if given else count,
        (first_day, count - first_day) if first_day < count and draw(st.booleans()) else (),
        (Fraction(5), Fraction(50)) if strengths and first_day < count else (),
        (first_day, count - first_day) if strengths and first_day < count else (),
        draw(st.none() | st.just(Fraction("0.5"))),
    )
    return lambda: by_hand(asked)


@st.composite
def ramps(draw: st.DrawFn) -> Make:
    order = draw(orders("ramp", target=False))
    rates = draw(rising(1, 12, 40))
    strong = draw(st.integers(0, len(rates) - 1))
    two = 0 < strong < len(rates)
    asked = Ramp(
        order,
        draw(exact(1, 100, 0)),
        (Fraction(10), Fraction(100)) if two else (Fraction(10),),
        (len(rates) - strong, strong) if two else (),
        rates if draw(st.booleans()) else ladder(rates[0], Fraction(2), max(rates[-1], rates[0])),
        draw(MINUTES),
        draw(STEP),
    )
    return lambda: ramp(asked)


FAMILIES: dict[str, st.SearchStrategy[Make]] = {
    "brigham": brighams(),
    "line-fill": line_fills(),
    "geometric": geometrics(),
    "one-solution": one_solutions(),
    "bag-per-step": bags_per_step(),
    "oral": hands(),
    "ramp": ramps(),
}

BY_SIZE: dict[str, st.SearchStrategy[Make]] = {
    "brigham": brighams(orders_by_size),
    "line-fill": line_fills(orders_by_size),
    "geometric": geometrics(orders_by_size),
    "one-solution": one_solutions(orders_by_size),
    "bag-per-step": bags_per_step(orders_by_size),
}
"""Every family that has a table for an order by the patient's size."""
