"""Signatures, signers, and what a signature is worth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a sidecar; `sha256` tells which bytes were signed, and proves nothing."""

    signer: str
    at: str
    sha256: str
    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """A person who may sign, as the list of signers has it."""

    name: str
    role: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a signature is worth. `role` is set if `known`; `why` is empty if it is valid and known."""

    signer: str
    at: str
    public_key: bytes
    valid: bool
    known: bool
    role: str
    why: str
