"""`infusiond serve` in a process of its own, at a bed whose devices the bench plays."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from daemon.cli.labels import write_labels
from daemon.control.requests import ACTS
from daemon.engine.acts.persons import BOUND
from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from drivers.registry import PUMPS
from simulators.campaign.engine.labels import PATIENT
from tests.bench.annunciator import Annunciator
from tests.bench.lines import Loop, Overdue, Terminal
from tests.bench.peers import GOOD_SPO2, MonitorPeer, PumpPeer

PROTOCOL = Path(__file__).with_name("stop-latency.toml")
BED = """
site = "bench"
unit = "bench"
bed = "bench"
protocol = "{protocol}"
patient = "{patient}"
bag_codes = "{codes}"
[[pumps]]
name = "pump-1"
model = "dianet-star"
link = "serial:{folder}/pump"
authority = "control"
solutions = ["bag-1"]
end_action = "stop"
watchdog_action = "unknown"
occlusion_ml = 1.25
release_bolus_ml = 0.5
bolus_allowance_ml = 2
[[monitors]]
name = "monitor-1"
model = "s5-dri"
link = "serial:{folder}/monitor"
signals = ["hr", "spo2"]
[journal]
path = "journal.db"
[sound]
heartbeat_s = 2
lost_s = 5
[control]
socket = "sock"
"""
WATCHERS = 2
"""Feeds of this version: programs that take the bed's state from the control socket four times a second."""
RETRY_S = 0.03
PATIENCE_S = 20.0
SETTLED_READS = 2
"""ISTWERT readbacks after a START until the setting is confirmed and the link is left idle for `poll_s`."""


class _Prover(socketserver.StreamRequestHandler):
    """Says that the far end of a terminal is simulated (F36)."""

    def handle(self) -> None:
        self.rfile.readline()
        path = Path(str(self.server.server_address)).with_suffix("")
        proof = {"simulator": "infusiond-sim", "model": path.name, "speed": 1, "device": str(path.resolve())}
        self.wfile.write(json.dumps(proof).encode() + b"\n")


def _drop(watcher: socket.socket, _stamp_ns: int) -> None:
    watcher.recv(65536)


class BenchBed:
    """One bed with its daemon, its run started; the disk can be made to stall."""

    def __init__(self, loop: Loop, folder: Path, *, real_baud: bool = False) -> None:
        self._loop = loop
        self._folder = folder
        self._terminals = [Terminal(folder / name) for name in ("pump", "monitor")]
        self.pump = PumpPeer(loop, self._terminals[0], real_baud=real_baud)
        self.monitor = MonitorPeer(loop, self._terminals[1])
        self._acts = count(1)
        self._lock: sqlite3.Connection | None = None
        self._watchers: list[socket.socket] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._annunciator: Annunciator | None = None

    def __enter__(self) -> Self:
        try:
            self._switch_on()
            self._start_run()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill the daemon, hang up, let the disk go."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.let_disk_go()
        if self._annunciator is not None:
            self._annunciator.close()
        for watcher in self._watchers:
            self._loop.forget(watcher.fileno())
            watcher.close()
        for terminal in self._terminals:
            self._loop.forget(terminal.master)
            terminal.close()

    def stall_disk(self) -> None:
        """Nothing can be written to the journal until `let_disk_go`; the writer already waits at it."""
        lock = sqlite3.connect(self._folder / "journal.db", isolation_level=None, timeout=1.0)
        lock.execute("BEGIN IMMEDIATE")
        self._lock = lock

    def let_disk_go(self) -> None:
        """End the stall; nothing was changed."""
        if self._lock is not None:
            self._lock.execute("ROLLBACK")
            self._lock.close()
            self._lock = None

    def vitals(self, spo2: int) -> None:
        """One whole frame."""
        self.monitor.say(self.monitor.frame(spo2))

    def press_hold(self) -> socket.socket:
        """Ask for a hold; the caller closes the connection."""
        return self._send("hold", act_id=f"bench-{next(self._acts)}", by="", reason="bench")

    def resume(self) -> None:
        """From held to infusing, polled at leisure."""
        self.let_disk_go()
        self._must("resume", choice="rest_of_step", by="Ann", witness="Bob", reason="bench")
        self._settle()

    def _settle(self) -> None:
        self._loop.until(lambda: self.pump.reads_running >= SETTLED_READS, "the pump runs again", PATIENCE_S)

    def _switch_on(self) -> None:
        bed = self._folder / "bed.toml"
        bed.write_text(
            BED.format(
                protocol=PROTOCOL, folder=self._folder, patient=PATIENT, codes=f"{self._labels()}.codes"
            )
        )
        provers = [
            socketserver.UnixStreamServer(f"{terminal.path}.sim", _Prover) for terminal in self._terminals
        ]
        for prover in provers:
            threading.Thread(target=prover.serve_forever, daemon=True).start()
        command = [sys.executable, "-c", "from daemon.cli.main import main; main()", "serve", str(bed)]
        with (self._folder / "daemon.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._loop.until(self._answers, f"infusiond answers (see {log.name})", PATIENCE_S)
        for prover in provers:
            prover.shutdown()
            prover.server_close()

    def _labels(self) -> Path:
        """New labels for the one bag, if there are none yet."""
        labels = self._folder / "labels"
        if not labels.exists():
            plan = load_protocol(PROTOCOL, pump=PUMPS["dianet-star"].capabilities)
            if not isinstance(plan, Plan):
                raise TypeError(plan)
            write_labels(plan, labels)
        return labels

    def _code(self) -> str:
        line = next(line for line in self._labels().read_text().splitlines() if line.startswith("CODE"))
        return line.split()[1]

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise Overdue(f"infusiond ended:\n{(self._folder / 'daemon.log').read_text()}")
        self._loop.rest(RETRY_S)
        return (self._folder / "sock").exists() and self.pump.reads > 0

    def _start_run(self) -> None:
        self._annunciator = Annunciator(self._loop, self._send("watch", sound=True, name="bench"))
        self._must("confirm_patient", by="Ann", patient=PATIENT)
        self._must(
            "confirm_solution",
            by="Ann",
            witness="Bob",
            pump="pump-1",
            code=self._code(),
            primed=True,
            made_min="10",
        )
        self._must("confirm_line", by="Ann")
        self._must("confirm_vitals", by="Ann")
        self._must("confirm_sound", by="Ann")
        self._must("start", by="Ann", witness="Bob")
        self._settle()
        for _ in range(WATCHERS):
            watcher = self._send("watch")
            self._watchers.append(watcher)
            self._loop.on_readable(watcher.fileno(), partial(_drop, watcher))

    def _must(self, verb: str, **args: Any) -> None:
        """An act, tried until it is taken: what it waits for comes by itself, good vitals among it."""
        refusals: list[str] = []

        def done() -> bool:
            self.vitals(GOOD_SPO2)
            self._loop.rest(RETRY_S)
            seen = {"seen": self._ask("status")["status"]["screen"]} if ACTS[verb] in BOUND else {}
            answer = self._ask(verb, act_id=f"bench-{next(self._acts)}", **seen, **args)
            refusals.append(str(answer["answer"]))
            return bool(answer["ok"])

        try:
            self._loop.until(done, verb, PATIENCE_S)
        except Overdue as error:
            raise Overdue(f"{error}: {refusals[-1]}") from error

    def _ask(self, verb: str, **args: Any) -> dict[str, Any]:
        lines: list[bytes] = []
        with closing(self._send(verb, **args)) as line:
            self._loop.on_readable(line.fileno(), lambda _: lines.append(line.recv(65536)))
            try:
                self._loop.until(lambda: any(b"\n" in part for part in lines), verb, PATIENCE_S)
            finally:
                self._loop.forget(line.fileno())
        answer: dict[str, Any] = json.loads(b"".join(lines))
        return answer

    def _send(self, verb: str, **args: Any) -> socket.socket:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.connect(os.fspath(self._folder / "sock"))
        line.sendall(json.dumps({"verb": verb, "args": args}).encode() + b"\n")
        return line
