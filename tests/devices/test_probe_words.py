"""`infusiond devices probe`: what it prints, over a real port."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli import probing
from daemon.cli.main import main
from drivers.search import Tried
from drivers.shelf import SerialLine

SIMULATOR = Path(sys.executable).with_name("infusiond-sim")


def probe(*words: str) -> Result:
    return CliRunner().invoke(main, ["devices", "probe", *words])


@pytest.fixture
def pump(tmp_path: Path) -> Iterator[Path]:
    port = tmp_path / "pump"
    command = [str(SIMULATOR), "device", "dianet-star", "--link", f"pty:{port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as device:
        assert device.stdout is not None
        assert device.stdout.readline()
        yield port
        device.terminate()


def test_a_pump_on_a_port_says_who_it_is(pump: Path) -> None:
    result = probe(f"serial:{pump}", "--model", "dianet-star", "--json")
    data = json.loads(result.output)
    answered = data["answered"]
    assert result.exit_code == 0
    assert (answered["model"], answered["serial"], answered["firmware"]) == (
        "dianet-star",
        "12345",
        "IFM A12345",
    )
    assert answered["capabilities"]["rate_max_ml_h"] == 999.99
    assert data["tried"] == [
        {
            "model": "dianet-star",
            "serial_line": "9600 8N1",
            "sent": ["7e00011d0e7e"],
            "answered": True,
        }
    ]
    assert "  serial: 12345\n" in probe(f"serial:{pump}", "--model", "dianet-star").output


def test_a_port_that_cannot_be_had_is_unusable(tmp_path: Path) -> None:
    for link in (f"serial:{tmp_path}/no", "ttyUSB0", "udp:127.0.0.1:9999"):
        result = probe(link, "--model", "dianet-star")
        assert (result.exit_code, result.stdout) == (2, "")
        assert link in result.stderr


def test_when_nobody_answers_it_says_what_was_tried_and_how() -> None:
    tried = [
        Tried("nellcor-n560", SerialLine(9600), (), None),
        Tried("s5-dri", SerialLine(19200, "E", rtscts=True), (b"\x7e1\x7e", b"\x7e1\x7e"), None),
    ]
    assert probing.text_lines("serial:/dev/x", tried) == [
        "nobody answers on serial:/dev/x as nellcor-n560, s5-dri",
        "  tried nellcor-n560 at 9600 8N1: listened, sent nothing",
        "  tried s5-dri at 19200 8E1 RTS/CTS: sent 7e317e",
        "look at the cable, the device's own setting of its port, and whether it is switched on",
    ]
    assert probing.as_json("serial:/dev/x", tried)["answered"] is None
