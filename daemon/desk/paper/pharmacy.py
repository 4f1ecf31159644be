"""The paper of the pharmacy: what each bag is made of, how much of it, and what is left over."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from daemon.desk.paper.figures import PEN, or_pen, rounded, shown
from daemon.desk.paper.model import Block, Column, Fill, Line, Notes, Paper, Rules, Signatures, Table
from daemon.desk.paper.order import Order
from daemon.protocols.plan import Severity
from daemon.protocols.sheet import Bag

_ZERO = Decimal(0)


def pharmacy(order: Order) -> Paper:
    """One paper; of a refused order without lines to sign."""
    return Paper("Pharmacy: preparation", tuple(_blocks(order)))


def _blocks(order: Order) -> Iterator[Block]:
    sheet = order.sheet
    if sheet.bags:
        table = _table(order)
        yield table
        yield Notes((*_notes(order), *rounded(table)))
        yield Rules("How", tuple((bag.id, tuple(_how(order, bag))) for bag in sheet.bags), wide=True)
    else:
        yield Notes(("No bag or syringe is prepared for this order.",))
    told = (("Warnings", order.told(Severity.WARNING)), ("Notes", order.told(Severity.NOTE)))
    rows = tuple((heading, sentences) for heading, sentences in told if sentences)
    if rows:
        yield Rules("To know before signing", rows, wide=True)
    if not order.refused:
        yield Signatures(("Prepared by", "Checked by"))


def _table(order: Order) -> Table:
    unit = order.sheet.dose_unit
    columns = (
        Column("bag", 24, Fill.TEXT, strong=True),
        Column(f"drug\n{unit}", 26),
        Column("volume\nmL", 20),
        Column(f"strength\n{unit}/mL", 28),
        Column("line fill\nmL", 26, Fill.TEXT),
        Column("steps draw\nmL", 22),
        Column("left in\nbag mL", 20),
        Column("use within\nh", 20),
    )
    return Table(columns, tuple(Line(_cells(bag)) for bag in order.sheet.bags))


def _cells(bag: Bag) -> tuple[str, ...]:
    fill, on_top = fill_ml(bag), on_top_ml(bag)
    left = None if bag.volume_ml is None else bag.volume_ml + on_top - fill - bag.drawn_ml
    return (
        bag.id,
        "no drug" if bag.flush else or_pen(bag.amount),
        or_pen(bag.volume_ml),
        "" if bag.flush else or_pen(bag.concentration),
        f"{shown(fill)} {'on top' if on_top else 'of the bag'}" if fill else "none",
        shown(bag.drawn_ml),
        shown(left),
        or_pen(bag.stable_h),
    )


def fill_ml(bag: Bag) -> Decimal:
    """What fills the bag's own line before its first step."""
    return bag.dead_volume_ml or _ZERO if bag.primed else _ZERO


def on_top_ml(bag: Bag) -> Decimal:
    """What has to be made beside the volume of the bag, because its steps need the whole of it."""
    fill = fill_ml(bag)
    return fill if bag.volume_ml is not None and bag.volume_ml < bag.drawn_ml + fill else _ZERO


def _notes(order: Order) -> Iterator[str]:
    if any(on_top_ml(bag) for bag in order.sheet.bags):
        yield "Line fill ON TOP: the steps need the whole bag; make so much more of the same strength."
    yield "What is left in bag and line after the steps is not given: discard it."


def _how(order: Order, bag: Bag) -> Iterator[str]:
    unit = order.sheet.dose_unit
    if bag.label:
        yield f"label: {bag.label}"
    if bag.preparation:
        yield bag.preparation
    elif bag.flush:
        yield f"no drug: {PEN}{PEN} of ____________________"
    else:
        yield f"draw {PEN} mL of ____________________ ({PEN} {unit}/mL) into {PEN} mL of ____________________"
    on_top = on_top_ml(bag)
    if on_top and bag.volume_ml is not None and bag.concentration is not None and not bag.flush:
        volume = bag.volume_ml + on_top
        yield f"MAKE, with the line fill: {shown(volume * bag.concentration)} {unit} in {shown(volume)} mL"
