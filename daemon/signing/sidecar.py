"""`PROTOCOL.sig`: the signatures beside a protocol file, as TOML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from daemon.protocols.explain import validation_faults
from daemon.protocols.faults import Fault
from daemon.protocols.section import Section
from daemon.protocols.toml_text import read_toml
from daemon.signing.names import KEY_BYTES, SIGNATURE_BYTES, key_bytes, key_text, signer_name
from daemon.signing.values import Signature

SUFFIX = ".sig"
_HEAD = """\
# Signatures of {file}, by infusiond sign. Not a medical device.
# They are over every byte of that file, the name and the time: a change of any of them breaks them.
"""
_BLOCK = """
[[signatures]]
signer = "{signer}"
at = "{at}"
sha256 = "{sha256}"
public_key = "{public_key}"
signature = "{signature}"
"""
_MADE = "leave the file as infusiond sign made it, or sign the protocol again"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\+00:00$"


class _SignatureIn(Section):
    signer: Annotated[str, AfterValidator(signer_name)] = Field(description=_MADE)
    at: Annotated[str, StringConstraints(pattern=_TIME)] = Field(description=_MADE)
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(description=_MADE)
    public_key: str = Field(description=_MADE)
    signature: str = Field(description=_MADE)


class _SidecarIn(Section):
    signatures: list[_SignatureIn] = Field(description=_MADE)


def sidecar_of(protocol: Path) -> Path:
    """Where the signatures of a protocol file are."""
    return protocol.with_name(protocol.name + SUFFIX)


def read_signatures(protocol: Path) -> tuple[Signature, ...] | list[Fault]:
    """The signatures beside a protocol; none if there is no such file. Never raises."""
    path = sidecar_of(protocol)
    if not path.exists() and not path.is_symlink():
        return ()
    toml, file = read_toml(path), str(path)
    if toml.data is None or toml.faults:
        return list(toml.faults)
    try:
        read = _SidecarIn.model_validate(toml.data)
    except ValidationError:
        return list(validation_faults(file, _SidecarIn, toml.data))
    found, faults = [], []
    for index, one in enumerate(read.signatures):
        key, made = key_bytes(one.public_key, KEY_BYTES), key_bytes(one.signature, SIGNATURE_BYTES)
        if key is None or made is None:
            place = f"signatures[{index}].{'signature' if key else 'public_key'}"
            faults.append(Fault(file, place, "", "this is not base64 of the right length", _MADE))
        else:
            found.append(Signature(one.signer, one.at, one.sha256, key, made))
    return faults or tuple(found)


def text_of(protocol: Path, signatures: Sequence[Signature]) -> str:
    """The sidecar's content."""
    blocks = (
        _BLOCK.format(
            signer=one.signer,
            at=one.at,
            sha256=one.sha256,
            public_key=key_text(one.public_key),
            signature=key_text(one.signature),
        )
        for one in signatures
    )
    return _HEAD.format(file=protocol.name) + "".join(blocks)
