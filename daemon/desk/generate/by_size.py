"""An order by the patient's size is carried out for another patient too: what stays fixed is refused."""

from __future__ import annotations

from daemon.desk.generate.exact import said
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Order


def only_what_scales(order: Order, fixed: str) -> None:
    """Refused where the dose is by size: `fixed` says what would be the same for a patient of any size."""
    if order.size:
        per, amount = order.size[0]
        raise Refused(
            "--" + per.replace("_", "-"),
            said(amount),
            f"{fixed}, the same for a patient of any size",
            f"give --dose {said(order.known_target)}, the target of this patient",
        )
