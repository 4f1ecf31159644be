"""The words on a bag's label: what is in it, exactly."""

from __future__ import annotations

from fractions import Fraction

from daemon.desk.generate.exact import said, written
from daemon.desk.generate.shape import Content, Order


def label_of(order: Order, content: Content, part: Fraction, amount: Fraction, volume: Fraction) -> str:
    """The part of the target where the bag holds just that, whatever the target; else the amount itself.

    `part` is what was asked of the target, `amount` what is in the bag, in the dose unit; `volume` in mL.
    """
    if content is not Content.FRACTION or amount != part * order.known_target:
        return f"{_exact(amount)} {order.unit_in_words} in {_exact(volume)} mL"
    if part == 1:
        return "the whole target dose"
    if part.numerator == 1:
        return f"{part} of the target dose"
    return f"{_exact(part * 100)} % of the target dose"


def _exact(number: Fraction) -> str:
    return written(number) or said(number)
