"""Which bytes a plan was made from, and who has signed them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedFile:
    """SHA-256 of the protocol file, byte for byte, and the names whose signatures were asked for and hold."""

    sha256: str = ""
    signers: tuple[str, ...] = ()


UNKNOWN_FILE = SignedFile()
