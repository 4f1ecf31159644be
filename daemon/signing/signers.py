"""`signers.toml`: who may sign, with which key, as what. Whoever writes this file decides that."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from daemon.protocols.explain import validation_faults
from daemon.protocols.faults import Fault
from daemon.protocols.section import Section
from daemon.protocols.toml_text import read_toml
from daemon.signing.names import KEY_BYTES, key_bytes, key_text, signer_name
from daemon.signing.values import Signer

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
Role = Literal["prescriber", "pharmacist", "nurse"]


class _SignerIn(Section):
    name: Annotated[str, AfterValidator(signer_name)] = Field(description='such as name = "Ann Lee"')
    role: Role = Field(description='write role = "prescriber", "pharmacist" or "nurse"')
    public_key: str = Field(description="the line that infusiond key printed")


class _SignersIn(Section):
    signers: list[_SignerIn] = Field(min_length=1, description="one [[signers]] block for each person")


def read_signers(path: Path) -> tuple[Signer, ...] | list[Fault]:
    """The list, if only its keeper can write it, or every fault of it. Never raises."""
    toml, file = read_toml(path), str(path)
    if toml.data is None or toml.faults:
        return list(toml.faults)
    if toml.mode & _OTHERS_WRITE:
        problem = f"others can change who may sign (mode {stat.S_IMODE(toml.mode):04o})"
        return [Fault(file, "", "", problem, f"read it through, then: chmod go-w {path}", "signers_writable")]
    try:
        read = _SignersIn.model_validate(toml.data)
    except ValidationError:
        return list(validation_faults(file, _SignersIn, toml.data))
    keys = [key_bytes(one.public_key, KEY_BYTES) for one in read.signers]
    found = [Signer(one.name, one.role, key) for one, key in zip(read.signers, keys, strict=True) if key]
    faults = [*_no_keys(file, keys), *_twice(file, found)]
    return faults or tuple(found)


def _no_keys(file: str, keys: Sequence[bytes | None]) -> Iterator[Fault]:
    for index, key in enumerate(keys):
        if key is None:
            remedy = "copy the whole line that infusiond key printed"
            yield Fault(file, f"signers[{index}].public_key", "", "this is no Ed25519 key", remedy)


def _twice(file: str, found: Sequence[Signer]) -> Iterator[Fault]:
    """One person must not count as two."""
    for name, times in Counter(one.name for one in found).items():
        if times > 1:
            yield Fault(file, "signers", f'"{name}"', "this name is there twice", "keep one block", "double")
    for key, times in Counter(one.public_key for one in found).items():
        if times > 1:
            problem, remedy = "two names have this key", "every person makes a key: infusiond key NAME"
            yield Fault(file, "signers", f'"{key_text(key)}"', problem, remedy, "double")
