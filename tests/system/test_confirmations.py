"""The shipped programs before a start: labels, wristband and sound, and a view that sounds by itself."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.campaign.engine.labels import PATIENT, code_of
from simulators.proof import ask
from tests.annunciator import Annunciator
from tests.system.bed import BIN, Bed, alarms, in_step

SOUNDS_S = 5.0
"""F9: the annunciator sounds by itself at the latest this long after the last heartbeat."""
BELL = b"\x07"


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    with Bed(tmp_path) as made:
        yield made


class View:
    """`infusiond status --watch` on a terminal of its own, whose tones are counted."""

    def __init__(self, bed: Bed) -> None:
        self.tones = 0
        self._master, terminal = pty.openpty()
        size = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
        self.process = subprocess.Popen(
            [BIN / "infusiond", "status", "--watch"],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**os.environ, "INFUSIOND_SOCKET": str(bed.socket), **size},
        )
        os.close(terminal)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        """A terminal that nobody reads from would hold the view up."""
        with contextlib.suppress(OSError):
            while True:
                self.tones += os.read(self._master, 65536).count(BELL)

    def tones_in(self, seconds: float) -> int:
        before = self.tones
        time.sleep(seconds)
        return self.tones - before

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        self._reader.join()
        os.close(self._master)


@pytest.fixture
def view(bed: Bed) -> Iterator[View]:
    """The one thing at the bed that can sound."""
    bed.annunciator.close()
    bed.start_simulator()
    bed.start_daemon()
    bed.until_status(lambda s: s["mode"] == "READY", "ready")
    made = View(bed)
    yield made
    made.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["SIGKILL", "SIGSTOP"])
def test_f9_the_view_sounds_by_itself_when_the_daemon_dies_or_hangs(bed: Bed, view: View, how: int) -> None:
    """F9: within 5 s of the last heartbeat, with nobody left to tell it to."""
    bed.until_status(lambda s: s["sound"], "the view has answered its test tone")
    bed.until(lambda: view.tones >= 1, "the test tone")
    bed.begin()
    assert view.tones_in(2) == 0, "nothing is wrong, nothing sounds"
    assert bed.daemon is not None
    bed.daemon.send_signal(how)
    begin, before = time.monotonic(), view.tones
    while view.tones == before:
        assert time.monotonic() - begin < SOUNDS_S
        time.sleep(0.02)
    assert view.tones_in(3) >= 2, "it goes on"


def test_f9_a_view_that_is_closed_is_missed_and_one_that_hangs_too(bed: Bed, view: View) -> None:
    """F9: HIGH, the gate shut; a view in a pipe is no remedy, a new one on a terminal is."""
    bed.until_status(lambda s: s["sound"], "the view has answered its test tone")
    bed.begin()
    view.process.send_signal(signal.SIGSTOP)
    bed.until_status(lambda s: "sound_lost" in alarms(s), "the view is missed", within_s=SOUNDS_S + 2)
    bed.until_status(lambda s: "sound:lost" in s["gate"], "the gate is shut")
    piped = subprocess.Popen(
        [BIN / "infusiond", "status", "--watch", "--socket", str(bed.socket)], stdout=subprocess.PIPE
    )
    time.sleep(3)
    seen = bed.status()
    piped.kill()
    piped.communicate()
    assert seen is not None
    assert "sound_lost" in alarms(seen)
    view.process.send_signal(signal.SIGCONT)
    bed.until_status(lambda s: s["sound"] and "sound:lost" not in s["gate"], "it can be heard again")
    seen = bed.status()
    assert seen is not None
    assert {one["id"]: one["state"] for one in seen["alarms"]} == {"sound_lost": "latched"}


def test_f9_something_that_cannot_sound_lets_nobody_start(bed: Bed) -> None:
    """F9: it registers, and answers that it has no sound: the start is refused, and nothing flows."""
    bed.annunciator.close()
    bed.start_simulator()
    bed.start_daemon()
    mute = Annunciator(bed.socket, rings=False)
    bed.until_status(lambda s: s["pump"]["motion"] is not None, "the pump is read")
    bed.until(lambda: mute.tests, "a tone is asked for")
    answer = bed.run("confirm", "sound", "--by", "Ann")
    assert (answer.returncode, "test tone" in answer.stdout) == (1, True)
    assert "confirm sound" in bed.act("start", witness="Bob")["answer"]
    mute.close()
    assert not bed.flows()


def test_f12_f13_as_typed_at_the_bed_and_no_code_is_kept(bed: Bed) -> None:
    """F12, F13: wrong wristband and labels are refused; journal, status, report and log know no code."""
    bed.start_simulator()
    bed.start_daemon()
    bed.until_status(lambda s: s["pump"]["motion"] is not None, "the pump is read")
    foreign = code_of("A", "another run")
    made = time.strftime("%Y-%m-%dT%H:%M")
    label = ("--made", made, "--primed", "--by", "Ann", "--witness", "Bob")
    told = []
    for words, why in (
        (("patient", "--patient", "4711-0816", "--by", "Ann"), "wristband"),
        (("solution", "--pump", "pump-1", "--code", "A", *label), "mistyped"),
        (("solution", "--pump", "pump-1", "--code", foreign, *label), "another run"),
        (("solution", "--pump", "pump-2", "--code", bed.code, *label), "label of the pump"),
    ):
        answer = bed.run("confirm", *words)
        assert answer.returncode == 1, answer
        assert why in answer.stdout
        told.append(answer.stdout)
    good = bed.run("confirm", "solution", "--pump", "pump-1", "--code", bed.code.lower(), *label)
    assert good.returncode == 0, good
    bed.begin()
    told += [good.stdout, bed.run("status", "--json").stdout, bed.run("report", "--json").stdout]
    told += [(bed.folder / "daemon.log").read_text(encoding="utf-8")]
    told += [str(record.content()) for record in bed.records()]
    told += [path.read_bytes().decode("latin-1") for path in bed.folder.glob("bed-1.journal*")]
    for text in told:
        assert bed.code not in text
        assert foreign not in text
    assert PATIENT not in bed.run("status", "--json").stdout, "the answer to the wristband is not on the page"


def test_f13_a_set_of_labels_is_for_one_run_and_one_plan(bed: Bed) -> None:
    """F13: a daemon that has to begin anew before the start keeps the set, a second run is refused it."""
    bed.start_simulator()
    bed.start_daemon()
    bed.until_status(lambda s: s["pump"]["motion"] is not None, "the pump is read")
    bed.match()
    bed.must("confirm_solution", **bed.label())
    bed.kill_daemon()
    bed.start_daemon()
    bed.until_status(lambda s: s["phase"] == "planned" and s["pump"]["motion"] is not None, "anew")
    bed.begin()
    bed.must("abort", reason="the end of the first run")
    bed.until_status(lambda s: s["pump"]["stop_confirmed"], "stopped")
    bed.kill_daemon()
    again = bed.run("serve", str(bed.file), "--speed", str(bed.speed))
    assert again.returncode == 2
    assert re.search(r"bed\.toml: bag_codes .*used by the run started at .*--labels", again.stderr), (
        again.stderr
    )
    bed.new_labels()
    path = bed.folder / "short.toml"
    path.write_text(path.read_text().replace("target_dose = 94", "target_dose = 93"))
    other = bed.run("serve", str(bed.file), "--speed", str(bed.speed))
    assert (other.returncode, "target dose" in other.stderr) == (2, True)
    bed.new_labels()
    bed.start_daemon()
    bed.until_status(lambda s: s["phase"] == "planned" and s["pump"]["motion"] is not None, "a second run")
    bed.begin()
    assert ask(bed.pump.with_name("pump.sim"), {"do": "state"})["pump"]


def test_f13_f40_three_wrong_codes_hold_the_real_daemon_before_its_start(bed: Bed) -> None:
    """F13, F40: STOP goes out, two persons lead back, and then everything has to be confirmed."""
    bed.start_simulator()
    bed.start_daemon()
    bed.until_status(lambda s: s["pump"]["motion"] is not None, "the pump is read")
    for _ in range(3):
        assert not bed.act("confirm_solution", **{**bed.label(), "code": "wrong"})["ok"]
    bed.until_status(lambda s: s["mode"] == "HELD" and s["pump"]["disarmed"], "held")
    assert not bed.flows()
    words = ("--choice", "start_over", "--reason", "labels read again", "--by", "Ann", "--witness", "Bob")
    back = bed.run("resume", *words)
    assert back.returncode == 0, back
    bed.until_status(lambda s: s["phase"] == "checking", "back at the checks")
    bed.begin()
    bed.until_status(lambda s: in_step(s, 1), "step 1")
