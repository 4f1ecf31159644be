"""What rounding has changed in the whole of a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from daemon.desk.generate.exact import said
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Infusion, Shape

Asked = TypeVar("Asked")


def beside_exact(make: Callable[[Asked], Shape], asked: Asked, exact: Asked) -> Shape:
    """The table as asked, and in its notes the whole of it beside the same without any rounding.

    Where the latter is no table a file can hold, nothing is said of it.
    """
    shape = make(asked)
    try:
        unrounded = make(exact)
    except Refused:
        return shape
    if unrounded.steps == shape.steps:
        return shape
    note = f"in all {_whole(shape)}; without any rounding {_whole(unrounded)}"
    return dataclasses.replace(shape, notes=(*shape.notes, note))


def _whole(shape: Shape) -> str:
    minutes = sum((step.minutes for step in shape.steps if isinstance(step, Infusion)), Fraction(0))
    unit, before = shape.order.unit_in_words, shape.total - shape.steps[-1].dose
    return f"{said(shape.total)} {unit} in {said(minutes)} min, {said(before)} {unit} before the last step"
