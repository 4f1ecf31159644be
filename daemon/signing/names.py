"""Names that can be signed with, and keys as text."""

from __future__ import annotations

import base64
import binascii
import unicodedata

from daemon.protocols.numbers import refusal

KEY_BYTES = 32
SIGNATURE_BYTES = 64
_LONGEST = 80


def signer_name(value: str) -> str:
    """A name as it is signed, compared and printed; refused where two spellings would look the same."""
    plain = value.isprintable() and not set(value) & set('"\\')
    if not plain or value != value.strip() or not 0 < len(value) <= _LONGEST:
        raise refusal(
            "signer_name",
            "this is no name to sign with",
            f'write 1 to {_LONGEST} printable characters without double quotes and \\, such as "Ann Lee"',
        )
    if unicodedata.normalize("NFC", value) != value:
        raise refusal("signer_name", "this name is not in normal form", "type it anew on a keyboard")
    return value


def key_text(key: bytes) -> str:
    """Base64 in one line."""
    return base64.b64encode(key).decode()


def key_bytes(text: str, length: int) -> bytes | None:
    """What base64 text holds, if it is exactly so many bytes written the one usual way."""
    try:
        found = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return found if len(found) == length and key_text(found) == text else None
