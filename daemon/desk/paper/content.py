"""All papers of one order, and what stands on every page of them."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.desk.paper.bedside import bedside
from daemon.desk.paper.figures import shown
from daemon.desk.paper.labels import labels
from daemon.desk.paper.model import Paper, Papers, Rules
from daemon.desk.paper.order import NOTICE, Order
from daemon.desk.paper.pharmacy import pharmacy
from daemon.protocols.target import FRACTION


def papers(order: Order) -> Papers:
    """Bedside, pharmacy, labels; a refused order has its faults instead of labels."""
    sheet = order.sheet
    whole = f"{shown(sheet.target_dose)} {sheet.dose_unit}"
    target = "doses as parts of a target dose that is NOT NAMED" if sheet.dose_unit == FRACTION else whole
    return Papers(
        title=sheet.title or "(no title)",
        order=f"{sheet.drug or '(no drug)'}, {target}, {sheet.route or '(no route)'} [{sheet.protocol_id}]",
        foot=tuple(_foot(order)),
        refused=order.refused,
        papers=tuple(_papers(order)),
    )


def _papers(order: Order) -> Iterator[Paper]:
    if order.refused:
        why = Rules("Why it is refused", (("", order.errors()),), wide=True)
        yield Paper("REFUSED: not to be given, made or signed", (why,))
    yield bedside(order)
    yield pharmacy(order)
    if order.sheet.bags and not order.refused and order.sheet.dose_unit != FRACTION:
        yield labels(order)


def _foot(order: Order) -> Iterator[str]:
    yield f"plan SHA-256 {order.sheet.sha256}"
    yield f"file SHA-256 {order.file_sha256}"
    yield f"{' '.join(order.signed)} Printed {order.printed}."
    yield NOTICE
