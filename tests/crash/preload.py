"""What every forked program of a bed finds read already; a program reads the rest as it goes."""

from __future__ import annotations

import gc

import daemon.cli.serve
import simulators.cli
import tests.crash.child

READ = (daemon.cli.serve, simulators.cli, tests.crash.child)
gc.freeze()
