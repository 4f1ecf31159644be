"""Options that several verbs share."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import get_args

import click
from pydantic_core import PydanticCustomError
from rich.console import Console

from daemon.protocols.numbers import number
from daemon.protocols.schema import DoseUnit
from daemon.protocols.target import FRACTION, Asked
from drivers import registry

_WIDTH = 100
_LEAST_WIDTH = 80


class DoseType(click.ParamType[Decimal]):
    """A dose above zero, exact, with a decimal point."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The dose; a usage error with a remedy for anything else."""
        text = str(value).strip()
        try:
            dose = number(Decimal(text))
        except ArithmeticError:
            remedy = f"use a decimal point: {text.replace(',', '.')}" if "," in text else "such as 600"
            self.fail(f"{text!r} is not a number; {remedy}", param, ctx)
        except PydanticCustomError as error:
            self.fail(f"{text!r}: {error.message()}", param, ctx)
        if dose <= 0:
            self.fail("a dose is above zero", param, ctx)
        return dose


def dose_options(command: Callable[..., None]) -> Callable[..., None]:
    """Options that say the dose for one patient; the command gets them as `asked`."""

    @functools.wraps(command)
    def asking(
        *args: object,
        dose: Decimal | None,
        dose_unit: str | None,
        weight_kg: Decimal | None,
        surface_m2: Decimal | None,
        **rest: object,
    ) -> None:
        command(*args, asked=Asked(dose, dose_unit, weight_kg, surface_m2), **rest)

    for option in (
        click.option("--surface-m2", type=DoseType(), help="Body surface, for a dose ordered by it."),
        click.option("--weight-kg", type=DoseType(), help="Body weight, for a dose ordered by it."),
        click.option(
            "--dose-unit",
            type=click.Choice([unit for unit in get_args(DoseUnit) if unit != FRACTION]),
            help="The unit of --dose; needed where the file's doses are parts of the target.",
        ),
        click.option("--dose", type=DoseType(), help="Another target dose, in the dose unit of the file."),
    ):
        asking = option(asking)
    return asking


class PumpModelType(click.ParamType[str]):
    """A pump model of the registry."""

    name = "model"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The model name; a usage error that lists the known ones otherwise."""
        if str(value) not in registry.PUMPS:
            self.fail(f"{value!r} is no pump; known: {', '.join(sorted(registry.PUMPS))}", param, ctx)
        return str(value)


def console() -> Console:
    """A console for sheets: as wide as the terminal, 100 columns into a file or a pipe.

    Never under 80, where a table of doses would lose digits.
    """
    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    found = Console(highlight=False, markup=False, width=None if known else _WIDTH)
    found.width = max(found.width, _LEAST_WIDTH)
    return found
