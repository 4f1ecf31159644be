"""Options that several verbs share."""

from __future__ import annotations

import os
import sys
from decimal import Decimal

import click
from pydantic_core import PydanticCustomError
from rich.console import Console

from daemon.protocols.numbers import number
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
