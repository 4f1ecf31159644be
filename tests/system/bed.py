"""One simulated bed of real processes: simulator and daemon as shipped, on terminals and sockets."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from daemon.cli.labels import write_labels
from daemon.control import client
from daemon.journal.records import Record
from daemon.journal.store import Store
from daemon.journal.walk import verified
from daemon.protocols.load import load_protocol
from daemon.protocols.plan import Plan
from simulators.campaign.engine.labels import PATIENT
from simulators.campaign.engine.world import DIANET
from simulators.proof import ask
from tests.annunciator import Annunciator

BIN = Path(sys.executable).parent
CASTELLS = Path(__file__).parents[2] / "config" / "protocols" / "castells-12-step.toml"
SPEED = 60
READY_S = 20.0
LOOK_S = 0.02
HEAD = """\
id = "short"
title = "Three steps of one bag, for tests"
drug = "none"
route = "iv"
dose_unit = "mg"
target_dose = 94
ordered_by = "a test"
grade_scale = "brown-2004"
reactions_per_step_max = 2

[source]
citation = "none"

[[solutions]]
id = "A"
label = "1/1"
fraction = 1
volume_ml = 94
line = { dead_volume_ml = 1, primed = true, y_site_ml = 0 }
stable_h = 24

[[steps]]
solution = "A"
rate_ml_h = 30
minutes = 3

[[steps]]
solution = "A"
rate_ml_h = 60
minutes = 8

[[steps]]
solution = "A"
rate_ml_h = 90
until = "empty"

"""
BED = """\
site = "sim"
unit = "test"
bed = "bed-1"
protocol = "short.toml"
patient = "{patient}"
bag_codes = "{codes}"

[[pumps]]
name = "pump-1"
model = "dianet-star"
link = "serial:{pump}"
authority = "control"
solutions = ["A"]
end_action = "stop"
watchdog_action = "stop"
occlusion_ml = 1.25
release_bolus_ml = 0.5
bolus_allowance_ml = 2

[[monitors]]
name = "monitor-1"
model = "s5-dri"
link = "serial:{monitor}"
signals = ["hr", "spo2"]

[journal]
path = "{journal}"

[sound]
heartbeat_s = 2
lost_s = 5

[control]
socket = "{socket}"
"""


def protocol() -> str:
    """The rules of Castells with room for slow machines, on three short steps without a cuff."""
    rules = CASTELLS.read_text(encoding="utf-8").split("# The rules below", 1)[1].split("\n", 1)[1]
    blocks = re.split(r"\n(?=\[\[?\w)", rules)
    text = "\n".join(block for block in blocks if "nibp_sys" not in block)
    for old, new in (
        ("fresh_s = 15", "fresh_s = 600"),
        ("missing_hold_s = 60", "missing_hold_s = 1200"),
        ("every_min = 30", "every_min = 600"),
        ("to_min = 20\n", "to_min = 600\n"),
        ("from_min = 20\n", "from_min = 600\n"),
        ("to_min = 60\n", "to_min = 700\n"),
        ("from_min = 60\n", "from_min = 700\n"),
        ("to_min = 120", "to_min = 800"),
        ("from_min = 120", "from_min = 800"),
        ("window_min = 60", "window_min = 1000"),
        ("max_times = 4", "max_times = 40"),
        ("max_total_dose = 630", "max_total_dose = 120"),
        ("expires_min = 15", "expires_min = 600"),
        ("vitals_match_s = 60", "vitals_match_s = 600"),
        ("patient_again_min = 30", "patient_again_min = 600"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    return HEAD + text


class Running(Protocol):
    """A program at work, as `subprocess.Popen` speaks of it."""

    @property
    def pid(self) -> int:
        """Of the process."""

    @property
    def returncode(self) -> int | None:
        """None while it lives, as far as was asked."""

    def poll(self) -> int | None:
        """Ask."""

    def wait(self, timeout: float | None = None) -> int:
        """Until it has ended; TimeoutExpired."""

    def send_signal(self, sig: int) -> None:
        """Whatever it does then."""

    def terminate(self) -> None:
        """SIGTERM."""

    def kill(self) -> None:
        """SIGKILL."""


class Bed:
    """A folder, a simulator, a daemon. Everything is ended when the context is left."""

    def __init__(self, folder: Path, *, speed: int = SPEED) -> None:
        self.folder = folder
        self.speed = speed
        self.pump = folder / "pump"
        self.journal = folder / "bed-1.journal"
        self.socket = folder / "bed-1.sock"
        self.file = folder / "bed.toml"
        self.env: dict[str, str] = {}
        self.simulator: Running | None = None
        self.daemon: Running | None = None
        (folder / "short.toml").write_text(protocol(), encoding="utf-8")
        self.labels = 0
        self.new_labels()
        self.annunciator = Annunciator(self.socket)

    def new_labels(self) -> None:
        """A new set of bag codes, as `infusiond plan --labels` writes it, and a bed file that names it."""
        plan = load_protocol(self.folder / "short.toml", pump=DIANET)
        assert isinstance(plan, Plan), plan
        self.labels += 1
        self.codes = write_labels(plan, self.folder / f"labels-{self.labels}")
        self.write_bed()

    @property
    def code(self) -> str:
        """Read off the label of bag A."""
        text = (self.folder / f"labels-{self.labels}").read_text(encoding="utf-8")
        found = re.search(r"^CODE +(\S+)$", text, re.MULTILINE)
        assert found is not None, text
        return found[1]

    def write_bed(self, **links: object) -> None:
        """The bed file, with other links or files than the usual ones."""
        usual: dict[str, object] = {
            "pump": self.pump,
            "monitor": self.folder / "monitor",
            "journal": self.journal.name,
            "socket": self.socket.name,
            "patient": PATIENT,
            "codes": self.codes.name,
        }
        self.file.write_text(BED.format(**{**usual, **links}), encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.annunciator.close()
        for process in (self.daemon, self.simulator):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        if error is not None:
            error.add_note((self.folder / "daemon.log").read_text(encoding="utf-8")[-3000:])

    def start_simulator(self, *options: str) -> None:
        """Pump and monitor on one patient."""
        words = ["--pump-link", f"pty:{self.pump}", "--monitor-link", f"pty:{self.folder / 'monitor'}"]
        words += ["--speed", str(self.speed), "--seed", "1", "--bag", "A=1,94"]
        for option in ("flow_error=0", *options):
            words += ["--option", option]
        self.simulator = self._start("simulator", "infusiond-sim", "bed", *words)
        self.until(lambda: self.folder.joinpath("monitor.sim").exists(), "the simulator listens")

    def start_daemon(self) -> None:
        """Returns as soon as the process exists; `until` waits for what it does."""
        self.daemon = self._start("daemon", "infusiond", "serve", str(self.file), "--speed", str(self.speed))

    def kill_daemon(self) -> None:
        """SIGKILL: nothing is said, written or closed."""
        assert self.daemon is not None
        self.daemon.kill()
        self.daemon.wait()
        self.daemon = None

    def _start(self, name: str, program: str, *words: str) -> Running:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [BIN / program, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.env},
            )

    def run(self, *words: str, program: str = "infusiond") -> subprocess.CompletedProcess[str]:
        """A short command, as a person types it."""
        return subprocess.run(
            [BIN / program, *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=30,
            env={**os.environ, "INFUSIOND_SOCKET": str(self.socket)},
        )

    def status(self) -> dict[str, Any] | None:
        """What the daemon says; None while nobody answers."""
        try:
            told: dict[str, Any] = client.ask(self.socket, "status")["status"]
        except client.NoDaemon:
            return None
        return told

    def act(self, verb: str, **args: Any) -> dict[str, Any]:
        """One act of Ann."""
        return client.act(self.socket, verb, by="Ann", **args)

    def must(self, verb: str, **args: Any) -> None:
        answer = self.act(verb, **args)
        assert answer["ok"], answer

    def act_if_alive(self, verb: str, **args: Any) -> None:
        """One act, whatever becomes of it."""
        with contextlib.suppress(client.NoDaemon):
            self.act(verb, **args)

    def truth(self) -> dict[str, Any]:
        """What really is, from the simulator."""
        return ask(self.pump.with_name("pump.sim"), {"do": "state"})

    def flows(self) -> bool:
        return Decimal(self.truth()["pump"]["flow_ml_h"]) > 0

    def until(self, done: Callable[[], object], what: str, *, within_s: float = READY_S) -> float:
        """Wait for a condition; the seconds it took. AssertionError names what did not come."""
        begin = time.monotonic()
        while not done():
            if self.daemon is not None and self.daemon.poll() is not None:
                raise AssertionError(f"the daemon has ended, exit {self.daemon.returncode}; wanted: {what}")
            took = time.monotonic() - begin
            if took > within_s:
                seen = self.status()
                brief = seen and {
                    key: seen[key] for key in ("mode", "phase", "step", "gate", "hold", "alarms")
                }
                raise AssertionError(f"not within {within_s} s: {what}; {brief}")
            time.sleep(LOOK_S)
        return time.monotonic() - begin

    def until_status(
        self, wanted: Callable[[dict[str, Any]], object], what: str, *, within_s: float = READY_S
    ) -> float:
        """Wait until the daemon answers and its status is as wanted."""

        def done() -> bool:
            seen = self.status()
            return seen is not None and bool(wanted(seen))

        return self.until(done, what, within_s=within_s)

    def begin(self, step: int = 1) -> None:
        """Everything before the start, the start, and drug flowing in this step."""
        self.until_status(lambda s: s["pump"]["motion"] is not None, "the pump is read")
        self.check()
        self.must("start", witness="Bob")
        self.until_status(lambda s: in_step(s, step), f"step {step} runs")
        self.until(self.flows, "drug flows")

    def check(self) -> None:
        """Everything that is confirmed before a start."""
        self.match()
        self.must("confirm_solution", **self.label())
        self.must("confirm_line")
        self.until_status(lambda s: not s["gate"] and s["phase"] == "checking", "the gate is open")
        self.must("confirm_vitals")
        self.must("confirm_sound")

    def label(self) -> dict[str, Any]:
        """What is read off pump and bag."""
        return {"pump": "pump-1", "code": self.code, "primed": True, "made_min": "10", "witness": "Bob"}

    def match(self) -> None:
        """Somebody at the bed can be heard, and the wristband is read."""
        self.until_status(lambda s: s["sound"], "something at the bed can sound")
        self.must("confirm_patient", patient=PATIENT)

    def records(self) -> list[Record]:
        """Every record on disk; the chain holds."""
        store = Store(self.journal, read_only=True)
        store.open()
        records, fault = verified(store.read())
        store.close()
        assert fault is None, fault
        return records

    def took_s(self, since: str, alarm: str) -> float:
        """Real seconds by the daemon's own records from the last event of a kind to an alarm after it.

        What the daemon shows may come before its record is on disk.
        """
        self.until(lambda: self._alarm_after(since, alarm), f"{since} and {alarm} are on disk")
        contents = [record.content() for record in self.records()]
        begun = max(at for at, content in enumerate(contents) if content["type"] == since)
        raised = next(
            content
            for content in contents[begun:]
            if content["type"] == "AlarmRaised" and content["data"]["alarm"] == alarm
        )
        return float(raised["wire_ms"] - contents[begun]["wire_ms"]) / 1000

    def _alarm_after(self, since: str, alarm: str) -> bool:
        contents = [record.content() for record in self.records()]
        begun = [at for at, content in enumerate(contents) if content["type"] == since]
        return bool(begun) and any(
            content["type"] == "AlarmRaised" and content["data"]["alarm"] == alarm
            for content in contents[begun[-1] :]
        )

    def events(self, kind: str) -> Sequence[dict[str, Any]]:
        """The data of every event of this kind, in order."""
        contents = [record.content() for record in self.records()]
        return [content["data"] for content in contents if content["type"] == kind]


def in_step(seen: dict[str, Any], step: int) -> bool:
    return bool(
        seen["phase"] == "infusing"
        and seen["step"]["number"] >= step
        and seen["pump"]["motion"] == "infusing"
        and not seen["pump"]["uncertain"]
    )


def alarms(seen: dict[str, Any]) -> set[str]:
    return {alarm["id"] for alarm in seen["alarms"]}
