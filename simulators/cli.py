"""The command `infusiond-sim`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from drivers.errors import LinkLost
from simulators.build import MODELS, MONITORS, PUMPS, BagLabel, Device, make_bed, make_device, make_link
from simulators.demo.command import demo
from simulators.options import BadOption, Options, choose
from simulators.pace import Pace
from simulators.proof import ask, beside
from simulators.scenario import BadScenario, Event, load, play
from simulators.words import request_of

Command = Callable[..., Any]
CAMPAIGN = "campaign"


@dataclass(frozen=True)
class Setup:
    """What the options of `device` and `bed` say."""

    speed: Decimal
    seed: int
    faults: dict[str, Decimal | None]
    options: Options
    bags: list[BagLabel]
    events: list[Event]
    baud_timing: bool
    carried: tuple[tuple[str, ...], ...] = ()
    """The bags of each pump, where there are several."""


def _above_zero(context: click.Context, parameter: click.Parameter, value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        raise click.BadParameter(f"{value} is not a number above 0", context, parameter)
    return number


def _common(command: Command) -> Command:
    """The options that `device` and `bed` share."""
    for option in (
        click.option("--speed", callback=_above_zero, default="1", help="Body seconds per second."),
        click.option("--seed", type=int, default=0, help="One seed, one course of everything random."),
        click.option(
            "--fault", "faults", multiple=True, metavar="NAME[=ARG]", help="A fault from the start."
        ),
        click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="A named choice."),
        click.option("--scenario", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.option("--baud-timing", is_flag=True, help="Bytes take their time on the wire."),
        click.option(
            "--bag", "bags", multiple=True, metavar="ID=CONCENTRATION,VOLUME", help="First one hangs."
        ),
    ):
        command = option(command)
    return command


class Programs(click.Group):
    """The campaign stands above the daemon and loads all of it: only when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Its own, and the campaign."""
        return sorted([*super().list_commands(ctx), CAMPAIGN])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of its own, or the campaign."""
        if cmd_name != CAMPAIGN:
            return super().get_command(ctx, cmd_name)
        found: click.Command = import_module("simulators.campaign.command").command
        return found


@click.group(cls=Programs)
def main() -> None:
    """Simulated infusion pumps and monitors. Not a medical device: these are simulators only."""


@main.command()
@click.argument("model", type=click.Choice(MODELS))
@click.option("--link", required=True, metavar="pty:PATH|tcp:PORT|udp:PORT|dial:PORT|mqtt:PORT/TOPIC")
@_common
def device(model: str, link: str, **given: Any) -> None:
    """Serve one simulated device until SIGTERM; its link is the first line printed."""
    _serve([(model, link)], _setup(**given))


@main.command()
@click.option("--pump-link", required=True, metavar="pty:PATH|tcp:PORT|udp:PORT")
@click.option("--monitor-link", required=True, metavar="pty:PATH|tcp:PORT|udp:PORT")
@click.option("--pump", default="dianet-star", type=click.Choice(PUMPS))
@click.option("--monitor", default="s5-dri", type=click.Choice(MONITORS))
@click.option("--also", multiple=True, metavar="MODEL=LINK", help="One more monitor on the same patient.")
@click.option(
    "--and-pump",
    "more",
    multiple=True,
    metavar="MODEL=LINK=BAG,…",
    help="One more pump at the patient's Y-site, with these bags; the others stay on the first.",
)
@_common
def bed(
    pump_link: str,
    monitor_link: str,
    pump: str,
    monitor: str,
    also: tuple[str, ...],
    more: tuple[str, ...],
    **given: Any,
) -> None:
    """Serve pumps and monitors on one coupled patient; prints all links, the pumps' first."""
    setup, others = _setup(**given), [_other_pump(text) for text in more]
    named = [name for _, _, bags in others for name in bags]
    rest = tuple(label.id for label in setup.bags if label.id not in named)
    if others and not rest:
        raise click.UsageError("--and-pump: no --bag is left for the pump of --pump-link")
    carried = (rest, *(bags for _, _, bags in others)) if others else ()
    pumps = [(pump, pump_link), *((model, link) for model, link, _ in others)]
    _serve([*pumps, (monitor, monitor_link), *map(_monitor, also)], replace(setup, carried=carried))


@main.command("do")
@click.argument("link")
@click.argument("words", nargs=-1, required=True)
def do_request(link: str, words: tuple[str, ...]) -> None:
    """Send one request, as JSON or words, to the simulator at LINK.

    LINK is a path or a port, e.g. `do /tmp/pump hang B`, `do tcp:4001 state`.
    """
    try:
        reply = ask(beside(link), request_of(words))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        click.echo(f"{link}: no simulator answers there ({error})", err=True)
        sys.exit(2)
    click.echo(json.dumps(reply))
    sys.exit(1 if "error" in reply or reply.get("ok") is False else 0)


def _setup(
    *,
    speed: Decimal,
    seed: int,
    faults: tuple[str, ...],
    options: tuple[str, ...],
    scenario: Path | None,
    baud_timing: bool,
    bags: tuple[str, ...],
) -> Setup:
    try:
        chosen = choose(dict(_pair(text) for text in options))
        events = [] if scenario is None else load(scenario)
        named = {
            name: Decimal(arg) if arg else None for name, _, arg in (text.partition("=") for text in faults)
        }
    except (BadOption, BadScenario) as error:
        raise click.UsageError(str(error)) from error
    except InvalidOperation as error:
        raise click.UsageError("--fault NAME=ARG takes a number") from error
    return Setup(speed, seed, named, chosen, [_bag(text) for text in bags], events, baud_timing)


def _monitor(text: str) -> tuple[str, str]:
    model, _, link = text.partition("=")
    if model not in MONITORS or not link:
        raise click.UsageError(f"--also {text}: expected MODEL=LINK, MODEL one of {', '.join(MONITORS)}")
    return model, link


def _other_pump(text: str) -> tuple[str, str, tuple[str, ...]]:
    model, _, rest = text.partition("=")
    link, _, bags = rest.partition("=")
    names = tuple(name for name in bags.split(",") if name)
    if model not in PUMPS or not link or not names:
        known = ", ".join(PUMPS)
        raise click.UsageError(f"--and-pump {text}: expected MODEL=LINK=BAG,…, MODEL one of {known}")
    return model, link, names


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--option {text}: expected NAME=VALUE")
    return name, value


def _bag(text: str) -> BagLabel:
    name, _, numbers = text.partition("=")
    concentration, _, volume = numbers.partition(",")
    try:
        label = BagLabel(name, Decimal(concentration), Decimal(volume))
    except InvalidOperation:
        raise click.UsageError(f"--bag {text}: expected ID=CONCENTRATION,VOLUME") from None
    if not name or label.concentration < 0 or label.volume_ml <= 0:
        raise click.UsageError(f"--bag {text}: a bag has a name, a concentration and a volume above 0")
    return label


def _serve(links: list[tuple[str, str]], setup: Setup) -> None:
    try:
        ends = [(model, make_link(text)) for model, text in links]
        asyncio.run(_run(ends, setup))
    except (ValueError, LinkLost, OSError) as error:
        click.echo(f"infusiond-sim: {error}", err=True)
        sys.exit(2)


async def _run(ends: list[tuple[str, Any]], setup: Setup) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    pace = Pace(make_bed(setup.bags, setup.options, setup.seed, setup.carried), setup.speed)
    devices = [
        make_device(model, end, pace, setup.options, setup.seed, lane if model in PUMPS else 0)
        for lane, (model, end) in enumerate(ends)
    ]
    async with contextlib.AsyncExitStack() as stack:
        for one, (_, end) in zip(devices, ends, strict=True):
            stack.push_async_callback(one.close)
            await one.start()
            click.echo(end.name)
            sys.stdout.flush()
        await _prepare(devices, setup)
        await _until(stop, devices, pace, setup.events)


async def _prepare(devices: list[Device], setup: Setup) -> None:
    """Faults and baud timing that hold from the start; ValueError for one nobody knows."""
    for name, arg in setup.faults.items():
        replies = [await one.answer({"do": "fault", "name": name, "arg": arg}) for one in devices]
        if all("error" in reply for reply in replies):
            raise ValueError(str(replies[0]["error"]))
    if setup.baud_timing:
        for one in devices:
            await one.answer({"do": "fault", "name": "baud", "arg": one.served.wire.bytes_per_s})


async def _until(stop: asyncio.Event, devices: list[Device], pace: Pace, events: list[Event]) -> None:
    """Play the scenario until told to stop; a senseless event ends the program."""

    async def anyone(request: Mapping[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = {"error": f"no device {request.get('model')}"}
        for one in devices:
            if request.get("model", one.served.wire.model) == one.served.wire.model:
                reply = await one.answer(request)
                if "error" not in reply:
                    break
        return reply

    playing = asyncio.create_task(play(events, pace, anyone))
    playing.add_done_callback(lambda task: stop.set() if not task.cancelled() and task.exception() else None)
    await stop.wait()
    playing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await playing


main.add_command(demo)

if __name__ == "__main__":
    main()
