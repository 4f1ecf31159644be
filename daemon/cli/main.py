"""`infusiond`: the verbs. A verb's module is loaded when it is used: STOP does not wait for the others."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

VERBS: Mapping[str, str] = {
    "check": "daemon.cli.check",
    "plan": "daemon.cli.plan",
    "audit": "daemon.cli.audit",
    "generate": "daemon.cli.generate",
    "key": "daemon.cli.signing",
    "sign": "daemon.cli.signing",
    "signatures": "daemon.cli.signing",
    "serve": "daemon.cli.serve",
    "feed": "daemon.cli.feed",
    "station": "daemon.cli.station",
    "metrics": "daemon.cli.metrics",
    "status": "daemon.cli.status",
    "start": "daemon.cli.bedside",
    "hold": "daemon.cli.bedside",
    "resume": "daemon.cli.bedside",
    "confirm": "daemon.cli.confirming",
    "annunciator": "daemon.cli.annunciator",
    "sound-test": "daemon.cli.confirming",
    "reaction": "daemon.cli.reacting",
    "correct-grade": "daemon.cli.reacting",
    "vitals": "daemon.cli.reacting",
    "exclude": "daemon.cli.reacting",
    "flush": "daemon.cli.line",
    "manual": "daemon.cli.bedside",
    "automatic": "daemon.cli.bedside",
    "abort": "daemon.cli.bedside",
    "ack": "daemon.cli.signals",
    "reset": "daemon.cli.signals",
    "pause-audio": "daemon.cli.signals",
    "classify": "daemon.cli.settling",
    "settle": "daemon.cli.settling",
    "enter-time": "daemon.cli.settling",
    "replace-pump": "daemon.cli.settling",
    "stop": "daemon.cli.ending",
    "report": "daemon.cli.status",
    "journal": "daemon.cli.journal",
    "devices": "daemon.cli.devices",
    "bridge": "daemon.cli.bridge",
}
"""Every verb and the module that has a command of that name."""


class Verbs(click.Group):
    """Finds a verb by importing its module."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs in the order of their use."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb's command, or None."""
        module = VERBS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(module), cmd_name.replace("-", "_"))
        return command


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - STOP does not wait for it

        click.echo(f"infusiond {version('infusiond')}, not a medical device")
        ctx.exit()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Print it and exit.",
)
def main() -> None:
    """Run a drug-desensitization protocol on real infusion pumps at one bed.

    This is not a medical device: it is not certified, and no patient may depend on it.
    """
