"""`infusiond`: the group of verbs; each verb lives in its own file and is registered here."""

from __future__ import annotations

from importlib.metadata import version

import click

from daemon.cli import bedside
from daemon.cli.check import check
from daemon.cli.journal import journal
from daemon.cli.plan import plan
from daemon.cli.serve import serve
from daemon.cli.status import report, status


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    version("infusiond"), prog_name="infusiond", message="%(prog)s %(version)s, not a medical device"
)
def main() -> None:
    """Run a drug-desensitization protocol on real infusion pumps at one bed.

    This is not a medical device: it is not certified, and no patient may depend on it.
    """


for _verb in (
    check,
    plan,
    serve,
    status,
    bedside.start,
    bedside.hold,
    bedside.resume,
    bedside.confirm,
    bedside.reaction,
    bedside.manual,
    bedside.automatic,
    bedside.abort,
    bedside.ack,
    report,
    journal,
):
    main.add_command(_verb)
