"""`infusiond`: the group of verbs; each verb lives in its own file and is registered here."""

from __future__ import annotations

from importlib.metadata import version

import click

from daemon.cli.check import check
from daemon.cli.plan import plan


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    version("infusiond"), prog_name="infusiond", message="%(prog)s %(version)s, not a medical device"
)
def main() -> None:
    """Run a drug-desensitization protocol on real infusion pumps at one bed.

    This is not a medical device: it is not certified, and no patient may depend on it.
    """


main.add_command(check)
main.add_command(plan)
