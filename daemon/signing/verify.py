"""Does a signature hold, and whose is it? Pure: bytes and lists in, verdicts out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from daemon.signing.values import Signature, Signer, Verdict

_PURPOSE = b"infusiond protocol signature 1\n"


def signed_bytes(raw: bytes, signer: str, at: str) -> bytes:
    """What is signed: the purpose, the name, the time and every byte of the file."""
    return _PURPOSE + f"{signer}\n{at}\n".encode() + raw


def holds(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """RFC 8032: this key made this signature of this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify(raw: bytes, signatures: Sequence[Signature], known: Sequence[Signer]) -> tuple[Verdict, ...]:
    """A verdict for each signature of the file with these bytes."""
    keys = {one.name: one for one in known}
    return tuple(_verdict(raw, signature, keys.get(signature.signer)) for signature in signatures)


def _verdict(raw: bytes, given: Signature, listed: Signer | None) -> Verdict:
    valid = holds(given.public_key, given.signature, signed_bytes(raw, given.signer, given.at))
    known = listed is not None and listed.public_key == given.public_key
    role = listed.role if known and listed is not None else ""
    why = _why(raw, given, listed, valid, known)
    return Verdict(given.signer, given.at, given.public_key, valid, known, role, why)


def _why(raw: bytes, given: Signature, listed: Signer | None, valid: bool, known: bool) -> str:
    if not valid and given.sha256 != hashlib.sha256(raw).hexdigest():
        return "the file is not the one that was signed: it was changed since"
    if not valid:
        return "name, time, key, signature and file do not belong together"
    if listed is None:
        return "nobody of this name is in the list of signers"
    return "" if known else "the list of signers has another key for this name"
