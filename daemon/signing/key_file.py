"""A person's private key in a file that nobody else can read."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import AfterValidator, Field, ValidationError

from daemon.new_files import NewFile, write_new
from daemon.protocols.explain import validation_faults
from daemon.protocols.faults import Fault
from daemon.protocols.regular_file import read_regular
from daemon.protocols.section import Section
from daemon.protocols.toml_text import toml_of
from daemon.signing.names import KEY_BYTES, key_bytes, key_text, signer_name

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_TEXT = """\
# Private key of infusiond sign. Whoever has this file can sign in this name: keep it, show it to nobody.
name = "{name}"
private_key = "{key}"
"""
_MADE = "make a new key: infusiond key NAME --out FILE"


class _KeyIn(Section):
    name: Annotated[str, AfterValidator(signer_name)] = Field(description=_MADE)
    private_key: str = Field(description=_MADE)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that can sign, and whose it is."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """What others need to verify."""
        return self.private.public_key().public_bytes_raw()


def new_key(name: str) -> SigningKey:
    """A key nobody has ever had."""
    return SigningKey(name, Ed25519PrivateKey.generate())


def write_key(key: SigningKey, path: Path) -> None:
    """A new file, mode 0600. OSError where it exists or cannot be written; then there is none."""
    text = _TEXT.format(name=key.name, key=key_text(key.private.private_bytes_raw()))
    write_new([NewFile(path, text.encode(), 0o600)])


def read_key(path: Path) -> SigningKey | list[Fault]:
    """The key of a file that only its owner can read, or what is wrong. Never raises."""
    file = str(path)
    try:
        found = read_regular(path)
    except OSError as error:
        return [Fault(file, "", "", f"cannot be read: {error.strerror or error}", _MADE, "unreadable")]
    if found.mode & _OTHERS:
        problem = f"others can read or change this private key (mode {stat.S_IMODE(found.mode):04o})"
        remedy = (
            f"chmod 600 {path}; if others may have seen it, make a new key and take the old one off the list"
        )
        return [Fault(file, "", "", problem, remedy, "key_readable")]
    return _key(found.raw, file)


def _key(raw: bytes, file: str) -> SigningKey | list[Fault]:
    toml = toml_of(raw, file)
    if toml.data is None or toml.faults:
        return [Fault(file, "", "", "this is no private key", _MADE, "unreadable")]
    try:
        read = _KeyIn.model_validate(toml.data)
    except ValidationError:
        return [
            Fault(file, one.key, "", one.problem, _MADE) for one in validation_faults(file, _KeyIn, toml.data)
        ]
    secret = key_bytes(read.private_key, KEY_BYTES)
    if secret is None:
        return [Fault(file, "private_key", "", "this is no Ed25519 key", _MADE)]
    return SigningKey(read.name, Ed25519PrivateKey.from_private_bytes(secret))
