"""Bags: what their text makes of them, what the head says about them, and what is drawn from them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from daemon.desk.audit.columns import Column
from daemon.desk.audit.figures import Figure
from daemon.desk.audit.findings import Finding, Severity
from daemon.desk.audit.preparation import Recipe, read_recipe
from daemon.desk.audit.printing import decimal, percent, shown
from daemon.desk.audit.rounding import EXACT, head_rule
from daemon.desk.audit.strengths import bag_volume
from daemon.desk.audit.truth import Row
from daemon.desk.audit.world import World
from daemon.exact_json import plain


def bag_findings(world: World, rows: list[Row]) -> list[Finding]:
    """Every contradiction about bags; the rows are those of the mended table."""
    found: list[Finding] = []
    used = _used(world, rows)
    for recipe in world.head.recipes:
        found += _recipe(world, recipe, used)
    found += _over_drawn(world, rows)
    found += _volumes(world)
    found += _final(world, used)
    found += _dilutions(world, used)
    return found


def _used(world: World, rows: list[Row]) -> dict[str, Fraction]:
    """The strength the steps were computed with, for each bag in the order of its use."""
    used: dict[str, Fraction] = {}
    for number, row in enumerate(rows):
        bag, figure = world.bags[number], world.figure(Column.CONCENTRATION, number)
        if row.strength is not None and (figure is not None or row.doses):
            used.setdefault(bag, row.strength.mid)
    return used


def _recipe(world: World, recipe: Recipe, used: dict[str, Fraction]) -> Iterator[Finding]:
    made = _made(world, recipe, used)
    rows = used.get(recipe.bag)
    if recipe.stated is not None and rows is not None:
        yield from _differs(recipe, recipe.stated, rows, world)
    if made is None:
        return
    if recipe.stated is not None:
        rule = head_rule(recipe.stated, made)
        if rule == EXACT:
            return
        severity = Severity.ERROR if rule is None else Severity.ROUNDING
        said = f"the text makes {_of(world, made)}, printed as {_of(world, recipe.stated.value)}"
        more = f" ({rule})" if rule is not None else _share(made, recipe.stated.value)
        remedy = _remedy(recipe, used, recipe.stated.value) if rule is None else ""
        yield _finding(recipe, made, severity, "preparation", said + more, remedy)
    elif rows is not None and made != rows:
        yield from _header_dose(world, recipe, made, rows)


def _share(made: Fraction, stated: Fraction) -> str:
    """How much of what is printed the text makes; of nothing there is no share."""
    return f", {percent(made / stated)} % of it" if stated else ""


def _header_dose(world: World, recipe: Recipe, made: Fraction, rows: Fraction) -> Iterator[Finding]:
    """An amount in a volume against the strength the steps use."""
    if recipe.amount is None or recipe.volume_ml is None:
        said = f"the text makes {_of(world, made)}, the steps are computed with {_of(world, rows)}"
        yield _finding(
            recipe, made, Severity.ERROR, "preparation", said, _remedy(recipe, used={}, wanted=rows)
        )
        return
    needed = rows * recipe.volume_ml
    rule = head_rule(recipe.amount, needed)
    if rule is not None:
        said = f"{_amount(world, needed)} are needed; the print is that, {rule}"
        yield _finding(recipe, needed, Severity.ROUNDING, "preparation", said, "")
        return
    said = (
        f"{_amount(world, recipe.amount.value)} in {shown(recipe.volume_ml)} mL are {_of(world, made)}; the "
        f"steps are computed with {_of(world, rows)}"
    )
    if recipe.amount.value == world.head.value("target_dose") and made > rows:
        said += ": the head prints the whole target dose, the bag holds what is left of it"
    yield _finding(
        recipe, needed, Severity.ERROR, "header_dose", said, f"{_amount(world, needed)} in this bag"
    )


def _differs(recipe: Recipe, stated: Figure, rows: Fraction, world: World) -> Iterator[Finding]:
    rule = head_rule(stated, rows)
    whole = _is_whole(world, recipe.bag, stated.value) and stated.value != rows
    if rule is None or whole:
        said = f"the head states {_of(world, stated.value)}, the steps are computed with {_of(world, rows)}"
        said += ": the head has the whole target dose in the bag, not what is left of it" if whole else ""
        yield _finding(recipe, rows, Severity.ERROR, "header_concentration", said, _of(world, rows))


def _is_whole(world: World, bag: str, strength: Fraction) -> bool:
    """The strength is the whole target in the volume of this bag, exactly."""
    volume = bag_volume(world, bag)
    return volume is not None and strength * volume == world.head.value("target_dose")


def _made(world: World, recipe: Recipe, used: dict[str, Fraction]) -> Fraction | None:
    """The strength the text makes, through its parents; None if it does not tell."""
    if not recipe.volume_ml:
        return None
    if recipe.amount is not None:
        return recipe.amount.value / recipe.volume_ml
    if recipe.parent is None or recipe.drawn_ml is None:
        return None
    parent = _strength(world, recipe.parent, used, {recipe.bag})
    return None if parent is None else recipe.drawn_ml * parent / recipe.volume_ml


def _strength(world: World, bag: str, used: dict[str, Fraction], seen: set[str]) -> Fraction | None:
    """The strength of a parent: as stated, as made, as the steps have it, or as its name tells."""
    for recipe in world.head.recipes:
        if recipe.bag != bag or bag in seen:
            continue
        if recipe.stated is not None:
            return recipe.stated.value
        if recipe.amount is not None and recipe.volume_ml:
            return recipe.amount.value / recipe.volume_ml
        if recipe.parent is not None and recipe.drawn_ml is not None and recipe.volume_ml:
            parent = _strength(world, recipe.parent, used, seen | {bag})
            return None if parent is None else recipe.drawn_ml * parent / recipe.volume_ml
    if bag in used:
        return used[bag]
    named = read_recipe("", bag, world.head.dose_unit, Fraction(0))
    return named.stated.value if named is not None and named.stated is not None else None


def _remedy(recipe: Recipe, used: dict[str, Fraction], wanted: Fraction) -> str:
    """The one change of the text that gives the wanted strength."""
    if not recipe.volume_ml:
        return ""
    if recipe.amount is not None:
        return f"{shown(wanted * recipe.volume_ml)} in place of {shown(recipe.amount.value)}"
    if recipe.drawn_ml is None:
        return ""
    for bag, strength in used.items():
        if bag not in {recipe.parent, recipe.bag} and recipe.drawn_ml * strength == wanted * recipe.volume_ml:
            return f"{shown(recipe.drawn_ml)} mL of bag {bag} in place of bag {recipe.parent}"
    return ""


def _over_drawn(world: World, rows: list[Row]) -> Iterator[Finding]:
    """Bags from which steps and other bags draw more than they hold."""
    for bag in dict.fromkeys(world.bags):
        volume = bag_volume(world, bag) if bag else None
        if volume is None:
            continue
        for_bags = sum(
            (one.drawn_ml for one in world.head.recipes if one.parent == bag and one.drawn_ml is not None),
            Fraction(0),
        )
        low = drawn = for_bags
        first: int | None = None
        for number, row in enumerate(rows):
            if world.bags[number] == bag and row.volume is not None:
                low, drawn = low + row.volume.low, drawn + row.volume.mid
                first = number + 1 if first is None and low > volume else first
        if low <= volume:
            continue
        others = f", {shown(for_bags)} mL of them for other bags," if for_bags else ""
        message = (
            f"{shown(drawn)} mL{others} are drawn from bag {bag}, which holds {shown(volume)} mL: "
            f"{shown(drawn - volume)} mL too much"
        )
        yield Finding(
            first, Column.SOLUTION, plain(decimal(volume)), plain(decimal(drawn)), Severity.ERROR,
            "over_drawn", message, f"a bag {bag} of {shown(drawn)} mL or more", exact=drawn,
        )  # fmt: skip


def _volumes(world: World) -> Iterator[Finding]:
    """The common bag volume of the head against the lines of the bags."""
    common = world.head.value("bag_volume_ml")
    others = [one for one in world.head.recipes if one.volume_ml is not None and one.bag in world.bags]
    different = [one for one in others if one.volume_ml != common]
    if common is None or not different:
        return
    names = ", ".join(f"bag {one.bag} {shown(one.volume_ml or Fraction(0))} mL" for one in different)
    yield Finding(
        None, "bag_volume_ml", world.head.texts["bag_volume_ml"], names, Severity.ERROR, "header_volume",
        f"the head says {shown(common)} mL for every bag, the lines of the bags say {names}",
        "leave the common volume out, or name the bags it holds for", exact=different[0].volume_ml,
    )  # fmt: skip


def _final(world: World, used: dict[str, Fraction]) -> Iterator[Finding]:
    """The final concentration of the head against the strongest bag."""
    figure = world.head.figures.get("final_concentration")
    if figure is None or not used:
        return
    strongest = max(used.values())
    if figure.value == strongest:
        return
    rule = head_rule(figure, strongest)
    message = f"the strongest bag of the steps has {_of(world, strongest)}"
    target, volume = world.head.value("target_dose"), world.head.value("bag_volume_ml")
    if target and volume and target / volume == figure.value:
        message += "; the print is the whole target dose in the bag, not what is left of it"
    yield Finding(
        None, "final_concentration", world.head.texts["final_concentration"], plain(decimal(strongest)),
        Severity.ERROR if rule is None else Severity.ROUNDING, "header_concentration", message,
        _of(world, strongest), exact=strongest,
    )  # fmt: skip


def _dilutions(world: World, used: dict[str, Fraction]) -> Iterator[Finding]:
    """The dilutions of the head against the strengths, of the target in the common bag volume."""
    parts = world.head.dilutions
    target, volume = world.head.value("target_dose"), world.head.value("bag_volume_ml")
    whole = world.head.value("final_concentration") or (target / volume if target and volume else None)
    if not parts or whole is None or len(parts) != len(used):
        return
    wrong = []
    for part, (bag, strength) in zip(parts, used.items(), strict=True):
        if part != 1 and abs(part * whole - strength) * 100 > strength:
            wrong.append(f"bag {bag} {shown(strength)} where {shown(part)} of it is {shown(part * whole)}")
    if wrong:
        yield Finding(
            None, "dilutions", world.head.texts["dilutions"], "; ".join(wrong), Severity.ERROR,
            "dilution", f"of {_of(world, whole)} the dilutions give other strengths: " + "; ".join(wrong),
            "the true dilution of each bag",
        )  # fmt: skip


def _of(world: World, strength: Fraction) -> str:
    return f"{shown(strength)} {world.head.dose_unit}/mL".replace(" /", "/")


def _amount(world: World, amount: Fraction) -> str:
    return f"{shown(amount)} {world.head.dose_unit}".rstrip()


def _finding(
    recipe: Recipe, made: Fraction, severity: Severity, code: str, message: str, change: str
) -> Finding:
    return Finding(
        None, f"bag {recipe.bag}", recipe.text, plain(decimal(made)), severity, code, message, change,
        exact=made,
    )  # fmt: skip
