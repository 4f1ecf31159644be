"""`infusiond-sim demo`."""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from simulators.demo.play import play
from simulators.demo.stage import Order

PROTOCOL = Path(__file__).resolve().parents[2] / "config" / "protocols" / "castells-12-step.toml"
STORY_SPEED = 80
HANDS_SPEED = 20


def _flow_error(context: click.Context, parameter: click.Parameter, value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > Decimal("0.2"):
        raise click.BadParameter(f"{value} is not between -0.2 and 0.2", context, parameter)
    return number


@click.command()
@click.option(
    "--speed",
    type=click.IntRange(1, 600),
    help=f"Seconds of the bed in one second; {STORY_SPEED}, or {HANDS_SPEED} with --hands.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="One seed, one patient.")
@click.option(
    "--protocol",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=PROTOCOL,
    help="A protocol file of one pump; castells-12-step if left out.",
)
@click.option("--hands", is_flag=True, help="Leave every act to you, at a second terminal.")
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep journal and report there."
)
@click.option(
    "--flow-error", default="0", callback=_flow_error, help="True flow / counted flow - 1, such as 0.01."
)
def demo(
    *, speed: int | None, seed: int, protocol: Path, hands: bool, keep: Path | None, flow_error: Decimal
) -> None:
    """A whole desensitization on simulated devices. SIMULATED: not a medical device."""
    order = Order(protocol, speed or (HANDS_SPEED if hands else STORY_SPEED), seed, flow_error, keep)
    sys.exit(asyncio.run(play(order, hands=hands)))
