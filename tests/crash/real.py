"""`python -m tests.crash.real`: the daemon as shipped, on a real disk and real terminals, dies, is judged."""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from daemon.control import client
from daemon.engine.phases import OPEN, Phase
from daemon.runtime.opening import read_journal
from drivers.registry import PUMPS
from simulators.campaign import bounds
from tests.crash.forked import ForkedBed
from tests.system.bed import SPEED, Bed, alarms, in_step

SLOW_S = 30.0
"""On a machine that does other things; how quick it is to be back is measured by tests/bench/restart.py."""
WATCH_S = 3.0
OVER = "the run was over"
D = Decimal
PUMP = PUMPS["dianet-star"].capabilities


class Real:
    """One bed, one death. `findings` says what was wrong afterwards."""

    def __init__(self, bed: Bed, at: int) -> None:
        self.bed = bed
        self._at = at
        self.tally = bed.folder / "tally"
        self.findings: list[str] = []
        self.where = OVER

    def play(self) -> None:
        """Start, run until it dies or the run is over, judge what follows."""
        with self.bed as bed:
            bed.start_simulator("link_loss=continue")
            words = ["-m", "tests.crash.child", str(self._at), str(self.tally), "serve", str(bed.file)]
            bed.daemon = bed._start("daemon", sys.executable, *words, "--speed", str(SPEED))
            with contextlib.suppress(client.NoDaemon, OSError, ValueError), self._its_own_death():
                self._run()
            moments = self.tally.read_text().splitlines()
            if bed.daemon.poll() is None and len(moments) >= self._at:
                bed.daemon.wait(5)
            if len(moments) < self._at:
                return
            self.where = f"{moments[self._at - 1]} {self._at}"
            bed.daemon = None
            self._judge()

    @contextlib.contextmanager
    def _its_own_death(self) -> Iterator[None]:
        try:
            yield
        except AssertionError:
            daemon = self.bed.daemon
            time.sleep(0.2)
            if daemon is None or daemon.poll() is None:
                raise

    def _run(self) -> None:
        """A start, a step change, a STOP by hand, a resume."""
        bed = self.bed
        bed.begin()
        bed.until_status(lambda s: in_step(s, 2), "step 2 runs", within_s=30)
        bed.must("hold", reason="")
        bed.until_status(lambda s: s["pump"]["motion"] == "stopped" and s["mode"] == "HELD", "held")
        bed.match()
        words = {"choice": "rest_of_step", "reason": "well", "witness": "Bob"}
        bed.until(lambda: bed.act("resume", **words)["ok"], "the pump is disarmed and the run goes on")
        bed.until_status(lambda s: in_step(s, 2), "step 2 goes on")
        bed.until_status(lambda s: in_step(s, 3), "step 3 runs", within_s=40)

    def _judge(self) -> None:
        bed = self.bed
        time.sleep(0.3)
        left, pump = read_journal(bed.journal), bed.truth()["pump"]
        self.must(left.set_aside is None and left.fault is None, f"the journal is damaged: {left.fault}")
        self._on_disk(pump)
        stop = left.state is not None and left.state.stop_ms is not None
        runs = left.state is not None and left.state.phase in OPEN
        rate = D(pump["rate_ml_h"])
        bed.start_daemon()
        bed.until_status(lambda s: not runs or _quiet(s), "held or observed, and alarmed", within_s=SLOW_S)
        self._watch(rate, moved=bed.flows())
        seen = bed.status()
        if stop and seen is not None:
            self.must(seen["mode"] != "OBSERVING", "observed, though a STOP was decided")
            bed.until(lambda: not bed.flows(), "the STOP is carried out", within_s=SLOW_S)
        if runs:
            self._alarmed(held=left.state is not None and left.state.phase is Phase.HELD)
            self._books()

    def _on_disk(self, pump: dict[str, Any]) -> None:
        """D5: what the pump was told to give was on disk before."""
        orders = [data["setting"] for data in self.bed.events("SettingOrdered")][-2:]
        if pump["motion"] == "stopped":
            return
        rates = [D(one["rate_ml_h"]) for one in orders]
        self.must(D(pump["rate_ml_h"]) <= max(rates, default=D(0)), f"{pump}, recorded are {orders}")

    def _watch(self, rate: Decimal, *, moved: bool) -> None:
        until = time.monotonic() + WATCH_S
        while time.monotonic() < until:
            pump, flows = self.bed.truth()["pump"], self.bed.flows()
            self.must(moved or not flows, "the motor starts by itself")
            self.must(D(pump["rate_ml_h"]) <= max(rate, PUMP.rate_min_ml_h), "the rate rises")
            moved = flows
            time.sleep(0.05)

    def _alarmed(self, *, held: bool) -> None:
        """What the new daemon has recorded of itself; a hold from before the death still has its alarm."""
        records = [record.content() for record in self.bed.records()]
        begun = max((n for n, one in enumerate(records) if one["type"] == "Restarted"), default=None)
        self.must(begun is not None, "the restart is not on record")
        raised = [one["data"]["alarm"] for one in records[begun or 0 :] if one["type"] == "AlarmRaised"]
        standing = alarms(self.bed.status() or {"alarms": []}) if held else set()
        away = any(alarm.startswith(("observing", "held")) for alarm in {*raised, *standing})
        self.must(away, f"neither held nor observed after the restart, but {raised}, {standing}")

    def _books(self) -> None:
        """What flowed lies in the report's bounds, and a unit for what flows while it is asked for."""
        told = client.ask(self.bed.socket, "report")["report"]["run"]["dose"]
        truth = D(self.bed.truth()["dose_left_pump"])
        slack = (
            bounds.DIANET.unit_ml + bounds.flow_ml(D(90), D(2 * SPEED))
            if self.bed.flows()
            else bounds.DIANET.unit_ml
        )
        low, high = D(str(told["low"])) - slack, D(str(told["high"])) + slack
        self.must(low <= truth <= high, f"{truth} flowed, reported {told}")

    def must(self, held: bool, text: str) -> None:
        """Keep what did not hold, once."""
        if not held and text not in self.findings:
            self.findings.append(text)


def _quiet(seen: dict[str, Any]) -> bool:
    return bool(seen["mode"] in ("OBSERVING", "HELD") and seen["alarms"])


@click.command()
@click.option("--first", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--every", type=click.IntRange(1), default=1, show_default=True, help="Die at each such moment."
)
@click.option("--together", type=click.IntRange(1), default=4, show_default=True, help="Beds at one time.")
def main(first: int, every: int, together: int) -> None:
    """Die at the first moment, and at every so many-th after it, until a run is over before it."""
    died: Counter[str] = Counter()
    findings: list[str] = []
    moments = itertools.count(first, every)
    with ThreadPoolExecutor(together) as beds:
        while True:
            played = list(beds.map(_played, itertools.islice(moments, together)))
            dead = [real for real in played if real.where != OVER]
            died.update(real.where.rsplit(" ", 1)[0] for real in dead)
            findings += [f"{real.where}: {text}" for real in dead for text in real.findings]
            if len(dead) < len(played):
                break
    click.echo(json.dumps({"moments": sum(died.values()), "died": died, "findings": findings}))
    sys.exit(1 if findings else 0)


def _played(at: int) -> Real:
    with tempfile.TemporaryDirectory() as folder:
        real = Real(ForkedBed(Path(folder)), at)
        try:
            real.play()
        except AssertionError as error:
            real.findings.append(str(error))
        return real


if __name__ == "__main__":
    main()
