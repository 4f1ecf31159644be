"""A generated text read back by the protocol reader, and the command line run in this process."""

from __future__ import annotations

import shlex
from decimal import Decimal
from fractions import Fraction

from click.testing import CliRunner, Result

from daemon.cli.main import main
from daemon.desk.generate.shape import Infusion, Order, Shape
from daemon.desk.generate.toml import protocol_text
from daemon.protocols.load import Draft, Equipment, draft_protocol
from daemon.protocols.sheet import Sheet
from daemon.protocols.toml_text import parse_toml

MG = Order("test", "drug", "mg", Fraction(600))


def order(dose: str | None, unit: str = "mg", family: str = "test", route: str = "iv") -> Order:
    return Order(family, "drug", unit, None if dose is None else Fraction(dose), route)


def draft_of(text: str) -> Draft:
    return draft_protocol(parse_toml("generated.toml", text), "generated.toml", Equipment())


def sheet_of(text: str) -> Sheet:
    """The numbers of a generated file; it has no fault but its blanks."""
    draft = draft_of(text)
    assert {fault.code for fault in draft.faults} == {"blank"}, [
        str(fault) for fault in draft.faults if fault.code != "blank"
    ]
    assert draft.sheet is not None
    return draft.sheet


def same(exact: Fraction, shown: Decimal | None) -> bool:
    """Whether what the reader shows is the exact value, rounded at most once to its 28 digits."""
    assert shown is not None
    return abs(Fraction(shown) - exact) <= abs(exact) / 10**27


def read_back(shape: Shape) -> Sheet:
    """The sheet of the written shape, every number of it the one of the shape."""
    sheet = sheet_of(protocol_text(shape))
    assert len(sheet.rows) == len(shape.steps)
    cumulative = Fraction(0)
    for row, step in zip(sheet.rows, shape.steps, strict=True):
        cumulative += step.dose
        assert row.day == step.day
        assert row.solution == step.bag
        assert same(step.dose, row.dose)
        assert same(cumulative, row.cumulative)
        if step.volume_ml is not None:
            assert same(step.volume_ml, row.volume_ml)
        if isinstance(step, Infusion):
            assert same(step.rate_ml_h, row.rate_ml_h)
            assert same(step.minutes, row.minutes)
    for bag in shape.bags:
        shown = sheet.bag(bag.id)
        assert same(bag.concentration, shown.concentration)
        assert bag.volume_ml is None or same(bag.volume_ml, shown.volume_ml)
    assert same(shape.target, sheet.target_dose)
    return sheet


def rates(shape: Shape) -> list[Fraction]:
    """mL/h of every step on a pump."""
    return [step.rate_ml_h for step in shape.steps if isinstance(step, Infusion)]


def generate(words: str, *more: str) -> Result:
    """`infusiond generate` with these words, and more that are not split."""
    return CliRunner().invoke(main, ["generate", *shlex.split(words), *more])


def sheet_for(words: str, *more: str) -> Sheet:
    """What the command writes, read back."""
    result = generate(words, *more)
    assert result.exit_code == 0, result.output
    return sheet_of(result.stdout)
