"""The unit is sound and closed; systemd's own tools say so where they are installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.cli.bridge import bridge
from daemon.service import LAST_STOP_S, STOP_LIMIT_S, TICK_S

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "infusiond@.service"
SOUND = ROOT / "systemd" / "infusiond-annunciator@.service"
BRIDGE = ROOT / "systemd" / "infusiond-bridge@.service"
FEED = ROOT / "systemd" / "infusiond-feed@.service"
METRICS = ROOT / "systemd" / "infusiond-metrics@.service"
RULES = ROOT / "systemd" / "99-infusiond.rules"

analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def settings(unit: Path = UNIT) -> dict[str, list[str]]:
    """Every key of a unit with its values in order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def seconds(text: str) -> float:
    """A time of the unit in seconds."""
    return float(text.removesuffix("ms")) / 1000 if text.endswith("ms") else float(text)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False
    )


@analyze
@pytest.mark.parametrize("unit", [UNIT, SOUND, FEED, METRICS, BRIDGE], ids=lambda unit: unit.name)
def test_exposure_is_at_most_1_5(unit: Path) -> None:
    """(A) P9."""
    done = run("security", "--offline=true", "--threshold=15", "--no-pager", str(unit))
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


@analyze
@pytest.mark.parametrize("unit", [UNIT, SOUND, FEED, METRICS, BRIDGE], ids=lambda unit: unit.name)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    copy = tmp_path / unit.name
    text = unit.read_text(encoding="utf-8")
    copy.write_text(re.sub(r"^(ExecStart=)\S+", rf"\g<1>{sys.executable}", text, flags=re.MULTILINE))
    done = run("--man=no", "verify", str(copy))
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or unit.stem in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


def test_f29_systemd_waits_longer_than_the_orderly_stop() -> None:
    assert STOP_LIMIT_S + LAST_STOP_S < seconds(settings()["TimeoutStopSec"][0]) <= 10


def test_the_watchdog_survives_missed_words_and_a_crash_loop_ends() -> None:
    """(A) P1."""
    found = settings()
    assert found["Type"] == ["notify"]
    assert found["NotifyAccess"] == ["main"]
    assert seconds(found["WatchdogSec"][0]) >= 4 * TICK_S
    assert found["Restart"] == ["always"]
    assert seconds(found["RestartSec"][0]) <= 1
    assert seconds(found["StartLimitIntervalSec"][0]) > 5 * seconds(found["RestartSec"][0])


@pytest.mark.parametrize("unit", [SOUND, FEED, METRICS], ids=lambda unit: unit.name)
def test_f9_sound_and_feed_do_not_end_with_the_daemon(unit: Path) -> None:
    """F9: nothing ties their life to the daemon's, and they come back however often they die."""
    found = settings(unit)
    assert not {"PartOf", "BindsTo", "Requires", "Requisite", "StopPropagatedFrom"} & set(found)
    assert found["Restart"] == ["always"]
    assert found["StartLimitIntervalSec"] == ["0"]


def test_the_sound_reaches_nothing_but_sound() -> None:
    found = settings(SOUND)
    assert found["ExecStart"][0].endswith("annunciator --socket /run/infusiond/%i/control.sock $OUTPUT")
    assert {device.split()[0] for device in found["DeviceAllow"]} == {"char-alsa"}


def test_f28_a_bridge_has_its_key_from_systemd_and_reaches_nobody_unnamed() -> None:
    found = settings(BRIDGE)
    (start,) = found["ExecStart"]
    assert "--key-file credential:link " in start
    assert found["LoadCredential"] == ["link:/etc/infusiond/%i.key"]
    assert (found["IPAddressDeny"], found["IPAddressAllow"]) == (["any"], ["localhost"])
    known = {option for parameter in bridge.params for option in parameter.opts}
    assert {word for word in start.split() if word.startswith("--")} <= known


def test_one_instance_is_one_bed() -> None:
    found = settings()
    assert found["ExecStart"][0].endswith("serve /etc/infusiond/%i.toml")
    assert found["StateDirectory"] == found["RuntimeDirectory"] == ["infusiond/%i"]
    assert found["SupplementaryGroups"] == ["dialout"]


def test_f20_the_daemon_may_ask_for_boot_and_clock() -> None:
    """ProcSubset=pid would hide the boot id, ProtectClock the answer to adjtimex."""
    found = settings()
    assert "ProcSubset" not in found
    assert "ProtectClock" not in found
    assert {"adjtimex", "clock_adjtime"} <= set(found["SystemCallFilter"][-1].split())


def test_only_serial_ports_are_open() -> None:
    found = settings()
    assert found["DevicePolicy"] == ["closed"]
    assert {device.split()[0] for device in found["DeviceAllow"]} == {
        "char-ttyUSB",
        "char-ttyACM",
        "char-ttyS",
    }


def test_port_names_are_written_as_pairs() -> None:
    lines = [line for line in RULES.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    pair = re.compile(r'[A-Z]+(?:\{\w+\})?(?:==|\+=|=)"[^"]*"')
    assert lines
    assert [part for line in lines for part in line.split(", ") if not pair.fullmatch(part)] == []
