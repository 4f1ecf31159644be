"""The processes of the demo and the folder they live in; everything is ended and removed at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

OUR_COMMANDS = Path(sys.executable).parent
KEPT = (".toml", ".journal", ".json", ".log")
PATIENT = "SIM-0001"
END_DAEMON_S = 12.0
END_BED_S = 5.0
OPEN_S = 30.0
BED = """\
# Written by infusiond-sim demo. SIMULATED: not a medical device, and no patient.
site = "simulated"
unit = "demo"
bed = "bed-1"
protocol = "{protocol}"
patient = "{patient}"
bag_codes = "labels.codes"

[[pumps]]
name = "pump-1"
model = "dianet-star"
link = "serial:{folder}/pump"
authority = "control"
solutions = [{solutions}]
end_action = "stop"
watchdog_action = "stop"
occlusion_ml = 1.25
release_bolus_ml = 0.5
bolus_allowance_ml = 2

[[monitors]]
name = "monitor-1"
model = "s5-dri"
link = "serial:{folder}/monitor"
signals = ["hr", "spo2", "nibp_sys"]

[journal]
path = "SIMULATED-bed-1.journal"

[sound]
heartbeat_s = 2
lost_s = 5

[control]
socket = "bed-1.sock"
"""
ENV = """\
export PATH="{commands}:$PATH"
export INFUSIOND_SOCKET="{folder}/bed-1.sock"
export PUMP="{folder}/pump"
export LABELS="{folder}/labels"
export PATIENT="{patient}"
cat "{folder}/by-hand"
"""


class StageFailed(Exception):
    """A process of the demo did not do its part; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the demo was asked for; `flow_error` = true flow / counted flow - 1."""

    protocol: Path
    speed: int
    seed: int
    flow_error: Decimal
    keep: Path | None


class Stage:
    """An async context: folder and processes exist inside, and nothing of them afterwards."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.plan: dict[str, Any] = {}
        self._folder: Path | None = None
        self._running: list[tuple[str, asyncio.subprocess.Process, float]] = []

    @property
    def folder(self) -> Path:
        """Where everything lives; RuntimeError outside the context."""
        if self._folder is None:
            raise RuntimeError("the stage is not set")
        return self._folder

    @property
    def socket(self) -> Path:
        """The daemon's control socket."""
        return self.folder / "bed-1.sock"

    @property
    def pump(self) -> Path:
        """The pump's terminal; its proof socket lies beside it."""
        return self.folder / "pump"

    @property
    def labels(self) -> Path:
        """The printed labels, as they lie at the bed; the nurse reads the codes off them."""
        return self.folder / "labels"

    def code(self, solution: str) -> str:
        """What stands on the label of this solution's bag; StageFailed if there is none."""
        label = self.labels.read_text(encoding="utf-8").partition(f"\n{solution}: ")[2]
        found = re.search(r"^CODE +(\S+)$", label, re.MULTILINE)
        if found is None:
            raise StageFailed(f"there is no label for {solution}")
        return found[1]

    @property
    def journal(self) -> Path:
        """The daemon's record."""
        return self.folder / "SIMULATED-bed-1.journal"

    async def __aenter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="infusiond-demo-"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.end()
        finally:
            if self.order.keep is not None:
                _keep(self.folder, self.order.keep)
            shutil.rmtree(self.folder)
            self._folder = None

    async def open(self) -> None:
        """Compile the plan, start bed and daemon, wait until both answer; StageFailed otherwise."""
        protocol = self.folder / self.order.protocol.name
        shutil.copyfile(self.order.protocol, protocol)
        self.plan = json.loads(
            await self.ask("infusiond", "plan", str(protocol), "--json"), parse_float=Decimal
        )
        await self.ask("infusiond", "plan", str(protocol), "--labels", str(self.labels))
        solutions = ", ".join(f'"{one["id"]}"' for one in self.plan["solutions"])
        bed_file = BED.format(
            protocol=protocol.name, folder=self.folder, solutions=solutions, patient=PATIENT
        )
        (self.folder / "bed.toml").write_text(bed_file, encoding="utf-8")
        env = ENV.format(commands=OUR_COMMANDS, folder=self.folder, patient=PATIENT)
        (self.folder / "env").write_text(env, encoding="utf-8")
        await self._start("bed", END_BED_S, "infusiond-sim", "bed", *self._bed_words())
        await self._until_it_answers(self.pump.with_name("monitor.sim"))
        speed = ("--speed", str(self.order.speed))
        await self._start("daemon", END_DAEMON_S, "infusiond", "serve", str(self.folder / "bed.toml"), *speed)
        await self._until_it_answers(self.socket)

    def _bed_words(self) -> list[str]:
        order = self.order
        words = ["--pump-link", f"pty:{self.pump}", "--monitor-link", f"pty:{self.folder / 'monitor'}"]
        words += ["--speed", str(order.speed), "--seed", str(order.seed)]
        words += ["--option", f"flow_error={order.flow_error}"]
        for one in self.plan["solutions"]:
            words += ["--bag", f"{one['id']}={one['concentration']},{one['volume_ml']}"]
        return words

    async def ask(self, program: str, *words: str) -> str:
        """What a short command prints; StageFailed with its complaint when it fails."""
        code, text = await self.type(program, *words)
        if code != 0:
            raise StageFailed(f"{program} {' '.join(words)}: exit {code}\n{text}")
        return text

    async def type(self, program: str, *words: str) -> tuple[int, str]:
        """Run a command as a person would type it: exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            OUR_COMMANDS / program,
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._env(),
        )
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, (out or err).decode().strip()

    def check_alive(self) -> None:
        """StageFailed when bed or daemon has ended by itself."""
        for name, process, _ in self._running:
            if process.returncode is not None:
                raise StageFailed(f"the {name} has ended by itself, exit {process.returncode}")

    def log_tail(self, name: str, lines: int = 15) -> str:
        """The last lines that `bed` or `daemon` wrote."""
        path = self.folder / f"{name}.log"
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    async def end(self) -> None:
        """End the processes in order, newest first: the daemon stops the pump before the pump goes."""
        while self._running:
            _, process, limit_s = self._running.pop()
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(limit_s):
                    await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _start(self, name: str, limit_s: float, program: str, *words: str) -> None:
        """In a process group of its own, so that Ctrl-C reaches this program alone."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                OUR_COMMANDS / program,
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self._running.append((name, process, limit_s))

    async def _until_it_answers(self, socket: Path) -> None:
        try:
            async with asyncio.timeout(OPEN_S):
                while not await _answers(socket):
                    self.check_alive()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StageFailed(f"nobody answered on {socket.name} within {OPEN_S:.0f} s") from None

    def _env(self) -> dict[str, str]:
        return {**os.environ, "INFUSIOND_SOCKET": str(self.socket)}


async def _answers(socket: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    writer.close()
    return True


def _keep(folder: Path, to: Path) -> None:
    """Copy what is a plain file: protocol, bed file, journal, logs, report."""
    to.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and path.suffix in KEPT:
            shutil.copyfile(path, to / path.name)
