"""A TLS key that others can read is refused before anything connects (P5)."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli.main import main
from daemon.private_file import check_private
from tests.protocols.files import CONFIG


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_p5_owner_and_group_may_read(tmp_path: Path, mode: int) -> None:
    """(A) P5."""
    key = tmp_path / "bed.key"
    key.touch()
    key.chmod(mode)
    check_private(key)


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o660, 0o644])
def test_p5_others_may_not(tmp_path: Path, mode: int) -> None:
    """(A) P5."""
    key = tmp_path / "bed.key"
    key.touch()
    key.chmod(mode)
    with pytest.raises(PermissionError, match=f"{mode:04o}.*chmod 640.*make a new one"):
        check_private(key)


def test_a_key_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_private(tmp_path / "none")


def test_p5_the_feed_says_so_and_does_not_start(tmp_path: Path) -> None:
    """(A) P5."""
    for name in ("ca.pem", "bed.pem", "bed.key"):
        (tmp_path / name).write_text((CONFIG / "bed.example.toml").read_text())
    (tmp_path / "bed.key").chmod(0o644)
    bed = tmp_path / "bed.toml"
    tls = 'tls = { ca = "ca.pem", certificate = "bed.pem", key = "bed.key" }'
    bed.write_text(
        (CONFIG / "bed.example.toml").read_text()
        + f'\n[feeds.mqtt]\nhost = "localhost"\nport = 8883\nconfirm = "none"\n{tls}\n'
    )
    ran = CliRunner().invoke(main, ["feed", str(bed)])
    assert ran.exit_code == 2
    assert "bed.key: others can read or change this key (mode 0644): chmod 640" in ran.output
