"""`infusiond devices decode`: one object a reading, the counts last, and what the exit code says."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from daemon.cli.main import main
from tests.drivers import s5_peer
from tests.drivers.capture import captured


def decode(model: str, file: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["devices", "decode", model, str(file), *options])


def test_every_line_is_json_and_the_counts_are_last(tmp_path: Path) -> None:
    file = tmp_path / "s5.raw"
    stream = captured("s5-dri")
    file.write_bytes(stream)
    result = decode("s5-dri", file, "--json")
    *readings, counts = [json.loads(line) for line in result.output.splitlines()]
    frames = len([piece for piece in stream.split(b"\x7e") if piece])
    assert result.exit_code == 0
    assert counts == {
        "frames": {"accepted": frames, "rejected": 0},
        "by_kind": {"alarm": 0, "physiological": frames, "wave": 0},
        "by_reason": {},
    }
    assert len(readings) == 9 * frames
    keys = {"at", "signal", "value", "unit", "valid", "reason"}
    assert all(keys <= set(one) <= keys | {"source"} for one in readings)
    assert all((one["reason"] is None) == one["valid"] for one in readings)


def test_numbers_are_written_exactly(tmp_path: Path) -> None:
    file = tmp_path / "one.raw"
    file.write_bytes(s5_peer.display({138: 517, 144: 7613}))
    line = next(line for line in decode("s5-dri", file, "--json").output.splitlines() if "etco2" in line)
    assert '"value":39.35921,' in line


def test_a_rejected_frame_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "torn.raw"
    file.write_bytes(s5_peer.display() + s5_peer.display()[:700])
    result = decode("s5-dri", file)
    assert result.exit_code == 1
    assert result.output.endswith("1 rejected: unfinished 1\n")
    assert "2 frames" not in result.output


def test_nothing_of_this_model_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "other.raw"
    file.write_bytes(b"hello\r\n")
    result = decode("nellcor-n560", file)
    assert (result.exit_code, result.output) == (
        1,
        "no frame of nellcor-n560 in it; 1 rejected (no time 1)\n",
    )


def test_what_cannot_be_read_is_unusable(tmp_path: Path) -> None:
    missing = decode("s5-dri", tmp_path / "no.raw", "--json")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "no.raw: cannot be read: No such file or directory" in missing.stderr
    assert decode("s5-dri", tmp_path).exit_code == 2
    unknown = decode("s5", tmp_path / "no.raw")
    assert unknown.exit_code == 2
    assert "'s5' is no model; known: " in unknown.stderr
