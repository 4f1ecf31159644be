"""`infusiond generate FAMILY`: a protocol file from a target dose and a shape, its rules left blank."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from daemon.cli.generate_options import (
    COUNTS,
    EXACT,
    EXACTS,
    LADDERS,
    PARTS,
    order_of,
    order_options,
    rate_step_option,
)
from daemon.desk.generate.as_asked import beside_exact
from daemon.desk.generate.bag_per_step import BagPerStep, bag_per_step, tenfold
from daemon.desk.generate.brigham import Brigham, LastBag, brigham
from daemon.desk.generate.by_hand import Hand, by_hand
from daemon.desk.generate.geometric import Geometric, geometric
from daemon.desk.generate.line_fill import LastStep, LineFill, line_fill
from daemon.desk.generate.one_solution import OneSolution, one_solution
from daemon.desk.generate.ramp import Ramp, ladder, ramp
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Shape
from daemon.desk.generate.toml import protocol_text
from daemon.protocols.route import INFUSED, INFUSION

_BY_HAND = ("oral", "iv_bolus", "sc", "im", "inhaled")
_last_bag = click.option(
    "--last-bag",
    type=click.Choice([kind.value for kind in LastBag]),
    default=LastBag.CORRECTED.value,
    show_default=True,
    help="Target less what was given before; the whole target run out; or the whole, stopped at the target.",
)


@click.group()
def generate() -> None:
    """Write a protocol FILE of a published shape; its clinical rules are left blank for persons.

    Numbers are exact: 2.5 or 1/50, with a decimal point. What could not be as asked is told on standard error
    and in the file. Exit code 0: written. 2: no such file can be made, or it exists.
    """


@generate.command("brigham")
@order_options
@click.option("--volume-ml", type=EXACT, required=True, help="Volume of the last bag.")
@click.option("--weak-volume-ml", type=EXACT, help="Volume of the weak bags, if it is another.")
@click.option("--bags", type=click.IntRange(1, 13), default=3, show_default=True, help="Tenfold bags.")
@click.option("--final-rate-ml-h", type=EXACT, help="Rate of the last step; the ladders scale with it.  [80]")
@click.option("--first-rate-ml-h", type=EXACT, help="Rate of step 1, published as 2 and as 2.5.")
@click.option("--rates", type=LADDERS, help='Other ladders: "2,5,10,20;5,10,20,40;10,20,40,75".')
@click.option("--percents", type=EXACTS, help="What each bag holds of the target: 1,2.5,96.5.")
@click.option("--step-minutes", type=EXACT, default="15", show_default=True)
@_last_bag
@click.option(
    "--weak-amount-step",
    type=EXACTS,
    default=(),
    help="Weak bags hold a multiple of this dose: one for all, or one a bag.",
)
@rate_step_option
@click.pass_context
def _brigham(ctx: click.Context, /, **given: Any) -> None:
    """Castells: bags of tenfold strength, four rates each, the last bag run out."""
    ladders = given["rates"] or ()
    for name in ("bags", "final_rate_ml_h", "first_rate_ml_h"):
        if ladders and ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            hint = "--" + name.replace("_", "-")
            raise click.BadParameter(
                "--rates says it already; leave one of the two out", ctx, param_hint=hint
            )
    asked = Brigham(
        order_of(ctx),
        given["volume_ml"],
        given["weak_volume_ml"] or given["volume_ml"],
        given["bags"],
        given["final_rate_ml_h"] or Fraction(80),
        given["first_rate_ml_h"],
        given["step_minutes"],
        LastBag(given["last_bag"]),
        given["rate_step"],
        given["weak_amount_step"],
        ladders,
        tuple(part / 100 for part in given["percents"] or ()),
    )
    exact = replace(asked, rate_step=None, weak_amount_steps=())
    _write(ctx, lambda: beside_exact(brigham, asked, exact))


@generate.command("line-fill")
@order_options
@click.option(
    "--dead-volume-ml", type=EXACT, required=True, help="Volume of the line, measured.  [print: 22]"
)
@click.option("--volume-ml", type=EXACT, default="250", show_default=True, help="Volume of each bag.")
@click.option(
    "--dilutions", type=EXACTS, default="1/50,1/5,1", show_default=True, help="Parts of the target."
)
@click.option("--rates", type=EXACTS, default=(), help="Rates of each weak bag.  [100,200,400 for 250 mL]")
@click.option("--final-rate-ml-h", type=EXACT, help="Rate of the last bag.  [125 for 250 mL]")
@click.option("--fill-minutes", type=EXACT, default="15", show_default=True, help="Time of a line-fill step.")
@click.option("--step-minutes", type=EXACT, default="15", show_default=True)
@click.option(
    "--last-step",
    type=click.Choice([kind.value for kind in LastStep]),
    default=LastStep.PRINTED.value,
    show_default=True,
    help="Completes the printed count (line-fill steps are 0), or what the patient has got.",
)
@rate_step_option
@click.pass_context
def _line_fill(ctx: click.Context, /, **given: Any) -> None:
    """Madrid: one line for all bags, a step that fills it with each new solution."""
    asked = LineFill(
        order_of(ctx),
        given["dead_volume_ml"],
        given["volume_ml"],
        given["dilutions"],
        given["rates"],
        given["final_rate_ml_h"],
        given["fill_minutes"],
        given["step_minutes"],
        LastStep(given["last_step"]),
        given["rate_step"],
    )
    _write(ctx, lambda: beside_exact(line_fill, asked, replace(asked, rate_step=None)))


@generate.command("geometric")
@order_options
@click.option("--volume-ml", type=EXACT, required=True, help="Volume of each bag.")
@click.option("--ratio", type=EXACT, default="2", show_default=True, help="Each dose to the one before.")
@click.option("--first-fraction", type=EXACT, default="1/1000", show_default=True, help="Part of the target.")
@click.option(
    "--dilutions", type=EXACTS, default="1", show_default=True, help="Parts of the target in the bags."
)
@click.option("--max-rate-ml-h", type=EXACT, help="Highest rate: above it the next bag is taken.")
@click.option(
    "--steps", type=click.IntRange(2, 500), help="Number of steps; the last gives all that is left."
)
@click.option("--step-minutes", type=EXACT, default="15", show_default=True)
@rate_step_option
@click.pass_context
def _geometric(ctx: click.Context, /, **given: Any) -> None:
    """Doses that rise by one ratio; the last step gives what is left of the target."""
    asked = Geometric(
        order_of(ctx),
        given["volume_ml"],
        given["ratio"],
        given["first_fraction"],
        given["step_minutes"],
        given["dilutions"],
        given["max_rate_ml_h"],
        given["steps"],
        given["rate_step"],
    )
    _write(ctx, lambda: beside_exact(geometric, asked, replace(asked, rate_step=None)))


@generate.command("one-solution")
@order_options
@click.option("--volume-ml", type=EXACT, default="500", show_default=True, help="Volume of the bag.")
@click.option("--rates", type=EXACTS, default=(), help="Rates.  [5,10,25,50,75,100 for 500 mL]")
@click.option("--step-minutes", type=EXACT, default="15", show_default=True)
@rate_step_option
@click.pass_context
def _one_solution(ctx: click.Context, /, **given: Any) -> None:
    """One bag without dilution, a ladder of rates, the last one until it is empty."""
    asked = OneSolution(
        order_of(ctx), given["volume_ml"], given["rates"], given["step_minutes"], given["rate_step"]
    )
    _write(ctx, lambda: beside_exact(one_solution, asked, replace(asked, rate_step=None)))


@generate.command("bag-per-step")
@order_options
@click.option("--bags", type=click.IntRange(1, 500), help="Number of bags, each RATIO times the one before.")
@click.option("--ratio", type=EXACT, default="10", show_default=True)
@click.option("--parts", type=PARTS, help="Parts of the target instead: 1/1000,1/100,1/10,rest.")
@click.option("--percents", type=EXACTS, help="The same in percent: 1,2.5,96.5.")
@click.option("--volume-ml", type=EXACTS, required=True, help="Volume: one for all, or one a bag.")
@click.option("--step-minutes", type=EXACTS, required=True, help="Time: one for all, or one a bag.")
@click.option(
    "--amount-step", type=EXACTS, default=(), help="Bags hold a multiple of this dose: one, or one a bag."
)
@_last_bag
@rate_step_option
@click.pass_context
def _bag_per_step(ctx: click.Context, /, **given: Any) -> None:
    """A bag for each step, tenfold or of given parts, each in its volume and time."""
    named = [name for name in ("bags", "parts", "percents") if given[name] is not None]
    if len(named) != 1:
        raise click.UsageError("give exactly one of --bags, --parts, --percents", ctx)

    def made() -> Shape:
        parts = given["parts"] or tuple(part / 100 for part in given["percents"] or ())
        if given["bags"] is not None:
            parts = tenfold(given["bags"], given["ratio"])
        times, volumes = given["step_minutes"], given["volume_ml"]
        kind = LastBag(given["last_bag"])
        steps = given["rate_step"], given["amount_step"]
        asked = BagPerStep(order_of(ctx), parts, volumes, times, kind, *steps)
        return beside_exact(bag_per_step, asked, replace(asked, rate_step=None, amount_steps=()))

    _write(ctx, made)


@generate.command("oral")
@order_options
@click.option(
    "--route", type=click.Choice(_BY_HAND), default="oral", show_default=True, help="How the doses are given."
)
@click.option("--interval-min", type=EXACTS, required=True, help="Between doses: one for all, or one each.")
@click.option("--doses", type=EXACTS, default=(), help="The doses themselves.")
@click.option("--first-dose", type=EXACT, help="Or the first of them,")
@click.option("--ratio", type=EXACTS, default="2", show_default=True, help="with one ratio, or one each,")
@click.option("--steps", type=click.IntRange(1, 500), help="and their number; else until --dose is reached.")
@click.option("--dose-step", type=EXACT, help="Smallest dose that can be measured: doses are rounded down.")
@click.option("--day-steps", type=COUNTS, default=(), help="Doses on each day: 5,4.")
@click.option("--concentrations", type=EXACTS, default=(), help="Strengths they are drawn from, per mL.")
@click.option("--solution-steps", type=COUNTS, default=(), help="Doses drawn from each strength: 7,3,4.")
@click.pass_context
def _oral(ctx: click.Context, /, **given: Any) -> None:
    """Doses by hand (oral, or another --route), doubling or as given, on one day or several."""
    if given["doses"] and (given["first_dose"] or given["steps"]):
        raise click.UsageError("give --doses, or --first-dose with --ratio and --steps, not both", ctx)
    asked = Hand(
        order_of(ctx, route=given["route"], target_needed=False),
        given["interval_min"],
        given["doses"],
        given["first_dose"],
        given["ratio"],
        given["steps"],
        given["day_steps"],
        given["concentrations"],
        given["solution_steps"],
        given["dose_step"],
    )
    _write(ctx, lambda: by_hand(asked))


@generate.command("ramp")
@order_options
@click.option("--volume-ml", type=EXACT, required=True, help="Volume of each solution.")
@click.option("--concentrations", type=EXACTS, required=True, help="Dose per mL, rising: 10,100.")
@click.option("--solution-steps", type=COUNTS, default=(), help="Steps from each of them: 4,3.")
@click.option("--rates-h", type=EXACTS, default=(), help="Dose per hour of each step.")
@click.option("--first-rate-h", type=EXACT, help="Or the first of them,")
@click.option("--ratio", type=EXACT, default="2", show_default=True, help="the ratio,")
@click.option("--final-rate-h", type=EXACT, help="and the last one.")
@click.option("--step-minutes", type=EXACT, default="60", show_default=True)
@click.option(
    "--route", type=click.Choice(sorted(INFUSED)), default=INFUSION, show_default=True, help="Where it goes."
)
@rate_step_option
@click.pass_context
def _ramp(ctx: click.Context, /, **given: Any) -> None:
    """Dose per hour that rises through solutions of rising strength (insulin U10, then U100)."""
    ends = given["first_rate_h"], given["final_rate_h"]
    if bool(given["rates_h"]) == all(ends) or (given["rates_h"] and any(ends)):
        raise click.UsageError("give --rates-h, or --first-rate-h and --final-rate-h", ctx)

    def made() -> Shape:
        rates = given["rates_h"] or ladder(given["first_rate_h"], given["ratio"], given["final_rate_h"])
        asked = Ramp(
            order_of(ctx, route=given["route"], target_needed=False),
            given["volume_ml"],
            given["concentrations"],
            given["solution_steps"],
            rates,
            given["step_minutes"],
            given["rate_step"],
        )
        return beside_exact(ramp, asked, replace(asked, rate_step=None))

    _write(ctx, made)


def _write(ctx: click.Context, make: Callable[[], Shape]) -> None:
    """The whole text is made before a byte of it is written."""
    try:
        shape = make()
        text = protocol_text(shape)
    except Refused as refused:
        value = f"{refused.value}: " if refused.value else ""
        message = f"{value}{refused.problem}; {refused.remedy}"
        if not refused.option:
            raise click.UsageError(message, ctx) from None
        raise click.BadParameter(message, ctx, param_hint=refused.option) from None
    for note in shape.notes:
        click.echo(note, err=True)
    out: Path | None = ctx.params["out"]
    if out is None:
        _to_standard_output(ctx, text)
        return
    try:
        _new_file(out, text)
    except OSError as error:
        why = "it exists, and nothing is written over" if isinstance(error, FileExistsError) else str(error)
        raise click.BadParameter(
            f"{out}: {why}; give the name of a new file", ctx, param_hint="--out"
        ) from None
    click.echo(
        f"{out}: written; `infusiond check {out}` names every blank that a person has to fill in", err=True
    )


def _to_standard_output(ctx: click.Context, text: str) -> None:
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        remedy = "what is there is not the whole file; make room, or give --out FILE"
        raise click.UsageError(
            f"standard output cannot be written: {error.strerror}; {remedy}", ctx
        ) from None


def _new_file(path: Path, text: str) -> None:
    """A file that was not there; nothing of it stays if it cannot be written whole."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        path.unlink(missing_ok=True)
        raise
