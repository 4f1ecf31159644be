"""The shipped programs at a simulated bed: real processes, terminals, sockets, signals and files."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.journal.records import chain
from daemon.runtime.replay import replay
from tests.system.bed import Bed, alarms, in_step

RESTART_S = 3.0
EXIT_S = 10.0
UNCONFIRMED_S = 4.0
"""STOP is verified within 2 s of wire time or told (F18); the rest is for a busy machine."""
QUIET_S = 1.5
"""Long enough for many turns of the supervising loop, which come twice a second."""


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    with Bed(tmp_path) as made:
        yield made


def orders_since(bed: Bed, kind: str) -> list[str]:
    """What was ordered from the pump since the last event of this kind."""
    contents = [record.content() for record in bed.records()]
    last = max(n for n, content in enumerate(contents) if content["type"] == kind)
    return [c["data"]["kind"] for c in contents[last:] if c["type"] == "SettingOrdered"]


def test_from_ready_over_a_hold_to_running_again(bed: Bed) -> None:
    """DESIGN 3.3, 3.4, F6, F33: what the daemon says at each station is what the motor really does."""
    bed.start_simulator()
    bed.start_daemon()
    bed.until_status(lambda s: s["mode"] == "READY" and s["pump"]["motion"] == "stopped", "ready")
    refused = bed.run("start", "--by", "Ann", "--witness", "Bob")
    assert refused.returncode == 1
    assert "not yet" in refused.stdout
    bed.begin(2)
    assert bed.truth()["pump"]["rate_ml_h"] == "60.00"
    held = bed.run("hold", "--by", "Ann")
    assert (held.returncode, held.stdout) == (0, "STOP sent\nstopped: the pump was read back standing\n")
    bed.until(lambda: not bed.flows(), "the motor stands", within_s=2)
    bed.until_status(lambda s: s["mode"] == "HELD" and s["pump"]["disarmed"], "held and disarmed")
    assert Decimal(bed.truth()["pump"]["rate_ml_h"]) <= Decimal("0.1")
    assert Decimal(bed.truth()["pump"]["limit_left_ml"]) <= Decimal("0.1")
    resumed = bed.run("resume", "--by", "Ann", "--choice", "rest_of_step", "--reason", "well")
    assert resumed.returncode == 0, resumed.stdout
    bed.until_status(lambda s: in_step(s, 2), "step 2 goes on")
    bed.until(bed.flows, "drug flows again")
    assert bed.truth()["pump"]["rate_ml_h"] == "60.00"


def kill_at_rest(bed: Bed) -> None:
    """SIGKILL while no setting is on its way: with one that is, the next start holds (DESIGN 3.10)."""
    daemon = bed.daemon
    assert daemon is not None

    def read_back() -> bool:
        ordered, confirmed = bed.events("SettingOrdered"), bed.events("SettingConfirmed")
        return [one["order"] for one in ordered[-1:]] == [one["order"] for one in confirmed[-1:]]

    def rests() -> bool:
        if not read_back():
            return False
        daemon.send_signal(signal.SIGSTOP)
        if not read_back():
            daemon.send_signal(signal.SIGCONT)
            return False
        return True

    bed.until(rests, "the last setting was read back")
    bed.kill_daemon()


def test_f35_killed_and_back_while_the_pump_ran_on(bed: Bed) -> None:
    """DESIGN 3.10, (A) R4, P1: observed within 3 s with an alarm; nothing is ordered until a person looks."""
    bed.start_simulator("link_loss=continue")
    bed.start_daemon()
    bed.begin(2)
    kill_at_rest(bed)
    bed.start_daemon()
    bed.until_status(lambda s: s["mode"] == "OBSERVING" and "observing" in alarms(s), "observed")
    assert bed.took_s("Restarted", "observing") <= RESTART_S
    assert bed.flows()
    time.sleep(QUIET_S)
    seen = bed.status()
    assert seen is not None
    assert seen["mode"] == "OBSERVING"
    assert bed.truth()["pump"]["rate_ml_h"] == "60.00"
    assert orders_since(bed, "Restarted") == []
    bed.match()
    bed.must("confirm_running")
    bed.until_status(lambda s: s["mode"] == "AUTOMATIC" and s["pump"]["motion"] == "infusing", "automatic")


def test_f17_killed_and_back_after_the_pump_stopped_itself(bed: Bed) -> None:
    """DESIGN 3.10, (A) R4, P1: held within 3 s with an alarm; the pump stays disarmed until a person
    decides."""
    bed.start_simulator("link_loss=stop")
    bed.start_daemon()
    bed.begin()
    bed.kill_daemon()
    bed.until(lambda: not bed.flows(), "the pump's own watchdog stops it", within_s=5)
    bed.start_daemon()
    bed.until_status(lambda s: s["mode"] == "HELD" and "held_restart" in alarms(s), "held")
    assert bed.took_s("Restarted", "held_restart") <= RESTART_S
    time.sleep(QUIET_S)
    assert not bed.flows()
    assert set(orders_since(bed, "Restarted")) <= {"disarm"}
    bed.match()
    bed.must("resume", choice="rest_of_step", reason="well", witness="Bob")
    bed.until(bed.flows, "drug flows again")


def test_f29_sigterm_is_a_hold_with_an_end(bed: Bed) -> None:
    """STOP, read back, recorded, gone within 10 s; the next start stands held."""
    bed.start_simulator("link_loss=continue")
    bed.start_daemon()
    bed.begin()
    assert bed.daemon is not None
    bed.daemon.send_signal(signal.SIGTERM)
    assert bed.daemon.wait(EXIT_S) == 0
    bed.daemon = None
    assert not bed.flows()
    assert not bed.socket.exists()
    assert [held["cause"] for held in bed.events("Held")] == ["restart"]
    assert len(bed.events("StopConfirmed")) == 1
    raised = {alarm["alarm"] for alarm in bed.events("AlarmRaised")}
    assert {"service_stopping", "held_restart"} <= raised
    given = Decimal(bed.truth()["dose_left_pump"])
    bed.start_daemon()
    bed.until_status(lambda s: s["mode"] == "HELD" and s["pump"]["motion"] == "stopped", "held")
    time.sleep(QUIET_S)
    assert not bed.flows()
    assert Decimal(bed.truth()["dose_left_pump"]) == given
    bed.match()
    bed.must("resume", choice="rest_of_step", reason="well", witness="Bob")
    bed.until(bed.flows, "drug flows again")


def test_f10_a_stop_that_nobody_answers_stands(bed: Bed) -> None:
    """STOP NOT CONFIRMED, with what to do by hand; the first thing the pump hears when it is back."""
    bed.start_simulator("link_loss=continue")
    bed.start_daemon()
    bed.begin()
    assert bed.simulator is not None
    bed.simulator.send_signal(signal.SIGSTOP)
    answer = bed.act("hold", reason="")
    assert answer["answer"] == "STOP sent"
    took = bed.until_status(
        lambda s: s["mode"] == "STOP NOT CONFIRMED" and "stop_not_confirmed" in alarms(s), "told"
    )
    assert took <= UNCONFIRMED_S
    seen = bed.status()
    assert seen is not None
    assert "STOP" in seen["todo"]
    assert seen["todo"].lower().startswith("clamp the drug line")
    assert bed.events("StopConfirmed") == []
    bed.simulator.send_signal(signal.SIGCONT)
    bed.until_status(lambda s: s["mode"] == "HELD" and s["pump"]["stop_confirmed"], "confirmed", within_s=5)
    assert not bed.flows()
    seen = bed.status()
    assert seen is not None
    assert "stop_not_confirmed" not in alarms(seen)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Path]:
    """A terminal at which nobody proves anything."""
    master, slave = os.openpty()
    path = tmp_path / "unknown"
    path.symlink_to(os.ttyname(slave))
    yield path
    os.close(master)
    os.close(slave)


def test_f36_no_time_factor_and_no_control_without_proof(bed: Bed, terminal: Path) -> None:
    """Exit 2 with a text, before anything is opened."""
    for link in (bed.folder / "none", "/dev/ttyUSB0", terminal):
        bed.write_bed(pump=link)
        fast = bed.run("serve", str(bed.file), "--speed", "2")
        assert fast.returncode == 2, link
        assert f"--speed 2: serial:{link} does not prove to be a simulator" in fast.stderr
    real = bed.run("serve", str(bed.file))
    assert real.returncode == 2
    assert "does not prove to be a simulator" in real.stderr
    assert "a real pump is not controlled" in real.stderr
    assert not bed.journal.exists()
    assert not bed.socket.exists()


def test_f36_one_simulator_does_not_vouch_for_another_port(bed: Bed, terminal: Path) -> None:
    """The pump proves itself, the monitor does not; or a proof lies beside a terminal it is not of."""
    bed.start_simulator()
    speed = ("--speed", str(bed.speed))
    bed.write_bed(monitor=terminal)
    half = bed.run("serve", str(bed.file), *speed)
    assert half.returncode == 2
    assert f"serial:{terminal} does not prove" in half.stderr
    terminal.with_name("unknown.sim").symlink_to(bed.folder / "pump.sim")
    bed.write_bed(pump=terminal)
    lent = bed.run("serve", str(bed.file), *speed)
    assert lent.returncode == 2
    assert f"serial:{terminal} does not prove" in lent.stderr


def test_f36_the_speeds_of_simulator_and_daemon_are_one(bed: Bed) -> None:
    bed.start_simulator()
    for speed in (1, bed.speed - 1):
        other = bed.run("serve", str(bed.file), "--speed", str(speed))
        assert other.returncode == 2
        assert f"runs at speed {bed.speed}" in other.stderr


def test_one_bed_has_one_daemon(bed: Bed) -> None:
    """DESIGN 3.12: the second is refused and leaves no trace in socket, record or pump of the first."""
    bed.start_simulator()
    bed.start_daemon()
    bed.until_status(lambda s: s["pump"]["motion"] == "stopped", "the first is ready")
    second = bed.run("serve", str(bed.file), "--speed", str(bed.speed))
    assert second.returncode == 2
    assert "another infusiond already answers" in second.stderr
    assert len(bed.events("RunOpened")) == 1
    assert bed.daemon is not None
    bed.daemon.send_signal(signal.SIGSTOP)
    third = bed.run("serve", str(bed.file), "--speed", str(bed.speed))
    bed.daemon.send_signal(signal.SIGCONT)
    assert third.returncode == 2
    assert "another infusiond already answers" in third.stderr
    bed.begin()
    silent = bed.events("PumpWentSilent")
    assert bed.run("serve", str(bed.file), "--speed", str(bed.speed)).returncode == 2
    bed.until_status(lambda s: in_step(s, 2), "the first goes on")
    assert len(bed.events("RunOpened")) == 1
    assert bed.events("JournalLost") == []
    assert bed.events("PumpWentSilent") == silent


def test_p3_the_record_is_read_while_it_is_written(bed: Bed) -> None:
    """(A) P3: verify, show, export and report on the living journal; on a damaged copy they say where it
    breaks."""
    bed.start_simulator()
    bed.start_daemon()
    bed.begin()
    file, out = str(bed.file), bed.folder / "out.jsonl"
    living = bed.run("journal", "verify", file)
    assert living.returncode == 0, living.stderr
    assert "chain unbroken" in living.stdout
    shown = bed.run("journal", "show", file)
    assert shown.returncode == 0
    assert "RunStarted" in shown.stdout
    assert bed.run("journal", "export", file, str(out)).returncode == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["record"]["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert bed.run("journal", "export", file, str(out)).returncode == 2
    told = json.loads(bed.run("report", "--json").stdout)
    assert told["journal"]["ok"] is True
    copy = damaged_copy(bed, at=9)
    broken = bed.run("journal", "verify", copy)
    assert broken.returncode == 1
    assert "BROKEN at record 9" in broken.stderr
    as_json = bed.run("journal", "verify", copy, "--json")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["fault"]["seq"] == 9
    assert json.loads(as_json.stdout)["records"] == 8
    part = bed.run("journal", "show", copy, "--json")
    assert part.returncode == 1
    assert [json.loads(line)["seq"] for line in part.stdout.splitlines()] == list(range(1, 9))
    rest = bed.folder / "rest.jsonl"
    assert bed.run("journal", "export", copy, str(rest)).returncode == 1
    assert len(rest.read_text(encoding="utf-8").splitlines()) == 8
    assert bed.flows()


def damaged_copy(bed: Bed, at: int) -> str:
    """A copy with a record that is no JSON under a hash that fits: the words for it must be escaped."""
    path = bed.folder / "copy.journal"
    source, copy = sqlite3.connect(bed.journal), sqlite3.connect(path)
    source.backup(copy)
    body = '{"\\x": "'
    digest = chain(bed.records()[at - 2].hash, body)
    copy.execute("UPDATE record SET body = ?, hash = ? WHERE seq = ?", (body, digest, at))
    copy.commit()
    source.close()
    copy.close()
    return str(path)


def heard(line: socket.socket, seconds: float) -> list[str]:
    """Every datagram that comes in so many seconds."""
    words: list[str] = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        line.settimeout(left)
        try:
            words.append(line.recv(4096).decode())
        except TimeoutError:
            break
    return words


def wait_for(line: socket.socket, word: str) -> list[str]:
    words: list[str] = []
    end = time.monotonic() + 20
    while not any(word in one for one in words):
        assert time.monotonic() < end, words
        words += heard(line, 0.1)
    return words


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Where systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        yield line


def test_p1_ready_alive_and_stopping_are_told(bed: Bed, manager: socket.socket) -> None:
    """(A) P1: A daemon that hangs says nothing, so that it is ended and started again."""
    bed.env = {"NOTIFY_SOCKET": str(bed.folder / "notify")}
    bed.start_simulator()
    bed.start_daemon()
    words = wait_for(manager, "READY=1")
    assert bed.status() is not None
    assert not any("WATCHDOG" in word for word in words[:-1])
    alive = heard(manager, QUIET_S)
    assert 2 <= sum("WATCHDOG=1" in word for word in alive) <= 5
    assert all("bed-1" in word for word in alive)
    assert bed.daemon is not None
    bed.daemon.send_signal(signal.SIGSTOP)
    heard(manager, 0.1)
    assert heard(manager, QUIET_S) == []
    bed.daemon.send_signal(signal.SIGCONT)
    wait_for(manager, "WATCHDOG=1")
    bed.daemon.send_signal(signal.SIGTERM)
    wait_for(manager, "STOPPING=1")
    assert bed.daemon.wait(EXIT_S) == 0


def test_a_manager_that_does_not_listen_does_not_stop_the_supervising(
    bed: Bed, manager: socket.socket
) -> None:
    """The queue of its socket is full before the daemon starts: no word is waited for."""
    bed.env = {"NOTIFY_SOCKET": str(bed.folder / "notify")}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filling:
        filling.setblocking(False)
        for _ in range(100_000):
            try:
                filling.sendto(b"x", str(bed.folder / "notify"))
            except BlockingIOError:
                break
    bed.start_simulator()
    bed.start_daemon()
    bed.begin()
    assert bed.act("hold", reason="")["ok"]
    bed.until(lambda: not bed.flows(), "the motor stands", within_s=2)


def go_on(bed: Bed, dice: random.Random) -> None:
    """What a patient nurse does at whatever she finds; refusals and a dead daemon do not stop her."""
    seen = bed.status()
    if seen is None:
        return
    todo: dict[str, tuple[str, dict[str, Any]]] = {
        "observing": ("confirm_running", {}),
        "held": ("resume", {"choice": "rest_of_step", "reason": "well", "witness": "Bob"}),
        "infusing": ("hold", {"reason": ""}),
    }
    verb = todo.get(seen["phase"])
    if verb is not None and (seen["phase"] != "infusing" or dice.random() < 0.2):
        bed.act_if_alive(verb[0], **verb[1])


def test_killed_again_and_again_at_any_moment(bed: Bed) -> None:
    """DESIGN 9: after each death the chain holds; at the end pump, record and daemon agree."""
    dice = random.Random(7)
    bed.start_simulator("link_loss=continue")
    bed.start_daemon()
    bed.begin()
    for _ in range(10):
        end = time.monotonic() + dice.uniform(0.2, 1.8)
        while time.monotonic() < end:
            go_on(bed, dice)
            time.sleep(0.05)
        bed.kill_daemon()
        assert bed.records()
        bed.start_daemon()
    bed.until_status(lambda s: s["pump"]["motion"] is not None and s["pump"]["read_s"] <= 60, "read")
    bed.act_if_alive("hold", reason="")
    bed.until_status(lambda s: s["mode"] == "HELD" and s["pump"]["disarmed"], "held and disarmed")
    assert not bed.flows()
    seen, truth, again = bed.status(), bed.truth(), replay(bed.records())
    assert seen is not None
    assert again is not None
    assert truth["pump"]["motion"] == seen["pump"]["motion"] == "stopped"
    assert again.state.phase == seen["phase"]
    assert again.state.step == seen["step"]["number"]
    assert len(bed.events("RunOpened")) == 1
    assert not list(bed.folder.glob("*.damaged-*"))
    left = Decimal(truth["dose_left_pump"])
    assert seen["dose"]["low"] <= left <= seen["dose"]["high"]
    assert left <= 94
