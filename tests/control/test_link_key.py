"""The key of a link: from a file of its owner's alone or from systemd, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.link_key import NoKey, read_key

TEXT = "00112233445566778899aabbccddeeff" * 2


def key_file(folder: Path, text: str = TEXT, mode: int = 0o600) -> Path:
    path = folder / "link.key"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("text", [TEXT, TEXT.upper() + "\n", f"  {TEXT}\r\n"])
def test_a_key_file(tmp_path: Path, text: str) -> None:
    key_file(tmp_path, text)
    assert read_key("link.key", tmp_path) == bytes.fromhex(TEXT)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o777])
def test_a_key_that_others_can_read_or_change_is_none(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path, mode=mode)
    with pytest.raises(NoKey, match=f"chmod 600 {path}"):
        read_key(str(path), tmp_path)


@pytest.mark.parametrize("text", ["", TEXT[:-1], TEXT + "0", TEXT[:-1] + "g", TEXT + "\n" + TEXT])
def test_what_is_no_key_is_said_without_showing_it(tmp_path: Path, text: str) -> None:
    key_file(tmp_path, text)
    with pytest.raises(NoKey, match="64 hexadecimal digits") as caught:
        read_key("link.key", tmp_path)
    assert TEXT[:8] not in str(caught.value)


def test_no_file_and_no_regular_file(tmp_path: Path) -> None:
    for name in ("none.key", "."):
        with pytest.raises(NoKey, match="openssl rand -hex 32"):
            read_key(name, tmp_path)


def test_a_credential_of_systemd_whatever_its_mode(tmp_path: Path) -> None:
    """systemd shows an access list as a group's right; its folder is closed to everybody else."""
    key_file(tmp_path, mode=0o440)
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read_key("credential:link.key", Path("/"), environment) == bytes.fromhex(TEXT)


@pytest.mark.parametrize(
    "where", ["credential:link", "credential:", "credential:../link.key", "credential:a/b"]
)
def test_a_credential_that_is_none(tmp_path: Path, where: str) -> None:
    key_file(tmp_path)
    (tmp_path / "inner").mkdir()
    with pytest.raises(NoKey, match=r"credential:|cannot be read"):
        read_key(where, tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path / "inner")})
    with pytest.raises(NoKey, match="LoadCredential="):
        read_key("credential:link.key", tmp_path, {})
