"""The labels of the bags: the only place where their codes are printed (F13)."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.desk.paper.figures import or_pen, shown
from daemon.desk.paper.model import Block, Label, Labels, Notes, Paper
from daemon.desk.paper.order import Order
from daemon.desk.paper.pharmacy import on_top_ml
from daemon.protocols.sheet import Bag

_FOR = (
    "Cut apart and stick one label on each bag. Then destroy this page and the file it was printed from:",
    "nothing else knows these codes. One set is for one run of one patient. A code is typed or scanned when",
    "its bag is hung (infusiond confirm solution).",
)


def labels(order: Order) -> Paper:
    """One paper, with a label for each bag."""
    return Paper("Labels of the bags", tuple(_blocks(order)))


def _blocks(order: Order) -> Iterator[Block]:
    yield Notes((" ".join(_FOR),) if order.codes else ("Cut apart, stick one label on each bag.",))
    yield Labels(tuple(_label(order, bag) for bag in order.sheet.bags))


def _label(order: Order, bag: Bag) -> Label:
    sheet, unit = order.sheet, order.sheet.dose_unit
    return Label(
        drug="no drug: flush" if bag.flush else sheet.drug,
        bag=bag.id,
        text=bag.label,
        content=_content(bag, unit),
        strength="" if bag.flush else f"{or_pen(bag.concentration)} {unit}/mL",
        code=order.codes.get(bag.id, ""),
        foot=f"{sheet.protocol_id}, plan {sheet.sha256[:16]}. Not a medical device.",
    )


def _content(bag: Bag, unit: str) -> str:
    """What is in the bag when its first step begins, and what fills its line beside that."""
    volume, on_top = f"{or_pen(bag.volume_ml)} mL", on_top_ml(bag)
    held = volume if bag.flush else f"{or_pen(bag.amount)} {unit} in {volume}"
    return f"{held}, and {shown(on_top)} mL for the line" if on_top else held
