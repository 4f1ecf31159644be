"""Two persons sign at once, and signing that was killed or met a full disk: nobody's signature is lost."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from daemon.protocols.faults import Fault
from daemon.signing import sign as signing
from daemon.signing.key_file import SigningKey, new_key, read_key, write_key
from daemon.signing.sidecar import read_signatures, sidecar_of
from daemon.signing.sign import add_signature
from daemon.signing.values import Signature

RAW = b"rate_ml_h = 2\n"
AT = "2026-11-22T21:00:00+00:00"


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    path = tmp_path / "p.toml"
    path.write_bytes(RAW)
    return path


def names(protocol: Path) -> list[str]:
    found = read_signatures(protocol)
    assert isinstance(found, tuple), found
    return [one.signer for one in found]


def add(protocol: Path, key: SigningKey) -> list[Fault]:
    return add_signature(protocol, RAW, key, AT, replace=False)


def test_who_signs_while_another_signs_is_refused_and_neither_signature_is_lost(
    protocol: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = new_key("Bob Ray")

    def meanwhile(path: Path) -> tuple[Signature, ...] | list[Fault]:
        found = read_signatures(path)
        monkeypatch.undo()
        with pytest.raises(OSError, match="try again"):
            add(protocol, bob)
        return found

    monkeypatch.setattr(signing, "read_signatures", meanwhile)
    assert add(protocol, new_key("Ann Lee")) == []
    assert names(protocol) == ["Ann Lee"]
    assert add(protocol, bob) == []
    assert names(protocol) == ["Ann Lee", "Bob Ray"]


def test_whoever_signs_waits_for_nobody(protocol: Path) -> None:
    """A process that was stopped while it signed does not hang the next one without a word."""
    folder = os.open(protocol.parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with pytest.raises(OSError, match="try again"):
        add(protocol, new_key("Ann Lee"))
    os.close(folder)
    assert add(protocol, new_key("Ann Lee")) == []


def test_what_killed_signing_left_blocks_nobody(protocol: Path) -> None:
    left = protocol.with_name("p.toml.sig.new")
    left.write_text("half a signat")
    assert add(protocol, new_key("Ann Lee")) == []
    assert names(protocol) == ["Ann Lee"]
    assert not left.exists()


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_signatures_as_they_were_and_nothing_that_blocks(
    protocol: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert add(protocol, new_key("Ann Lee")) == []
    before = sidecar_of(protocol).read_bytes()
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            add(protocol, new_key("Bob Ray"))
    assert sidecar_of(protocol).read_bytes() == before
    assert sorted(path.name for path in protocol.parent.iterdir()) == ["p.toml", "p.toml.sig"]


def test_a_full_disk_leaves_no_empty_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ann.key"
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_key(new_key("Ann Lee"), path)
    assert not path.exists()
    write_key(new_key("Ann Lee"), path)
    assert isinstance(read_key(path), SigningKey)


def test_what_was_signed_is_on_the_disk_with_its_name(
    protocol: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut after `signed` or `the private key is in` takes neither away."""
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    assert add(protocol, new_key("Ann Lee")) == []
    write_key(new_key("Ann Lee"), tmp_path / "ann.key")
    assert synced == ["p.toml.sig.new", tmp_path.name, tmp_path.name, "ann.key", tmp_path.name]
