"""Options and values of `infusiond generate`: exact numbers with a remedy for each refusal."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from daemon.desk.generate.exact import read, written
from daemon.desk.generate.shape import PART_OF_TARGET, Order
from daemon.protocols.blanks import is_blank

Command = Callable[..., Any]
UNITS = ("ng", "mcg", "mg", "g", "units", "IU", "mmol", "fraction")
_PARTS = frozenset({"dilutions", "parts", "first_fraction"})
"""Options whose numbers read better as 1/50 than as 0.02."""
_SIZES = (("dose_per_kg", "weight_kg"), ("dose_per_m2", "surface_m2"))
_MOST = 500
_WORDS = 200
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class ExactType(click.ParamType[Fraction]):
    """A number above zero, exact: `2.5` or `1/50`."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """The number; a usage error with a remedy for anything else."""
        if isinstance(value, Fraction):
            return value
        return self._read(str(value), param, ctx)

    def _read(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        try:
            return read(text)
        except ValueError as error:
            self.fail(f"{text!r}: {error}", param, ctx)


class ExactListType(click.ParamType[tuple[Fraction, ...]]):
    """Numbers above zero, separated by commas."""

    name = "number,…"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Fraction, ...]:
        """The numbers; a usage error with a remedy for anything else."""
        if isinstance(value, tuple):
            return value
        return tuple(EXACT.convert(part, param, ctx) for part in self._split(str(value), param, ctx))

    def _split(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        parts = text.split(",")
        if len(parts) > _MOST:
            self.fail(f"{len(parts)} values; give at most {_MOST}", param, ctx)
        return parts


class PartsType(ExactListType):
    """Parts of the target, separated by commas; `rest` at the end for what is left."""

    def convert(  # type: ignore[override]
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Fraction | None, ...]:
        """The parts, None for the rest."""
        if isinstance(value, tuple):
            return value
        parts = self._split(str(value), param, ctx)
        return tuple(None if part.strip() == "rest" else EXACT.convert(part, param, ctx) for part in parts)


class CountsType(click.ParamType[tuple[int, ...]]):
    """Whole numbers from 1, separated by commas."""

    name = "count,…"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The counts; a usage error with a remedy for anything else."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        counts = tuple(int(part) if re.fullmatch(r"[0-9]{1,3}", part) else 0 for part in parts)
        if len(parts) > _MOST or not all(0 < count <= _MOST for count in counts):
            self.fail(f"{str(value)!r}: give whole numbers from 1 to {_MOST}, such as 5,4", param, ctx)
        return counts


class LaddersType(click.ParamType[tuple[tuple[Fraction, ...], ...]]):
    """The rates of each bag; bags separated by a semicolon."""

    name = "rates;rates;…"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[Fraction, ...], ...]:
        """The rates; a usage error with a remedy for anything else."""
        if isinstance(value, tuple):
            return value
        ladders = tuple(EXACTS.convert(part, param, ctx) for part in str(value).split(";")[: _MOST + 1])
        if sum(len(ladder) for ladder in ladders) > _MOST:
            self.fail(f"more than {_MOST} rates; give fewer", param, ctx)
        return ladders


class WordsType(click.ParamType[str]):
    """One line of text."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text without outer blanks; a usage error if a file cannot hold it."""
        text = str(value).strip()
        if not text or len(text) > _WORDS or not text.isprintable():
            self.fail(f"give one line of 1 to {_WORDS} printable characters", param, ctx)
        if is_blank(text):
            self.fail("this is a blank; give the words themselves", param, ctx)
        return text


class IdType(click.ParamType[str]):
    """The id of a protocol."""

    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The id; a usage error if it has other characters."""
        if not _ID.fullmatch(str(value)):
            self.fail(f"{str(value)!r}: give small letters, digits and hyphens, 64 at most", param, ctx)
        return str(value)


EXACT = ExactType()
EXACTS = ExactListType()
PARTS = PartsType()
COUNTS = CountsType()
LADDERS = LaddersType()


def order_options(command: Command) -> Command:
    """What every family asks for."""
    for option in reversed(
        (
            click.option("--drug", type=WordsType(), required=True, help="Name of the drug."),
            click.option("--dose", type=EXACT, help="Target dose, in the unit."),
            click.option("--dose-per-kg", type=EXACT, help="Or per kg, with --weight-kg."),
            click.option("--weight-kg", type=EXACT, help="Weight of the patient."),
            click.option("--dose-per-m2", type=EXACT, help="Or per m2, with --surface-m2."),
            click.option("--surface-m2", type=EXACT, help="Body surface of the patient."),
            click.option("--target-max", type=EXACT, help="Most of a dose by size."),
            click.option(
                "--unit",
                type=click.Choice(UNITS),
                default="mg",
                show_default=True,
                help='Dose unit; "fraction": doses are parts of a target that is not named.',
            ),
            click.option("--id", "id_", type=IdType(), help="Id of the protocol."),
            click.option("--title", type=WordsType(), help="Title of the protocol."),
            click.option(
                "--out",
                type=click.Path(path_type=Path),
                help="Write a new file instead of standard output; nothing is written over.",
            ),
        )
    ):
        command = option(command)
    return command


def rate_step_option(command: Command) -> Command:
    """What the pump can set."""
    return click.option(
        "--rate-step",
        type=EXACT,
        help="Smallest step of the pump's rate in mL/h: rates are rounded down to it.",
    )(command)


def order_of(ctx: click.Context, *, route: str = "iv", target_needed: bool = True) -> Order:
    """The order of a command line; a usage error if its dose, size and unit do not fit together."""
    given, unit = ctx.params, str(ctx.params["unit"])
    size = _size(ctx)
    dose = _by_size(size) if size else given["dose"]
    if unit == PART_OF_TARGET and dose is not None:
        raise _bad(ctx, "--dose", "doses are parts of a target that is not named; leave --dose out")
    if unit == PART_OF_TARGET:
        dose = Fraction(1)
    if dose is None and target_needed:
        hint = "give it such as --dose 600, or --unit fraction for parts of it"
        raise _bad(ctx, "--dose", f"this family needs a target dose; {hint}")
    if dose is not None and written(dose) is None:
        raise _bad(
            ctx, "--dose", f"{dose}: no file can hold this exactly; give a decimal of at most 18 digits"
        )
    family, drug = str(ctx.info_name), str(given["drug"])
    identity = str(given["id_"] or ""), str(given["title"] or "")
    return Order(family, drug, unit, dose, route, *identity, _asked(ctx), size)


def _size(ctx: click.Context) -> tuple[tuple[str, Fraction], ...]:
    """The keys of a dose by size, each with its value."""
    given = ctx.params
    named = [pair for pair in _SIZES if given[pair[0]] is not None or given[pair[1]] is not None]
    if not named:
        if given["target_max"] is not None:
            raise _bad(ctx, "--target-max", "this bounds a dose by size; give --dose-per-kg or --dose-per-m2")
        return ()
    per, size = named[0]
    if given["dose"] is not None or len(named) > 1:
        raise _bad(
            ctx, _option(per), "the dose is said twice; give one of --dose, --dose-per-kg, --dose-per-m2"
        )
    for name in (per, size):
        if given[name] is None:
            raise _bad(ctx, _option(name), f"it is missing; {_option(per)} and {_option(size)} go together")
    keys = (per, size, "target_max") if given["target_max"] is not None else (per, size)
    for name in keys:
        if written(given[name]) is None:
            raise _bad(ctx, _option(name), f"{given[name]}: no file can hold this exactly; give a decimal")
    return tuple((name, given[name]) for name in keys)


def _by_size(size: tuple[tuple[str, Fraction], ...]) -> Fraction:
    product = size[0][1] * size[1][1]
    return min(product, size[2][1]) if len(size) > 2 else product


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _bad(ctx: click.Context, option: str, message: str) -> click.BadParameter:
    return click.BadParameter(message, ctx, param_hint=option)


def _asked(ctx: click.Context) -> str:
    """The command line again, for the head of the file."""
    return " ".join((f"infusiond generate {ctx.info_name}", *_given(ctx)))


def _given(ctx: click.Context) -> Iterator[str]:
    for parameter in ctx.command.params:
        name = parameter.name or ""
        source = ctx.get_parameter_source(name)
        if source is not click.core.ParameterSource.COMMANDLINE or name == "out":
            continue
        yield f"{parameter.opts[0]} {shlex.quote(_shown(ctx.params[name], parts=name in _PARTS))}"


def _shown(value: object, *, parts: bool) -> str:
    if isinstance(value, tuple):
        inner = [_shown(one, parts=parts) for one in value]
        return ";".join(inner) if any(isinstance(one, tuple) for one in value) else ",".join(inner)
    if isinstance(value, Fraction) and not (parts and value.numerator == 1):
        return written(value) or str(value)
    return "rest" if value is None else str(value)
