"""A broker's password stands in a file of its own, and nobody else reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli.station import station
from daemon.feeds.password import NoPassword, read_password


def kept(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "bed-4.password"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_password_is_one_line(tmp_path: Path) -> None:
    assert read_password(kept(tmp_path, "wirklich geheim\n")) == "wirklich geheim"
    for text in ("", " \n", "one\ntwo\n"):
        with pytest.raises(NoPassword, match="one line"):
            read_password(kept(tmp_path, text))
    with pytest.raises(NoPassword, match="No such file"):
        read_password(tmp_path / "none")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_password_others_can_read_is_refused_with_the_remedy(mode: int, tmp_path: Path) -> None:
    path = kept(tmp_path, "geheim", mode)
    with pytest.raises(NoPassword, match=f"chmod 600 {path}") as refused:
        read_password(path)
    assert "geheim" not in str(refused.value)
    words = ["watch", "--mqtt", "127.0.0.1:1", "--username", "desk", "--password-file", str(path)]
    told = CliRunner().invoke(station, words)
    assert told.exit_code == 2
    assert "chmod 600" in told.output
